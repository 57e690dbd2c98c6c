// SPDX-License-Identifier: GPL-2.0
/* libFuzzer: the decoders on arbitrary attributes, as if the kernel had sent them. */
#include "event.h"
#include "profile.h"

#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = MNL_NLMSG_HDRLEN + sizeof(struct genlmsghdr) + size;
	/* libmnl looks at whole words; the kernel pads its messages to them. */
	struct nlmsghdr *nlh = calloc(1, MNL_ALIGN(len));
	static struct mapping m;
	static struct profile p;
	static struct stats s;
	static struct event e;
	static FILE *null;
	char text[512];
	size_t i;

	if (!null)
		null = fopen("/dev/null", "w");
	if (!nlh || !null)
		return 0;
	nlh->nlmsg_len = len;
	memcpy((char *)nlh + len - size, data, size);
	if (!model_parse_mapping(nlh, &m)) {
		format_addr(m.family, &m.ext_addr, text, sizeof(text));
		model_flag_names(m.flags, text, sizeof(text));
		model_state_name(m.state);
		model_proto_name(m.proto);
		model_map_name(m.map);
		model_filter_name(m.filter);
		if (m.remote_count > FULLCONE_REMOTES_MAX)
			abort();
		for (i = 0; i < m.remote_count; i++)
			format_endpoint(&m.remotes[i], text, sizeof(text));
		if (strlen(m.realm) >= sizeof(m.realm) || strlen(m.profile) >= sizeof(m.profile))
			abort();
	}
	if (!profile_parse(nlh, &p)) {
		if (p.short_count > FULLCONE_UDP_SHORT_MAX ||
		    p.source_count > FULLCONE_SOURCE_MAX ||
		    p.reserve_count > FULLCONE_RESERVE_MAX)
			abort();
		for (i = 0; i < profile_setting_count; i++)
			profile_setting_print(&p, &profile_settings[i], null);
	}
	if (!event_parse(nlh, &e)) {
		event_print_text(&e, null);
		event_print_json(&e, null);
	}
	model_parse_stats(nlh, &s);
	free(nlh);
	return 0;
}
