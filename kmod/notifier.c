// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses and interfaces that go away take their mappings with them (X-M1,
 * X-M2): a masquerade realm has no other address to keep.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/route.h>

#include "fullcone.h"

/*
 * Unregistering a device notifier replays the loss of every device. That must not end
 * flows: our mappings end at unload, but their flows go on (X-C4).
 */
static bool notifier_stopped;

struct notifier_match {
	union nf_inet_addr addr;
	u8 family;	/* 0: every address of the interface */
	bool for_good;	/* the interface does not come back */
	int ifindex;	/* of the interface that is down, or has lost the address */
};

static bool notifier_has(const struct net_device *dev, __be32 addr)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (ifa->ifa_local == addr)
			return true;
	return false;
}

/*
 * Has the mapping's interface its address still? With another prefix length, it may; or another
 * interface, of another VRF or of none, lost it. An unnumbered uplink uses any interface's, but
 * one that has lost its own does not go on with that of another uplink in another zone.
 */
static bool notifier_is_there(struct fullcone_net *fn, const struct fullcone_mapping *m,
			      int lost_by)
{
	const struct net_device *dev = dev_get_by_index_rcu(fn->net, m->key.realm);

	if (!dev)
		return false;
	if (dev->ifindex == lost_by)
		return notifier_has(dev, m->ext.addr.ip);
	return inet_addr_type_dev_table(fn->net, dev, m->ext.addr.ip) == RTN_LOCAL;
}

static int notifier_end(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	const struct notifier_match *match = data;
	bool gone;

	/* The addresses of a pool need not be ours, and are kept in any case (X-M6). */
	if (fullcone_realm_is_pool(m->key.realm))
		return 0;
	if (match->family)
		gone = m->ext.family == match->family &&
		       nf_inet_addr_cmp(&m->ext.addr, &match->addr) &&
		       !notifier_is_there(fn, m, match->ifindex);
	else
		gone = m->key.realm == match->ifindex &&
		       (match->for_good || !fullcone_mapping_is_explicit(m, jiffies));
	if (gone)
		fullcone_mapping_end(fn, m, FULLCONE_REASON_ADDR_GONE);
	return 0;
}

static void notifier_walk(struct fullcone_net *fn, struct notifier_match *match)
{
	struct fullcone_cursor cursor = {};
	bool known = true;

	/* most addresses that go have no mappings */
	if (match->family) {
		rcu_read_lock();
		known = fullcone_addr_known(fn, &match->addr);
		rcu_read_unlock();
	}
	while (known && fullcone_table_walk(fn, &cursor, FULLCONE_BATCH, notifier_end, match))
		cond_resched();
}

/* On return, the mappings are unpublished; the reaper ends their flows. */
static void notifier_gone(struct fullcone_net *fn, struct notifier_match *match)
{
	/* the namespace cannot leave while we walk */
	mutex_lock(&fn->walk_mutex);
	if (READ_ONCE(fn->active)) {
		notifier_walk(fn, match);
		/* A packet that had chosen the address has published its mapping now. */
		synchronize_net();
		notifier_walk(fn, match);
		schedule_work(&fn->reaper);
	}
	mutex_unlock(&fn->walk_mutex);
}

static int notifier_device(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct fullcone_net *fn = fullcone_pernet(dev_net(dev));
	struct notifier_match match = { .ifindex = dev->ifindex };

	/* The interfaces of a dying namespace go after we have left it. */
	if (READ_ONCE(notifier_stopped) || !READ_ONCE(fn->active))
		return NOTIFY_DONE;
	match.for_good = event == NETDEV_UNREGISTER;
	/* with an address of another one's, static mappings are there still when it is removed */
	if ((event == NETDEV_DOWN || match.for_good) && fullcone_iface_leaves(fn, dev))
		notifier_gone(fn, &match);
	if (match.for_good)
		fullcone_iface_forget(fn, dev->ifindex);
	return NOTIFY_DONE;
}

static int notifier_inet(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	const struct net_device *dev = ifa->ifa_dev->dev;
	struct fullcone_net *fn = fullcone_pernet(dev_net(dev));
	struct notifier_match match;

	memset(&match, 0, sizeof(match));
	match.addr.ip = ifa->ifa_local;
	match.family = NFPROTO_IPV4;
	match.ifindex = dev->ifindex;
	if (event == NETDEV_DOWN && READ_ONCE(fn->active))
		notifier_gone(fn, &match);
	return NOTIFY_DONE;
}

static bool notifier_has_lost6(const struct fullcone_lost6 *l, int ifindex,
			       const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < l->count; i++)
		if (l->at[i].ifindex == ifindex && ipv6_addr_equal(&l->at[i].addr, addr))
			return true;
	return false;
}

static int notifier_end6(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	const struct in6_addr *addr = &m->ext.addr.in6;
	const struct net_device *dev;
	bool own;

	if (m->ext.family != NFPROTO_IPV6 || fullcone_realm_is_pool(m->key.realm))
		return 0;
	/*
	 * A deprecated address counts (V-2), on whichever interface of the VRF; but one that has
	 * lost it does not go on with that of another, as in IPv4.
	 */
	dev = dev_get_by_index_rcu(fn->net, m->key.realm);
	own = dev && notifier_has_lost6(data, dev->ifindex, addr);
	if (!dev || !ipv6_chk_addr_and_flags(fn->net, addr, dev, !own, own, 0))
		fullcone_mapping_end(fn, m, FULLCONE_REASON_ADDR_GONE);
	return 0;
}

static void notifier_walk6(struct fullcone_net *fn, struct fullcone_lost6 *lost)
{
	struct fullcone_cursor cursor = {};

	while (fullcone_table_walk(fn, &cursor, FULLCONE_BATCH, notifier_end6, lost))
		cond_resched();
}

/*
 * Some IPv6 address has gone, and its notifiers may not sleep. So this work item looks for every
 * mapping whose address is gone. Process context.
 */
void fullcone_notifier_work6(struct work_struct *work)
{
	struct fullcone_net *fn = container_of(work, struct fullcone_net, addr6_gone);
	struct fullcone_lost6 lost;
	bool active6;

	if (!IS_ENABLED(CONFIG_IPV6))
		return;
	spin_lock_bh(&fn->lost6_lock);
	lost = fn->lost6;
	fn->lost6.count = 0;
	spin_unlock_bh(&fn->lost6_lock);
	/* activation may be adopting flows of IPv6 just now, and tells at its end */
	mutex_lock(&fn->mutex);
	active6 = fn->active6;
	mutex_unlock(&fn->mutex);
	if (!active6)
		return;
	notifier_walk6(fn, &lost);
	/* A packet that had chosen the address has published its mapping now. */
	synchronize_net();
	notifier_walk6(fn, &lost);
	schedule_work(&fn->reaper);
}

/* Of more at once, the rest count only as gone from the VRF. */
static void notifier_lose6(struct fullcone_net *fn, const struct inet6_ifaddr *ifa)
{
	struct fullcone_lost6 *lost = &fn->lost6;

	spin_lock_bh(&fn->lost6_lock);
	if (lost->count < FULLCONE_LOST6_MAX) {
		lost->at[lost->count].addr = ifa->addr;
		lost->at[lost->count++].ifindex = ifa->idev->dev->ifindex;
	}
	spin_unlock_bh(&fn->lost6_lock);
	schedule_work(&fn->addr6_gone);
}

static int notifier_inet6(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;
	struct fullcone_net *fn = fullcone_pernet(dev_net(ifa->idev->dev));

	/* RCU is held: a dying namespace waits for us before it cancels the work */
	if (event == NETDEV_DOWN && READ_ONCE(fn->active))
		notifier_lose6(fn, ifa);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = notifier_device,
};

static struct notifier_block inet_notifier = {
	.notifier_call = notifier_inet,
};

static struct notifier_block inet6_notifier = {
	.notifier_call = notifier_inet6,
};

int fullcone_notifier_init(void)
{
	int err = register_netdevice_notifier(&device_notifier);

	if (err)
		return err;
	err = register_inetaddr_notifier(&inet_notifier);
	if (err)
		goto err_device;
	if (IS_ENABLED(CONFIG_IPV6))
		err = register_inet6addr_notifier(&inet6_notifier);
	if (err)
		goto err_inet;
	return 0;

err_inet:
	unregister_inetaddr_notifier(&inet_notifier);
err_device:
	WRITE_ONCE(notifier_stopped, true);
	unregister_netdevice_notifier(&device_notifier);
	return err;
}

void fullcone_notifier_exit(void)
{
	WRITE_ONCE(notifier_stopped, true);
	if (IS_ENABLED(CONFIG_IPV6))
		unregister_inet6addr_notifier(&inet6_notifier);
	unregister_inetaddr_notifier(&inet_notifier);
	unregister_netdevice_notifier(&device_notifier);
}
