# SPDX-License-Identifier: GPL-2.0
#
# awk -v json=FILE -v points=FILE -f quantile.awk -f report.awk bounds SAMPLES...
#
# From the samples of all boots to the table on standard output, to JSON, and to what
# plot.awk draws. Exit status 1 if a bound or a goal is missed, or if more than half of the samples
# of anything that has a bound lost packets.

# Instructions a packet, generator included: gross[what] and its quartiles' distance. Only
# samples of which nothing was lost count, unless there is no bound and they are few.
function summarize(what, bounded,	i, n, a)
{
	if (what in gross)
		return
	n = count[what] + 0
	if (n && (n >= lossy[what] || !bounded)) {
		for (i = 1; i <= n; i++)
			a[i] = sample[what, i]
	} else if (!bounded && lossy[what]) {
		n = lossy[what]
		for (i = 1; i <= n; i++)
			a[i] = lossy_sample[what, i]
		loss[what] = 100 * packets_lost[what] / packets_sent[what]
	} else {
		printf "bench: %s: %d samples without a loss, %d with\n", what, n,
			lossy[what] > "/dev/stderr"
		failed = 1
		n = 0
	}
	sort(a, n)
	samples[what] = n
	gross[what] = n ? quantile(a, n, 0.25) : 0
	iqr[what] = n ? quantile(a, n, 0.75) - quantile(a, n, 0.25) : 0
}

function net(work, variant, bounded)
{
	summarize(work " gen", 1)
	summarize(work " " variant, bounded)
	return gross[work " " variant] - gross[work " gen"]
}

# A work that was not asked for has no samples at all.
function measured(work)
{
	return (work " gen") in count
}

# A figure that was taken more than once: the middle one.
function figure_value(name,	i, n, a)
{
	n = figures[name]
	for (i = 1; i <= n; i++)
		a[i] = figure[name, i]
	sort(a, n)
	return quantile(a, n, 0.5)
}

function within(kind, value, limit)
{
	return kind == "at-most" ? value <= limit : value >= limit
}

function verdict_of(i, kind, value)
{
	if (bound[i] == "-")
		return "-"
	if (!within(kind, value, bound[i])) {
		failed = 1
		missed++
		return "missed"
	}
	if (goal[i] == "-" || within(kind, value, goal[i]))
		return "ok"
	failed = 1
	short++
	return "goal missed"
}

# BOUND or BOUND/GOAL, of line i
function set_bound(i, text,	part, n)
{
	n = split(text, part, "/")
	bound[i] = part[1]
	goal[i] = n > 1 ? part[2] : "-"
}

function null_or(text, quote)
{
	return text == "-" ? "null" : quote text quote
}

function print_work(i,	cost, other, ratio, spread, verdict, what, note)
{
	what = work[i] " " variant[i]
	cost = net(work[i], variant[i], bound[i] != "-")
	other = net(against_work[i], against_variant[i], bound[i] != "-")
	ratio = other > 0 ? cost / other : 0
	spread = cost > 0 ? 100 * iqr[what] / cost : 0
	verdict = verdict_of(i, "at-most", ratio > 0 ? ratio : bound[i] + 1)
	note = verdict
	if (what in loss)
		note = sprintf("%.0f%% lost", loss[what])
	printf format, work[i], variant[i], sprintf("%.0f", cost), sprintf("%.1f%%", spread),
		against_work[i], against_variant[i], sprintf("%.0f", other),
		sprintf("%.4f", ratio), bound[i], goal[i], note
	printf "%s\n    {\"work\": \"%s\", \"variant\": \"%s\", \"insns\": %.0f, " \
		"\"gross\": %.0f, \"spread_percent\": %.2f, \"samples\": %d, " \
		"\"lost_percent\": %.1f, \"against_work\": \"%s\", " \
		"\"against_variant\": \"%s\", \"against_insns\": %.0f, \"ratio\": %.4f, " \
		"\"bound\": %s, \"goal\": %s, \"verdict\": %s}", comma, work[i],
		variant[i], cost, gross[what], spread, samples[what], loss[what],
		against_work[i], against_variant[i], other, ratio, null_or(bound[i]),
		null_or(goal[i]), null_or(verdict, "\"") > json
	comma = ","
}

function print_figure(i,	value, verdict)
{
	value = figure_value(work[i])
	verdict = verdict_of(i, variant[i], value)
	printf "%-20s %10s  %-8s %6s %5s  %-11s  %s\n", work[i], sprintf("%.5g", value),
		bound[i] == "-" ? "" : variant[i], bound[i], goal[i], verdict, unit[i]
	printf "%s\n    {\"figure\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", " \
		"\"kind\": \"%s\", \"bound\": %s, \"goal\": %s, \"verdict\": %s}", comma,
		work[i], value, unit[i], variant[i], null_or(bound[i]), null_or(goal[i]),
		null_or(verdict, "\"") > json
	comma = ","
}

$1 == "#" && $2 == "kernel" { kernel = $3 }
/^#/ || !NF { next }

FILENAME ~ /bounds$/ && $1 == "figure" {
	lines++
	is_figure[lines] = 1
	work[lines] = $2
	variant[lines] = $3
	set_bound(lines, $4)
	$1 = $2 = $3 = $4 = ""
	sub(/^ */, "")
	unit[lines] = $0
	next
}

FILENAME ~ /bounds$/ {
	lines++
	work[lines] = $1
	variant[lines] = $2
	against_work[lines] = $3
	against_variant[lines] = $4
	set_bound(lines, $5)
	next
}

$1 == "figure" {
	figure[$2, ++figures[$2]] = $3
}

$1 == "sample" && $4 > 0 {
	what = $2 " " $3
	if ($7 != 0) {
		lost++
		lossy_sample[what, ++lossy[what]] = $6 * 1000 / $5
		packets_lost[what] += $7
		packets_sent[what] += $5
		next
	}
	sample[what, ++count[what]] = $6 * 1000 / $5
}

END {
	format = "%-19s %-18s %7s %7s  %-19s %-11s %7s  %7s %6s %5s  %s\n"
	printf "{\n  \"kernel\": \"%s\",\n  \"lost_rounds\": %d,\n  \"results\": [", kernel,
		lost > json
	for (i = 1; i <= lines; i++) {
		if (is_figure[i] || !measured(work[i]))
			continue
		if (!shown++)
			printf format, "WORK", "VARIANT", "INSNS", "SPREAD", "AGAINST",
				"VARIANT", "INSNS", "RATIO", "BOUND", "GOAL", ""
		print_work(i)
	}
	for (i = 1; i <= lines; i++) {
		if (!is_figure[i] || !(work[i] in figures))
			continue
		if (!figures_shown++)
			printf "%s%-20s %10s  %-8s %6s %5s\n", shown ? "\n" : "",
				"FIGURE", "VALUE", "", "BOUND", "GOAL"
		print_figure(i)
	}
	printf "\n  ]\n}\n" > json
	for (what in gross) {
		split(what, w, "[- ]")
		if ((w[1] == "taken" || w[1] == "peer") && w[3] != "gen")
			print w[1], w[3], w[2], gross[what] - gross[w[1] "-" w[2] " gen"],
				loss[what] + 0 > points
	}
	if (lost)
		printf "%d samples lost packets\n", lost
	if (short)
		printf "%d goals of the design missed, as README says under \"Where the bounds come from\"\n", short
	if (missed)
		printf "%d bounds missed\n", missed
	if (!shown && !figures_shown) {
		print "bench: nothing was measured" > "/dev/stderr"
		failed = 1
	}
	exit failed
}
