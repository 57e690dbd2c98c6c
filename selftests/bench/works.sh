# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The works that are measured. A work is a function work_NAME VARIANT; it may sample
# more than one thing. All variants get the same packets, the generator alone too.
#
# WORK_VARIANTS says which variants a work is for, besides the generator.

declare -A WORK_VARIANTS=(
	[established]="masquerade fullcone"
	[new]="masquerade fullcone"
	[peers]="masquerade fullcone"
	[inbound]="portforward fullcone"
)

# The flows of `established`: these ports of the client, to one of the server.
# The first of them is the mapping that strangers call and FORWARDED forwards.
FLOWS=1000
FLOW_PORT=$FORWARDED
SERVICE=7000
PEER=1024	# peer N of a socket is the server's port PEER + N

# out VARIANT COUNT SPORT NSPORTS DPORT NDPORTS: from the client to the server
out() {
	pktgen_run "bench-$1-c" c0 "$2" $CLIENT "$3" "$4" $SERVER "$5" "$6" || return 1
	if [ "$1" = gen ]; then
		sink_read bench-gen-r lan
	else
		sink_read "bench-$1-s" s0
	fi
}

# in_ VARIANT COUNT SRC SPORT NSPORTS DPORT NDPORTS: to the router's external address
in_() {
	pktgen_run "bench-$1-s" s0 "$2" "$3" "$4" "$5" $WAN "$6" "$7" || return 1
	if [ "$1" = gen ]; then
		sink_read bench-gen-r wan
	else
		sink_read "bench-$1-c" c0
	fi
}

# sample NAME VARIANT: what the last burst cost, and how much of it arrived
sample() {
	echo "sample $1 $2 $round $sent $received $usec"
}

# Ports of the client that no flow has had yet, of which a round may take some; all
# variants get the same. Into $port.
next_port=20000
take_ports() { # N
	port=$next_port
	next_port=$((next_port + $1))
}

# Flows that conntrack has seen a reply of. A thousand hosts' worth of mappings.
prepare_established() {
	[ "$1" != gen ] || return 0
	out "$1" $FLOWS $FLOW_PORT $FLOWS $SERVICE 1 &&
		in_ "$1" $FLOWS $SERVER $SERVICE 1 $FLOW_PORT $FLOWS &&
		out "$1" $FLOWS $FLOW_PORT $FLOWS $SERVICE 1
}

work_established() {
	out "$1" $((3 * FLOWS)) $FLOW_PORT $FLOWS $SERVICE 1 || return 1
	sample established-out "$1"
	in_ "$1" $((3 * FLOWS)) $SERVER $SERVICE 1 $FLOW_PORT $FLOWS || return 1
	sample established-in "$1"
}

# Endpoints that had no mapping; and then the same ones to another peer.
ports_new=$FLOWS

work_new() {
	out "$1" $FLOWS "$port" $FLOWS $SERVICE 1 || return 1
	sample new-mapping "$1"
	out "$1" $FLOWS "$port" $FLOWS $((SERVICE + 1)) 1 || return 1
	sample new-flow "$1"
}

# One socket and its peers: the hundred from the 10th on, and from the 20 000th on.
ports_peers=1
SLICE=100

work_peers() {
	if [ "$1" != gen ]; then
		out "$1" 9 "$port" 1 $((PEER + 1)) 9 || return 1
	fi
	out "$1" $SLICE "$port" 1 $((PEER + 10)) $SLICE || return 1
	sample peer-10 "$1"
	if [ "$1" != gen ]; then
		out "$1" $((19990 - SLICE)) "$port" 1 $((PEER + 10 + SLICE)) $((19990 - SLICE)) ||
			return 1
		# all of them arrived, or the next one is not the 20 000th
		if [ "$received" -ne "$sent" ]; then
			received=0
			usec=0
		fi
	fi
	out "$1" $SLICE "$port" 1 $((PEER + 20000)) $SLICE || return 1
	sample peer-20000 "$1"
}

# Strangers call an endpoint that has a mapping, or a forwarded port.
work_inbound() {
	in_ "$1" $FLOWS "203.0.113.$((100 + round))" 30000 $FLOWS $FLOW_PORT 1 || return 1
	sample inbound "$1"
}

prepare_inbound() {
	prepare_established "$1"
}
