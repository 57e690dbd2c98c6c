# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # names that the other parts of the bench set or use
#
# The work `taken`: a table that one host fills, and another host's new endpoints, whose
# ports are all the first one's.

FILLER=192.168.1.10
LATE=192.168.1.11
FIRST_PORT=1024
LEVELS="1000 10000 30000 60000"
# Samples of one packet; a microsecond is a thousand instructions, so more of them.
SINGLES=5

# Round 1 is all of it, and 0, the rehearsal, what begins it: three hundred ports that
# nobody has.
work_taken() {
	local n live

	taken_free "$1" || return 1
	[ "$round" -gt 0 ] || return 0
	taken_first "$1" || return 1
	live=$((2 * SLICES * SLICE + SINGLES))
	filled=0
	late=$((FIRST_PORT + 100))
	for n in $LEVELS; do
		taken_fill "$1" $((n - live)) &&
			taken_sampled "taken-$n" "$1" || return 1
		live=$((n + SLICES * SLICE))
	done
	taken_last "$1"
}

# In the range of ports that is filled last
taken_free() { # VARIANT
	local i

	for ((i = 0; i < SLICES; i++)); do
		out_from "$1" $SLICE $FILLER \
			$((63000 + (round * SLICES + i) * SLICE)) $SLICE $SERVICE 1 &&
			sample_out taken-0 "$1" || return 1
	done
}

taken_first() { # VARIANT
	local i

	for ((i = 0; i < SINGLES; i++)); do
		out_from "$1" 1 $FILLER $((64000 + i)) 1 $SERVICE 1 &&
			sample_out port-first "$1" || return 1
	done
}

# N ports more of the first host's.
taken_fill() { # VARIANT N
	unmeasured "$1" "$2" $FILLER $((FIRST_PORT + filled)) "$2" $SERVICE 1 &&
		filled=$((filled + $2)) &&
		forget_losses "$1"
}

# Stock masquerade does not find a port for all of them: not what is measured next.
forget_losses() { # VARIANT
	[ "$1" = gen ] || sink_read "bench-$1-s" s0 && sent_out[$1]=0
}

taken_sampled() { # NAME VARIANT
	local i

	for ((i = 0; i < SLICES; i++)); do
		out_from "$2" $SLICE $LATE $late $SLICE $SERVICE 1 &&
			sample_out "$1" "$2" || return 1
		late=$((late + SLICE))
	done
}

# All ports are given away, and one comes back, which is the last free one; and so on.
taken_last() { # VARIANT
	local i r=bench-$1-r

	[ "$1" != masquerade_full ] || return 0
	if [ "$1" != gen ]; then
		unmeasured "$1" $((65534 - FIRST_PORT - filled)) $FILLER $((FIRST_PORT + filled)) \
			$((65534 - FIRST_PORT - filled)) $SERVICE 1 &&
			unmeasured "$1" 6000 $LATE 50000 6000 $SERVICE 1 &&
			forget_losses "$1" || return 1
		full=$(mappings_of "$r") || return 1
	fi
	for ((i = 0; i < SINGLES; i++)); do
		if [ "$1" != gen ]; then
			in_ns "$r" fullcone flush udp int $FILLER:$((FIRST_PORT + 5000 + i)) \
				> /dev/null && fewer_mappings "$r" || return 1
		fi
		out_from "$1" 1 $LATE $((40000 + i)) 1 $SERVICE 1 &&
			sample_out port-last "$1" || return 1
	done
}

mappings_of() { # NS
	in_ns "$1" fullcone stats -j | jq -e .stats.mappings
}

# Its port is given back after its flows have been ended.
fewer_mappings() { # NS
	local i

	for ((i = 0; i < 100; i++)); do
		[ "$(mappings_of "$1")" -ge "$full" ] || return 0
		sleep 0.1
	done
	echo "bench: a mapping that was flushed is still there" >&2
	return 1
}
