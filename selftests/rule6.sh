#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# Rules of families ip6 and inet (V-1): what is installed, and that the stock nft lists,
# saves and restores it.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

# No packet is sent.
node r
printf 'netns add %s\n' "${NS[@]}" | ip -b - || die "cannot make namespaces"
ip -n "${NS[r]}" link add wan type veth peer name peer || die "cannot make wan"

ruleset() { RULES=$(ns r nft -s list ruleset); }

rule() { must ns r fullcone rule "$@"; }

# listed FAMILY: protocols and addresses of the rules of that family, as rule list has them
listed() {
	L=$(ns r fullcone rule list -j | jq -r --arg f "$1" '.rules[] | select(.family == $f) |
		"\(.proto | join(",")) \(.saddr) \(.daddr) \(.profile)"')
	log "rules of $1: $L"
}

testcase "V-1 IPv6 is translated only when asked for"
rule add oif wan
ruleset
has "$RULES" "table ip fullcone" "nft list ruleset"
has_not "$RULES" "table ip6" "nft list ruleset"
has_not "$RULES" "table inet" "nft list ruleset"
has_not "$RULES" "ipv6-icmp" "nft list ruleset"
rule del oif wan
ruleset
eq "$RULES" "" "ruleset without rules"

# round_trip FAMILY WORDS...: what the rule makes is what the stock tool loads from its own
# listing, and what it loads from the dry run; and it is read back as the same words
round_trip() {
	local first words

	rule add oif wan family "$@"
	ruleset
	first=$RULES
	log "$first"
	listed "$1"
	words=$L
	rule add oif wan family "$@"
	ruleset
	eq "$RULES" "$first" "ruleset after the same again"
	must ns r nft flush ruleset
	must ns r nft -f - <<<"$first"
	ruleset
	eq "$RULES" "$first" "ruleset loaded from its listing"
	listed "$1"
	eq "$L" "$words" "rule list of what nft loaded"
	eq "$(ns r fullcone rule list 2>&1 >/dev/null)" "" "what rule list complains of"
	rule add oif wan family "$@"
	ruleset
	eq "$RULES" "$first" "ruleset after the same words"
	must ns r nft flush ruleset
	must ns r nft -f - <<<"$(ns r fullcone rule add oif wan family "$@" --dry-run)"
	ruleset
	eq "$RULES" "$first" "ruleset loaded from the dry run"
	RULES=$first
}

testcase "V-1 V-4 a rule of family ip6"
round_trip ip6
eq "$L" "all null null default" "rule list"
has "$RULES" 'oifname "wan" ct label set 127' "nft list ruleset"
has "$RULES" 'oifname "wan" masquerade' "nft list ruleset"
has_not "$RULES" "table ip fullcone" "nft list ruleset"
rule del oif wan

testcase "V-1 a rule of family inet is for both"
round_trip inet
eq "$L" "all null null default" "rule list"
has "$RULES" 'oifname "wan" ct label set 127' "nft list ruleset"
rule del oif wan

# reads_back FAMILY WORDS...: the dry run of the rule is what the rule makes, and is read back
reads_back() {
	local text made

	text=$(ns r fullcone rule add oif wan family "$@" --dry-run)
	must ns r nft -f - <<<"$text"
	ruleset
	made=$RULES
	listed "$1"
	rule add oif wan family "$@"
	ruleset
	eq "$RULES" "$made" "ruleset, and what the dry run makes"
	must ns r nft flush ruleset
}

testcase "V-1 addresses and protocols of IPv6 rules"
reads_back ip6 proto udp,icmp saddr fd00:1::/64 daddr '!2001:db8:e::/47'
eq "$L" "udp,icmpv6 fd00:1::/64 !2001:db8:e::/47 default" "rule list"
has "$RULES" 'ip6 saddr fd00:1::/64 ip6 daddr != 2001:db8:e::/47' "nft list ruleset"
reads_back ip6 proto icmpv6 daddr 2001:db8::1
eq "$L" "icmpv6 null 2001:db8::1 default" "rule list"
has "$RULES" 'meta l4proto ipv6-icmp ip6 daddr 2001:db8::1' "nft list ruleset"
reads_back inet proto icmpv6,tcp saddr fd00::/12
eq "$L" "tcp,icmpv6 fd00::/12 null default" "rule list"
reads_back ip6 proto udp,tcp,icmp
eq "$L" "udp,tcp,icmpv6 null null default" "rule list"
has "$RULES" 'oifname "wan" meta l4proto { tcp, udp, ipv6-icmp } ct label set 127' "nft list ruleset"
reads_back inet proto udp,tcp,icmp
eq "$L" "udp,tcp,icmp null null default" "rule list"
has "$RULES" 'oifname "wan" meta l4proto { icmp, tcp, udp, ipv6-icmp } ct label set 127' "nft list ruleset"
reads_back inet proto all
eq "$L" "all null null default" "rule list"
has "$RULES" 'oifname "wan" ct label set 127' "nft list ruleset"
reads_back inet proto udp saddr 192.168.0.0/16
eq "$L" "udp 192.168.0.0/16 null default" "rule list"
has "$RULES" "ip saddr 192.168.0.0/16 masquerade" "nft list ruleset"

testcase "V-8 words that do not fit the family are refused"
says "family ip" rule add oif wan saddr fd00::/64
says "family ip6" rule add oif wan family ip6 daddr 10.0.0.0/8
says "family ip" rule add oif wan proto udp,icmpv6
says "one address family" rule add oif wan family inet saddr 10.0.0.0/8 daddr fd00::/64
says "ip, ip6 or inet" rule add oif wan family bridge
says "udp, tcp, icmp" rule add oif wan family ip6 proto sctp
says "udp, tcp, icmp" rule add oif wan proto all,udp
says "behind the prefix" rule add oif wan family ip6 saddr fd00::1/64
ruleset
eq "$RULES" "" "ruleset after refusals"

testcase "V-1 a rule makes its profile, and no other, one for IPv6 as well"
must ns r fullcone profile set other
ip6_of() { # PROFILE on|off
	has "$(ns r fullcone profile show "$1") " "ip6=$2" "profile show $1"
}
must ns r fullcone profile set default ip6=off
rule add oif wan
ip6_of default off
has "$(ns r fullcone rule add oif wan family ip6 --dry-run)" "# once the module is loaded: fullcone profile set default ip6=on" \
	"the dry run"
ip6_of default off
rule add oif wan family ip6
ip6_of default on
ip6_of other off
rule add oif wan family inet profile other
ip6_of other on
must ns r fullcone profile set default ip6=off
rule add oif wan family ip6
ip6_of default on
rule del oif wan
must ns r fullcone profile del other

testcase "the dry run names the mark that the profile must go by"
TEXT=$(ns r fullcone rule add oif wan mark 0x10/0xff --dry-run)
has "$TEXT" "# once the module is loaded: fullcone profile set default mark=0x10/0xff
table" "family ip"
TEXT=$(ns r fullcone rule add oif wan family inet mark 0x10/0xff --dry-run)
has "$TEXT" "# once the module is loaded: fullcone profile set default mark=0x10/0xff ip6=on
table" "family inet"
has "$(ns r fullcone profile show default) " "mark=none" "the profile after the dry run"
has_not "$(ns r fullcone rule add oif wan --dry-run)" "#" "without a mark"

testcase "K-13 what a profile's rule leaves to nft gets an address of the profile, of the family"
must ns r fullcone profile set pool source=203.0.113.7,2001:db8:1::1-2001:db8:1::5,2001:db8:2::1
reads_back ip6 saddr fd00:1::/64 profile pool
has "$RULES" "ip6 saddr fd00:1::/64 snat to 2001:db8:1::1-2001:db8:1::5" "nft list ruleset"
eq "$L" "all fd00:1::/64 null pool" "rule list"
reads_back ip profile pool
has "$RULES" "snat to 203.0.113.7" "nft list ruleset"
reads_back inet profile pool
has "$RULES" 'oifname "wan" masquerade' "nft list ruleset"
must ns r fullcone profile set pool source=203.0.113.7
reads_back ip6 profile pool
has "$RULES" 'oifname "wan" masquerade' "nft list ruleset"
must ns r fullcone profile del pool

testcase "V-1 rules of several families stand beside each other, and go one by one"
rule add oif wan
rule add oif wan family ip6
rule add oif wan family inet daddr fd00::1
rule add oif wan family ip6 proto udp
listed ip6
eq "$L" "udp null null default" "rules of ip6"
listed ip
eq "$L" "all null null default" "rules of ip"
SAVED=$(ns r fullcone save) || fail "save"
log "$SAVED"
ruleset
ALL=$RULES
rule del oif wan family ip6
listed ip6
eq "$L" "" "rules of ip6"
listed inet
eq "$L" "all null fd00::1 default" "rules of inet"
rule del oif wan
ruleset
eq "$RULES" "" "ruleset after rule del"
must ns r fullcone restore <<<"$SAVED"
ruleset
eq "$RULES" "$ALL" "ruleset restored"

testcase "V-1 a rule that rule add does not make is not shown, and stays"
must ns r nft flush ruleset
rule add oif wan family inet
must ns r nft add rule inet fullcone postrouting_label oifname wan meta l4proto '{ icmp, udp }' ct label set 127
has "$(ns r fullcone rule list 2>&1)" "1 rule of the table fullcone is not from" "rule list"
rule del oif wan
ruleset
has "$RULES" "table inet fullcone" "nft list ruleset"
must ns r nft flush ruleset

finish
