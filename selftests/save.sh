#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# What save prints of static mappings at addresses that their interface alone does not tell, and
# of interfaces with odd names; what else the tool must not take for good.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
must ns r ip addr add 203.0.113.5/24 dev wan
must ns r ip link add borrower type dummy
must ns r ip link set borrower up

testcase "X-D4 a second address and a borrowed one are saved and restored"
must ns r fullcone add udp int 192.168.1.1:4000 oif wan ext :4000
must ns r fullcone add udp int 192.168.1.2:4001 ext 203.0.113.5:4001
must ns r fullcone add udp int 192.168.1.3:4002 ext 203.0.113.1:4002 oif borrower
SAVED=$(ns r fullcone save) || fail "save"
log "$SAVED"
has "$SAVED" "int 192.168.1.1:4000 ext :4000 oif wan" "save"
must ns r fullcone flush all static
n_maps r 0
must ns r fullcone restore <<<"$SAVED"
n_maps r 3 static
n_maps r 1 ext 203.0.113.5:4001
n_maps r 1 ext 203.0.113.1:4002
eq "$(ns r fullcone save)" "$SAVED" "what save prints then"

testcase "X-D4 what the settings of a profile no longer allow keeps restore from nothing else"
must ns r fullcone flush all static
must ns r fullcone profile set office source=203.0.113.100-203.0.113.103
must ns r fullcone profile set plain
must ns r fullcone add udp int 192.168.1.1:4000 ext 203.0.113.100:4000 profile office
must ns r fullcone add udp int 192.168.1.1:4001 oif wan ext 203.0.113.1:4001 profile plain
must ns r fullcone add tcp int 192.168.1.2:443 oif wan ext 203.0.113.1:443 profile plain
must ns r fullcone add udp int 192.168.1.3:4004 oif wan ext 203.0.113.1:4004
must ns r fullcone profile set office source=203.0.113.102-203.0.113.103
must ns r fullcone profile set plain source=203.0.113.110
must ns r fullcone profile set default reserve=443
SAVED=$(ns r fullcone save 2>&1) || fail "save"
log "$SAVED"
has "$SAVED" "203.0.113.100:4000 is of the profile office, which would not allow it now"
has "$SAVED" "203.0.113.1:4001 is of the profile plain, which would not allow it now; it is saved"
has "$SAVED" "203.0.113.1:443 is of the profile plain, which would not allow it now, and"
SAVED=$(ns r fullcone save 2>/dev/null)
must ns r fullcone flush all static
must ns r fullcone restore <<<"$SAVED"
n_maps r 2 static
n_maps r 1 ext 203.0.113.1:4001
n_maps r 1 ext 203.0.113.1:4004

testcase "U-2 U-9a a host that calls a mapping at a second address shows the first one"
must ns r fullcone flush all static
must ns r fullcone profile set default reserve=none
must ns r fullcone add udp int 192.168.1.2:4100 ext 203.0.113.5:4100
U h1:4100 s1a:3000 E1
got h1:4101 203.0.113.5:4100 h2:4100
eq "$E" 203.0.113.1:4101 "source shown"
U h1:4101 s1a:3000
eq "$E" 203.0.113.1:4101 "external endpoint"
in_from 203.0.113.5:4100 h2:4100 "$E" h1:4101

testcase "X-D4 of several networks of an interface, the one of its default route has the address"
must ns r fullcone flush all static
ns r ip -b - <<-'IP' || fail "ip"
	addr flush dev wan
	addr add 10.99.0.2/24 dev wan
	addr add 203.0.113.1/24 dev wan
	route add default via 203.0.113.11
IP
must ns r fullcone add udp int 192.168.1.1:4200 oif wan ext :4200
must ns r fullcone add udp int 192.168.1.1:4201 oif wan
n_maps r 2 ext 203.0.113.1
has "$(ns r fullcone save)" "int 192.168.1.1:4200 ext :4200 oif wan" "save"
U h1:4202 s1a:3000
eq "$E" 203.0.113.1:4202 "external endpoint of traffic"
got h3:4203 203.0.113.1:4200 h1:4200
eq "$E" 203.0.113.1:4203 "source shown in a hairpin"

testcase "X-D4 an interface that is not there keeps restore from nothing that comes before it"
must ns r fullcone flush all static
OUT=$(printf 'profile set default host_max=79\nadd udp int 192.168.1.1:4300 ext :4300 oif ppp7\n' |
	ns r fullcone restore 2>&1) && fail "restored"
log "$OUT"
has "$OUT" "line 2: oif \"ppp7\"" "the message"
has "$OUT" "in force" "the message"
eq "$(ns r fullcone profile show -j | jq '.profiles[0].host_max')" 79 host_max

testcase "M-4 interfaces with odd names are shown, and JSON is UTF-8"
N=0
for dev in '#lan' 'a*b' "o'clock" '"q' 'b\c' $'caf\xc3\xa9' $'\xff'; do
	N=$((N + 1))
	must ns r ip link add "$dev" type dummy
	must ns r ip link set "$dev" up
	must ns r ip addr add 198.18.$N.1/24 dev "$dev"
	must ns r fullcone add udp int 192.168.1.1:$((4300 + N)) ext 198.18.$N.1:$((4300 + N)) -j
done
must ns r timeout 20 fullcone list
must ns r timeout 20 fullcone list -o oif
OUT=$(ns r fullcone list -j -o oif | python3 -c 'import json, sys
print([m["oif"] for m in json.loads(sys.stdin.buffer.read().decode())["mappings"]][-2:] ==
      ["caf\u00e9", "\ufffd"])') || fail "no JSON"
eq "$OUT" True "the last two"

testcase "X-D4 what is saved of interfaces with odd names is restored"
must ns r fullcone rule add oif '#lan'
rules r <<'NFT'
table ip fullcone {
	chain postrouting_label {
		oifname "o'clock" ct label set 127
		oifname "eth9" ip saddr 0.0.0.0/0 ct label set 127
	}
}
NFT
SAVED=$(ns r fullcone save) || fail "save"
log "$SAVED"
must ns r fullcone flush all static
must ns r fullcone rule del oif '#lan'
must ns r fullcone restore <<<"$SAVED"
n_maps r $N static
n_maps r 1 oif '#lan' static
eq "$(ns r fullcone rule list -j | jq '[.rules[] | select(.oif == "#lan")] | length')" 1 "its rules"

testcase "C-3 bits behind the prefix of a remote count for nothing, and can be saved"
must ns r fullcone flush all static
ns r env PYTHONPATH="$here" python3 -B - "$(ns r ip -j link show wan | jq '.[0].ifindex')" <<'PYTHON' || fail "add"
import struct
import sys
from genl import ask, connect, family_id, messages

def attr(kind, data, nested=0):
    size = 4 + len(data)
    return struct.pack("=HH", size, kind | nested) + data + bytes(-size % 4)

remote = attr(1, attr(2, bytes([192, 0, 2, 5])) + attr(3, b"\x16"), 0x8000)
sock = connect()
ask(sock, family_id(sock), 6, 4, attr(2, b"\x11") + attr(4, bytes([192, 168, 1, 1])) +
    attr(6, struct.pack(">H", 4400)) + attr(12, struct.pack("=I", int(sys.argv[1]))) +
    attr(27, remote, 0x8000))
sys.exit(next(messages(sock.recv(65536)))[0] == 2)
PYTHON
maps r '.mappings[0].remotes | tostring' int 192.168.1.1:4400
eq "$M" '["192.0.0.0/22"]' remotes
SAVED=$(ns r fullcone save) || fail "save"
must ns r fullcone restore <<<"$SAVED"

testcase "M-4 help is of the verb, whatever words follow it"
has "$(ns r fullcone rule add oif wan --help)" "labels the flows" "rule add oif wan --help"
has "$(ns r fullcone list udp -h)" "STATE is" "list udp -h"

testcase "M-1 monitor fails when it cannot print"
SAID=$(mktemp)
at_exit "rm -f '$SAID'"
"$PROBE" in "${NS[r]}" sh -c 'exec fullcone monitor -v >&-' 2>"$SAID" 3>&- 8>&- 9<&- &
MONITOR=$!
busywait 10000 grep -q listening "$SAID" || fail "monitor does not listen"
must ns r fullcone add udp int 192.168.1.1:4500 oif wan
# shellcheck disable=SC2317 # busywait calls it
ended() { ! kill -0 "$MONITOR" 2>/dev/null; }
busywait 10000 ended || { fail "it goes on"; kill "$MONITOR"; }
wait "$MONITOR" && fail "exit status 0"
has "$(cat "$SAID")" "Bad file descriptor" "what it says"

testcase "M-4 a rule of inet that is for IPv4 alone is not taken for one of both families"
rules r <<'NFT'
table inet fullcone {
	chain postrouting_label {
		type nat hook postrouting priority srcnat - 10; policy accept;
		meta nfproto ipv4 oifname "eth8" ct label set 127
	}
	chain postrouting_nat {
		type nat hook postrouting priority srcnat; policy accept;
		meta nfproto ipv4 oifname "eth8" masquerade
	}
}
NFT
has_not "$(ns r fullcone rule list 2>/dev/null)" eth8 "rule list"
must ns r fullcone rule add oif eth8 family inet
has "$(ns r nft list table inet fullcone)" $'\t\toifname "eth8" ct label set 127' "the rule for both"

testcase "X-D4 restore puts the rules in place where the module cannot be loaded"
unload
must ns r nft flush ruleset
OUT=$(printf 'profile set default udp=200\nrule add oif wan\n' |
	ns r setpriv --bounding-set=-sys_module --inh-caps=-sys_module fullcone restore 2>&1) &&
	fail "the module was loaded"
log "$OUT"
has "$OUT" "line 1: profile default: the module nf_nat_fullcone cannot be loaded" "the message"
has "$(ns r nft list ruleset)" 'oifname "wan" masquerade' "nft list ruleset"
load

finish
