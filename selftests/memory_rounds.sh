# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shared with lib.sh and the test files
#
# Rounds in which one allocation of a packet's fails, the first, the second and so on: X-E5.
# For test files; failslab.sh comes first.
#
# A kind of packet is two functions: KIND_begin makes what it needs and sets EXT, what it must
# be seen as, and KIND_send sends it with `ask`. With AGAIN the sender sends once more what is
# lost, as TCP does.

declare -A WHAT=()	# "KIND K" -> what became of the packet
AGAIN=

# The K-th allocation fails while the packet is on its way through the router: it is lost
# and counted, or arrives as it should. What comes next arrives, from the same endpoint.
# Fails if there were fewer allocations.
one_round() { # KIND THREAD K
	local lost='' hit='' before

	"$1_begin"
	before=$S
	marker "$1 $3"
	fail_nth "$2" "$3"
	"$1_send" || lost=1
	! was_hit "$2" || hit=1
	fail_nth "$2" 0
	[ -n "$hit$lost" ] || eq "${ANSWER%% *}" "$EXT" "$1: source shown"
	if [ -z "$hit" ]; then
		[ -z "$lost" ] || fail "$1: lost, though no allocation has failed"
		return 1
	fi
	[ -n "$lost" ] || eq "${ANSWER%% *}" "$EXT" "$1 $3: source shown"
	stat r nomem
	case $lost$((S - before))$AGAIN in
	0*)	WHAT["$1 $3"]=arrived ;;
	11*)	WHAT["$1 $3"]=counted ;;
	1again)	WHAT["$1 $3"]=counted ;;
	10*)	WHAT["$1 $3"]=lost ;;
	*)	fail "$1 $3: nomem went up by $((S - before)), lost: ${lost:-no}" ;;
	esac
	if "$1_send"; then
		eq "${ANSWER%% *}" "$EXT" "$1 $3: source shown afterwards"
	else
		fail "$1 $3: the next one is lost, too"
	fi
}

each_allocation() { # KIND THREAD
	local k

	stat r nomem
	for ((k = 1; k <= 99; k++)); do
		one_round "$1" "$2" $k || break
	done
	[ $k -le 99 ] || fail "$1: no end of allocations"
	[ $k -gt 1 ] || fail "$1: no allocation has failed"
	for ((k--; k > 0; k--)); do
		log "$1 $k: ${WHAT["$1 $k"]:-?}"
	done
}

counted_rounds() { # KIND: those whose packet was dropped for want of memory, into $N
	local key

	N=0
	for key in "${!WHAT[@]}"; do
		[[ $key != "$1 "* || ${WHAT[$key]} != counted ]] || N=$((N + 1))
	done
}

# Those functions of ours were refused memory, and no packet was lost by any of ours uncounted.
rounds_traced() { # FUNCTION...
	local f key chain

	fail_traces
	for f; do
		grep -qE "\*$f" <<<"$TRACES" || fail "no allocation of $f has failed"
	done
	for key in "${!WHAT[@]}"; do
		[[ $'\n'$TRACES == *$'\n'"$key|"* ]] || fail "$key: nobody knows what has failed"
	done
	while IFS='|' read -r key chain; do
		[ -z "$key" ] || [ "${WHAT[$key]:-}" != lost ] || [[ $chain != *'*'* ]] ||
			fail "$key: lost, not counted: $chain"
	done <<<"$TRACES"
}
