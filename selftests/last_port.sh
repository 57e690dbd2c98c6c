#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# timeout: 400
# The last free port is found, and what that costs is bounded: G-13, X-E6. Whole address:
# FULLCONE_PORTS=1024-65535 scripts/vm -- selftests/run last_port
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
engine r
LO=${FULLCONE_PORTS:-20000-31999}
[ -z "$SLOW" ] || LO=20000-23999
HI=${LO#*-}
LO=${LO%-*}
profile r host_max=0 ports=$LO-$HI
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 600
# each mapping has a session here
if [ "$(ns r cat /proc/sys/net/netfilter/nf_conntrack_max)" -lt 140000 ] && [ $((HI - LO)) -gt 30000 ]; then
	at_exit "sysctl -w net.netfilter.nf_conntrack_max=$(cat /proc/sys/net/netfilter/nf_conntrack_max)"
	run sysctl -w net.netfilter.nf_conntrack_max=140000 || die "conntrack is too small"
fi

# fill HOST LO HI: all arrive; microseconds a datagram into $MEAN, and for 99 in 100 of
# them at most $P99
fill() {
	local sent ms

	tell flood "$1" "${ADDR[$1]}" "$2" "$3" s1a:7000
	read -r sent ARRIVED _ ms P99 <<<"$ANSWER"
	eq "$ARRIVED" "$sent" "datagrams of $1 that arrived"
	MEAN=$((ms * 1000 / sent))
}

# UDP ports 5350 and 5351 are never given away
PORTS=$((HI - LO + 1))
[ "$LO" -gt 5350 ] || PORTS=$((PORTS - 2))

testcase "G-13 99 in 100 ports are used"
fill h2 "$LO" $((LO + 999))
EMPTY=$MEAN
EMPTY99=$P99
log "$MEAN us a new endpoint, 99 in 100 within $P99 us"
fill h1 $((LO + 1000)) $((LO + PORTS - PORTS / 100))
stat r mappings
USED=$S
log "$USED of $PORTS ports"
stock || ge "$USED" $((PORTS * 99 / 100)) "ports used"

testcase "X-E6 new endpoints take no longer then, nor the last but one"
dropping r
fill h3 2000 $((2000 + PORTS - USED - 2))
log "$MEAN us a new endpoint, 99 in 100 within $P99 us; $EMPTY us in an empty table"
le "$MEAN" $((EMPTY * 5 + 500)) "microseconds a new endpoint"
le "$P99" $((EMPTY99 * 10 + 5000)) "microseconds, but for one in a hundred"
stat r mappings
stock || eq "$S" $((PORTS - 1)) "ports used"

testcase "G-13 the last free port is found, whoever asks"
U h3:60001 s1b:3000 E3
in_ s2b:9 "$E3" h3:60001
stat r mappings
stock || eq "$S" "$PORTS" "ports used"
dropped r
in_none h3:60003 s1b:3000
dropped r no_port=1

testcase "X-E6 refusing is bounded, too"
tell flood h3 192.168.1.3 30000 30999 203.0.113.11:2000
read -r _ _ _ MS P99 <<<"$ANSWER"
log "$MS us a refusal, 99 in 100 within $P99 us"
le "$MS" $((EMPTY * 5 + 500)) "microseconds a refusal"
le "$P99" $((EMPTY99 * 10 + 5000)) "microseconds, but for one in a hundred"
dropped r no_port=1001

testcase "G-13 a port that was given back is found among all those in use"
stock || ns r fullcone flush int 192.168.1.2:$((LO + 500))
U h3:60003 s1b:3000
stock || eq "$E" 203.0.113.1:$((LO + 500)) "the one free port"
stock || ns r fullcone flush all
n_maps r 0

finish
