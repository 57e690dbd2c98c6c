// SPDX-License-Identifier: GPL-2.0
/* Handlers of requests about mappings. */
#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "fullcone.h"

/* RFC 6887 section 15. */
static struct netlink_range_validation lifetime_range = { .min = 1, .max = 86400 };

const struct nla_policy fullcone_mapping_policy[FULLCONE_MAPPING_A_MAX + 1] = {
	[FULLCONE_MAPPING_A_FAMILY]	= { .type = NLA_U8 },
	[FULLCONE_MAPPING_A_PROTO]	= { .type = NLA_U8 },
	[FULLCONE_MAPPING_A_ZONE]	= { .type = NLA_U16 },
	[FULLCONE_MAPPING_A_INT_ADDR]	= { .type = NLA_BINARY, .len = sizeof(struct in6_addr) },
	[FULLCONE_MAPPING_A_INT_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[FULLCONE_MAPPING_A_INT_PORT]	= { .type = NLA_U16 },
	[FULLCONE_MAPPING_A_EXT_ADDR]	= { .type = NLA_BINARY, .len = sizeof(struct in6_addr) },
	[FULLCONE_MAPPING_A_EXT_PORT]	= { .type = NLA_U16 },
	[FULLCONE_MAPPING_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[FULLCONE_MAPPING_A_PROFILE]	= { .type = NLA_NUL_STRING, .len = FULLCONE_NAME_SIZE - 1 },
	[FULLCONE_MAPPING_A_STATE]	= NLA_POLICY_RANGE(NLA_U8, FULLCONE_STATE_OPEN,
							   FULLCONE_STATE_MAX),
	[FULLCONE_MAPPING_A_ALL]	= { .type = NLA_FLAG },
	[FULLCONE_MAPPING_A_LIFETIME]	= NLA_POLICY_FULL_RANGE(NLA_U32, &lifetime_range),
	[FULLCONE_MAPPING_A_EXACT]	= { .type = NLA_FLAG },
	[FULLCONE_MAPPING_A_STATIC]	= { .type = NLA_FLAG },
};

/* One mapping, by either side, and what is to be done with it. */
struct netlink_find {
	struct fullcone_filter filter;
	struct sk_buff *skb;
	int (*act)(struct fullcone_net *fn, struct fullcone_mapping *m, struct sk_buff *skb);
	int result;
};

static int find_visit(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	struct netlink_find *find = data;

	if (!fullcone_filter_match(&find->filter, m))
		return 0;
	find->result = find->act(fn, m, find->skb);
	return 1;
}

static void find_by_ext(struct fullcone_net *fn, struct netlink_find *find)
{
	const struct fullcone_filter *f = &find->filter;
	struct fullcone_endpoint ext = f->ext;
	struct fullcone_mapping *m;

	ext.proto = f->proto;
	ext.zone = f->zone;
	rcu_read_lock();
	m = fullcone_table_by_ext(fn, &ext);
	if (m)
		find_visit(fn, m, find);
	rcu_read_unlock();
}

static void find_by_walk(struct fullcone_net *fn, struct netlink_find *find)
{
	struct fullcone_cursor cursor = {};

	while (fullcone_table_walk(fn, &cursor, FULLCONE_BATCH, find_visit, find) &&
	       find->result == -ENOENT)
		cond_resched();
}

static int find_mapping(struct genl_info *info, struct netlink_find *find)
{
	bool by_ext = info->attrs[FULLCONE_MAPPING_A_EXT_ADDR] &&
		      info->attrs[FULLCONE_MAPPING_A_EXT_PORT];
	bool by_int = info->attrs[FULLCONE_MAPPING_A_INT_ADDR] &&
		      info->attrs[FULLCONE_MAPPING_A_INT_PORT];
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	int err;

	if (GENL_REQ_ATTR_CHECK(info, FULLCONE_MAPPING_A_PROTO)) {
		NL_SET_ERR_MSG(info->extack, "which protocol?");
		return -EINVAL;
	}
	if (!by_ext && !by_int) {
		NL_SET_ERR_MSG(info->extack,
			       "an external or an internal address and port are needed");
		return -EINVAL;
	}
	err = fullcone_filter_parse(&find->filter, info->attrs, info->extack);
	if (err)
		return err;
	find->result = -ENOENT;
	if (by_ext)
		find_by_ext(fn, find);
	else
		find_by_walk(fn, find);
	if (find->result == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "no such mapping");
	return find->result;
}

static int get_act(struct fullcone_net *fn, struct fullcone_mapping *m, struct sk_buff *skb)
{
	return fullcone_mapping_fill(skb, m);
}

int fullcone_mapping_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_find find = { .act = get_act };
	void *hdr;

	find.skb = fullcone_reply_new(info, FULLCONE_CMD_MAPPING_GET, &hdr);
	if (!find.skb)
		return -ENOMEM;
	return fullcone_reply_send(find.skb, info, hdr, find_mapping(info, &find));
}

static int del_act(struct fullcone_net *fn, struct fullcone_mapping *m, struct sk_buff *skb)
{
	/* not that of a mapping that is not there: its sentence says more */
	return fullcone_explicit_del(fn, m) ? -ENODATA : 0;
}

int fullcone_mapping_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_find find = { .act = del_act };
	int err;

	err = find_mapping(info, &find);
	if (err != -ENODATA)
		return err;
	NL_SET_ERR_MSG(info->extack,
		       "the mapping is neither static nor explicit; a flush ends any");
	return -ENOENT;
}

/* The external side of masquerade: an interface, and an address of the router. */
static int add_parse_masquerade(struct fullcone_net *fn, struct fullcone_request *req,
				struct genl_info *info)
{
	struct nlattr *ifindex = info->attrs[FULLCONE_MAPPING_A_IFINDEX];
	struct nlattr *addr = info->attrs[FULLCONE_MAPPING_A_EXT_ADDR];
	u8 family = req->key.ep.family;
	struct net_device *dev;
	bool has;

	if (!ifindex && !addr) {
		NL_SET_ERR_MSG(info->extack,
			       "an external interface or an external address is needed");
		return -EINVAL;
	}
	dev = ifindex ? dev_get_by_index_rcu(fn->net, nla_get_u32(ifindex)) :
			fullcone_local_device(fn->net, family, &req->ext_addr);
	if (!dev && ifindex) {
		NL_SET_ERR_MSG_ATTR(info->extack, ifindex, "no such interface");
		return -ENODEV;
	}
	if (addr && (!dev || !fullcone_local_device(fn->net, family, &req->ext_addr))) {
		NL_SET_ERR_MSG_ATTR(info->extack, addr, "not an address of the router");
		return -EADDRNOTAVAIL;
	}
	req->ifindex = dev->ifindex;
	req->key.realm = dev->ifindex;
	if (addr)
		return 0;
	if (family == NFPROTO_IPV6)
		has = fullcone_masquerade_addr6(fn, req, dev, NULL);
	else
		has = fullcone_masquerade_addr4(req, dev, 0);
	if (!has) {
		NL_SET_ERR_MSG_ATTR(info->extack, ifindex, "the interface has no address");
		return -EADDRNOTAVAIL;
	}
	return 0;
}

static int add_parse_pool(struct fullcone_request *req, struct genl_info *info)
{
	struct nlattr *addr = info->attrs[FULLCONE_MAPPING_A_EXT_ADDR];

	req->key.realm = FULLCONE_REALM_POOL | req->profile->id;
	if (info->attrs[FULLCONE_MAPPING_A_IFINDEX])
		req->ifindex = nla_get_u32(info->attrs[FULLCONE_MAPPING_A_IFINDEX]);
	if (!addr)
		return 0;
	req->addr_given = true;
	if (fullcone_pool_has(req->settings, req->key.ep.family, &req->ext_addr))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, addr, "not an address of the profile's sources");
	return -EADDRNOTAVAIL;
}

/* RCU held. */
static int add_parse_external(struct fullcone_net *fn, struct fullcone_request *req,
			      struct genl_info *info)
{
	struct nlattr *addr = info->attrs[FULLCONE_MAPPING_A_EXT_ADDR];
	struct nlattr *port = info->attrs[FULLCONE_MAPPING_A_EXT_PORT];
	bool exact = info->attrs[FULLCONE_MAPPING_A_EXACT];

	if (addr) {
		if (nla_len(addr) != nla_len(info->attrs[FULLCONE_MAPPING_A_INT_ADDR])) {
			NL_SET_ERR_MSG_ATTR(info->extack, addr,
					    "not of the internal address's family");
			return -EAFNOSUPPORT;
		}
		memcpy(&req->ext_addr, nla_data(addr), nla_len(addr));
	}
	if (port)
		req->ext_port = nla_get_be16(port);
	if (port && !req->ext_port) {
		NL_SET_ERR_MSG_ATTR(info->extack, port, "a port is 1-65535");
		return -EINVAL;
	}
	if (exact && (!addr || !port)) {
		NL_SET_ERR_MSG(info->extack, "exact: an external address and port are needed");
		return -EINVAL;
	}
	if (port)
		req->want = exact ? FULLCONE_WANT_EXACT : FULLCONE_WANT_PREFER;
	if (req->settings->source_addrs[fullcone_family(req->key.ep.family)])
		return add_parse_pool(req, info);
	return add_parse_masquerade(fn, req, info);
}

/* The address of the host, of whichever family. */
static int add_parse_host(struct fullcone_request *req, const struct nlattr *addr,
			  struct netlink_ext_ack *extack)
{
	struct fullcone_endpoint *ep = &req->key.ep;
	bool host;

	if (nla_len(addr) != sizeof(struct in_addr) && nla_len(addr) != sizeof(struct in6_addr)) {
		NL_SET_ERR_MSG_ATTR(extack, addr, "an address has 4 or 16 bytes");
		return -EINVAL;
	}
	memcpy(&ep->addr, nla_data(addr), nla_len(addr));
	if (nla_len(addr) == sizeof(struct in_addr)) {
		ep->family = NFPROTO_IPV4;
		host = ep->addr.ip && !ipv4_is_multicast(ep->addr.ip) &&
		       !ipv4_is_lbcast(ep->addr.ip);
	} else {
		ep->family = NFPROTO_IPV6;
		host = (ipv6_addr_type(&ep->addr.in6) & IPV6_ADDR_UNICAST) &&
		       !(ipv6_addr_type(&ep->addr.in6) &
			 (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK));
	}
	if (!host) {
		NL_SET_ERR_MSG_ATTR(extack, addr, "not the address of a host");
		return -EINVAL;
	}
	if (ep->family == NFPROTO_IPV6 && !req->settings->ip6) {
		NL_SET_ERR_MSG_ATTR(extack, addr, "the profile is not for IPv6 (ip6)");
		return -EAFNOSUPPORT;
	}
	return 0;
}

static int add_parse_internal(struct fullcone_request *req, struct genl_info *info)
{
	struct nlattr *addr = info->attrs[FULLCONE_MAPPING_A_INT_ADDR];
	struct nlattr *zone = info->attrs[FULLCONE_MAPPING_A_ZONE];
	u8 proto = nla_get_u8(info->attrs[FULLCONE_MAPPING_A_PROTO]);
	int err;

	if (proto != IPPROTO_UDP) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[FULLCONE_MAPPING_A_PROTO],
				    "there are mappings of UDP only");
		return -EOPNOTSUPP;
	}
	req->key.ep = (struct fullcone_endpoint) {
		.port = nla_get_be16(info->attrs[FULLCONE_MAPPING_A_INT_PORT]),
		.zone = zone ? nla_get_u16(zone) : NF_CT_DEFAULT_ZONE_ID,
		.proto = proto,
	};
	err = add_parse_host(req, addr, info->extack);
	if (err)
		return err;
	if (!req->key.ep.port) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[FULLCONE_MAPPING_A_INT_PORT],
				    "a port is 1-65535");
		return -EINVAL;
	}
	nf_ct_zone_init(&req->zone, req->key.ep.zone, NF_CT_DEFAULT_ZONE_DIR, 0);
	req->ext_zone = req->key.ep.zone;
	return 0;
}

/* Under the namespace's mutex, so that the profile and its settings stay. */
static int add_locked(struct fullcone_net *fn, struct genl_info *info, struct sk_buff *reply)
{
	const struct nlattr *name = info->attrs[FULLCONE_MAPPING_A_PROFILE];
	const struct nlattr *lifetime = info->attrs[FULLCONE_MAPPING_A_LIFETIME];
	struct fullcone_request req = {};
	struct fullcone_mapping *m;
	int err;

	req.profile = name ? fullcone_profile_find(fn, nla_data(name)) : fn->default_profile;
	if (!req.profile) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "no such profile");
		return -ENOENT;
	}
	req.settings = fullcone_profile_settings(fn, req.profile);
	err = add_parse_internal(&req, info);
	if (err)
		return err;
	rcu_read_lock();
	err = add_parse_external(fn, &req, info);
	rcu_read_unlock();
	err = err ?: fullcone_activate_locked(fn, info->extack);
	if (err)
		return err;
	rcu_read_lock();
	m = fullcone_explicit_add(fn, &req, lifetime ? nla_get_u32(lifetime) : 0, info->extack);
	if (IS_ERR(m)) {
		err = PTR_ERR(m);
	} else {
		/* first, or our reference would be told as a session; RCU keeps it */
		fullcone_mapping_put(m);
		err = fullcone_mapping_fill(reply, m);
	}
	rcu_read_unlock();
	return err;
}

int fullcone_mapping_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	struct sk_buff *reply;
	void *hdr;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, FULLCONE_MAPPING_A_PROTO) ||
	    GENL_REQ_ATTR_CHECK(info, FULLCONE_MAPPING_A_INT_ADDR) ||
	    GENL_REQ_ATTR_CHECK(info, FULLCONE_MAPPING_A_INT_PORT)) {
		NL_SET_ERR_MSG(info->extack,
			       "a protocol and an internal address and port are needed");
		return -EINVAL;
	}
	reply = fullcone_reply_new(info, FULLCONE_CMD_MAPPING_ADD, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&fn->mutex);
	err = add_locked(fn, info, reply);
	mutex_unlock(&fn->mutex);
	return fullcone_reply_send(reply, info, hdr, err);
}

int fullcone_adopt_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	struct sk_buff *reply;
	u32 count = 0;
	void *hdr;
	int err;

	reply = fullcone_reply_new(info, FULLCONE_CMD_ADOPT, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&fn->mutex);
	err = fullcone_activate_locked(fn, info->extack);
	if (!err)
		count = fullcone_adopt(fn);
	mutex_unlock(&fn->mutex);
	return fullcone_reply_send(reply, info, hdr,
				   err ?: nla_put_u32(reply, FULLCONE_MAPPING_A_COUNT, count));
}

struct netlink_flush {
	struct fullcone_filter filter;
	bool fixed;		/* static and explicit ones, too */
	u32 count;
};

static int flush_visit(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	struct netlink_flush *flush = data;

	if (!flush->fixed && fullcone_mapping_is_explicit(m, jiffies))
		return 0;
	if (fullcone_filter_match(&flush->filter, m) &&
	    fullcone_mapping_end(fn, m, FULLCONE_REASON_FLUSHED))
		flush->count++;
	return 0;
}

int fullcone_mapping_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	struct fullcone_cursor cursor = {};
	struct netlink_flush flush = { .fixed = info->attrs[FULLCONE_MAPPING_A_STATIC] };
	struct sk_buff *reply;
	void *hdr;
	int err;

	err = fullcone_filter_parse(&flush.filter, info->attrs, info->extack);
	if (err)
		return err;
	if (!flush.filter.present && !info->attrs[FULLCONE_MAPPING_A_ALL]) {
		NL_SET_ERR_MSG(info->extack, "a filter is needed, or all");
		return -EINVAL;
	}
	err = fullcone_activate(fn, info->extack);
	if (err)
		return err;
	reply = fullcone_reply_new(info, FULLCONE_CMD_MAPPING_FLUSH, &hdr);
	if (!reply)
		return -ENOMEM;
	while (fullcone_table_walk(fn, &cursor, FULLCONE_BATCH, flush_visit, &flush))
		cond_resched();
	fullcone_mapping_reap(fn);
	return fullcone_reply_send(reply, info, hdr,
			  nla_put_u32(reply, FULLCONE_MAPPING_A_COUNT, flush.count));
}

