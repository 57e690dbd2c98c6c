/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * Generic netlink family "fullcone": the mapping table, the profiles and the
 * counters of the full-cone NAT, seen from the network namespace of the socket.
 *
 * Terms are those of RFC 4787: a mapping ties an internal endpoint (address and
 * port of a host behind the NAT) to an external endpoint (address and port the
 * world sees). Row numbers such as K-4 are those of the specification.
 *
 * All requests need CAP_NET_ADMIN in the user namespace that owns the network
 * namespace: the table reveals who talks, and the profiles decide who may.
 *
 * A request that changes state (MAPPING_FLUSH, PROFILE_SET) makes the engine
 * active in the namespace it comes from; one that only reads does not. The
 * initial namespace is active from module load. A refusal carries an extack
 * sentence and, where one is at fault, the attribute; nothing has changed then.
 *
 * Commands (attributes marked * are required):
 *
 * FULLCONE_CMD_MAPPING_GET, do:
 *	PROTO*, and EXT_ADDR + EXT_PORT or INT_ADDR + INT_PORT; optional ZONE,
 *	IFINDEX. By external endpoint the answer is the one owner of it; by internal
 *	endpoint it is the first match (a host behind two uplinks has a mapping on
 *	each; IFINDEX tells them apart).
 *	Reply: one mapping. Errors: ENOENT no such mapping, EINVAL.
 * FULLCONE_CMD_MAPPING_GET, dump:
 *	optional filters, all of which must hold: FAMILY, PROTO, ZONE, INT_ADDR
 *	[+ INT_PREFIX_LEN], INT_PORT, EXT_ADDR, EXT_PORT, STATE, PROFILE, IFINDEX.
 *	Reply: one message a mapping, ordered by external address (in the order the
 *	addresses came into use), protocol and port. The cursor is that order, so a
 *	mapping that lives throughout the dump is shown exactly once, whatever is
 *	created and freed meanwhile.
 * FULLCONE_CMD_MAPPING_FLUSH, do:
 *	the filters of the dump, or ALL. Unpublishes the mappings that match, ends
 *	their sessions and releases their ports without the reuse hold.
 *	Reply: COUNT. Errors: EINVAL neither filter nor ALL.
 * FULLCONE_CMD_PROFILE_GET, do and dump:
 *	do: NAME (default "default"). Reply: every attribute of enum
 *	fullcone_profile_attr. Errors: ENOENT.
 * FULLCONE_CMD_PROFILE_SET, do:
 *	NAME (default "default") and any of the settings; those not given stay as
 *	they are, so a request without settings only makes the engine active.
 *	Settings apply to mappings made afterwards (K-8). Errors: EINVAL, ERANGE a value
 *	outside its range, ENOENT no such profile, ENOMEM.
 * FULLCONE_CMD_STATS_GET, do:
 *	Reply: every attribute of enum fullcone_stats_attr.
 */
#ifndef _UAPI_LINUX_FULLCONE_H
#define _UAPI_LINUX_FULLCONE_H

#define FULLCONE_GENL_NAME	"fullcone"
#define FULLCONE_GENL_VERSION	1

/* Longest profile name, terminating NUL included. */
#define FULLCONE_NAME_SIZE	32

/* The connection label of the profile "default". */
#define FULLCONE_LABEL_DEFAULT	127
/* FULLCONE_PROFILE_A_LABEL: no label selects this profile. */
#define FULLCONE_LABEL_NONE	0xffffffff

/* Most entries of FULLCONE_PROFILE_A_UDP_SHORT. */
#define FULLCONE_UDP_SHORT_MAX	16

/**
 * enum fullcone_cmd - commands, described above
 */
enum fullcone_cmd {
	FULLCONE_CMD_UNSPEC,
	FULLCONE_CMD_MAPPING_GET,
	FULLCONE_CMD_MAPPING_FLUSH,
	FULLCONE_CMD_PROFILE_GET,
	FULLCONE_CMD_PROFILE_SET,
	FULLCONE_CMD_STATS_GET,
	__FULLCONE_CMD_MAX
};

#define FULLCONE_CMD_MAX (__FULLCONE_CMD_MAX - 1)

/**
 * enum fullcone_mapping_state - life of a mapping (K-4)
 * @FULLCONE_STATE_OPEN: the timer runs; anyone outside may start a session
 * @FULLCONE_STATE_DRAIN: the timer has expired; sessions go on, new ones from
 *	outside are dropped
 * @FULLCONE_STATE_HELD: no session is left; the port is kept from other hosts
 */
enum fullcone_mapping_state {
	FULLCONE_STATE_UNSPEC,
	FULLCONE_STATE_OPEN,
	FULLCONE_STATE_DRAIN,
	FULLCONE_STATE_HELD,
	__FULLCONE_STATE_MAX
};

#define FULLCONE_STATE_MAX (__FULLCONE_STATE_MAX - 1)

/**
 * enum fullcone_mapping_flags - bits of FULLCONE_MAPPING_A_FLAGS
 * @FULLCONE_FLAG_LOCAL_CONFLICT: the router has a socket on the external
 *	endpoint now; it, not the host, gets new sessions from outside (X-L4)
 * @FULLCONE_FLAG_OFFLOADED: a session has been handed to a flowtable
 * @FULLCONE_FLAG_SHORT: every destination so far is in the profile's udp_short (U-5a)
 */
enum fullcone_mapping_flags {
	FULLCONE_FLAG_LOCAL_CONFLICT = 1 << 0,
	FULLCONE_FLAG_OFFLOADED = 1 << 1,
	FULLCONE_FLAG_SHORT = 1 << 2,
};

/**
 * enum fullcone_mapping_attr - a mapping, or a filter for mappings
 * @FULLCONE_MAPPING_A_FAMILY: NFPROTO_IPV4 or NFPROTO_IPV6 (NLA_U8)
 * @FULLCONE_MAPPING_A_PROTO: IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP or
 *	IPPROTO_ICMPV6 (NLA_U8)
 * @FULLCONE_MAPPING_A_ZONE: conntrack zone, 0 is the default zone (NLA_U16)
 * @FULLCONE_MAPPING_A_INT_ADDR: internal address, 4 or 16 bytes (NLA_BINARY)
 * @FULLCONE_MAPPING_A_INT_PREFIX_LEN: in a filter, how many leading bits of INT_ADDR
 *	must match; absent: all of them (NLA_U8)
 * @FULLCONE_MAPPING_A_INT_PORT: internal port, or echo identifier (NLA_U16, network order)
 * @FULLCONE_MAPPING_A_EXT_ADDR: external address, 4 or 16 bytes (NLA_BINARY)
 * @FULLCONE_MAPPING_A_EXT_PORT: external port, or echo identifier (NLA_U16, network order)
 * @FULLCONE_MAPPING_A_REMOTE_ADDR: the one remote address of an address-dependent
 *	mapping; absent on an endpoint-independent one (NLA_BINARY)
 * @FULLCONE_MAPPING_A_REMOTE_PORT: the one remote port of an address-and-port-
 *	dependent mapping (NLA_U16, network order)
 * @FULLCONE_MAPPING_A_REALM: where the external address comes from: "masquerade"
 *	(NLA_NUL_STRING)
 * @FULLCONE_MAPPING_A_IFINDEX: external interface (NLA_U32)
 * @FULLCONE_MAPPING_A_PROFILE: profile it was made with (NLA_NUL_STRING)
 * @FULLCONE_MAPPING_A_STATE: enum fullcone_mapping_state (NLA_U8)
 * @FULLCONE_MAPPING_A_SESSIONS: conntrack entries that use it now (NLA_U32)
 * @FULLCONE_MAPPING_A_EXPIRES: milliseconds to the end of the present state: OPEN, the
 *	mapping timer; HELD, the reuse hold; absent in DRAIN (NLA_U64)
 * @FULLCONE_MAPPING_A_AGE: milliseconds since it was made (NLA_U64)
 * @FULLCONE_MAPPING_A_FLAGS: enum fullcone_mapping_flags (NLA_U32)
 * @FULLCONE_MAPPING_A_ALL: in a flush: every mapping (NLA_FLAG)
 * @FULLCONE_MAPPING_A_COUNT: in the reply to a flush: how many (NLA_U32)
 * @FULLCONE_MAPPING_A_PAD: padding of 64-bit attributes
 */
enum fullcone_mapping_attr {
	FULLCONE_MAPPING_A_UNSPEC,
	FULLCONE_MAPPING_A_FAMILY,
	FULLCONE_MAPPING_A_PROTO,
	FULLCONE_MAPPING_A_ZONE,
	FULLCONE_MAPPING_A_INT_ADDR,
	FULLCONE_MAPPING_A_INT_PREFIX_LEN,
	FULLCONE_MAPPING_A_INT_PORT,
	FULLCONE_MAPPING_A_EXT_ADDR,
	FULLCONE_MAPPING_A_EXT_PORT,
	FULLCONE_MAPPING_A_REMOTE_ADDR,
	FULLCONE_MAPPING_A_REMOTE_PORT,
	FULLCONE_MAPPING_A_REALM,
	FULLCONE_MAPPING_A_IFINDEX,
	FULLCONE_MAPPING_A_PROFILE,
	FULLCONE_MAPPING_A_STATE,
	FULLCONE_MAPPING_A_SESSIONS,
	FULLCONE_MAPPING_A_EXPIRES,
	FULLCONE_MAPPING_A_AGE,
	FULLCONE_MAPPING_A_FLAGS,
	FULLCONE_MAPPING_A_ALL,
	FULLCONE_MAPPING_A_COUNT,
	FULLCONE_MAPPING_A_PAD,
	__FULLCONE_MAPPING_A_MAX
};

#define FULLCONE_MAPPING_A_MAX (__FULLCONE_MAPPING_A_MAX - 1)

/**
 * enum fullcone_alloc - how an external port is chosen (P-9)
 * @FULLCONE_ALLOC_PRESERVE: the internal port if free, else as RANDOM
 * @FULLCONE_ALLOC_RANDOM: uniformly among the free ports of the same class and parity
 * @FULLCONE_ALLOC_SEQUENTIAL: the lowest free port of the range; predictable, for laboratories
 */
enum fullcone_alloc {
	FULLCONE_ALLOC_PRESERVE,
	FULLCONE_ALLOC_RANDOM,
	FULLCONE_ALLOC_SEQUENTIAL,
	__FULLCONE_ALLOC_MAX
};

#define FULLCONE_ALLOC_MAX (__FULLCONE_ALLOC_MAX - 1)

/**
 * enum fullcone_profile_attr - settings; defaults in brackets
 * @FULLCONE_PROFILE_A_NAME: ["default"] (NLA_NUL_STRING)
 * @FULLCONE_PROFILE_A_PORT_MIN: lowest external port, 1-65535, with PORT_MAX (NLA_U16)
 * @FULLCONE_PROFILE_A_PORT_MAX: highest external port. Both 0: 1024-65535, and 1-1023
 *	for internal ports below 1024 only [0] (NLA_U16)
 * @FULLCONE_PROFILE_A_ALLOC: enum fullcone_alloc [PRESERVE] (NLA_U8)
 * @FULLCONE_PROFILE_A_PARITY: 1: an even port stays even, an odd one odd, while there is
 *	one free (RFC 4787 REQ-4) [1] (NLA_U8)
 * @FULLCONE_PROFILE_A_UDP: mapping timer in seconds, 120-86400; 1-86400 with UNSAFE_TIMEOUTS
 *	(RFC 4787 REQ-5) [300] (NLA_U32)
 * @FULLCONE_PROFILE_A_UDP_HOLD: seconds a port is kept from other hosts after its last
 *	session, 0-86400 (RFC 6888 REQ-8) [120] (NLA_U32)
 * @FULLCONE_PROFILE_A_UDP_SHORT: nested list of FULLCONE_UDP_SHORT_A_ENTRY, at most
 *	FULLCONE_UDP_SHORT_MAX; a mapping all of whose destination ports are listed lives
 *	that long, without hold. Set as a whole; empty: none. For ports above 1023 less than
 *	120 s is refused without UNSAFE_TIMEOUTS (RFC 4787 REQ-5a) [53: 30 s, 123: 30 s]
 *	(NLA_NESTED)
 * @FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS: 1: timers below the floors of the RFCs are accepted,
 *	for tests [0] (NLA_U8)
 * @FULLCONE_PROFILE_A_LABEL: connection label that selects this profile, 0-127, or
 *	FULLCONE_LABEL_NONE [127] (NLA_U32)
 * @FULLCONE_PROFILE_A_MARK: conntrack mark that selects this profile, together with (NLA_U32)
 * @FULLCONE_PROFILE_A_MARK_MASK: the bits of the mark that are compared; 0: no mark
 *	selects it [0] (NLA_U32)
 * @FULLCONE_PROFILE_A_PAD: padding of 64-bit attributes
 */
enum fullcone_profile_attr {
	FULLCONE_PROFILE_A_UNSPEC,
	FULLCONE_PROFILE_A_NAME,
	FULLCONE_PROFILE_A_PORT_MIN,
	FULLCONE_PROFILE_A_PORT_MAX,
	FULLCONE_PROFILE_A_ALLOC,
	FULLCONE_PROFILE_A_PARITY,
	FULLCONE_PROFILE_A_UDP,
	FULLCONE_PROFILE_A_UDP_HOLD,
	FULLCONE_PROFILE_A_UDP_SHORT,
	FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS,
	FULLCONE_PROFILE_A_LABEL,
	FULLCONE_PROFILE_A_MARK,
	FULLCONE_PROFILE_A_MARK_MASK,
	FULLCONE_PROFILE_A_PAD,
	__FULLCONE_PROFILE_A_MAX
};

#define FULLCONE_PROFILE_A_MAX (__FULLCONE_PROFILE_A_MAX - 1)

/**
 * enum fullcone_udp_short_attr - one entry of FULLCONE_PROFILE_A_UDP_SHORT
 * @FULLCONE_UDP_SHORT_A_ENTRY: in the list: an entry (NLA_NESTED)
 * @FULLCONE_UDP_SHORT_A_PORT: in an entry: destination port, 1-65535 (NLA_U16, host order)
 * @FULLCONE_UDP_SHORT_A_SECONDS: in an entry: the timer, 1-86400 (NLA_U32)
 */
enum fullcone_udp_short_attr {
	FULLCONE_UDP_SHORT_A_UNSPEC,
	FULLCONE_UDP_SHORT_A_ENTRY,
	FULLCONE_UDP_SHORT_A_PORT,
	FULLCONE_UDP_SHORT_A_SECONDS,
	__FULLCONE_UDP_SHORT_A_MAX
};

#define FULLCONE_UDP_SHORT_A_MAX (__FULLCONE_UDP_SHORT_A_MAX - 1)

/**
 * enum fullcone_stats_attr - state and counters of the namespace
 * @FULLCONE_STATS_A_ACTIVE: 1 if the engine is active in this namespace (NLA_U8)
 * @FULLCONE_STATS_A_MAPPINGS: mappings now, in any state (NLA_U32)
 * @FULLCONE_STATS_A_MAPPINGS_MAX: the most there may be (NLA_U32)
 * @FULLCONE_STATS_A_ADDRESSES: external addresses in use now (NLA_U32)
 *
 * The rest count events since the namespace began (NLA_U64):
 * @FULLCONE_STATS_A_MAPPINGS_CREATED: mappings made
 * @FULLCONE_STATS_A_MAPPINGS_EXPIRED: mappings that ended by their timers
 * @FULLCONE_STATS_A_MAPPINGS_FLUSHED: mappings ended by a flush
 * @FULLCONE_STATS_A_MAPPINGS_ADDR_GONE: mappings whose external address went away
 * @FULLCONE_STATS_A_FLOWS_OUT: flows begun inside and bound
 * @FULLCONE_STATS_A_FLOWS_IN: flows begun outside and bound
 * @FULLCONE_STATS_A_FLOWS_HAIRPIN: flows between two internal hosts and bound
 * @FULLCONE_STATS_A_DECLINED: labelled flows left to the user's own NAT rules: another
 *	protocol or family, the router's own, expected by a helper, or bound for IPsec
 * @FULLCONE_STATS_A_LOOKUPS_IN: new flows whose destination is a mapping
 * @FULLCONE_STATS_A_LOCAL_SERVICE: of those, left to a socket of the router (X-L4)
 * @FULLCONE_STATS_A_NOT_OPEN: of those, dropped: the mapping is in DRAIN or HELD (K-4)
 * @FULLCONE_STATS_A_CLASH_DROP: packets dropped: the wanted reply tuple is in use (K-14),
 *	or the mapping was dying each time it was looked up
 * @FULLCONE_STATS_A_CLASH_KILLED: unreplied strangers removed from a wanted reply tuple (X-S4)
 * @FULLCONE_STATS_A_UNREPLIED_KILLED: flows begun outside and never answered that
 *	were ended because their mapping was no longer OPEN (K-6)
 * @FULLCONE_STATS_A_HOLD_REUSE: ports taken from the reuse hold because none was free (G-8)
 * @FULLCONE_STATS_A_NO_PORT: packets dropped: no external port was free
 * @FULLCONE_STATS_A_NO_ADDRESS: packets dropped: the external interface has no address
 * @FULLCONE_STATS_A_TABLE_FULL: packets dropped: MAPPINGS_MAX reached, or a bound of the
 *	same kind: of mappings over all namespaces, of flows between internal hosts
 * @FULLCONE_STATS_A_NOMEM: packets dropped: no memory
 * @FULLCONE_STATS_A_PAD: padding of 64-bit attributes
 */
enum fullcone_stats_attr {
	FULLCONE_STATS_A_UNSPEC,
	FULLCONE_STATS_A_PAD,
	FULLCONE_STATS_A_ACTIVE,
	FULLCONE_STATS_A_MAPPINGS,
	FULLCONE_STATS_A_MAPPINGS_MAX,
	FULLCONE_STATS_A_ADDRESSES,
	FULLCONE_STATS_A_MAPPINGS_CREATED,
	FULLCONE_STATS_A_MAPPINGS_EXPIRED,
	FULLCONE_STATS_A_MAPPINGS_FLUSHED,
	FULLCONE_STATS_A_MAPPINGS_ADDR_GONE,
	FULLCONE_STATS_A_FLOWS_OUT,
	FULLCONE_STATS_A_FLOWS_IN,
	FULLCONE_STATS_A_FLOWS_HAIRPIN,
	FULLCONE_STATS_A_DECLINED,
	FULLCONE_STATS_A_LOOKUPS_IN,
	FULLCONE_STATS_A_LOCAL_SERVICE,
	FULLCONE_STATS_A_NOT_OPEN,
	FULLCONE_STATS_A_CLASH_DROP,
	FULLCONE_STATS_A_CLASH_KILLED,
	FULLCONE_STATS_A_UNREPLIED_KILLED,
	FULLCONE_STATS_A_HOLD_REUSE,
	FULLCONE_STATS_A_NO_PORT,
	FULLCONE_STATS_A_NO_ADDRESS,
	FULLCONE_STATS_A_TABLE_FULL,
	FULLCONE_STATS_A_NOMEM,
	__FULLCONE_STATS_A_MAX
};

#define FULLCONE_STATS_A_MAX (__FULLCONE_STATS_A_MAX - 1)

#endif /* _UAPI_LINUX_FULLCONE_H */
