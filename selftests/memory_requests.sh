#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: memory
# timeout: 900
# Allocations for requests of the tool fail, one after the other: X-E5. Such a request is
# refused and changes nothing, or does all it should.
. "${0%/*}/lib.sh"
. "${0%/*}/failslab.sh"
. "${0%/*}/topology.sh"

T1
engine r
REPORT=$(mktemp)
at_exit rm -f "$REPORT"
must ns r fullcone profile set default udp=86400
U h1:3000 s1a:3000 E1
must ns r fullcone add udp int 192.168.1.2:5000 ext 203.0.113.1:5005
must ns r fullcone profile set pool source=203.0.113.101 reserve=80,443 udp_short=53:30
# a request waits for memory, and so do its allocations
[ ! -w $FAILSLAB/probability ] || fail_attr ignore-gfp-wait N

# All that requests can change, of the router, into $NOW: profiles, rules, static mappings.
now_is() {
	NOW=$(ns r fullcone save) || fail "save"
}

# The command with its N-th allocation failing: $OUT, its exit status in $STATUS, and $HIT
starved() { # NAME N COMMAND...
	local name=$1 nth=$2

	shift 2
	echo none >"$REPORT"
	OUT=$(FAILNTH=$nth FAILNTH_REPORT=$REPORT LD_PRELOAD=${PROBE%/*}/failnth.so \
		ns "$name" fullcone "$@" 2>&1)
	STATUS=$?
	HIT=$(<"$REPORT")
	log "allocation $nth $HIT, exit status $STATUS: $OUT"
	[ "$HIT" != none ] || fail "no allocation could be made to fail: $OUT"
}

# What it says when there is no memory, in the kernel's words for errno or in the engine's.
refused_well() {
	[[ $OUT == *"annot allocate memory"* || $OUT == *"o memory"* || $OUT == *"in this namespace"* ]] ||
		answer_lost || fail "refused, but not for memory: $OUT"
}

# The request may have been done: it is the answer that there was no memory for.
answer_lost() { [[ $OUT == *"o buffer space"* ]]; }

# each_nth UNDO COMMAND...: from the first allocation to the last. UNDO takes its success back.
each_nth() {
	local undo=$1 n before after refused=0 done_all=0

	shift
	now_is
	before=$NOW
	must ns r fullcone "$@"
	now_is
	after=$NOW
	ne "$after" "$before" "state after $*"
	$undo
	now_is
	eq "$NOW" "$before" "state after $* and $undo"
	for ((n = 1; n <= 99; n++)); do
		starved r $n "$@"
		[ "$HIT" = hit ] || break
		now_is
		if [ $STATUS -eq 0 ]; then
			eq "$NOW" "$after" "state after $* without the allocation $n"
			done_all=$((done_all + 1))
		else
			refused_well
			answer_lost && [ "$NOW" = "$after" ] ||
				eq "$NOW" "$before" "state after $* was refused at allocation $n"
			refused=$((refused + 1))
		fi
		[ "$NOW" = "$before" ] || $undo
	done
	eq "$HIT" missed "the last try of $*"
	eq "$STATUS" 0 "exit status with memory of $*"
	$undo
	log "$*: $refused refused, $done_all did without"
	ge $refused "$LEAST" "requests that were refused ($*)"
}
LEAST=2	# the socket buffer, and something of ours

undo_make() { must ns r fullcone profile del new; }
undo_set() {
	must ns r fullcone profile set pool source=203.0.113.101 reserve=80,443 udp_short=53:30 \
		in_max=16384
}
undo_add() { must ns r fullcone del udp int 192.168.1.3:5001; }
undo_del() { must ns r fullcone add udp int 192.168.1.2:5000 ext 203.0.113.1:5005; }

testcase "X-E5 a profile is made whole or not at all"
if can_fail; then
	each_nth undo_make profile set new source=203.0.113.102,203.0.113.104 reserve=90-99 host_max=7
fi

testcase "X-E5 a profile is changed whole or not at all"
if can_fail; then
	each_nth undo_set profile set pool source=203.0.113.105 reserve=100-200 udp_short=53:20 in_max=3
fi

testcase "X-E5 a static mapping is made or not"
if can_fail; then
	each_nth undo_add add udp int 192.168.1.3:5001 ext 203.0.113.1:5006 remote 203.0.113.21
fi

testcase "X-E5 a static mapping is taken away or not"
if can_fail; then
	LEAST=1
	each_nth undo_del del udp int 192.168.1.2:5000
fi

testcase "X-E5 a profile is deleted or not"
if can_fail; then
	each_nth undo_set profile del pool
fi

testcase "X-E5 what is shown is whole, or an error"
if can_fail; then
	# ages and the like are other numbers each time
	for what in "list" "stats" "profile list" "profile show pool" "get udp int 192.168.1.1:3000"; do
		# shellcheck disable=SC2086 # words they are
		WANT=$(ns r fullcone $what -j | tr -d 0-9)
		refused=0
		for ((n = 1; n <= 99; n++)); do
			# shellcheck disable=SC2086
			starved r $n $what -j
			[ "$HIT" = hit ] || break
			if [ $STATUS -ne 0 ]; then
				refused_well
				refused=$((refused + 1))
			else
				eq "$(tr -d 0-9 <<<"$OUT")" "$WANT" "$what"
			fi
		done
		eq "$HIT/$STATUS" missed/0 "the last try, and its exit status, of $what"
		ge $refused 1 "$what refused"
	done
fi

testcase "X-E5 the engine becomes active or not"
if can_fail; then
	refused=0
	for ((n = 1; n <= 200; n++)); do
		NS['q']=fc$FC_ID-q$n
		must ip netns add "${NS[q]}"
		starved q $n profile set new host_max=9 source=203.0.113.102,2001:db8:f::102 ip6=on
		stat q active
		SHOWN=$(ns q fullcone profile list -j | jq -c '[.profiles[].name]')
		if [ $STATUS -eq 0 ] || { answer_lost && [ "$S" = 1 ]; }; then
			eq "$S $SHOWN" '1 ["new","default"]' "active, profiles"
		else
			refused_well
			eq "$S $SHOWN" '0 ["default"]' "active, profiles after a refusal"
			refused=$((refused + 1))
			must ns q fullcone profile set new host_max=9
		fi
		ip netns del "${NS[q]}"
		[ "$HIT" = hit ] || break
	done
	unset 'NS[q]'
	eq "$HIT" missed "the last try"
	ge $refused 5 "refusals"
fi

# As another router, or masquerade, would have left them; they live for longer than the case.
flows_to_adopt() {
	ip -n "${NS[q]}" -b - <<-'IP' || fail "no interface"
		link add wan type dummy
		addr add 203.0.113.9/24 dev wan
		addr add 2001:db8:f::9/64 dev wan nodad
		link set wan up
	IP
	must ns q conntrack -I -p udp -s 192.168.1.5 -d 203.0.113.11 --sport 4000 --dport 3000 \
		--src-nat 203.0.113.9:4000 -t 600 -u SEEN_REPLY,ASSURED --mark 1
	must ns q conntrack -I -p udp -s fd00:1::5 -d 2001:db8:f::11 --sport 4000 \
		--dport 3000 --src-nat 2001:db8:f::9 -t 600 -u SEEN_REPLY,ASSURED --mark 1
}

testcase "X-E5 X-C5 it becomes active and adopts what it finds, or has no mapping"
if can_fail; then
	refused=0
	for ((n = 1; n <= 200; n++)); do
		NS['q']=fc$FC_ID-a$n
		must ip netns add "${NS[q]}"
		flows_to_adopt
		starved q $n profile set default mark=1/1 ip6=on
		stat q active
		column q int_addr
		if [ $STATUS -ne 0 ] && ! answer_lost; then
			eq "$S ${ROWS[*]}" "0 " "active, mappings after a refusal"
			refused=$((refused + 1))
		elif [ "$HIT" != hit ]; then
			eq "$S ${#ROWS[@]}" "1 2" "active, number of mappings"
		fi
		eq "$(ns q conntrack -C)" 2 "flows"
		ip netns del "${NS[q]}"
		[ "$HIT" = hit ] || break
	done
	unset 'NS[q]'
	eq "$HIT" missed "the last try"
	ge $refused 5 "refusals"
fi

testcase "X-E5 afterwards everything works"
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint of h1"
in_ s2b:9 203.0.113.1:5005 h2:5000
in_ s2b:9 "$E1" h1:3000

finish
