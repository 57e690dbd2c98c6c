// SPDX-License-Identifier: GPL-2.0
/*
 * Deterministic NAT (RFC 7422): the external address and the ports of a host follow from
 * its internal address, so that no log is needed to tell who had an external endpoint.
 *
 * Internal hosts are counted from the first address of the prefix that a host can have;
 * consecutive ones share an external address, in the order of the profile's sources. Each
 * has a block of ports there, one after the other; what is left above the blocks is the
 * dynamic pool, for hosts whose block is full and for those outside the prefix.
 */
#include <net/genetlink.h>

#include "fullcone.h"

/* The ports that are divided, if the profile has no range of its own. */
#define BLOCK_PORT_MIN	1024
#define BLOCK_PORT_MAX	65535

static const struct nla_policy block_policy[FULLCONE_BLOCK_A_MAX + 1] = {
	[FULLCONE_BLOCK_A_INSIDE] = NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[FULLCONE_BLOCK_A_PREFIX_LEN] = NLA_POLICY_RANGE(NLA_U8, 8, 32),
	[FULLCONE_BLOCK_A_FACTOR] = NLA_POLICY_MAX(NLA_U16, 4096),
	[FULLCONE_BLOCK_A_HOST_PORTS] = { .type = NLA_U16 },
};

/* A prefix shorter than /31 has a network and a broadcast address, which no host has. */
static u32 block_hosts(u8 prefix_len)
{
	u32 size = BIT_ULL(32 - prefix_len);

	return prefix_len < 31 ? size - 2 : size;
}

static int block_parse(struct fullcone_blocks *b, const struct nlattr *nest,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[FULLCONE_BLOCK_A_MAX + 1];
	const struct nlattr *inside;
	u32 network;
	int err;

	*b = (struct fullcone_blocks){};
	err = nla_parse_nested(tb, FULLCONE_BLOCK_A_MAX, nest, block_policy, extack);
	if (err || !nla_len(nest))
		return err;
	inside = tb[FULLCONE_BLOCK_A_INSIDE];
	if (!inside || !tb[FULLCONE_BLOCK_A_PREFIX_LEN]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "deterministic: the prefix of the internal hosts is needed");
		return -EINVAL;
	}
	b->prefix_len = nla_get_u8(tb[FULLCONE_BLOCK_A_PREFIX_LEN]);
	network = ntohl(nla_get_in_addr(inside));
	if (b->prefix_len < 32 && network & (U32_MAX >> b->prefix_len)) {
		NL_SET_ERR_MSG_ATTR(extack, inside,
				    "deterministic: bits of the address are set beyond the prefix");
		return -EINVAL;
	}
	b->hosts = block_hosts(b->prefix_len);
	b->first_host = b->prefix_len < 31 ? network + 1 : network;
	if (tb[FULLCONE_BLOCK_A_FACTOR])
		b->factor = nla_get_u16(tb[FULLCONE_BLOCK_A_FACTOR]);
	if (tb[FULLCONE_BLOCK_A_HOST_PORTS])
		b->host_ports = nla_get_u16(tb[FULLCONE_BLOCK_A_HOST_PORTS]);
	return 0;
}

/**
 * fullcone_settings_blocks() - parse the blocks of a request, after all other settings
 * @s: settings to be changed, all others parsed
 * @tb: FULLCONE_PROFILE_A_*, validated by policy
 * @extack: where to say what is wrong
 *
 * Return: 0 or a negative error.
 */
int fullcone_settings_blocks(struct fullcone_settings *s, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *a = tb[FULLCONE_PROFILE_A_DETERMINISTIC];
	const struct nlattr *fault = a ?: tb[FULLCONE_PROFILE_A_SOURCE];
	const int family = fullcone_family(NFPROTO_IPV4);
	struct fullcone_blocks *b = &s->blocks;
	u32 *limit = &s->host_limit[family];
	u32 ports;
	int err;

	err = a ? block_parse(b, a, extack) : 0;
	if (err || !b->hosts)
		return err;
	if (!s->source_addrs[family]) {
		NL_SET_ERR_MSG_ATTR(extack, fault, "deterministic: needs source=");
		return -EINVAL;
	}
	b->port_min = s->port_min ?: BLOCK_PORT_MIN;
	b->port_max = s->port_max ?: BLOCK_PORT_MAX;
	ports = b->port_max - b->port_min + 1;
	b->per_addr = DIV_ROUND_UP(b->hosts, s->source_addrs[family]);
	b->size = ports / (b->per_addr + b->factor);
	if (!b->size) {
		NL_SET_ERR_MSG_ATTR(extack, fault,
				    "deterministic: more hosts for each address than ports");
		return -ERANGE;
	}
	/* no limit of a quarter of all ports: no host can get another host's ports */
	*limit = s->host_max;
	if (b->host_ports && (!*limit || b->host_ports < *limit))
		*limit = b->host_ports;
	if (!b->factor && (!*limit || b->size < *limit))
		*limit = b->size;
	return 0;
}

int fullcone_block_fill_settings(struct sk_buff *skb, const struct fullcone_settings *s)
{
	struct nlattr *nest = nla_nest_start(skb, FULLCONE_PROFILE_A_DETERMINISTIC);
	const struct fullcone_blocks *b = &s->blocks;
	u32 network = b->prefix_len < 31 ? b->first_host - 1 : b->first_host;

	if (!nest)
		return -EMSGSIZE;
	if (b->hosts &&
	    (nla_put_in_addr(skb, FULLCONE_BLOCK_A_INSIDE, htonl(network)) ||
	     nla_put_u8(skb, FULLCONE_BLOCK_A_PREFIX_LEN, b->prefix_len) ||
	     nla_put_u16(skb, FULLCONE_BLOCK_A_FACTOR, b->factor) ||
	     nla_put_u16(skb, FULLCONE_BLOCK_A_HOST_PORTS, b->host_ports)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * fullcone_block_of() - the block of an internal host (D-2)
 * @s: settings
 * @family: of the host
 * @inside: its address
 * @block: where to put it
 *
 * Return: false if it has none.
 */
bool fullcone_block_of(const struct fullcone_settings *s, u8 family,
		       const union nf_inet_addr *inside, struct fullcone_block *block)
{
	const struct fullcone_blocks *b = &s->blocks;
	u32 n = ntohl(inside->ip) - b->first_host;

	if (family != NFPROTO_IPV4 || !b->hosts || n >= b->hosts)
		return false;
	/* all of it: addresses are compared as unions, in the keys of tables, too */
	block->addr = (union nf_inet_addr){ .ip = fullcone_pool_addr(s, n / b->per_addr) };
	block->first = b->port_min + n % b->per_addr * b->size;
	block->last = block->first + b->size - 1;
	return true;
}

/* Is an external address asked for, and the block of the host is at another one? */
bool fullcone_block_elsewhere(const struct fullcone_request *req)
{
	const struct fullcone_endpoint *ep = &req->key.ep;
	struct fullcone_block block;

	return req->addr_given && req->want != FULLCONE_WANT_PREFER &&
	       fullcone_block_of(req->settings, ep->family, &ep->addr, &block) &&
	       !nf_inet_addr_cmp(&req->ext_addr, &block.addr);
}

/**
 * fullcone_block_dynamic() - the ports of each address that are in no block
 * @s: settings with blocks
 * @block: where to put the range; its address is not touched
 *
 * Return: false if there are none to be given (factor 0).
 */
bool fullcone_block_dynamic(const struct fullcone_settings *s, struct fullcone_block *block)
{
	const struct fullcone_blocks *b = &s->blocks;

	block->first = b->port_min + b->per_addr * b->size;
	block->last = b->port_max;
	return b->factor;
}

/**
 * fullcone_block_owner() - whose block is an external endpoint in (D-2)?
 * @s: settings
 * @addr: external address
 * @port: external port
 * @inside: where to put the host's address
 *
 * Return: false if it is in none.
 */
bool fullcone_block_owner(const struct fullcone_settings *s, __be32 addr, u16 port,
			  union nf_inet_addr *inside)
{
	const struct fullcone_blocks *b = &s->blocks;
	u32 index, n;

	if (!b->hosts || port < b->port_min || !fullcone_pool_index(s, addr, &index))
		return false;
	n = (port - b->port_min) / b->size;
	if (n >= b->per_addr || index * b->per_addr + n >= b->hosts)
		return false;
	inside->ip = htonl(b->first_host + index * b->per_addr + n);
	return true;
}

/**
 * fullcone_block_placed() - note that a mapping has an external port
 * @fn: the namespace's state
 * @m: the mapping
 * @s: the settings it is made with
 *
 * A port in the host's own block need not be held: no other host can get it (RFC 6888 REQ-8).
 * Listeners are told of others, which do not follow from its address (D-3). Context: softirq.
 */
void fullcone_block_placed(struct fullcone_net *fn, struct fullcone_mapping *m,
			   const struct fullcone_settings *s)
{
	u16 port = ntohs(m->ext.port);
	struct fullcone_block block;

	if (fullcone_block_of(s, m->key.ep.family, &m->key.ep.addr, &block) &&
	    block.addr.ip == m->ext.addr.ip && port >= block.first && port <= block.last) {
		m->hold = 0;
		return;
	}
	set_bit(FULLCONE_OVERFLOW, &m->flags);
	if (atomic_inc_return(&m->host->overflow) == 1)
		fullcone_event_host(fn, m->host, &m->ext.addr, FULLCONE_EVENT_PORT_BLOCK_BIND);
}

/* Note that a mapping gives its port back. Context: any. */
void fullcone_block_released(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	if (test_bit(FULLCONE_OVERFLOW, &m->flags) && atomic_dec_and_test(&m->host->overflow))
		fullcone_event_host(fn, m->host, &m->ext.addr,
				    FULLCONE_EVENT_PORT_BLOCK_UNBIND);
}
