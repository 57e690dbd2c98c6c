// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family: its operations, replies, and the group of its events. */
#include <linux/module.h>
#include <linux/netfilter.h>
#include <net/genetlink.h>

#include "fullcone.h"

/* A reply with its header; NULL without memory. */
struct sk_buff *fullcone_reply_new(struct genl_info *info, u8 cmd, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(FULLCONE_MESSAGE_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &fullcone_genl_family, 0, cmd);
	if (*hdr)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/* Sends the reply if it could be filled. */
int fullcone_reply_send(struct sk_buff *skb, struct genl_info *info, void *hdr, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/*
 * Each operation has a policy of its own: an attribute that it would ignore is not named there,
 * and so the core refuses it.
 */
#define POLICY_ADDR	{ .type = NLA_BINARY, .len = sizeof(struct in6_addr) }
#define POLICY_NAME	{ .type = NLA_NUL_STRING, .len = FULLCONE_NAME_SIZE - 1 }

#define POLICY_MAPPING								\
	[FULLCONE_MAPPING_A_PROTO]	= { .type = NLA_U8 },			\
	[FULLCONE_MAPPING_A_ZONE]	= { .type = NLA_U16 },			\
	[FULLCONE_MAPPING_A_INT_ADDR]	= POLICY_ADDR,				\
	[FULLCONE_MAPPING_A_INT_PORT]	= { .type = NLA_U16 },			\
	[FULLCONE_MAPPING_A_EXT_ADDR]	= POLICY_ADDR,				\
	[FULLCONE_MAPPING_A_EXT_PORT]	= { .type = NLA_U16 },			\
	[FULLCONE_MAPPING_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),		\
	[FULLCONE_MAPPING_A_PROFILE]	= POLICY_NAME

#define POLICY_FILTER								\
	POLICY_MAPPING,								\
	[FULLCONE_MAPPING_A_FAMILY]	= { .type = NLA_U8 },			\
	[FULLCONE_MAPPING_A_INT_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),	\
	[FULLCONE_MAPPING_A_STATE]	= NLA_POLICY_RANGE(NLA_U8, FULLCONE_STATE_OPEN, \
							   FULLCONE_STATE_MAX)

static const struct nla_policy filter_policy[FULLCONE_MAPPING_A_MAX + 1] = {
	POLICY_FILTER,
};

static const struct nla_policy flush_policy[FULLCONE_MAPPING_A_MAX + 1] = {
	POLICY_FILTER,
	[FULLCONE_MAPPING_A_ALL]	= { .type = NLA_FLAG },
	[FULLCONE_MAPPING_A_STATIC]	= { .type = NLA_FLAG },
};

/* RFC 6887 section 15. */
static struct netlink_range_validation lifetime_range = { .min = 1, .max = 86400 };

static const struct nla_policy add_policy[FULLCONE_MAPPING_A_MAX + 1] = {
	POLICY_MAPPING,
	[FULLCONE_MAPPING_A_LIFETIME]	= NLA_POLICY_FULL_RANGE(NLA_U32, &lifetime_range),
	[FULLCONE_MAPPING_A_EXACT]	= { .type = NLA_FLAG },
	[FULLCONE_MAPPING_A_PARITY]	= NLA_POLICY_MAX(NLA_U8, 1),
	[FULLCONE_MAPPING_A_REMOTES]	= { .type = NLA_NESTED },
};

static const struct nla_policy block_policy[FULLCONE_MAPPING_A_MAX + 1] = {
	[FULLCONE_MAPPING_A_INT_ADDR]	= POLICY_ADDR,
	[FULLCONE_MAPPING_A_EXT_ADDR]	= POLICY_ADDR,
	[FULLCONE_MAPPING_A_EXT_PORT]	= { .type = NLA_U16 },
	[FULLCONE_MAPPING_A_PROFILE]	= POLICY_NAME,
};

static const struct nla_policy name_policy[FULLCONE_PROFILE_A_NAME + 1] = {
	[FULLCONE_PROFILE_A_NAME]	= POLICY_NAME,
};

/* Names no attribute; kernels before 6.1 would take any where there is no policy at all. */
static const struct nla_policy no_policy[2];

static const struct genl_ops fullcone_genl_ops[] = {
	{
		.cmd	= FULLCONE_CMD_MAPPING_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= filter_policy,
		.maxattr = FULLCONE_MAPPING_A_MAX,
		.doit	= fullcone_mapping_get_doit,
		.start	= fullcone_dump_start,
		.dumpit	= fullcone_dump,
		.done	= fullcone_dump_done,
	},
	{
		.cmd	= FULLCONE_CMD_MAPPING_FLUSH,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= flush_policy,
		.maxattr = FULLCONE_MAPPING_A_MAX,
		.doit	= fullcone_mapping_flush_doit,
	},
	{
		.cmd	= FULLCONE_CMD_PROFILE_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= name_policy,
		.maxattr = FULLCONE_PROFILE_A_NAME,
		.doit	= fullcone_profile_get_doit,
		.start	= fullcone_profile_dump_start,
		.dumpit	= fullcone_profile_get_dumpit,
	},
	{
		.cmd	= FULLCONE_CMD_PROFILE_SET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= fullcone_profile_policy,
		.maxattr = FULLCONE_PROFILE_A_MAX,
		.doit	= fullcone_profile_set_doit,
	},
	{
		.cmd	= FULLCONE_CMD_STATS_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
		.doit	= fullcone_stats_get_doit,
		.dumpit	= fullcone_stats_get_dumpit,
	},
	{
		.cmd	= FULLCONE_CMD_MAPPING_ADD,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= add_policy,
		.maxattr = FULLCONE_MAPPING_A_MAX,
		.doit	= fullcone_mapping_add_doit,
	},
	{
		.cmd	= FULLCONE_CMD_MAPPING_DEL,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= filter_policy,
		.maxattr = FULLCONE_MAPPING_A_MAX,
		.doit	= fullcone_mapping_del_doit,
	},
	{
		.cmd	= FULLCONE_CMD_ADOPT,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
		.doit	= fullcone_adopt_doit,
	},
	{
		.cmd	= FULLCONE_CMD_PROFILE_DEL,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= name_policy,
		.maxattr = FULLCONE_PROFILE_A_NAME,
		.doit	= fullcone_profile_del_doit,
	},
	{
		.cmd	= FULLCONE_CMD_BLOCK_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= block_policy,
		.maxattr = FULLCONE_MAPPING_A_MAX,
		.doit	= fullcone_block_get_doit,
	},
};

static const struct genl_multicast_group fullcone_genl_groups[] = {
	{
		.name	= FULLCONE_GENL_GROUP,
		FULLCONE_GENL_MCGRP_FLAGS
	},
};

/* While the family is not registered, its group's number may be another family's. */
static bool netlink_registered;

struct genl_family fullcone_genl_family __ro_after_init = {
	.name		= FULLCONE_GENL_NAME,
	.version	= FULLCONE_GENL_VERSION,
	.module		= THIS_MODULE,
	.netnsok	= true,
	.parallel_ops	= true,
	.ops		= fullcone_genl_ops,
	.n_ops		= ARRAY_SIZE(fullcone_genl_ops),
	.mcgrps		= fullcone_genl_groups,
	.n_mcgrps	= FULLCONE_GENL_MCGRPS,
	FULLCONE_GENL_RESV_START_OP
};

/* Does anybody listen to the events of this namespace? Any context. */
bool fullcone_netlink_listeners(const struct fullcone_net *fn)
{
	return READ_ONCE(netlink_registered) && FULLCONE_GENL_MCGRPS &&
	       genl_has_listeners(&fullcone_genl_family, fn->net, 0);
}

int __init fullcone_netlink_init(void)
{
	int err = genl_register_family(&fullcone_genl_family);

	/*
	 * Anybody may join a group whose number is nobody's yet, and would be a member now without
	 * having been asked for a capability. A family that goes sends its members away.
	 */
	if (!err && FULLCONE_GENL_MCGRPS) {
		genl_unregister_family(&fullcone_genl_family);
		err = genl_register_family(&fullcone_genl_family);
	}
	WRITE_ONCE(netlink_registered, !err);
	return err;
}

void fullcone_netlink_exit(void)
{
	WRITE_ONCE(netlink_registered, false);
	synchronize_net();
	genl_unregister_family(&fullcone_genl_family);
}
