// SPDX-License-Identifier: GPL-2.0
/* __udp4_lib_lookup() takes the table of sockets (dropped in 7.x). */
#include <net/udp.h>

struct sock *probe(struct net *net, struct udp_table *table);
struct sock *probe(struct net *net, struct udp_table *table)
{
	return __udp4_lib_lookup(net, 0, 0, 0, 0, 0, 0, table, NULL);
}
