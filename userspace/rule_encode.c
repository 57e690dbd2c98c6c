// SPDX-License-Identifier: GPL-2.0
/* A full-cone rule as nft rules, in the expressions that nft itself would write. */
#include "rule.h"

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_BYTES 16

/* nft's number of the data type "inet_proto", which tells it how to print the set. */
#define NFT_TYPE_INET_PROTOCOL 12

static const uint8_t l4protos[] = { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6 };

static struct nftnl_expr *add_expr(struct nftnl_rule *r, const char *name)
{
	struct nftnl_expr *e = nftnl_expr_alloc(name);

	/* An allocation of some bytes, of a name libnftnl has: it does not fail here. */
	if (!e)
		abort();
	nftnl_rule_add_expr(r, e);
	return e;
}

static void add_cmp(struct nftnl_rule *r, uint32_t op, const void *data, uint32_t len)
{
	struct nftnl_expr *e = add_expr(r, "cmp");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, data, len);
}

static void add_meta(struct nftnl_rule *r, uint32_t key)
{
	struct nftnl_expr *e = add_expr(r, "meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

static void add_bitwise(struct nftnl_rule *r, const void *mask, const void *xor, uint32_t len)
{
	struct nftnl_expr *e = add_expr(r, "bitwise");

	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, mask, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, xor, len);
}

static void add_oif(struct nftnl_rule *r, const struct rule *rule)
{
	char name[IFNAMSIZ] = "";

	strcpy(name, rule->oif);
	add_meta(r, NFT_META_OIFNAME);
	add_cmp(r, NFT_CMP_EQ, name, sizeof(name));
}

/* A prefix of whole bytes is a shorter load; any other is masked. */
static void add_cidr(struct nftnl_rule *r, const struct endpoint *ep, bool source)
{
	bool ip6 = ep->family == NFPROTO_IPV6;
	uint32_t size = ip6 ? 16 : 4;
	uint32_t offset = ip6 ? (source ? 8 : 24) : (source ? 12 : 16);
	uint32_t len = ep->len % 8 ? size : ep->len / 8;
	struct nftnl_expr *e = add_expr(r, "payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	if (ep->len % 8) {
		uint8_t mask[16] = { 0 }, zero[16] = { 0 };

		memset(mask, 0xff, ep->len / 8);
		mask[ep->len / 8] = 0xff00 >> (ep->len % 8);
		add_bitwise(r, mask, zero, size);
	}
	add_cmp(r, ep->negated ? NFT_CMP_NEQ : NFT_CMP_EQ, &ep->addr, len);
}

static void add_addrs(struct nftnl_rule *r, const struct rule *rule)
{
	uint8_t family = rule->has_saddr ? rule->saddr.family : rule->daddr.family;

	if (rule->family == NFPROTO_INET && (rule->has_saddr || rule->has_daddr)) {
		add_meta(r, NFT_META_NFPROTO);
		add_cmp(r, NFT_CMP_EQ, &family, sizeof(family));
	}
	if (rule->has_saddr)
		add_cidr(r, &rule->saddr, true);
	if (rule->has_daddr)
		add_cidr(r, &rule->daddr, false);
}

static void add_ct_set(struct nftnl_rule *r, uint32_t key)
{
	struct nftnl_expr *e = add_expr(r, "ct");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_SREG, NFT_REG_1);
}

static void add_immediate(struct nftnl_rule *r, uint32_t reg, const void *data, uint32_t len)
{
	struct nftnl_expr *e = add_expr(r, "immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, reg);
	nftnl_expr_set(e, NFTNL_EXPR_IMM_DATA, data, len);
}

static void add_label(struct nftnl_rule *r, uint32_t label)
{
	uint32_t bits[LABEL_BYTES / 4] = { 0 };

	bits[rule_label_word(label)] = UINT32_C(1) << (label % 32);
	add_immediate(r, NFT_REG_1, bits, sizeof(bits));
	add_ct_set(r, NFT_CT_LABELS);
}

/* Only the bits of the mask change, unless it is all of them. */
static void add_mark(struct nftnl_rule *r, const struct mark *mark)
{
	uint32_t keep = ~mark->mask;

	if (keep) {
		struct nftnl_expr *e = add_expr(r, "ct");

		nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
		nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, NFT_REG_1);
		add_bitwise(r, &keep, &mark->value, sizeof(keep));
	} else {
		add_immediate(r, NFT_REG_1, &mark->value, sizeof(mark->value));
	}
	add_ct_set(r, NFT_CT_MARK);
}

static bool needs_set(const struct rule *rule)
{
	return !(rule->protos & RULE_ANY) && rule_l4proto_count(rule) > 1;
}

static bool batch_protos(struct nft_batch *b, const struct rule *rule, uint32_t set_id)
{
	struct nftnl_set *s = nftnl_set_alloc();
	size_t i;

	if (!s)
		return false;
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, rule->family);
	nftnl_set_set_str(s, NFTNL_SET_TABLE, RULE_TABLE);
	nftnl_set_set_str(s, NFTNL_SET_NAME, "__set%d");
	nftnl_set_set_u32(s, NFTNL_SET_ID, set_id);
	nftnl_set_set_u32(s, NFTNL_SET_FLAGS, NFT_SET_ANONYMOUS | NFT_SET_CONSTANT);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, NFT_TYPE_INET_PROTOCOL);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, 1);
	nftnl_set_set_u32(s, NFTNL_SET_DESC_SIZE, rule_l4proto_count(rule));
	for (i = 0; i < sizeof(l4protos); i++) {
		struct nftnl_set_elem *e;

		if (!rule_has_l4proto(rule, l4protos[i]))
			continue;
		e = nftnl_set_elem_alloc();
		if (!e) {
			nftnl_set_free(s);
			return false;
		}
		nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, &l4protos[i], 1);
		nftnl_set_elem_add(s, e);
	}
	nft_batch_set(b, s);
	nftnl_set_free(s);
	return true;
}

static void add_protos(struct nftnl_rule *r, const struct rule *rule, uint32_t set_id)
{
	struct nftnl_expr *e;
	size_t i;

	if (rule->protos & RULE_ANY)
		return;
	add_meta(r, NFT_META_L4PROTO);
	if (!needs_set(rule)) {
		for (i = 0; i < sizeof(l4protos); i++)
			if (rule_has_l4proto(rule, l4protos[i]))
				add_cmp(r, NFT_CMP_EQ, &l4protos[i], 1);
		return;
	}
	e = add_expr(r, "lookup");
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, "__set%d");
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, set_id);
}

static struct nftnl_rule *new_rule(const struct rule *rule, const char *chain)
{
	struct nftnl_rule *r = nftnl_rule_alloc();

	if (!r)
		return NULL;
	nftnl_rule_set_u32(r, NFTNL_RULE_FAMILY, rule->family);
	nftnl_rule_set_str(r, NFTNL_RULE_TABLE, RULE_TABLE);
	nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain);
	return r;
}

bool rule_batch_label(struct nft_batch *b, const struct rule *rule, uint32_t set_id)
{
	struct nftnl_rule *r = new_rule(rule, RULE_LABEL_CHAIN);

	if (!r)
		return false;
	if (needs_set(rule) && !batch_protos(b, rule, set_id)) {
		nftnl_rule_free(r);
		return false;
	}
	add_oif(r, rule);
	add_protos(r, rule, set_id);
	add_addrs(r, rule);
	if (rule->mark.mask)
		add_mark(r, &rule->mark);
	else
		add_label(r, rule->label);
	nft_batch_rule(b, NFT_MSG_NEWRULE, r);
	nftnl_rule_free(r);
	return true;
}

/* All but what has an address of the interface that it leaves by. */
static void add_not_own(struct nftnl_rule *r)
{
	struct nftnl_expr *e = add_expr(r, "fib");
	uint32_t local = RTN_LOCAL;

	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_SADDR | NFTA_FIB_F_OIF);
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_DREG, NFT_REG_1);
	add_cmp(r, NFT_CMP_NEQ, &local, sizeof(local));
}

/* The profile's addresses, or where it has none the one of the device. */
static void add_fallback(struct nftnl_rule *r, const struct rule *rule)
{
	const struct addr_range *snat = &rule->snat;
	bool one = addr_equal(snat->family, &snat->first, &snat->last);
	size_t size = addr_size(snat->family);
	struct nftnl_expr *e;

	if (!snat->family) {
		add_expr(r, "masq");
		return;
	}
	add_immediate(r, NFT_REG_1, &snat->first, size);
	if (!one)
		add_immediate(r, NFT_REG_2, &snat->last, size);
	e = add_expr(r, "nat");
	nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_TYPE, NFT_NAT_SNAT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_FAMILY, snat->family);
	nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MIN, NFT_REG_1);
	if (!one)
		nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MAX, NFT_REG_2);
}

bool rule_batch_nat(struct nft_batch *b, const struct rule *rule)
{
	struct nftnl_rule *r = new_rule(rule, RULE_NAT_CHAIN);

	if (!r)
		return false;
	add_oif(r, rule);
	add_addrs(r, rule);
	if (rule->spares_own)
		add_not_own(r);
	add_fallback(r, rule);
	nft_batch_rule(b, NFT_MSG_NEWRULE, r);
	nftnl_rule_free(r);
	return true;
}
