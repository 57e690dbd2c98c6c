// SPDX-License-Identifier: GPL-2.0
/* Reading single attributes: their sizes are checked before they are looked at. */
#include "attr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fullcone.h>
#include <string.h>

int attr_u8(const struct nlattr *attr, uint8_t *out)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*out))
		return -EBADMSG;
	*out = mnl_attr_get_u8(attr);
	return 0;
}

int attr_u16(const struct nlattr *attr, uint16_t *out)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*out))
		return -EBADMSG;
	*out = mnl_attr_get_u16(attr);
	return 0;
}

int attr_u32(const struct nlattr *attr, uint32_t *out)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*out))
		return -EBADMSG;
	*out = mnl_attr_get_u32(attr);
	return 0;
}

int attr_u64(const struct nlattr *attr, uint64_t *out)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*out))
		return -EBADMSG;
	*out = mnl_attr_get_u64(attr);
	return 0;
}

int attr_port(const struct nlattr *attr, uint16_t *out)
{
	int ret = attr_u16(attr, out);

	*out = ntohs(*out);
	return ret;
}

int attr_name(const struct nlattr *attr, char *out)
{
	uint16_t len = mnl_attr_get_payload_len(attr);
	const char *s = mnl_attr_get_payload(attr);

	if (!len || len > FULLCONE_NAME_SIZE || !memchr(s, '\0', len))
		return -EBADMSG;
	memcpy(out, s, len);
	return 0;
}

int attr_addr(const struct nlattr *attr, union addr *out, unsigned int *len)
{
	*len = mnl_attr_get_payload_len(attr);
	if (*len != sizeof(out->in) && *len != sizeof(out->in6))
		return -EBADMSG;
	memcpy(out, mnl_attr_get_payload(attr), *len);
	return 0;
}
