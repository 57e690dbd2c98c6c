// SPDX-License-Identifier: GPL-2.0
/*
 * Turning the engine on in a namespace: conntrack with defragmentation, the
 * connection labels, the NAT lookup functions and the packet function.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netfilter/xt_connlabel.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_nat.h>

#include "fullcone.h"

/*
 * Lookup functions of nf_nat: called for the first packet of a flow, in the order
 * of priority, until one of them has bound it. The outbound one runs before the usual
 * masquerade at srcnat, after a rule at srcnat - 10 has labelled the flow. The inbound
 * one runs last, so that every rule of the user's comes first (X-D1), as does the
 * function that keeps an inbound flow's source (K-11). All of it is the same in IPv6.
 */
static const struct nf_hook_ops nat_ops[] = {
	{
		.hook		= fullcone_nat_in,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= INT_MAX,
	},
	{
		.hook		= fullcone_nat_silent,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= INT_MAX,
	},
	{
		.hook		= fullcone_nat_out,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP_PRI_NAT_SRC - 5,
	},
	{
		.hook		= fullcone_nat_in_source,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= INT_MAX,
	},
};

/*
 * The first sees every packet that leaves, just before conntrack confirms its flow: packets
 * that the user's chains have dropped refresh nothing. The other one sees packets for the
 * router, before the user's chains, which see a packet when it has come in again.
 */
static const struct nf_hook_ops packet_ops[] = {
	{
		.hook		= fullcone_lifetime_packet,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP_PRI_CONNTRACK_CONFIRM - 1,
	},
	{
		.hook		= fullcone_early_packet,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP_PRI_FIRST,
	},
};

/*
 * What is for an address of a pool need not come to the router, and routes may drop it: so where
 * there are pools, packets without a conntrack are seen as they come in.
 */
static const struct nf_hook_ops pool_op = {
	.hook		= fullcone_early_pool,
	.hooknum	= NF_INET_PRE_ROUTING,
	.priority	= INT_MAX,
};

/* Of the namespace's own, so that the functions need not look its state up. */
static void hooks_init(struct fullcone_hooks *hooks, struct fullcone_net *fn, u8 pf)
{
	int i;

	BUILD_BUG_ON(sizeof(hooks->nat) != sizeof(nat_ops) ||
		     sizeof(hooks->packet) != sizeof(packet_ops));
	/* the places have two names, but the same numbers */
	BUILD_BUG_ON((int)NF_IP_PRI_NAT_SRC != (int)NF_IP6_PRI_NAT_SRC ||
		     (int)NF_IP_PRI_CONNTRACK_CONFIRM != (int)NF_IP6_PRI_LAST ||
		     (int)NF_IP_PRI_FIRST != (int)NF_IP6_PRI_FIRST);
	memcpy(hooks->nat, nat_ops, sizeof(nat_ops));
	memcpy(hooks->packet, packet_ops, sizeof(packet_ops));
	for (i = 0; i < ARRAY_SIZE(hooks->nat); i++) {
		hooks->nat[i].pf = pf;
		hooks->nat[i].priv = fn;
	}
	for (i = 0; i < ARRAY_SIZE(hooks->packet); i++) {
		hooks->packet[i].pf = pf;
		hooks->packet[i].priv = fn;
	}
}

/**
 * fullcone_activate_labels() - should new conntracks have room for labels?
 * @fn: the namespace's state, its mutex held
 * @wanted: whether any profile selects by a label
 * @extack: where to say what failed, or NULL
 *
 * Only where it is used: where nothing else extends an entry, as in a flow from outside, the room
 * is an allocation of its own. Return: 0, or a negative error.
 */
int fullcone_activate_labels(struct fullcone_net *fn, bool wanted, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&fn->mutex);
	if (fn->labels == wanted)
		return 0;
	if (wanted) {
		err = nf_connlabels_get(fn->net, XT_CONNLABEL_MAXBIT);
		if (err) {
			NL_SET_ERR_MSG(extack, "connection labels cannot be had in this namespace");
			return err;
		}
	} else {
		nf_connlabels_put(fn->net);
	}
	WRITE_ONCE(fn->labels, wanted);
	return 0;
}

static void nat_unregister(struct net *net, const struct fullcone_hooks *hooks, int n)
{
	while (n--)
		nf_nat_ipv4_unregister_fn(net, &hooks->nat[n]);
}

/* Then a notifier that saw the engine active has finished its walk. */
static void activate_undo(struct fullcone_net *fn)
{
	mutex_lock(&fn->walk_mutex);
	WRITE_ONCE(fn->active, false);
	mutex_unlock(&fn->walk_mutex);
}

/**
 * fullcone_activate_locked() - make the engine act in a namespace, if it does not yet
 * @fn: the namespace's state, its mutex held
 * @extack: where to say what failed, or NULL
 *
 * Return: 0, or a negative error; the namespace is inactive then.
 */
int fullcone_activate_locked(struct fullcone_net *fn, struct netlink_ext_ack *extack)
{
	int i, err;

	lockdep_assert_held(&fn->mutex);
	if (fn->active)
		return 0;

	err = nf_ct_netns_get(fn->net, NFPROTO_IPV4);
	if (err) {
		NL_SET_ERR_MSG(extack, "conntrack cannot be enabled in this namespace");
		return err;
	}
	err = fullcone_activate_labels(fn, fullcone_profile_has_label(fn), extack);
	if (err)
		goto err_conntrack;
	/* before the first mapping, whose address may go at once (X-M1) */
	WRITE_ONCE(fn->active, true);
	/* before all else: no one else may get what existing flows use (X-C5) */
	fullcone_adopt(fn);
	hooks_init(&fn->hooks, fn, NFPROTO_IPV4);
	err = nf_register_net_hooks(fn->net, fn->hooks.packet, ARRAY_SIZE(packet_ops));
	if (err) {
		NL_SET_ERR_MSG(extack, "no hook could be had in this namespace");
		goto err_labels;
	}
	for (i = 0; i < ARRAY_SIZE(nat_ops); i++) {
		err = nf_nat_ipv4_register_fn(fn->net, &fn->hooks.nat[i]);
		if (err) {
			NL_SET_ERR_MSG(extack, "NAT cannot be enabled in this namespace");
			goto err_nat;
		}
	}
	/* once more, for flows that began in the meantime */
	fullcone_adopt(fn);
	return 0;

err_nat:
	nat_unregister(fn->net, &fn->hooks, i);
	nf_unregister_net_hooks(fn->net, fn->hooks.packet, ARRAY_SIZE(packet_ops));
	/* the caller may free what packets are using now */
	synchronize_net();
err_labels:
	activate_undo(fn);
	fullcone_adopt_undo(fn, NFPROTO_UNSPEC);
	fullcone_activate_labels(fn, false, NULL);
err_conntrack:
	nf_ct_netns_put(fn->net, NFPROTO_IPV4);
	return err;
}

/* The same for a caller that does not hold the mutex. */
int fullcone_activate(struct fullcone_net *fn)
{
	int err;

	mutex_lock(&fn->mutex);
	err = fullcone_activate_locked(fn, NULL);
	mutex_unlock(&fn->mutex);
	return err;
}

/* by fullcone_family() */
static const u8 pool_family[FULLCONE_FAMILIES] = { NFPROTO_IPV4, NFPROTO_IPV6 };

/**
 * fullcone_activate_pool() - see what comes in for a pool that nobody routes to the router
 * @fn: the namespace's state, active, its mutex held
 * @s: settings that may have sources
 * @extack: where to say what failed
 *
 * Only where there are sources: it is seen by every packet. Return: 0, or a negative error.
 */
int fullcone_activate_pool(struct fullcone_net *fn, const struct fullcone_settings *s,
			   struct netlink_ext_ack *extack)
{
	int i, err;

	lockdep_assert_held(&fn->mutex);
	for (i = 0; i < FULLCONE_FAMILIES; i++) {
		if (!s->source_addrs[i] || fn->hook_pool[i].hook)
			continue;
		fn->hook_pool[i] = pool_op;
		fn->hook_pool[i].pf = pool_family[i];
		err = nf_register_net_hook(fn->net, &fn->hook_pool[i]);
		if (err) {
			fn->hook_pool[i].hook = NULL;
			NL_SET_ERR_MSG(extack, "no hook could be had in this namespace");
			return err;
		}
	}
	return 0;
}

static void deactivate_pool(struct fullcone_net *fn)
{
	int i;

	for (i = 0; i < FULLCONE_FAMILIES; i++) {
		if (!fn->hook_pool[i].hook)
			continue;
		nf_unregister_net_hook(fn->net, &fn->hook_pool[i]);
		fn->hook_pool[i].hook = NULL;
	}
}

#if IS_ENABLED(CONFIG_IPV6)
static void nat_unregister6(struct net *net, const struct fullcone_hooks *hooks, int n)
{
	while (n--)
		nf_nat_ipv6_unregister_fn(net, &hooks->nat[n]);
}

/**
 * fullcone_activate_ip6() - make the engine act on IPv6 as well
 * @fn: the namespace's state, active, its mutex held
 * @extack: where to say what failed
 *
 * Only when asked for: a router whose hosts have addresses of their own pays nothing.
 * Return: 0, or a negative error; nothing has changed then.
 */
int fullcone_activate_ip6(struct fullcone_net *fn, struct netlink_ext_ack *extack)
{
	int i, err;

	lockdep_assert_held(&fn->mutex);
	if (fn->active6)
		return 0;
	err = nf_ct_netns_get(fn->net, NFPROTO_IPV6);
	if (err) {
		NL_SET_ERR_MSG(extack, "conntrack of IPv6 cannot be enabled in this namespace");
		return err;
	}
	/* both as above; the caller adopts once more, when its settings for IPv6 are in place */
	WRITE_ONCE(fn->active6, true);
	fullcone_adopt(fn);
	hooks_init(&fn->hooks6, fn, NFPROTO_IPV6);
	err = nf_register_net_hooks(fn->net, fn->hooks6.packet, ARRAY_SIZE(packet_ops));
	if (err) {
		NL_SET_ERR_MSG(extack, "no hook could be had in this namespace");
		goto err_conntrack;
	}
	for (i = 0; i < ARRAY_SIZE(nat_ops); i++) {
		err = nf_nat_ipv6_register_fn(fn->net, &fn->hooks6.nat[i]);
		if (err) {
			NL_SET_ERR_MSG(extack, "NAT of IPv6 cannot be enabled in this namespace");
			goto err_nat;
		}
	}
	return 0;

err_nat:
	nat_unregister6(fn->net, &fn->hooks6, i);
	nf_unregister_net_hooks(fn->net, fn->hooks6.packet, ARRAY_SIZE(packet_ops));
	synchronize_net();
err_conntrack:
	WRITE_ONCE(fn->active6, false);
	fullcone_adopt_undo(fn, NFPROTO_IPV6);
	nf_ct_netns_put(fn->net, NFPROTO_IPV6);
	return err;
}

static void deactivate_ip6(struct fullcone_net *fn)
{
	if (!fn->active6)
		return;
	WRITE_ONCE(fn->active6, false);
	nat_unregister6(fn->net, &fn->hooks6, ARRAY_SIZE(nat_ops));
	nf_unregister_net_hooks(fn->net, fn->hooks6.packet, ARRAY_SIZE(packet_ops));
	nf_ct_netns_put(fn->net, NFPROTO_IPV6);
}
#else
int fullcone_activate_ip6(struct fullcone_net *fn, struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "this kernel has no IPv6");
	return -EAFNOSUPPORT;
}

static void deactivate_ip6(struct fullcone_net *fn)
{
}
#endif

static void deactivate_locked(struct fullcone_net *fn)
{
	lockdep_assert_held(&fn->mutex);
	activate_undo(fn);
	deactivate_pool(fn);
	deactivate_ip6(fn);
	nat_unregister(fn->net, &fn->hooks, ARRAY_SIZE(nat_ops));
	nf_unregister_net_hooks(fn->net, fn->hooks.packet, ARRAY_SIZE(packet_ops));
	fullcone_activate_labels(fn, false, NULL);
	nf_ct_netns_put(fn->net, NFPROTO_IPV4);
}

/* The caller waits for a grace period before it frees what the functions use. */
void fullcone_deactivate(struct fullcone_net *fn)
{
	mutex_lock(&fn->mutex);
	if (fn->active)
		deactivate_locked(fn);
	mutex_unlock(&fn->mutex);
}

/**
 * fullcone_activate_undo() - take back what a request has activated that failed later
 * @fn: the namespace's state, its mutex held
 * @active: was it active before?
 * @active6: and for IPv6?
 *
 * On return, no packet is in the functions that were activated.
 */
void fullcone_activate_undo(struct fullcone_net *fn, bool active, bool active6)
{
	u8 family = NFPROTO_UNSPEC;

	lockdep_assert_held(&fn->mutex);
	if (!active && fn->active) {
		deactivate_locked(fn);
	} else if (!active6 && fn->active6) {
		deactivate_ip6(fn);
		family = NFPROTO_IPV6;
	} else {
		return;
	}
	synchronize_net();
	fullcone_adopt_undo(fn, family);
}
