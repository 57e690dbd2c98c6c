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

/*
 * A message a profile, in order of selection. The cursor is the number of those that
 * were sent: who changes the list meanwhile may see one twice, or miss one.
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
	list_for_each_entry(p, &fn->profiles, list) {
		if (n++ < cb->args[0])
			continue;
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &fullcone_genl_family, NLM_F_MULTI, cmd);
		if (!hdr || fill(fn, p, skb)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
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

int fullcone_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return profile_dump(skb, cb, FULLCONE_CMD_STATS_GET, fullcone_stats_fill_profile);
}
