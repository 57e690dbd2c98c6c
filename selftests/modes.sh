#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# Settings of mapping and filtering, and of the timers of TCP and ICMP: what is accepted,
# and what is refused with which words. TO-2.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

# No packet is sent.
node r
printf 'netns add %s\n' "${NS[@]}" | ip -b - || die "cannot make namespaces"

# All settings in the words of `profile set`, a space around each.
settings() {
	SETTINGS=$(ns r fullcone profile show) || fail "profile show"
	SETTINGS=" ${SETTINGS//$'\n'/ } "
}

# accepted KEY=VALUE...: in one request, and shown again
accepted() {
	local kv

	must ns r fullcone profile set default "$@"
	settings
	for kv; do
		has "$SETTINGS" " $kv " "profile show"
	done
}

# refused WORD-OF-THE-MESSAGE KEY=VALUE...: and nothing has changed
refused() {
	local word=$1 before=$SETTINGS out

	shift
	out=$(ns r fullcone profile set default "$@" 2>&1) && fail "accepted: profile set $*"
	log "$out"
	has "${out,,}" "${word,,}" "the message for: profile set $*"
	has_not "$out" "Invalid argument" "the message for: profile set $*"
	settings
	eq "$SETTINGS" "$before" "settings after a refusal"
}

testcase "TO-2 the defaults of modes and of the timers of TCP and ICMP"
must ns r fullcone profile set default
settings
for kv in map.udp=eim map.tcp=eim map.icmp=eim filter.udp=eif filter.tcp=eif filter_max=1024 tcp_open=240 \
	tcp_close=240 tcp_rst=240 tcp_est=7440 tcp_hold=0 icmp=60 session_floors=on syn_silent=on ip6=off; do
	has "$SETTINGS" " $kv " "profile show"
done

testcase "TO-2 a timer of TCP or ICMP below its floor is refused, naming the RFC"
refused "RFC 5382" tcp_open=239
refused "RFC 5382" tcp_close=239
refused "RFC 7857" tcp_rst=239
refused "RFC 5382" tcp_est=7439
refused "RFC 5508" icmp=59
accepted unsafe_timeouts=on tcp_open=6 tcp_close=6 tcp_rst=1 tcp_est=20 icmp=4 tcp_hold=3
refused "RFC 5382" unsafe_timeouts=0
accepted tcp_open=240 tcp_close=240 tcp_rst=240 tcp_est=7440
refused "RFC 5508" unsafe_timeouts=0
accepted unsafe_timeouts=off icmp=60 tcp_hold=0

testcase "TO-2 modes and timers outside their range are refused, with what would be accepted"
refused "eim, adm or apdm" map.udp=eif
refused "eim, adm or apdm" map=cone
refused "eim, adm or apdm" map.udp=eim map.tcp=eim map.icmp=eim map=cone
refused "eif, adf or apdf" filter.tcp=eim
refused "eif, adf or apdf" filter=full
refused "map.icmp filter.udp filter.tcp" filter.icmp=eif
refused "filter_max, 1 to 65536" filter_max=0
refused "filter_max, 1 to 65536" filter_max=65537
refused "tcp_open, 1 to 86400" tcp_open=86401
refused "tcp_hold, 0 to 86400" tcp_hold=86401
refused "icmp, 1 to 86400" icmp=0 unsafe_timeouts=1
refused "on or off" session_floors=2
refused "on or off" syn_silent=yes
refused twice map=eim map=adm
refused twice filter.udp=eif filter=adf filter.udp=adf

testcase "TO-2 modes and timers in their range are accepted and shown again"
accepted map.udp=adm map.tcp=apdm map.icmp=adm filter.udp=apdf filter.tcp=adf filter_max=1 \
	tcp_open=86400 tcp_close=86400 tcp_rst=86400 tcp_est=86400 tcp_hold=86400 icmp=86400 \
	session_floors=off syn_silent=off
accepted map.udp=apdm map.tcp=eim map.icmp=apdm filter.udp=eif filter.tcp=apdf filter_max=65536 \
	tcp_open=240 tcp_close=240 tcp_rst=240 tcp_est=7440 tcp_hold=0 icmp=60 session_floors=on \
	syn_silent=on
accepted ip6=on
accepted ip6=off

testcase "TO-2 map and filter are for all protocols, but what is said for one goes before"
must ns r fullcone profile set default map=apdm filter=adf
settings
has "$SETTINGS" " map.udp=apdm map.tcp=apdm map.icmp=apdm filter.udp=adf filter.tcp=adf " "profile show"
accepted map.udp=adm map.tcp=apdm map.icmp=apdm
must ns r fullcone profile set default map=eim map.tcp=adm filter.udp=apdf filter=eif
settings
has "$SETTINGS" " map.udp=eim map.tcp=adm map.icmp=eim filter.udp=apdf filter.tcp=eif " "profile show"

testcase "TO-2 modes are in JSON under the names of their settings"
JSON=$(ns r fullcone profile show -j | jq -c '.profiles[0] |
	[."map.udp", ."map.tcp", ."map.icmp", ."filter.udp", ."filter.tcp", .filter_max, .session_floors]')
eq "$JSON" '["eim","adm","eim","apdf","eif",65536,true]' "profile show -j"

testcase "TO-2 save prints modes, and restore sets them"
SAVED=$(ns r fullcone save) || fail "save"
BEFORE=$SETTINGS
must ns r fullcone profile set default map=eim filter=eif
settings
ne "$SETTINGS" "$BEFORE" "settings"
must ns r fullcone restore <<<"$SAVED"
settings
eq "$SETTINGS" "$BEFORE" "settings restored"

finish
