# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# STUN clients and a STUN server that others wrote, for topology T1. The server is
# coturn on s1, whose two addresses answer RFC 3489, 5389 and 5780. The clients run
# on h1 and h2 at once, and both hosts have only two ports to give to sockets, so
# that the two hosts want the same external ports whatever the client does.
#
# The exit status of these clients says nothing: the text they print is judged.

STUN_SERVER=${NET_WAN}11
STUN_SERVER2=${NET_WAN}12
STUN_TCP=${STUN_TCP:-}	# also by TCP
STUN_PORTS="3000 3001"
STUN_LIMIT=60	# seconds that one client may take
stun_dir=
stun_clients=$top/build/clients

# in_host NAME COMMAND...: without the log's line, for what is to be parsed
in_host() {
	nsenter --net="/run/netns/${NS[$1]}" "${@:2}"
}

stun_listens() {
	local all

	all=$(in_host s1 ss -Hlnu 'sport = :3478 or sport = :3479')
	[[ $all =~ "$STUN_SERVER"]?:3478 && $all =~ "$STUN_SERVER2"]?:3479 ]]
}

stun_server() {
	local pid limit=60000

	stun_dir=$(mktemp -d)
	at_exit "rm -rf $stun_dir"
	cat >"$stun_dir/turnserver.conf" <<-CONF
	listening-ip=$STUN_SERVER
	listening-ip=$STUN_SERVER2
	listening-port=3478
	alt-listening-port=3479
	no-auth
	stun-only
	${STUN_TCP:+#}no-tcp
	no-tls
	no-dtls
	no-cli
	userdb=$stun_dir/turndb
	pidfile=$stun_dir/turnserver.pid
	log-file=stdout
	simple-log
	CONF
	log "[s1] turnserver"
	# no function here: $! has to be the server
	nsenter --net="/run/netns/${NS[s1]}" turnserver -c "$stun_dir/turnserver.conf" \
		>"$stun_dir/server" 2>&1 3>&- &
	pid=$!
	at_exit "kill $pid"
	# a clock that skips idle time skips what the disk takes, too
	[ -z "${FULLCONE_SOAK:-}" ] || limit=$((60 * limit))
	busywait $limit stun_listens || { cat "$stun_dir/server"; die "turnserver does not listen"; }
}

# The server runs, and h1 and h2 have few ports to give away, so that they collide.
stun_ready() {
	local p h

	for p in turnserver turnutils_natdiscovery stun \
		 "$stun_clients/stun-nat-behaviour" "$stun_clients/go-stun"; do
		type -P "$p" >/dev/null || die "no ${p##*/} (scripts/install-deps clients)"
	done
	stun_server
	for h in h1 h2; do
		must ns $h sysctl -qw net.ipv4.ip_local_port_range="$STUN_PORTS"
	done
}

# client HOST NAME COMMAND...: what it prints goes to $stun_dir/HOST.NAME
client() {
	local out=$stun_dir/$1.$2

	in_host "$1" timeout "$STUN_LIMIT" "${@:3}" >"$out" 2>&1 3>&-
	# what it prints is judged, but not to have ended is a failure
	[ $? -ne 124 ] || echo "did not end in $STUN_LIMIT s" >>"$out"
}

coturn() { # HOST
	client "$1" coturn turnutils_natdiscovery -m -f -L "${HOSTS[$1]#*/}" -l 3000 "$STUN_SERVER"
}

four_clients() { # HOST
	coturn "$1"
	client "$1" stun stun "$STUN_SERVER" -v -p 3000
	client "$1" pion "$stun_clients/stun-nat-behaviour" -server "$STUN_SERVER:3478"
	client "$1" go-stun "$stun_clients/go-stun" -v -s "$STUN_SERVER:3478"
}

# The four, one after the other, on both hosts at once.
ask_four() {
	local h pids=()

	for h in h1 h2; do
		four_clients $h &
		pids+=($!)
	done
	wait "${pids[@]}"
	for h in "$stun_dir"/h[12].*; do
		log "--- ${h##*/}"$'\n'"$(<"$h")"
	done
}

# The client's own words, in one spelling: into $MAPPING and $FILTERING
verdict() { # HOST CLIENT
	local text type

	text=$(<"$stun_dir/$1.$2")
	MAPPING=none
	FILTERING=none
	case $2 in
	coturn)
		if [[ $text =~ 'NAT with '([A-Za-z ]*)' Mapping!' ]]; then
			MAPPING=${BASH_REMATCH[1],,}
		fi
		if [[ $text =~ 'NAT with '([A-Za-z ]*)' Filtering!' ]]; then
			FILTERING=${BASH_REMATCH[1],,}
		fi
		;;
	pion)
		if [[ $text =~ 'NAT mapping behavior: '([a-z ]*) ]]; then
			MAPPING=${BASH_REMATCH[1]}
		fi
		if [[ $text =~ 'NAT filtering behavior: '([a-z ]*) ]]; then
			FILTERING=${BASH_REMATCH[1]}
		fi
		;;
	stun)
		type=$(sed -n 's/^Primary: //p' <<<"$text")
		case $type in
		"Independent Mapping, "*)	MAPPING="endpoint independent" ;;
		?*)				MAPPING=$type ;;
		esac
		case $type in
		*", Independent Filter,"*)	FILTERING="endpoint independent" ;;
		*", Port Dependent Filter,"*)	FILTERING="address and port dependent" ;;
		?*)				FILTERING=$type ;;
		esac
		;;
	go-stun)
		# RFC 3489's types name the two at once
		type=$(sed -n 's/^NAT Type: //p' <<<"$text")
		case $type in
		"Full cone NAT")
			MAPPING="endpoint independent" FILTERING="endpoint independent" ;;
		"Port restricted NAT")
			MAPPING="endpoint independent" FILTERING="address and port dependent" ;;
		"Symmetric NAT")
			MAPPING=symmetric FILTERING=symmetric ;;
		?*)
			MAPPING=$type FILTERING=$type ;;
		esac
		;;
	esac
}

sees() { # CLIENT FILTERING [MAPPING]: on both hosts
	local h

	for h in h1 h2; do
		verdict $h "$1"
		eq "$FILTERING" "$2" "filtering as $1 on $h sees it"
		[ -z "${3:-}" ] || eq "$MAPPING" "$3" "mapping as $1 on $h sees it"
	done
}

sees_full_cone() { sees "$1" "endpoint independent" "endpoint independent"; }

four_agree() {
	local c

	ask_four
	for c in coturn pion stun go-stun; do
		sees_full_cone $c
	done
	one_endpoint_each
}

# "EXTERNAL PORT" of each source port of a host, as its clients saw them. go-stun does
# not say which port it has.
externals() { # HOST
	local f=$stun_dir/$1

	# coturn: "UDP reflexive addr: EXTERNAL" and then "Local addr: : ADDR:PORT"
	# pion: "Local address: ADDR:PORT" of a socket, and then what was seen of it
	# stun: its second socket is the next port; requests 2, 3 and 11 leave from that one
	awk '/UDP reflexive addr: / { seen = $NF }
	     /Local addr: / { sub(/.*:/, ""); print seen, $0 }
	     /Local address: / { sub(/.*:/, ""); port = $0 }
	     /XOR-MAPPED-ADDRESS: / { print $NF, port }
	     /^MappedAddress = / { seen = $NF }
	     /^Received message of type 257/ { print seen, ($NF ~ /=(2|3|11)$/ ? 3001 : 3000) }
	    ' "$f.coturn" "$f.pion" "$f.stun" | sort -u
}

# One external endpoint a source port, whoever asked, and none that both hosts had. The
# engine lists the same.
one_endpoint_each() {
	local h seen e port text
	local -A owner=() of_port=()

	for h in h1 h2; do
		seen=$(externals $h)
		log "$h"$'\n'"$seen"
		has "$seen" " 3000" "what the clients of $h saw of port 3000" || continue
		of_port=()
		while read -r e port; do
			eq "$e" "${of_port[$port]:=$e}" "external endpoint of $h:$port"
			eq "$h" "${owner[$e]:=$h}" "host that has $e"
		done <<<"$seen"

		text=$(<"$stun_dir/$h.go-stun")
		if [[ $text =~ 'External IP: '([0-9.]*).'External Port: '([0-9]*) ]]; then
			e=${BASH_REMATCH[1]}:${BASH_REMATCH[2]}
			eq "${owner[$e]:-nobody}" $h "host that has $e, which go-stun saw"
		else
			fail "go-stun on $h saw no external endpoint"
		fi

		maps r '.mappings[] | select(.int_addr == "'"${ADDR[$h]}"'") |
			"\(.ext_addr):\(.ext_port) \(.int_port)"'
		stock || eq "$(sort <<<"$M")" "$seen" "what fullcone list shows of $h"
	done
}

# B-6: a request to the own external endpoint, from a second socket
coturn_hairpins() {
	local text

	client h1 hairpin turnutils_natdiscovery -H -L "${HOSTS[h1]#*/}" -l 3000 "$STUN_SERVER"
	text=$(<"$stun_dir/h1.hairpin")
	log "$text"
	has "$text" "Received a request (maybe a successful hairpinning)" "coturn -H"
	has_not "$text" "timeout" "coturn -H"
}

hairpins() {
	coturn_hairpins
	has "$(<"$stun_dir/h1.stun")" ", will hairpin" "stun on h1"
	has "$(<"$stun_dir/h2.stun")" ", will hairpin" "stun on h2"
}

# B-7 -c: a host with two addresses, one source port on both
collides() {
	local seen first=${HOSTS[h1]#*/} second=${NET_LAN}11 nodad=()

	[ "$FAMILY" = 4 ] || nodad=(nodad)
	must ns h1 ip addr add "$second/$NET_LEN" dev eth0 "${nodad[@]}"
	client h1 collision turnutils_natdiscovery -c -L "$first" -l 3000 -A "$second" "$STUN_SERVER"
	log "$(<"$stun_dir/h1.collision")"
	seen=$(awk '/UDP reflexive addr: / { e = $NF }
		    /Local addr: / { print $NF, e }' "$stun_dir/h1.collision")
	eq "$(cut -d ' ' -f 1 <<<"$seen")" "$first:3000"$'\n'"$second:3000" "local addresses"
	eq "$(cut -d ' ' -f 2 <<<"$seen" | sort -u | grep -cF "${NET_WAN}1:")" 2 \
		"different external endpoints"
}

no_masquerade() { # ROUTER
	must ns "$1" nft delete table "$(family)" plain
	must ns "$1" conntrack -F
}
