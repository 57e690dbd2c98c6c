#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# Profiles: what is accepted, and what is refused with which words; and which flows
# they are for. TO-2.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
# The text, for comparing; and the settings one by one.
show() { SHOWN=$(ns r fullcone profile show "${1:-default}" -j) || fail "profile show -j"; }
setting() { # KEY [PROFILE]: into V; it is asked for often, and jq takes its time
	SHOWN=$(ns r fullcone profile show "${2:-default}" -j -o "$1") || fail "profile show -j"
	[[ $SHOWN =~ $'\n'"{\"$1\":"(.*)"}"$'\n' ]] || fail "no $1 in: $SHOWN"
	V=${BASH_REMATCH[1]}
	[[ $V != \"* ]] || V=${V:1:-1}
}

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

# many N BEFORE AFTER: a list of N numbers between the two words
many() {
	local i list=

	for ((i = 1; i <= $1; i++)); do
		list+=,$2$i$3
	done
	echo "${list:1}"
}

# says WORD COMMAND...: fails, and says so with that word
says() {
	local word=$1 out

	shift
	out=$("$@" 2>&1) && fail "should have failed: $*"
	log "$out"
	has "$out" "$word" "what it says"
}

# as many mappings as a quarter of the memory holds, of 640 bytes
MOST=$(awk '/^MemTotal:/ { n = int($2 * 2 / 5); print n < 262144 ? n : 262144 }' /proc/meminfo)

testcase "TO-2 the defaults are those of the specification"
must ns r fullcone profile set default
for kv in udp=300 udp_hold=120 alloc=preserve label=127 mark=null unsafe_timeouts=false parity=true \
	'source=["masquerade"]' paired=strict ports=default 'reserve=[]' hairpin=true local_check=true \
	host_max=16384 host_rate=0 max_mappings=$MOST in_max=16384 hold_max=65535 exhaust_icmp=13 \
	log_dst=false map.udp=eim filter.udp=eif filter_max=1024 session_floors=true syn_silent=true; do
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
refused "RFC 4787" udp_short=53:30,5000:119
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
refused udp_short udp_short="$(many 17 "" :30)"
refused paired paired=hard
refused hairpin hairpin=2
refused local_check local_check=yes
refused log_dst log_dst=2
refused host_max host_max=4194305
refused host_max host_max=-1
refused host_rate host_rate=1000001
refused max_mappings max_mappings=0
refused max_mappings max_mappings=4194305
refused in_max in_max=4194305
refused hold_max hold_max=65536
refused exhaust_icmp exhaust_icmp=2
refused exhaust_icmp exhaust_icmp=14
refused reserve reserve=0
refused reserve reserve=99-98
refused reserve reserve=1,
refused reserve reserve=65536
refused reserve reserve="$(many 65 "" "")"
refused source source=203.0.113.300
refused source source=203.0.113.2-203.0.113.1
refused source source=127.0.0.1
refused source source=203.0.113.1-224.0.0.1
refused source source=203.0.113.1-203.0.113.9,203.0.113.5
refused source source=10.0.0.0-10.1.0.0
refused source source=203.0.113.1-2001:db8::1
refused source source=2001:db8::2-2001:db8::1
refused source source="$(many 65 203.0.113. "")"
refused key nonsense=1
refused KEY=VALUE udp
refused twice parity=1 parity=1

testcase "TO-2 a refusal of the kernel says which setting, and what its range is"
refused "host_max, 0 to 4194304" host_max=4194305
refused "max_mappings, 1 to 4194304" max_mappings=0
refused "hold_max, 0 to 65535" hold_max=65536

testcase "TO-2 one bad setting refuses all of the request"
refused "RFC 4787" alloc=random udp=5
refused "overlap" alloc=random host_max=5 source=203.0.113.9,203.0.113.9
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
accepted source 203.0.113.100,203.0.113.102-203.0.113.103,198.51.100.7 \
	'["203.0.113.100","203.0.113.102-203.0.113.103","198.51.100.7"]'
accepted source "$(many 64 203.0.113. "")" "$(many 64 203.0.113. "" | jq -Rc 'split(",")')"
accepted source 10.0.0.0-10.0.255.255 '["10.0.0.0-10.0.255.255"]'
accepted source 2001:db8:1::1-2001:db8:1::ff,203.0.113.100,2001:db8:2::7 \
	'["2001:db8:1::1-2001:db8:1::ff","203.0.113.100","2001:db8:2::7"]'
accepted source "$(many 64 2001:db8:0:1:: "")" "$(many 64 2001:db8:0:1:: "" | jq -Rc 'split(",")')"
accepted source 2001:db8::ffff:ffff:ffff:fff0-2001:db8:0:1::f '["2001:db8::ffff:ffff:ffff:fff0-2001:db8:0:1::f"]'
accepted source masquerade '["masquerade"]'
accepted paired soft
accepted paired strict
accepted paired 0 soft
accepted paired on strict
accepted reserve 80,443,8000-8099 '["80","443","8000-8099"]'
accepted reserve none '[]'
accepted hairpin 0 false
accepted hairpin 1 true
accepted local_check off false
accepted local_check on true
accepted log_dst 1 true
accepted log_dst 0 false
accepted host_max 0
accepted host_max 4194304
accepted host_rate 1000000
accepted host_rate 0
accepted max_mappings 1
accepted max_mappings 4194304
accepted in_max 0
accepted in_max 4194304
accepted hold_max 0
accepted hold_max 65535
accepted exhaust_icmp off null
accepted exhaust_icmp 1
accepted exhaust_icmp 13

testcase "TO-2 what show prints is what set takes"
must ns r fullcone profile set default label=none mark=0x100/0x300 source=203.0.113.7,203.0.113.9-203.0.113.10 \
	paired=soft ports=2000-2999 reserve=2100,2200-2300 alloc=random parity=0 hairpin=0 local_check=0 \
	host_max=7 host_rate=8 max_mappings=9 in_max=10 hold_max=11 unsafe_timeouts=1 udp=12 udp_hold=13 \
	udp_short=5000:14 exhaust_icmp=0 log_dst=1 map.udp=adm map.tcp=apdm map.icmp=adm filter.udp=apdf \
	filter.tcp=adf filter_max=15 tcp_open=16 tcp_close=17 tcp_rst=18 tcp_est=19 tcp_hold=20 icmp=21 \
	session_floors=0 syn_silent=0 ip6=1
show
SET=$SHOWN
TEXT=$(ns r fullcone profile show) || fail "profile show"
log "$TEXT"
must ns r fullcone profile set copy
# shellcheck disable=SC2086 # words they are
must ns r fullcone profile set default label=127 mark=none source=masquerade paired=strict ports=default \
	reserve=none alloc=preserve parity=1 hairpin=1 local_check=1 host_max=16384 host_rate=0 \
	max_mappings=$MOST in_max=16384 hold_max=65535 udp=300 udp_hold=120 udp_short=53:30,123:30 \
	unsafe_timeouts=0 exhaust_icmp=13 log_dst=0 map=eim filter=eif filter_max=1024 tcp_open=240 \
	tcp_close=240 tcp_rst=240 tcp_est=7440 tcp_hold=0 icmp=60 session_floors=1 syn_silent=1 ip6=0
show
DEFAULTS=$SHOWN
ne "$SET" "$DEFAULTS" "settings"
# shellcheck disable=SC2086
must ns r fullcone profile set copy $TEXT
show copy
eq "${SHOWN//\"copy\"/\"default\"}" "$SET" "the copy made of the text"
must ns r fullcone profile del copy

testcase "TO-2 a profile begins with the defaults and a label of its own"
must ns r fullcone profile set one
must ns r fullcone profile set two host_max=5
must ns r fullcone profile set three mark=0x1000/0x1000
setting label one
eq "$V" 126 "label of one"
setting label two
eq "$V" 125 "label of two"
setting label three
eq "$V" null "label of three"
show one
eq "$(jq -c '.profiles[0] | del(.name, .label)' <<<"$SHOWN")" \
	"$(jq -c '.profiles[0] | del(.name, .label)' <<<"$DEFAULTS")" "settings of a new profile"
setting host_max
eq "$V" 16384 "host_max of default"
OUT=$(ns r fullcone profile list -j) || fail "profile list -j"
eq "$(jq -r '[.profiles[].name] | sort | join(" ")' <<<"$OUT")" "default one three two" "the names"
OUT=$(ns r fullcone profile list)
eq "$(wc -l <<<"$OUT")" 5 "lines of profile list"

testcase "TO-2 two profiles have neither a name, nor a label, nor a mark in common"
says "another profile" ns r fullcone profile set one label=127
says "another profile" ns r fullcone profile set four label=125
says "another profile" ns r fullcone profile set four mark=0x1000/0x1000
says "no such profile" ns r fullcone profile show four
must ns r fullcone profile set three mark=0x2000/0x2000
says "letters" ns r fullcone profile set 'a b'
says "31" ns r fullcone profile set "$(printf 'x%.0s' {1..32})"

testcase "TO-2 a profile that is refused is not made"
says "RFC 4787" ns r fullcone profile set four udp=5
says "no such profile" ns r fullcone profile show four

testcase "TO-2 a profile goes, default stays"
must ns r fullcone profile del two
says "no such profile" ns r fullcone profile show two
says "no such profile" ns r fullcone profile del two
says "always there" ns r fullcone profile del default
must ns r fullcone profile set four
setting label four
eq "$V" 125 "the label that is free again"
must ns r fullcone profile del four

testcase "TO-2 a rule names a profile, by its label or by its mark"
must ns r fullcone profile set one source=203.0.113.101
must ns r fullcone profile set three source=203.0.113.102-203.0.113.103
says "fullcone profile set none" ns r fullcone rule add oif wan profile none
engine r
must ns r fullcone rule add oif wan saddr 192.168.1.2 profile one
must ns r fullcone rule add oif wan saddr 192.168.1.3 profile three
OUT=$(ns r fullcone rule list -j) || fail "rule list -j"
eq "$(jq -r '[.rules[] | "\(.profile) \(.label) \(.mark)"] | sort | join("; ")' <<<"$OUT")" \
	"default 127 null; one 126 null; three null 0x2000/0x2000" "the rules"
U h1:3000 s1a:3000
eq "$E" 203.0.113.1:3000 "external endpoint of h1"
U h2:3000 s1a:3000 E2
eq "$E" 203.0.113.101:3000 "external endpoint of h2"
U h3:3000 s1a:3000
[[ $E == 203.0.113.10[23]:3000 ]] || fail "external endpoint of h3: $E"
for kv in 1=default/masquerade 2=one/one 3=three/three; do
	maps r '.mappings[0] | "\(.profile)/\(.realm)"' int "192.168.1.${kv%%=*}"
	eq "$M" "${kv#*=}" "profile and realm of h${kv%%=*}"
done
n_maps r 1 profile one
n_maps r 1 profile three

testcase "TO-2 a rule is asked for once, whatever other profiles have"
OUT=$(ns r nft -s list ruleset)
must ns r fullcone rule add oif wan saddr 192.168.1.2 profile one
engine r
eq "$(ns r nft -s list ruleset)" "$OUT" "the ruleset"
has "$OUT" "ip saddr 192.168.1.2 snat to 203.0.113.101" "the ruleset"
# nft prints a range that is a prefix as one: 203.0.113.102/31
has "$OUT" "ip saddr 192.168.1.3 snat to 203.0.113.102" "the ruleset"

testcase "M-3 the list of profiles counts their mappings"
OUT=$(ns r fullcone profile list -j)
eq "$(jq -r '[.profiles[] | "\(.name) \(.mappings)"] | sort | join("; ")' <<<"$OUT")" \
	"default 1; one 1; three 1" "mappings by profile"
OUT=$(ns r fullcone stats -j)
eq "$(jq -r '[.profiles[] | select(.profile == "one") | .mappings, .mappings_created] | join(" ")' <<<"$OUT")" \
	"1 1" "counters of one"
OUT=$(ns r fullcone stats --prometheus)
has "$OUT" 'fullcone_profile_mappings_created_total{profile="three"} 1' "stats for a collector"
has "$OUT" '# TYPE fullcone_profile_mappings_created_total counter' "stats for a collector"
eq "$(sort <<<"$OUT" | grep '^# TYPE' | uniq -d)" "" "metrics declared twice"

testcase "K-8 mappings outlive their profile, and nothing is selected by it any more"
must ns r fullcone profile del one
maps r '.mappings[0] | "\(.ext_addr):\(.ext_port) \(.state)"' profile one
eq "$M" "$E2 open" "the mapping that was made with it"
U h2:3001 s1a:3000
eq "$E" 203.0.113.1:3001 "external endpoint of the next one, which is left to default"
OUT=$(ns r fullcone rule list -j)
eq "$(jq -r '[.rules[] | select(.label == 126) | .profile | tostring] | join(" ")' <<<"$OUT")" null \
	"the profile of the rule that is left"

testcase "TO-2 after a reload, rules for profiles that are yet to be set again stay"
ruleset() { RULES=$(ns r nft -s list ruleset); }
ruleset
BEFORE=$RULES
reload r
ruleset
eq "$RULES" "$BEFORE" "the ruleset after rule add for default"
must ns r fullcone profile set one source=203.0.113.101
U h2:3002 s1a:3000
eq "$E" 203.0.113.101:3002 "external endpoint of h2"
must ns r fullcone rule add oif wan saddr 192.168.1.2 profile one
ruleset
eq "$RULES" "$BEFORE" "the ruleset after rule add for one"

testcase "TO-2 a rule is replaced if the label of its profile has changed"
must ns r fullcone profile set default label=5
engine r
ruleset
eq "$RULES" "${BEFORE/ct label set 127/ct label set 5}" "the ruleset with another label"
must ns r fullcone profile set default label=6
engine r
ruleset
eq "$RULES" "${BEFORE/ct label set 127/ct label set 6}" "the ruleset with the next one"
U h1:3003 s1a:3000
n_maps r 1 int 192.168.1.1:3003
must ns r fullcone profile set one label=7
must ns r fullcone profile set default label=127
must ns r fullcone rule add oif wan daddr '!198.51.100.77/32'
must ns r fullcone profile set default label=8
engine r
ruleset
has_not "$RULES" 'ct label set 127' "the ruleset"
has "$RULES" 'ct label set 126' "the ruleset"

testcase "M-4 a dump of the profiles during which one is changed, made or deleted says so"
SOURCES=$(printf '10.1.%d.1,' {1..64})
RESERVES=$(printf '%d,' {2001..2127..2})
for p in {1..6}; do
	must ns r fullcone profile set "many$p" "source=${SOURCES%,}" "reserve=${RESERVES%,}"
done
# dumped WHOLE-OR-INTERRUPTED [COMMAND...]
dumped() {
	local count buffers result

	read -r count buffers result < <(ns r python3 -B "$here/dump_profiles.py" "${@:2}")
	ge "${count:-0}" 6 "profiles"
	ge "${buffers:-0}" 2 "buffers"
	eq "$result" "$1" "the dump (${*:2})"
}
dumped whole
dumped whole fullcone profile show default
dumped interrupted fullcone profile set default udp=301
dumped interrupted fullcone profile set newest
dumped interrupted fullcone profile del newest
dumped whole fullcone profile list

finish
