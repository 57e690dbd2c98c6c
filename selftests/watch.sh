# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shared with lib.sh and the test files
#
# Watching what the engine tells: events, the counters of what it drops, ICMP errors and
# the kernel log. For test files; lib.sh comes first.

# --- events ----------------------------------------------------------------------

WATCHER=

# watch NAME: the events of the namespace go to the file $EVENTS, an object a line
watch() {
	stock && return 0
	EVENTS=$(mktemp)
	at_exit "unwatch; rm -f $EVENTS $EVENTS.err"
	"$PROBE" in "${NS[$1]}" fullcone monitor -j -v >>"$EVENTS" 2>"$EVENTS.err" \
		3>&- 8>&- 9<&- &
	WATCHER=$!
	busywait 10000 grep -q listening "$EVENTS.err" || die "fullcone monitor does not listen"
}

unwatch() {
	[ -n "$WATCHER" ] || return 0
	kill -CONT "$WATCHER" 2>/dev/null
	kill "$WATCHER" 2>/dev/null
	wait "$WATCHER"
	WATCHER_STATUS=$?
	WATCHER=
}

# events JQ: what jq makes of the array of all events so far, into $V
events() {
	stock && { V=stock; return 0; }
	V=$(jq -cs "$1" "$EVENTS") || fail "the events are no valid JSON: $(tail -3 "$EVENTS")"
	log "events $1: $V"
}

event_is() { # JQ VALUE
	events "$1"
	[ "$V" = "$2" ]
}

# After the steps before it: their events are in the file.
events_settle() { # NAME, a router with a host h3 behind it
	stock && return 0
	ns "$1" fullcone profile set default >/dev/null
	SETTLE=$((${SETTLE:-60000} + 1))
	ask pass h3:$SETTLE s1a:9 s1a:9 || { fail "$ANSWER"; return; }
	busywait 5000 grep -q "\"event\":8.*\"int_port\":$SETTLE," "$EVENTS" ||
		fail "no event of h3:$SETTLE"
}

# events_are JQ VALUE: it comes to that, within a while
events_are() {
	stock && return 0
	busywait 5000 event_is "$1" "$2" || fail "events $1: is $V, should be $2"
}

# rationed EVENT N: there are N of them at least, each a second after the one before, but for what
# a late tick of a starved guest makes of it
rationed() {
	stock && return 0
	busywait 3000 event_is "[.[] | select(.event == $1)] | length >= $2" true ||
		fail "fewer than $2 events $1"
	events "[[.[] | select(.event == $1)] | group_by(.profile)[] | map(.time_ms) as \$t |
		range(1; \$t | length) | \$t[.] - \$t[. - 1] | select(. < 900)]"
	eq "$V" "[]" "milliseconds between two events $1 of a profile"
}

# --- counters of drops -------------------------------------------------------------

DROPS=(local_service not_open clash_drop clash_killed unreplied_killed hold_reuse no_port
	no_address table_full nomem host_limit host_rate in_max in_pressure events_lost)
declare -A DROPPED=()

# dropping NAME, then steps, then `dropped NAME COUNTER=N...`: those moved by that much,
# and no other counter of DROPS did (M-3)
dropping() {
	local c json

	stock && return 0
	json=$(ns "$1" fullcone stats -j) || fail "fullcone stats -j"
	for c in "${DROPS[@]}"; do
		[[ $json =~ \"$c\":([0-9]+) ]] || { fail "no counter $c in $json"; continue; }
		DROPPED[$1/$c]=${BASH_REMATCH[1]}
	done
}

dropped() {
	local name=$1 c json n want

	shift
	stock && return 0
	json=$(ns "$name" fullcone stats -j) || fail "fullcone stats -j"
	for c in "${DROPS[@]}"; do
		[[ $json =~ \"$c\":([0-9]+) ]] || { fail "no counter $c in $json"; continue; }
		n=$((BASH_REMATCH[1] - DROPPED[$name/$c]))
		want=0
		[[ " $* " != *" $c="* ]] || { want=" $*"; want=${want##* "$c"=}; want=${want%% *}; }
		eq "$n" "$want" "counter $c went up"
	done
}

# The counters of all profiles add up to those of the namespace, and so do those of the protocols
# (M-3): where no profile with mappings has been deleted, and memory has not run out.
do_parts_add_up() { # NAME
	PARTS=$(ns "$1" fullcone stats -j | jq -c '. as $all | [("profiles", "protocols") as $parts |
		($all[$parts][0] | keys - ["profile", "protocol", "mappings_max"])[] as $k |
		($all[$parts] | map(.[$k]) | add) as $sum | select($sum != $all.stats[$k]) |
		"\($k) of all \($parts): \($sum), not \($all.stats[$k])"]')
	[ "$PARTS" = "[]" ]
}
parts_add_up() { # NAME
	stock || busywait 3000 do_parts_add_up "$1" || fail "$PARTS"
}

# --- ICMP errors at a host -----------------------------------------------------------

count_icmp() { # NAME: from now on
	rules "$1" <<-'NFT'
	table ip watch {
		counter unreachable {}
		chain input {
			type filter hook input priority filter; policy accept;
			icmp type destination-unreachable counter name unreachable
		}
	}
	NFT
}

icmp_count() { # NAME, into $N: since the last question
	N=$(ns "$1" nft -j reset counter ip watch unreachable |
		jq '.nftables[] | select(.counter) | .counter.packets')
	log "ICMP errors at $1: $N"
}

# --- the kernel log --------------------------------------------------------------------

# logged TEXT: since the file began to run
logged() {
	[ "$(dmesg | awk -v m="selftests: ${test_file%.sh} " -v t="$1" \
		'index($0, m) { n = 0 } index($0, t) { n++ } END { print n + 0 }')" -gt 0 ]
}
