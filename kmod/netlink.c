// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family: its operations and the handlers of single requests. */
#include <linux/module.h>
#include <linux/netfilter.h>
#include <net/genetlink.h>

#include "fullcone.h"

/* Mappings looked at under one RCU section. */
#define NETLINK_BATCH	256

/* Seconds. */
static struct netlink_range_validation timer_range = { .min = 1, .max = 86400 };
static struct netlink_range_validation hold_range = { .min = 0, .max = 86400 };

static const struct nla_policy mapping_policy[FULLCONE_MAPPING_A_MAX + 1] = {
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
};

static const struct nla_policy profile_policy[FULLCONE_PROFILE_A_MAX + 1] = {
	[FULLCONE_PROFILE_A_NAME]	= { .type = NLA_NUL_STRING, .len = FULLCONE_NAME_SIZE - 1 },
	[FULLCONE_PROFILE_A_PORT_MIN]	= { .type = NLA_U16 },
	[FULLCONE_PROFILE_A_PORT_MAX]	= { .type = NLA_U16 },
	[FULLCONE_PROFILE_A_ALLOC]	= NLA_POLICY_MAX(NLA_U8, FULLCONE_ALLOC_MAX),
	[FULLCONE_PROFILE_A_PARITY]	= NLA_POLICY_MAX(NLA_U8, 1),
	[FULLCONE_PROFILE_A_UDP]	= NLA_POLICY_FULL_RANGE(NLA_U32, &timer_range),
	[FULLCONE_PROFILE_A_UDP_HOLD]	= NLA_POLICY_FULL_RANGE(NLA_U32, &hold_range),
	[FULLCONE_PROFILE_A_UDP_SHORT]	= { .type = NLA_NESTED },
	[FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS] = NLA_POLICY_MAX(NLA_U8, 1),
	[FULLCONE_PROFILE_A_LABEL]	= { .type = NLA_U32 },
	[FULLCONE_PROFILE_A_MARK]	= { .type = NLA_U32 },
	[FULLCONE_PROFILE_A_MARK_MASK]	= { .type = NLA_U32 },
};

static struct fullcone_net *genl_pernet(struct genl_info *info)
{
	return fullcone_pernet(genl_info_net(info));
}

static struct sk_buff *reply_new(struct genl_info *info, u8 cmd, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &fullcone_genl_family, 0, cmd);
	if (*hdr)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/* Sends it if it could be filled. */
static int reply_send(struct sk_buff *skb, struct genl_info *info, void *hdr, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

struct netlink_find {
	const struct fullcone_filter *filter;
	struct sk_buff *skb;
	int result;
};

static int find_visit(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	struct netlink_find *find = data;

	if (!fullcone_filter_match(find->filter, m))
		return 0;
	find->result = fullcone_mapping_fill(find->skb, m);
	return 1;
}

static int find_by_ext(struct fullcone_net *fn, struct netlink_find *find)
{
	const struct fullcone_filter *f = find->filter;
	struct fullcone_endpoint ext = f->ext;
	struct fullcone_mapping *m;

	ext.proto = f->proto;
	ext.zone = f->zone;
	rcu_read_lock();
	m = fullcone_table_by_ext(fn, &ext);
	if (m)
		find_visit(fn, m, find);
	rcu_read_unlock();
	return find->result;
}

static int find_by_walk(struct fullcone_net *fn, struct netlink_find *find)
{
	struct fullcone_cursor cursor = {};

	while (fullcone_table_walk(fn, &cursor, NETLINK_BATCH, find_visit, find) &&
	       find->result == -ENOENT)
		cond_resched();
	return find->result;
}

static int mapping_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	bool by_ext = info->attrs[FULLCONE_MAPPING_A_EXT_ADDR] &&
		      info->attrs[FULLCONE_MAPPING_A_EXT_PORT];
	bool by_int = info->attrs[FULLCONE_MAPPING_A_INT_ADDR] &&
		      info->attrs[FULLCONE_MAPPING_A_INT_PORT];
	struct fullcone_net *fn = genl_pernet(info);
	struct fullcone_filter filter;
	struct netlink_find find = { .filter = &filter, .result = -ENOENT };
	void *hdr;
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
	err = fullcone_filter_parse(&filter, info->attrs, info->extack);
	if (err)
		return err;
	find.skb = reply_new(info, FULLCONE_CMD_MAPPING_GET, &hdr);
	if (!find.skb)
		return -ENOMEM;
	err = by_ext ? find_by_ext(fn, &find) : find_by_walk(fn, &find);
	if (err == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "no such mapping");
	return reply_send(find.skb, info, hdr, err);
}

struct netlink_flush {
	struct fullcone_filter filter;
	u32 count;
};

static int flush_visit(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	struct netlink_flush *flush = data;

	if (fullcone_filter_match(&flush->filter, m) &&
	    fullcone_mapping_end(fn, m, FULLCONE_REASON_FLUSHED))
		flush->count++;
	return 0;
}

static int mapping_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = genl_pernet(info);
	struct fullcone_cursor cursor = {};
	struct netlink_flush flush = {};
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
	reply = reply_new(info, FULLCONE_CMD_MAPPING_FLUSH, &hdr);
	if (!reply)
		return -ENOMEM;
	while (fullcone_table_walk(fn, &cursor, NETLINK_BATCH, flush_visit, &flush))
		cond_resched();
	/* On return their sessions have ended and their ports are free. */
	schedule_work(&fn->reaper);
	flush_work(&fn->reaper);
	return reply_send(reply, info, hdr,
			  nla_put_u32(reply, FULLCONE_MAPPING_A_COUNT, flush.count));
}

static int profile_check_name(const struct genl_info *info)
{
	const struct nlattr *name = info->attrs[FULLCONE_PROFILE_A_NAME];

	if (!name || !nla_strcmp(name, "default"))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, name, "no such profile; there is \"default\"");
	return -ENOENT;
}

static int profile_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = genl_pernet(info);
	struct sk_buff *reply;
	void *hdr;
	int err;

	err = profile_check_name(info);
	if (err)
		return err;
	reply = reply_new(info, FULLCONE_CMD_PROFILE_GET, &hdr);
	if (!reply)
		return -ENOMEM;
	return reply_send(reply, info, hdr, fullcone_profile_fill(fn, reply));
}

static int profile_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct fullcone_net *fn = fullcone_pernet(sock_net(skb->sk));
	void *hdr;

	if (cb->args[0])
		return 0;
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &fullcone_genl_family, NLM_F_MULTI, FULLCONE_CMD_PROFILE_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (fullcone_profile_fill(fn, skb)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	cb->args[0] = 1;
	return skb->len;
}

static int profile_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	err = profile_check_name(info);
	if (err)
		return err;
	return fullcone_profile_set(genl_pernet(info), info);
}

static int stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = genl_pernet(info);
	struct sk_buff *reply;
	void *hdr;

	reply = reply_new(info, FULLCONE_CMD_STATS_GET, &hdr);
	if (!reply)
		return -ENOMEM;
	return reply_send(reply, info, hdr, fullcone_stats_fill(fn, reply));
}

static const struct genl_ops fullcone_genl_ops[] = {
	{
		.cmd	= FULLCONE_CMD_MAPPING_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= mapping_policy,
		.maxattr = FULLCONE_MAPPING_A_MAX,
		.doit	= mapping_get_doit,
		.start	= fullcone_dump_start,
		.dumpit	= fullcone_dump,
		.done	= fullcone_dump_done,
	},
	{
		.cmd	= FULLCONE_CMD_MAPPING_FLUSH,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= mapping_policy,
		.maxattr = FULLCONE_MAPPING_A_MAX,
		.doit	= mapping_flush_doit,
	},
	{
		.cmd	= FULLCONE_CMD_PROFILE_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= profile_policy,
		.maxattr = FULLCONE_PROFILE_A_MAX,
		.doit	= profile_get_doit,
		.dumpit	= profile_get_dumpit,
	},
	{
		.cmd	= FULLCONE_CMD_PROFILE_SET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= profile_policy,
		.maxattr = FULLCONE_PROFILE_A_MAX,
		.doit	= profile_set_doit,
	},
	{
		.cmd	= FULLCONE_CMD_STATS_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= stats_get_doit,
	},
};

struct genl_family fullcone_genl_family __ro_after_init = {
	.name		= FULLCONE_GENL_NAME,
	.version	= FULLCONE_GENL_VERSION,
	.module		= THIS_MODULE,
	.netnsok	= true,
	.parallel_ops	= true,
	.ops		= fullcone_genl_ops,
	.n_ops		= ARRAY_SIZE(fullcone_genl_ops),
	FULLCONE_GENL_RESV_START_OP
};

int __init fullcone_netlink_init(void)
{
	return genl_register_family(&fullcone_genl_family);
}

void fullcone_netlink_exit(void)
{
	genl_unregister_family(&fullcone_genl_family);
}
