#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# Adoption on a standby router (X-C5), with conntrackd.
#
#	h1, h2 --[ l ]-- lan [ r ] wan --[ w ]-- s1, s2
#	            \--- lan [ b ] wan ---/
#
# r and b have a cable of their own between them, over which the conntrackd of r tells that of b
# of its flows. When r dies, b takes the addresses of r, those of its links as well.
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

node r b h1 h2 l w s1 s2
bridge l sw0
bridge w sw0
plug l sw0 r lan 192.168.1.254/24
plug w sw0 r wan 203.0.113.1/24
plug l sw0 b lan
plug w sw0 b wan
for h in 1 2; do
	plug l sw0 h$h eth0 192.168.1.$h/24
	route h$h default via 192.168.1.254
	HOSTS[h$h]=h$h/192.168.1.$h
done
plug w sw0 s1 eth0 203.0.113.11/24
plug w sw0 s2 eth0 203.0.113.21/24 203.0.113.22/24
HOSTS+=([s1a]=s1/203.0.113.11 [s2a]=s2/203.0.113.21 [s2b]=s2/203.0.113.22)
links+=("link add name sync netns ${NS[r]} type veth peer name sync netns ${NS[b]}")
BATCH[r]+=$'addr add 10.99.0.1/30 dev sync\nlink set dev sync up\n'
BATCH[b]+=$'addr add 10.99.0.2/30 dev sync\nlink set dev sync up\n'
lay r b

# --- conntrackd ------------------------------------------------------------------------

DIR=$(mktemp -d)
at_exit "rm -rf $DIR"
declare -A DAEMON=()

daemon() { # NAME ITS-ADDRESS THE-OTHER'S
	cat >"$DIR/$1.conf" <<-CONF
	Sync {
		Mode FTFW {
		}
		UDP {
			IPv4_address $2
			IPv4_Destination_Address $3
			Port 3780
			Interface sync
		}
	}
	General {
		LogFile $DIR/$1.log
		LockFile $DIR/$1.lock
		UNIX {
			Path $DIR/$1.ctl
		}
		Filter From Userspace {
			Address Ignore {
				IPv4_address 10.99.0.1
				IPv4_address 10.99.0.2
			}
		}
	}
	CONF
	nsenter --net="/run/netns/${NS[$1]}" conntrackd -C "$DIR/$1.conf" \
		>"$DIR/$1.out" 2>&1 3>&- 8>&- 9<&- &
	DAEMON[$1]=$!
	at_exit "kill -9 ${DAEMON[$1]}"
	busywait 10000 answers "$1" || die "conntrackd does not start: $(cat "$DIR/$1".out "$DIR/$1".log)"
}

daemon_ask() { # NAME OPTION...
	local name=$1

	shift
	ns "$name" conntrackd -C "$DIR/$name.conf" "$@"
}

answers() { daemon_ask "$1" -s >/dev/null 2>&1; }

knows() { # TEXT...: the standby's daemon has been told of a flow with each of these
	local all text

	all=$(daemon_ask b -e 2>/dev/null)
	for text; do
		grep -q -- "$text" <<<"$all" || return 1
	done
}

labelled() { # the flows of b that bear the label, one a line
	# shellcheck disable=SC2016 # the inner shell expands them
	LABEL=$(conntrack_label 127) PROBE=$PROBE NS_B=${NS[b]} unshare -m sh -c '
		mount -t tmpfs none /etc && mkdir /etc/xtables &&
			echo "$LABEL" fullcone >/etc/xtables/connlabel.conf &&
			exec "$PROBE" in "$NS_B" conntrack -L --label fullcone' 2>/dev/null
}

daemon r 10.99.0.1 10.99.0.2
daemon b 10.99.0.2 10.99.0.1
engine r
engine b
# a starved machine may take longer than the half minute that such a flow has
for h in r b; do
	tell sysctl "${NS[$h]}" net/netfilter/nf_conntrack_udp_timeout 300
	tell sysctl "${NS[$h]}" net/netfilter/nf_conntrack_udp_timeout_stream 300
done

# --- the flows ---------------------------------------------------------------------------

# Not their own ports, which they would get on b in any case.
U h2:3000 s1a:3000
U h1:3000 s1a:3000 E1
ne "$E1" 203.0.113.1:3000 "external endpoint of h1"
tcp U h2:3002 s1a:80
conn a h1:3002 s1a:80 s1a:80
T1=$E
ne "$T1" 203.0.113.1:3002 "external endpoint of h1's connection"
tell talk a both 5000
ns r fullcone flush int 192.168.1.2
in_ s2b:5000 "$E1" h1:3000
in_ s1a:3000 "$E1" h1:3000
# of this mapping only a stranger's session is left
U h2:3003 s1a:3003
U h1:3003 s1a:3003 E3
ns r fullcone flush int 192.168.1.2
in_ s2b:5003 "$E3" h1:3003
must ns r conntrack -D -p udp --orig-src 192.168.1.1 --orig-port-src 3003

testcase "X-C5 conntrackd tells the standby of the flows, which has no mappings yet"
busywait 10000 knows "src=192.168.1.1 .*sport=3000 dport=3000" "ESTABLISHED.*sport=3002" \
	"src=203.0.113.22 .*sport=5000" "src=203.0.113.22 .*sport=5003" ||
	fail "the standby has not been told: $(daemon_ask b -e)"
n_maps b 0
sessions b -s 192.168.1.1
eq "$C" 0 "flows in the standby's kernel"

testcase "X-C5 r dies; without adoption nobody reaches the host by what it had"
MACS=$(ns r ip -o link)
kill -9 "${DAEMON[r]}"
ip -n "${NS[r]}" -b - <<<'link set dev lan down
link set dev wan down
link set dev sync down' || fail "r lives"
for dev in lan wan; do
	mac=$(sed -n "s/.*[0-9]: $dev@.*link\/ether \([0-9a-f:]*\).*/\1/p" <<<"$MACS")
	printf 'link set dev %s address %s\n' $dev "$mac"
done | ip -n "${NS[b]}" -b - || fail "addresses of the links"
ip -n "${NS[b]}" -b - <<<'addr add 192.168.1.254/24 dev lan
addr add 203.0.113.1/24 dev wan' || fail "addresses"
# the switches have to learn where they are now
busywait 10000 ns b ping -q -c 1 -W 1 192.168.1.1 || fail "b does not reach h1"
busywait 10000 ns b ping -q -c 1 -W 1 203.0.113.11 || fail "b does not reach s1"
must daemon_ask b -c
committed() { sessions b -p tcp; [ "$C" -ge 1 ] && grep -q "commit has taken" "$DIR/b.log"; }
busywait 10000 committed || fail "nothing is committed: $(cat "$DIR/b.log")"
log "$(cat "$DIR/b.log")"
FLOWS=$(labelled)
for port in 3000 3002; do
	has "$FLOWS" "src=192.168.1.1 dst=203.0.113.11 sport=$port " "flows with the label"
done
n_maps b 0
in_none s2a:5001 "$E1"

testcase "X-C5 fullcone adopt makes mappings of them: endpoints, connections and strangers go on"
eq "$(ns b fullcone adopt -j | jq -c .)" '{"adopted":3,"left_out":0}' "what adopt says"
n_maps b 3 adopted
U h1:3000 s2a:3001
eq "$E" "$E1" "external endpoint towards a new peer"
U h1:3000 s1a:3000
eq "$E" "$E1" "external endpoint in the flow of r"
in_ s1a:3000 "$E1" h1:3000
in_ s2b:5000 "$E1" h1:3000
in_ s2b:5002 "$E1" h1:3000
tell talk a both 20000
tcp U h1:3002 s2a:81
eq "$E" "$T1" "external endpoint of h1's next connection"
tcp in_ s2b:5002 "$T1" h1:3002

testcase "X-C5 a mapping that only a stranger's session is left of goes over as well"
in_ s2b:5003 "$E3" h1:3003
U h1:3003 s2a:3004
eq "$E" "$E3" "external endpoint"

testcase "X-C5 another host does not get the ports"
U h2:"${E1#*:}" s2a:9
ne "$E" "$E1" "external endpoint of h2"
tcp U h2:"${T1#*:}" s2a:89
ne "$E" "$T1" "external endpoint of h2's connection"
has "$(ns b fullcone adopt)" "0 mappings" "what adopt says the second time"

finish
