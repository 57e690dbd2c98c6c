#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# Rules are ordinary nft rules: listed, saved and restored by the stock tool; and by
# save and restore, with the profiles and the static mappings.
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
	for name in "w'n" 'w"n' 'w\n' 'ppp*' 'a b' wän; do # what text could not say as it is
		must_not ns r fullcone rule add oif "$name"
	done
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

if ! stock; then
testcase "what a profile's rule leaves to nft gets an address of the profile"
must ns r fullcone profile set pool source=203.0.113.101-203.0.113.103,198.51.100.7
TEXT=$(ns r fullcone rule add oif wan saddr 192.168.1.3 profile pool --dry-run) || fail "rule add --dry-run"
has "$TEXT" 'oifname "wan" ip saddr 192.168.1.3 snat to 203.0.113.101-203.0.113.103' "text of the dry run"
must ns r fullcone rule add oif wan saddr 192.168.1.3 profile pool
ruleset
has "$RULES" 'ip saddr 192.168.1.3 snat to 203.0.113.101-203.0.113.103' "nft list ruleset"
ns r fullcone rule list -j | jq -e '[.rules[].profile] == ["pool", "default"]' >/dev/null ||
	fail "rule list"

testcase "rule del takes away the rules for one profile, and leaves the others"
must ns r fullcone rule del oif wan profile pool
ruleset
has_not "$RULES" 203.0.113.101 "nft list ruleset"
has "$RULES" 'ct label set 127' "nft list ruleset"
has "$RULES" masquerade "nft list ruleset"
must_not ns r fullcone rule del oif wan profile pool
must_not ns r fullcone rule del oif wan profile nobody
must ns r fullcone rule add oif wan saddr 192.168.1.3 profile pool

testcase "rule add says what to do about a chain of that name that is not its own"
ns s2 nft -f - <<'NFT' || fail "nft"
table ip fullcone {
	chain postrouting_label {
	}
}
NFT
OUT=$(ns s2 fullcone rule add oif wan 2>&1) && fail "added"
has "$OUT" "nft delete table ip fullcone" "the message"

testcase "save prints what restore makes again"
must ns r fullcone profile set default reserve=80,90-99 host_max=77
must ns r fullcone profile set marked mark=0x100/0x100
must ns r fullcone rule add oif eth7 family inet proto udp,icmp profile marked
must ns r fullcone add udp int 192.168.1.1:5000 ext 203.0.113.1:5005
must ns r fullcone add udp int 192.168.1.3:5000 ext 203.0.113.102:5006 profile pool
must ns r fullcone add udp int 192.168.1.1:5001 oif wan lifetime 1000
SAVED=$(ns r fullcone save) || fail "save"
log "$SAVED"
ruleset
FULL=$RULES
PROFILES=$(ns r fullcone profile list -j | jq -S '.profiles[] | del(.mappings)')
has_not "$SAVED" 5001 "explicit mappings are not saved"
must ns r fullcone flush all static
must ns r fullcone rule del oif wan
must ns r fullcone rule del oif eth7
must ns r fullcone profile del pool
must ns r fullcone profile del marked
must ns r fullcone profile set default reserve=none host_max=16384
n_maps r 0
must ns r fullcone restore <<<"$SAVED"
ruleset
eq "$RULES" "$FULL" "ruleset"
eq "$(ns r fullcone profile list -j | jq -S '.profiles[] | del(.mappings)')" "$PROFILES" "profiles"
eq "$(ns r fullcone save)" "$SAVED" "what save prints then"
n_maps r 2 static
must ns r fullcone restore <<<"$SAVED"
eq "$(ns r fullcone save)" "$SAVED" "what save prints after the same again"
in_ s2b:3005 203.0.113.1:5005 h1:5000

testcase "save prints what can be restored of a profile that has gone"
must ns r fullcone profile set gone source=203.0.113.120
must ns r fullcone add udp int 192.168.1.2:5000 ext 203.0.113.120:5007 profile gone
must ns r fullcone profile set plain ports=40000-49999
must ns r fullcone add udp int 192.168.1.2:5001 ext 203.0.113.1:45001 profile plain
must ns r fullcone profile del gone
must ns r fullcone profile del plain
OUT=$(ns r fullcone save 2>&1 >/dev/null) || fail "save"
has "$OUT" "203.0.113.120:5007 is of the profile gone, which is no more, and is not saved" "save"
has "$OUT" "203.0.113.1:45001 is of the profile plain, which is no more; it is saved with default" "save"
OUT=$(ns r fullcone save 2>/dev/null) || fail "save"
must ns r fullcone flush ext 203.0.113.120 static
must ns r fullcone flush ext 203.0.113.1:45001 static
must ns r fullcone restore <<<"$OUT"
n_maps r 1 ext 203.0.113.1:45001
n_maps r 0 ext 203.0.113.120
must ns r fullcone flush ext 203.0.113.1:45001 static

testcase "restore does nothing if a line is not understood, and names it"
ruleset
FULL=$RULES
for line in "flush all" "profile set default udp=x" "rule add oif" "add udp int 1.2.3.4" "rule add oif 'wan" \
	"profile set x y=1"; do
	OUT=$(printf 'fullcone profile set default host_max=5\n\n  # a comment\n%s\n' "$line" |
		ns r fullcone restore 2>&1) && fail "accepted: $line"
	log "$OUT"
	has "$OUT" "line 4" "the message"
	eq "$(ns r fullcone profile show -j | jq '.profiles[0].host_max')" 77 "host_max after: $line"
done
ruleset
eq "$RULES" "$FULL" "ruleset"

testcase "restore says which line was refused, and that those before it are in force"
OUT=$(printf 'profile set default host_max=78\nprofile set default udp=5\n' |
	ns r fullcone restore 2>&1) && fail "restore should have failed"
has "$OUT" "line 2" "the message"
has "$OUT" "RFC 4787" "the message"
has "$OUT" "in force" "the message"
eq "$(ns r fullcone profile show -j | jq '.profiles[0].host_max')" 78 host_max

testcase "X-D2 check names the ports that no reserve covers"
rules r <<'NFT'
table ip forwards {
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "wan" udp dport { 85, 8080-8085 } dnat to 192.168.1.2
		iifname "wan" udp dport 90 dnat to 192.168.1.2
		iifname "wan" tcp dport 9000 dnat to 192.168.1.2
	}
}
NFT
OUT=$(ns r fullcone check)
log "$OUT"
has "$OUT" "fullcone profile set default reserve=80,85,90-99,8080-8085,9000" "check"
has "$OUT" "ip route add blackhole 198.51.100.7/32" "check"
must ns r fullcone profile set default reserve=80,85,90-99,8080-8085,9000
must ns r fullcone profile set pool reserve=85,90,8080-8085,9000
must ns r fullcone profile set marked ports=40000-49999
OUT=$(ns r fullcone check)
has_not "$OUT" "reserve" "check, once they are reserved"

testcase "check names rules that are older than the addresses of their profile"
LINE="fullcone rule add oif wan family ip proto all saddr 192.168.1.3 profile pool"
has_not "$OUT" "$LINE" "check"
must ns r fullcone profile set pool source=203.0.113.110
OUT=$(ns r fullcone check)
has "$OUT" "$LINE" "check"
# shellcheck disable=SC2086 # words they are
must ns r $LINE
ruleset
has "$RULES" "ip saddr 192.168.1.3 snat to 203.0.113.110" "nft list ruleset"
OUT=$(ns r fullcone check)
has_not "$OUT" "$LINE" "check, after that line"

testcase "check mends a rule that selects nothing, and takes no rule away for it"
must ns r fullcone profile del pool
ruleset
FULL=$RULES
OUT=$(ns r fullcone check)
LINE=$(grep -A1 "selects no profile" <<<"$OUT" | sed -n '2s/^ *//p')
has "$LINE" "fullcone profile set NAME label=" "check"
# shellcheck disable=SC2086 # words they are
must ns r ${LINE/NAME/pool2}
OUT=$(ns r fullcone check)
has_not "$OUT" "selects no profile" "check, after that line"
must ns r fullcone profile set default label=none
OUT=$(ns r fullcone check)
LINE=$(grep -A1 "selects no profile" <<<"$OUT" | sed -n '2s/^ *//p')
eq "$LINE" "fullcone profile set default label=127" "check"
# shellcheck disable=SC2086
must ns r $LINE
OUT=$(ns r fullcone check)
has_not "$OUT" "selects no profile" "check, after that line"
ruleset
eq "$RULES" "$FULL" "ruleset"

testcase "check names limits that were hit"
must ns r fullcone profile set default host_max=1
U h2:7000 s1a:3000
in_none h2:7001 s1a:3000
OUT=$(ns r fullcone check)
has "$OUT" "profile default: 1 packet was so far dropped" "check"
has "$OUT" "fullcone profile set default host_max=2" "check"
fi

finish
