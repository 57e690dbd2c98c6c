// SPDX-License-Identifier: GPL-2.0
/*
 * What a laboratory is made of: namespaces, links and addresses by ip(8), and each router's
 * NAT by the verbs of this tool.
 */
#include "cmd.h"
#include "genl.h"
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A node to be set up; @n is unused for a router. */
struct place {
	const struct lab *lab;
	int side, n;
};

/* --- ip(8), nft(8), which are not in every root's PATH --- */

#define SBIN "PATH=$PATH:/usr/sbin:/sbin; "

static int finish(FILE *f, const char *program, const char *package)
{
	int ret = pclose(f);

	if (!ret)
		return STATUS_DONE;
	if (ret == 127 << 8)
		return fail("lab: %s is not installed (Debian: apt install %s)", program, package);
	return fail("lab: %s failed", program);
}

static FILE *ip_begin(void)
{
	return popen(SBIN "exec ip -batch -", "w");
}

static int ip_finish(FILE *f)
{
	return finish(f, "ip", "iproute2");
}

/* A sysctl that does not exist belongs to a module that is not loaded. */
static void set_sysctl(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		warn("lab: %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static bool is_ip6(const struct lab *lab)
{
	return lab->family->nfproto == NFPROTO_IPV6;
}

/* A new namespace inherits some of these from the machine. */
static void set_sysctls(bool ip6, bool router)
{
	set_sysctl("ipv4/ip_forward", router ? "1" : "0");
	/* ip_forward does not touch it where the machine forwards already */
	set_sysctl("ipv4/conf/default/forwarding", router ? "1" : "0");
	set_sysctl("ipv4/conf/all/rp_filter", "0");
	set_sysctl("ipv4/conf/default/rp_filter", "0");
	set_sysctl("ipv6/conf/default/disable_ipv6", ip6 ? "0" : "1");
	if (ip6) {
		set_sysctl("ipv6/conf/all/disable_ipv6", "0");
		set_sysctl("ipv6/conf/all/forwarding", router ? "1" : "0");
		/* its own address on a link is used at once, too */
		set_sysctl("ipv6/conf/default/accept_dad", "0");
	}
	/* or what is bridged would be tracked and filtered on its way through */
	set_sysctl("bridge/bridge-nf-call-iptables", "0");
	set_sysctl("bridge/bridge-nf-call-ip6tables", "0");
}

/* --- nodes: each makes its own link, the far end is left with the name "to-NODE" --- */

static void put_addr(FILE *f, const struct lab_family *family, const char *prefix, int n,
		     const char *dev)
{
	fprintf(f, "addr add %s%d/%d dev %s%s\n", prefix, n, family->len, dev,
		family->nfproto == NFPROTO_IPV6 ? " nodad" : "");
}

static void put_link(FILE *f, const char *dev, const char *node, const char *peer)
{
	fprintf(f, "link add name %s type veth peer name to-%s netns %s\n", dev, node, peer);
	fprintf(f, "link set dev %s up\n", dev);
}

static void put_bridge(FILE *f, const char *name)
{
	fprintf(f, "link add name %s type bridge mcast_snooping 0 forward_delay 0\n", name);
	fprintf(f, "link set dev %s up\n", name);
}

static void put_port(FILE *f, const char *node, const char *bridge)
{
	fprintf(f, "link set dev to-%s master %s up\n", node, bridge);
}

static int host(const void *data)
{
	const struct place *p = data;
	const struct lab_side *side = &p->lab->topology->side[p->side];
	const char *lan = lab_addr_lan(p->lab, p->side);
	FILE *f = ip_begin();

	set_sysctls(is_ip6(p->lab), false);
	fprintf(f, "link set dev lo up\n");
	put_link(f, "eth0", side->hosts[p->n], side->router);
	put_addr(f, p->lab->family, lan, p->n + 1, "eth0");
	fprintf(f, "route add default via %s254\n", lan);
	return ip_finish(f);
}

static int server(const void *data)
{
	const struct place *p = data;
	FILE *f = ip_begin();
	int i;

	set_sysctls(is_ip6(p->lab), false);
	fprintf(f, "link set dev lo up\n");
	put_link(f, "eth0", p->lab->topology->servers[p->n], LAB_SWITCH);
	for (i = 1; i <= 2; i++)
		put_addr(f, p->lab->family, p->lab->family->wan, 10 * (p->n + 1) + i, "eth0");
	lab_route_put(f, p->lab, -1);
	return ip_finish(f);
}

/* Stock masquerade: nf_tables alone; the engine is not active in this namespace. */
static int stock(const struct lab_family *family)
{
	FILE *f = popen(SBIN "exec nft -f -", "w");

	fprintf(f, "table %s nat {\n"
		   "	chain postrouting {\n"
		   "		type nat hook postrouting priority srcnat;\n"
		   "		oifname \"wan\" masquerade\n"
		   "	}\n"
		   "}\n", family->name);
	return finish(f, "nft", "nftables");
}

/* If it has to be loaded, then not into the machine's own namespace, which stays as it was. */
static int load_module(void)
{
	struct genl g;

	if (genl_open_loading(&g, "netns=none"))
		return fail("%s", g.nl.error);
	genl_close(&g);
	return STATUS_DONE;
}

static int engine(const struct lab_nat *nat, const struct lab_family *family)
{
	char *rule[] = { "oif", "wan", "family", (char *)family->name, NULL };
	const struct options none = { 0 };
	int status;

	status = load_module();
	if (status)
		return status;
	status = cmd_profile_set(&none, nat->count, (char **)nat->words);
	return status ? status : cmd_rule_add(&none, 4, rule);
}

static int router(const void *data)
{
	const struct place *p = data;
	const struct lab_side *side = &p->lab->topology->side[p->side];
	const struct lab_nat *nat = &p->lab->nat[p->side];
	FILE *f = ip_begin();
	int status;
	int i;

	set_sysctls(is_ip6(p->lab), true);
	fprintf(f, "link set dev lo up\n");
	put_bridge(f, "br-lan");
	put_addr(f, p->lab->family, lab_addr_lan(p->lab, p->side), 254, "br-lan");
	for (i = 0; i < LAB_HOSTS && side->hosts[i]; i++)
		put_port(f, side->hosts[i], "br-lan");
	put_link(f, "wan", side->router, LAB_SWITCH);
	put_addr(f, p->lab->family, p->lab->family->wan, p->side + 1, "wan");
	lab_route_put(f, p->lab, p->side);
	status = ip_finish(f);
	if (status || nat->kind == LAB_NAT_NONE)
		return status;
	if (nat->kind == LAB_NAT_MASQUERADE)
		return stock(p->lab->family);
	message_context("lab %s: ", side->router);
	return engine(nat, p->lab->family);
}

static int wan(const void *data)
{
	const struct lab_topology *t = ((const struct place *)data)->lab->topology;
	FILE *f = ip_begin();
	int i;

	set_sysctls(false, false);
	put_bridge(f, "sw0");
	for (i = 0; i < LAB_SIDES && t->side[i].router; i++)
		put_port(f, t->side[i].router, "sw0");
	for (i = 0; i < LAB_SERVERS && t->servers[i]; i++)
		put_port(f, t->servers[i], "sw0");
	return ip_finish(f);
}

/* --- all of it --- */

/* A link carries nothing until the kernel has noticed that both of its ends are up. */
static bool running(int fd)
{
	struct if_nameindex *all = if_nameindex(), *i;
	bool yes = all;

	for (i = all; yes && i->if_index; i++) {
		struct ifreq ifr = { 0 };

		snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", i->if_name);
		if (!ioctl(fd, SIOCGIFFLAGS, &ifr))
			yes = !(ifr.ifr_flags & IFF_UP) || ifr.ifr_flags & IFF_RUNNING;
	}
	if_freenameindex(all);
	return yes;
}

static int wait_running(const void *data)
{
	unsigned int tries = 600;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)data;
	while (!running(fd))
		if (!lab_again(&tries))
			return fail("lab: a link does not come up");
	return STATUS_DONE;
}

struct node {
	const char *name;
	int (*setup)(const void *place);
	struct place place;
};

#define NODES_MAX (LAB_SERVERS + LAB_SIDES * (LAB_HOSTS + 1) + 1)

/* In the order in which they are set up: a bridge needs its links. Their number. */
static int list_nodes(const struct lab *lab, struct node *nodes)
{
	const struct lab_topology *t = lab->topology;
	int count = 0;
	int i, n;

	for (n = 0; n < LAB_SERVERS && t->servers[n]; n++)
		nodes[count++] = (struct node){ t->servers[n], server, { lab, 0, n } };
	for (i = 0; i < LAB_SIDES && t->side[i].router; i++) {
		const struct lab_side *side = &t->side[i];

		for (n = 0; n < LAB_HOSTS && side->hosts[n]; n++)
			nodes[count++] = (struct node){ side->hosts[n], host, { lab, i, n } };
		nodes[count++] = (struct node){ side->router, router, { lab, i, 0 } };
	}
	nodes[count++] = (struct node){ LAB_SWITCH, wan, { lab, 0, 0 } };
	return count;
}

int lab_net_build(const struct lab *lab)
{
	struct node nodes[NODES_MAX];
	int count = list_nodes(lab, nodes);
	int status;
	FILE *f;
	int i;

	f = ip_begin();
	for (i = 0; i < count; i++)
		fprintf(f, "netns add %s\n", nodes[i].name);
	status = ip_finish(f);
	for (i = 0; !status && i < count; i++)
		status = lab_in(nodes[i].name, nodes[i].setup, &nodes[i].place);
	for (i = 0; !status && i < count; i++)
		status = lab_in(nodes[i].name, wait_running, NULL);
	return status < 0 ? fail("lab: interrupted") : status;
}
