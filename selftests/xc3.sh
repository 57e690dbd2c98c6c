#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: conntrack
# Programs that listen to conntrack's events, conntrackd and ulogd, see the flows of mappings,
# whether they began to listen before the module was loaded or later: X-C3.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
DIR=$(mktemp -d)
at_exit "rm -rf $DIR"
at_exit load

daemon() { # COMMAND...: in r
	nsenter --net="/run/netns/${NS[r]}" "$@" >>"$DIR/out" 2>&1 3>&- 8>&- 9<&- &
	DAEMONS+=($!)
	at_exit "kill -9 $!"
}

cat >"$DIR/conntrackd.conf" <<CONF
Stats {
	LogFile $DIR/ended
}
General {
	LogFile $DIR/conntrackd.log
	LockFile $DIR/lock
	UNIX {
		Path $DIR/ctl
	}
}
CONF

cat >"$DIR/ulogd.conf" <<CONF
[global]
logfile="$DIR/ulogd.log"
loglevel=3
$(for p in inpflow_NFCT filter_IP2STR filter_PRINTFLOW output_LOGEMU; do
	echo "plugin=\"$(echo /usr/lib/*/ulogd/ulogd_$p.so)\""
done)
stack=ct1:NFCT,ip2str1:IP2STR,print1:PRINTFLOW,emu1:LOGEMU
[ct1]
hash_enable=0
[emu1]
file="$DIR/flows"
sync=1
CONF

asked() { ns r conntrackd -C "$DIR/conntrackd.conf" "$@" 2>/dev/null; }

TRY=100
hears_next() { # a new flow is seen by both
	TRY=$((TRY + 1))
	ask pass h3:$TRY s1a:2 s1a:2 || fail "$ANSWER"
	busywait 500 sees NEW $TRY
}

# What ulogd has written of a port, and whether conntrackd has the flow
sees() { # NEW|DESTROY PORT
	grep -q "\[$1\].*PROTO=UDP SPT=$2 " "$DIR/flows" || return 1
	if [ "$1" = NEW ]; then
		asked -i | grep -q "sport=$2 "
	else
		grep -q "sport=$2 " "$DIR/ended"
	fi
}

listen() {
	DAEMONS=()
	: >"$DIR/flows"
	: >"$DIR/ended"
	daemon conntrackd -C "$DIR/conntrackd.conf"
	daemon ulogd -c "$DIR/ulogd.conf"
	busywait 10000 hears_next || die "they see nothing: $(cat "$DIR"/out "$DIR"/*.log)"
}

deaf() {
	kill -9 "${DAEMONS[@]}"
	wait "${DAEMONS[@]}" 2>/dev/null
	rm -f "$DIR/lock" "$DIR/ctl"
}

reported() { # SOURCE-PORT WHEN: a flow of it, its beginning and its end
	busywait 5000 sees NEW "$1" || fail "$2: the beginning of a flow of port $1 is not seen"
	must ns r conntrack -D -p udp --orig-port-src "$1"
	busywait 5000 sees DESTROY "$1" || fail "$2: its end is not seen"
}

flow() { # PORT WHEN
	U h3:"$1" s1a:3000 E3
	reported "$@"
}

cone() { # PORT WHEN: a flow from inside, and a stranger's
	flow "$1" "$2"
	in_ s2b:$(($1 + 100)) "$E3" h3:"$1"
	reported $(($1 + 100)) "$2, from outside"
}

testcase "X-C3 conntrackd and ulogd go on seeing flows: module, rule, and without them"
unload
masquerade r
listen
flow 4001 "before the module"
load
flow 4002 "with the module"
engine r
cone 4003 "with the rule"
stock || ns r fullcone rule del oif wan
flow 4004 "without the rule"
unload
flow 4005 "without the module"

testcase "X-C3 they see as much when they are started after the rule"
deaf
load
engine r
listen
cone 4006 "with the rule"
unload
flow 4007 "without the module"
for d in "${DAEMONS[@]}"; do
	kill -0 "$d" || fail "one of them has ended: $(cat "$DIR"/out "$DIR"/*.log)"
done
load

finish
