#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# max_mappings of the module bounds what all namespaces have together: X-E4.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

PARAM=/sys/module/nf_nat_fullcone/parameters/max_mappings
TW
engine ra
engine rb

limit() { stock || echo "$1" >$PARAM || fail "cannot write $PARAM"; }
if ! stock; then
	at_exit "echo $(cat $PARAM) >$PARAM"
fi

arrive() { # HOST LO HI, into $N
	tell flood "$1" 192.168.1.1 "$2" "$3" "s${1#h}":7000
	read -r _ N _ <<<"$ANSWER"
}

# namespaces of earlier tests may still be going
all_are_ours() {
	stock && return 0
	ns ra fullcone flush all >/dev/null
	arrive ha 5000 5079
	[ "$N" = 60 ]
}

testcase "X-E4 the default is a million, or as many as a quarter of the memory holds"
FITS=$(awk '/^MemTotal:/ { n = int($2 * 2 / 5); print n < 1048576 ? n : 1048576 }' /proc/meminfo)
stock || eq "$(cat $PARAM)" "$FITS" "$PARAM"

testcase "X-E4 one namespace takes what the limit allows"
limit 60
busywait 10000 all_are_ours || fail "$N mappings of 60"

testcase "X-E4 the other one is refused, the first one's mappings stay"
dropping ra
dropping rb
arrive hb 5000 5039
stock || eq "$N" 0 "datagrams of the other that arrived"
dropped rb table_full=40
U ha:5000 sa:3000
stock || eq "$E" 203.0.113.1:5000 "external endpoint of an older mapping"
in_ sa:9 "$E" ha:5000
dropped ra

testcase "X-E4 and has its turn when the first one's end"
stock || ns ra fullcone flush int 192.168.1.1:5000
arrive hb 5000 5009
stock || eq "$N" 1 "datagrams of the other that arrived"
stock || ns ra fullcone flush all
arrive hb 5001 5010
stock || eq "$N" 10 "datagrams of the other that arrived"
in_ sb:9 203.0.113.1:5001 hb:5001

finish
