#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: modes
# The tables of the mapping behaviours, and all nine pairs of mapping and filtering.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

TS
engine r
profile r alloc=sequential ports=4500-4599
EXT=${ADDR[rw]}

fresh() { # MAP FILTER
	stock || ns r fullcone flush all
	ns r conntrack -F
	profile r "map=$1" "filter=$2"
}

# What an external endpoint may depend on, of a destination.
depends() { # MAP DESTINATION: into $KEY
	case $1 in
	eim)	KEY=all ;;
	adm)	KEY=${2%%:*} ;;
	apdm)	KEY=$2 ;;
	esac
}

# Equal external endpoints where the mode wants it, and different ones elsewhere. In the
# order of the table the ports are those of the table: the lowest that is free, each time.
declare -A SEEN=()	# key -> external endpoint
declare -A OWNER=()	# the other way round
table() { # MAP HOST:PORT DESTINATION...
	local map=$1 src=$2 dst

	shift 2
	SEEN=()
	OWNER=()
	for dst; do
		U "$src" "$dst" || continue
		depends "$map" "$dst"
		eq "$E" "${SEEN[$KEY]:=$E}" "external endpoint towards $dst, and before"
		eq "$KEY" "${OWNER[$E]:=$KEY}" "whose external endpoint $E is"
	done
	n_maps r ${#SEEN[@]} int "${ADDR[${src%:*}]}:${src#*:}"
}

ports() { # "DESTINATION PORT" of the table, as they were seen
	local key port

	while read -r key port; do
		eq "${SEEN[$key]:-none}" "$EXT:$port" "external endpoint towards $key"
	done
}

# The same ports when conntrack has forgotten.
again() { # MAP HOST:PORT DESTINATION...
	local map=$1 src=$2 dst

	shift 2
	ns r conntrack -F
	for dst; do
		U "$src" "$dst"
		depends "$map" "$dst"
		eq "$E" "${SEEN[$KEY]}" "external endpoint towards $dst, later"
	done
}

SV1="s1:3000 s1:3001 s3:3002 s4:3004"
SV2="s1:3000 s1:3001 s2:3000 s3:3003"
SV3="s1:3000 s1:3000 s1:3001 s2:3000 s3:3003"

# shellcheck disable=SC2086 # lists
{
testcase "SV-1 endpoint-independent: one external endpoint, in order and afterwards"
fresh eim eif
table eim h1:3000 $SV1
ports <<<"all 4500"
again eim h1:3000 $SV1

testcase "SV-2 address-dependent: one for each address, in order and afterwards"
fresh adm eif
table adm h1:3000 $SV2
ports <<-'PORTS'
s1 4500
s2 4501
s3 4502
PORTS
again adm h1:3000 $SV2

testcase "SV-3 address- and port-dependent: one for each, in order and afterwards"
fresh apdm eif
table apdm h1:3000 $SV3
ports <<-'PORTS'
s1:3000 4500
s1:3001 4501
s2:3000 4502
s3:3003 4503
PORTS
again apdm h1:3000 $SV3

testcase "SV-1 SV-2 SV-3 in reverse order, from nothing"
fresh eim eif
table eim h1:3000 s4:3004 s3:3002 s1:3001 s1:3000
fresh adm eif
table adm h1:3000 s3:3003 s2:3000 s1:3001 s1:3000
again adm h1:3000 $SV2
fresh apdm eif
table apdm h1:3000 s3:3003 s2:3000 s1:3001 s1:3000 s1:3000
again apdm h1:3000 $SV3

testcase "SV-1 SV-2 SV-3 in another order, from nothing"
fresh eim eif
table eim h1:3000 s3:3002 s1:3000 s4:3004 s1:3001
fresh adm eif
table adm h1:3000 s2:3000 s1:3001 s3:3003 s1:3000
again adm h1:3000 $SV2
fresh apdm eif
table apdm h1:3000 s1:3001 s3:3003 s1:3000 s2:3000 s1:3000
again apdm h1:3000 $SV3
}

testcase "K-8 an endpoint's mappings keep their mode when the profile gets another"
fresh eim eif
U h1:3000 s1:3000 FIRST
profile r map=apdm
U h1:3000 s2:3000
eq "$E" "$FIRST" "towards another server, of a mapping for all"
n_maps r 1
U h1:3001 s1:3000 FIRST
U h1:3001 s1:3001
ne "$E" "$FIRST" "towards two ports"
profile r map=eim
U h1:3001 s3:3002 NEXT
ns r conntrack -F
U h1:3001 s1:3000
eq "$E" "$FIRST" "towards the port that a mapping is for"
U h1:3001 s4:3004
eq "$E" "$NEXT" "towards any other"
n_maps r 3 int "${ADDR[h1]}:3001"

# What comes in to a mapping of an endpoint that has sent to s1:3000 only.
nine() { # MAP FILTER
	fresh "$1" "$2"
	table "$1" h1:3000 s1:3000 s1:3001 s2:3000
	U h1:3005 s1:3000 E1
	ns r conntrack -F
	in_ s1:3000 "$E1" h1:3005
	case $2 in
	apdf)	in_none s1:3001 "$E1" ;;
	*)	in_ s1:3001 "$E1" h1:3005 ;;
	esac
	case $2 in
	eif)	in_ s2:3000 "$E1" h1:3005 ;;
	*)	in_none s2:3000 "$E1" ;;
	esac
	# an answer would leave by where it was asked
	ns r conntrack -F
	# what it has sent to is the endpoint's, whichever mapping it left by (K-9)
	U h1:3005 s2:3000
	depends "$1" s2:3000
	[ "$KEY" = all ] || ne "$E" "$E1" "external endpoint towards another server"
	ns r conntrack -F
	in_ s2:3000 "$E1" h1:3005
}

testcase "SV-8 endpoint-independent mapping with each filter"
nine eim eif
nine eim adf
nine eim apdf

testcase "SV-8 K-9 address-dependent mapping with each filter"
nine adm eif
nine adm adf
nine adm apdf

testcase "SV-8 K-9 address- and port-dependent mapping with each filter"
nine apdm eif
nine apdm adf
nine apdm apdf

finish
