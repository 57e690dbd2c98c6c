// SPDX-License-Identifier: GPL-2.0
/* Handlers of requests about profiles and counters. */
#include <net/genetlink.h>

#include "fullcone.h"

static const char *profile_name(const struct genl_info *info)
{
	const struct nlattr *name = info->attrs[FULLCONE_PROFILE_A_NAME];

	return name ? nla_data(name) : "default";
}

int fullcone_profile_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	struct fullcone_profile *p;
	struct sk_buff *reply;
	void *hdr;
	int err;

	reply = fullcone_reply_new(info, FULLCONE_CMD_PROFILE_GET, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&fn->mutex);
	p = fullcone_profile_find(fn, profile_name(info));
	if (p) {
		err = fullcone_settings_fill(reply, p->name, fullcone_profile_settings(fn, p));
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[FULLCONE_PROFILE_A_NAME],
				    "no such profile");
		err = -ENOENT;
	}
	mutex_unlock(&fn->mutex);
	return fullcone_reply_send(reply, info, hdr, err);
}

int fullcone_profile_dump_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = fullcone_compat_dump_attrs(genl_dumpit_info(cb));

	/* the policy is that of a request for one profile, too */
	if (attrs[FULLCONE_PROFILE_A_NAME]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[FULLCONE_PROFILE_A_NAME],
				    "a dump is of all profiles");
		return -EINVAL;
	}
	cb->min_dump_alloc = FULLCONE_MESSAGE_SIZE;
	return 0;
}

/*
 * One message for each profile, in order of selection. The cursor is the number of profiles
 * sent: if the list changes meanwhile, a dump may repeat a profile or miss one. It is marked
 * as interrupted then, and after a change of settings.
 */
static int profile_dump(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
			int (*fill)(struct fullcone_net *fn, const struct fullcone_profile *p,
				    struct sk_buff *skb))
{
	struct fullcone_net *fn = fullcone_pernet(sock_net(skb->sk));
	struct fullcone_profile *p;
	long n = 0;
	void *hdr;

	mutex_lock(&fn->mutex);
	cb->seq = fn->profile_changes;
	list_for_each_entry(p, &fn->profiles, list) {
		if (n++ < cb->args[0])
			continue;
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &fullcone_genl_family, NLM_F_MULTI, cmd);
		if (!hdr || fill(fn, p, skb)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
		cb->args[0]++;
	}
	mutex_unlock(&fn->mutex);
	return skb->len;
}

static int profile_fill(struct fullcone_net *fn, const struct fullcone_profile *p,
			struct sk_buff *skb)
{
	return fullcone_settings_fill(skb, p->name, fullcone_profile_settings(fn, p));
}

int fullcone_profile_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return profile_dump(skb, cb, FULLCONE_CMD_PROFILE_GET, profile_fill);
}

int fullcone_profile_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	int err;

	mutex_lock(&fn->mutex);
	err = fullcone_profile_set(fn, profile_name(info), info->attrs, info->extack);
	mutex_unlock(&fn->mutex);
	return err;
}

int fullcone_profile_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	int err;

	if (GENL_REQ_ATTR_CHECK(info, FULLCONE_PROFILE_A_NAME)) {
		NL_SET_ERR_MSG(info->extack, "which profile?");
		return -EINVAL;
	}
	mutex_lock(&fn->mutex);
	err = fullcone_profile_del(fn, profile_name(info), info->extack);
	mutex_unlock(&fn->mutex);
	return err;
}

int fullcone_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	struct sk_buff *reply;
	void *hdr;

	reply = fullcone_reply_new(info, FULLCONE_CMD_STATS_GET, &hdr);
	if (!reply)
		return -ENOMEM;
	return fullcone_reply_send(reply, info, hdr, fullcone_stats_fill(fn, reply));
}

/* A message for each profile, then for each protocol; args[1] counts these when sent. */
int fullcone_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct fullcone_net *fn = fullcone_pernet(sock_net(skb->sk));
	void *hdr;

	if (profile_dump(skb, cb, FULLCONE_CMD_STATS_GET, fullcone_stats_fill_profile))
		return skb->len;
	for (; cb->args[1] < FULLCONE_L4_COUNT; cb->args[1]++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &fullcone_genl_family, NLM_F_MULTI, FULLCONE_CMD_STATS_GET);
		if (!hdr || fullcone_stats_fill_proto(fn, cb->args[1], skb)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	return skb->len;
}

/* The block of a host, by its address or by a port of it. */
static int block_find(struct genl_info *info, const struct fullcone_settings *s,
		      union nf_inet_addr *inside, struct fullcone_block *block)
{
	const struct nlattr *in = info->attrs[FULLCONE_MAPPING_A_INT_ADDR];
	const struct nlattr *ext = info->attrs[FULLCONE_MAPPING_A_EXT_ADDR];
	const struct nlattr *port = info->attrs[FULLCONE_MAPPING_A_EXT_PORT];
	const struct nlattr *addr = in ?: ext;

	if (!in == !ext || (ext && !port)) {
		NL_SET_ERR_MSG(info->extack,
			       "an internal address, or an external address and port, is needed");
		return -EINVAL;
	}
	if (nla_len(addr) != sizeof(__be32)) {
		NL_SET_ERR_MSG_ATTR(info->extack, addr, "blocks are of IPv4");
		return -EINVAL;
	}
	if (!s->blocks.hosts) {
		NL_SET_ERR_MSG(info->extack, "the profile is not deterministic");
		return -ENOENT;
	}
	*inside = (union nf_inet_addr){ .ip = nla_get_in_addr(addr) };
	if (ext && !fullcone_block_owner(s, nla_get_in_addr(ext), ntohs(nla_get_be16(port)),
					 inside)) {
		NL_SET_ERR_MSG(info->extack, "not static: the port is in no host's block");
		return -ENOENT;
	}
	if (!fullcone_block_of(s, NFPROTO_IPV4, inside, block)) {
		NL_SET_ERR_MSG(info->extack, "not static: the address is not of the prefix");
		return -ENOENT;
	}
	return 0;
}

int fullcone_block_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	const struct nlattr *name = info->attrs[FULLCONE_MAPPING_A_PROFILE];
	const struct fullcone_profile *p;
	union nf_inet_addr inside;
	struct fullcone_block block;
	struct sk_buff *reply;
	int err = -ENOENT;
	void *hdr;

	reply = fullcone_reply_new(info, FULLCONE_CMD_BLOCK_GET, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&fn->mutex);
	p = fullcone_profile_find(fn, name ? nla_data(name) : fn->default_profile->name);
	if (!p)
		NL_SET_ERR_MSG(info->extack, "no such profile");
	else
		err = block_find(info, fullcone_profile_settings(fn, p), &inside, &block);
	if (!err &&
	    (nla_put_in_addr(reply, FULLCONE_MAPPING_A_INT_ADDR, inside.ip) ||
	     nla_put_in_addr(reply, FULLCONE_MAPPING_A_EXT_ADDR, block.addr.ip) ||
	     nla_put_be16(reply, FULLCONE_MAPPING_A_EXT_PORT, htons(block.first)) ||
	     nla_put_be16(reply, FULLCONE_MAPPING_A_EXT_PORT_MAX, htons(block.last)) ||
	     nla_put_string(reply, FULLCONE_MAPPING_A_PROFILE, p->name)))
		err = -EMSGSIZE;
	mutex_unlock(&fn->mutex);
	return fullcone_reply_send(reply, info, hdr, err);
}
