# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # the test files read them
#
# Nine kinds of NAT on one router at once: a profile for each pair of mapping and filtering
# behaviour, chosen by the host's source port. So a test that waits for missing answers
# waits only once for all nine. For topology T1, with stun.sh.

KINDS=(eim+eif eim+adf eim+apdf adm+eif adm+adf adm+apdf apdm+eif apdm+adf apdm+apdf)

# as coturn's client calls them
declare -A WORDS=(
	[eim]="endpoint independent" [eif]="endpoint independent"
	[adm]="address dependent" [adf]="address dependent"
	[apdm]="address and port dependent" [apdf]="address and port dependent"
)

# Each kind has a thousand ports, and each run of the tests four of its own of them: what a
# filter lets in depends on where the port has sent before.
port_of() { # KIND RUN 0..3: into $PORT
	PORT=$((3000 + 1000 * $1 + 4 * $2 + $3))
}

nine_kinds() { # on r
	local i port ip6=off select=

	[ "$FAMILY" = 4 ] || ip6=on
	if stock; then
		engine r
		return
	fi
	for i in "${!KINDS[@]}"; do
		must ns r fullcone profile set "kind$i" label=$((100 + i)) ip6=$ip6 \
			"map=${KINDS[i]%+*}" "filter=${KINDS[i]#*+}"
		port_of "$i" 0 0
		select+="meta l4proto { tcp, udp } th sport $PORT-$((PORT + 999))"
		select+=" ct label set $((100 + i))"$'\n'
	done
	rules r <<-NFT
	table $(family) kinds {
		chain postrouting {
			type nat hook postrouting priority srcnat - 10; policy accept;
			oifname != "wan" accept
			$select
		}
	}
	NFT
}
