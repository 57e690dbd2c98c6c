#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# Settings: what is accepted, and what is refused with which words. TO-2.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

node r
lay r
# The text, for comparing; and the settings one by one.
show() { SHOWN=$(ns r fullcone profile show -j) || fail "profile show -j"; }
setting() { show; V=$(jq -r ".profiles[0].$1 | tostring" <<<"$SHOWN"); }

# refused WORD-OF-THE-MESSAGE KEY=VALUE...: exit status not 0, the message has the word,
# and nothing has changed
refused() {
	local word=$1 before out

	shift
	show
	before=$SHOWN
	if out=$(ns r fullcone profile set default "$@" 2>&1); then
		fail "accepted: profile set $*"
	fi
	log "$out"
	[[ ${out,,} == *"${word,,}"* ]] || fail "profile set $*: '$word' is not in: $out"
	[[ $out != *"Invalid argument" && $out != *"Numerical result out of range" ]] ||
		fail "profile set $*: only an error number: $out"
	show
	eq "$SHOWN" "$before" "settings after a refusal"
}

accepted() { # KEY VALUE [SHOWN-AS]
	must ns r fullcone profile set default "$1=$2"
	setting "$1"
	eq "$V" "${3:-$2}" "$1"
}

testcase "TO-2 the defaults are those of the specification"
must ns r fullcone profile set default
for kv in udp=300 udp_hold=120 alloc=preserve label=127 unsafe_timeouts=false parity=true; do
	setting "${kv%%=*}"
	eq "$V" "${kv#*=}" "${kv%%=*}"
done
setting udp_short
has "$V" 53:30 udp_short
has "$V" 123:30 udp_short

testcase "TO-2 a timer below the floor is refused, naming the RFC"
refused "RFC 4787" udp=119
refused "RFC 4787" udp=1
refused "unsafe_timeouts" udp=6 udp_hold=3
accepted udp 120
must ns r fullcone profile set default unsafe_timeouts=1 udp=6
setting udp
eq "$V" 6 udp

testcase "TO-2 taking the leave back is refused while a timer needs it"
refused "RFC 4787" unsafe_timeouts=0
must ns r fullcone profile set default unsafe_timeouts=0 udp=300

testcase "TO-2 values outside their range are refused, nothing is clamped"
refused udp udp=86401
refused udp udp=0 unsafe_timeouts=1
refused udp_hold udp_hold=86401
refused ports ports=5000-4000
refused ports ports=0-70000
refused ports ports=x
refused label label=128
refused alloc alloc=lowest
refused parity parity=2
refused mark mark=0x10001/0x10000
refused mark mark=1
refused udp_short udp_short=53:0
refused udp_short udp_short=0:30
refused udp_short udp_short="$(for i in {1..17}; do printf '%s%d:30' "${c:-}" "$i"; c=,; done)"
refused key nonsense=1
refused KEY=VALUE udp

testcase "TO-2 one bad setting refuses all of the request"
refused "RFC 4787" alloc=random udp=5
setting alloc
eq "$V" preserve alloc

testcase "TO-2 every setting is accepted in its range and shown again"
accepted ports 4500-4599
accepted ports default
accepted alloc random
accepted alloc sequential
accepted alloc preserve
accepted parity off false
accepted parity on true
accepted udp 86400
accepted udp_hold 0
accepted udp_hold 86400
accepted udp_short 53:30,500:20 '["53:30","500:20"]'
accepted udp_short none '[]'
accepted label 0
accepted label none null
accepted label 127
accepted mark 0x10000/0xff0000
accepted mark none null

testcase "TO-2 there is no other profile yet"
OUT=$(ns r fullcone profile set other udp=300 2>&1) && fail "accepted: profile set other"
has "$OUT" "no such profile" "the message"
must_not ns r fullcone profile show other

finish
