#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# A full conntrack table makes no mapping and ends none: X-C7.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
KEY=/proc/sys/net/netfilter/nf_conntrack_max
WAS=$(cat $KEY)
at_exit "echo $WAS >$KEY"
# Early drop looks at a few buckets only: in a small table it finds somebody.
BUCKETS=/proc/sys/net/netfilter/nf_conntrack_buckets
MANY=$(cat $BUCKETS)
at_exit "echo $MANY >$BUCKETS"
echo 512 >$BUCKETS
FILE=$(mktemp)
at_exit "rm -f $FILE"

# The port is not the endpoint's own, so that keeping it says something.
U h2:3000 s1a:3000
U h1:3000 s1a:3000 E1
stock || ns r fullcone flush int 192.168.1.2
in_ s1a:3000 "$E1" h1:3000

testcase "X-C7 conntrack's early drop of sessions does not touch the mapping"
ns r conntrack -F
U h1:3000 s1a:3001
# entries that nobody has answered, more than there may be
echo 100 >$KEY
LO=1000
dropped() {
	tell scan h3 h3:6000 203.0.113.22 $LO $((LO + 299))
	LO=$((LO + 300))
	sessions r -p udp --orig-src 192.168.1.1
	[ "$C" = 0 ]
}
busywait 30000 dropped || fail "conntrack does not drop the session of h1"
echo "$WAS" >$KEY
n_maps r 1 int 192.168.1.1
U h1:3000 s2a:3002
eq "$E" "$E1" "external endpoint"
in_ s2b:5000 "$E1" h1:3000

testcase "X-C7 with the table full nobody gets a mapping, and nobody loses one"
ns r conntrack -F
stock || ns r fullcone flush int 192.168.1.3
U h1:3000 s1a:3003
in_ s1a:3003 "$E1" h1:3000
# entries that early drop spares
for ((p = 10000; p < 10120; p++)); do
	printf -- '-A -p udp -s 203.0.113.22 -d 203.0.113.21 --sport %d --dport 9 -t 300 -u SEEN_REPLY,ASSURED\n' $p
done >"$FILE"
must ns r conntrack -R "$FILE"
# h1's session, which may be spared or not, is one more
must ns r conntrack -U -p udp --orig-src 192.168.1.1 -u SEEN_REPLY,ASSURED
sessions r
echo "$C" >$KEY
counting r mappings_created
in_none h2:4000 s1a:3000
in_none h1:3000 s1b:3000
in_none s2b:5001 "$E1"
counted r mappings_created 0
n_maps r 1
U h1:3000 s1a:3003
eq "$E" "$E1" "external endpoint of the session that is there"
in_ s1a:3003 "$E1" h1:3000

testcase "X-C7 with room again all goes on as before"
echo "$WAS" >$KEY
U h1:3000 s1b:3000
eq "$E" "$E1" "external endpoint"
in_ s2b:5002 "$E1" h1:3000
U h2:4000 s1a:3000
eq "$E" 203.0.113.1:4000 "external endpoint of h2"

finish
