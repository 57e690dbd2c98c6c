#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# Who may ask the engine: whoever has CAP_NET_ADMIN over the network namespace.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
U h1:3000 s1a:3000

nobody() { ns r setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"; }

public "$(type -P fullcone)" "$here/join.py" "$here/genl.py"

testcase "M-4 without CAP_NET_ADMIN nothing is shown and nothing is changed"
for words in "list -j" "get udp int 192.168.1.1:3000" "stats -j" "profile show" "profile list" \
	"profile set default udp=200" "flush all"; do
	# shellcheck disable=SC2086 # words
	must ns r fullcone $words
	engine r
	U h1:3000 s1a:3000
	# shellcheck disable=SC2086
	OUT=$(nobody "$PUBLIC/fullcone" $words 2>&1) && fail "nobody may: $words"
	log "$OUT"
	has "${OUT,,}" permi "the message for: $words"
	has_not "$OUT" 192.168.1.1 "what was shown for: $words"
done
n_maps r 1

testcase "M-4 without CAP_NET_ADMIN no events are shown"
OUT=$(nobody timeout 10 "$PUBLIC/fullcone" monitor -v 2>&1) && fail "nobody may: monitor"
has "${OUT,,}" permi "the message for: monitor"
has_not "$OUT" listening "what monitor said"
OUT=$(ns r unshare -Ur timeout 10 fullcone monitor -v 2>&1) &&
	fail "root of another user namespace may: monitor"
has "${OUT,,}" permi "the message for: monitor"
has_not "$OUT" listening "what monitor said"

testcase "M-4 nor to who has joined their group before it was one"
unload
JOINED=$PUBLIC/joined
exec {JOIN}> >(nobody python3 -B "$PUBLIC/join.py" >"$JOINED")
busywait 20000 grep -q joined "$JOINED" || fail "nobody has joined"
load
engine r
U h1:3000 s1a:3000
exec {JOIN}>&-
busywait 20000 grep -q '^[0-9]' "$JOINED" || fail "nobody says what came"
eq "$(tail -n 1 "$JOINED")" 0 "messages about h1"

testcase "M-4 root of another user namespace is refused in this network namespace"
for words in "list -j" "flush all"; do
	# shellcheck disable=SC2086
	OUT=$(ns r unshare -Ur fullcone $words 2>&1) && fail "root of another user namespace may: $words"
	has "${OUT,,}" permi "the message for: $words"
done
n_maps r 1

testcase "X-Z4 and is obeyed in a network namespace of its own"
must ns r unshare -Urn fullcone profile set default udp=200
OUT=$(unshare -Urn fullcone list -j 2>&1) || fail "list in a network namespace of its own: $OUT"
eq "$(jq '.mappings | length' <<<"$OUT")" 0 "mappings there"
n_maps r 1

testcase "M-4 a request refuses an attribute that it would ignore"
OUT=$(ns r python3 -B "$here/foreign.py" "$top/kmod/uapi/linux/fullcone.h" 2>&1) ||
	fail "foreign.py"
eq "$OUT" "" "requests that do not"

testcase "X-Z4 what only reads or ends something does not make the engine active"
for words in list stats "profile show" "flush all" "flush all static" "flush udp"; do
	# shellcheck disable=SC2086
	must ns h1 fullcone $words
	stat h1 active
	eq "$S" 0 "active after $words"
done
must_not ns h1 fullcone del udp int 192.168.1.1:3000
must_not ns h1 fullcone profile del other
stat h1 active
eq "$S" 0 "active after what was not there"

finish
