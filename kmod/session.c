// SPDX-License-Identifier: GPL-2.0
/*
 * Session floors. A late answer whose session conntrack has forgotten is invalid, and no
 * mapping can help it. So the TCP and ICMP flows of mappings get timeouts of their own, as a
 * rule with `ct timeout` would give them: never below the timers of the profile, and never
 * below the settings of conntrack, which themselves are left alone (TO-3). Where the user
 * has such a rule it wins. UDP needs none: there, the mapping decides alone.
 *
 * Flows outlive the module, and so do the timeouts that they refer to. Where these are
 * reference-counted, each profile's settings have a set, and the last flow frees it. On older
 * kernels a flow has a mere pointer: there the timeouts follow the mapping or pair that the
 * flow's ct->master heads, which lasts as long as the flow.
 */
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_l4proto.h>

#include "fullcone.h"

/* Do flows get timeouts at all, and from the settings? */
#define SESSION_TIMEOUTS	IS_ENABLED(CONFIG_NF_CONNTRACK_TIMEOUT)
#define SESSION_OF_SETTINGS	(SESSION_TIMEOUTS && FULLCONE_TIMEOUTS_COUNTED)

static int session_floor_of(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return FULLCONE_FLOOR_TCP;
	case IPPROTO_ICMP:
		return FULLCONE_FLOOR_ICMP;
	case IPPROTO_ICMPV6:
		return FULLCONE_FLOOR_ICMPV6;
	default:
		return -1;
	}
}

static size_t session_size(int floor)
{
	int n = floor == FULLCONE_FLOOR_TCP ? TCP_CONNTRACK_TIMEOUT_MAX : 1;

	return sizeof(struct nf_ct_timeout) + n * sizeof(unsigned int);
}

/* In seconds, what a state of TCP has at least. */
static u32 session_tcp_seconds(const struct fullcone_settings *s, int state)
{
	switch (state) {
	case TCP_CONNTRACK_NONE:
	case TCP_CONNTRACK_SYN_SENT:
	case TCP_CONNTRACK_SYN_RECV:
	case TCP_CONNTRACK_SYN_SENT2:
		return s->tcp_open;
	case TCP_CONNTRACK_FIN_WAIT:
	case TCP_CONNTRACK_CLOSE_WAIT:
	case TCP_CONNTRACK_LAST_ACK:
	case TCP_CONNTRACK_TIME_WAIT:
		return s->tcp_close;
	case TCP_CONNTRACK_CLOSE:
		return s->tcp_rst;
	default:	/* established, also with data that nobody has acknowledged */
		return s->tcp_est;
	}
}

/**
 * fullcone_session_init() - make the timeouts of a profile's settings
 * @s: settings that have been checked, and have none yet
 *
 * Context: process. Return: 0 or -ENOMEM; fullcone_session_exit() is for both.
 */
int fullcone_session_init(struct fullcone_settings *s)
{
	int i;

	for (i = 0; i < TCP_CONNTRACK_TIMEOUT_MAX; i++)
		s->floor_tcp[i] = session_tcp_seconds(s, i) * HZ;
	for (i = 0; SESSION_OF_SETTINGS && s->session_floors && i < FULLCONE_FLOORS; i++) {
		s->floors[i] = kzalloc(session_size(i), GFP_KERNEL_ACCOUNT);
		if (!s->floors[i])
			return -ENOMEM;
		fullcone_compat_timeout_init(s->floors[i]);
	}
	return 0;
}

/* Releases the timeouts; no new flow gets them. Any context. */
void fullcone_session_exit(struct fullcone_settings *s)
{
	int i;

	for (i = 0; i < FULLCONE_FLOORS; i++)
		if (s->floors[i])
			fullcone_compat_timeout_put(s->floors[i]);
}

/* What a mapping or a pair of this protocol needs beyond its own size. */
size_t fullcone_session_room(u8 proto)
{
	int floor = session_floor_of(proto);

	return SESSION_TIMEOUTS && !FULLCONE_TIMEOUTS_COUNTED && floor >= 0 ?
	       session_size(floor) : 0;
}

static void session_raise(unsigned int *timeout, unsigned int ours, u32 floor)
{
	unsigned int value = max(ours, floor);

	if (READ_ONCE(*timeout) != value)
		WRITE_ONCE(*timeout, value);
}

/* Done again and again, since the settings of conntrack may have changed. */
static void session_fill(unsigned int *timeouts, const struct fullcone_settings *s,
			 struct net *net, int floor)
{
	const unsigned int *ours;
	int i;

	switch (floor) {
	case FULLCONE_FLOOR_ICMP:
		session_raise(timeouts, nf_icmp_pernet(net)->timeout, s->icmp * HZ);
		break;
	case FULLCONE_FLOOR_ICMPV6:
		session_raise(timeouts, nf_icmpv6_pernet(net)->timeout, s->icmp * HZ);
		break;
	case FULLCONE_FLOOR_TCP:
		ours = nf_tcp_pernet(net)->timeouts;
		for (i = 0; i < TCP_CONNTRACK_TIMEOUT_MAX; i++)
			session_raise(&timeouts[i], ours[i], s->floor_tcp[i]);
		break;
	}
}

/* Filled timeouts in the room that fullcone_session_room() made. */
static struct nf_ct_timeout *session_of_master(const struct nf_conn *ct,
					       const struct fullcone_settings *s, int floor)
{
	struct fullcone_mapping *m = fullcone_mapping_of(ct->master);
	struct fullcone_pair *pair = fullcone_pair_of(ct->master);
	struct nf_ct_timeout *t = m ? (void *)(m + 1) : pair ? (void *)(pair + 1) : NULL;

	if (t)
		session_fill((unsigned int *)t->data, s, nf_ct_net(ct), floor);
	return t;
}

/* The timeouts of a profile's settings: filled once a jiffy rather than for each flow. */
static struct nf_ct_timeout *session_of_settings(struct fullcone_settings *s, struct net *net,
						 int floor)
{
	struct nf_ct_timeout *t = s->floors[floor];
	unsigned long now = jiffies ?: 1;

	/* pairs with the release below: who sees the time sees the values */
	if (t && smp_load_acquire(&s->floors_at[floor]) != now) {
		session_fill((unsigned int *)t->data, s, net, floor);
		/* pairs with the acquire above */
		smp_store_release(&s->floors_at[floor], now);
	}
	return t;
}

/*
 * conntrack gives a session that it picks up in the middle a short time until it is
 * answered. One begun outside keeps that time, lest a stranger's segment out of nowhere hold
 * the port for hours.
 */
static bool session_in_middle(const struct nf_conn *ct)
{
	return nf_ct_protonum(ct) == IPPROTO_TCP &&
	       ct->proto.tcp.state == TCP_CONNTRACK_ESTABLISHED;
}

/**
 * fullcone_session_attach() - give a flow of a mapping its timeouts
 * @ct: the flow, not confirmed yet; all rules of the user's have been applied
 * @s: settings of its mapping's profile
 *
 * Context: softirq, RCU held. Return: false without memory.
 */
bool fullcone_session_attach(struct nf_conn *ct, struct fullcone_settings *s)
{
	bool inward = (READ_ONCE(ct->status) & IPS_NAT_MASK) == IPS_DST_NAT;
	int floor = session_floor_of(nf_ct_protonum(ct));
	struct nf_ct_timeout *t;
	unsigned int *timeouts;
	u32 now;

	if (!SESSION_TIMEOUTS || floor < 0 || !s->session_floors || nf_ct_timeout_find(ct) ||
	    (inward && session_in_middle(ct)))
		return true;
	t = SESSION_OF_SETTINGS ? session_of_settings(s, nf_ct_net(ct), floor) :
				  session_of_master(ct, s, floor);
	if (!t)
		return true;
	if (!nf_ct_timeout_ext_add(ct, t, GFP_ATOMIC))
		return false;
	if (session_in_middle(ct))
		return true;
	/* ct->timeout is relative until confirmation */
	timeouts = (unsigned int *)t->data;
	now = READ_ONCE(timeouts[floor == FULLCONE_FLOOR_TCP ? ct->proto.tcp.state : 0]);
	if (READ_ONCE(ct->timeout) < now)
		WRITE_ONCE(ct->timeout, now);
	return true;
}
