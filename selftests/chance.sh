#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# A port that could not be kept is unpredictable: P-9, G-15 (RFC 6056).
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
N=1000

# judge: of port numbers, one a line in the order they were chosen, says "chi-square C
# lag-1 R" over the 64 buckets of 1024-65535; C has 63 degrees of freedom, R a deviation
# of 0.032. Both bounds together are missed once in some ten thousand times.
judge() {
	awk -v n=$N '
	{ x[NR] = $1; sum += $1; bucket[int(($1 - 1024) / 1008)]++ }
	END {
		mean = sum / NR
		for (i = 0; i < 64; i++)
			chi += (bucket[i] - NR / 64) ^ 2 / (NR / 64)
		for (i = 1; i <= NR; i++) {
			var += (x[i] - mean) ^ 2
			if (i > 1)
				cov += (x[i] - mean) * (x[i - 1] - mean)
		}
		printf "%d ports, chi-square %.1f, lag-1 %.3f\n", NR, chi, cov / var
		exit !(NR == n && chi > 22 && chi < 120 && cov / var > -0.14 && cov / var < 0.14)
	}'
}

# chosen PORT-FROM: what a thousand hosts got that all began from that port
chosen() {
	tell spray h1 10.0.0.1:"$1" $((N + 1)) s1a:7000
	eq "${ANSWER% *}" "$((N + 1)) $((N + 1))" "sent and arrived"
	ns r fullcone list --noheadings -o int_addr,ext_port int 10.0.0.0/16 | sort -V |
		awk -v p="$1" '$2 != p { print $2 }' | tail -$N
}

testcase "P-9 the judgement: chance passes; what counts up, or up with gaps, does not"
awk -v n=$N 'BEGIN { srand(7); for (i = 0; i < n; i++) print 1024 + int(rand() * 64512) }' |
	judge || fail "random numbers are refused"
seq 1024 $((1023 + N)) | judge && fail "counting passes"
seq 1024 64 65535 | head -$N | judge && fail "counting with gaps passes"

testcase "P-9 1000 endpoints whose port is taken get unpredictable ones"
if ! stock; then
	PORTS=$(chosen 3000)
	judge <<<"$PORTS" || fail "not unpredictable: $(head -20 <<<"$PORTS" | xargs) ..."
	eq "$(sort -u <<<"$PORTS" | wc -l)" $N "different ports"
	eq "$(awk '$1 % 2' <<<"$PORTS" | wc -l)" 0 "odd ones among them"
fi

testcase "G-15 alloc=random: so is every port, and no port is kept"
if ! stock; then
	must ns r fullcone flush all
	profile r alloc=random
	tell flood h2 192.168.1.2 20000 $((19999 + N)) s1a:7000
	PORTS=$(ns r fullcone list --noheadings -o int_port,ext_port int 192.168.1.2 | sort -n)
	awk '{ print $2 }' <<<"$PORTS" | judge || fail "not unpredictable"
	le "$(awk '$1 == $2' <<<"$PORTS" | wc -l)" 5 "ports kept"
fi

# judge_few: the same of few ports that were left, by their ranks: half of those chosen first
# are of the lower half (give or take 4.3 of 75), and R deviates by 0.058.
judge_few() {
	awk '{ print NR, $1 }' | sort -nk2 | awk '{ print $1, NR }' | sort -n | awk '
	{ x[NR] = $2 }
	END {
		for (i = 1; i <= NR; i++) {
			low += i <= NR / 2 && x[i] <= NR / 2
			var += (x[i] - (NR + 1) / 2) ^ 2
			if (i > 1)
				cov += (x[i] - (NR + 1) / 2) * (x[i - 1] - (NR + 1) / 2)
		}
		printf "%d ports, %d low ones first, lag-1 %.3f\n", NR, low, cov / var
		exit !(NR == 300 && low > 55 && low < 95 && cov / var > -0.25 && cov / var < 0.25)
	}'
}

testcase "P-9 the judgement of few: chance passes; what counts, or goes around, does not"
awk 'BEGIN { srand(7); for (i = 0; i < 300; i++) print 20480 + int(rand() * 12288) }' |
	judge_few || fail "random numbers are refused"
seq 20480 40 32767 | head -300 | judge_few && fail "counting passes"
{ seq 26000 26149; seq 20480 20629; } | judge_few && fail "going around passes"

testcase "P-9 the last in a hundred are no easier to guess"
if ! stock; then
	must ns r fullcone flush all
	profile r alloc=random host_max=0 ports=20480-32767
	tell flood h1 192.168.1.1 20000 31899 s1a:7000
	must ns r fullcone flush int 192.168.1.2
	tell flood h2 192.168.1.2 20000 20299 s1a:7000
	PORTS=$(ns r fullcone list --noheadings -o int_port,ext_port int 192.168.1.2 | sort -n)
	awk '{ print $2 }' <<<"$PORTS" | judge_few || fail "not unpredictable"
	eq "$(awk '$1 % 2 != $2 % 2' <<<"$PORTS" | wc -l)" 0 "ports of the other parity"
fi

testcase "P-9 control: alloc=sequential does not pass"
if ! stock; then
	must ns r fullcone flush all
	profile r alloc=sequential
	PORTS=$(chosen 3000)
	judge <<<"$PORTS" && fail "the lowest free ports pass as unpredictable"
fi

finish
