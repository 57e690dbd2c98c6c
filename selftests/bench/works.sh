# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # names that the other parts of the bench set or use
#
# The works that are measured. A work is a function work_NAME VARIANT; it may sample
# more than one thing. All variants get the same packets, the generator alone too.
#
# WORK_VARIANTS says which variants a work is for, besides the generator. The first three
# works are for every kind of packets; others than datagrams over IPv4 are not measured in
# routers that do not translate.

declare -A WORK_VARIANTS=(
	[established]="forward conntrack masquerade fullcone flowtable fullcone_flowtable"
	[new]="forward conntrack masquerade fullcone fullcone_mark"
	[inbound]="portforward fullcone fullcone_mark"
	[peers]="masquerade fullcone"
	[taken]="masquerade_full fullcone_full"
)
UDP_ONLY="forward conntrack"

# Those that make so many flows that a few rounds must do.
declare -A WORK_ROUNDS=([peers]=2 [taken]=1)

# The flows of `established`: these ports of the client, to one of the server.
# The first of them is the mapping that strangers call and FORWARDED forwards.
# In time, bursts have to be shorter than what a scheduler gives a program at once.
FLOWS=${FULLCONE_BENCH_FLOWS:-1000}
REPEAT=${FULLCONE_BENCH_REPEAT:-3}	# packets of each flow in a burst
FLOW_PORT=$FORWARDED
STRANGE=1000	# flows from outside in a burst
SERVICE=7000
PEER=1024	# peer N of a socket is the server's port PEER + N

# Packets since a variant's counter was last read, by VARIANT and direction.
declare -A sent_out=() sent_in=()

# out_from VARIANT COUNT SRC SPORT NSPORTS DPORT NDPORTS: from a host inside to the server
out_from() {
	send_burst "bench-$1-c" c0 "$2" "$3" "$4" "$5" "$SERVER" "$6" "$7" || return 1
	sent_out[$1]=$((${sent_out[$1]:-0} + count))
}

# out VARIANT COUNT SPORT NSPORTS DPORT NDPORTS: from the client to the server
out() {
	out_from "$1" "$2" "$CLIENT" "${@:3}"
}

# in_ VARIANT COUNT SRC SPORT NSPORTS DPORT NDPORTS: to the router's external address
in_() {
	send_burst "bench-$1-s" s0 "$2" "$3" "$4" "$5" "${TARGET[$1]:-$WAN}" "$6" "$7" ||
		return 1
	sent_in[$1]=$((${sent_in[$1]:-0} + count))
}

# sample_out NAME VARIANT: what the last burst cost; and whether all has arrived since
# the last sample, what went before this burst included
sample_out() {
	if [ "$2" = gen ]; then
		sink_read bench-gen-r lan
	else
		sink_read "bench-$2-s" s0
	fi || return 1
	echo "sample $1$suffix ${2%_full} $round $count $usec $((sent_out[$2] - received))"
	sent_out[$2]=0
}

sample_in() { # NAME VARIANT
	if [ "$2" = gen ]; then
		sink_read bench-gen-r wan
	else
		sink_read "bench-$2-c" c0
	fi || return 1
	echo "sample $1$suffix $2 $round $count $usec $((sent_in[$2] - received))"
	sent_in[$2]=0
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
	syn
	out "$1" $FLOWS "$FLOW_PORT" $FLOWS $SERVICE 1 || return 1
	syn_ack
	in_ "$1" $FLOWS "$SERVER" $SERVICE 1 "$FLOW_PORT" $FLOWS || return 1
	ack
	out "$1" $FLOWS "$FLOW_PORT" $FLOWS $SERVICE 1
}

work_established() {
	data_out $((REPEAT * round % 500))
	out "$1" $((REPEAT * FLOWS)) "$FLOW_PORT" $FLOWS $SERVICE 1 &&
		sample_out established-out "$1" || return 1
	data_in $((REPEAT * round % 500))
	in_ "$1" $((REPEAT * FLOWS)) "$SERVER" $SERVICE 1 "$FLOW_PORT" $FLOWS &&
		sample_in established-in "$1"
}

# Endpoints that had no mapping; and then the same ones to another peer. In the
# rehearsal so many are made that hash tables which grow with use do not have to for
# the ten rounds that follow; those that do would show in some rounds and not in others.
NEW=500
GROWN=5500
ports_new=$NEW

work_new() {
	syn
	if [ "$round" -eq 0 ] && [ "$1" != gen ]; then
		out "$1" $GROWN $((65000 - GROWN)) $GROWN $SERVICE 1 || return 1
	fi
	out "$1" $NEW "$port" $NEW $SERVICE 1 &&
		sample_out new-mapping "$1" &&
		out "$1" $NEW "$port" $NEW $((SERVICE + 1)) 1 &&
		sample_out new-flow "$1"
}

# One socket and its peers: three hundred each from the 10th on to the 60 000th. Three
# samples each, since conntrack's own garbage collector takes longer than one of them and
# hits some. The flows before them are not measured, and the generator alone needs none.
ports_peers=1
PEERS="10 1000 10000 30000 60000"
SLICE=100
SLICES=3

work_peers() {
	local n last=0

	for n in $PEERS; do
		unmeasured "$1" $((n - 1 - last)) "$CLIENT" "$port" 1 $((PEER + last + 1)) \
			$((n - 1 - last)) && peers_sampled "peer-$n" "$1" "$n" || return 1
		last=$((n - 1 + SLICES * SLICE))
		# the rehearsal needs no sixty thousand
		[ "$round" -gt 0 ] || return 0
	done
}

peers_sampled() { # NAME VARIANT FIRST
	local i

	for ((i = 0; i < SLICES; i++)); do
		out "$2" $SLICE "$port" 1 $((PEER + $3 + i * SLICE)) $SLICE &&
			sample_out "$1" "$2" || return 1
	done
}

# When ksoftirqd has taken over, pktgen runs on until the scheduler stops it, and the
# queue between them overflows. A burst that is measured does not count then, but one
# that only makes flows need not lose any.
unmeasured() { # as out_from
	local queue=/proc/sys/net/core/netdev_max_backlog was status

	[ "$1" != gen ] && [ "$2" -gt 0 ] || return 0
	was=$(< $queue)
	echo $(($2 + 1)) > $queue &&
		out_from "$@"
	status=$?
	echo "$was" > $queue
	return $status
}

# Strangers call an endpoint that has a mapping, or a forwarded port.
work_inbound() {
	# in time, its mapping may have ended since the work before
	ack
	unmeasured "$1" 1 "$CLIENT" "$FLOW_PORT" 1 $SERVICE 1 || return 1
	syn
	in_ "$1" $STRANGE "$STRANGERS$((100 + round))" 30000 $STRANGE "$FLOW_PORT" 1 &&
		sample_in inbound "$1"
}

prepare_inbound() {
	prepare_established "$1"
}
