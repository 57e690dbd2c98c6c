# SPDX-License-Identifier: GPL-2.0
#
# awk -v json=FILE -v need=N -f report.awk bounds SAMPLES...
#
# From the samples of all boots to the table on standard output and to JSON. Exit
# status 1 if a bound of kind "must" is missed, or if there are fewer than N samples
# of anything that the table needs.

function sort(a, n,	i, j, v)
{
	for (i = 2; i <= n; i++) {
		v = a[i]
		for (j = i - 1; j > 0 && a[j] > v; j--)
			a[j + 1] = a[j]
		a[j + 1] = v
	}
}

# The value below which a fraction of the samples lies.
function quantile(a, n, f,	pos, low)
{
	pos = 1 + (n - 1) * f
	low = int(pos)
	if (low >= n)
		return a[n]
	return a[low] + (pos - low) * (a[low + 1] - a[low])
}

# Instructions a packet, generator included: gross[what] and its quartiles' distance.
function summarize(what,	i, n, a)
{
	if (what in gross)
		return
	n = count[what] + 0
	if (n < need) {
		printf "bench: %s: %d samples, %d needed\n", what, n, need > "/dev/stderr"
		failed = 1
	}
	for (i = 1; i <= n; i++)
		a[i] = sample[what, i]
	sort(a, n)
	gross[what] = n ? quantile(a, n, 0.5) : 0
	iqr[what] = n ? quantile(a, n, 0.75) - quantile(a, n, 0.25) : 0
}

function net(work, variant)
{
	summarize(work " gen")
	summarize(work " " variant)
	return gross[work " " variant] - gross[work " gen"]
}

# A work that was not asked for has no samples at all.
function measured(work)
{
	return (work " gen") in count
}

$1 == "#" && $2 == "kernel" { kernel = $3 }
/^#/ || !NF { next }

FILENAME ~ /bounds$/ {
	lines++
	work[lines] = $1
	variant[lines] = $2
	against_work[lines] = $3
	against_variant[lines] = $4
	bound[lines] = $5
	kind[lines] = $6
	next
}

$1 == "sample" && $4 > 0 {
	if ($7 != 0) {
		lost++
		next
	}
	what = $2 " " $3
	sample[what, ++count[what]] = $6 * 1000 / $5
}

END {
	format = "%-16s %-12s %8s %7s  %-16s %-12s %8s  %7s %6s  %s\n"
	printf format, "WORK", "VARIANT", "INSNS", "SPREAD", "AGAINST", "VARIANT", "INSNS",
		"RATIO", "BOUND", ""
	printf "{\n  \"kernel\": \"%s\",\n  \"lost_rounds\": %d,\n  \"results\": [", kernel,
		lost > json
	for (i = 1; i <= lines; i++) {
		if (!measured(work[i]))
			continue
		shown++
		cost = net(work[i], variant[i])
		other = net(against_work[i], against_variant[i])
		ratio = other > 0 ? cost / other : 0
		spread = cost > 0 ? 100 * iqr[work[i] " " variant[i]] / cost : 0
		verdict = "-"
		if (kind[i] != "-") {
			verdict = ratio > 0 && ratio <= bound[i] ? "ok" : "missed"
			if (verdict == "missed" && kind[i] == "must")
				failed = 1
		}
		note = verdict == "-" ? "" : verdict
		if (verdict == "missed" && kind[i] == "goal")
			note = "missed (a goal)"
		printf format, work[i], variant[i], sprintf("%.0f", cost),
			sprintf("%.1f%%", spread), against_work[i], against_variant[i],
			sprintf("%.0f", other), sprintf("%.4f", ratio), bound[i], note
		printf "%s\n    {\"work\": \"%s\", \"variant\": \"%s\", \"insns\": %.0f, " \
			"\"gross\": %.0f, \"spread_percent\": %.2f, \"samples\": %d, " \
			"\"against_work\": \"%s\", \"against_variant\": \"%s\", " \
			"\"against_insns\": %.0f, \"ratio\": %.4f, \"bound\": %s, " \
			"\"kind\": %s, \"verdict\": %s}", (shown > 1 ? "," : ""), work[i],
			variant[i], cost, gross[work[i] " " variant[i]], spread,
			count[work[i] " " variant[i]], against_work[i], against_variant[i],
			other, ratio, (bound[i] == "-" ? "null" : bound[i]),
			(kind[i] == "-" ? "null" : "\"" kind[i] "\""),
			(verdict == "-" ? "null" : "\"" verdict "\"") > json
	}
	printf "\n  ]\n}\n" > json
	if (lost)
		printf "%d samples did not count: packets were lost\n", lost
	if (!shown) {
		print "bench: nothing was measured" > "/dev/stderr"
		failed = 1
	}
	exit failed
}
