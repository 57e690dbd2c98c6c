#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
# GC frees mappings at the very moment when packets join them. For a module that is built
# with FULLCONE_RACE_DELAY, which delays packets between finding a mapping and joining
# it, and makes GC quick; scripts/soak builds and loads it.
#
# Every packet is dropped after its translation, so its flow ends at once and GC may
# free the mapping when its time is up: that is when its endpoint sends again.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/turmoil.sh"
. "${0%/*}/objects.sh"

LENGTH=${FULLCONE_SOAK_JOIN:-60}
HITS=$LENGTH	# packets that have to meet a mapping being freed

T1
engine r
# what is there without a mapping, in all the namespaces
objects
IDLE=$N
profile r unsafe_timeouts=1 udp=1 udp_hold=0
rules r <<-'NFT'
table ip lossy {
	chain postrouting {
		type filter hook postrouting priority 200; policy accept;
		oifname "wan" udp dport 7000 drop
	}
}
NFT

testcase "mappings are freed while packets join them"
counting r mappings_created mappings_expired
stat r join_retry
BEFORE=$S
# A stamp's unit later than its timer; a little less and more, for both orders. How often that
# hits depends on what else the machine does: its processors have to be there both at once.
for ((i = 0; i < 5 && S - BEFORE < HITS; i++)); do
	for period in 1250 1257 1264; do
		tell beat $((LENGTH / 3)) $period 10 200 h1:10000 s1a:7000
	done
	stat r join_retry
done
log "$((S - BEFORE)) packets met a dying mapping"
ge $((S - BEFORE)) $HITS "packets that met a dying mapping"

testcase "each of them then got another one"
stat r clash_drop
eq "$S" 0 "packets dropped since all they found was dying"

testcase "all are freed in the end, none twice"
no_mappings() { stat r mappings; [ "$S" = 0 ]; }
busywait 20000 no_mappings || fail "$S mappings are left"
stat r mappings_created
CREATED=$S
counted r mappings_expired $((CREATED - ${COUNT[r/mappings_created]}))
log "$CREATED mappings made"

testcase "nothing of them is left"
no_leak $((IDLE + 10))

finish
