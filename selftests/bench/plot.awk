# SPDX-License-Identifier: GPL-2.0
#
# sort -k1,1 -k2,2 -k3,3n POINTS | awk -f plot.awk: an SVG of what a new flow costs against
# the mappings that are live and against the peers of its socket. Lines of POINTS:
#
#	taken|peer VARIANT X INSTRUCTIONS PERCENT-LOST

function x_of(panel, value)
{
	return left[panel] + width * value / 60000
}

function log10(value)
{
	return log(value) / log(10)
}

function y_of(value)
{
	return top + height * (1 - (log10(value) - low) / (high - low))
}

function text(x, y, anchor, words)
{
	printf "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, words
}

function line(x1, y1, x2, y2, style)
{
	printf "<line x1=\"%.0f\" y1=\"%.0f\" x2=\"%.0f\" y2=\"%.0f\" %s/>\n", x1, y1, x2, y2,
		style
}

function axes(panel, title, below,	d, i, style)
{
	style = "stroke=\"#ccc\""
	for (d = low; d < high; d++)
		for (i = 1; i < 10; i++) {
			if (i != 1 && i != 2 && i != 5)
				continue
			line(left[panel], y_of(i * 10 ^ d), left[panel] + width, y_of(i * 10 ^ d), style)
			text(left[panel] - 6, y_of(i * 10 ^ d) + 4, "end",
			     i * 10 ^ (d - 3) " k")
		}
	for (i = 0; i <= 60000; i += 20000) {
		line(x_of(panel, i), top, x_of(panel, i), top + height, style)
		text(x_of(panel, i), top + height + 18, "middle", i / 1000 " k")
	}
	text(left[panel] + width / 2, top - 16, "middle", title)
	text(left[panel] + width / 2, top + height + 38, "middle", below)
}

{
	what = $1 " " $2
	if (!(what in points))
		series[++n] = what
	x[what, ++points[what]] = $3
	y[what, points[what]] = $4 < 1000 ? 1000 : $4
	lost[what, points[what]] = $5
}

END {
	top = 50
	width = 380
	height = 320
	left["taken"] = 70
	left["peer"] = 540
	colour["masquerade"] = "#c33"
	colour["fullcone"] = "#236"
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"460\" " \
		"font-family=\"sans-serif\" font-size=\"12\">"
	print "<rect width=\"960\" height=\"460\" fill=\"white\"/>"
	low = 3
	high = 6
	axes("taken", "a new mapping whose port is taken: instructions", "live mappings")
	axes("peer", "a new flow of one socket: instructions", "peers of the socket")
	for (i = 1; i <= n; i++) {
		split(series[i], w, " ")
		printf "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"",
			colour[w[2]]
		for (j = 1; j <= points[series[i]]; j++)
			printf "%.0f,%.0f ", x_of(w[1], x[series[i], j]), y_of(y[series[i], j])
		print "\"/>"
		for (j = 1; j <= points[series[i]]; j++) {
			printf "<circle cx=\"%.0f\" cy=\"%.0f\" r=\"3\" fill=\"%s\"/>\n",
				x_of(w[1], x[series[i], j]), y_of(y[series[i], j]), colour[w[2]]
			if (lost[series[i], j] >= 1)
				text(x_of(w[1], x[series[i], j]) - 8,
				     y_of(y[series[i], j]) - 8, "end",
				     sprintf("%.0f %% lost", lost[series[i], j]))
		}
		printf "<g fill=\"%s\">", colour[w[2]]
		j = points[series[i]]
		text(x_of(w[1], x[series[i], j]) - 4, y_of(y[series[i], j]) + 18, "end", w[2])
		print "</g>"
	}
	print "</svg>"
}
