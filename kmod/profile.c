// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles: named settings, and the selection of one for a flow. The settings themselves
 * are in settings.c. A profile that has been deleted stays until its last mapping.
 */
#include <linux/ctype.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/netfilter/nf_conntrack_labels.h>

#include "fullcone.h"

#define PROFILE_DEFAULT	"default"

static bool profile_selects(const struct fullcone_settings *s, const struct nf_conn *ct,
			    const struct nf_conn_labels *labels)
{
	if (labels && s->label != FULLCONE_LABEL_NONE &&
	    test_bit(fullcone_label_bit(s->label), labels->bits))
		return true;
#ifdef CONFIG_NF_CONNTRACK_MARK
	return s->mark_mask && (READ_ONCE(ct->mark) & s->mark_mask) == s->mark;
#else
	return false;
#endif
}

/**
 * fullcone_profile_select() - which profile is this flow for?
 * @fn: the namespace's state
 * @ct: a flow that some rule may have labelled or marked
 *
 * The one made last is asked first, "default" last. Context: RCU held.
 * Return: the profile, NULL if the flow is for none.
 */
struct fullcone_profile *fullcone_profile_select(struct fullcone_net *fn,
						 const struct nf_conn *ct)
{
	const struct nf_conn_labels *labels = nf_ct_labels_find(ct);
	struct fullcone_profile *p;

	list_for_each_entry_rcu(p, &fn->profiles, list)
		if (profile_selects(rcu_dereference(p->settings), ct, labels))
			return p;
	return NULL;
}

static void profile_free_rcu(struct rcu_head *rcu)
{
	struct fullcone_profile *p = container_of(rcu, struct fullcone_profile, rcu);

	fullcone_settings_free(rcu_dereference_protected(p->settings, true));
	free_percpu(p->stats);
	kfree(p);
}

/* Any context. */
void fullcone_profile_put(struct fullcone_net *fn, struct fullcone_profile *p)
{
	if (!refcount_dec_and_test(&p->ref))
		return;
	atomic_dec(&fn->profile_count);
	call_rcu(&p->rcu, profile_free_rcu);
}

/* Takes @s over, even when it fails. */
static struct fullcone_profile *profile_alloc(struct fullcone_net *fn, const char *name,
					      struct fullcone_settings *s)
{
	struct fullcone_profile *p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	int i;

	if (!p)
		goto err;
	p->stats = alloc_percpu_gfp(struct fullcone_stats, GFP_KERNEL_ACCOUNT);
	if (!p->stats)
		goto err;
	refcount_set(&p->ref, 1);
	p->id = ++fn->profile_last_id;
	strscpy(p->name, name, sizeof(p->name));
	for (i = 0; i < ARRAY_SIZE(p->event_stamp); i++)
		p->event_stamp[i] = jiffies - HZ;
	RCU_INIT_POINTER(p->settings, s);
	atomic_inc(&fn->profile_count);
	return p;
err:
	kfree(p);
	fullcone_settings_free(s);
	return NULL;
}

struct fullcone_profile *fullcone_profile_find(struct fullcone_net *fn, const char *name)
{
	struct fullcone_profile *p;

	lockdep_assert_held(&fn->mutex);
	list_for_each_entry(p, &fn->profiles, list)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static bool profile_label_taken(struct fullcone_net *fn, u32 label,
				const struct fullcone_profile *but)
{
	struct fullcone_profile *p;

	list_for_each_entry(p, &fn->profiles, list)
		if (p != but && fullcone_profile_settings(fn, p)->label == label)
			return true;
	return false;
}

/* Does any profile select by a label? */
bool fullcone_profile_has_label(struct fullcone_net *fn)
{
	struct fullcone_profile *p;

	lockdep_assert_held(&fn->mutex);
	list_for_each_entry(p, &fn->profiles, list)
		if (fullcone_profile_settings(fn, p)->label != FULLCONE_LABEL_NONE)
			return true;
	return false;
}

/* A profile has gone, or has other selectors. */
static void profile_trim_labels(struct fullcone_net *fn)
{
	if (fn->labels && !fullcone_profile_has_label(fn))
		fullcone_activate_labels(fn, false, NULL);
}

/* Two profiles must not select the same flows for the same reason. */
static int profile_check_selectors(struct fullcone_net *fn, const struct fullcone_settings *s,
				   const struct fullcone_profile *but, struct nlattr **tb,
				   struct netlink_ext_ack *extack)
{
	const struct fullcone_settings *other;
	struct fullcone_profile *p;

	if (s->label != FULLCONE_LABEL_NONE && profile_label_taken(fn, s->label, but)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[FULLCONE_PROFILE_A_LABEL],
				    "label: another profile has it");
		return -EEXIST;
	}
	list_for_each_entry(p, &fn->profiles, list) {
		other = fullcone_profile_settings(fn, p);
		if (p == but || !s->mark_mask || s->mark_mask != other->mark_mask ||
		    s->mark != other->mark)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, tb[FULLCONE_PROFILE_A_MARK] ?:
				    tb[FULLCONE_PROFILE_A_MARK_MASK],
				    "mark: another profile has it");
		return -EEXIST;
	}
	return 0;
}

static int profile_check_name(const char *name, struct nlattr **tb,
			      struct netlink_ext_ack *extack)
{
	const char *c;

	for (c = name; *c; c++)
		if (!isascii(*c) || (!isalnum(*c) && !strchr("._-", *c)))
			break;
	if (*name && !*c)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, tb[FULLCONE_PROFILE_A_NAME],
			    "name: letters, digits, '.', '_' and '-'");
	return -EINVAL;
}

/* Gives a profile a label if it was given none; such labels count down from 126. */
static void profile_give_label(struct fullcone_net *fn, struct fullcone_settings *s)
{
	u32 label = FULLCONE_LABEL_DEFAULT;

	while (label-- > 0)
		if (!profile_label_taken(fn, label, NULL))
			break;
	s->label = label;	/* below 0 is FULLCONE_LABEL_NONE */
}

static int profile_activate(struct fullcone_net *fn, const struct fullcone_settings *s,
			    struct netlink_ext_ack *extack)
{
	bool active = fn->active, active6 = fn->active6;
	int err = fullcone_activate_locked(fn, extack);

	if (!err && s->label != FULLCONE_LABEL_NONE)
		err = fullcone_activate_labels(fn, true, extack);
	if (!err && s->ip6)
		err = fullcone_activate_ip6(fn, extack);
	err = err ?: fullcone_activate_pool(fn, s, extack);
	if (err)
		fullcone_activate_undo(fn, active, active6);
	return err;
}

static int profile_make(struct fullcone_net *fn, const char *name, struct nlattr **tb,
			struct netlink_ext_ack *extack)
{
	struct fullcone_settings *defaults, *s;
	struct fullcone_profile *p;
	int err;

	err = profile_check_name(name, tb, extack);
	if (err)
		return err;
	/* deleted ones count as long as they have mappings */
	if (atomic_read(&fn->profile_count) >= FULLCONE_PROFILES_MAX) {
		NL_SET_ERR_MSG(extack, "there are 64 profiles already");
		return -ENOSPC;
	}
	defaults = fullcone_settings_default();
	if (!defaults)
		return -ENOMEM;
	defaults->label = FULLCONE_LABEL_NONE;
	if (!tb[FULLCONE_PROFILE_A_LABEL] && !tb[FULLCONE_PROFILE_A_MARK_MASK])
		profile_give_label(fn, defaults);
	s = fullcone_settings_change(defaults, tb, extack);
	fullcone_settings_free(defaults);
	if (IS_ERR(s))
		return PTR_ERR(s);
	err = profile_check_selectors(fn, s, NULL, tb, extack);
	if (err) {
		fullcone_settings_free(s);
		return err;
	}
	p = profile_alloc(fn, name, s);
	if (!p)
		return -ENOMEM;
	err = profile_activate(fn, s, extack);
	if (err) {
		profile_trim_labels(fn);
		fullcone_profile_put(fn, p);
		return err;
	}
	list_add_rcu(&p->list, &fn->profiles);
	return 0;
}

static int profile_change(struct fullcone_net *fn, struct fullcone_profile *p,
			  struct nlattr **tb, struct netlink_ext_ack *extack)
{
	struct fullcone_settings *old = fullcone_profile_settings(fn, p), *s;
	int err;

	s = fullcone_settings_change(old, tb, extack);
	if (IS_ERR(s))
		return PTR_ERR(s);
	err = profile_check_selectors(fn, s, p, tb, extack);
	if (err) {
		fullcone_settings_free(s);
		return err;
	}
	/* first, since activation adopts existing flows with these settings */
	rcu_assign_pointer(p->settings, s);
	err = profile_activate(fn, s, extack);
	if (err)
		rcu_assign_pointer(p->settings, old);
	profile_trim_labels(fn);
	fullcone_settings_free_rcu(err ? s : old);
	return err;
}

/**
 * fullcone_profile_set() - make or change a profile, all or nothing; and activate
 * @fn: the namespace's state, its mutex held
 * @name: of the profile
 * @tb: FULLCONE_PROFILE_A_*, validated by policy
 * @extack: where to say what is wrong
 *
 * Context: process. Return: 0 or a negative error, explained in extack.
 */
int fullcone_profile_set(struct fullcone_net *fn, const char *name, struct nlattr **tb,
			 struct netlink_ext_ack *extack)
{
	struct fullcone_profile *p = fullcone_profile_find(fn, name);
	int err;

	err = p ? profile_change(fn, p, tb, extack) : profile_make(fn, name, tb, extack);
	if (!err)
		fn->profile_changes++;
	/* the profile may select existing flows, as after a reload (X-C5) */
	if (!err && (!p || tb[FULLCONE_PROFILE_A_LABEL] || tb[FULLCONE_PROFILE_A_MARK_MASK] ||
		     tb[FULLCONE_PROFILE_A_SOURCE] || tb[FULLCONE_PROFILE_A_IP6]))
		fullcone_adopt(fn);
	return err;
}

/**
 * fullcone_profile_del() - delete a profile
 * @fn: the namespace's state, its mutex held
 * @name: of the profile
 * @extack: where to say what is wrong
 *
 * Context: process. Return: 0, -ENOENT, or -EPERM for the default profile.
 */
int fullcone_profile_del(struct fullcone_net *fn, const char *name,
			 struct netlink_ext_ack *extack)
{
	struct fullcone_profile *p = fullcone_profile_find(fn, name);

	if (!p) {
		NL_SET_ERR_MSG(extack, "no such profile");
		return -ENOENT;
	}
	if (p == fn->default_profile) {
		NL_SET_ERR_MSG(extack, "the profile \"default\" is always there");
		return -EPERM;
	}
	list_del_rcu(&p->list);
	fn->profile_changes++;
	profile_trim_labels(fn);
	/* any packet that has found it holds it now, or never will */
	synchronize_rcu();
	fullcone_profile_put(fn, p);
	return 0;
}

int fullcone_profile_init(struct fullcone_net *fn)
{
	struct fullcone_settings *s = fullcone_settings_default();

	INIT_LIST_HEAD(&fn->profiles);
	fn->profile_changes = 1;
	if (!s)
		return -ENOMEM;
	fn->default_profile = profile_alloc(fn, PROFILE_DEFAULT, s);
	if (!fn->default_profile)
		return -ENOMEM;
	list_add(&fn->default_profile->list, &fn->profiles);
	return 0;
}

/* Nobody reads any more, and no mapping is left. */
void fullcone_profile_exit(struct fullcone_net *fn)
{
	struct fullcone_profile *p, *next;

	list_for_each_entry_safe(p, next, &fn->profiles, list)
		fullcone_profile_put(fn, p);
}
