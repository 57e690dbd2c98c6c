/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The matches and targets of iptables-nft, which nf_tables runs as expressions that
 * hold the structures of xtables.
 */
#ifndef _FULLCONE_PATH_XT_H
#define _FULLCONE_PATH_XT_H

#include "path.h"

/* Whether a match is true of the flow; PATH_MAYBE also if it is none that is known here. */
enum path_match path_xt_match(struct nftnl_expr *e, const struct path_flow *flow);

/* What a target does. */
void path_xt_target(struct nftnl_expr *e, struct path_step *step);

#endif /* _FULLCONE_PATH_XT_H */
