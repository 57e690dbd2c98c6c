/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A full-cone rule: the words of "rule add", the two nft rules they become, and back.
 * The first, in a chain before the engine's place, labels or marks the flows; the second,
 * in a chain after it, translates what the engine leaves alone.
 */
#ifndef _FULLCONE_RULE_H
#define _FULLCONE_RULE_H

#include "nft.h"
#include "profile.h"

#include <endian.h>
#include <net/if.h>
#include <stdio.h>

#define RULE_TABLE "fullcone"
#define RULE_LABEL_CHAIN "postrouting_label"
#define RULE_NAT_CHAIN "postrouting_nat"
#define RULE_LABEL_PRIORITY (100 - 10)	/* srcnat - 10, before the engine's srcnat - 5 */
#define RULE_NAT_PRIORITY 100		/* srcnat */

/* In a table "inet", ICMP is both; a rule there can name ICMPv6 alone, too. */
enum {
	RULE_UDP = 1 << 0,
	RULE_TCP = 1 << 1,
	RULE_ICMP = 1 << 2,
	RULE_ICMPV6 = 1 << 3,
	RULE_ANY = 1 << 4,	/* every protocol; no other bit is set then */
};

struct rule {
	uint8_t family;		/* NFPROTO_IPV4, NFPROTO_IPV6 or NFPROTO_INET */
	char oif[IFNAMSIZ];
	unsigned int protos;	/* RULE_* bits */
	bool has_saddr, has_daddr, has_label;
	struct endpoint saddr, daddr;
	uint32_t label;
	struct mark mark;	/* mask 0: none */
	struct addr_range snat;	/* of the fallback; family 0: it masquerades */
	bool spares_own;	/* snat leaves alone what has an address of the interface */
};

/* nft's name of the family and the inverse; NULL and false for another one. */
const char *rule_family_name(uint8_t family);
bool rule_parse_family(const char *s, uint8_t *family);

bool rule_equal(const struct rule *a, const struct rule *b);
/* Whether the label or mark that the rule sets selects the profile. */
bool rule_selects(const struct rule *rule, const struct profile *p);
/* The profile that the rule selects, or NULL. */
const struct profile *rule_profile(const struct rule *rule, const struct profiles *all);

/* All that a rule of this family may label; and its protocols as words, "udp,icmp". */
unsigned int rule_all_protos(uint8_t family);
void rule_proto_words(const struct rule *rule, char *buf, size_t size);

/*
 * What the engine leaves alone gets an address of the profile's first range of the family
 * of the rule's table, if there is one; else, and in a table of both families, it is
 * masqueraded. nft has no plain statement for several ranges, nor for two families.
 * The router's own flows keep their address, if it is one of the interface: tunnels that end
 * on the router would not be known by another. A rule for certain sources says whose flows
 * it is for.
 */
void rule_set_fallback(struct rule *rule, const struct profile *p);

/* What each of the two nft rules contains, and decodes to. */
struct rule rule_label_half(const struct rule *rule);
struct rule rule_nat_half(const struct rule *rule);

/* Whether the rule is for NFPROTO_IPV4 or NFPROTO_IPV6, and names an IP protocol number. */
bool rule_has_family(const struct rule *rule, uint8_t family);
bool rule_has_l4proto(const struct rule *rule, uint8_t l4proto);
unsigned int rule_l4proto_count(const struct rule *rule);

/* Which of the four words of its register has a label: nft's is a number of 128 bits. */
static inline unsigned int rule_label_word(uint32_t label)
{
	return __BYTE_ORDER == __BIG_ENDIAN ? 3 - label / 32 : label / 32;
}

/* nft text of the table with this one rule in it. */
void rule_print_nft(const struct rule *rule, FILE *out);

/*
 * The nft rules, added to a transaction. @set_id is the transaction's number of the
 * anonymous set of protocols. False: no memory.
 */
bool rule_batch_label(struct nft_batch *b, const struct rule *rule, uint32_t set_id);
bool rule_batch_nat(struct nft_batch *b, const struct rule *rule);

/*
 * Reads an nft rule of the chain for labels (or, with @nat, of the one for NAT) back.
 * False: it is none of ours. The protocols stand in an anonymous set, whose name then
 * comes in @set (32 bytes) for rule_add_proto() on its elements.
 */
bool rule_decode(struct nftnl_rule *r, bool nat, struct rule *rule, char *set);
bool rule_add_proto(struct rule *rule, uint8_t l4proto);
/* Whether "rule add" has words for the protocols. */
bool rule_protos_ok(const struct rule *rule);

#endif /* _FULLCONE_RULE_H */
