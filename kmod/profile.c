// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles: named settings, and what selects them. Mappings keep the timers they
 * were made with (K-8). Today there is one, "default".
 */
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/netfilter/nf_conntrack_labels.h>

#include "fullcone.h"

/* RFC 4787 REQ-5: no UDP mapping expires sooner than two minutes. */
#define PROFILE_UDP_FLOOR	120

static struct netlink_range_validation short_range = { .min = 1, .max = 86400 };

static const struct fullcone_profile profile_default = {
	.name = "default",
	.alloc = FULLCONE_ALLOC_PRESERVE,
	.parity = true,
	.udp = 300,
	.udp_hold = 120,
	.label = FULLCONE_LABEL_DEFAULT,
	.udp_shorts = 2,
	.udp_short = {
		{ .port = htons(53), .timeout = 30 * HZ },
		{ .port = htons(123), .timeout = 30 * HZ },
	},
};

/**
 * fullcone_profile_selects() - shall this flow have a mapping with this profile?
 * @p: the profile
 * @ct: a flow that some rule may have labelled or marked
 *
 * Context: softirq, RCU held.
 */
bool fullcone_profile_selects(const struct fullcone_profile *p, const struct nf_conn *ct)
{
	const struct nf_conn_labels *labels = nf_ct_labels_find(ct);

	if (labels && p->label != FULLCONE_LABEL_NONE && test_bit(p->label, labels->bits))
		return true;
#ifdef CONFIG_NF_CONNTRACK_MARK
	return p->mark_mask && (READ_ONCE(ct->mark) & p->mark_mask) == p->mark;
#else
	return false;
#endif
}

/* The short timer of a destination port in jiffies, 0 if it has none (U-5a). */
u32 fullcone_profile_udp_short(const struct fullcone_profile *p, __be16 port)
{
	int i;

	for (i = 0; i < p->udp_shorts; i++)
		if (p->udp_short[i].port == port)
			return p->udp_short[i].timeout;
	return 0;
}

static const struct nla_policy short_policy[FULLCONE_UDP_SHORT_A_MAX + 1] = {
	[FULLCONE_UDP_SHORT_A_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[FULLCONE_UDP_SHORT_A_SECONDS] = NLA_POLICY_FULL_RANGE(NLA_U32, &short_range),
};

static int profile_parse_short(struct fullcone_profile *p, const struct nlattr *list,
			       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[FULLCONE_UDP_SHORT_A_MAX + 1];
	const struct nlattr *entry;
	int rem, err, n = 0;

	nla_for_each_nested(entry, list, rem) {
		if (nla_type(entry) != FULLCONE_UDP_SHORT_A_ENTRY) {
			NL_SET_ERR_MSG_ATTR(extack, entry, "udp_short: not an entry");
			return -EINVAL;
		}
		if (n == FULLCONE_UDP_SHORT_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, entry, "udp_short: at most 16 entries");
			return -ERANGE;
		}
		err = nla_parse_nested(tb, FULLCONE_UDP_SHORT_A_MAX, entry, short_policy, extack);
		if (err)
			return err;
		if (!tb[FULLCONE_UDP_SHORT_A_PORT] || !tb[FULLCONE_UDP_SHORT_A_SECONDS]) {
			NL_SET_ERR_MSG_ATTR(extack, entry, "udp_short: port and seconds needed");
			return -EINVAL;
		}
		p->udp_short[n].port = htons(nla_get_u16(tb[FULLCONE_UDP_SHORT_A_PORT]));
		p->udp_short[n].timeout = nla_get_u32(tb[FULLCONE_UDP_SHORT_A_SECONDS]) * HZ;
		n++;
	}
	p->udp_shorts = n;
	return 0;
}

static int profile_parse_ports(struct fullcone_profile *p, struct nlattr **tb,
			       struct netlink_ext_ack *extack)
{
	struct nlattr *min = tb[FULLCONE_PROFILE_A_PORT_MIN];
	struct nlattr *max = tb[FULLCONE_PROFILE_A_PORT_MAX];

	if (!min && !max)
		return 0;
	if (!min || !max) {
		NL_SET_ERR_MSG_ATTR(extack, min ?: max, "ports: both ends of the range are needed");
		return -EINVAL;
	}
	p->port_min = nla_get_u16(min);
	p->port_max = nla_get_u16(max);
	if (p->port_min > p->port_max) {
		NL_SET_ERR_MSG_ATTR(extack, min, "ports: the lower end is above the upper one");
		return -ERANGE;
	}
	if (!p->port_min && p->port_max) {
		NL_SET_ERR_MSG_ATTR(extack, min, "ports: 1-65535, or 0-0 for the default");
		return -ERANGE;
	}
	return 0;
}

static int profile_parse_selectors(struct fullcone_profile *p, struct nlattr **tb,
				   struct netlink_ext_ack *extack)
{
	struct nlattr *a = tb[FULLCONE_PROFILE_A_LABEL];

	if (a) {
		p->label = nla_get_u32(a);
		if (p->label > FULLCONE_LABEL_DEFAULT && p->label != FULLCONE_LABEL_NONE) {
			NL_SET_ERR_MSG_ATTR(extack, a, "label: 0-127, or none");
			return -ERANGE;
		}
	}
	if (tb[FULLCONE_PROFILE_A_MARK])
		p->mark = nla_get_u32(tb[FULLCONE_PROFILE_A_MARK]);
	if (tb[FULLCONE_PROFILE_A_MARK_MASK])
		p->mark_mask = nla_get_u32(tb[FULLCONE_PROFILE_A_MARK_MASK]);
	if (p->mark & ~p->mark_mask) {
		NL_SET_ERR_MSG_ATTR(extack, tb[FULLCONE_PROFILE_A_MARK] ?:
				    tb[FULLCONE_PROFILE_A_MARK_MASK],
				    "mark: a bit of the value is not in the mask, nothing would match");
		return -EINVAL;
	}
	return 0;
}

static int profile_parse_timers(struct fullcone_profile *p, struct nlattr **tb,
				struct netlink_ext_ack *extack)
{
	struct nlattr *a = tb[FULLCONE_PROFILE_A_UDP];
	int i, err;

	if (tb[FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS])
		p->unsafe_timeouts = nla_get_u8(tb[FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS]);
	if (a)
		p->udp = nla_get_u32(a);
	if (p->udp < PROFILE_UDP_FLOOR && !p->unsafe_timeouts) {
		NL_SET_ERR_MSG_ATTR(extack, a ?: tb[FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS],
				    "udp: below 120 s (RFC 4787 REQ-5) only with unsafe_timeouts=1");
		return -EINVAL;
	}
	if (tb[FULLCONE_PROFILE_A_UDP_HOLD])
		p->udp_hold = nla_get_u32(tb[FULLCONE_PROFILE_A_UDP_HOLD]);
	a = tb[FULLCONE_PROFILE_A_UDP_SHORT];
	err = a ? profile_parse_short(p, a, extack) : 0;
	if (err)
		return err;
	for (i = 0; i < p->udp_shorts && !p->unsafe_timeouts; i++) {
		if (ntohs(p->udp_short[i].port) < 1024 ||
		    p->udp_short[i].timeout >= PROFILE_UDP_FLOOR * HZ)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, a ?: tb[FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS],
				    "udp_short: ports above 1023 below 120 s (RFC 4787 REQ-5a) only with unsafe_timeouts=1");
		return -EINVAL;
	}
	return 0;
}

/**
 * fullcone_profile_set() - change settings, all or none, and make the engine active
 * @fn: the namespace's state
 * @info: the request
 *
 * Context: process. Return: 0 or a negative error, explained in extack.
 */
int fullcone_profile_set(struct fullcone_net *fn, struct genl_info *info)
{
	struct netlink_ext_ack *extack = info->extack;
	struct fullcone_profile *p, *old;
	struct nlattr **tb = info->attrs;
	int err;

	p = kmalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;

	mutex_lock(&fn->mutex);
	old = rcu_dereference_protected(fn->profile, lockdep_is_held(&fn->mutex));
	*p = *old;
	err = profile_parse_ports(p, tb, extack) ?: profile_parse_selectors(p, tb, extack) ?:
	      profile_parse_timers(p, tb, extack) ?: fullcone_activate_locked(fn, extack);
	if (!err) {
		if (tb[FULLCONE_PROFILE_A_ALLOC])
			p->alloc = nla_get_u8(tb[FULLCONE_PROFILE_A_ALLOC]);
		if (tb[FULLCONE_PROFILE_A_PARITY])
			p->parity = nla_get_u8(tb[FULLCONE_PROFILE_A_PARITY]);
		rcu_assign_pointer(fn->profile, p);
		p = old;
	}
	mutex_unlock(&fn->mutex);
	if (err)
		kfree(p);
	else
		kfree_rcu(p, rcu);
	return err;
}

static int profile_fill_short(const struct fullcone_profile *p, struct sk_buff *skb)
{
	struct nlattr *list, *entry;
	int i;

	list = nla_nest_start(skb, FULLCONE_PROFILE_A_UDP_SHORT);
	if (!list)
		return -EMSGSIZE;
	for (i = 0; i < p->udp_shorts; i++) {
		entry = nla_nest_start(skb, FULLCONE_UDP_SHORT_A_ENTRY);
		if (!entry ||
		    nla_put_u16(skb, FULLCONE_UDP_SHORT_A_PORT, ntohs(p->udp_short[i].port)) ||
		    nla_put_u32(skb, FULLCONE_UDP_SHORT_A_SECONDS, p->udp_short[i].timeout / HZ))
			return -EMSGSIZE;
		nla_nest_end(skb, entry);
	}
	nla_nest_end(skb, list);
	return 0;
}

/* The attributes of the profile. Return: 0, or -EMSGSIZE: the caller cancels. */
int fullcone_profile_fill(struct fullcone_net *fn, struct sk_buff *skb)
{
	const struct fullcone_profile *p;
	int err = 0;

	rcu_read_lock();
	p = rcu_dereference(fn->profile);
	if (nla_put_string(skb, FULLCONE_PROFILE_A_NAME, p->name) ||
	    nla_put_u16(skb, FULLCONE_PROFILE_A_PORT_MIN, p->port_min) ||
	    nla_put_u16(skb, FULLCONE_PROFILE_A_PORT_MAX, p->port_max) ||
	    nla_put_u8(skb, FULLCONE_PROFILE_A_ALLOC, p->alloc) ||
	    nla_put_u8(skb, FULLCONE_PROFILE_A_PARITY, p->parity) ||
	    nla_put_u32(skb, FULLCONE_PROFILE_A_UDP, p->udp) ||
	    nla_put_u32(skb, FULLCONE_PROFILE_A_UDP_HOLD, p->udp_hold) ||
	    nla_put_u8(skb, FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS, p->unsafe_timeouts) ||
	    nla_put_u32(skb, FULLCONE_PROFILE_A_LABEL, p->label) ||
	    nla_put_u32(skb, FULLCONE_PROFILE_A_MARK, p->mark) ||
	    nla_put_u32(skb, FULLCONE_PROFILE_A_MARK_MASK, p->mark_mask) ||
	    profile_fill_short(p, skb))
		err = -EMSGSIZE;
	rcu_read_unlock();
	return err;
}

int fullcone_profile_init(struct fullcone_net *fn)
{
	struct fullcone_profile *p = kmemdup(&profile_default, sizeof(*p), GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	RCU_INIT_POINTER(fn->profile, p);
	return 0;
}

/* Nobody reads any more. */
void fullcone_profile_exit(struct fullcone_net *fn)
{
	kfree(rcu_dereference_protected(fn->profile, true));
}
