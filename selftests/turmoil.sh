# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shared with lib.sh and the test files
#
# X-R5: what an administrator and the network do to a router, while two CPUs send through
# it in both directions. For race_change.sh and soak_change.sh; topology T2.

link_gone() { ! ip -n "${NS[$1]}" link show dev "$2" >/dev/null 2>&1; } # NAME DEV

# r2 as T2 has made it: its links end with it, at h2 and at w as well.
r2_remake() {
	local link name

	# deleting a namespace goes on when the command has returned
	busywait 20000 link_gone h2 eth0 || fail "what was r2 does not end"
	{
		echo "netns add ${NS[r2]}"
		for link in "${links[@]}"; do
			[[ $link != *" netns ${NS[r2]}"* ]] || echo "$link"
		done
	} | ip -b - || fail "cannot make r2 again"
	ns r2 sysctl -q -w net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.ip_forward=1
	# of what these say, some is there still
	for name in r2 h2 w; do
		ip -n "${NS[$name]}" -force -b - <<<"${BATCH[$name]}" 2>/dev/null
	done
	stock || must ns r2 fullcone rule add oif wan
}

address_change() {
	ns r1 ip -b - <<-'IP' || fail "cannot change the address of r1"
		addr del 203.0.113.1/24 dev wan
		addr add 203.0.113.1/24 dev wan
	IP
}

rule_change() {
	must ns r1 fullcone rule del oif wan
	must ns r1 fullcone rule add oif wan
}

profile_change() {
	must ns r1 fullcone profile set default udp=$((300 + RANDOM % 100)) udp_hold=$((RANDOM % 2 * 120))
	must ns r1 fullcone profile set other label=126 ports=20000-$((30000 + RANDOM % 10000))
	must ns r1 fullcone profile del other
}

module_change() {
	# a dump that is going on holds it
	busywait 10000 rmmod nf_nat_fullcone || fail "cannot unload the module"
	must modprobe nf_nat_fullcone
	must ns r1 fullcone rule add oif wan
	must ns r2 fullcone rule add oif wan
}

dump_check() {
	local json

	json=$(ns r1 fullcone list -j) || { fail "fullcone list -j"; return; }
	json=$(jq -c '[.mappings[] | select(.proto == "udp") | "\(.ext_addr):\(.ext_port)"] |
		group_by(.) | map(select(length > 1)[0])' <<<"$json") || fail "no valid JSON"
	eq "$json" "[]" "external endpoints of two mappings"
}

# Beside all that.
meddle() {
	trap 'exit 0' TERM
	while :; do
		"$PROBE" in "${NS[r1]}" fullcone list -j
		"$PROBE" in "${NS[r1]}" conntrack -D -p udp --orig-src 192.168.1.1
		"$PROBE" in "${NS[r1]}" fullcone flush all
		read -r -t 0.3 <> <(:)
	done
}

# turmoil SECONDS
turmoil() {
	local end=$((SECONDS + $1)) cycles=0 meddler pace=1000

	[ -z "$SLOW" ] || pace=4000
	tell forget "${NS[r2]}"	# the agent's hold on it
	tell storm start $pace s1a:0 h1:0 h2:0
	meddle >/dev/null 2>&1 3>&- 8>&- 9<&- &
	meddler=$!
	while [ $SECONDS -lt $end ] || [ $cycles -lt 1 ]; do
		stock || must ns r1 fullcone flush all
		must ip netns del "${NS[r2]}"
		stock || rule_change
		address_change
		r2_remake
		stock || profile_change
		ns r1 conntrack -F
		stock || dump_check
		stock || module_change
		cycles=$((cycles + 1))
	done
	kill $meddler
	wait $meddler
	tell storm stop
	read -r SENT OUT IN <<<"$ANSWER"
	log "$cycles cycles; sent $SENT, out $OUT, in $IN"
	ge "$OUT" $((SENT / 10)) "datagrams that got out"
	ge "$IN" $((SENT / 100)) "datagrams that got in"
}

# Everything works as if nothing had been.
calm() {
	local i

	for i in 1 2; do
		U h$i:3000 s1a:3000
		in_ s1b:5000 "$E" h$i:3000
		stock || must ns r$i fullcone flush all
		n_maps r$i 0
		U h$i:3000 s1a:3000
		in_ s1b:5001 "$E" h$i:3000
	done
}
