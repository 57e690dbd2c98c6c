#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# What check says about IPv6, TCP, and rules of families ip6 and inet.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/finding.sh"

# No packet is sent.
node r
printf 'netns add %s\n' "${NS[@]}" | ip -b - || die "cannot make namespaces"
ip -n "${NS[r]}" link add wan type veth peer name peer || die "cannot make wan"

rule() { must ns r fullcone rule "$@"; }

testcase "check finds the engine inactive"
finding active
has "$M" "fail the module is loaded, but inactive" "finding"
must ns r bash -c "$MEND"
finding active
has "$M" "ok " "after that line"

testcase "check looks at forwarding of the families that rules are for"
ns r sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
finding ip_forward
eq "$MEND" "sysctl -w net.ipv4.ip_forward=1" "without a rule"
finding ip6_forward
eq "$M" "" "without a rule"
rule add oif wan family ip6
finding ip_forward
eq "$M" "" "IPv4, with a rule of family ip6"
finding ip6_forward
has "$M" "fail " "IPv6"
eq "$MEND" "sysctl -w net.ipv6.conf.all.forwarding=1" "IPv6"
# shellcheck disable=SC2086 # words
must ns r $MEND
finding ip6_forward
has "$M" "ok " "IPv6, after that line"
rule add oif wan family inet
finding ip_forward
has "$M" "fail " "IPv4, with a rule of family inet"
must ns r sysctl -qw net.ipv6.conf.wan.forwarding=0
finding ip6_forward
has "$M" "ok " "IPv6, where that of an interface stops nothing"
finding forwarding
eq "$M" "" "IPv6, where that of an interface stops nothing"

testcase "V-1 check looks at whether the profile of an IPv6 rule is for IPv6"
must ns r nft flush ruleset
rule add oif wan family inet
finding ip6
eq "$M" "" "after rule add"
must ns r fullcone profile set default ip6=off
finding ip6
has "$M" "fail the rule for wan is for IPv6 too" "finding"
eq "$MEND" "fullcone profile set default ip6=on" "the line"
# shellcheck disable=SC2086 # words
must ns r $MEND
finding ip6
eq "$M" "" "after that line"

testcase "check looks at the forward chains of all the families and protocols of the rules"
must ns r nft flush ruleset
rule add oif wan family ip6
rules r <<'NFT'
table ip filter {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
NFT
finding forward
eq "$M" "" "a chain of the other family"
rules r <<'NFT'
table inet user {
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		meta nfproto ipv4 ct status dnat accept
		meta l4proto udp ct status dnat accept
	}
}
NFT
finding forward
has "$M" "warn the chain inet user forward drops new flows (TCP) from wan" "an inet chain"
eq "$MEND" 'nft insert rule inet user forward iifname "wan" ct status dnat accept' "an inet chain"
must ns r nft insert rule inet user forward iifname wan ct status dnat accept
finding forward
eq "$M" "" "after that line"
rules r <<'NFT'
table ip6 filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
}
NFT
finding forward
has "$MEND" "ip6tables -I FORWARD -i wan -m conntrack --ctstate DNAT -j ACCEPT" "a chain of ip6tables"

testcase "check takes no interface with a link-local address alone for a network inside"
must ns r ip link add port up type bridge
must ns r ip address add fe80::5/64 dev port nodad
finding forward-out
eq "$M" "" "link-local"
must ns r ip address add fd00:1::fe/64 dev port nodad
finding forward-out
has "$M" "warn the chain ip6 filter FORWARD drops new flows (UDP, TCP) from port to wan" "with an address of a network"
has "$MEND" "ip6tables -I FORWARD -i port -o wan -j ACCEPT" "with an address of a network"
must ns r ip link del port

exempting() { # FAMILY PREFIX: a NAT rule of the user's that leaves that out
	rules r <<-NFT
	table $1 user {
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			ip6 daddr $2 accept
			oifname "wan" masquerade
		}
	}
	NFT
}

testcase "check looks at exemptions from IPv6 NAT"
must ns r nft flush ruleset
rule add oif wan family inet
exempting ip6 2001:db8:2::/48
finding exemption
has "$M" "the chain ip6 user postrouting exempts" "finding"
exempting inet 2001:db8:3::/48
finding exemption
eq "$(grep -c . <<<"$MEND")" 2 "lines, for a rule of both families"
must ns r bash -c "$MEND"
finding exemption
eq "$M" "" "after those lines"
has "$(ns r nft list chain inet fullcone postrouting_nat)" "ip6 daddr 2001:db8:2::/48 accept" \
	"the rules that masquerade"
must ns r nft delete table inet user
must ns r nft delete table inet fullcone
rule add oif wan family inet
rule del oif wan
rule add oif wan
finding exemption
eq "$M" "" "with a rule of family ip"
rule del oif wan
rule add oif wan family ip6 daddr '!2001:db8:2::/48'
finding exemption
eq "$M" "" "with the rule of that line"
rule add oif wan family ip6 daddr '!2001:db8::/32'
finding exemption
eq "$M" "" "with a rule that leaves more out"
rule add oif wan family ip6 daddr '!2001:db8:2:3::/64'
finding exemption
has "$M" "the chain ip6 user postrouting exempts" "with a rule that leaves a part out"
must ns r bash -c "$MEND"
finding exemption
eq "$M" "" "after that line, beside what the rule leaves out"

earlier() { # FAMILY PRIORITY STATEMENT: source NAT of the user's at that place
	rules r <<-NFT
	table $1 user {
		chain some {
			$3
		}
		chain early {
			type nat hook postrouting priority $2; policy accept;
			oifname "other" accept
			oifname "wan" jump some
		}
	}
	NFT
}

testcase "check looks at source NAT that comes before the engine"
for family in ip inet; do
	must ns r nft flush ruleset
	rule add oif wan family $family
	finding earlier-nat
	eq "$M" "" "without other rules"
	earlier $family 0 masquerade
	finding earlier-nat
	has "$M" "warn the chain $family user early translates what leaves by wan" "all of it"
	[ "$(grep -c . <<<"$MEND")" = 1 ] || fail "more than one line: $MEND"
	must ns r bash -c "$MEND"
	finding earlier-nat
	eq "$M" "" "after the line"
	must ns r nft delete table $family user
	earlier $family 90 "ip saddr 192.168.1.0/24 snat ip to 203.0.113.9"
	finding earlier-nat
	has "$M" "info the chain $family user early translates some of what leaves by wan" "a part"
	must ns r nft delete table $family user
	earlier $family srcnat masquerade
	finding earlier-nat
	eq "$M" "" "after the engine"
done
must ns r nft flush ruleset
rule add oif wan family ip6
earlier ip 0 masquerade
finding earlier-nat
eq "$M" "" "of another family"

testcase "check looks at the addresses of each family of an uplink"
must ns r nft flush ruleset
must ns r ip link set wan up
must ns r ip link set peer up
must ns r ip -6 address add fd00:1::254/64 dev peer nodad
rule add oif wan family inet
finding uplink
has "$M" "warn wan has no IPv4 address of its own" "none of either family"
has "$M" "warn wan has no IPv6 address of its own" "none of either family"
# the prefix that was delegated stands on the LAN
must ns r ip -6 address add 2001:db8:a::1/64 dev peer nodad
finding uplink
has_not "$M" IPv6 "a global one inside"
must ns r ip -6 address del 2001:db8:a::1/64 dev peer
must ns r ip address add 10.0.0.2/24 dev wan label wan:1
must ns r ip -6 address add fd00:9::1/64 dev wan nodad
finding uplink
eq "$M" "" "private ones of its own"

testcase "check looks at the routes of IPv6 sources"
must ns r nft flush ruleset
must ns r ip -6 address add 2001:db8:f::1/64 dev wan nodad
must ns r ip -6 route add default via 2001:db8:f::9 dev wan
must ns r fullcone profile set pool source=2001:db8:f::1,2001:db8:f::7,2001:db8:5::1-2001:db8:5::2
finding source
has "$MEND" "ip -6 route add blackhole 2001:db8:5::1/128" "the lines"
has "$M" "2 addresses of its source, the first one 2001:db8:5::1" "the findings"
has "$MEND" "ip -6 address add 2001:db8:f::7/128 dev DEV" "the lines"
must ns r ip -6 route add blackhole 2001:db8:5::/64
must ns r fullcone profile set pool source=2001:db8:f::1,2001:db8:5::1-2001:db8:5::2
finding source
eq "$M" "" "once they are routed"

testcase "check names addresses among the sources that are for broadcasts"
must ns r ip address add 198.51.100.9/29 dev wan
must ns r fullcone profile set net source=198.51.100.9,198.51.100.15
finding source
has "$M" "warn profile net: 1 address of its source, the first one 198.51.100.15, for broadcasts" \
	"the finding"
must ns r fullcone profile set net source=198.51.100.9
finding source
eq "$M" "" "without it"
must ns r fullcone profile del net
must ns r ip address del 198.51.100.9/29 dev wan

testcase "check names rules that are older than the IPv6 addresses of their profile"
rule add oif wan family ip6 profile pool
finding fallback
eq "$M" "" "a rule that is new"
must ns r fullcone profile set pool source=2001:db8:5::3
finding fallback
eq "$MEND" "fullcone rule add oif wan family ip6 proto all profile pool" "the line"
# shellcheck disable=SC2086 # words
must ns r $MEND
finding fallback
eq "$M" "" "after that line"
must ns r fullcone profile del pool

testcase "X-D2 check looks at forwards of the families and protocols of the rules"
must ns r nft flush ruleset
rules r <<'NFT'
table ip forwards {
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "wan" tcp dport 9000 dnat to 192.168.1.2
		iifname "wan" udp dport 9100 dnat to 192.168.1.2
	}
}
table ip6 forwards {
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "wan" tcp dport { 9200, 9201 } dnat to fd00:1::2
		iifname "wan" udp dport 9300 redirect to :53
	}
}
NFT
rule add oif wan proto tcp
finding forwarded-port
eq "$MEND" "fullcone profile set default reserve=9000" "with a rule for TCP"
rule add oif wan proto udp
finding forwarded-port
eq "$MEND" "fullcone profile set default reserve=9100" "with a rule for UDP"
rule add oif wan
finding forwarded-port
eq "$MEND" "fullcone profile set default reserve=9000,9100" "with a rule for both"
rule add oif wan family ip6
finding forwarded-port
eq "$MEND" "fullcone profile set default reserve=9000,9100,9200-9201,9300" "with rules of both families"
# shellcheck disable=SC2086 # words
must ns r $MEND
finding forwarded-port
eq "$M" "" "after that line"

finish
