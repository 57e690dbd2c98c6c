#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: neighbours
# What loading and using the module leaves alone: the settings of conntrack (TO-3), and
# the helpers that are not loaded (U-10).
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

settings() { # NAME or nothing for the host's own namespace
	if [ $# -gt 0 ]; then
		ns "$1" sysctl -a --pattern '^net\.netfilter' 2>/dev/null
	else
		sysctl -a --pattern '^net\.netfilter' 2>/dev/null
	fi | grep -v nf_conntrack_count | sort
}
modules() { lsmod | awk 'NR > 1 { print $1 }' | sort; }

T1
stock || unload
at_exit load
# conntrack and plain NAT are there before
masquerade r
U h3:3000 s1a:3000
ns r nft flush ruleset
ns r conntrack -F
HOST=$(settings)
ROUTER=$(settings r)
MODULES=$(modules)
has "$ROUTER" nf_conntrack_udp_timeout "settings of conntrack"

testcase "TO-3 no setting of conntrack differs with the module, in use, and after it"
load
engine r
# and of the settings that might tempt one to change those
must ns r fullcone profile set default udp=600 udp_hold=60 in_max=5 max_mappings=1000
U h1:3000 s1a:3000 E1
in_ s2b:5000 "$E1" h1:3000
U h2:3000 s1a:3000 E2
got h1:3000 "$E2" h2:3000
tell tcp h1:3000 s1a:8000
eq "$(settings)" "$HOST" "settings of the host"
eq "$(settings r)" "$ROUTER" "settings of the router"

testcase "U-10 T-6 no helper of an application protocol comes with it"
NEW=$(comm -13 <(printf '%s\n' "$MODULES") <(modules))
log "modules that came: $NEW"
has "$NEW" nf_nat_fullcone "modules"
[[ ! $NEW =~ _(ftp|tftp|sip|h323|irc|amanda|pptp|sane|snmp|netbios_ns)($|$'\n') ]] ||
	fail "a helper was loaded: $NEW"
eq "$(ns r cat /proc/net/nf_conntrack_expect 2>/dev/null)" "" "expectations"
NEEDS=$(modinfo -F depends nf_nat_fullcone)
log "it needs $NEEDS"
[[ ! $NEEDS =~ ftp|sip|h323|irc|amanda|pptp|sane|snmp ]] || fail "it needs a helper: $NEEDS"

testcase "TO-3 nor when it is gone"
ns r fullcone rule del oif wan
unload
eq "$(settings)" "$HOST" "settings of the host"
eq "$(settings r)" "$ROUTER" "settings of the router"

finish
