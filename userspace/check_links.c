// SPDX-License-Identifier: GPL-2.0
/* check: the interfaces; do they forward, and are those that rules name up and have addresses? */
#include "check.h"
#include "array.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* Each interface has one entry of its own in the list, and one for each of its addresses. */
static bool is_link(const struct ifaddrs *i)
{
	return i->ifa_addr && i->ifa_addr->sa_family == AF_PACKET;
}

static bool is_family(const struct ifaddrs *i, uint8_t family)
{
	return i->ifa_addr &&
	       i->ifa_addr->sa_family == (family == NFPROTO_IPV6 ? AF_INET6 : AF_INET);
}

/* An address' name may be a label, "eth0:1". */
static bool is_of(const struct ifaddrs *i, const char *dev)
{
	size_t len = strcspn(i->ifa_name, ":");

	return strlen(dev) == len && !strncmp(i->ifa_name, dev, len);
}

enum reach { REACH_LINK, REACH_SITE, REACH_ALL };

static enum reach reach_of(const struct sockaddr *sa)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *sin = (const struct sockaddr_in *)sa;
	uint32_t addr;

	if (sa->sa_family == AF_INET6) {
		if (IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr) ||
		    IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr))
			return REACH_LINK;
		return (sin6->sin6_addr.s6_addr[0] & 0xfe) == 0xfc ? REACH_SITE : REACH_ALL;
	}
	addr = ntohl(sin->sin_addr.s_addr);
	if (addr >> 24 == 127 || addr >> 16 == 0xa9fe)
		return REACH_LINK;
	return addr >> 24 == 10 || addr >> 20 == 0xac1 || addr >> 16 == 0xc0a8 ? REACH_SITE :
	       REACH_ALL;
}

static bool has_address(const struct check *c, const char *dev, uint8_t family)
{
	const struct ifaddrs *i;

	for (i = c->links; i; i = i->ifa_next)
		if (is_family(i, family) && is_of(i, dev))
			return true;
	return false;
}

bool check_is_uplink(const struct check *c, const struct ifaddrs *link, uint8_t family)
{
	size_t i;

	for (i = 0; is_link(link) && i < c->cone.count; i++)
		if (!strcmp(c->cone.rules[i].rule.oif, link->ifa_name) &&
		    rule_has_family(&c->cone.rules[i].rule, family))
			return true;
	return false;
}

/* Every interface gets a link-local address by itself in IPv6, so does the port of a bridge. */
static bool has_network(const struct check *c, const char *dev, uint8_t family)
{
	const struct ifaddrs *i;

	for (i = c->links; i; i = i->ifa_next)
		if (is_family(i, family) && is_of(i, dev) &&
		    (family == NFPROTO_IPV4 || reach_of(i->ifa_addr) != REACH_LINK))
			return true;
	return false;
}

bool check_is_inside(const struct check *c, const struct ifaddrs *link, uint8_t family)
{
	return is_link(link) && link->ifa_flags & IFF_UP && !(link->ifa_flags & IFF_LOOPBACK) &&
	       !check_is_uplink(c, link, family) && has_network(c, link->ifa_name, family);
}

bool check_host_behind(const struct check *c, const struct ifaddrs *link, struct in_addr *host)
{
	const struct ifaddrs *i;

	for (i = c->links; i; i = i->ifa_next) {
		uint32_t own, mask, net;

		if (!is_family(i, NFPROTO_IPV4) || !is_of(i, link->ifa_name) || !i->ifa_netmask)
			continue;
		own = ntohl(((const struct sockaddr_in *)i->ifa_addr)->sin_addr.s_addr);
		mask = ntohl(((const struct sockaddr_in *)i->ifa_netmask)->sin_addr.s_addr);
		net = own & mask;
		if (mask >= UINT32_MAX - 1)
			continue;	/* a link between two routers */
		host->s_addr = htonl(own == net + 1 ? net + 2 : net + 1);
		return true;
	}
	return false;
}

/* --- forwarding --- */

/*
 * Both ask the interface that a packet comes in by. In IPv4 its own setting decides, and @key
 * sets them all. In IPv6 @key alone decides, or since Linux 6.17 force_forwarding in its stead;
 * conf.DEV.forwarding only says whether the interface is a router's.
 */
static const struct forwarding {
	uint8_t family;
	const char *topic, *key, *name;
	const char *device;	/* the file of a device */
} forwardings[] = {
	{ NFPROTO_IPV4, "ip_forward", "net.ipv4.ip_forward", "IPv4",
	  "/proc/sys/net/ipv4/conf/%s/forwarding" },
	{ NFPROTO_IPV6, "ip6_forward", "net.ipv6.conf.all.forwarding", "IPv6",
	  "/proc/sys/net/ipv6/conf/%s/force_forwarding" },
};

static bool forwards(const struct forwarding *fw, const char *dev)
{
	char path[80];
	unsigned long value;

	snprintf(path, sizeof(path), fw->device, dev);
	return check_read_number(path, &value) && value;
}

static bool any_inside_forwards(const struct check *c, const struct forwarding *fw)
{
	const struct ifaddrs *i;

	for (i = c->links; i; i = i->ifa_next)
		if (check_is_inside(c, i, fw->family) && forwards(fw, i->ifa_name))
			return true;
	return false;
}

/* Without the setting for all: each uplink forwards, and so does an interface inside. */
static bool devices_forward(const struct check *c, const struct forwarding *fw)
{
	const struct ifaddrs *i;
	bool any = false;

	for (i = c->links; i; i = i->ifa_next) {
		if (!check_is_uplink(c, i, fw->family))
			continue;
		any = true;
		if (!forwards(fw, i->ifa_name))
			return false;
	}
	return any && any_inside_forwards(c, fw);
}

void check_sysctl_line(const char *dev, const char *name, unsigned int value, char *mend,
		       size_t size)
{
	char key[IFNAMSIZ], *dot;

	/* sysctl takes a slash for the dot in "eth0.7" */
	snprintf(key, sizeof(key), "%s", dev);
	while ((dot = strchr(key, '.')))
		*dot = '/';
	snprintf(mend, size, "sysctl -w net.ipv4.conf.%s.%s=%u", key, name, value);
}

static void check_device(struct check *c, enum check_level level, const char *dev, const char *what)
{
	char mend[64];

	check_sysctl_line(dev, "forwarding", 1, mend, sizeof(mend));
	check_add(c, level, "forwarding", mend, "IPv4 that comes in by %s is not forwarded: %s",
		  dev, what);
}

/* Of IPv4, the interfaces where forwarding is switched off. */
static void check_devices(struct check *c, const struct forwarding *fw)
{
	bool another = any_inside_forwards(c, fw);
	const struct ifaddrs *i;

	for (i = c->links; i; i = i->ifa_next) {
		const char *dev = i->ifa_name;

		if (!is_link(i) || !has_address(c, dev, fw->family) || forwards(fw, dev))
			continue;
		if (check_is_uplink(c, i, fw->family))
			check_device(c, CHECK_WARN, dev, "nobody outside gets in, nor any answer");
		else if (check_is_inside(c, i, fw->family))
			check_device(c, another ? CHECK_INFO : CHECK_WARN, dev,
				     "no host behind it gets out");
	}
}

static void check_forwarding(struct check *c, const struct forwarding *fw)
{
	char path[64], mend[64], *dot;
	unsigned long value;

	if (!check_has_family(c, fw->family))
		return;
	snprintf(mend, sizeof(mend), "sysctl -w %s=1", fw->key);
	snprintf(path, sizeof(path), "/proc/sys/%s", fw->key);
	while ((dot = strchr(path, '.')))
		*dot = '/';
	if (!check_read_number(path, &value)) {
		check_add(c, CHECK_FAIL, fw->topic, NULL, "there is no %s here", fw->name);
	} else if (value || devices_forward(c, fw)) {
		check_add(c, CHECK_OK, fw->topic, NULL, "%s is forwarded", fw->name);
		if (fw->family == NFPROTO_IPV4 && c->cone.count)
			check_devices(c, fw);
	} else {
		check_add(c, CHECK_FAIL, fw->topic, mend, "%s is not forwarded here", fw->name);
	}
}

/* --- uplinks --- */

/*
 * An interface without an address is lent that of another one, as by masquerade. So do uplinks
 * that have none of their own work, but not with a private address, which would be the LAN's.
 */
static bool can_masquerade(const struct check *c, const char *dev, uint8_t family)
{
	const struct ifaddrs *i;
	enum reach reach;

	for (i = c->links; i; i = i->ifa_next) {
		if (!is_family(i, family))
			continue;
		reach = reach_of(i->ifa_addr);
		if (reach == REACH_ALL || (reach == REACH_SITE && is_of(i, dev)))
			return true;
	}
	return false;
}

/* Whether flows that leave by it get its own address, in this family. */
static bool masquerades(const struct check *c, const char *dev, uint8_t family)
{
	size_t i;

	for (i = 0; i < c->cone.count; i++) {
		const struct rule *rule = &c->cone.rules[i].rule;
		const struct profile *p = rule_profile(rule, &c->profiles);

		if (!c->cone.rules[i].nat && !strcmp(rule->oif, dev) &&
		    rule_has_family(rule, family) && !(p && profile_source(p, family)))
			return true;
	}
	return false;
}

static void check_uplink(struct check *c, const struct ifaddrs *link)
{
	const char *dev = link->ifa_name;
	char mend[64];
	size_t i;

	if (!(link->ifa_flags & IFF_UP)) {
		snprintf(mend, sizeof(mend), "ip link set %s up", dev);
		check_add(c, CHECK_WARN, "uplink", mend, "%s is down", dev);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(forwardings); i++) {
		const struct forwarding *fw = &forwardings[i];

		if (!masquerades(c, dev, fw->family) || can_masquerade(c, dev, fw->family))
			continue;
		snprintf(mend, sizeof(mend), "ip address add ADDR/LEN dev %s", dev);
		check_add(c, CHECK_WARN, "uplink", mend,
			  "%s has no %s address of its own: what leaves by it gets one that no "
			  "answer comes back to, or none", dev, fw->name);
	}
}

void check_links(struct check *c)
{
	const struct ifaddrs *i;
	size_t k;

	if (getifaddrs(&c->links))
		c->links = NULL;
	for (k = 0; k < ARRAY_SIZE(forwardings); k++)
		check_forwarding(c, &forwardings[k]);
	for (i = c->links; i; i = i->ifa_next)
		if (check_is_uplink(c, i, NFPROTO_IPV4) || check_is_uplink(c, i, NFPROTO_IPV6))
			check_uplink(c, i);
}
