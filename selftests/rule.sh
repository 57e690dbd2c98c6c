#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# Rules are ordinary nft rules: listed, saved and restored by the stock tool.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1

ruleset() { RULES=$(ns r nft -s list ruleset); }

testcase "rule add shows in the stock listing, and adding it again changes nothing"
engine r
ruleset
FIRST=$RULES
log "$FIRST"
stock || has "$FIRST" 'ct label set 127' "nft list ruleset"
has "$FIRST" 'oifname "wan" masquerade' "nft list ruleset"
stock || engine r
stock || ruleset
eq "$RULES" "$FIRST" "nft list ruleset after adding it twice"
U h1:3000 s1a:3000 E1
in_ s2b:3000 "$E1" h1:3000

testcase "saving, flushing and restoring the ruleset keeps the full-cone"
SAVED=$(ns r nft list ruleset)
must ns r nft flush ruleset
ruleset
eq "$RULES" "" "ruleset after the flush"
must ns r nft -f - <<<"$SAVED"
ruleset
eq "$RULES" "$FIRST" "ruleset after the restore"
U h1:3000 s1b:3000
eq "$E" "$E1" "external endpoint of an older mapping"
U h2:3001 s1a:3000 E2
in_ s2b:3001 "$E2" h2:3001
in_ s2b:3002 "$E1" h1:3000

testcase "X-C6 replacing the ruleset at once touches no mapping"
must ns r nft -f - <<<"flush ruleset
$SAVED"
U h1:3000 s2b:3003
eq "$E" "$E1" "external endpoint"
in_ s2a:3000 "$E1" h1:3000

testcase "the dry run prints a ruleset that the stock tool loads, and does nothing"
must ns r nft flush ruleset
if ! stock; then
	TEXT=$(ns r fullcone rule add oif wan --dry-run) || fail "rule add --dry-run"
	ruleset
	eq "$RULES" "" "ruleset after the dry run"
	must ns r nft -f - <<<"$TEXT"
	ruleset
	eq "$RULES" "$FIRST" "ruleset made from the text of the dry run"
fi
U h3:3000 s1a:3000 E3
in_ s2b:3004 "$E3" h3:3000

testcase "rule list and rule del"
if ! stock; then
	JSON=$(ns r fullcone rule list -j) || fail "rule list -j"
	jq -e . <<<"$JSON" >/dev/null || fail "rule list -j is no JSON: $JSON"
	has "$JSON" wan "rule list"
	must ns r fullcone rule del oif wan
	ruleset
	has_not "$RULES" wan "ruleset after rule del"
	must_not ns r fullcone rule add oif
	must_not ns r fullcone rule add oif wan family ip7
fi
n_maps r 3
U h3:3001 s1a:3001
stock || eq "$E" 192.168.1.3:3001 "source shown without a rule"

testcase "an exemption in the labelling rule is respected"
if ! stock; then
	must ns r fullcone rule add oif wan daddr '!203.0.113.21/32'
fi
U h1:4000 s2a:3000
n_maps r 0 int 192.168.1.1:4000
U h1:4000 s2b:3000
n_maps r 1 int 192.168.1.1:4000

finish
