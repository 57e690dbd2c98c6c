// SPDX-License-Identifier: GPL-2.0
/*
 * Remotes that a request names for an explicit mapping (PCP FILTER, RFC 6887 section
 * 13.3): while the mapping is explicit, only they may begin a session with it, whatever
 * its own filter is (C-3).
 */
#include <linux/slab.h>
#include <net/genetlink.h>

#include "fullcone.h"

struct fullcone_remotes {
	refcount_t ref;
	struct rcu_head rcu;
	u8 family;
	u32 count;
	struct remote_range {
		union nf_inet_addr addr;
		__be16 port;		/* 0: any */
		u8 prefix_len;
	} range[];
};

static const struct nla_policy remote_policy[FULLCONE_REMOTE_A_MAX + 1] = {
	[FULLCONE_REMOTE_A_ADDR] = { .type = NLA_BINARY, .len = sizeof(struct in6_addr) },
	[FULLCONE_REMOTE_A_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[FULLCONE_REMOTE_A_PORT] = { .type = NLA_U16 },
};

bool fullcone_prefix_match(const union nf_inet_addr *a, const union nf_inet_addr *b, u8 len)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(a->ip6) && len; i++) {
		u8 bits = min_t(u8, len, 32);

		if ((ntohl(a->ip6[i]) ^ ntohl(b->ip6[i])) >> (32 - bits))
			return false;
		len -= bits;
	}
	return true;
}

static size_t remotes_addr_size(u8 family)
{
	return family == NFPROTO_IPV6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

static int remotes_parse_entry(struct fullcone_remotes *r, const struct nlattr *entry,
			       struct netlink_ext_ack *extack)
{
	struct remote_range *range = &r->range[r->count];
	struct nlattr *tb[FULLCONE_REMOTE_A_MAX + 1];
	size_t size = remotes_addr_size(r->family);
	const struct nlattr *a;
	unsigned int bit;
	int err;

	if (nla_type(entry) != FULLCONE_REMOTE_A_ENTRY) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "not an entry of the list");
		return -EINVAL;
	}
	if (r->count == FULLCONE_REMOTES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "remotes: at most 16 entries");
		return -ERANGE;
	}
	err = nla_parse_nested(tb, FULLCONE_REMOTE_A_MAX, entry, remote_policy, extack);
	if (err)
		return err;
	a = tb[FULLCONE_REMOTE_A_ADDR];
	if (!a || nla_len(a) != size) {
		NL_SET_ERR_MSG_ATTR(extack, entry,
				    "remotes: an address of the mapping's family is needed");
		return -EINVAL;
	}
	memcpy(&range->addr, nla_data(a), size);
	a = tb[FULLCONE_REMOTE_A_PREFIX_LEN];
	range->prefix_len = a ? nla_get_u8(a) : size * BITS_PER_BYTE;
	if (range->prefix_len > size * BITS_PER_BYTE) {
		NL_SET_ERR_MSG_ATTR(extack, a, "remotes: prefix longer than the address");
		return -EINVAL;
	}
	/* behind the prefix they match nothing, and no command would take them back */
	for (bit = range->prefix_len; bit < size * BITS_PER_BYTE; bit++)
		((u8 *)&range->addr)[bit / BITS_PER_BYTE] &= ~(0x80 >> bit % BITS_PER_BYTE);
	a = tb[FULLCONE_REMOTE_A_PORT];
	if (a)
		range->port = nla_get_be16(a);
	if (a && !range->port) {
		NL_SET_ERR_MSG_ATTR(extack, a, "remotes: a port is 1-65535");
		return -EINVAL;
	}
	r->count++;
	return 0;
}

/**
 * fullcone_remotes_parse() - parse the list of a request
 * @list: FULLCONE_MAPPING_A_REMOTES
 * @family: of the mapping
 * @extack: where to say what is wrong
 *
 * Context: process. Return: the list, with a reference for the caller, or an error pointer.
 */
struct fullcone_remotes *fullcone_remotes_parse(const struct nlattr *list, u8 family,
						struct netlink_ext_ack *extack)
{
	struct fullcone_remotes *r;
	const struct nlattr *entry;
	int rem, err;

	r = kzalloc(struct_size(r, range, FULLCONE_REMOTES_MAX), GFP_KERNEL_ACCOUNT);
	if (!r)
		return ERR_PTR(-ENOMEM);
	refcount_set(&r->ref, 1);
	r->family = family;
	nla_for_each_nested(entry, list, rem) {
		err = remotes_parse_entry(r, entry, extack);
		if (err) {
			kfree(r);
			return ERR_PTR(err);
		}
	}
	return r;
}

void fullcone_remotes_put(struct fullcone_remotes *r)
{
	if (r && refcount_dec_and_test(&r->ref))
		kfree_rcu(r, rcu);
}

/* Takes a reference for a mapping; an empty list becomes NULL. */
struct fullcone_remotes *fullcone_remotes_get(struct fullcone_remotes *r)
{
	if (!r || !r->count)
		return NULL;
	refcount_inc(&r->ref);
	return r;
}

/* RCU held. */
bool fullcone_remotes_match(const struct fullcone_remotes *r, const union nf_inet_addr *addr,
			    __be16 port)
{
	u32 i;

	for (i = 0; i < r->count; i++)
		if ((!r->range[i].port || r->range[i].port == port) &&
		    fullcone_prefix_match(&r->range[i].addr, addr, r->range[i].prefix_len))
			return true;
	return false;
}

static bool remotes_fill_entry(struct sk_buff *skb, u8 family, const struct remote_range *range)
{
	struct nlattr *entry = nla_nest_start(skb, FULLCONE_REMOTE_A_ENTRY);

	if (!entry ||
	    nla_put(skb, FULLCONE_REMOTE_A_ADDR, remotes_addr_size(family), &range->addr) ||
	    nla_put_u8(skb, FULLCONE_REMOTE_A_PREFIX_LEN, range->prefix_len) ||
	    (range->port && nla_put_be16(skb, FULLCONE_REMOTE_A_PORT, range->port)))
		return false;
	nla_nest_end(skb, entry);
	return true;
}

/* FULLCONE_MAPPING_A_REMOTES. RCU held. Return: 0 or -EMSGSIZE. */
int fullcone_remotes_fill(struct sk_buff *skb, const struct fullcone_remotes *r)
{
	struct nlattr *list = nla_nest_start(skb, FULLCONE_MAPPING_A_REMOTES);
	u32 i;

	if (!list)
		return -EMSGSIZE;
	for (i = 0; i < r->count; i++)
		if (!remotes_fill_entry(skb, r->family, &r->range[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, list);
	return 0;
}
