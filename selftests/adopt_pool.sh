#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# Adoption (X-C5) with pools of addresses and named profiles, and on a standby router
# that has been handed a conntrack table.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

TP
POOL=203.0.113.100-203.0.113.103

clean() { # no mappings, no flows
	ns r fullcone flush all
	ns r conntrack -F
}

testcase "X-C5 mappings of a pool are adopted, and the host keeps its address"
engine r
profile r source=$POOL alloc=random
U h1:4000 s1a:3000 E1
U h2:4000 s1a:3000 E2
U h3:4000 s1a:3000 E3
reload r
profile r source=$POOL alloc=random
n_maps r 3 adopted
maps r '[.mappings[].realm] | unique | tostring'
eq "$M" '["default"]' "realms"
for h in 1 2 3; do
	U h$h:4000 s2b:3001
	e=E$h
	eq "$E" "${!e}" "external endpoint of h$h"
	U h$h:4001 s2b:3001
	eq "${E%:*}" "${!e%:*}" "address of a new mapping of h$h"
done
in_ s2a:5000 "$E1" h1:4000

testcase "X-C5 a named profile adopts its flows when it is set again"
clean
profile r source=masquerade alloc=preserve
must ns r fullcone profile set guests source=198.51.100.7 alloc=random
must ns r fullcone rule add oif wan saddr 192.168.1.1 profile guests
U h1:4002 s1a:3000 E1
eq "${E1%:*}" 198.51.100.7 "address of the guest"
U h2:4002 s1a:3000 E2
unload
load
must ns r fullcone profile set default
n_maps r 1 adopted
n_maps r 0 int 192.168.1.1
must ns r fullcone profile set guests source=198.51.100.7 alloc=random
n_maps r 1 profile guests
U h1:4002 s2b:3001
eq "$E" "$E1" "external endpoint of the guest"
in_ s2a:5001 "$E1" h1:4002
in_ s2a:5001 "$E2" h2:4002

testcase "X-C5 K-2 K-8 nobody gets an endpoint in use of an address that is another profile's now"
clean
profile r source=203.0.113.100
U h2:4003 s1a:3000 E2
eq "$E2" 203.0.113.100:4003 "external endpoint"
moved() {
	profile r source=203.0.113.101
	must ns r fullcone profile set guests source=203.0.113.100
}
moved
unload
load
moved
U h1:4003 s2a:3000
eq "${E%:*}" "${E2%:*}" "address of the guest"
ne "$E" "$E2" "external endpoint of the guest"
in_ s2b:5001 "$E2" h2:4003
in_ s1a:3000 "$E2" h2:4003
U h2:4003 s2a:3000
eq "$E" "$E2" "external endpoint"
profile r source=masquerade
must ns r fullcone profile del guests

testcase "X-C5 what masquerade did meanwhile takes no port from those who had it before"
clean
must ns r fullcone rule del oif wan
engine r
for ((p = 4100; p < 4116; p++)); do
	U h1:$p s1a:3000
	eq "$E" 203.0.113.1:$p "external endpoint"
done
unload
clashing=0
for ((p = 4100; p < 4116; p++)); do
	U h2:$p s2a:3000
	[ "$E" != 203.0.113.1:$p ] || clashing=$((clashing + 1))
done
eq "$clashing" 16 "flows of another host on the same external ports"
load
engine r
n_maps r 16 int 192.168.1.1
n_maps r 0 int 192.168.1.2
for ((p = 4100; p < 4116; p += 5)); do
	in_ s2b:5002 203.0.113.1:$p h1:$p
done

# --- a standby -----------------------------------------------------------------------


# As conntrackd would have put it there. FROM and TO are the host and its peer.
restored() { # PORT EXTERNAL-PORT [OPTIONS]
	local ext=203.0.113.1:$2

	[[ $2 != *:* ]] || ext=$2
	log "conntrack -I $*"
	LABEL=$(conntrack_label 127) PROBE=$PROBE NS_R=${NS[r]} unshare -m sh -c '
		mount -t tmpfs none /etc && mkdir /etc/xtables &&
			echo "$LABEL" fullcone >/etc/xtables/connlabel.conf &&
			exec "$PROBE" in "$NS_R" conntrack "$@"' sh \
		-I -p udp -s "${FROM:-192.168.1.1}" -d "${TO:-203.0.113.11}" --sport "$1" \
		--dport 3000 --src-nat "$ext" -t 60 -u SEEN_REPLY,ASSURED "${@:3}"
}

testcase "X-C5 adopt makes mappings of labelled flows that have no anchor"
clean
must restored 4200 6200 --label-add fullcone
must restored 4201 6201
n_maps r 0
OUT=$(ns r fullcone adopt -j)
eq "$(jq -c . <<<"$OUT")" '{"adopted":1,"left_out":0}' "what adopt says"
n_maps r 1
n_maps r 1 ext 203.0.113.1:6200 adopted
in_ s2b:5003 203.0.113.1:6200 h1:4200
U h1:4200 s2b:3001
eq "$E" 203.0.113.1:6200 "external endpoint"
U h1:4200 s1a:3000
eq "$E" 203.0.113.1:6200 "external endpoint in the restored flow"
U h2:6200 s2a:9
ne "$E" 203.0.113.1:6200 "external endpoint of another host"
OUT=$(ns r fullcone adopt)
has "$OUT" "0 mappings" "what adopt says the second time"

testcase "X-C5 an endpoint that got another mapping before keeps that"
clean
U h1:4202 s2a:3000 E1
must restored 4202 6202 --label-add fullcone
OUT=$(ns r fullcone adopt -j)
eq "$(jq -c . <<<"$OUT")" '{"adopted":1,"left_out":0}' "what adopt says"
U h1:4202 s2b:3001
eq "$E" "$E1" "external endpoint"
U h1:4202 s1a:3000
eq "$E" 203.0.113.1:6202 "external endpoint in the restored flow"
U h2:6202 s2a:9
ne "$E" 203.0.113.1:6202 "external endpoint of another host"

# --- a router that takes over again ------------------------------------------------------

adopts() { # MADE LEFT-OUT
	eq "$(ns r fullcone adopt -j | jq -c .)" "{\"adopted\":$1,\"left_out\":$2}" "what adopt says"
	stat r left_out
	stock || eq "$S" "$2" "flows left out"
}

testcase "X-C5 K-2 a mapping without sessions makes way for a flow that has its external endpoint"
clean
for open in 1 ""; do
	[ -n "$open" ] || profile r unsafe_timeouts=1 udp=1
	U h2:6210 s2a:3000
	eq "$E" 203.0.113.1:6210 "external endpoint of before"
	ns r conntrack -F
	if [ -z "$open" ]; then
		busywait 5000 is_state r h2:6210 held || fail "it is $M"
		profile r udp=300
	fi
	must restored 4210 6210 --label-add fullcone
	adopts 1 0
	n_maps r 0 int 192.168.1.2
	n_maps r 1 ext 203.0.113.1:6210 adopted
	in_ s2b:5003 203.0.113.1:6210 h1:4210
	U h2:6210 s2a:9
	ne "$E" 203.0.113.1:6210 "external endpoint of the host that had it"
	U h1:4210 s2b:3001
	eq "$E" 203.0.113.1:6210 "external endpoint"
	adopts 0 0
	clean
done
profile r unsafe_timeouts=0

testcase "X-C5 K-2 a mapping that has sessions keeps its external endpoint, and adopt says so"
U h2:6211 s2a:3000
must restored 4211 6211 --label-add fullcone
adopts 0 1
has "$(ns r fullcone adopt)" "0 mappings adopted, 1 flow left out: its external endpoint belongs to another mapping" \
	"what adopt says"
in_ s2b:5003 203.0.113.1:6211 h2:6211
# the flow of another host, which has been adopted
must restored 4212 6212 --label-add fullcone
adopts 1 1
TO=203.0.113.12 must restored 4213 6212 --label-add fullcone
adopts 0 2
has "$(ns r fullcone adopt)" ", 2 flows left out: their external endpoints belong to other mappings" \
	"what adopt says"
U h1:4212 s2b:3001
eq "$E" 203.0.113.1:6212 "external endpoint of the first"
must ns r fullcone flush int 192.168.1.2
must ns r fullcone flush int 192.168.1.1:4212
adopts 2 0

testcase "X-C5 X-D4 nor does one make way that has been asked for"
clean
for lifetime in "" "lifetime 600"; do
	# shellcheck disable=SC2086 # words
	must ns r fullcone add udp int 192.168.1.2:6214 ext 203.0.113.1:6214 $lifetime
	must restored 4214 6214 --label-add fullcone
	adopts 0 1
	in_ s2b:5003 203.0.113.1:6214 h2:6214
	must ns r fullcone del udp ext 203.0.113.1:6214
	clean
done

testcase "X-C5 for a flow of the router's own no mapping makes way"
U h2:6215 s2a:3000
ns r conntrack -F
FROM=203.0.113.1 must restored 4215 6215 --label-add fullcone
adopts 0 0
in_ s2b:5003 203.0.113.1:6215 h2:6215

testcase "X-C5 K-2 X-M6 so it is with a pool, whose mappings outlive the address of the link"
clean
profile r source=$POOL
U h2:6216 s2a:3000 E2
ns r conntrack -F
must restored 4216 "$E2" --label-add fullcone
adopts 1 0
n_maps r 0 int 192.168.1.2
in_ s2b:5003 "$E2" h1:4216
U h1:4217 s2b:3001
eq "${E%:*}" "${E2%:*}" "address of the host's next mapping"
profile r source=masquerade

testcase "X-C5 an endpoint that had one for each remote keeps them all, though the settings are others"
clean
profile r map=adm
U h1:4203 s1a:3000 E1
U h1:4203 s2a:3000 E2
ne "$E1" "$E2" "external endpoints"
unload
load
engine r
n_maps r 2 int 192.168.1.1
for ext in "$E1" "$E2"; do
	U h2:"${ext##*:}" s1b:9
	ne "$E" "$ext" "external endpoint of another host"
done
ns r conntrack -F
U h1:4203 s1a:3000
eq "$E" "$E1" "external endpoint towards the first remote"
U h1:4203 s2a:3000
eq "$E" "$E2" "external endpoint towards the second"

testcase "X-C5 D-3 who has a block of another address now keeps the endpoints of before"
unload
load
clean
engine r
profile r source=203.0.113.101
U h1:4050 s1a:3000 E1
eq "$E1" 203.0.113.101:4050 "external endpoint"
unload
load
profile r source=203.0.113.100-203.0.113.101 deterministic=192.168.1.0/30:0
n_maps r 1 adopted
U h1:4050 s2b:3001
eq "$E" "$E1" "external endpoint"
in_ s2a:5000 "$E1" h1:4050

finish
