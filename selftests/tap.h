/* SPDX-License-Identifier: GPL-2.0 */
/* Taps, and datagrams sent by two CPUs at once. */
#ifndef TAP_H
#define TAP_H

#include "probe.h"

#define SHOT_SIZE	16

/* A datagram that a tap has seen. @id is 0 if it is not one of ours. */
struct tapped {
	union addr src, dst;
	uint32_t id;
};

/* A datagram that a twin sends. */
struct shot {
	int fd;			/* raw */
	union addr src, dst;
	uint8_t buf[SHOT_SIZE];
	uint32_t id;
	int64_t at_us;		/* when; 0: as soon as possible */
	int64_t sent_us;
};

/* tap.c */
int tap_open(int ns);
bool tap_read(int fd, struct tapped *t);
void tap_forget(int fd);
bool tap_wait(int fd, int64_t deadline_ms);
bool tap_expect(int fd, uint32_t id, int ms, struct tapped *t);

/* twin.c */
int64_t now_us(void);
void wait_us(int64_t until);
void twin_pin(int cpu);
void shot_load(struct shot *s, int fd, const union addr *src,
	       const union addr *dst);
int shot_fire(struct shot *s);
void twin_fire(struct shot *first, int n_first, struct shot *second, int n_second);

#endif
