// SPDX-License-Identifier: GPL-2.0
/*
 * nft rules of the table "fullcone" back to the words of "rule add". The rules may have
 * been loaded from a saved listing with "nft -f", so their form may be nft's, not ours.
 */
#include "rule.h"
#include "array.h"

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* What register 1 holds while the expressions are read one after the other. */
enum loaded { NOTHING, OIFNAME, L4PROTO, L3PROTO, SADDR, DADDR, CT_MARK, IMMEDIATE, SADDR_TYPE };

struct decoder {
	struct rule *rule;
	char *set;			/* 32 bytes for the name of the set of protocols */
	enum loaded loaded;
	uint32_t load_len;
	uint8_t bitmask[16];
	uint32_t bitmask_len;		/* 0: no bitwise since the load */
	uint32_t xor;
	uint8_t immediate[16];
	uint32_t immediate_len;
	union addr second;		/* register 2, for the last address of snat */
	uint32_t second_len;		/* 0: there is none */
	uint8_t nfproto;		/* the one family that it is for; 0: none is named */
	bool labels_or_marks, translates;
};

static bool decode_meta(struct decoder *d, struct nftnl_expr *e)
{
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_META_DREG))
		return false;
	switch (nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY)) {
	case NFT_META_OIFNAME:
		d->loaded = OIFNAME;
		return true;
	case NFT_META_L4PROTO:
		d->loaded = L4PROTO;
		return true;
	case NFT_META_NFPROTO:
		d->loaded = L3PROTO;
		return true;
	}
	return false;
}

/* "fib saddr . oif type" */
static bool decode_fib(struct decoder *d, struct nftnl_expr *e)
{
	d->loaded = SADDR_TYPE;
	return nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_RESULT) == NFT_FIB_RESULT_ADDRTYPE &&
	       nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_FLAGS) == (NFTA_FIB_F_SADDR | NFTA_FIB_F_OIF);
}

/* "!= local", of those types */
static bool decode_not_own(struct decoder *d, uint32_t op, const void *data, uint32_t len)
{
	const uint32_t local = RTN_LOCAL;

	d->rule->spares_own = true;
	return op == NFT_CMP_NEQ && !d->bitmask_len && len == sizeof(local) &&
	       !memcmp(data, &local, len);
}

/* Which address this is; its family follows from the offset within the header. */
static bool decode_payload(struct decoder *d, struct nftnl_expr *e)
{
	uint32_t offset = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET);
	uint32_t len = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN);
	bool source = offset == 12 || offset == 8;
	bool ip6 = offset == 8 || offset == 24;
	struct endpoint *ep = source ? &d->rule->saddr : &d->rule->daddr;

	if (nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE) != NFT_PAYLOAD_NETWORK_HEADER ||
	    (!source && offset != 16 && offset != 24) || !len || len > (ip6 ? 16 : 4))
		return false;
	if (source ? d->rule->has_saddr : d->rule->has_daddr)
		return false;
	ep->family = ip6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	d->loaded = source ? SADDR : DADDR;
	d->load_len = len;
	return true;
}

static bool decode_bitwise(struct decoder *d, struct nftnl_expr *e)
{
	const void *mask, *xor;
	uint32_t len, xor_len;

	mask = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &len);
	xor = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_XOR, &xor_len);
	if (!mask || !xor || !len || len > sizeof(d->bitmask) || d->bitmask_len ||
	    xor_len < sizeof(d->xor))
		return false;
	memcpy(d->bitmask, mask, len);
	memcpy(&d->xor, xor, sizeof(d->xor));
	d->bitmask_len = len;
	return true;
}

/* The length of a mask's leading ones; false if others follow. */
static bool mask_length(const uint8_t *mask, uint32_t bytes, uint8_t *len)
{
	uint32_t bit = 0, i;

	while (bit < bytes * 8 && mask[bit / 8] & (0x80 >> (bit % 8)))
		bit++;
	for (i = bit; i < bytes * 8; i++)
		if (mask[i / 8] & (0x80 >> (i % 8)))
			return false;
	*len = bit;
	return true;
}

static bool decode_cidr(struct decoder *d, uint32_t op, const void *data, uint32_t len)
{
	struct endpoint *ep = d->loaded == SADDR ? &d->rule->saddr : &d->rule->daddr;
	uint32_t size = ep->family == NFPROTO_IPV6 ? 16 : 4;

	if (len != d->load_len || (d->bitmask_len && (d->bitmask_len != len || d->xor)))
		return false;
	ep->len = len * 8;
	if (d->bitmask_len && !mask_length(d->bitmask, len, &ep->len))
		return false;
	/* every address, as nft writes 0.0.0.0/0: it matches all, or with "!=" nothing */
	if (!ep->len) {
		memset(ep, 0, sizeof(*ep));
		return op == NFT_CMP_EQ;
	}
	memcpy(&ep->addr, data, len);
	ep->has_len = ep->len != size * 8;
	ep->negated = op == NFT_CMP_NEQ;
	if (d->loaded == SADDR)
		d->rule->has_saddr = true;
	else
		d->rule->has_daddr = true;
	return true;
}

static bool decode_cmp(struct decoder *d, struct nftnl_expr *e)
{
	uint32_t op = nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP);
	uint32_t len;
	const char *data = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &len);
	bool ok;

	if (!data || !len || (op != NFT_CMP_EQ && op != NFT_CMP_NEQ))
		return false;
	if (d->loaded == SADDR || d->loaded == DADDR) {
		ok = decode_cidr(d, op, data, len);
		d->bitmask_len = 0;
	} else if (d->loaded == SADDR_TYPE) {
		ok = decode_not_own(d, op, data, len);
	} else if (op != NFT_CMP_EQ || d->bitmask_len) {
		ok = false;
	} else if (d->loaded == OIFNAME) {
		/* A name without its NUL is a prefix, as in "ppp*". */
		ok = len <= IFNAMSIZ && memchr(data, '\0', len) && !*d->rule->oif;
		if (ok)
			strcpy(d->rule->oif, data);
	} else if (d->loaded == L4PROTO) {
		ok = len == 1 && rule_add_proto(d->rule, *data);
	} else {
		ok = d->loaded == L3PROTO && len == 1 && (!d->nfproto || d->nfproto == *data);
		d->nfproto = *data;
	}
	d->loaded = NOTHING;
	return ok;
}

static bool decode_lookup(struct decoder *d, struct nftnl_expr *e)
{
	const char *set = nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET);
	bool plain = !nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG) &&
		     !nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_FLAGS);

	if (d->loaded != L4PROTO || !plain || !set || strlen(set) >= 32 || *d->set)
		return false;
	strcpy(d->set, set);
	d->loaded = NOTHING;
	return true;
}

static bool decode_immediate(struct decoder *d, struct nftnl_expr *e)
{
	uint32_t reg = nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG);
	const void *data;
	uint32_t len;

	if (reg != NFT_REG_1) {
		data = nftnl_expr_get(e, NFTNL_EXPR_IMM_DATA, &len);
		if (reg != NFT_REG_2 || !data || !len || len > sizeof(d->second))
			return false;
		memcpy(&d->second, data, len);
		d->second_len = len;
		return true;
	}
	data = nftnl_expr_get(e, NFTNL_EXPR_IMM_DATA, &d->immediate_len);
	if (!data || !d->immediate_len || d->immediate_len > sizeof(d->immediate))
		return false;
	memcpy(d->immediate, data, d->immediate_len);
	d->loaded = IMMEDIATE;
	return true;
}

static bool decode_label(struct decoder *d)
{
	uint32_t words[4], i;

	if (d->loaded != IMMEDIATE || d->immediate_len != sizeof(words))
		return false;
	memcpy(words, d->immediate, sizeof(words));
	for (i = 0; i < 128; i++) {
		if (!(words[rule_label_word(i)] & (UINT32_C(1) << (i % 32))))
			continue;
		if (d->rule->has_label)
			return false;
		d->rule->has_label = true;
		d->rule->label = i;
	}
	return d->rule->has_label;
}

static bool decode_mark(struct decoder *d)
{
	struct mark *mark = &d->rule->mark;
	uint32_t keep;

	if (d->loaded == IMMEDIATE && d->immediate_len == sizeof(mark->value)) {
		memcpy(&mark->value, d->immediate, sizeof(mark->value));
		mark->mask = 0xffffffff;
		return true;
	}
	if (d->loaded != CT_MARK || d->bitmask_len != sizeof(keep))
		return false;
	memcpy(&keep, d->bitmask, sizeof(keep));
	mark->mask = ~keep;
	mark->value = d->xor & ~keep;
	/* A bit that is kept and flipped is nothing "rule add" writes. */
	return mark->mask && !(d->xor & keep);
}

static bool decode_ct(struct decoder *d, struct nftnl_expr *e)
{
	uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY);
	bool ok = false;

	if (nftnl_expr_is_set(e, NFTNL_EXPR_CT_DREG)) {
		d->loaded = CT_MARK;
		return key == NFT_CT_MARK;
	}
	if (!d->labels_or_marks && key == NFT_CT_LABELS)
		ok = decode_label(d);
	else if (!d->labels_or_marks && key == NFT_CT_MARK)
		ok = decode_mark(d);
	d->labels_or_marks = true;
	d->loaded = NOTHING;
	d->bitmask_len = 0;
	return ok;
}

static bool decode_masq(struct decoder *d, struct nftnl_expr *e)
{
	d->translates = true;
	return !nftnl_expr_is_set(e, NFTNL_EXPR_MASQ_REG_PROTO_MIN) &&
	       !nftnl_expr_is_set(e, NFTNL_EXPR_MASQ_FLAGS);
}

/* "snat to FIRST[-LAST]"; the kernel shows a single address as a range of one. */
static bool decode_nat(struct decoder *d, struct nftnl_expr *e)
{
	struct addr_range *snat = &d->rule->snat;
	uint32_t last = nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MAX);
	bool one = !nftnl_expr_is_set(e, NFTNL_EXPR_NAT_REG_ADDR_MAX) || last == NFT_REG_1;
	uint32_t family = nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_FAMILY);
	size_t size = addr_size(family);

	d->translates = true;
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_TYPE) != NFT_NAT_SNAT ||
	    family != d->rule->family ||
	    nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MIN) != NFT_REG_1 ||
	    nftnl_expr_is_set(e, NFTNL_EXPR_NAT_REG_PROTO_MIN) ||
	    nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_FLAGS) & ~NF_NAT_RANGE_MAP_IPS)
		return false;
	if (d->loaded != IMMEDIATE || d->immediate_len != size ||
	    (!one && (last != NFT_REG_2 || d->second_len != size)))
		return false;
	snat->family = family;
	memcpy(&snat->first, d->immediate, size);
	snat->last = one ? snat->first : d->second;
	return true;
}

static int decode_expr(struct nftnl_expr *e, void *data)
{
	static const struct {
		const char *name;
		bool (*decode)(struct decoder *d, struct nftnl_expr *e);
	} decoders[] = {
		{ "meta", decode_meta }, { "payload", decode_payload },
		{ "bitwise", decode_bitwise }, { "cmp", decode_cmp },
		{ "lookup", decode_lookup }, { "immediate", decode_immediate },
		{ "ct", decode_ct }, { "masq", decode_masq }, { "nat", decode_nat },
		{ "fib", decode_fib },
	};
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	struct decoder *d = data;
	size_t i;

	/* Counters match nothing; people add them to see whether a rule is hit. */
	if (!strcmp(name, "counter"))
		return 0;
	if (d->translates)
		return -1;
	for (i = 0; i < ARRAY_SIZE(decoders); i++)
		if (!strcmp(name, decoders[i].name))
			return decoders[i].decode(d, e) ? 0 : -1;
	return -1;
}

/* "rule add" names one of the families of inet only by an address. */
static bool nfproto_ok(const struct decoder *d)
{
	const struct rule *rule = d->rule;

	if (!d->nfproto || d->nfproto == rule->family)
		return true;
	return rule->family == NFPROTO_INET &&
	       (rule->has_saddr ? rule->saddr.family : rule->daddr.family) == d->nfproto;
}

bool rule_decode(struct nftnl_rule *r, bool nat, struct rule *rule, char *set)
{
	struct decoder d = { .rule = rule, .set = set };

	memset(rule, 0, sizeof(*rule));
	*set = '\0';
	rule->family = nftnl_rule_get_u32(r, NFTNL_RULE_FAMILY);
	if (nftnl_expr_foreach(r, decode_expr, &d) < 0 || !*rule->oif || !nfproto_ok(&d))
		return false;
	if (nat)
		return d.translates && !d.labels_or_marks && !rule->protos && !*set &&
		       (!rule->spares_own || rule->snat.family);
	if (rule->spares_own)
		return false;
	if (!rule->protos && !*set)
		rule->protos = RULE_ANY;
	return d.labels_or_marks && !d.translates && (*set || rule_protos_ok(rule));
}
