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
 * A request that adds something (MAPPING_ADD, ADOPT, PROFILE_SET) makes the engine active in
 * the namespace it comes from; one that only reads, takes away, or is refused for its contents
 * does not. The initial namespace is active from module load. A refused request changes
 * nothing; the refusal carries an extack sentence and, if one is at fault, the attribute. An
 * attribute that is not named for its command below is refused with EINVAL.
 *
 * Commands (attributes marked * are required):
 *
 * FULLCONE_CMD_MAPPING_GET, do:
 *	PROTO*, and EXT_ADDR + EXT_PORT or INT_ADDR + INT_PORT; optional ZONE, IFINDEX and
 *	the other filters of the dump. Without ZONE, an external endpoint is that of the
 *	default zone if it has a mapping there. Else, as of the mappings of an internal
 *	endpoint (a host behind two uplinks has one on each; IFINDEX tells them apart), the
 *	reply is the first match.
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
 *	their sessions and releases their ports without the reuse hold. Static and
 *	explicit ones stay, unless STATIC is given.
 *	Reply: COUNT. Errors: EINVAL neither filter nor ALL.
 * FULLCONE_CMD_MAPPING_ADD, do:
 *	PROTO*, INT_ADDR*, INT_PORT*; optional EXT_ADDR, EXT_PORT or PARITY, EXACT, LIFETIME,
 *	REMOTES, PROFILE (default "default"), IFINDEX, ZONE. Makes a mapping of UDP or TCP
 *	that is open without traffic: for LIFETIME seconds, or for ever (X-D4, C-1, C-2). Until
 *	then anybody may come in, whatever the filter of the profile, or REMOTES only (C-3).
 *	The external address is one of the profile's sources; without sources it is that of
 *	IFINDEX, or EXT_ADDR, which must be the router's. One of the three is needed.
 *	If the endpoint has a mapping it keeps its external endpoint and becomes
 *	static or explicit; LIFETIME begins anew, and REMOTES replace those that were given
 *	before (an empty list: anybody may come in). If EXT_PORT is taken, reserved or a
 *	socket's, another port is chosen; with EXACT the request is refused instead. So is
 *	another address with an EXT_PORT without EXACT, if EXT_ADDR is none of the profile's, or
 *	one of them that is full, or, with IFINDEX, none of the router's.
 *	Reply: the mapping. Errors: EADDRINUSE with EXACT; EEXIST with EXACT: the endpoint
 *	has a mapping elsewhere; EADDRNOTAVAIL not an address of the router or profile;
 *	ENODEV no such interface; ENOENT no such profile; ENOSPC no port is free, or
 *	MAX_MAPPINGS (PCP: NO_RESOURCES); EDQUOT HOST_MAX or HOST_RATE (PCP:
 *	USER_EX_QUOTA); EOPNOTSUPP protocol, or the endpoint has a mapping with ZONE_DIR;
 *	EAFNOSUPPORT two families, or IPv6 without IP6 of the profile; EPERM UDP ports 5350
 *	and 5351 (RFC 6887); ERANGE too many REMOTES; EINVAL; ENOMEM.
 * FULLCONE_CMD_MAPPING_DEL, do:
 *	PROTO*, and EXT_ADDR + EXT_PORT or INT_ADDR + INT_PORT; optional ZONE, IFINDEX and
 *	the other filters of the dump of MAPPING_GET. Takes back what MAPPING_ADD did. A
 *	mapping that the endpoint's own traffic uses goes on like any other; an unused one
 *	ends, without the hold.
 *	Errors: ENOENT no such mapping, or neither static nor explicit; ENOTUNIQ the endpoint
 *	has several such, on two uplinks or in two zones: none is deleted.
 * FULLCONE_CMD_ADOPT, do:
 *	Makes mappings of the selected flows in conntrack that belong to no mapping (X-C5),
 *	as activation does: for a standby that has been handed a conntrack table. A flow
 *	whose external endpoint belongs to the mapping of another internal endpoint gets it if
 *	that has neither sessions nor been asked for, and is left out otherwise.
 *	Reply: COUNT, LEFT_OUT.
 * FULLCONE_CMD_PROFILE_GET, do and dump:
 *	do: NAME (default "default"). Reply: every attribute of enum
 *	fullcone_profile_attr. Errors: ENOENT.
 * FULLCONE_CMD_PROFILE_SET, do:
 *	NAME (default "default") and any of the settings; those not given stay as
 *	they are, so a request without settings only makes the engine active. A new
 *	profile begins with the defaults; without LABEL and MARK it gets the highest
 *	free label below 127.
 *	Settings apply to mappings made afterwards (K-8), limits to all from now on. Errors:
 *	EINVAL, ERANGE a value outside its range, EEXIST another profile has this
 *	label or mark, ENOSPC too many profiles, ENOMEM.
 * FULLCONE_CMD_PROFILE_DEL, do:
 *	NAME*. The profile selects no more flows; the mappings made with it live on.
 *	Errors: ENOENT; EPERM for "default", which is always there.
 * FULLCONE_CMD_BLOCK_GET, do:
 *	INT_ADDR, or EXT_ADDR + EXT_PORT; optional PROFILE (default "default"). Tells which
 *	ports a host has, or which host has a port, by DETERMINISTIC of the profile (D-2).
 *	Reply: INT_ADDR, EXT_ADDR, EXT_PORT and EXT_PORT_MAX, the first and last of its block.
 *	Errors: ENOENT no such profile, no such block: the profile has none, the address is
 *	not of the prefix or the sources, the port is in no block; EINVAL.
 * FULLCONE_CMD_STATS_GET, do:
 *	Reply: every attribute of enum fullcone_stats_attr but PROFILE.
 * FULLCONE_CMD_STATS_GET, dump:
 *	Reply: a message for each profile: PROFILE, MAPPINGS, MAPPINGS_MAX, HOSTS, and the
 *	counters about making mappings; then one for each protocol, see PROTO.
 * FULLCONE_CMD_EVENT:
 *	no request; sent to the multicast group "mapping", whose members need
 *	CAP_NET_ADMIN as well. Attributes: enum fullcone_event_attr. Events are not
 *	built while nobody listens; a reader that is too slow gets ENOBUFS and loses
 *	some (M-2).
 */
#ifndef _UAPI_LINUX_FULLCONE_H
#define _UAPI_LINUX_FULLCONE_H

#define FULLCONE_GENL_NAME	"fullcone"
#define FULLCONE_GENL_VERSION	1

/* The multicast group of events. */
#define FULLCONE_GENL_GROUP	"mapping"

/* Longest profile name, terminating NUL included. */
#define FULLCONE_NAME_SIZE	32

/* The connection label of the profile "default". */
#define FULLCONE_LABEL_DEFAULT	127
/* FULLCONE_PROFILE_A_LABEL: no label selects this profile. */
#define FULLCONE_LABEL_NONE	0xffffffff

/* Most profiles in a namespace. */
#define FULLCONE_PROFILES_MAX	64

/* Most entries of FULLCONE_PROFILE_A_UDP_SHORT, _SOURCE and _RESERVE. */
#define FULLCONE_UDP_SHORT_MAX	16
#define FULLCONE_SOURCE_MAX	64
#define FULLCONE_RESERVE_MAX	64

/* Most entries of FULLCONE_MAPPING_A_REMOTES. */
#define FULLCONE_REMOTES_MAX	16

/* Most external addresses of a profile. */
#define FULLCONE_SOURCE_ADDRS_MAX	65536

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
	FULLCONE_CMD_MAPPING_ADD,
	FULLCONE_CMD_MAPPING_DEL,
	FULLCONE_CMD_ADOPT,
	FULLCONE_CMD_PROFILE_DEL,
	FULLCONE_CMD_EVENT,
	FULLCONE_CMD_BLOCK_GET,
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
 *	endpoint now; the socket, not the host, gets new sessions from outside (X-L4)
 * @FULLCONE_FLAG_OFFLOADED: a session has been handed to a flowtable
 * @FULLCONE_FLAG_SHORT: every destination so far is in the profile's udp_short (U-5a)
 * @FULLCONE_FLAG_STATIC: stays open without traffic, for ever (X-D4)
 * @FULLCONE_FLAG_EXPLICIT: stays open without traffic until its LIFETIME is over (C-2)
 * @FULLCONE_FLAG_ADOPTED: made from flows that were there before (X-C5)
 * @FULLCONE_FLAG_ZONE_DIR: its conntrack zone is set for one direction only. Answers get in;
 *	new sessions from outside do not, and count as FILTERED (X-Z2)
 */
enum fullcone_mapping_flags {
	FULLCONE_FLAG_LOCAL_CONFLICT = 1 << 0,
	FULLCONE_FLAG_OFFLOADED = 1 << 1,
	FULLCONE_FLAG_SHORT = 1 << 2,
	FULLCONE_FLAG_STATIC = 1 << 3,
	FULLCONE_FLAG_EXPLICIT = 1 << 4,
	FULLCONE_FLAG_ADOPTED = 1 << 5,
	FULLCONE_FLAG_ZONE_DIR = 1 << 6,
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
 * @FULLCONE_MAPPING_A_REALM: where the external address comes from: "masquerade", or
 *	the name of the profile among whose sources it is (NLA_NUL_STRING)
 * @FULLCONE_MAPPING_A_IFINDEX: external interface; with a profile's sources, the one by
 *	which the first flow left, which does not tell mappings apart (NLA_U32)
 * @FULLCONE_MAPPING_A_PROFILE: profile it was made with (NLA_NUL_STRING)
 * @FULLCONE_MAPPING_A_STATE: enum fullcone_mapping_state (NLA_U8)
 * @FULLCONE_MAPPING_A_SESSIONS: conntrack entries that hold it now; those that were adopted
 *	may not (NLA_U32)
 * @FULLCONE_MAPPING_A_EXPIRES: milliseconds to the end of the present state: OPEN, the
 *	mapping timer; HELD, the reuse hold; absent in DRAIN and on a static mapping (NLA_U64)
 * @FULLCONE_MAPPING_A_AGE: milliseconds since it was made (NLA_U64)
 * @FULLCONE_MAPPING_A_FLAGS: enum fullcone_mapping_flags (NLA_U32)
 * @FULLCONE_MAPPING_A_ALL: in a flush: every mapping (NLA_FLAG)
 * @FULLCONE_MAPPING_A_COUNT: in the reply to a flush or an adoption: mappings (NLA_U32)
 * @FULLCONE_MAPPING_A_LIFETIME: in MAPPING_ADD: seconds, 1-86400 (RFC 6887 section 15);
 *	absent: for ever (NLA_U32)
 * @FULLCONE_MAPPING_A_EXACT: in MAPPING_ADD: EXT_ADDR and EXT_PORT or nothing (NLA_FLAG)
 * @FULLCONE_MAPPING_A_STATIC: in a flush: static and explicit ones, too (NLA_FLAG)
 * @FULLCONE_MAPPING_A_PARITY: in MAPPING_ADD without EXT_PORT: 0 even, 1 odd (C-1); absent:
 *	that of INT_PORT (NLA_U8)
 * @FULLCONE_MAPPING_A_MAP: enum fullcone_depend that it was made with (NLA_U8)
 * @FULLCONE_MAPPING_A_FILTER: the same for its filter; NONE while it is static or explicit
 *	(NLA_U8)
 * @FULLCONE_MAPPING_A_REMOTES: in MAPPING_ADD: nested list of FULLCONE_REMOTE_A_ENTRY: only
 *	these may begin sessions from outside (PCP FILTER, C-3), at most
 *	FULLCONE_REMOTES_MAX; in a mapping: what was given (NLA_NESTED)
 * @FULLCONE_MAPPING_A_EXT_PORT_MAX: in BLOCK_GET: the last port (NLA_U16, network order)
 * @FULLCONE_MAPPING_A_PAD: padding of 64-bit attributes
 * @FULLCONE_MAPPING_A_LEFT_OUT: in the reply to an adoption: flows whose external endpoints
 *	belong to other mappings (NLA_U32)
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
	FULLCONE_MAPPING_A_LIFETIME,
	FULLCONE_MAPPING_A_EXACT,
	FULLCONE_MAPPING_A_STATIC,
	FULLCONE_MAPPING_A_PARITY,
	FULLCONE_MAPPING_A_MAP,
	FULLCONE_MAPPING_A_FILTER,
	FULLCONE_MAPPING_A_REMOTES,
	FULLCONE_MAPPING_A_EXT_PORT_MAX,
	FULLCONE_MAPPING_A_PAD,
	FULLCONE_MAPPING_A_LEFT_OUT,
	__FULLCONE_MAPPING_A_MAX
};

#define FULLCONE_MAPPING_A_MAX (__FULLCONE_MAPPING_A_MAX - 1)

/**
 * enum fullcone_remote_attr - one entry of FULLCONE_MAPPING_A_REMOTES
 * @FULLCONE_REMOTE_A_ENTRY: in the list: an entry (NLA_NESTED)
 * @FULLCONE_REMOTE_A_ADDR: in an entry: address, 4 or 16 bytes (NLA_BINARY)
 * @FULLCONE_REMOTE_A_PREFIX_LEN: in an entry: how many bits of it must match, the others
 *	count as 0; absent: all (NLA_U8)
 * @FULLCONE_REMOTE_A_PORT: in an entry: its port; absent: any (NLA_U16, network order)
 */
enum fullcone_remote_attr {
	FULLCONE_REMOTE_A_UNSPEC,
	FULLCONE_REMOTE_A_ENTRY,
	FULLCONE_REMOTE_A_ADDR,
	FULLCONE_REMOTE_A_PREFIX_LEN,
	FULLCONE_REMOTE_A_PORT,
	__FULLCONE_REMOTE_A_MAX
};

#define FULLCONE_REMOTE_A_MAX (__FULLCONE_REMOTE_A_MAX - 1)

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
 * enum fullcone_paired - what happens when a host's external address has no free port (P-4)
 * @FULLCONE_PAIRED_STRICT: the host's new mappings are refused (RFC 4787 REQ-2)
 * @FULLCONE_PAIRED_SOFT: they are made on another address of the profile
 */
enum fullcone_paired {
	FULLCONE_PAIRED_STRICT,
	FULLCONE_PAIRED_SOFT,
	__FULLCONE_PAIRED_MAX
};

#define FULLCONE_PAIRED_MAX (__FULLCONE_PAIRED_MAX - 1)

/**
 * enum fullcone_depend - what a mapping, or a filter, depends on (RFC 4787 section 4.1, 5)
 * @FULLCONE_DEPEND_NONE: nothing: endpoint-independent (eim, eif)
 * @FULLCONE_DEPEND_ADDR: the remote address (adm, adf)
 * @FULLCONE_DEPEND_ADDR_PORT: the remote address and port (apdm, apdf)
 */
enum fullcone_depend {
	FULLCONE_DEPEND_NONE,
	FULLCONE_DEPEND_ADDR,
	FULLCONE_DEPEND_ADDR_PORT,
	__FULLCONE_DEPEND_MAX
};

#define FULLCONE_DEPEND_MAX (__FULLCONE_DEPEND_MAX - 1)

/**
 * enum fullcone_profile_attr - settings; defaults in brackets
 * @FULLCONE_PROFILE_A_NAME: 1-31 letters, digits, '.', '_' and '-' ["default"]
 *	(NLA_NUL_STRING)
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
 *	that long, without hold. Set as a whole; empty: none. Less than 120 s for a port above
 *	1023 needs UNSAFE_TIMEOUTS (RFC 4787 REQ-5a) [53: 30 s, 123: 30 s]
 *	(NLA_NESTED)
 * @FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS: 1: timers below the floors of the RFCs are accepted,
 *	for tests [0] (NLA_U8)
 * @FULLCONE_PROFILE_A_LABEL: connection label that selects this profile, 0-127 as nft
 *	counts them, or FULLCONE_LABEL_NONE [127]; new conntracks have room for labels as long
 *	as any profile has one (NLA_U32)
 * @FULLCONE_PROFILE_A_MARK: conntrack mark that selects this profile, together with (NLA_U32)
 * @FULLCONE_PROFILE_A_MARK_MASK: the bits of the mark that are compared; 0: no mark
 *	selects it [0] (NLA_U32)
 * @FULLCONE_PROFILE_A_SOURCE: nested list of FULLCONE_SOURCE_A_ENTRY, ranges of external
 *	addresses, at most FULLCONE_SOURCE_MAX and FULLCONE_SOURCE_ADDRS_MAX addresses. Each
 *	host gets one of its family for all its mappings (RFC 4787 REQ-2). Set as a whole; a
 *	family without a source uses the address of masquerade [empty] (NLA_NESTED)
 * @FULLCONE_PROFILE_A_PAIRED: enum fullcone_paired [STRICT] (NLA_U8)
 * @FULLCONE_PROFILE_A_RESERVE: nested list of FULLCONE_RESERVE_A_ENTRY, ranges of external
 *	ports that are never chosen, such as those of port forwards (X-D2), at most
 *	FULLCONE_RESERVE_MAX. Set as a whole [empty] (NLA_NESTED)
 * @FULLCONE_PROFILE_A_HAIRPIN: 1: hosts inside reach each other by external endpoints
 *	(RFC 4787 REQ-9) [1] (NLA_U8)
 * @FULLCONE_PROFILE_A_LOCAL_CHECK: 1: a port on which the router has a socket is not chosen,
 *	and such a socket gets what comes in (X-L1, X-L4) [1] (NLA_U8)
 * @FULLCONE_PROFILE_A_HOST_MAX: most mappings of an internal host and protocol, held ones
 *	not counted, 0-4194304, 0: no limit; and no more than a quarter of the
 *	profile's ports, where those are 256 and more (RFC 6888 REQ-4). A host is an IPv4
 *	address or an IPv6 /64 [16384] (NLA_U32)
 * @FULLCONE_PROFILE_A_HOST_RATE: most new mappings a second of an internal host,
 *	0-1000000, after a burst of as many; 0: no limit [0] (NLA_U32)
 * @FULLCONE_PROFILE_A_MAX_MAPPINGS: most mappings made with this profile, in any
 *	state, 1-4194304; that of "default" bounds those of the namespace (RFC 6888 REQ-5).
 *	The module's parameter max_mappings bounds those of all namespaces
 *	[262144, or what a quarter of the machine's memory holds] (NLA_U32)
 * @FULLCONE_PROFILE_A_IN_MAX: when a mapping has so many sessions, new ones from outside are
 *	dropped, 0-4194304, 0: no limit [16384] (NLA_U32)
 * @FULLCONE_PROFILE_A_HOLD_MAX: most ports of an external address and protocol in the
 *	reuse hold, 0-65535; 0: no hold [65535] (NLA_U32)
 * @FULLCONE_PROFILE_A_EXHAUST_ICMP: code of the ICMP destination unreachable that
 *	answers a packet for which there can be no mapping: 13 (RFC 5508 REQ-8), 1 (RFC 6888
 *	REQ-11), 0: none; in IPv6 always 1, unless 0 [13] (NLA_U8)
 * @FULLCONE_PROFILE_A_LOG_DST: 1: the event of a new mapping names the destination of its
 *	first packet (RFC 6888 REQ-12 advises against) [0] (NLA_U8)
 * @FULLCONE_PROFILE_A_MAP_UDP: enum fullcone_depend of mappings (RFC 4787 REQ-1; SV-1 to
 *	SV-3). Any value but NONE means no hold (RFC 6888 REQ-8) [NONE] (NLA_U8)
 * @FULLCONE_PROFILE_A_MAP_TCP: the same for TCP (RFC 5382 REQ-1) [NONE] (NLA_U8)
 * @FULLCONE_PROFILE_A_MAP_ICMP: the same for ICMP echo, where the remote has no port to
 *	depend on (RFC 5508 REQ-1) [NONE] (NLA_U8)
 * @FULLCONE_PROFILE_A_FILTER_UDP: enum fullcone_depend of filtering: anybody may come in,
 *	or addresses that the internal endpoint has sent to, or addresses and ports (RFC 4787
 *	REQ-8; SV-4 to SV-6). Any value but NONE means no hold [NONE] (NLA_U8)
 * @FULLCONE_PROFILE_A_FILTER_TCP: the same for TCP (RFC 5382 REQ-3) [NONE] (NLA_U8)
 * @FULLCONE_PROFILE_A_FILTER_MAX: most remote endpoints remembered for an internal
 *	endpoint with a filter, 1-65536; beyond that, the least recently sent to is
 *	forgotten [1024] (NLA_U32)
 * @FULLCONE_PROFILE_A_TCP_OPEN: timer in seconds of a TCP mapping whose sessions are being
 *	opened, and of those sessions, 240-86400 (RFC 5382 REQ-5); 1-86400 with
 *	UNSAFE_TIMEOUTS, as all timers of TCP and ICMP [240] (NLA_U32)
 * @FULLCONE_PROFILE_A_TCP_CLOSE: the same after one end has closed, 240-86400 [240]
 *	(NLA_U32)
 * @FULLCONE_PROFILE_A_TCP_RST: the same after a reset, 240-86400 (RFC 7857 section 2.2)
 *	[240] (NLA_U32)
 * @FULLCONE_PROFILE_A_TCP_EST: mapping timer while a session is established, and the least
 *	time of such a session with unacknowledged data, 7440-86400 (RFC 5382 REQ-5)
 *	[7440] (NLA_U32)
 * @FULLCONE_PROFILE_A_TCP_HOLD: UDP_HOLD for TCP; may be 0, since sessions are tracked
 *	(RFC 6888 REQ-8) [0] (NLA_U32)
 * @FULLCONE_PROFILE_A_ICMP: timer of an echo mapping and of its sessions, 60-86400 (RFC 5508
 *	REQ-2) [60] (NLA_U32)
 * @FULLCONE_PROFILE_A_SESSION_FLOORS: 1: conntrack keeps TCP and ICMP sessions at least as
 *	long as the timers above say, unless a rule has given them a timeout policy [1]
 *	(NLA_U8)
 * @FULLCONE_PROFILE_A_SYN_SILENT: 1: a SYN to an external address that has TCP mappings, to a
 *	port that a mapping could have and nobody has, is not answered (RFC 5382 REQ-4) [1]
 *	(NLA_U8)
 * @FULLCONE_PROFILE_A_IP6: 1: IPv6 flows that select the profile are translated; the first
 *	profile with 1 makes the engine act on IPv6 in the namespace [0] (NLA_U8)
 * @FULLCONE_PROFILE_A_DETERMINISTIC: nested enum fullcone_block_attr: ports of a host follow
 *	from its internal address (RFC 7422); needs SOURCE, IPv4 only. An empty nest: they
 *	do not [empty] (NLA_NESTED)
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
	FULLCONE_PROFILE_A_SOURCE,
	FULLCONE_PROFILE_A_PAIRED,
	FULLCONE_PROFILE_A_RESERVE,
	FULLCONE_PROFILE_A_HAIRPIN,
	FULLCONE_PROFILE_A_LOCAL_CHECK,
	FULLCONE_PROFILE_A_HOST_MAX,
	FULLCONE_PROFILE_A_HOST_RATE,
	FULLCONE_PROFILE_A_MAX_MAPPINGS,
	FULLCONE_PROFILE_A_IN_MAX,
	FULLCONE_PROFILE_A_HOLD_MAX,
	FULLCONE_PROFILE_A_EXHAUST_ICMP,
	FULLCONE_PROFILE_A_LOG_DST,
	FULLCONE_PROFILE_A_MAP_UDP,
	FULLCONE_PROFILE_A_MAP_TCP,
	FULLCONE_PROFILE_A_MAP_ICMP,
	FULLCONE_PROFILE_A_FILTER_UDP,
	FULLCONE_PROFILE_A_FILTER_TCP,
	FULLCONE_PROFILE_A_FILTER_MAX,
	FULLCONE_PROFILE_A_TCP_OPEN,
	FULLCONE_PROFILE_A_TCP_CLOSE,
	FULLCONE_PROFILE_A_TCP_RST,
	FULLCONE_PROFILE_A_TCP_EST,
	FULLCONE_PROFILE_A_TCP_HOLD,
	FULLCONE_PROFILE_A_ICMP,
	FULLCONE_PROFILE_A_SESSION_FLOORS,
	FULLCONE_PROFILE_A_SYN_SILENT,
	FULLCONE_PROFILE_A_IP6,
	FULLCONE_PROFILE_A_DETERMINISTIC,
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
 * enum fullcone_block_attr - FULLCONE_PROFILE_A_DETERMINISTIC
 *
 * An external address has P ports (1024-65535, or PORT_MIN to PORT_MAX). Each of the N
 * internal hosts that share it owns a block of P / (N + FACTOR) of them, in the order of
 * their addresses; the ports above the blocks are the dynamic pool. The hosts of the prefix,
 * without its network and broadcast addresses, are spread evenly over the addresses of
 * SOURCE, in order.
 *
 * @FULLCONE_BLOCK_A_INSIDE: network address of the internal hosts, 4 bytes (NLA_BINARY)
 * @FULLCONE_BLOCK_A_PREFIX_LEN: its prefix length, 8-32 (NLA_U8)
 * @FULLCONE_BLOCK_A_FACTOR: size of the dynamic pool of each address, in blocks, 0-4096,
 *	for hosts whose own block is full and for those outside the prefix; 0: they are
 *	refused [0] (NLA_U16)
 * @FULLCONE_BLOCK_A_HOST_PORTS: most ports of a host and protocol, its block included; 0: as
 *	HOST_MAX says [0] (NLA_U16)
 */
enum fullcone_block_attr {
	FULLCONE_BLOCK_A_UNSPEC,
	FULLCONE_BLOCK_A_INSIDE,
	FULLCONE_BLOCK_A_PREFIX_LEN,
	FULLCONE_BLOCK_A_FACTOR,
	FULLCONE_BLOCK_A_HOST_PORTS,
	__FULLCONE_BLOCK_A_MAX
};

#define FULLCONE_BLOCK_A_MAX (__FULLCONE_BLOCK_A_MAX - 1)

/**
 * enum fullcone_source_attr - one entry of FULLCONE_PROFILE_A_SOURCE
 * @FULLCONE_SOURCE_A_ENTRY: in the list: an entry (NLA_NESTED)
 * @FULLCONE_SOURCE_A_FIRST: in an entry: its first address, 4 or 16 bytes (NLA_BINARY)
 * @FULLCONE_SOURCE_A_LAST: in an entry: its last address; absent: only one (NLA_BINARY)
 */
enum fullcone_source_attr {
	FULLCONE_SOURCE_A_UNSPEC,
	FULLCONE_SOURCE_A_ENTRY,
	FULLCONE_SOURCE_A_FIRST,
	FULLCONE_SOURCE_A_LAST,
	__FULLCONE_SOURCE_A_MAX
};

#define FULLCONE_SOURCE_A_MAX (__FULLCONE_SOURCE_A_MAX - 1)

/**
 * enum fullcone_reserve_attr - one entry of FULLCONE_PROFILE_A_RESERVE
 * @FULLCONE_RESERVE_A_ENTRY: in the list: an entry (NLA_NESTED)
 * @FULLCONE_RESERVE_A_FIRST: in an entry: its first port, 1-65535 (NLA_U16, host order)
 * @FULLCONE_RESERVE_A_LAST: in an entry: its last port; absent: only one (NLA_U16, host
 *	order)
 */
enum fullcone_reserve_attr {
	FULLCONE_RESERVE_A_UNSPEC,
	FULLCONE_RESERVE_A_ENTRY,
	FULLCONE_RESERVE_A_FIRST,
	FULLCONE_RESERVE_A_LAST,
	__FULLCONE_RESERVE_A_MAX
};

#define FULLCONE_RESERVE_A_MAX (__FULLCONE_RESERVE_A_MAX - 1)

/**
 * enum fullcone_stats_attr - state and counters of the namespace
 * @FULLCONE_STATS_A_ACTIVE: 1 if the engine is active in this namespace (NLA_U8)
 * @FULLCONE_STATS_A_MAPPINGS: mappings now, in any state (NLA_U32)
 * @FULLCONE_STATS_A_MAPPINGS_MAX: the most there may be (NLA_U32)
 * @FULLCONE_STATS_A_ADDRESSES: external addresses in use now (NLA_U32)
 * @FULLCONE_STATS_A_HOSTS: internal hosts that have mappings now; one behind two uplinks
 *	counts on each (NLA_U32)
 * @FULLCONE_STATS_A_PROFILE: in a dump: whose counters these are (NLA_NUL_STRING)
 * @FULLCONE_STATS_A_PROTO: in a dump, after the profiles: IPPROTO_UDP, IPPROTO_TCP, or
 *	IPPROTO_ICMP for echo of both families, with MAPPINGS and the counters of mappings
 *	made, ended and refused (M-3) (NLA_U8)
 *
 * The rest but the last count events since the namespace began (NLA_U64):
 * @FULLCONE_STATS_A_MAPPINGS_CREATED: mappings made
 * @FULLCONE_STATS_A_MAPPINGS_EXPIRED: mappings that ended by their timers
 * @FULLCONE_STATS_A_MAPPINGS_FLUSHED: mappings ended by MAPPING_FLUSH or MAPPING_DEL,
 *	or for an adopted flow
 * @FULLCONE_STATS_A_MAPPINGS_ADDR_GONE: mappings whose external address went away
 * @FULLCONE_STATS_A_FLOWS_OUT: flows begun inside and bound
 * @FULLCONE_STATS_A_FLOWS_IN: flows begun outside and let in; one that is dropped for its reply
 *	tuple afterwards is in CLASH_DROP as well
 * @FULLCONE_STATS_A_FLOWS_HAIRPIN: flows bound between two internal hosts
 * @FULLCONE_STATS_A_DECLINED: labelled flows left to the user's own NAT rules: another
 *	protocol or family, the router's own, expected by a helper, or bound for IPsec
 * @FULLCONE_STATS_A_LOOKUPS_IN: new flows whose destination is a mapping
 * @FULLCONE_STATS_A_LOCAL_SERVICE: of those, left to a socket of the router (X-L4)
 * @FULLCONE_STATS_A_NOT_OPEN: of those, dropped: the mapping is in DRAIN or HELD (K-4)
 * @FULLCONE_STATS_A_CLASH_DROP: packets dropped: the wanted reply tuple is in use (K-14),
 *	or the mapping was dying each time it was looked up
 * @FULLCONE_STATS_A_CLASH_KILLED: flows ended that kept a new one from beginning: unreplied
 *	strangers (X-S4), sessions that their called side opens anew (T-2, P-2.2)
 * @FULLCONE_STATS_A_UNREPLIED_KILLED: flows begun outside and never answered that
 *	were ended because their mapping was no longer OPEN (K-6)
 * @FULLCONE_STATS_A_HOLD_REUSE: ports taken from the reuse hold because none was free (G-8)
 * @FULLCONE_STATS_A_NO_PORT: packets dropped: no external port was free
 * @FULLCONE_STATS_A_NO_ADDRESS: packets dropped: the external interface has no address
 * @FULLCONE_STATS_A_TABLE_FULL: packets dropped: MAPPINGS_MAX reached, or the limit of
 *	mappings of a profile, of mappings over all namespaces, or of flows between
 *	internal hosts
 * @FULLCONE_STATS_A_NOMEM: packets dropped: no memory
 * @FULLCONE_STATS_A_HOSTS_CREATED: internal hosts that got an external address
 * @FULLCONE_STATS_A_HOST_LIMIT: packets dropped: HOST_MAX of the profile (G-4)
 * @FULLCONE_STATS_A_HOST_RATE: packets dropped: HOST_RATE of the profile (G-4)
 * @FULLCONE_STATS_A_IN_MAX: packets from outside dropped: IN_MAX of the profile (X-S3)
 * @FULLCONE_STATS_A_IN_PRESSURE: packets from outside dropped: conntrack is three quarters
 *	full (X-S8)
 * @FULLCONE_STATS_A_ADOPTED: mappings made from existing flows (X-C5)
 * @FULLCONE_STATS_A_JOIN_RETRY: packets that found a mapping while it was dying, and looked
 *	again
 * @FULLCONE_STATS_A_EVENTS_LOST: events that were not built or did not reach every reader;
 *	one reader among several counts only if its socket has NETLINK_BROADCAST_ERROR
 * @FULLCONE_STATS_A_PAD: padding of 64-bit attributes
 * @FULLCONE_STATS_A_FILTERED: packets from outside dropped: the filter (K-10)
 * @FULLCONE_STATS_A_FILTER_EVICTED: remote endpoints forgotten because of a limit
 * @FULLCONE_STATS_A_SYN_SILENCED: SYNs dropped by SYN_SILENT (T-4)
 * @FULLCONE_STATS_A_LEFT_OUT: flows that the last adoption left out: their external endpoints
 *	belonged to other mappings (NLA_U32)
 */
enum fullcone_stats_attr {
	FULLCONE_STATS_A_UNSPEC,
	FULLCONE_STATS_A_PAD,
	FULLCONE_STATS_A_ACTIVE,
	FULLCONE_STATS_A_MAPPINGS,
	FULLCONE_STATS_A_MAPPINGS_MAX,
	FULLCONE_STATS_A_ADDRESSES,
	FULLCONE_STATS_A_HOSTS,
	FULLCONE_STATS_A_PROFILE,
	FULLCONE_STATS_A_PROTO,
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
	FULLCONE_STATS_A_HOSTS_CREATED,
	FULLCONE_STATS_A_HOST_LIMIT,
	FULLCONE_STATS_A_HOST_RATE,
	FULLCONE_STATS_A_IN_MAX,
	FULLCONE_STATS_A_IN_PRESSURE,
	FULLCONE_STATS_A_ADOPTED,
	FULLCONE_STATS_A_JOIN_RETRY,
	FULLCONE_STATS_A_EVENTS_LOST,
	FULLCONE_STATS_A_FILTERED,
	FULLCONE_STATS_A_FILTER_EVICTED,
	FULLCONE_STATS_A_SYN_SILENCED,
	FULLCONE_STATS_A_LEFT_OUT,
	__FULLCONE_STATS_A_MAX
};

#define FULLCONE_STATS_A_MAX (__FULLCONE_STATS_A_MAX - 1)

/**
 * enum fullcone_event - kinds of events: natEvent of RFC 8158
 * @FULLCONE_EVENT_ADDRESSES_EXHAUSTED: no address of the profile's sources has a free port
 * @FULLCONE_EVENT_MAPPING_CREATE: a mapping was made
 * @FULLCONE_EVENT_MAPPING_DELETE: a mapping ended
 * @FULLCONE_EVENT_PORTS_EXHAUSTED: the external address of a host has no free port
 * @FULLCONE_EVENT_QUOTA_EXCEEDED: a limit was hit, named by REASON
 * @FULLCONE_EVENT_ADDRESS_BIND: an internal host got an external address
 * @FULLCONE_EVENT_ADDRESS_UNBIND: its last mapping has ended
 * @FULLCONE_EVENT_PORT_BLOCK_BIND: an internal host got a port beyond its block (D-3); which
 *	ports it has there, the events of its mappings tell
 * @FULLCONE_EVENT_PORT_BLOCK_UNBIND: it has no such port any more
 * @FULLCONE_EVENT_THRESHOLD: nine tenths of MAX_MAPPINGS of the namespace are in use
 *
 * 3, 12, 13 and 18 are sent at most once a second for each profile.
 */
enum fullcone_event {
	FULLCONE_EVENT_ADDRESSES_EXHAUSTED = 3,
	FULLCONE_EVENT_MAPPING_CREATE = 8,
	FULLCONE_EVENT_MAPPING_DELETE = 9,
	FULLCONE_EVENT_PORTS_EXHAUSTED = 12,
	FULLCONE_EVENT_QUOTA_EXCEEDED = 13,
	FULLCONE_EVENT_ADDRESS_BIND = 14,
	FULLCONE_EVENT_ADDRESS_UNBIND = 15,
	FULLCONE_EVENT_PORT_BLOCK_BIND = 16,
	FULLCONE_EVENT_PORT_BLOCK_UNBIND = 17,
	FULLCONE_EVENT_THRESHOLD = 18,
};

/**
 * enum fullcone_reason - reasons of events
 * @FULLCONE_REASON_EXPIRED: event 9: its timer, and its hold
 * @FULLCONE_REASON_FLUSHED: event 9: MAPPING_FLUSH
 * @FULLCONE_REASON_ADDR_GONE: event 9: its external address or interface has gone
 * @FULLCONE_REASON_DELETED: event 9: MAPPING_DEL
 * @FULLCONE_REASON_REUSED: event 9: another host needed the port, which was only held
 * @FULLCONE_REASON_MAX_MAPPINGS: events 13 (sub-event 2 of RFC 8158) and 18: MAX_MAPPINGS
 * @FULLCONE_REASON_HOST_MAX: event 13: HOST_MAX (sub-event 3)
 * @FULLCONE_REASON_HOST_RATE: event 13: HOST_RATE (sub-event 3)
 */
enum fullcone_reason {
	FULLCONE_REASON_UNSPEC,
	FULLCONE_REASON_EXPIRED,
	FULLCONE_REASON_FLUSHED,
	FULLCONE_REASON_ADDR_GONE,
	FULLCONE_REASON_DELETED,
	FULLCONE_REASON_REUSED,
	FULLCONE_REASON_MAX_MAPPINGS,
	FULLCONE_REASON_HOST_MAX,
	FULLCONE_REASON_HOST_RATE,
	__FULLCONE_REASON_MAX
};

#define FULLCONE_REASON_MAX (__FULLCONE_REASON_MAX - 1)

/**
 * enum fullcone_event_attr - an event
 * @FULLCONE_EVENT_A_TYPE: enum fullcone_event (NLA_U8)
 * @FULLCONE_EVENT_A_TIME: milliseconds since 1970 (NLA_U64)
 * @FULLCONE_EVENT_A_REASON: enum fullcone_reason; absent if the event has none (NLA_U8)
 * @FULLCONE_EVENT_A_MAPPING: nested FULLCONE_MAPPING_A_*, those known among FAMILY, PROTO,
 *	ZONE, INT_ADDR, INT_PORT, EXT_ADDR, EXT_PORT, REALM, IFINDEX, PROFILE. A remote
 *	address only with LOG_DST (NLA_NESTED)
 * @FULLCONE_EVENT_A_PAD: padding of 64-bit attributes
 */
enum fullcone_event_attr {
	FULLCONE_EVENT_A_UNSPEC,
	FULLCONE_EVENT_A_TYPE,
	FULLCONE_EVENT_A_TIME,
	FULLCONE_EVENT_A_REASON,
	FULLCONE_EVENT_A_MAPPING,
	FULLCONE_EVENT_A_PAD,
	__FULLCONE_EVENT_A_MAX
};

#define FULLCONE_EVENT_A_MAX (__FULLCONE_EVENT_A_MAX - 1)

#endif /* _UAPI_LINUX_FULLCONE_H */
