// SPDX-License-Identifier: GPL-2.0
/* fullcone: verbs, options, help; each verb's work is in its own file. */
#include "cmd.h"
#include "array.h"
#include "filter.h"
#include "output.h"
#include "which.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "0.1"
#endif

#define LISTING_ARGS "[-j] [-o COLUMN,...] [--noheadings]"
#define RULE_ARGS "oif DEV [family ip|ip6|inet] [proto P,...] [saddr [!]CIDR] [daddr [!]CIDR] " \
	"[profile NAME] [mark VALUE/MASK] [--dry-run]"

static int cmd_help(const struct options *opt, int argc, char **argv);

static const struct cmd cmds[] = {
	{ "list", cmd_list, OPT_LISTING | OPT_FAMILY, FILTER_LIST_ARGS " " LISTING_ARGS,
	  "shows the mappings; this is what \"fullcone\" alone does",
	  "STATE is open, drain or held. Columns of -o: family proto int_addr int_port ext_addr\n"
	  "ext_port remote_addr remote_port realm profile state sessions expires_ms age_ms zone\n"
	  "ifindex flags map filter remotes; and for people: internal external remote mode expires\n"
	  "age oif. \"remote\" and \"mode\" are left out if there is nothing in them.\n" },
	{ "get", cmd_get, OPT_LISTING | OPT_FAMILY,
	  WHICH_ARGS " | block ADDR[:PORT] [profile NAME] " LISTING_ARGS,
	  "shows one mapping, by either of its endpoints, or the ports of a host",
	  "\"block\" is of a profile that is deterministic: it shows the ports of the host ADDR, or\n"
	  "whose port PORT of the external address ADDR is.\n" },
	{ "add", cmd_add, OPT_LISTING, "udp|tcp int ADDR:PORT [ext ADDR[:PORT]|:PORT] "
	  "[oif DEV] [profile NAME] [zone N] [lifetime SECONDS] [prefer|exact] [parity odd|even] "
	  "[remote ADDR[/LEN][:PORT]|any]... " LISTING_ARGS,
	  "makes a mapping that stays open without traffic, and shows it",
	  "Without a lifetime it is static: it stays for ever. A port in ext is the one or none;\n"
	  "with \"prefer\" another one if it cannot be had. The address is one of the profile's\n"
	  "source, or that of DEV; where neither is said, of the device of the one rule here.\n"
	  "With \"remote\", up to 16 times, only these may begin sessions from outside.\n" },
	{ "del", cmd_del, OPT_FAMILY, WHICH_ARGS,
	  "takes back what \"add\" made, by either of its endpoints", NULL },
	{ "flush", cmd_flush, OPT_JSON | OPT_FAMILY, "all [static] | " FILTER_FLUSH_ARGS,
	  "ends mappings and their sessions, and frees their ports at once",
	  "What \"add\" made stays, unless \"static\" is said.\n" },
	{ "adopt", cmd_adopt, OPT_JSON, "[-j]",
	  "makes mappings of the flows that conntrack has, as on a standby that takes over", NULL },
	{ "rule add", cmd_rule_add, OPT_DRY_RUN, RULE_ARGS,
	  "makes the traffic that leaves by DEV full-cone; loads the module",
	  "Puts ordinary nft rules into the table \"fullcone\": one that labels the flows, one that\n"
	  "translates what the module does not take: to the profile's first range of addresses, or\n"
	  "with masquerade. The same again changes nothing; other words for the same DEV and the\n"
	  "same profile replace its rules. With a mark the flows are marked, not labelled.\n"
	  "--dry-run prints them as text for a ruleset file and does nothing else.\n"
	  "P is udp, tcp, icmp or icmpv6; \"icmp\" is that of the family, both in inet. Without, or with\n"
	  "\"all\", it is others as well, which leave from their host's external address.\n"
	  "IPv6 is translated in families ip6 and inet only.\n" },
	{ "rule list", cmd_rule_list, OPT_LISTING, LISTING_ARGS,
	  "shows the rules of the table \"fullcone\"", NULL },
	{ "rule del", cmd_rule_del, OPT_FLUSH, "oif DEV [family ip|ip6|inet] [profile NAME] "
	  "[--flush]", "removes the rules of DEV, and with --flush its mappings", NULL },
	{ "profile list", cmd_profile_list, OPT_LISTING, LISTING_ARGS, "shows the profiles", NULL },
	{ "profile show", cmd_profile_show, OPT_LISTING, "[NAME] " LISTING_ARGS,
	  "shows one profile, \"default\" unless named, in the words of \"profile set\"", NULL },
	{ "profile set", cmd_profile_set, 0, "NAME [KEY=VALUE...]",
	  "makes a profile, or changes one's settings for the mappings made from then on",
	  "label=N|none  mark=VALUE/MASK|none  source=masquerade|ADDR[-ADDR],...\n"
	  "paired=strict|soft  ports=LO-HI|default  reserve=none|PORT[-PORT],...\n"
	  "alloc=preserve|random|sequential  udp_short=PORT:SECONDS,...|none\n"
	  "deterministic=INSIDE/LEN:FACTOR[:PORTS]|off\n"
	  "map=eim|adm|apdm, or of one protocol: map.udp map.tcp map.icmp\n"
	  "filter=eif|adf|apdf, or of one protocol: filter.udp filter.tcp\n"
	  "exhaust_icmp=13|1|off\n"
	  "on or off: parity hairpin local_check session_floors syn_silent ip6 log_dst\n"
	  "unsafe_timeouts\n"
	  "numbers: host_max host_rate max_mappings in_max filter_max hold_max\n"
	  "seconds: udp udp_hold tcp_open tcp_close tcp_rst tcp_est tcp_hold icmp\n" },
	{ "profile del", cmd_profile_del, 0, "NAME",
	  "removes a profile; mappings made with it live on", NULL },
	{ "monitor", cmd_monitor, OPT_JSON | OPT_FAMILY | OPT_VERBOSE,
	  FILTER_COMMON " [-j] [-v]", "shows events as they happen, a line each",
	  "-v says on standard error when it has begun to listen.\n" },
	{ "stats", cmd_stats, OPT_JSON | OPT_PROMETHEUS, "[-j | --prometheus]",
	  "shows state and counters, in all and by profile", NULL },
	{ "save", cmd_save, 0, "", "prints profiles, rules and static mappings as commands", NULL },
	{ "restore", cmd_restore, 0, "[FILE]", "reads such commands, and does them", NULL },
	{ "check", cmd_check, OPT_JSON, "[-j]",
	  "shows what here would stop full-cone from working, and what mends it", NULL },
	{ "lab", cmd_lab, 0, "[t1|t2] [ROUTER=NAT...] [host HOST] [family ip|ip6] [quiet]\n"
	  "             [-- COMMAND...]",
	  "builds a network of hosts behind NAT, and runs a command or a shell in it",
	  "t1 has the router r, hosts h1 h2 h3 behind it and servers s1 s2; t2 has h1 behind r1,\n"
	  "h2 behind r2, and s1. NAT is fullcone, restricted, port-restricted, symmetric,\n"
	  "masquerade (stock), none, or settings of \"profile set\": map=eim|adm|apdm,\n"
	  "filter=eif|adf|apdf. It is made of IPv4, or of IPv6. Shows what a STUN client\n"
	  "(coturn's) finds on each side, unless \"quiet\"; ends with COMMAND's exit status, and\n"
	  "nothing is left of it then.\n" },
	{ "help", cmd_help, 0, "[VERB]", "shows this, or a verb's words", NULL },
};

#define CMD_COUNT ARRAY_SIZE(cmds)

static char context[32];

void message_context(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
}

static void message(const char *kind, const char *fmt, va_list ap)
{
	fflush(stdout);
	fprintf(stderr, "fullcone: %s%s", context, kind);
	vfprintf(stderr, fmt, ap);
	putc('\n', stderr);
}

int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("", fmt, ap);
	va_end(ap);
	return STATUS_FAILED;
}

int usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("", fmt, ap);
	va_end(ap);
	return STATUS_USAGE;
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("warning: ", fmt, ap);
	va_end(ap);
}

static void print_usage(FILE *out)
{
	size_t i;

	fputs("Usage: fullcone [VERB] [WORDS] [OPTIONS]\n\nVerbs:\n", out);
	for (i = 0; i < CMD_COUNT; i++)
		fprintf(out, "  %-13s %s\n", cmds[i].name, cmds[i].summary);
	fputs("\nOptions:\n"
	      "  -j, --json            JSON instead of text\n"
	      "  -o, --output COLUMNS  only these columns, in this order\n"
	      "      --noheadings      no headings over a table\n"
	      "  -4, -6                IPv4 or IPv6 mappings only\n"
	      "  -v, --verbose         \"monitor\" says when it listens\n"
	      "  -h, --help            this text, or that of the verb\n"
	      "  -V, --version         the version\n"
	      "\n\"fullcone help VERB\" shows the words and options of a verb; fullcone(8) has all.\n",
	      out);
}

static void print_cmd(const struct cmd *cmd)
{
	printf("fullcone %s%s%s\n\t%s\n", cmd->name, *cmd->args ? " " : "", cmd->args,
	       cmd->summary);
	if (cmd->detail)
		printf("\n%s", cmd->detail);
}

/* How many of the words @cmd's name takes, or 0. */
static int name_words(const struct cmd *cmd, int argc, char **argv)
{
	size_t first = strcspn(cmd->name, " ");

	if (!argc || strlen(argv[0]) != first || strncmp(argv[0], cmd->name, first))
		return 0;
	if (!cmd->name[first])
		return 1;
	return argc > 1 && !strcmp(argv[1], cmd->name + first + 1) ? 2 : 0;
}

static int cmd_help(const struct options *opt, int argc, char **argv)
{
	bool found = false;
	size_t i;

	(void)opt;
	if (!argc) {
		print_usage(stdout);
		return STATUS_DONE;
	}
	for (i = 0; i < CMD_COUNT; i++) {
		size_t first = strcspn(cmds[i].name, " ");
		bool noun = argc == 1 && strlen(argv[0]) == first &&
			    !strncmp(argv[0], cmds[i].name, first);

		if (!noun && name_words(&cmds[i], argc, argv) != argc)
			continue;
		if (found)
			putchar('\n');
		print_cmd(&cmds[i]);
		found = true;
	}
	return found ? STATUS_DONE : usage_error("help \"%s\": there is no such verb", argv[0]);
}

static int unknown_verb(int argc, char **argv)
{
	char known[256];
	size_t used = 0, i;

	for (i = 0; i < CMD_COUNT; i++) {
		size_t first = strcspn(cmds[i].name, " ");
		bool noun = cmds[i].name[first] && !strncmp(argv[0], cmds[i].name, first) &&
			    strlen(argv[0]) == first;

		if (noun)
			used += snprintf(known + used, sizeof(known) - used, "%s%s",
					 used ? ", " : "", cmds[i].name + first + 1);
	}
	if (used && argc > 1)
		return usage_error("%s \"%s\": expected %s", argv[0], argv[1], known);
	if (used)
		return usage_error("%s: expected %s after it", argv[0], known);
	for (i = 0; i < CMD_COUNT; i++) {
		size_t first = strcspn(cmds[i].name, " ");

		if (i && !strncmp(cmds[i].name, cmds[i - 1].name, first + 1))
			continue;
		used += snprintf(known + used, sizeof(known) - used, "%s%.*s", used ? ", " : "",
				 (int)first, cmds[i].name);
	}
	return usage_error("\"%s\" is no verb; verbs: %s", argv[0], known);
}

static int run(const struct options *opt, bool help, int argc, char **argv)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} names[] = {
		{ OPT_JSON, "--json" }, { OPT_COLUMNS, "--output" },
		{ OPT_NOHEADINGS, "--noheadings" }, { OPT_FAMILY, "-4 and -6" },
		{ OPT_PROMETHEUS, "--prometheus" }, { OPT_DRY_RUN, "--dry-run" },
		{ OPT_FLUSH, "--flush" }, { OPT_VERBOSE, "--verbose" },
	};
	const struct cmd *cmd = NULL;
	int words = 0;
	size_t i;

	/* of the verb, whatever follows it */
	for (i = 0; i < CMD_COUNT && help && !words; i++)
		words = name_words(&cmds[i], argc, argv);
	if (help)
		return cmd_help(opt, words ? words : argc, argv);
	if (!argc)
		cmd = &cmds[0];
	for (i = 0; i < CMD_COUNT && !cmd; i++) {
		words = name_words(&cmds[i], argc, argv);
		if (words)
			cmd = &cmds[i];
	}
	if (!cmd)
		return unknown_verb(argc, argv);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (opt->given & names[i].bit & ~cmd->options)
			return usage_error("%s does not take %s; see \"fullcone help %s\"",
					   cmd->name, names[i].name, cmd->name);
	return cmd->run(opt, argc - words, argv + words);
}

/*
 * No socket must get the number of standard output and with it what is printed there: where
 * that is closed, writing is to fail.
 */
static void keep_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int main(int argc, char **argv)
{
	enum { NOHEADINGS = 256, PROMETHEUS, DRY_RUN, FLUSH };
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "output", required_argument, NULL, 'o' },
		{ "noheadings", no_argument, NULL, NOHEADINGS },
		{ "prometheus", no_argument, NULL, PROMETHEUS },
		{ "dry-run", no_argument, NULL, DRY_RUN },
		{ "flush", no_argument, NULL, FLUSH },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options opt = { 0 };
	bool help = false;
	int c, i;

	keep_standard_files();
	/* getopt_long() moves the "--" to the front of the words. */
	for (i = 1; i < argc && !opt.command; i++)
		if (!strcmp(argv[i], "--"))
			opt.command = argv + i + 1;
	/* getopt_long() begins its messages with it. */
	if (argc)
		argv[0] = "fullcone";
	while ((c = getopt_long(argc, argv, "jo:46vhV", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			opt.given |= OPT_JSON;
			break;
		case 'o':
			opt.given |= OPT_COLUMNS;
			opt.columns = optarg;
			break;
		case '4':
		case '6':
			if (opt.given & OPT_FAMILY)
				return usage_error("-4 and -6: one of them, once");
			opt.given |= OPT_FAMILY;
			opt.family = c == '4' ? NFPROTO_IPV4 : NFPROTO_IPV6;
			break;
		case NOHEADINGS:
			opt.given |= OPT_NOHEADINGS;
			break;
		case PROMETHEUS:
			opt.given |= OPT_PROMETHEUS;
			break;
		case DRY_RUN:
			opt.given |= OPT_DRY_RUN;
			break;
		case FLUSH:
			opt.given |= OPT_FLUSH;
			break;
		case 'v':
			opt.given |= OPT_VERBOSE;
			break;
		case 'h':
			help = true;
			break;
		case 'V':
			puts("fullcone " VERSION);
			return output_finish(STATUS_DONE);
		default:
			fputs("fullcone: \"fullcone help\" shows what there is\n", stderr);
			return STATUS_USAGE;
		}
	}
	return output_finish(run(&opt, help, argc - optind, argv + optind));
}
