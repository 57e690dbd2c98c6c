// SPDX-License-Identifier: GPL-2.0
/* nf_tables of this network namespace: reading it, and changing it in one transaction. */
#include "nft.h"
#include "array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for the largest transaction of this tool many times over. */
#define BATCH_SIZE 262144

int nft_open(struct nft *n)
{
	int ret = nl_open(&n->nl, NETLINK_NETFILTER);

	n->generation = 0;
	n->nl.hdrlen = sizeof(struct nfgenmsg);
	return ret;
}

void nft_close(struct nft *n)
{
	nl_close(&n->nl);
}

static struct nlmsghdr *request(struct nft *n, uint16_t type, uint8_t family)
{
	return nftnl_nlmsg_build_hdr(n->nl.req, type, family, 0, 0);
}

static int generation_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	uint32_t *generation = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_GEN_ID &&
		    !mnl_attr_validate(attr, MNL_TYPE_U32))
			*generation = ntohl(mnl_attr_get_u32(attr));
	return 0;
}

int nft_read_generation(struct nft *n)
{
	request(n, NFT_MSG_GETGEN, NFPROTO_UNSPEC);
	return nl_transact(&n->nl, NLM_F_ACK, generation_cb, &n->generation);
}

struct table_walk {
	int (*cb)(struct nftnl_table *t, void *data);
	void *data;
};

static int table_cb(const struct nlmsghdr *nlh, void *data)
{
	struct nftnl_table *t = nftnl_table_alloc();
	struct table_walk *w = data;
	int ret = t ? 0 : -ENOMEM;

	if (t && !nftnl_table_nlmsg_parse(nlh, t))
		ret = w->cb(t, w->data);
	nftnl_table_free(t);
	return ret;
}

int nft_each_table(struct nft *n, int (*cb)(struct nftnl_table *t, void *data), void *data)
{
	struct table_walk w = { cb, data };

	request(n, NFT_MSG_GETTABLE, NFPROTO_UNSPEC);
	return nl_transact(&n->nl, NLM_F_DUMP, table_cb, &w);
}

struct chain_walk {
	int (*cb)(struct nftnl_chain *c, void *data);
	void *data;
};

static int chain_cb(const struct nlmsghdr *nlh, void *data)
{
	struct nftnl_chain *c = nftnl_chain_alloc();
	struct chain_walk *w = data;
	int ret = c ? 0 : -ENOMEM;

	if (c && !nftnl_chain_nlmsg_parse(nlh, c))
		ret = w->cb(c, w->data);
	nftnl_chain_free(c);
	return ret;
}

int nft_each_chain(struct nft *n, int (*cb)(struct nftnl_chain *c, void *data), void *data)
{
	struct chain_walk w = { cb, data };

	request(n, NFT_MSG_GETCHAIN, NFPROTO_UNSPEC);
	return nl_transact(&n->nl, NLM_F_DUMP, chain_cb, &w);
}

struct rule_walk {
	int (*cb)(struct nftnl_rule *r, void *data);
	void *data;
};

static int rule_cb(const struct nlmsghdr *nlh, void *data)
{
	struct nftnl_rule *r = nftnl_rule_alloc();
	struct rule_walk *w = data;

	if (!r)
		return -ENOMEM;
	/* One expression that libnftnl has not heard of makes it refuse the rule. */
	if (nftnl_rule_nlmsg_parse(nlh, r)) {
		nftnl_rule_free(r);
		r = NULL;
	}
	return w->cb(r, w->data);
}

int nft_each_rule(struct nft *n, uint8_t family, const char *table,
		  int (*cb)(struct nftnl_rule *r, void *data), void *data)
{
	struct nlmsghdr *nlh = request(n, NFT_MSG_GETRULE, family);
	struct rule_walk w = { cb, data };

	if (table)
		mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, table);
	return nl_transact(&n->nl, NLM_F_DUMP, rule_cb, &w);
}

/* Anonymous sets belong to their rules. */
static int named_cb(const struct nlmsghdr *nlh, void *data)
{
	bool set = NFNL_MSG_TYPE(nlh->nlmsg_type) == NFT_MSG_NEWSET;
	const struct nlattr *attr;
	unsigned int *count = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
		if (set && mnl_attr_get_type(attr) == NFTA_SET_FLAGS &&
		    !mnl_attr_validate(attr, MNL_TYPE_U32) &&
		    ntohl(mnl_attr_get_u32(attr)) & NFT_SET_ANONYMOUS)
			return 0;
	(*count)++;
	return 0;
}

int nft_count_named(struct nft *n, uint8_t family, const char *table, unsigned int *count)
{
	static const struct {
		uint16_t type, table_attr;
	} kinds[] = {
		{ NFT_MSG_GETSET, NFTA_SET_TABLE },
		{ NFT_MSG_GETOBJ, NFTA_OBJ_TABLE },
		{ NFT_MSG_GETFLOWTABLE, NFTA_FLOWTABLE_TABLE },
	};
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < ARRAY_SIZE(kinds); i++) {
		struct nlmsghdr *nlh = request(n, kinds[i].type, family);

		mnl_attr_put_strz(nlh, kinds[i].table_attr, table);
		ret = nl_transact(&n->nl, NLM_F_DUMP, named_cb, count);
	}
	return ret;
}

static int elem_cb(const struct nlmsghdr *nlh, void *data)
{
	return nftnl_set_elems_nlmsg_parse(nlh, data) < 0 ? -EBADMSG : 0;
}

struct nftnl_set *nft_read_set(struct nft *n, uint8_t family, const char *table,
			       const char *name)
{
	struct nlmsghdr *nlh = request(n, NFT_MSG_GETSETELEM, family);
	struct nftnl_set *s = nftnl_set_alloc();

	if (!s)
		return NULL;
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, name);
	if (!nl_transact(&n->nl, NLM_F_DUMP, elem_cb, s))
		return s;
	nftnl_set_free(s);
	return NULL;
}

/* BEGIN carries the generation, so that a change by anyone else since then refuses all. */
int nft_batch_begin(struct nft *n, struct nft_batch *b)
{
	struct nlmsghdr *nlh;

	memset(b, 0, sizeof(*b));
	b->buf = calloc(2, BATCH_SIZE);
	b->msgs = b->buf ? mnl_nlmsg_batch_start(b->buf, BATCH_SIZE) : NULL;
	if (!b->msgs) {
		free(b->buf);
		return nl_error(&n->nl, NULL, -ENOMEM);
	}
	b->seq = n->nl.seq;
	nlh = nftnl_batch_begin(mnl_nlmsg_batch_current(b->msgs), ++b->seq);
	mnl_attr_put_u32(nlh, NFNL_BATCH_GENID, htonl(n->generation));
	mnl_nlmsg_batch_next(b->msgs);
	b->first = b->seq + 1;
	return 0;
}

static struct nlmsghdr *batch_message(struct nft_batch *b, uint16_t type, uint32_t family,
				      uint16_t flags)
{
	return nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(b->msgs), type, family,
				     NLM_F_ACK | flags, ++b->seq);
}

void nft_batch_table(struct nft_batch *b, uint16_t type, struct nftnl_table *t)
{
	uint16_t flags = type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0;
	uint32_t family = nftnl_table_get_u32(t, NFTNL_TABLE_FAMILY);

	nftnl_table_nlmsg_build_payload(batch_message(b, type, family, flags), t);
	mnl_nlmsg_batch_next(b->msgs);
}

void nft_batch_chain(struct nft_batch *b, uint16_t type, struct nftnl_chain *c)
{
	uint16_t flags = type == NFT_MSG_NEWCHAIN ? NLM_F_CREATE : 0;
	uint32_t family = nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY);

	nftnl_chain_nlmsg_build_payload(batch_message(b, type, family, flags), c);
	mnl_nlmsg_batch_next(b->msgs);
}

/* A new set with its elements. */
void nft_batch_set(struct nft_batch *b, struct nftnl_set *s)
{
	uint32_t family = nftnl_set_get_u32(s, NFTNL_SET_FAMILY);

	nftnl_set_nlmsg_build_payload(batch_message(b, NFT_MSG_NEWSET, family,
						    NLM_F_CREATE | NLM_F_EXCL), s);
	mnl_nlmsg_batch_next(b->msgs);
	nftnl_set_elems_nlmsg_build_payload(batch_message(b, NFT_MSG_NEWSETELEM, family,
							  NLM_F_CREATE | NLM_F_EXCL), s);
	mnl_nlmsg_batch_next(b->msgs);
}

void nft_batch_rule(struct nft_batch *b, uint16_t type, struct nftnl_rule *r)
{
	uint16_t flags = type == NFT_MSG_NEWRULE ? NLM_F_CREATE | NLM_F_APPEND : 0;
	uint32_t family = nftnl_rule_get_u32(r, NFTNL_RULE_FAMILY);

	nftnl_rule_nlmsg_build_payload(batch_message(b, type, family, flags), r);
	mnl_nlmsg_batch_next(b->msgs);
}

/* The first refusal; 0 when every message is acknowledged; 1 when more must come. */
static int read_acks(struct nft *n, struct nft_batch *b, int len)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)n->nl.reply;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

		if (nlh->nlmsg_type != NLMSG_ERROR || nlh->nlmsg_seq < b->first - 1 ||
		    nlh->nlmsg_seq > b->seq ||
		    mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
			continue;
		if (err->error)
			return nl_error(&n->nl, nlh, err->error);
		if (nlh->nlmsg_seq == b->last)
			return 0;
	}
	return 1;
}

int nft_batch_commit(struct nft *n, struct nft_batch *b)
{
	int ret = 1;

	b->last = b->seq;
	nftnl_batch_end(mnl_nlmsg_batch_current(b->msgs), ++b->seq);
	mnl_nlmsg_batch_next(b->msgs);
	n->nl.seq = b->seq;
	if (mnl_socket_sendto(n->nl.sock, mnl_nlmsg_batch_head(b->msgs),
			      mnl_nlmsg_batch_size(b->msgs)) < 0)
		return nl_error(&n->nl, NULL, -errno);
	while (ret > 0) {
		ret = nl_receive(&n->nl);
		if (ret >= 0)
			ret = read_acks(n, b, ret);
	}
	return ret;
}

void nft_batch_free(struct nft_batch *b)
{
	mnl_nlmsg_batch_stop(b->msgs);
	free(b->buf);
}
