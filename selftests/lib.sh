# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # the test files read them
#
# What every test file sources. A test file is a list of
#
#	testcase "U-1 what must hold"
#	...steps and assertions...
#
# and ends with `finish`. A failed assertion fails its case and lets the file go on.
# Results go to file descriptor 3 if `selftests/run` opened it, else to standard
# output; all else (every command, every datagram) is the log, on standard error.
#
#	U h1:3000 s1a:3001 [VAR]	a datagram that must arrive; E (and VAR) = the
#					source the receiver saw, its external endpoint
#	in_ s2b:5000 "$E" h1:3000	must arrive at h1:3000, from s2b:5000 itself
#	in_none s2b:5000 "$E"		must arrive nowhere
#
# FC_STOCK=1 runs the file against plain masquerade, without the module: what only
# the module could answer (profiles, list, counters) is then not asked.

set -u -o pipefail

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
top=${here%/*}
PROBE=${PROBE:-$top/build/selftests/probe}
FAMILY=${FAMILY:-4}	# 6: the topologies are IPv6, and the engine's rule is
PROTO=${PROTO:-udp}	# tcp: U, in_ and the like are connections
FC_STOCK=${FC_STOCK:-}
FC_UNTIL=${FC_UNTIL:-}	# a row: stop when a case of it has failed
FC_ID=${FC_ID:-$$}	# in the name of every namespace
SLOW=${KSFT_MACHINE_SLOW:-}
test_file=${0##*/}
export PATH="$top/build:$top/build/userspace:$PATH"

if ! { true >&3; } 2>/dev/null; then
	exec 3>&1
fi
# the log has a descriptor of its own, so that what a command prints can be looked at
# without the log's line about that command
exec 1>&2 4>&2

log() { printf '%s\n' "$*" >&4; }
stock() { [ -n "$FC_STOCK" ]; }

# --- cases -------------------------------------------------------------------

case_name=
case_failed=
case_skip=
file_failed=0
enough=
case_began=0

clock() { # into $now: milliseconds
	local t=$EPOCHREALTIME

	now=$((${t%[.,]*} * 1000 + 10#${t#*[.,]} / 1000))
}

case_end() {
	[ -n "$case_name" ] || return 0
	local took

	clock
	took=$((now - case_began))
	took=$((took / 1000)).$(((took % 1000) / 100))s
	if [ -n "$case_failed" ]; then
		file_failed=1
		printf 'not ok %s # %s\n' "$case_name" "$took" >&3
		[ -z "$FC_UNTIL" ] || [[ $case_name != "$FC_UNTIL "* ]] || enough=1
	elif [ -n "$case_skip" ]; then
		printf 'ok %s # SKIP %s\n' "$case_name" "$case_skip" >&3
	else
		printf 'ok %s # %s\n' "$case_name" "$took" >&3
	fi
	case_name=
}

testcase() {
	case_end
	if [ -n "$enough" ]; then
		finished=1
		exit 1
	fi
	case_name=$1
	case_failed=
	case_skip=
	clock
	case_began=$now
	log "=== $case_name"
}

fail() {
	case_failed=1
	log "FAIL: $* (${test_file} line $(caller_line))"
	return 1
}

# The line of the test file itself. A file that repeats another's cases (`# as: FILE`) sources
# that one.
caller_line() {
	local i line='?'

	for ((i = 1; i < ${#BASH_SOURCE[@]}; i++)); do
		case ${BASH_SOURCE[i]##*/} in
		lib.sh | tcp_lib.sh | connections.sh | topology.sh | watch.sh) ;;
		*) line=${BASH_LINENO[i - 1]}; break ;;
		esac
	done
	echo "$line"
}

skip() { case_skip=$*; log "SKIP: $*"; }

# Nothing works without this: the file cannot go on.
die() {
	[ -n "$case_name" ] || testcase "$test_file: set-up"
	fail "$*"
	exit 1
}

# The last line of every test file. What must not arrive may still be on its way.
finish() {
	if [ -n "$AGENT" ]; then
		ask settle || fail "$ANSWER"
	fi
	case_end
	finished=1
	exit "$file_failed"
}

# --- cleaning up ---------------------------------------------------------------

finished=
undo=()
at_exit() { undo+=("$*"); }

# public FILE...: copies into $PUBLIC for users who cannot read the repository, as where it is
# below /root. That it runs there shows that nothing but what is tested refuses them.
public() {
	PUBLIC=$(mktemp -d)
	at_exit "rm -rf '$PUBLIC'"
	must cp "$@" "$PUBLIC"
	must chmod -R a+rX "$PUBLIC"
	must setpriv --reuid=65534 --regid=65534 --clear-groups "$PUBLIC/fullcone" --version
}

cleanup() {
	local i ns

	[ -n "$finished" ] || case_end
	for ((i = ${#undo[@]} - 1; i >= 0; i--)); do
		eval "${undo[i]}" 2>/dev/null
	done
	agent_stop
	for ns in "${NS[@]}"; do
		printf 'netns del %s\n' "$ns"
	done | ip -force -b - 2>/dev/null
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# --- namespaces, commands --------------------------------------------------------

declare -A NS=()	# r -> the real name of the namespace

# ns NAME COMMAND...: in the namespace that the topology calls NAME
ns() {
	local name=$1
	shift
	log "[$name] $*"
	"$PROBE" in "${NS[$name]}" "$@"
}

run() { log "\$ $*"; "$@"; }

# The command must succeed.
must() { "$@" || fail "failed: $*"; }

# The command must fail.
must_not() {
	if "$@"; then
		fail "should have failed: $*"
	fi
}

# nft NAME: the ruleset on standard input, in the namespace NAME
rules() {
	local text

	text=$(cat)
	log "[$1] nft -f - <<'"$'\n'"$text"
	"$PROBE" in "${NS[$1]}" nft -f - <<<"$text" || fail "nft refused the ruleset"
}

# busywait MS COMMAND...: until it succeeds. On a slow machine one try may take longer
# than that: the last one always begins after the time is over.
busywait() {
	local end last='' ms=$1

	shift
	clock
	end=$((now + ms))
	until "$@"; do
		[ -z "$last" ] || return 1
		read -r -t 0.1 <> <(:) || :
		clock
		[ "$now" -lt "$end" ] || last=1
	done
}

# --- the agent ------------------------------------------------------------------

AGENT=

# Against masquerade most datagrams do not arrive: there it waits less.
agent_start() {
	[ -x "$PROBE" ] || die "no $PROBE: run make -C selftests"
	coproc AGENT_PROC { exec "$PROBE" agent ${FC_STOCK:+800} 3>&-; }
	AGENT=$AGENT_PROC_PID
	# a coprocess' own descriptors do not reach subshells
	exec 8>&"${AGENT_PROC[1]}" 9<&"${AGENT_PROC[0]}"
}

agent_stop() {
	[ -n "$AGENT" ] || return 0
	exec 8>&- 9<&-
	kill "$AGENT" 2>/dev/null
	wait "$AGENT" 2>/dev/null
	AGENT=
}

# One command to the agent; its answer without the "ok" is in ANSWER.
ask() {
	local verdict=

	printf '%s\n' "$*" >&8 || die "the agent is gone"
	IFS=' ' read -r -t "${ASK_TIMEOUT:-120}" verdict ANSWER <&9 || die "the agent does not answer: $*"
	log "> $*  < $verdict $ANSWER"
	[ "$verdict" = ok ]
}

# For steps that are no assertions of their own: sockets, sysctls.
tell() { ask "$@" || fail "$ANSWER"; }

# --- datagrams --------------------------------------------------------------------

PASS=pass
NONE=none
if [ "$PROTO" = tcp ]; then
	PASS=tcp
	NONE=noconn
fi

U() { # SRC DST [VAR] [HOW...]
	local src=$1 dst=$2 var=

	shift 2
	if [ $# -gt 0 ] && [[ $1 != *=* ]]; then
		var=$1
		shift
	fi
	E=none
	if ask $PASS "$src" "$dst" "$dst" "$@"; then
		E=${ANSWER%% *}
	else
		fail "$ANSWER"
	fi
	[ -z "$var" ] || printf -v "$var" %s "$E"
	[ "$E" != none ]
}

declare -A ADDR=()	# h1 -> 192.168.1.1

ep() { # h1:3000 -> 192.168.1.1:3000, into $EP
	EP=${ADDR[${1%%:*}]:-${1%%:*}}:${1#*:}
}

in_() { # SRC DST RCV [HOW...]: the source shown is SRC itself
	ep "$1"
	in_from "$EP" "$@"
}

in_from() { # SHOWN SRC DST RCV [HOW...]
	local shown=$1

	shift
	ask $PASS "$@" || { fail "$ANSWER"; return; }
	[ "${ANSWER%% *}" = "$shown" ] || fail "$1 > $2 came from ${ANSWER%% *}, not from $shown"
}

# got: must arrive; E = the source shown, to be looked at afterwards
got() { # SRC DST RCV [HOW...]
	E=none
	ask $PASS "$@" || { fail "$ANSWER"; return; }
	E=${ANSWER%% *}
}

# For one step of another protocol than the file's.
udp() { local PASS=pass NONE=none; "$@"; }
tcp() { local PASS=tcp NONE=noconn; "$@"; }

# For hosts where nobody listens on the ports that a tap watches: no errors for what comes.
quiet() { # NAME...
	local h

	for h; do
		rules "$h" <<-'NFT'
		table ip quiet {
			chain output {
				type filter hook output priority filter; policy accept;
				icmp type destination-unreachable drop
			}
		}
		NFT
	done
}

# Many flows: all must arrive. From how many sources: $DISTINCT.
flood() { # HOST ADDR LO HI DST [RCV]
	tell flood "$@"
	read -r _ ARRIVED DISTINCT _ <<<"$ANSWER"
	eq "$ARRIVED" $(($4 - $3 + 1)) "datagrams of the flood that arrived"
}

at() { # MS after the last `tell mark`
	# the agent answers only then
	local ASK_TIMEOUT=$(($1 / 1000 + 120))

	tell at "$1"
	[ "$ANSWER" -lt $(($1 + 700)) ] || log "LATE: this step comes at $ANSWER ms"
}

in_none() { ask $NONE "$@" || fail "$ANSWER"; }

# For polling: nothing is asserted.
in_try() { ask $PASS "$1" "$2" "$3" wait=100; }

# steer EP PORT: a BPF program gives the router's socket EP, of the file's protocol, what comes
# to PORT. Where the kernel has no BPF, the case is skipped.
steer() {
	ask steer "$PROTO" "$@" && return
	if [ "$ANSWER" = "no BPF" ]; then
		skip "no BPF in this kernel"
	else
		fail "$ANSWER"
	fi
	return 1
}

# --- assertions ---------------------------------------------------------------------

eq() { [ "$1" = "$2" ] || fail "${3:-}: is '$1', should be '$2'"; }
ne() { [ "$1" != "$2" ] || fail "${3:-}: both are '$1'"; }
le() { [ "$1" -le "$2" ] || fail "${3:-}: is $1, should be at most $2"; }
ge() { [ "$1" -ge "$2" ] || fail "${3:-}: is $1, should be at least $2"; }
has() { [[ $1 == *"$2"* ]] || fail "${3:-}: no '$2' in: $1"; }
has_not() { [[ $1 != *"$2"* ]] || fail "${3:-}: '$2' in: $1"; }

# --- the engine -----------------------------------------------------------------------

family() { # what nft and the rule call it
	if [ "$FAMILY" = 6 ]; then echo ip6; else echo ip; fi
}

# engine NAME [DEV...]: full-cone NAT in the namespace NAME, out of DEV (wan)
engine() {
	local name=$1 dev

	shift
	[ $# -gt 0 ] || set -- wan
	for dev; do
		if stock; then
			rules "$name" <<-NFT
			table $(family) stock {
				chain postrouting {
					type nat hook postrouting priority srcnat; policy accept;
					oifname "$dev" masquerade
				}
			}
			NFT
		else
			ns "$name" fullcone rule add oif "$dev" family "$(family)" ||
				die "fullcone rule add failed"
		fi
	done
}

# The module goes and comes; every namespace but the host's own is inactive then.
unload() { stock || run rmmod nf_nat_fullcone || fail "rmmod"; }
load() { stock || run modprobe nf_nat_fullcone "$@" || fail "modprobe"; }

# reload NAME [DEV...]: and the engine of that namespace is active again
reload() {
	unload
	load
	engine "$@"
}

# profile NAME KEY=VALUE...
profile() {
	local name=$1

	shift
	stock || ns "$name" fullcone profile set default "$@" || fail "profile set $*"
}

says() { # WORD WORDS...: fullcone in r refuses, and says so with that word
	local word=$1 out

	shift
	out=$(ns r fullcone "$@" 2>&1) && fail "accepted: $*"
	log "$out"
	has "$out" "$word" "what it says to: $*"
}

# scaled NAME [KEY=VALUE...]: the timers of the specification, divided. UDP and HOLD are
# seconds, T is UDP in milliseconds. Where a question to the engine takes long, they are
# longer: the steps of a test must fit between them.
scaled() {
	local name=$1 began

	UDP=6
	clock
	began=$now
	stat "$name" active
	stat "$name" active
	clock
	log "two questions took $((now - began)) ms"
	[ $((now - began)) -lt 1000 ] || UDP=12
	[ $((now - began)) -lt 2500 ] && [ -z "$SLOW" ] || UDP=24
	stock && UDP=6
	HOLD=$((UDP / 2))
	T=$((UDP * 1000))
	shift
	profile "$name" unsafe_timeouts=1 udp="$UDP" udp_hold="$HOLD" "$@"
}

# maps NAME JQ [FILTER...]: what jq makes of `fullcone list -j`, into $M
maps() {
	local name=$1 expr=$2 json

	shift 2
	if stock; then
		M=stock
		return 0
	fi
	json=$(ns "$name" fullcone list -j "$@") || fail "fullcone list -j $*"
	M=$(jq -r "$expr" <<<"$json") || fail "no valid JSON of fullcone list -j: $json"
	log "maps $expr: $M"
}

# column NAME COLUMN [FILTER...]: one column of `fullcone list`, into the array ROWS
column() {
	local name=$1 col=$2

	shift 2
	ROWS=(stock)
	stock && return 0
	mapfile -t ROWS < <(ns "$name" fullcone list --noheadings -o "$col" "$@" || echo failed)
	log "$col: ${ROWS[*]}"
}

# n_maps NAME N [FILTER...]: there are N mappings
n_maps() {
	local name=$1 n=$2

	shift 2
	column "$name" int_port "$@"
	[ "${ROWS[0]:-}" != failed ] || fail "fullcone list $*"
	stock || eq "${#ROWS[@]}" "$n" "number of mappings ($*)"
}

# stat NAME COUNTER: into $S
stat() {
	local json

	S=0
	stock && return 0
	json=$(ns "$1" fullcone stats -j) || fail "fullcone stats -j"
	[[ $json =~ \"$2\":([0-9]+) ]] || { fail "no counter $2 in $json"; return; }
	S=${BASH_REMATCH[1]}
	log "stat $2: $S"
}

# counting NAME COUNTER... then steps, then `counted NAME COUNTER N`: it went up by N
declare -A COUNT=()
counting() {
	local name=$1 c json

	shift
	stock && return 0
	json=$(ns "$name" fullcone stats -j) || fail "fullcone stats -j"
	for c; do
		[[ $json =~ \"$c\":([0-9]+) ]] || { fail "no counter $c in $json"; continue; }
		COUNT[$name/$c]=${BASH_REMATCH[1]}
	done
}

counted() {
	stock && return 0
	stat "$1" "$2"
	eq $((S - COUNT[$1/$2])) "$3" "counter $2 went up"
}

# state NAME HOST:PORT: the state of the mapping of that internal endpoint, into $M
state() {
	ep "$2"
	column "$1" state int "$EP"
	M=${ROWS[0]:-none}
}

is_state() { # NAME HOST:PORT STATE
	state "$1" "$2"
	[ "$M" = "$3" ] || stock
}

# of the mapping of an internal endpoint, into $M
flags() { # NAME HOST:PORT
	ep "$2"
	column "$1" flags int "$EP"
	M=${ROWS[0]:-none}
}

sessions_of() { # NAME HOST:PORT
	ep "$2"
	column "$1" sessions int "$EP"
	M=$(xargs <<<"${ROWS[0]:-none}")
}

# sessions NAME [conntrack options]: the number of conntrack entries
sessions() {
	local name=$1

	shift
	[ "$FAMILY" = 4 ] || set -- -f ipv6 "$@"
	C=$(ns "$name" conntrack -L "$@" 2>/dev/null | grep -c .)
	log "conntrack entries: $C"
}

# conntrack counts labels by words of 32 bits, which is what nft does on little-endian machines.
conntrack_label() { # N: what conntrack calls nft's label N
	case $(printf '\1\0' | od -An -td2) in
	*256) echo $(($1 ^ 96)) ;;
	*) echo "$1" ;;
	esac
}
