// SPDX-License-Identifier: GPL-2.0
/* Load, unload, and the life of a network namespace. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/random.h>

#include "fullcone.h"

static char *netns = "init";
module_param(netns, charp, 0444);
MODULE_PARM_DESC(netns, "namespaces active from the start: init (default), all or none");

static bool selftest;
module_param(selftest, bool, 0444);
MODULE_PARM_DESC(selftest, "check the keys and indexes at load; a failure refuses the load");

unsigned int fullcone_net_id __read_mostly;
unsigned long fullcone_cookie __read_mostly;

/* The others become active with their first request that changes something. */
static bool net_is_active_from_start(const struct net *net)
{
	return !strcmp(netns, "all") || (!strcmp(netns, "init") && net_eq(net, &init_net));
}

static int __net_init fullcone_net_init(struct net *net)
{
	struct fullcone_net *fn = fullcone_pernet(net);
	int i, err;

	fn->net = net;
	for (i = 0; i < 1 << FULLCONE_NAT_LOCKS_ORDER; i++)
		spin_lock_init(&fn->nat_locks[i]);
	mutex_init(&fn->mutex);
	mutex_init(&fn->walk_mutex);
	spin_lock_init(&fn->lock);
	spin_lock_init(&fn->pair_lock);
	spin_lock_init(&fn->lost6_lock);
	INIT_LIST_HEAD(&fn->dying);
	INIT_LIST_HEAD(&fn->pairs);
	INIT_WORK(&fn->reaper, fullcone_mapping_reap_work);
	INIT_WORK(&fn->pair_reaper, fullcone_pair_reap_work);
	INIT_WORK(&fn->addr6_gone, fullcone_notifier_work6);
	INIT_DELAYED_WORK(&fn->gc, fullcone_gc_work);
	xa_init_flags(&fn->ifaces, XA_FLAGS_LOCK_BH);

	err = fullcone_stats_init(fn);
	if (err)
		return err;
	err = fullcone_profile_init(fn);
	if (err)
		goto err_stats;
	err = fullcone_addr_init(fn);
	if (err)
		goto err_profile;
	err = fullcone_host_init(fn);
	if (err)
		goto err_addr;
	err = fullcone_filter_init(fn);
	if (err)
		goto err_host;
	err = fullcone_table_init(fn);
	if (err)
		goto err_filter;
	return 0;

err_filter:
	fullcone_filter_exit(fn);
err_host:
	fullcone_host_exit(fn);
err_addr:
	fullcone_addr_exit(fn);
err_profile:
	fullcone_profile_exit(fn);
err_stats:
	fullcone_stats_exit(fn);
	return err;
}

/* Stop creation. The core waits for a grace period between this and exit. */
static void __net_exit fullcone_net_pre_exit(struct net *net)
{
	fullcone_deactivate(fullcone_pernet(net));
}

static void __net_exit fullcone_net_exit(struct net *net)
{
	struct fullcone_net *fn = fullcone_pernet(net);

	/* No packet comes here any more; only the work items may still run. */
	cancel_delayed_work_sync(&fn->gc);
	cancel_work_sync(&fn->addr6_gone);
	cancel_work_sync(&fn->pair_reaper);
	flush_work(&fn->reaper);
	/* where it has been active; of a namespace that goes itself, the flows go, too */
	if (fn->hooks.packet[0].hook && check_net(net))
		fullcone_walker_unmark(fn, NFPROTO_UNSPEC);

	/* Pairs hold references on mappings, mappings on hosts and addresses. */
	fullcone_pair_exit(fn);
	fullcone_table_exit(fn);
	fullcone_filter_exit(fn);
	fullcone_host_exit(fn);
	fullcone_addr_exit(fn);
	xa_destroy(&fn->ifaces);
	fullcone_profile_exit(fn);
	fullcone_stats_exit(fn);
}

static struct pernet_operations fullcone_net_ops = {
	.init = fullcone_net_init,
	.pre_exit = fullcone_net_pre_exit,
	.exit = fullcone_net_exit,
	.id = &fullcone_net_id,
	.size = sizeof(struct fullcone_net),
};

static int __net_init fullcone_net_start(struct net *net)
{
	return net_is_active_from_start(net) ? fullcone_activate(fullcone_pernet(net)) : 0;
}

/*
 * Apart, since at load the notifiers come between the two: they need the namespaces' state, and
 * must be there before an adopted mapping loses its address. Undone by the above.
 */
static struct pernet_operations fullcone_start_ops = {
	.init = fullcone_net_start,
};

static int __init fullcone_init(void)
{
	int err;

	/* A mapping may outlive us: then the core frees it with a plain kfree(). */
	BUILD_BUG_ON(offsetof(struct fullcone_mapping, anchor) != 0);
	BUILD_BUG_ON(offsetof(struct fullcone_pair, anchor) != 0);
	BUILD_BUG_ON(sizeof(struct fullcone_key) % sizeof(u32));
	BUILD_BUG_ON(sizeof(struct fullcone_endpoint) % sizeof(u32));

	if (strcmp(netns, "init") && strcmp(netns, "all") && strcmp(netns, "none")) {
		pr_err("netns=%s: init, all or none\n", netns);
		return -EINVAL;
	}
	fullcone_mapping_init();
	/* odd, as are the cookies of pairs and filtered mappings, which differ in one bit */
	fullcone_cookie = (get_random_long() | 1) & ~FULLCONE_COOKIE_FILTERED;

	err = register_pernet_subsys(&fullcone_net_ops);
	if (err)
		return err;
	if (selftest) {
		err = fullcone_selftest();
		if (err)
			goto err_pernet;
	}
	err = fullcone_notifier_init();
	if (err)
		goto err_pernet;
	err = register_pernet_subsys(&fullcone_start_ops);
	if (err)
		goto err_notifier;
	err = fullcone_netlink_init();
	if (err)
		goto err_start;
	return 0;

err_start:
	unregister_pernet_subsys(&fullcone_start_ops);
err_notifier:
	fullcone_notifier_exit();
err_pernet:
	unregister_pernet_subsys(&fullcone_net_ops);
	rcu_barrier();
	return err;
}

static void __exit fullcone_exit(void)
{
	fullcone_netlink_exit();
	fullcone_notifier_exit();
	unregister_pernet_subsys(&fullcone_start_ops);
	unregister_pernet_subsys(&fullcone_net_ops);
	/* Last: leaving namespaces queues callbacks whose code is in this module. */
	rcu_barrier();
}

module_init(fullcone_init);
module_exit(fullcone_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("full-cone NAT: endpoint-independent mapping and filtering (RFC 4787)");
MODULE_AUTHOR("The fullcone authors");
