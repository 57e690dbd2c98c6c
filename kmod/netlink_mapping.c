// SPDX-License-Identifier: GPL-2.0
/* Handlers of requests about mappings. */
#include <net/genetlink.h>

#include "fullcone.h"

/* One mapping, by either side, and what is to be done with it. */
struct netlink_find {
	struct fullcone_filter filter;
	struct sk_buff *skb;
	const struct fullcone_mapping *only;	/* for comparison: it may be gone */
	struct fullcone_mapping *drained;	/* with a reference */
	int (*act)(struct fullcone_net *fn, struct fullcone_mapping *m, struct netlink_find *find);
	int result;
};

static int find_visit(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	struct netlink_find *find = data;

	if (!fullcone_filter_match(&find->filter, m))
		return 0;
	find->result = find->act(fn, m, find);
	/* an endpoint can have several mappings: for each uplink, for each remote */
	return find->result != -ENODATA;
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

/* The same in all zones: a walk over addresses, of which there are few, not over mappings. */
static void find_by_ext_any(struct fullcone_net *fn, struct netlink_find *find)
{
	struct fullcone_endpoint ext = find->filter.ext;
	struct fullcone_mapping *m;
	struct fullcone_addr *a;
	bool done = false;
	u32 id = 0;
	int n;

	ext.proto = find->filter.proto;
	do {
		rcu_read_lock();
		for (n = 0; n < FULLCONE_BATCH && !done; n++) {
			a = fullcone_addr_next(fn, id);
			if (!a)
				break;
			id = a->id + 1;
			if (a->key.family != ext.family ||
			    !nf_inet_addr_cmp(&a->key.addr, &ext.addr))
				continue;
			ext.zone = a->key.zone;
			m = fullcone_table_by_ext(fn, &ext);
			done = m && find_visit(fn, m, find);
		}
		rcu_read_unlock();
		cond_resched();
	} while (a && !done);
}

static void find_by_walk(struct fullcone_net *fn, struct netlink_find *find)
{
	struct fullcone_cursor cursor = {};

	while (fullcone_table_walk(fn, &cursor, FULLCONE_BATCH, find_visit, find) &&
	       (find->result == -ENOENT || find->result == -ENODATA))
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
	/* a zone in the request is the internal one, and that of answers may differ (X-Z2) */
	if (by_ext && !info->attrs[FULLCONE_MAPPING_A_ZONE])
		find_by_ext(fn, find);
	/*
	 * Without one, a mapping of any zone is meant, of whichever side the endpoint is. That of
	 * the default zone may be none to be deleted, or not the only one.
	 */
	if (find->result == -ENOENT || find->result == -ENODATA) {
		if (by_ext)
			find_by_ext_any(fn, find);
		else
			find_by_walk(fn, find);
	}
	if (find->result == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "no such mapping");
	return find->result;
}

static int get_act(struct fullcone_net *fn, struct fullcone_mapping *m, struct netlink_find *find)
{
	return fullcone_mapping_fill(find->skb, m);
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

static int del_act(struct fullcone_net *fn, struct fullcone_mapping *m, struct netlink_find *find)
{
	/* not -ENOENT, whose message says that the mapping does not exist */
	if (m != find->only || fullcone_explicit_del(fn, m))
		return -ENODATA;
	if (fullcone_mapping_state(m, jiffies) == FULLCONE_STATE_DRAIN && fullcone_mapping_get(m))
		find->drained = m;
	return 0;
}

/* A walk may meet a mapping twice. -ENODATA goes on: the second one may come last. */
static int unique_act(struct fullcone_net *fn, struct fullcone_mapping *m,
		      struct netlink_find *find)
{
	if (m == find->only || !fullcone_mapping_is_explicit(m, jiffies))
		return -ENODATA;
	if (find->only)
		return -ENOTUNIQ;
	find->only = m;
	return -ENODATA;
}

int fullcone_mapping_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	struct netlink_find find = { .act = unique_act };
	int err;

	/* no other request makes one between the two looks */
	mutex_lock(&fn->mutex);
	err = find_mapping(info, &find);
	if (err == -ENODATA && find.only) {
		find.act = del_act;
		err = find_mapping(info, &find);
		if (find.drained)
			fullcone_explicit_drained(fn, find.drained);
	}
	mutex_unlock(&fn->mutex);
	if (err == -ENOTUNIQ)
		NL_SET_ERR_MSG(info->extack,
			       "the endpoint has several: name the interface (oif), the zone, or the external endpoint");
	if (err != -ENODATA)
		return err;
	NL_SET_ERR_MSG(info->extack,
		       "the mapping is neither static nor explicit; a flush ends any");
	return -ENOENT;
}

int fullcone_adopt_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fullcone_net *fn = fullcone_pernet(genl_info_net(info));
	struct sk_buff *reply;
	u32 count = 0, left_out;
	void *hdr;
	int err;

	reply = fullcone_reply_new(info, FULLCONE_CMD_ADOPT, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&fn->mutex);
	err = fullcone_activate_locked(fn, info->extack);
	if (!err)
		count = fullcone_adopt(fn);
	left_out = fn->left_out;
	mutex_unlock(&fn->mutex);
	err = err ?: nla_put_u32(reply, FULLCONE_MAPPING_A_COUNT, count) ?:
		     nla_put_u32(reply, FULLCONE_MAPPING_A_LEFT_OUT, left_out);
	return fullcone_reply_send(reply, info, hdr, err);
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
	reply = fullcone_reply_new(info, FULLCONE_CMD_MAPPING_FLUSH, &hdr);
	if (!reply)
		return -ENOMEM;
	while (fullcone_table_walk(fn, &cursor, FULLCONE_BATCH, flush_visit, &flush))
		cond_resched();
	fullcone_mapping_reap(fn);
	return fullcone_reply_send(reply, info, hdr,
			  nla_put_u32(reply, FULLCONE_MAPPING_A_COUNT, flush.count));
}
