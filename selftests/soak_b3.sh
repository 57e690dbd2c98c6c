#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 3600
# What pion's client finds of each of the nine kinds of NAT, eighteen times. It speaks UDP over
# IPv4 only, and one after the other, since it takes its ports from the host's range: in no
# group, for the time it takes.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/stun.sh"
. "${0%/*}/kinds.sh"

T1
PION=$stun_clients/stun-nat-behaviour
type -P turnserver "$PION" >/dev/null || die "no coturn or pion (scripts/install-deps clients)"
stun_server
nine_kinds
RUNS=${FULLCONE_B3_RUNS:-18}
WIDTH=16	# ports that it may choose from
TRIES=8

# The filter is asked for from a fresh port: not if it happens to be the mapping's.
same_port() {
	[ "$(awk '/Local address: / { sub(/.*:/, ""); print }' "$stun_dir/h1.pion" | sort | uniq -d)" ]
}

port=0
classified() { # KIND
	local first try

	for ((try = 0; try < TRIES; try++)); do
		first=$((3000 + 1000 * $1 + port % 960))
		port=$((port + WIDTH))
		stock || ns r fullcone flush int "${ADDR[h1]}"
		ns r conntrack -D -s "${ADDR[h1]}"
		flood h2 "${ADDR[h2]}" $first $((first + WIDTH - 1)) s1a:9
		must ns h1 sysctl -qw net.ipv4.ip_local_port_range="$first $((first + WIDTH - 1))"
		client h1 pion "$PION" -server "$STUN_SERVER:3478"
		same_port || break
	done
	verdict h1 pion
	log "run $run, ${KINDS[$1]}: $MAPPING, $FILTERING"
	eq "$MAPPING" "${WORDS[${KINDS[$1]%+*}]}" "mapping of ${KINDS[$1]}" &&
		eq "$FILTERING" "${WORDS[${KINDS[$1]#*+}]}" "filtering of ${KINDS[$1]}" ||
		log "$(<"$stun_dir/h1.pion")"
}

testcase "B-3 UDP: pion's client finds each of nine kinds of NAT to be what was set"
for ((run = 0; run < RUNS; run++)); do
	for i in "${!KINDS[@]}"; do
		classified "$i"
	done
done

finish
