# SPDX-License-Identifier: GPL-2.0
#
# awk -f quantile.awk -f native.awk bounds INSTRUCTION-SAMPLES... build/bench-native/SAMPLES...
#
# From the samples of scripts/bench-native, and those of scripts/bench if there are any, to
# the table of the former. Exit status 1 if something has no sample without a loss.

# Of a unit, ns or insns: what a packet of a work costs a variant, the generator's part
# taken off. In time the fastest tenth, in instructions the lower quartile.
function cost(unit, what, who,	fraction)
{
	fraction = unit == "ns" ? 0.1 : 0.25
	return value(unit, what " " who, fraction) - value(unit, what " gen", fraction)
}

function value(unit, what, fraction,	i, n, a)
{
	what = unit " " what
	if ((what, fraction) in known)
		return known[what, fraction]
	n = count[what] + 0
	for (i = 1; i <= n; i++)
		a[i] = sample[what, i]
	sort(a, n)
	known[what, fraction] = n ? quantile(a, n, fraction) : 0
	return known[what, fraction]
}

# The distance of two percentiles, as a part of the cost.
function spread(what, who,	distance)
{
	distance = value("ns", what " " who, 0.2) - value("ns", what " " who, 0.05)
	return distance / cost("ns", what, who)
}

function measured(unit, i)
{
	return (unit " " work[i] " " variant[i]) in count &&
	       (unit " " against_work[i] " " against_variant[i]) in count &&
	       (unit " " work[i] " gen") in count
}

function print_line(i,	ours, other, ratio, both, insns, verdict, other_insns)
{
	ours = cost("ns", work[i], variant[i])
	other = cost("ns", against_work[i], against_variant[i])
	if (ours <= 0 || other <= 0) {
		printf "bench-native: %s %s costs less than to send\n", work[i],
			variant[i] > "/dev/stderr"
		failed = 1
		return
	}
	ratio = ours / other
	both = spread(work[i], variant[i]) + spread(against_work[i], against_variant[i])
	insns = "-"
	if (measured("insns", i)) {
		other_insns = cost("insns", against_work[i], against_variant[i])
		insns = cost("insns", work[i], variant[i]) / other_insns
		verdict = "same"
		if (ratio > insns * (1 + both))
			verdict = "more in time"
		else if (ratio < insns * (1 - both))
			verdict = "less in time"
		differ += verdict != "same"
		insns = sprintf("%.3f", insns)
	}
	printf format, work[i], variant[i], sprintf("%.0f", ours), sprintf("%.0f", other),
		against_variant[i], sprintf("%.3f", ratio), sprintf("%.1f%%", 100 * both),
		insns, verdict
}

/^#/ || !NF { next }

FILENAME ~ /bounds$/ && $1 != "figure" {
	work[++lines] = $1
	variant[lines] = $2
	against_work[lines] = $3
	against_variant[lines] = $4
	next
}

$1 == "sample" && $4 > 0 {
	what = (FILENAME ~ /bench-native/ ? "ns " : "insns ") $2 " " $3
	if ($7 != 0) {
		lost += what ~ /^ns /
		next
	}
	sample[what, ++count[what]] = $6 * 1000 / $5
}

END {
	format = "%-19s %-18s %6s %6s %-11s %6s %7s %7s  %s\n"
	for (i = 1; i <= lines; i++) {
		if (!(("ns " work[i] " gen") in count))
			continue
		if (!measured("ns", i)) {
			printf "bench-native: %s %s has lost packets in every round\n", work[i],
				variant[i] > "/dev/stderr"
			failed = 1
			continue
		}
		if (!shown++)
			printf format, "WORK", "VARIANT", "NS", "NS", "AGAINST", "RATIO",
				"SPREAD", "INSNS", ""
		print_line(i)
	}
	if (lost)
		printf "%d samples lost packets\n", lost
	if (differ)
		printf "%d ratios differ from those of instructions by more than their spread\n",
			differ
	if (!shown) {
		print "bench-native: nothing was measured" > "/dev/stderr"
		failed = 1
	}
	exit failed
}
