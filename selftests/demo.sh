#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make demo: a router that masquerades, the same router with full-cone NAT, and what
# STUN clients, strangers and the stock tools make of it. Everything that is shown was
# run, in namespaces of its own; the exit status says whether all of it was as told.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/stun.sh"

# lib.sh's own words are of no interest here, unless something goes wrong
exec >&3
demo_log=$(mktemp)
at_exit "rm -f $demo_log"
log() { printf '%s\n' "$*" >>"$demo_log"; }

gap=1	# a blank line is due before the next command
heading_count=0
heading() {
	heading_count=$((heading_count + 1))
	gap=1
	printf '\n\n%d. %s\n%s\n' "$heading_count" "$1" "$(printf '%*s' $((${#1} + 3)) '' | tr ' ' -)"
}

say() {
	gap=1
	printf '\n'
	fmt -w 80 -g 78 <<<"$*"
}

typed() { # HOST COMMAND
	local prompt=$1'$'

	[ "$1" != r ] || prompt='router#'
	[ -z "$gap" ] || printf '\n'
	gap=
	printf '    %s %s\n' "$prompt" "$2"
}

printed() { # what a command printed, or nothing
	[ -n "$1" ] || return
	printf '%s\n' "$1" | sed 's/\t/        /g; /./s/^/    /'
	gap=1
}

# on HOST COMMAND: what a user would type there. Also in $SAID and $STATUS.
on() {
	typed "$1" "$2"
	SAID=$(in_host "$1" bash -c "$2" 2>&1 3>&-)
	STATUS=$?
	printed "$SAID"
}

checks=()
demo_failed=0
check() { # DESCRIPTION COMMAND...
	if "${@:2}"; then
		checks+=("ok      $1")
	else
		checks+=("FAILED  $1")
		demo_failed=1
	fi
}

said() { [[ $SAID == *"$1"* ]]; }

# --- STUN, and a stranger who speaks first

# Of the client's output only what it found.
discover() { # HOST [OPTION]
	on "$1" "turnutils_natdiscovery ${2:-"-m -f"} -L ${ADDR[$1]} -l 3000 $STUN_SERVER |
            grep -oE '(Local|UDP reflexive) addr: .*|NAT with .*'"
	# its first answer is the one for port 3000
	E=$(sed -n 's/.*reflexive addr: //p' <<<"$SAID" | head -n 1)
}

# shellcheck disable=SC2016 # for the shell on the host
hear='socat -u UDP-RECVFROM:3000 SYSTEM:'\''echo "$SOCAT_PEERADDR:$SOCAT_PEERPORT: $(cat)"'\'

hears() { [ -n "$(in_host "$1" ss -Hlnu 'sport = :3000')" ]; }

declare -A LISTENER=()
listen() { # HOST
	typed "$1" "$hear &"
	nsenter --net="/run/netns/${NS[$1]}" timeout 120 bash -c "$hear" \
		>"$stun_dir/$1.heard" 2>&1 3>&- &
	LISTENER[$1]=$!
	busywait 30000 hears "$1" || die "socat does not listen on $1"
}

stranger() { # EXTERNAL WORDS
	on s2 "echo '$2' | socat -u - UDP-SENDTO:$1,bind=203.0.113.21:5000"
}

arrived() { [ -s "$stun_dir/$1.heard" ]; }

heard() { # HOST MS: what came within that time is in $SAID
	busywait "$2" arrived "$1"
	SAID=$(<"$stun_dir/$1.heard")
	kill "${LISTENER[$1]}" 2>/dev/null
	wait "${LISTENER[$1]}" 2>/dev/null
	[ -z "$gap" ] && printf '\n'
	gap=1
	printf '    %s hears: %s\n' "$1" "${SAID:-(nothing)}"
}

# --- the tour

cat <<'TEXT'

  fullcone: full-cone NAT (RFC 4787) on an ordinary Linux router
  ==============================================================

    h1 192.168.1.1 --+                                        +-- s1  203.0.113.11
                     |                                        |       203.0.113.12
                     +-- 192.168.1.254 [router] 203.0.113.1 --+       a STUN server
                     |                              wan       |
    h2 192.168.1.2 --+                                        +-- s2  203.0.113.21
                                                                      a stranger
TEXT

T1
say "Every machine is a network namespace. The router runs Linux $(uname -r), as Debian
ships it. On s1 runs coturn, which answers STUN on two addresses, so that a client can
find out what kind of NAT it is behind (RFC 5780)."
type -P turnserver socat >/dev/null || die "no coturn or socat (scripts/install-deps demo)"
stun_server
typed s1 "turnserver -c turnserver.conf &"

heading "A router that masquerades"
on r "nft add table ip nat"
on r "nft add chain ip nat postrouting '{ type nat hook postrouting priority srcnat; }'"
on r "nft add rule ip nat postrouting oifname wan masquerade"
say "What kind of NAT is that, as seen from h1? (Some seconds: two answers never come.)"
discover h1
check "stock masquerade: address- and port-dependent filtering" \
	said "NAT with Address and Port Dependent Filtering!"
say "So whoever h1 has not written to first, a game's other player or the other end of a
call, does not reach it:"
listen h1
stranger "$E" "hello h1"
heard h1 3000
check "stock masquerade: the stranger is not heard" [ -z "$SAID" ]

heading "One rule makes it full-cone"
say "The masquerade rule stays where it is; it takes what the module leaves. Flows that
were there before keep the translation they began with, so they are made to end."
on r "fullcone rule add oif wan"
check "fullcone rule add succeeds" [ "$STATUS" = 0 ]
on r "conntrack -F"
discover h1
E1=$E
check "fullcone: endpoint-independent mapping" said "NAT with Endpoint Independent Mapping!"
check "fullcone: endpoint-independent filtering" said "NAT with Endpoint Independent Filtering!"

heading "Two hosts, one source port, and a stranger"
say "h1 has been using its port 3000, and h2 wants the same:"
discover h2 -m
E2=$E
check "two hosts on port 3000 have external endpoints of their own: $E1 and $E2" \
	[ "$E1" != "$E2" ]
say "Both listen there, and a stranger to whom neither has ever sent anything writes to
their external endpoints:"
listen h1
listen h2
stranger "$E1" "hello h1"
stranger "$E2" "hello h2"
heard h1 30000
check "the stranger is heard by h1, and seen as who it is" \
	[ "$SAID" = "203.0.113.21:5000: hello h1" ]
heard h2 30000
check "the stranger is heard by h2, and seen as who it is" \
	[ "$SAID" = "203.0.113.21:5000: hello h2" ]

heading "What the router knows"
on r "fullcone list"
check "fullcone list shows h1:3000" said "192.168.1.1:3000"
check "fullcone list shows h2:3000" said "192.168.1.2:3000"

heading "What the stock tools see"
on r "nft list ruleset"
check "nft list ruleset shows the labelling rule" said "ct label set 127"

heading "In short"
printf '\n'
printf '    %s\n' "${checks[@]}"
printf '\n'
if [ "$demo_failed" -ne 0 ]; then
	printf 'Not all of it was as it should be. What happened behind the scenes:\n\n'
	tail -n 200 "$demo_log"
else
	cat <<-'TEXT'
	    On a router of your own:   make && sudo make install
	                               sudo fullcone rule add oif eth0
	                               sudo fullcone list
	    To look around in here:    sudo scripts/vm --shell
	                               selftests/run -i T1
	TEXT
fi
exit "$demo_failed"
