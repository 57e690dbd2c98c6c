// SPDX-License-Identifier: GPL-2.0
/* The matches and targets of iptables-nft that a packet's path depends on. */
#include "path_xt.h"

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_conntrack.h>
#include <string.h>

/* As far as "-m conntrack" asks for state and status. */
enum path_match path_xt_match(struct nftnl_expr *e, const struct path_flow *flow)
{
	const enum ip_conntrack_info ctinfo = flow->reply ? IP_CT_ESTABLISHED : IP_CT_NEW;
	const uint16_t states = flow->early ? XT_CONNTRACK_STATE_INVALID :
				XT_CONNTRACK_STATE_BIT(ctinfo) |
				(flow->dnat ? XT_CONNTRACK_STATE_DNAT : 0);
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME);
	const struct xt_conntrack_mtinfo3 *info;
	uint32_t len;

	info = nftnl_expr_get(e, NFTNL_EXPR_MT_INFO, &len);
	if (name && !strcmp(name, "comment"))
		return PATH_YES;
	if (!name || strcmp(name, "conntrack") || !info || len < sizeof(*info) ||
	    info->match_flags & ~XT_CONNTRACK_STATE)
		return PATH_MAYBE;
	if (info->match_flags & XT_CONNTRACK_STATE &&
	    !!(info->state_mask & states) == !!(info->invert_flags & XT_CONNTRACK_STATE))
		return PATH_NO;
	return PATH_YES;
}

/* "-j CT --notrack"; every revision of the target begins with its flags. */
static bool is_notrack(struct nftnl_expr *e)
{
	const struct xt_ct_target_info *info;
	uint32_t len;

	info = nftnl_expr_get(e, NFTNL_EXPR_TG_INFO, &len);
	return info && len >= sizeof(info->flags) && info->flags & XT_CT_NOTRACK;
}

/* "-j MARK", and "-j CONNMARK" that sets the mark of the flow. */
static bool is_mark(struct nftnl_expr *e, const char *target)
{
	const struct xt_connmark_tginfo1 *info;
	const struct xt_connmark_tginfo2 *info2;
	uint32_t len;

	if (strcmp(target, "CONNMARK"))
		return !strcmp(target, "MARK");
	info2 = nftnl_expr_get(e, NFTNL_EXPR_TG_INFO, &len);
	info = (const void *)info2;
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_TG_REV) > 1)
		return info2 && len >= sizeof(*info2) && info2->mode == XT_CONNMARK_SET;
	return info && len >= sizeof(*info) && info->mode == XT_CONNMARK_SET;
}

void path_xt_target(struct nftnl_expr *e, struct path_step *step)
{
	const char *target = nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME);

	if (!strcmp(target, "REJECT"))
		step->verdict = PATH_DROP;
	else if (!strcmp(target, "NFQUEUE"))
		step->verdict = PATH_ACCEPT;
	else if (!strcmp(target, "MASQUERADE") || !strcmp(target, "SNAT"))
		step->nat_source = true;
	else if (!strcmp(target, "DNAT") || !strcmp(target, "REDIRECT"))
		step->nat_destination = true;
	else if (!strcmp(target, "CT"))
		step->notrack = is_notrack(e);
	else
		step->marks = is_mark(e, target);
}
