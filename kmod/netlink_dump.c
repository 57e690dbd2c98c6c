// SPDX-License-Identifier: GPL-2.0
/* Mappings as messages: the filter, one mapping, the dump. */
#include <linux/slab.h>
#include <net/genetlink.h>

#include "fullcone.h"

/* Attributes of a flush that are not part of its filter. */
#define FILTER_OTHERS	(BIT(FULLCONE_MAPPING_A_ALL) | BIT(FULLCONE_MAPPING_A_STATIC))

static size_t addr_size(u8 family)
{
	return family == NFPROTO_IPV6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

static int filter_parse_addr(struct fullcone_filter *f, struct fullcone_endpoint *ep,
			     const struct nlattr *a, struct netlink_ext_ack *extack)
{
	u8 family = nla_len(a) == sizeof(struct in6_addr) ? NFPROTO_IPV6 : NFPROTO_IPV4;

	if (nla_len(a) != addr_size(family)) {
		NL_SET_ERR_MSG_ATTR(extack, a, "an address has 4 or 16 bytes");
		return -EINVAL;
	}
	if (f->family && f->family != family) {
		NL_SET_ERR_MSG_ATTR(extack, a, "the address is of another family");
		return -EINVAL;
	}
	f->family = family;
	ep->family = family;
	memcpy(&ep->addr, nla_data(a), nla_len(a));
	return 0;
}

static bool filter_has(const struct fullcone_filter *f, int attr)
{
	return f->present & BIT(attr);
}

/**
 * fullcone_filter_parse() - read the filter of a request
 * @f: the filter
 * @attrs: FULLCONE_MAPPING_A_*, validated by policy
 * @extack: where to say what is wrong
 */
int fullcone_filter_parse(struct fullcone_filter *f, struct nlattr **attrs,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	int i, err;

	BUILD_BUG_ON(FULLCONE_MAPPING_A_MAX >= 32);
	memset(f, 0, sizeof(*f));
	for (i = 1; i <= FULLCONE_MAPPING_A_MAX; i++)
		if (attrs[i] && !(BIT(i) & FILTER_OTHERS))
			f->present |= BIT(i);

	a = attrs[FULLCONE_MAPPING_A_FAMILY];
	if (a) {
		f->family = nla_get_u8(a);
		if (f->family != NFPROTO_IPV4 && f->family != NFPROTO_IPV6) {
			NL_SET_ERR_MSG_ATTR(extack, a, "family: 2 is IPv4, 10 is IPv6");
			return -EINVAL;
		}
	}
	a = attrs[FULLCONE_MAPPING_A_INT_ADDR];
	if (a) {
		err = filter_parse_addr(f, &f->in, a, extack);
		if (err)
			return err;
		f->int_prefix_len = nla_len(a) * BITS_PER_BYTE;
	}
	a = attrs[FULLCONE_MAPPING_A_INT_PREFIX_LEN];
	if (a) {
		if (!filter_has(f, FULLCONE_MAPPING_A_INT_ADDR) ||
		    nla_get_u8(a) > f->int_prefix_len) {
			NL_SET_ERR_MSG_ATTR(extack, a, "prefix longer than the internal address");
			return -EINVAL;
		}
		f->int_prefix_len = nla_get_u8(a);
	}
	a = attrs[FULLCONE_MAPPING_A_EXT_ADDR];
	if (a) {
		err = filter_parse_addr(f, &f->ext, a, extack);
		if (err)
			return err;
	}
	if (attrs[FULLCONE_MAPPING_A_INT_PORT])
		f->in.port = nla_get_be16(attrs[FULLCONE_MAPPING_A_INT_PORT]);
	if (attrs[FULLCONE_MAPPING_A_EXT_PORT])
		f->ext.port = nla_get_be16(attrs[FULLCONE_MAPPING_A_EXT_PORT]);
	if (attrs[FULLCONE_MAPPING_A_PROTO])
		f->proto = nla_get_u8(attrs[FULLCONE_MAPPING_A_PROTO]);
	if (attrs[FULLCONE_MAPPING_A_STATE])
		f->state = nla_get_u8(attrs[FULLCONE_MAPPING_A_STATE]);
	if (attrs[FULLCONE_MAPPING_A_ZONE])
		f->zone = nla_get_u16(attrs[FULLCONE_MAPPING_A_ZONE]);
	if (attrs[FULLCONE_MAPPING_A_IFINDEX])
		f->ifindex = nla_get_u32(attrs[FULLCONE_MAPPING_A_IFINDEX]);
	if (attrs[FULLCONE_MAPPING_A_PROFILE])
		strscpy(f->profile, nla_data(attrs[FULLCONE_MAPPING_A_PROFILE]),
			sizeof(f->profile));
	return 0;
}

bool fullcone_filter_match(const struct fullcone_filter *f, const struct fullcone_mapping *m)
{
	if (f->family && f->family != m->ext.family)
		return false;
	if (filter_has(f, FULLCONE_MAPPING_A_PROTO) && f->proto != m->ext.proto)
		return false;
	if (filter_has(f, FULLCONE_MAPPING_A_ZONE) && f->zone != m->key.ep.zone)
		return false;
	if (filter_has(f, FULLCONE_MAPPING_A_INT_ADDR) &&
	    !fullcone_prefix_match(&f->in.addr, &m->key.ep.addr, f->int_prefix_len))
		return false;
	if (filter_has(f, FULLCONE_MAPPING_A_INT_PORT) && f->in.port != m->key.ep.port)
		return false;
	if (filter_has(f, FULLCONE_MAPPING_A_EXT_ADDR) &&
	    !nf_inet_addr_cmp(&f->ext.addr, &m->ext.addr))
		return false;
	if (filter_has(f, FULLCONE_MAPPING_A_EXT_PORT) && f->ext.port != m->ext.port)
		return false;
	if (filter_has(f, FULLCONE_MAPPING_A_STATE) &&
	    f->state != fullcone_mapping_state(m, jiffies))
		return false;
	if (filter_has(f, FULLCONE_MAPPING_A_IFINDEX) && f->ifindex != m->ifindex)
		return false;
	if (filter_has(f, FULLCONE_MAPPING_A_PROFILE) && strcmp(f->profile, m->profile->name))
		return false;
	return true;
}

/* Is there a socket on the external endpoint now? */
static bool fill_local_conflict(const struct fullcone_mapping *m)
{
	struct nf_conntrack_tuple in = {
		.src.l3num = m->ext.family,
		.dst.protonum = m->ext.proto,
		.dst.u3 = m->ext.addr,
		.dst.u.all = m->ext.port,
	};

	return fullcone_local_socket(nf_ct_net(&m->anchor), &in, m->ifindex);
}

static int fill_endpoints(struct sk_buff *skb, const struct fullcone_mapping *m)
{
	size_t size = addr_size(m->ext.family);

	return nla_put_u8(skb, FULLCONE_MAPPING_A_FAMILY, m->ext.family) ||
	       nla_put_u8(skb, FULLCONE_MAPPING_A_PROTO, m->ext.proto) ||
	       nla_put_u16(skb, FULLCONE_MAPPING_A_ZONE, m->key.ep.zone) ||
	       nla_put(skb, FULLCONE_MAPPING_A_INT_ADDR, size, &m->key.ep.addr) ||
	       nla_put_be16(skb, FULLCONE_MAPPING_A_INT_PORT, m->key.ep.port) ||
	       nla_put(skb, FULLCONE_MAPPING_A_EXT_ADDR, size, &m->ext.addr) ||
	       nla_put_be16(skb, FULLCONE_MAPPING_A_EXT_PORT, m->ext.port) ?
	       -EMSGSIZE : 0;
}

static u32 fill_flags(const struct fullcone_mapping *m, unsigned long now)
{
	u32 flags = 0;

	if (fill_local_conflict(m))
		flags |= FULLCONE_FLAG_LOCAL_CONFLICT;
	if (test_bit(FULLCONE_OFFLOADED, &m->flags))
		flags |= FULLCONE_FLAG_OFFLOADED;
	if (test_bit(FULLCONE_SHORT, &m->flags))
		flags |= FULLCONE_FLAG_SHORT;
	if (test_bit(FULLCONE_STATIC, &m->flags))
		flags |= FULLCONE_FLAG_STATIC;
	if (test_bit(FULLCONE_EXPLICIT, &m->flags) &&
	    time_before(now, READ_ONCE(m->explicit_end)))
		flags |= FULLCONE_FLAG_EXPLICIT;
	if (test_bit(FULLCONE_ADOPTED, &m->flags))
		flags |= FULLCONE_FLAG_ADOPTED;
	if (test_bit(FULLCONE_ZONE_DIR, &m->flags))
		flags |= FULLCONE_FLAG_ZONE_DIR;
	return flags;
}

static int fill_state(struct sk_buff *skb, const struct fullcone_mapping *m)
{
	/* without FULLCONE_STAMP_UNIT, by which the timer may be late */
	unsigned long now = jiffies, end = fullcone_mapping_deadline(m) - FULLCONE_STAMP_UNIT;
	u8 state = fullcone_mapping_state(m, now);
	u64 age = get_jiffies_64() - m->created;
	unsigned long explicit_end = READ_ONCE(m->explicit_end);
	u32 flags = fill_flags(m, now);

	if ((flags & FULLCONE_FLAG_EXPLICIT) && time_after(explicit_end, end))
		end = explicit_end;
	/* the hold begins when GC comes by, whenever the timer, the lifetime or a session ended */
	if (state == FULLCONE_STATE_HELD)
		end = (test_bit(FULLCONE_HELD, &m->flags) ? READ_ONCE(m->held_since) : now) +
		      fullcone_mapping_hold(m);
	if (nla_put_u8(skb, FULLCONE_MAPPING_A_STATE, state) ||
	    nla_put_u32(skb, FULLCONE_MAPPING_A_SESSIONS, fullcone_mapping_sessions(m)) ||
	    nla_put_u32(skb, FULLCONE_MAPPING_A_FLAGS, flags) ||
	    nla_put_u64_64bit(skb, FULLCONE_MAPPING_A_AGE, jiffies64_to_msecs(age),
			      FULLCONE_MAPPING_A_PAD))
		return -EMSGSIZE;
	if (state == FULLCONE_STATE_DRAIN || (flags & FULLCONE_FLAG_STATIC))
		return 0;
	return nla_put_u64_64bit(skb, FULLCONE_MAPPING_A_EXPIRES,
				 time_after(end, now) ? jiffies_to_msecs(end - now) : 0,
				 FULLCONE_MAPPING_A_PAD);
}

/* What its mapping and filter depend on, and the remotes that may come in. */
static int fill_modes(struct sk_buff *skb, const struct fullcone_mapping *m)
{
	const struct fullcone_remotes *r = rcu_dereference(m->remotes);
	bool explicit = fullcone_mapping_is_explicit(m, jiffies);

	if (nla_put_u8(skb, FULLCONE_MAPPING_A_MAP, m->map) ||
	    nla_put_u8(skb, FULLCONE_MAPPING_A_FILTER,
		       explicit ? FULLCONE_DEPEND_NONE : m->filter))
		return -EMSGSIZE;
	if (m->map != FULLCONE_DEPEND_NONE &&
	    nla_put(skb, FULLCONE_MAPPING_A_REMOTE_ADDR, addr_size(m->ext.family),
		    &m->key.remote_addr))
		return -EMSGSIZE;
	if (m->map == FULLCONE_DEPEND_ADDR_PORT && m->key.remote_port &&
	    nla_put_be16(skb, FULLCONE_MAPPING_A_REMOTE_PORT, m->key.remote_port))
		return -EMSGSIZE;
	return explicit && r ? fullcone_remotes_fill(skb, r) : 0;
}

/* What identifies a mapping, without its state. Context and return as below. */
int fullcone_mapping_fill_name(struct sk_buff *skb, const struct fullcone_mapping *m)
{
	bool pool = fullcone_realm_is_pool(m->key.realm);

	if (fill_endpoints(skb, m) ||
	    nla_put_string(skb, FULLCONE_MAPPING_A_REALM,
			   pool ? m->profile->name : "masquerade") ||
	    (m->ifindex && nla_put_u32(skb, FULLCONE_MAPPING_A_IFINDEX, m->ifindex)) ||
	    nla_put_string(skb, FULLCONE_MAPPING_A_PROFILE, m->profile->name))
		return -EMSGSIZE;
	return 0;
}

/**
 * fullcone_mapping_fill() - the attributes of a mapping
 * @skb: the message
 * @m: the mapping, under RCU
 *
 * Return: 0, or -EMSGSIZE: the caller cancels the message.
 */
int fullcone_mapping_fill(struct sk_buff *skb, const struct fullcone_mapping *m)
{
	return fullcone_mapping_fill_name(skb, m) ?: fill_state(skb, m) ?: fill_modes(skb, m);
}

/* What a dump keeps between two messages: no lock and no reference. */
struct dump_context {
	struct fullcone_filter filter;
	struct fullcone_cursor cursor;
};

struct dump_visit {
	const struct dump_context *ctx;
	struct sk_buff *skb;
	struct netlink_callback *cb;
	bool full;
};

static int dump_visit(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	struct dump_visit *v = data;
	void *hdr;

	if (!fullcone_filter_match(&v->ctx->filter, m))
		return 0;
	hdr = genlmsg_put(v->skb, NETLINK_CB(v->cb->skb).portid, v->cb->nlh->nlmsg_seq,
			  &fullcone_genl_family, NLM_F_MULTI, FULLCONE_CMD_MAPPING_GET);
	if (!hdr || fullcone_mapping_fill(v->skb, m)) {
		genlmsg_cancel(v->skb, hdr);
		v->full = true;
		return 1;
	}
	genlmsg_end(v->skb, hdr);
	return 0;
}

int fullcone_dump_start(struct netlink_callback *cb)
{
	const struct genl_dumpit_info *info = genl_dumpit_info(cb);
	struct dump_context *ctx;
	int err;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	err = fullcone_filter_parse(&ctx->filter, fullcone_compat_dump_attrs(info), cb->extack);
	if (err) {
		kfree(ctx);
		return err;
	}
	cb->args[0] = (long)ctx;
	return 0;
}

/*
 * One message's worth. The cursor is an external endpoint, so nothing that others
 * do to the table makes it skip or repeat a mapping that stays: no dump needs to be
 * marked as interrupted.
 */
int fullcone_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct fullcone_net *fn = fullcone_pernet(sock_net(skb->sk));
	struct dump_context *ctx = (struct dump_context *)cb->args[0];
	struct dump_visit v = { .ctx = ctx, .skb = skb, .cb = cb };

	while (fullcone_table_walk(fn, &ctx->cursor, FULLCONE_BATCH, dump_visit, &v) && !v.full)
		cond_resched();
	return skb->len;
}

int fullcone_dump_done(struct netlink_callback *cb)
{
	kfree((void *)cb->args[0]);
	return 0;
}
