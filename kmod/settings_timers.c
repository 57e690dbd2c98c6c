// SPDX-License-Identifier: GPL-2.0
/* The timers of a profile, and how short the RFCs allow them to be. */
#include <net/genetlink.h>

#include "fullcone.h"

/* RFC 4787 REQ-5: no UDP mapping expires sooner than two minutes. */
#define TIMERS_UDP_FLOOR	120

/* Seconds. A timer below its floor needs unsafe_timeouts, for tests. */
static const struct timer {
	int attr;			/* FULLCONE_PROFILE_A_* */
	size_t offset;			/* in struct fullcone_settings */
	u32 floor;
	const char *below;		/* the refusal */
} timers[] = {
	{
		FULLCONE_PROFILE_A_UDP, offsetof(struct fullcone_settings, udp), TIMERS_UDP_FLOOR,
		"udp: below 120 s (RFC 4787 REQ-5) only with unsafe_timeouts=1"
	}, {
		FULLCONE_PROFILE_A_TCP_OPEN, offsetof(struct fullcone_settings, tcp_open), 240,
		"tcp_open: below 240 s (RFC 5382 REQ-5) only with unsafe_timeouts=1"
	}, {
		FULLCONE_PROFILE_A_TCP_CLOSE, offsetof(struct fullcone_settings, tcp_close), 240,
		"tcp_close: below 240 s (RFC 5382 REQ-5) only with unsafe_timeouts=1"
	}, {
		FULLCONE_PROFILE_A_TCP_RST, offsetof(struct fullcone_settings, tcp_rst), 240,
		"tcp_rst: below 240 s (RFC 7857 section 2.2) only with unsafe_timeouts=1"
	}, {
		FULLCONE_PROFILE_A_TCP_EST, offsetof(struct fullcone_settings, tcp_est), 7440,
		"tcp_est: below 7440 s (RFC 5382 REQ-5) only with unsafe_timeouts=1"
	}, {
		FULLCONE_PROFILE_A_ICMP, offsetof(struct fullcone_settings, icmp), 60,
		"icmp: below 60 s (RFC 5508 REQ-2) only with unsafe_timeouts=1"
	},
	/* no floor: RFC 6888 REQ-8 lets them be configured */
	{ FULLCONE_PROFILE_A_UDP_HOLD, offsetof(struct fullcone_settings, udp_hold), 0, "" },
	{ FULLCONE_PROFILE_A_TCP_HOLD, offsetof(struct fullcone_settings, tcp_hold), 0, "" },
};

static int timers_parse_short(struct fullcone_settings *s, const struct nlattr *list,
			      const struct nlattr *unsafe, struct netlink_ext_ack *extack)
{
	int i, err;

	if (list) {
		err = fullcone_settings_udp_shorts(s, list, extack);
		if (err)
			return err;
	}
	for (i = 0; i < s->udp_shorts && !s->unsafe_timeouts; i++) {
		if (ntohs(s->udp_short[i].port) < 1024 ||
		    s->udp_short[i].timeout >= TIMERS_UDP_FLOOR * HZ)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, list ?: unsafe,
				    "udp_short: ports above 1023 below 120 s (RFC 4787 REQ-5a) only with unsafe_timeouts=1");
		return -EINVAL;
	}
	return 0;
}

/**
 * fullcone_settings_timers() - the timers of a request
 * @s: settings to be changed
 * @tb: FULLCONE_PROFILE_A_*, validated by policy
 * @extack: where to say what is wrong
 *
 * Return: 0 or a negative error.
 */
int fullcone_settings_timers(struct fullcone_settings *s, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *unsafe = tb[FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS];
	const struct timer *t;
	u32 *seconds;
	int i;

	if (unsafe)
		s->unsafe_timeouts = nla_get_u8(unsafe);
	for (i = 0; i < ARRAY_SIZE(timers); i++) {
		t = &timers[i];
		seconds = (u32 *)((char *)s + t->offset);
		if (tb[t->attr])
			*seconds = nla_get_u32(tb[t->attr]);
		if (*seconds >= t->floor || s->unsafe_timeouts)
			continue;
		NL_SET_BAD_ATTR(extack, tb[t->attr] ?: unsafe);
		if (extack)
			extack->_msg = t->below;
		return -EINVAL;
	}
	return timers_parse_short(s, tb[FULLCONE_PROFILE_A_UDP_SHORT], unsafe, extack);
}

/* The short timer of a destination port in jiffies, 0 if it has none (U-5a). */
u32 fullcone_settings_udp_short(const struct fullcone_settings *s, __be16 port)
{
	int i;

	for (i = 0; i < s->udp_shorts; i++)
		if (s->udp_short[i].port == port)
			return s->udp_short[i].timeout;
	return 0;
}
