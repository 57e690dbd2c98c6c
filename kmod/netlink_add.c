// SPDX-License-Identifier: GPL-2.0
/* The request for an explicit mapping. */
#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "fullcone.h"

/* The router's own NAT-PMP or PCP daemon listens there (RFC 6887 section 19.1). */
#define ADD_PORT_NAT_PMP	5350
#define ADD_PORT_PCP		5351

/* An address of the internal one's family or, if that is not known yet, of any. */
static int add_parse_addr(const struct nlattr *a, u8 *family, union nf_inet_addr *addr,
			  struct netlink_ext_ack *extack)
{
	u8 its = nla_len(a) == sizeof(struct in6_addr) ? NFPROTO_IPV6 : NFPROTO_IPV4;
	size_t size = its == NFPROTO_IPV6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);

	if (nla_len(a) != size) {
		NL_SET_ERR_MSG_ATTR(extack, a, "an address has 4 or 16 bytes");
		return -EINVAL;
	}
	if (*family && *family != its) {
		NL_SET_ERR_MSG_ATTR(extack, a, "not of the internal address's family");
		return -EAFNOSUPPORT;
	}
	*family = its;
	memcpy(addr, nla_data(a), size);
	return 0;
}

/* Unicast, and not of the link or the host. */
static bool add_is_host(u8 family, const union nf_inet_addr *addr)
{
	int type;

	if (family == NFPROTO_IPV4)
		return addr->ip && !ipv4_is_multicast(addr->ip) &&
		       !ipv4_is_loopback(addr->ip) && !ipv4_is_lbcast(addr->ip);
	type = ipv6_addr_type(&addr->in6);
	return (type & IPV6_ADDR_UNICAST) && !(type & (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK));
}

/* The address of the router, or of the interface's VRF. */
static bool add_is_local(struct fullcone_net *fn, const struct fullcone_request *req,
			 const struct net_device *dev)
{
	u8 family = req->key.ep.family;

	return dev && (fullcone_local_device(fn->net, family, &req->ext_addr) ||
		       fullcone_local_address(fn->net, family, &req->ext_addr, dev->ifindex));
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
	/* a wish that cannot be met, such as the address of before a renumbering (C-1) */
	if (addr && dev && req->want == FULLCONE_WANT_PREFER && ifindex &&
	    !add_is_local(fn, req, dev))
		addr = NULL;
	if (addr && !add_is_local(fn, req, dev)) {
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
		has = fullcone_masquerade_addr4(req, dev, fullcone_masquerade_next_hop(dev));
	if (!has) {
		NL_SET_ERR_MSG_ATTR(info->extack, ifindex, "the interface has no address");
		return -EADDRNOTAVAIL;
	}
	return 0;
}

/* The mapping that the endpoint has keeps its address, whatever the sources are now (K-8). */
static bool add_has(struct fullcone_net *fn, const struct fullcone_request *req)
{
	const struct fullcone_mapping *m = fullcone_table_by_key(fn, &req->key);

	return m && nf_inet_addr_cmp(&m->ext.addr, &req->ext_addr);
}

static int add_parse_pool(struct fullcone_net *fn, struct fullcone_request *req,
			  struct genl_info *info)
{
	struct nlattr *addr = info->attrs[FULLCONE_MAPPING_A_EXT_ADDR];

	req->key.realm = FULLCONE_REALM_POOL | req->profile->id;
	if (info->attrs[FULLCONE_MAPPING_A_IFINDEX])
		req->ifindex = nla_get_u32(info->attrs[FULLCONE_MAPPING_A_IFINDEX]);
	if (!addr)
		return 0;
	req->addr_given = fullcone_pool_has(req->settings, req->key.ep.family, &req->ext_addr);
	/* of a wish that cannot be met, the port is left */
	if (req->addr_given || req->want == FULLCONE_WANT_PREFER)
		return 0;
	req->renew_only = add_has(fn, req);
	if (req->renew_only)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, addr, "not an address of the profile's sources");
	return -EADDRNOTAVAIL;
}

static int add_parse_port(struct fullcone_request *req, struct genl_info *info)
{
	const struct nlattr *port = info->attrs[FULLCONE_MAPPING_A_EXT_PORT];
	const struct nlattr *parity = info->attrs[FULLCONE_MAPPING_A_PARITY];
	bool exact = info->attrs[FULLCONE_MAPPING_A_EXACT];

	if (port)
		req->ext_port = nla_get_be16(port);
	if (port && !req->ext_port) {
		NL_SET_ERR_MSG_ATTR(info->extack, port, "a port is 1-65535");
		return -EINVAL;
	}
	if (port && parity) {
		NL_SET_ERR_MSG_ATTR(info->extack, parity, "either an external port or its parity");
		return -EINVAL;
	}
	if (exact && (!port || !info->attrs[FULLCONE_MAPPING_A_EXT_ADDR])) {
		NL_SET_ERR_MSG(info->extack, "exact: an external address and port are needed");
		return -EINVAL;
	}
	if (port)
		req->want = exact ? FULLCONE_WANT_EXACT : FULLCONE_WANT_PREFER;
	req->parity_given = parity;
	req->odd = parity && nla_get_u8(parity);
	return 0;
}

/* RCU held. */
static int add_parse_external(struct fullcone_net *fn, struct fullcone_request *req,
			      struct genl_info *info)
{
	struct nlattr *addr = info->attrs[FULLCONE_MAPPING_A_EXT_ADDR];
	int err = 0;

	if (addr)
		err = add_parse_addr(addr, &req->key.ep.family, &req->ext_addr, info->extack);
	err = err ?: add_parse_port(req, info);
	if (err)
		return err;
	/* the router has such addresses, too, but nobody outside reaches them */
	if (addr && !add_is_host(req->key.ep.family, &req->ext_addr)) {
		NL_SET_ERR_MSG_ATTR(info->extack, addr, "not an address that remotes can reach");
		return -EINVAL;
	}
	if (req->settings->source_addrs[fullcone_family(req->key.ep.family)])
		return add_parse_pool(fn, req, info);
	return add_parse_masquerade(fn, req, info);
}

static int add_parse_proto(struct fullcone_request *req, struct genl_info *info)
{
	struct nlattr *a = info->attrs[FULLCONE_MAPPING_A_PROTO];

	req->key.ep.proto = nla_get_u8(a);
	if (req->key.ep.proto == IPPROTO_UDP || req->key.ep.proto == IPPROTO_TCP)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, a, "only mappings of UDP and TCP can be asked for");
	return -EOPNOTSUPP;
}

static int add_parse_internal(struct fullcone_request *req, struct genl_info *info)
{
	struct nlattr *addr = info->attrs[FULLCONE_MAPPING_A_INT_ADDR];
	struct nlattr *zone = info->attrs[FULLCONE_MAPPING_A_ZONE];
	struct nlattr *port = info->attrs[FULLCONE_MAPPING_A_INT_PORT];
	struct fullcone_endpoint *ep = &req->key.ep;
	int err;

	err = add_parse_proto(req, info) ?:
	      add_parse_addr(addr, &ep->family, &ep->addr, info->extack);
	if (err)
		return err;
	if (ep->family == NFPROTO_IPV6 && !req->settings->ip6) {
		NL_SET_ERR_MSG_ATTR(info->extack, addr, "the profile is not for IPv6 (ip6)");
		return -EAFNOSUPPORT;
	}
	if (!add_is_host(ep->family, &ep->addr)) {
		NL_SET_ERR_MSG_ATTR(info->extack, addr, "not the address of a host");
		return -EINVAL;
	}
	ep->port = nla_get_be16(port);
	if (!ep->port) {
		NL_SET_ERR_MSG_ATTR(info->extack, port, "a port is 1-65535");
		return -EINVAL;
	}
	if (ep->proto == IPPROTO_UDP && (ep->port == htons(ADD_PORT_NAT_PMP) ||
					 ep->port == htons(ADD_PORT_PCP))) {
		NL_SET_ERR_MSG_ATTR(info->extack, port, "UDP ports 5350 and 5351 are PCP's own");
		return -EPERM;
	}
	ep->zone = zone ? nla_get_u16(zone) : NF_CT_DEFAULT_ZONE_ID;
	nf_ct_zone_init(&req->zone, ep->zone, NF_CT_DEFAULT_ZONE_DIR, 0);
	req->ext_zone = ep->zone;
	return 0;
}

static int add_parse(struct fullcone_net *fn, struct fullcone_request *req,
		     struct genl_info *info)
{
	const struct nlattr *name = info->attrs[FULLCONE_MAPPING_A_PROFILE];
	const struct nlattr *remotes = info->attrs[FULLCONE_MAPPING_A_REMOTES];
	int err;

	req->profile = name ? fullcone_profile_find(fn, nla_data(name)) : fn->default_profile;
	if (!req->profile) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "no such profile");
		return -ENOENT;
	}
	req->settings = fullcone_profile_settings(fn, req->profile);
	err = add_parse_internal(req, info);
	if (err)
		return err;
	rcu_read_lock();
	err = add_parse_external(fn, req, info);
	rcu_read_unlock();
	if (err || !remotes)
		return err;
	req->remotes = fullcone_remotes_parse(remotes, req->key.ep.family, info->extack);
	return PTR_ERR_OR_ZERO(req->remotes);
}

/* Is this realm the pool of a profile that has been deleted? Under the namespace's mutex. */
static bool add_is_orphan(const struct fullcone_net *fn, u32 realm)
{
	const struct fullcone_profile *p;

	list_for_each_entry(p, &fn->profiles, list)
		if (realm == (FULLCONE_REALM_POOL | p->id))
			return false;
	return fullcone_realm_is_pool(realm);
}

/*
 * Where mappings depend on the remote, the sessions of an explicit one were adopted as those of
 * one remote (X-C5): then a mapping of the same endpoint has the external endpoint that is
 * asked for. So it is with one that has outlived its profile: in the pool of another one of
 * that name the endpoint would have none. It makes way, and its sessions begin anew with the
 * explicit one, from the same external endpoint. RCU held. Return: it, or NULL.
 */
static struct fullcone_mapping *add_in_the_way(struct fullcone_net *fn,
					       const struct fullcone_request *req)
{
	const struct fullcone_endpoint ext = {
		.addr = req->ext_addr,
		.port = req->ext_port,
		.zone = req->ext_zone,
		.family = req->key.ep.family,
		.proto = req->key.ep.proto,
	};
	struct fullcone_mapping *m;

	if (req->want != FULLCONE_WANT_EXACT || fullcone_table_by_key(fn, &req->key))
		return NULL;
	m = fullcone_table_by_ext(fn, &ext);
	if (!m || !fullcone_endpoint_same(&m->key.ep, &req->key.ep))
		return NULL;
	if (!(m->map != FULLCONE_DEPEND_NONE && test_bit(FULLCONE_ADOPTED, &m->flags)) &&
	    !add_is_orphan(fn, m->key.realm))
		return NULL;
	return m;
}

/*
 * Ends the mapping that is in the way, if any, and waits until its port is free. Not for a
 * request that would be refused then: that must change nothing. RCU held, but for the wait.
 * Return: 0, or why the request is refused.
 */
static int add_make_way(struct fullcone_net *fn, struct fullcone_request *req,
			struct netlink_ext_ack *extack)
{
	struct fullcone_mapping *m = add_in_the_way(fn, req);
	int err;

	if (!m)
		return 0;
	err = fullcone_explicit_check(fn, req, extack);
	if (err)
		return err;
	req->replaces = fullcone_mapping_end(fn, m, FULLCONE_REASON_FLUSHED);
	rcu_read_unlock();
	fullcone_mapping_reap(fn);
	rcu_read_lock();
	return 0;
}

/* Under the namespace's mutex, so that the profile and its settings stay. */
static int add_locked(struct fullcone_net *fn, struct genl_info *info, struct sk_buff *reply)
{
	const struct nlattr *lifetime = info->attrs[FULLCONE_MAPPING_A_LIFETIME];
	struct fullcone_request req = {};
	struct fullcone_mapping *m;
	int err;

	err = add_parse(fn, &req, info);
	if (err)
		return err;
	err = fullcone_activate_locked(fn, info->extack);
	if (err)
		goto out;
	rcu_read_lock();
	err = add_make_way(fn, &req, info->extack);
	/* once more: the address may go unnoticed before the mapping is published */
	err = err ?: add_parse_external(fn, &req, info);
	m = err ? ERR_PTR(err) : fullcone_explicit_add(fn, &req,
						       lifetime ? nla_get_u32(lifetime) : 0,
						       info->extack);
	if (IS_ERR(m)) {
		err = PTR_ERR(m);
	} else {
		/* first, or our reference would count as a session; RCU keeps the mapping */
		fullcone_mapping_put(m);
		err = fullcone_mapping_fill(reply, m);
	}
	rcu_read_unlock();
out:
	fullcone_remotes_put(req.remotes);
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
