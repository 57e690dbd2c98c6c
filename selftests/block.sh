#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# Deterministic blocks of ports (RFC 7422): D-1 to D-4.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

TP

# block: what "get block" says, without headings, into $B
block() { # ADDR[:PORT]
	B=$(ns r fullcone get block --noheadings "$1" 2>&1 | tr -s ' ')
	B=${B# } B=${B% }
}

if ! stock; then
	testcase "D-1 the example of the specification"
	ns r fullcone profile set default source=192.0.2.1 deterministic=198.51.100.0/28:2 ||
		fail "profile set"
	block 198.51.100.1
	eq "$B" "198.51.100.1 192.0.2.1 1024 5055 default" "block of the first host"
	block 198.51.100.2
	eq "$B" "198.51.100.2 192.0.2.1 5056 9087 default" "block of the second"
	block 198.51.100.3
	eq "$B" "198.51.100.3 192.0.2.1 9088 13119 default" "block of the third"
	block 198.51.100.14
	eq "$B" "198.51.100.14 192.0.2.1 53440 57471 default" "block of the last"

	testcase "D-2 both ways"
	block 192.0.2.1:9087
	eq "${B%% *}" 198.51.100.2 "whose port 9087 is"
	block 192.0.2.1:9088
	eq "${B%% *}" 198.51.100.3 "whose port 9088 is"
	for port in 1 1023 57472 65535; do
		block 192.0.2.1:$port
		[[ $B == *"not static"* ]] || fail "port $port: $B"
	done
	for addr in 198.51.100.0 198.51.100.15 203.0.113.9 192.0.2.2:9087; do
		block $addr
		[[ $B == *"not static"* ]] || fail "$addr: $B"
	done

	testcase "D-4 the same settings give the same blocks, several addresses share the hosts in order"
	ns r fullcone profile set default source=192.0.2.1-192.0.2.2,192.0.2.9 \
		deterministic=198.51.100.0/28:0 || fail "profile set"
	block 198.51.100.5
	eq "$B" "198.51.100.5 192.0.2.1 52632 65533 default" "the last one on the first address"
	block 198.51.100.6
	eq "$B" "198.51.100.6 192.0.2.2 1024 13925 default" "the first one on the second"
	block 198.51.100.14
	eq "$B" "198.51.100.14 192.0.2.9 39730 52631 default" "the last one"
	block 192.0.2.9:52632
	[[ $B == *"not static"* ]] || fail "a block that no host has: $B"
	SAVED=$(ns r fullcone profile show default)
	[[ $SAVED == *deterministic=198.51.100.0/28:0* ]] || fail "profile show: $SAVED"

	testcase "D-1 what cannot be is refused and changes nothing"
	for words in "deterministic=198.51.0.0/8:2" "deterministic=198.51.100.1/28:2" \
		     "source=masquerade" "deterministic=10.0.0.0/8:0" "ports=5000-5003"; do
		if ns r fullcone profile set default $words 2>/dev/null; then
			fail "accepted: $words"
		fi
	done
	eq "$(ns r fullcone profile show default)" "$SAVED" "the profile afterwards"
fi

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
U h2:5001 s1a:3001
stock || { [[ ${E#*:} -ge 5004 && ${E#*:} -le 5007 ]] || fail "h2 has $E"; }

testcase "D-3 then of the dynamic pool, and that is told; no more than it may have"
watch r
for ((i = 4; i < 6; i++)); do
	U h1:$((7000 + i)) s1a:3000
	stock || { [[ ${E#*:} -ge 5008 && ${E#*:} -le 5015 ]] || fail "h1 has $E"; }
done
events_are '[.[] | select(.event == 16)] | map(.int_addr) | tostring' '["192.168.1.1"]'
dropping r
in_none h1:7006 s1a:3000
dropped r host_limit=1
events_are '[.[] | select(.event == 13)] | length' 1

testcase "D-3 whoever has no block has the dynamic pool; blocks of others are not touched"
U h3:5001 s1a:3000
stock || { [[ ${E#*:} -ge 5008 && ${E#*:} -le 5015 ]] || fail "h3 has $E"; }
stock || ns r fullcone flush int 192.168.1.1 >/dev/null
events_are '[.[] | select(.event == 17)] | map(.int_addr) | tostring' '["192.168.1.1"]'
U h1:7000 s1a:3000
stock || { [[ ${E#*:} -ge 5000 && ${E#*:} -le 5003 ]] || fail "h1 has $E"; }

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
