// SPDX-License-Identifier: GPL-2.0
/* What one rule of nf_tables does with a packet of a flow that is only partly known. */
#include "path.h"
#include "array.h"
#include "path_xt.h"

#include <arpa/inet.h>
#include <libnftnl/expr.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#define REGISTERS 32
#define VALUE_SIZE 64

/* ct state as nf_tables has it: bit 0 is invalid, then one more than enum ip_conntrack_info. */
#define CT_STATE(info) (UINT32_C(1) << ((info) + 1))
#define CT_STATE_INVALID UINT32_C(1)

/* A value of which the bits of @known are certain; and a device it is not. */
struct value {
	uint8_t data[VALUE_SIZE];
	uint8_t known[VALUE_SIZE];
	const char *not_device;
	bool ct_mark;		/* is that of the flow */
};

struct machine {
	const struct ruleset *rs;
	const struct path_flow *flow;
	struct nftnl_rule *rule;
	struct path_step *step;
	struct value reg[REGISTERS];
};

static struct value *reg(struct machine *m, struct nftnl_expr *e, uint16_t attr)
{
	static struct value nowhere;
	uint32_t n = nftnl_expr_get_u32(e, attr);

	if (n < REGISTERS)
		return &m->reg[n];
	memset(&nowhere, 0, sizeof(nowhere));
	return &nowhere;
}

static void set_known(struct value *v, const void *data, size_t len)
{
	memset(v, 0, sizeof(*v));
	memcpy(v->data, data, len);
	memset(v->known, 0xff, len);
}

static void set_unknown(struct value *v)
{
	memset(v, 0, sizeof(*v));
}

/* For fields that are never 0, so that 0 means unknown. */
static void set_byte(struct value *v, uint8_t byte)
{
	if (byte)
		set_known(v, &byte, 1);
	else
		set_unknown(v);
}

static void match(struct machine *m, enum path_match match)
{
	if (match < m->step->match)
		m->step->match = match;
}

/* A device's name, padded with NULs to the size of a register as the kernel does. */
static void set_device(struct value *v, const char *name, const char *other)
{
	char padded[IFNAMSIZ] = "";

	if (name) {
		strncpy(padded, name, sizeof(padded) - 1);
		set_known(v, padded, sizeof(padded));
	} else {
		set_unknown(v);
		v->not_device = other;
	}
}

static void set_index(struct value *v, const char *name)
{
	uint32_t index = name ? if_nametoindex(name) : 0;

	if (index)
		set_known(v, &index, sizeof(index));
	else
		set_unknown(v);
}

/* That of the link's header, by which chains at a device tell the families. */
static void set_protocol(struct value *v, uint8_t family)
{
	uint16_t protocol = htons(family == NFPROTO_IPV6 ? ETH_P_IPV6 : ETH_P_IP);

	if (family)
		set_known(v, &protocol, sizeof(protocol));
	else
		set_unknown(v);
}

static void run_meta(struct machine *m, struct nftnl_expr *e)
{
	struct value *v;

	if (!nftnl_expr_is_set(e, NFTNL_EXPR_META_DREG)) {
		if (nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY) == NFT_META_MARK &&
		    !reg(m, e, NFTNL_EXPR_META_SREG)->ct_mark)
			m->step->marks = true;
		return;
	}
	v = reg(m, e, NFTNL_EXPR_META_DREG);
	switch (nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY)) {
	case NFT_META_IIFNAME:
		set_device(v, m->flow->iif, m->flow->oif);
		break;
	case NFT_META_OIFNAME:
		set_device(v, m->flow->oif, m->flow->iif);
		break;
	case NFT_META_IIF:
		set_index(v, m->flow->iif);
		break;
	case NFT_META_OIF:
		set_index(v, m->flow->oif);
		break;
	case NFT_META_NFPROTO:
		set_byte(v, m->flow->family);
		break;
	case NFT_META_PROTOCOL:
		set_protocol(v, m->flow->family);
		break;
	case NFT_META_L4PROTO:
		set_byte(v, m->flow->l4proto);
		break;
	default:
		set_unknown(v);
	}
}

static void run_ct(struct machine *m, struct nftnl_expr *e)
{
	const uint32_t state = m->flow->early ? CT_STATE_INVALID :
			       CT_STATE(m->flow->reply ? IP_CT_ESTABLISHED : IP_CT_NEW);
	const uint8_t direction = m->flow->reply ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;
	const uint32_t dnat = IPS_DST_NAT;
	uint32_t status = m->flow->dnat ? dnat : 0;
	struct value *v;

	if (!nftnl_expr_is_set(e, NFTNL_EXPR_CT_DREG)) {
		if (nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY) == NFT_CT_MARK)
			m->step->marks = true;
		return;
	}
	v = reg(m, e, NFTNL_EXPR_CT_DREG);
	/* without a conntrack entry, all else that is asked of it ends the rule */
	if (m->flow->early && nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY) != NFT_CT_STATE)
		match(m, PATH_NO);
	switch (nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY)) {
	case NFT_CT_STATE:
		set_known(v, &state, sizeof(state));
		break;
	case NFT_CT_STATUS:
		set_known(v, &status, sizeof(status));
		memcpy(v->known, &dnat, sizeof(dnat));
		break;
	case NFT_CT_DIRECTION:
		set_known(v, &direction, 1);
		break;
	case NFT_CT_MARK:
		set_unknown(v);
		v->ct_mark = true;
		break;
	default:
		set_unknown(v);
	}
}

/*
 * Of the headers, only the transport protocol is known, and perhaps the destination, of which a
 * prefix of whole bytes may be loaded. False: something else is.
 */
static bool run_payload(struct machine *m, struct nftnl_expr *e)
{
	const bool ip6 = m->flow->family == NFPROTO_IPV6;
	const uint32_t proto = ip6 ? offsetof(struct ip6_hdr, ip6_nxt) :
				     offsetof(struct iphdr, protocol);
	const uint32_t daddr = ip6 ? offsetof(struct ip6_hdr, ip6_dst) :
				     offsetof(struct iphdr, daddr);
	uint32_t at = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET);
	uint32_t len = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN);

	if (!m->flow->family || !nftnl_expr_is_set(e, NFTNL_EXPR_PAYLOAD_DREG) ||
	    nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE) != NFT_PAYLOAD_NETWORK_HEADER)
		return false;
	if (m->flow->l4proto && at == proto && len == 1)
		set_byte(reg(m, e, NFTNL_EXPR_PAYLOAD_DREG), m->flow->l4proto);
	else if (m->flow->daddr && at == daddr && len <= addr_size(m->flow->family))
		set_known(reg(m, e, NFTNL_EXPR_PAYLOAD_DREG), m->flow->daddr, len);
	else
		return false;
	return true;
}

/* The source is a host's, or a remote's, and no address of the router. False: not that is asked. */
static bool run_fib(struct machine *m, struct nftnl_expr *e)
{
	const uint32_t type = RTN_UNICAST;

	if (nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_RESULT) != NFT_FIB_RESULT_ADDRTYPE ||
	    !(nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_FLAGS) & NFTA_FIB_F_SADDR) ||
	    !nftnl_expr_is_set(e, NFTNL_EXPR_FIB_DREG))
		return false;
	set_known(reg(m, e, NFTNL_EXPR_FIB_DREG), &type, sizeof(type));
	return true;
}

static void run_bitwise(struct machine *m, struct nftnl_expr *e)
{
	struct value *to = reg(m, e, NFTNL_EXPR_BITWISE_DREG);
	struct value v = *reg(m, e, NFTNL_EXPR_BITWISE_SREG);
	const uint8_t *mask, *xor;
	uint32_t len, xor_len, i;

	mask = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &len);
	xor = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_XOR, &xor_len);
	if (!mask || !xor || len > VALUE_SIZE || xor_len < len) {
		set_unknown(to);
		return;
	}
	for (i = 0; i < len; i++) {
		v.data[i] = (v.data[i] & mask[i]) ^ xor[i];
		v.known[i] |= ~mask[i];
	}
	*to = v;
}

static enum path_match equals(const struct value *v, const uint8_t *data, uint32_t len)
{
	enum path_match result = PATH_YES;
	uint32_t i;

	if (v->not_device && len == IFNAMSIZ && !strncmp(v->not_device, (const char *)data, len))
		return PATH_NO;
	for (i = 0; i < len; i++) {
		if ((v->data[i] ^ data[i]) & v->known[i])
			return PATH_NO;
		if (v->known[i] != 0xff)
			result = PATH_MAYBE;
	}
	return result;
}

static void run_cmp(struct machine *m, struct nftnl_expr *e)
{
	const struct value *v = reg(m, e, NFTNL_EXPR_CMP_SREG);
	enum path_match equal;
	uint32_t len;
	const uint8_t *data = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &len);

	equal = data && len <= VALUE_SIZE ? equals(v, data, len) : PATH_MAYBE;
	switch (nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP)) {
	case NFT_CMP_EQ:
		match(m, equal);
		break;
	case NFT_CMP_NEQ:
		match(m, PATH_YES - equal);
		break;
	default:
		match(m, PATH_MAYBE);
	}
}

static void set_verdict(struct path_step *step, int code, const char *chain)
{
	switch (code) {
	case NF_ACCEPT:
		step->verdict = PATH_ACCEPT;
		break;
	case NF_DROP:
		step->verdict = PATH_DROP;
		break;
	case NFT_RETURN:
		step->verdict = PATH_RETURN;
		break;
	case NFT_JUMP:
	case NFT_GOTO:
		step->verdict = code == NFT_JUMP ? PATH_JUMP : PATH_GOTO;
		snprintf(step->chain, sizeof(step->chain), "%s", chain ? chain : "");
		break;
	}
}

/* Whether an element holds @v; PATH_MAYBE if @v or the kind of set does not tell. */
static enum path_match find_element(struct nftnl_set *s, const struct value *v,
				    struct path_step *step)
{
	struct nftnl_set_elems_iter *iter = nftnl_set_elems_iter_create(s);
	enum path_match found = PATH_NO;
	struct nftnl_set_elem *e;

	while (iter && found != PATH_YES && (e = nftnl_set_elems_iter_next(iter))) {
		uint32_t len;
		const uint8_t *key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &len);
		enum path_match equal = PATH_MAYBE;

		/* Ranges and catch-all elements have flags, a second key or no key. */
		if (key && len <= VALUE_SIZE && !nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_FLAGS) &&
		    !nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_KEY_END))
			equal = equals(v, key, len);
		if (equal > found)
			found = equal;
		/* Among possible verdicts, accept takes precedence. */
		if (equal != PATH_NO && nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_VERDICT) &&
		    (equal == PATH_YES || step->verdict != PATH_ACCEPT))
			set_verdict(step, nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_VERDICT),
				    nftnl_set_elem_get_str(e, NFTNL_SET_ELEM_CHAIN));
	}
	nftnl_set_elems_iter_destroy(iter);
	return found;
}

static void run_lookup(struct machine *m, struct nftnl_expr *e)
{
	const struct value *v = reg(m, e, NFTNL_EXPR_LOOKUP_SREG);
	bool inverted = nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV;
	enum path_match found = PATH_MAYBE;
	struct nftnl_set *s;

	s = nft_read_set(m->rs->nft, nftnl_rule_get_u32(m->rule, NFTNL_RULE_FAMILY),
			 nftnl_rule_get_str(m->rule, NFTNL_RULE_TABLE),
			 nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET));
	if (s) {
		found = find_element(s, v, m->step);
		nftnl_set_free(s);
	}
	match(m, inverted ? PATH_YES - found : found);
	if (nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG))
		set_unknown(reg(m, e, NFTNL_EXPR_LOOKUP_DREG));
}

static void run_immediate(struct machine *m, struct nftnl_expr *e)
{
	uint32_t len;
	const void *data;

	if (nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG) == NFT_REG_VERDICT) {
		set_verdict(m->step, nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT),
			    nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN));
		return;
	}
	data = nftnl_expr_get(e, NFTNL_EXPR_IMM_DATA, &len);
	if (data && len <= VALUE_SIZE)
		set_known(reg(m, e, NFTNL_EXPR_IMM_DREG), data, len);
}

static void run_xt_match(struct machine *m, struct nftnl_expr *e)
{
	match(m, path_xt_match(e, m->flow));
}

static void run_xt_target(struct machine *m, struct nftnl_expr *e)
{
	path_xt_target(e, m->step);
}

static void run_nat(struct machine *m, struct nftnl_expr *e)
{
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_TYPE) == NFT_NAT_SNAT)
		m->step->nat_source = true;
	else
		m->step->nat_destination = true;
}

static bool is_counter(struct nftnl_expr *e)
{
	return !strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "counter");
}

/* "update @seen { ip saddr counter }" ends the rule only if the set is full. */
static bool is_note(struct nftnl_expr *e)
{
	const void *inner;
	uint32_t len;

	if (strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "dynset"))
		return false;
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_DYNSET_EXPR))
		return !nftnl_expr_is_set(e, NFTNL_EXPR_DYNSET_EXPRESSIONS);
	inner = nftnl_expr_get(e, NFTNL_EXPR_DYNSET_EXPR, &len);
	return inner && is_counter((struct nftnl_expr *)inner);
}

/* A named counter, or what a helper, a timeout or an expectation is set by; not a quota. */
static bool is_harmless_object(struct nftnl_expr *e)
{
	if (strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "objref") ||
	    !nftnl_expr_is_set(e, NFTNL_EXPR_OBJREF_IMM_TYPE))
		return false;
	switch (nftnl_expr_get_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE)) {
	case NFT_OBJECT_COUNTER:
	case NFT_OBJECT_CT_HELPER:
	case NFT_OBJECT_CT_TIMEOUT:
	case NFT_OBJECT_CT_EXPECT:
		return true;
	}
	return false;
}

static int run_expr(struct nftnl_expr *e, void *data)
{
	static const struct {
		const char *name;
		void (*run)(struct machine *m, struct nftnl_expr *e);
	} runners[] = {
		{ "meta", run_meta }, { "ct", run_ct }, { "bitwise", run_bitwise },
		{ "cmp", run_cmp }, { "lookup", run_lookup }, { "immediate", run_immediate },
		{ "match", run_xt_match }, { "target", run_xt_target }, { "nat", run_nat },
	};
	/* These do something and let the packet pass on. */
	static const char *const harmless[] = { "counter", "log", "last" };
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	struct machine *m = data;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(runners); i++) {
		if (!strcmp(name, runners[i].name)) {
			runners[i].run(m, e);
			return 0;
		}
	}
	for (i = 0; i < ARRAY_SIZE(harmless); i++)
		if (!strcmp(name, harmless[i]))
			return 0;
	if (is_note(e) || is_harmless_object(e))
		return 0;
	if (!strcmp(name, "reject")) {
		m->step->verdict = PATH_DROP;
	} else if (!strcmp(name, "masq")) {
		m->step->nat_source = true;
	} else if (!strcmp(name, "redir")) {
		m->step->nat_destination = true;
	} else if (!strcmp(name, "notrack")) {
		m->step->notrack = true;
	} else if (!strcmp(name, "queue")) {
		/* the chain is left; what a program drops is its owner's will */
		m->step->verdict = PATH_ACCEPT;
	} else if ((!strcmp(name, "payload") && run_payload(m, e)) ||
		   (!strcmp(name, "fib") && run_fib(m, e))) {
		return 0;
	} else if (!strcmp(name, "payload") || !strcmp(name, "exthdr") ||
		   !strcmp(name, "fib") || !strcmp(name, "rt") || !strcmp(name, "socket")) {
		/* Each has another attribute for its destination register: forget all registers. */
		memset(m->reg, 0, sizeof(m->reg));
	} else {
		match(m, PATH_MAYBE);
	}
	return 0;
}

void path_rule(const struct ruleset *rs, struct nftnl_rule *r, const struct path_flow *flow,
	       struct path_step *step)
{
	struct machine m = { .rs = rs, .flow = flow, .rule = r, .step = step };

	memset(step, 0, sizeof(*step));
	step->match = PATH_YES;
	nftnl_expr_foreach(r, run_expr, &m);
}
