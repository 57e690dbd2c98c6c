#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: modes
# Who may begin a session with a mapping: the tables of the filtering behaviours.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

TS
engine r
profile r ports=4500-4500
EXT=${ADDR[rw]}

# One mapping, whose endpoint has sent to s1:3000 only.
begin() { # FILTER
	stock || ns r fullcone flush all
	ns r conntrack -F
	profile r "filter=$1"
	U h1:3000 s1:3000
	eq "$E" "$EXT:4500" "external endpoint"
	ns r conntrack -F
}

callers() { # CALLER: its conntrack entries, into $C
	sessions r -p "$PROTO" -s "${HOSTS[${1%:*}]#*/}" --sport "${1#*:}"
}

yes() {
	in_ "$1" "$EXT:4500" h1:3000
	callers "$1"
	stock || ge "$C" 1 "conntrack entries of $1"
}

# Not received, nothing comes back, no conntrack entry is left, and it is counted once.
no() {
	counting r filtered not_open
	if [ "$PROTO" = tcp ]; then
		tell try "$1" "$EXT:4500"
		eq "${ANSWER%% *}" silent "what the caller at $1 sees"
		stat r filtered
		stock || ge $((S - ${COUNT[r/filtered]})) 1 "SYNs filtered"
	else
		ask open "$1"
		tell errors "$1"
		in_none "$1" "$EXT:4500"
		counted r filtered 1
		tell errors "$1"
		eq "$ANSWER" 0 "ICMP errors that came back to $1"
	fi
	counted r not_open 0
	callers "$1"
	eq "$C" 0 "conntrack entries of $1"
}

# ... and what was refused passes when the endpoint has sent there.
no_until_sent() {
	no "$1"
	U h1:3000 "$1"
	ns r conntrack -F
	yes "$1"
	ns r conntrack -F
}

testcase "SV-4 endpoint-independent filter: from everybody"
begin eif
yes s1:3000
yes s1:3001
yes s2:3000
yes s3:3002

testcase "SV-5 address-dependent filter: from the address that was sent to"
begin adf
yes s1:3000
yes s1:3001
no_until_sent s2:3000
no_until_sent s3:3002

testcase "SV-5 the port sent to does not matter"
begin adf
U h1:3000 s2:9
ns r conntrack -F
yes s2:3000
no s3:3002

testcase "SV-6 N-4 address- and port-dependent filter: from the endpoint that was sent to"
begin apdf
yes s1:3000
no_until_sent s1:3001
no_until_sent s2:3000
no_until_sent s3:3002

testcase "SV-6 another port of the address is another endpoint"
begin apdf
U h1:3000 s2:9
ns r conntrack -F
yes s2:9
no s2:3000

testcase "K-9 what an endpoint has sent to is forgotten with its last mapping"
begin apdf
U h1:3000 s2:3000
ns r conntrack -F
yes s2:3000
begin apdf
yes s1:3000
no s2:3000

testcase "K-9 so it is where the endpoint was refused another mapping"
begin apdf
stock || ns r fullcone flush all
profile r map=apdm
U h1:3000 s2:3000
in_none h1:3000 s1:3000
profile r map=eim
begin apdf
yes s1:3000
no s2:3000

testcase "K-8 a mapping keeps the filter that it was made with"
begin apdf
profile r filter=eif
no s2:3000
begin eif
profile r filter=apdf
yes s2:3000

testcase "K-9 filter_max: the remote not sent to for longest is forgotten"
begin apdf
profile r filter_max=2
counting r filter_evicted
U h1:3000 s2:3000
# beyond the time within which a second packet changes nothing
tell mark
at 600
U h1:3000 s1:3000
U h1:3000 s3:3002
ns r conntrack -F
counted r filter_evicted 1
yes s1:3000
yes s3:3002
no s2:3000
profile r filter_max=1024

finish
