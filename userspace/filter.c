// SPDX-License-Identifier: GPL-2.0
/* Which mappings: the FILTER words of list, flush and monitor. */
#include "filter.h"
#include "array.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

int filter_ifindex(const char *dev, uint32_t *ifindex)
{
	const char *expected = parse_ifname(dev);

	if (expected)
		return usage_error("oif \"%s\": expected %s", dev, expected);
	*ifindex = if_nametoindex(dev);
	if (!*ifindex)
		return fail("oif \"%s\": there is no such interface here", dev);
	return STATUS_DONE;
}

static int set_family(struct filter *f, uint8_t family, const char *word)
{
	if (f->family && f->family != family)
		return usage_error("\"%s\" is not of the address family asked for before it", word);
	f->family = family;
	return STATUS_DONE;
}

static int set_endpoint(struct filter *f, bool internal, const char *word)
{
	struct endpoint *ep = internal ? &f->internal : &f->external;
	bool *has = internal ? &f->has_int : &f->has_ext;
	const char *expected = parse_endpoint(word, EP_PORT | (internal ? EP_LEN : 0), ep);

	if (expected)
		return usage_error("%s \"%s\": expected %s", internal ? "int" : "ext", word,
				   expected);
	*has = true;
	return set_family(f, ep->family, word);
}

static int set_word(struct filter *f, const char *key, const char *word)
{
	const char *expected = NULL;
	uint32_t number;
	bool *has;

	if (!strcmp(key, "int") || !strcmp(key, "ext"))
		return set_endpoint(f, key[0] == 'i', word);
	if (!strcmp(key, "oif")) {
		f->has_oif = true;
		return filter_ifindex(word, &f->ifindex);
	}
	if (!strcmp(key, "state")) {
		has = &f->has_state;
		expected = parse_state(word, &f->state);
	} else if (!strcmp(key, "zone")) {
		has = &f->has_zone;
		expected = parse_u32(word, 0, 65535, &number);
		if (!expected)
			f->zone = number;
	} else {
		has = &f->has_profile;
		expected = parse_profile_name(word);
		if (!expected)
			strcpy(f->profile, word);
	}
	if (expected)
		return usage_error("%s \"%s\": expected %s", key, word, expected);
	*has = true;
	return STATUS_DONE;
}

static bool given_before(const struct filter *f, const char *key)
{
	return (f->has_int && !strcmp(key, "int")) || (f->has_ext && !strcmp(key, "ext")) ||
	       (f->has_oif && !strcmp(key, "oif")) || (f->has_state && !strcmp(key, "state")) ||
	       (f->has_zone && !strcmp(key, "zone")) ||
	       (f->has_profile && !strcmp(key, "profile"));
}

static const char *known_words(enum filter_use use)
{
	switch (use) {
	case FILTER_LIST:
		return FILTER_LIST_ARGS;
	case FILTER_FLUSH:
		return "all " FILTER_FLUSH_ARGS;
	case FILTER_MONITOR:
		break;
	}
	return FILTER_COMMON;
}

/* Words that stand alone. */
static bool set_flag(struct filter *f, enum filter_use use, const char *word)
{
	if (use == FILTER_FLUSH && !strcmp(word, "all"))
		f->all = true;
	else if (use != FILTER_MONITOR && !strcmp(word, "static"))
		f->flags |= FULLCONE_FLAG_STATIC;
	else if (use == FILTER_LIST && !strcmp(word, "explicit"))
		f->flags |= FULLCONE_FLAG_EXPLICIT;
	else if (use == FILTER_LIST && !strcmp(word, "adopted"))
		f->flags |= FULLCONE_FLAG_ADOPTED;
	else
		return false;
	return true;
}

static bool is_key(enum filter_use use, const char *word)
{
	static const char *const keys[] = { "int", "ext", "zone", "profile", "oif" };
	size_t k;

	for (k = 0; k < ARRAY_SIZE(keys); k++)
		if (!strcmp(word, keys[k]))
			return true;
	return use != FILTER_MONITOR && !strcmp(word, "state");
}

static bool names_some(const struct filter *f)
{
	return f->has_proto || f->has_state || f->has_zone || f->has_int || f->has_ext ||
	       f->has_oif || f->has_profile || f->family;
}

int filter_parse(const struct options *opt, int argc, char **argv, enum filter_use use,
		 struct filter *f)
{
	int status, i;

	memset(f, 0, sizeof(*f));
	if (opt->given & OPT_FAMILY)
		f->family = opt->family;
	for (i = 0; i < argc; i++) {
		if (!parse_proto(argv[i], &f->proto)) {
			if (f->has_proto)
				return usage_error("\"%s\": one protocol at most", argv[i]);
			f->has_proto = true;
			if (f->proto == IPPROTO_ICMPV6 && set_family(f, NFPROTO_IPV6, argv[i]))
				return STATUS_USAGE;
			continue;
		}
		if (set_flag(f, use, argv[i]))
			continue;
		if (!is_key(use, argv[i]))
			return usage_error("\"%s\" is no filter here; filters: %s", argv[i],
					   known_words(use));
		if (given_before(f, argv[i]))
			return usage_error("%s is given twice", argv[i]);
		if (i + 1 == argc)
			return usage_error("%s: a word is missing after it", argv[i]);
		status = set_word(f, argv[i], argv[i + 1]);
		if (status)
			return status;
		i++;
	}
	if (use != FILTER_FLUSH)
		return STATUS_DONE;
	if (f->all && names_some(f))
		return usage_error("flush: either all, or filters");
	/* No filter does not mean all. */
	if (!f->all && !names_some(f))
		return usage_error("flush: say which mappings, or \"flush all%s\"; filters: %s",
				   f->flags ? " static" : "", FILTER_FLUSH_ARGS);
	return STATUS_DONE;
}

void filter_put_endpoint(struct nlmsghdr *nlh, bool internal, const struct endpoint *ep)
{
	size_t size = ep->family == NFPROTO_IPV6 ? 16 : 4;

	mnl_attr_put(nlh, internal ? FULLCONE_MAPPING_A_INT_ADDR : FULLCONE_MAPPING_A_EXT_ADDR,
		     size, &ep->addr);
	if (internal && ep->has_len)
		mnl_attr_put_u8(nlh, FULLCONE_MAPPING_A_INT_PREFIX_LEN, ep->len);
	if (ep->has_port)
		mnl_attr_put_u16(nlh, internal ? FULLCONE_MAPPING_A_INT_PORT :
						 FULLCONE_MAPPING_A_EXT_PORT, htons(ep->port));
}

bool filter_put(const struct filter *f, unsigned int n, struct nlmsghdr *nlh)
{
	bool twice = f->has_proto && f->proto == IPPROTO_ICMP && !f->family;
	uint8_t family = f->family;
	uint8_t proto = f->proto;

	if (n > (twice ? 1 : 0))
		return false;
	if (twice)
		family = n ? NFPROTO_IPV6 : NFPROTO_IPV4;
	if (proto == IPPROTO_ICMP && family == NFPROTO_IPV6)
		proto = IPPROTO_ICMPV6;

	if (f->all)
		mnl_attr_put(nlh, FULLCONE_MAPPING_A_ALL, 0, NULL);
	if (family)
		mnl_attr_put_u8(nlh, FULLCONE_MAPPING_A_FAMILY, family);
	if (f->has_proto)
		mnl_attr_put_u8(nlh, FULLCONE_MAPPING_A_PROTO, proto);
	if (f->has_int)
		filter_put_endpoint(nlh, true, &f->internal);
	if (f->has_ext)
		filter_put_endpoint(nlh, false, &f->external);
	if (f->has_state)
		mnl_attr_put_u8(nlh, FULLCONE_MAPPING_A_STATE, f->state);
	if (f->has_zone)
		mnl_attr_put_u16(nlh, FULLCONE_MAPPING_A_ZONE, f->zone);
	if (f->has_profile)
		mnl_attr_put_strz(nlh, FULLCONE_MAPPING_A_PROFILE, f->profile);
	if (f->has_oif)
		mnl_attr_put_u32(nlh, FULLCONE_MAPPING_A_IFINDEX, f->ifindex);
	return true;
}

static bool match_endpoint(const struct mapping *m, bool internal, const struct endpoint *ep)
{
	const union addr *addr = internal ? &m->int_addr : &m->ext_addr;
	unsigned int addr_attr = internal ? FULLCONE_MAPPING_A_INT_ADDR :
					    FULLCONE_MAPPING_A_EXT_ADDR;
	unsigned int port_attr = internal ? FULLCONE_MAPPING_A_INT_PORT :
					    FULLCONE_MAPPING_A_EXT_PORT;
	uint8_t rest = 0xff00 >> (ep->len % 8);

	if (!(m->have & BIT(addr_attr)) || m->family != ep->family ||
	    memcmp(addr, &ep->addr, ep->len / 8))
		return false;
	if (ep->len % 8 && (addr->bytes[ep->len / 8] ^ ep->addr.bytes[ep->len / 8]) & rest)
		return false;
	return !ep->has_port || (m->have & BIT(port_attr) &&
				 ep->port == (internal ? m->int_port : m->ext_port));
}

bool filter_match(const struct filter *f, const struct mapping *m)
{
	const char *proto = f->has_proto && m->have & BIT(FULLCONE_MAPPING_A_PROTO) ?
			    model_proto_name(m->proto) : "";

	if (f->has_proto && strcmp(proto, model_proto_name(f->proto)))
		return false;
	if (f->family && f->family != m->family)
		return false;
	if (f->has_int && !match_endpoint(m, true, &f->internal))
		return false;
	if (f->has_ext && !match_endpoint(m, false, &f->external))
		return false;
	if (f->has_state && f->state != m->state)
		return false;
	if (f->has_zone && (!(m->have & BIT(FULLCONE_MAPPING_A_ZONE)) || f->zone != m->zone))
		return false;
	if (f->has_profile && strcmp(f->profile, m->profile))
		return false;
	if (f->has_oif && f->ifindex != m->ifindex)
		return false;
	return (m->flags & f->flags) == f->flags;
}
