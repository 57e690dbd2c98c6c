#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# Deterministic blocks of ports (RFC 7422): D-1 to D-4.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

TP

# block ADDR[:PORT] TEXT: that is what "get block" says, without headings
block() {
	local out

	stock && return 0
	out=$(ns r fullcone get block --noheadings "$1" 2>&1 | tr -s ' ' | sed 's/^ //; s/ $//')
	# shellcheck disable=SC2254 # a pattern
	case $out in
	$2) ;;
	*) fail "block of $1: $out, should be $2" ;;
	esac
}

profile r source=192.0.2.1 deterministic=198.51.100.0/28:2

testcase "D-1 the example of the specification"
block 198.51.100.1 "198.51.100.1 192.0.2.1 1024 5055 default"
block 198.51.100.2 "198.51.100.2 192.0.2.1 5056 9087 default"
block 198.51.100.3 "198.51.100.3 192.0.2.1 9088 13119 default"
block 198.51.100.14 "198.51.100.14 192.0.2.1 53440 57471 default"

testcase "D-2 both ways"
block 192.0.2.1:9087 "198.51.100.2 *"
block 192.0.2.1:9088 "198.51.100.3 *"
for at in 192.0.2.1:1 192.0.2.1:1023 192.0.2.1:57472 192.0.2.1:65535 192.0.2.2:9087 \
	  198.51.100.0 198.51.100.15 203.0.113.9; do
	block $at "*not static*"
done

testcase "D-4 the same settings give the same blocks, and addresses share the hosts in order"
profile r source=192.0.2.1-192.0.2.2,192.0.2.9 deterministic=198.51.100.0/28:0
block 198.51.100.5 "198.51.100.5 192.0.2.1 52632 65533 default"
block 198.51.100.6 "198.51.100.6 192.0.2.2 1024 13925 default"
block 198.51.100.14 "198.51.100.14 192.0.2.9 39730 52631 default"
block 192.0.2.9:52632 "*not static*"
# what is left over of an address is not the next one's first host's
block 192.0.2.1:65533 "198.51.100.5 *"
block 192.0.2.1:65534 "*not static*"
block 192.0.2.2:65535 "*not static*"
if ! stock; then
	SAVED=$(ns r fullcone save)
	[[ $SAVED == *deterministic=198.51.100.0/28:0* ]] || fail "save: $SAVED"
	profile r source=192.0.2.7 deterministic=off
	block 198.51.100.5 "*not deterministic*"
	ns r fullcone restore <<<"$SAVED" || fail "restore"
	eq "$(ns r fullcone save)" "$SAVED" "what is saved after it was restored"
fi
block 198.51.100.6 "198.51.100.6 192.0.2.2 1024 13925 default"

testcase "D-1 of a /31 both addresses are hosts"
profile r source=192.0.2.1 deterministic=198.51.100.6/31:0
block 198.51.100.6 "198.51.100.6 192.0.2.1 1024 33279 default"
block 198.51.100.7 "198.51.100.7 192.0.2.1 33280 65535 default"
block 198.51.100.8 "*not static*"
profile r source=192.0.2.1-192.0.2.2,192.0.2.9 deterministic=198.51.100.0/28:0

testcase "D-1 what cannot be is refused and changes nothing"
for words in deterministic=198.51.0.0/8:2 deterministic=198.51.100.1/28:2 \
	     source=masquerade deterministic=10.0.0.0/8:0 ports=5000-5003; do
	stock || ! ns r fullcone profile set default $words || fail "accepted: $words"
done
block 198.51.100.6 "198.51.100.6 192.0.2.2 1024 13925 default"

# two hosts and a factor of 2: four ports each, the last eight for whoever needs them
profile r source=203.0.113.100 ports=5000-5015 deterministic=192.168.1.0/30:2:6
engine r wan wan1

testcase "D-3 a host's ports are of its own block first, random or preserved"
for ((i = 0; i < 4; i++)); do
	U h1:$((7000 + i)) s1a:3000
	stock || { [[ ${E#*:} -ge 5000 && ${E#*:} -le 5003 ]] || fail "h1 has $E"; }
	eq "${E%:*}" 203.0.113.100 "external address"
done
U h2:5006 s1a:3000
eq "$E" 203.0.113.100:5006 "a port of its block that h2 has itself"
in_ s2b:9 "$E" h2:5006
got h1:7003 "$E" h2:5006
eq "${E%:*}" 203.0.113.100 "external address that a host inside is shown"
U h2:5001 s1a:3001
stock || { [[ ${E#*:} -ge 5004 && ${E#*:} -le 5007 ]] || fail "h2 has $E"; }

testcase "D-3 then of the dynamic pool, and that is told; no more than it may have"
watch r
for ((i = 4; i < 6; i++)); do
	U h1:$((7000 + i)) s1a:3000
	stock || { [[ ${E#*:} -ge 5008 && ${E#*:} -le 5015 ]] || fail "h1 has $E"; }
done
events_are '[.[] | select(.event == 16)] | map(.int_addr)' '["192.168.1.1"]'
dropping r
in_none h1:7006 s1a:3000
dropped r host_limit=1
events_are '[.[] | select(.event == 13)] | length' 1

testcase "D-3 whoever has no block has the dynamic pool; blocks of others are not touched"
U h3:5001 s1a:3000
stock || { [[ ${E#*:} -ge 5008 && ${E#*:} -le 5015 ]] || fail "h3 has $E"; }
events_are '[.[] | select(.event == 16)] | map([.int_addr, .ext_addr])' \
	'[["192.168.1.1","203.0.113.100"],["192.168.1.3","203.0.113.100"]]'
stock || ns r fullcone flush int 192.168.1.1 >/dev/null
events_are '[.[] | select(.event == 17)] | map(.int_addr)' '["192.168.1.1"]'
U h1:7000 s1a:3000
stock || { [[ ${E#*:} -ge 5000 && ${E#*:} -le 5003 ]] || fail "h1 has $E"; }

testcase "C-2 D-3 nobody gets a port of another host's block by asking for it"
if ! stock; then
	ns r fullcone flush all >/dev/null
	for port in 5004 5005 5006 5007; do
		must_not ns r fullcone add udp int 192.168.1.1:7100 ext ":$port"
	done
	must ns r fullcone add udp int 192.168.1.1:7100 ext :5004 prefer
	column r ext_port int 192.168.1.1
	[[ ${ROWS[0]} -ge 5000 && ${ROWS[0]} -le 5003 ]] || fail "h1 has ${ROWS[0]}"
	must ns r fullcone add udp int 192.168.1.1:7101 ext :5008
	ns r fullcone flush all static >/dev/null
fi

testcase "G-8 D-3 a port of the host's own block need not be held, another one is"
left() { # TEXT: the states of h1's mappings
	column r state int 192.168.1.1
	[ "${ROWS[*]}" = "$1" ]
}
scaled r
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
profile r udp_hold=60
tell mark
for ((i = 0; i < 5; i++)); do
	U h1:$((7200 + i)) s1a:3000
done
at $((T + 1300))
ns r conntrack -F
stock || busywait 3000 left held || fail "states of h1's mappings: ${ROWS[*]}"
profile r udp=300 udp_hold=120 unsafe_timeouts=off

testcase "D-3 hosts without a block find the last free port of many addresses"
stock || ns r fullcone flush all >/dev/null
profile r source=203.0.113.100-203.0.113.159 ports=5000-5001 deterministic=192.168.1.0/30:1
if ! stock; then
	ADDS=$(printf 'add udp int 192.168.9.%d:7000 lifetime 600\n' {1..60})
	ns r fullcone restore <<<"$ADDS" || fail "not all of 60 hosts have got a port"
	must_not ns r fullcone add udp int 192.168.9.61:7000
	column r ext_port int 192.168.9.0/24
	eq "${#ROWS[@]} $(printf '%d\n' "${ROWS[@]}" | sort -u)" "60 5001" "ports outside the blocks"
	ns r fullcone flush all static >/dev/null
fi

testcase "C-1 G-13 nor is it missed by who prefers a port that is taken"
if ! stock; then
	ADDS=$(printf 'add udp int 192.168.9.%d:7000 ext :5001 lifetime 600 prefer\n' {1..60})
	ns r fullcone restore <<<"$ADDS" || fail "not all of 60 hosts have got a port"
	n_maps r 60 int 192.168.9.0/24
	must_not ns r fullcone add udp int 192.168.9.61:7000 ext :5001 prefer
	ns r fullcone flush all static >/dev/null
fi

testcase "D-3 with a factor of 0 there is nothing beyond the block"
stock || ns r fullcone flush all >/dev/null
profile r source=203.0.113.100 ports=5000-5015 deterministic=192.168.1.0/30:0
for ((i = 0; i < 8; i++)); do
	U h2:$((7000 + i)) s1a:3000
	stock || { [[ ${E#*:} -ge 5008 && ${E#*:} -le 5015 ]] || fail "h2 has $E"; }
done
dropping r
in_none h2:7008 s1a:3000
dropped r host_limit=1

finish
