#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: clients
# timeout: 1800
# What STUN (RFC 5780) finds out about each of the nine kinds of NAT, from ports that another
# host has already: in UDP by coturn's client, in TCP by coturn's server. Once, or with
# FULLCONE_SOAK as often as the specification requires.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/stun.sh"
. "${0%/*}/kinds.sh"

T1
type -P turnserver turnutils_natdiscovery >/dev/null ||
	die "no coturn (scripts/install-deps clients)"
STUN_TCP=1 stun_server
nine_kinds
RUNS=1
[ -z "${FULLCONE_SOAK:-}" ] || RUNS=18

# The mapping from one port, the filter from another one that has sent nowhere yet; all of
# them at the same time. What is said of kind 4 comes into kind4.coturn.
nine_clients() { # RUN
	local i words=()

	for i in "${!KINDS[@]}"; do
		port_of "$i" "$1" 0
		words+=("$i" "$PORT" $((PORT + 1)))
	done
	# shellcheck disable=SC2016 # of the inner shell
	in_host h1 timeout "$STUN_LIMIT" bash -c '
		dir=$1 from=$2 server=$3
		shift 3
		while [ $# -gt 0 ]; do
			turnutils_natdiscovery -m -L "$from" -l "$2" "$server" > "$dir/m$1" 2>&1 &
			turnutils_natdiscovery -f -L "$from" -l "$3" "$server" > "$dir/f$1" 2>&1 &
			shift 3
		done
		wait' b3 "$stun_dir" "${NET_LAN}1" "$STUN_SERVER" "${words[@]}" 3>&- ||
		fail "the clients did not end in $STUN_LIMIT s"
	for i in "${!KINDS[@]}"; do
		cat "$stun_dir/m$i" "$stun_dir/f$i" >"$stun_dir/kind$i.coturn"
	done
}

testcase "B-3 UDP: coturn's client finds each of nine kinds of NAT to be what was set"
for ((run = 0; run < RUNS; run++)); do
	for i in "${!KINDS[@]}"; do
		port_of "$i" "$run" 0
		U h2:$PORT s1a:9
		U h2:$((PORT + 1)) s1a:9
	done
	nine_clients "$run"
	for i in "${!KINDS[@]}"; do
		verdict "kind$i" coturn
		log "run $run, ${KINDS[i]}: $MAPPING, $FILTERING"
		eq "$MAPPING" "${WORDS[${KINDS[i]%+*}]}" "mapping of ${KINDS[i]}" ||
			log "$(<"$stun_dir/m$i")"
		eq "$FILTERING" "${WORDS[${KINDS[i]#*+}]}" "filtering of ${KINDS[i]}" ||
			log "$(<"$stun_dir/f$i")"
	done
done

# by_tcp HOST PORT...: into SEEN[PORT] the external endpoints towards the server, towards its
# other address, and towards its other port there
declare -A SEEN=()
by_tcp() {
	local port seen

	SEEN=()
	while read -r port seen; do
		SEEN[$port]=$seen
		log "$1:$port $seen"
	done < <(in_host "$1" python3 "$here/stun_tcp.py" "$STUN_SERVER" "$STUN_SERVER2" "${@:2}" 3>&-)
}

# Test I, II and III of the mapping, RFC 5780 4.3
mapping_of() { # EXTERNAL EXTERNAL EXTERNAL: into $MAPPING
	MAPPING=none
	if [ $# != 3 ]; then
		return
	elif [ "$1" = "$2" ] && [ "$2" = "$3" ]; then
		MAPPING=${WORDS[eim]}
	elif [ "$1" != "$2" ] && [ "$2" = "$3" ]; then
		MAPPING=${WORDS[adm]}
	elif [ "$1" != "$2" ] && [ "$1" != "$3" ]; then
		MAPPING=${WORDS[apdm]}
	fi
}

testcase "B-3 TCP: coturn's server sees each of nine kinds of mapping, of two hosts on one port"
for ((run = 0; run < RUNS; run++)); do
	ports=()
	for i in "${!KINDS[@]}"; do
		port_of "$i" "$run" 2
		ports+=("$PORT")
	done
	taken=()
	for h in h2 h1; do
		by_tcp $h "${ports[@]}"
		for i in "${!KINDS[@]}"; do
			# shellcheck disable=SC2086 # three words
			mapping_of ${SEEN[${ports[i]}]:-}
			eq "$MAPPING" "${WORDS[${KINDS[i]%+*}]}" "mapping of ${KINDS[i]} on $h"
			[[ " ${taken[*]} " != *" ${SEEN[${ports[i]}]%% *} "* ]] ||
				fail "both hosts have ${SEEN[${ports[i]}]%% *}"
			taken+=("${SEEN[${ports[i]}]%% *}")
		done
	done
done

testcase "B-3 TCP: strangers' connections are let in by each of nine kinds of filtering as was set"
for ((run = 0; run < RUNS; run++)); do
	for i in "${!KINDS[@]}"; do
		port_of "$i" "$run" 3
		tcp U h1:$PORT s1a:3000
		case ${KINDS[i]} in
		*+eif)	tcp in_ s1b:3001 "$E" h1:$PORT ;;
		*)	tcp in_none s1b:3001 "$E" ;;
		esac
		case ${KINDS[i]} in
		*+apdf)	tcp in_none s1a:3001 "$E" ;;
		*)	tcp in_ s1a:3001 "$E" h1:$PORT ;;
		esac
	done
done

finish
