#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: races
# timeout: 600
# Two CPUs at once: X-R1, X-R2, X-R3. FULLCONE_SOAK=1: as many rounds as the
# specification wants of each.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/watch.sh"

T1
engine r
WAN=${HOSTS[rw]#*/}
ROUNDS=1000 FANS=10 MEETINGS=250
if [ -n "${FULLCONE_SOAK:-}" ]; then
	FANS=100 MEETINGS=1000
elif [ -n "$SLOW" ]; then
	ROUNDS=200 FANS=5 MEETINGS=100
fi
quiet s1 s2 h1 h2

testcase "X-R1 two hosts start from one port at the same instant: one keeps it, none is lost"
tell race $ROUNDS 20000 h1 h2 s1a:7000
has "$ANSWER" "$ROUNDS rounds, 0 lost, 0 equal, 0 not kept" "the race"
n_maps r $((2 * ROUNDS))
maps r '[.mappings[] | "\(.ext_addr) \(.ext_port)"] | unique | length'
stock || eq "$M" $((2 * ROUNDS)) "different external endpoints"

testcase "X-R1 the same where both want to talk to a host on the same bridge"
U h3:6000 s1a:3000 E3
in_ s1a:3000 "$E3" h3:6000
ask race $((ROUNDS / 4)) 30000 h1 h2 "$E3" h3:6000 || fail "$ANSWER"

testcase "X-R2 one port to a thousand destinations from two CPUs at once: one source, none lost"
stock || must ns r fullcone flush all
must ns r conntrack -F
watch r
counting r mappings_created
dropping r
tell fan $FANS h1:40000 s1a:0 10000 10999
n_maps r $FANS int "${ADDR[h1]}"

testcase "X-R2 each of these mappings was made, counted and told once"
counted r mappings_created $FANS
dropped r
events_settle r
mine='.[] | select(.event == 8 and .int_addr == "'"${HOSTS[h1]#*/}"'")'
events_are "[$mine] | length" $FANS
events_are "[$mine | .int_port] | unique | length" $FANS
unwatch

testcase "X-R2 G-4 the same where the host may have no mapping but this one"
if ! stock; then
	profile r host_max=1
	hosts=(h1 h2 h3)
	[ "$FAMILY" = 4 ] || hosts=(h1)		# the limit is that of the /64
	for ((i = 0; i < 15; i++)); do
		must ns r fullcone flush all
		must ns r conntrack -F
		for h in "${hosts[@]}"; do
			ask fan 1 $h:$((41000 + i)) s1a:0 10000 10001 || fail "$h: $ANSWER"
		done
	done
	must ns r fullcone flush all
	profile r host_max=16384
fi

testcase "X-R2 G-8 the same where all other ports are held: what is held stays held"
if ! stock; then
	profile r ports=2000-2001 unsafe_timeouts=1 udp=1
	U h2:3000 s1a:3000 E2
	for ((i = 0; i < 15; i++)); do
		must ns r fullcone flush int "${ADDR[h1]}"
		must ns r conntrack -F
		is_held() { state r h2:3000; [ "$M" = held ]; }
		busywait 15000 is_held || { fail "h2's mapping is $M, not held"; break; }
		ask fan 1 h1:$((43000 + i)) s1a:0 10000 10001 || fail "$ANSWER"
	done
	U h2:3000 s1a:3001
	eq "$E" "$E2" "external endpoint of h2"
	must ns r fullcone flush all
	profile r ports=default unsafe_timeouts=0 udp=300
fi

# meet KIND HOST1 HOST2 PORT TO1 TO2: HOST1 sends to TO1 and HOST2 to TO2, which makes one
# session in the end
meet() {
	local n

	must ns r conntrack -F
	tell meet $MEETINGS "$1" "$2:$4" "$3:$4" s1a:7000
	sessions r -p udp --orig-src "${HOSTS[$2]#*/}" --orig-dst "$5"
	n=$C
	sessions r -p udp --orig-src "${HOSTS[$3]#*/}" --orig-dst "$6"
	eq $((n + C)) $MEETINGS "sessions of $MEETINGS meetings"
}
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 600

testcase "X-R3 out and in at the same instant: at most one is lost, one session, the same endpoint"
meet in h1 s2b 50000 "${HOSTS[s2b]#*/}" "$WAN"

testcase "X-R3 two hosts call each other at the same instant: the same for a hairpin"
meet hairpin h1 h2 54000 "$WAN" "$WAN"

finish
