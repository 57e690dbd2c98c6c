// SPDX-License-Identifier: GPL-2.0
/*
 * late.so - a process asks late to be told of its parent's death
 *
 * Preloaded into a program, it delays prctl(PR_SET_PDEATHSIG) by two seconds: so long may a
 * new process wait for a processor.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int prctl(int option, ...)
{
	unsigned long arg[4];
	va_list ap;
	int i;

	va_start(ap, option);
	for (i = 0; i < 4; i++)
		arg[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (option == PR_SET_PDEATHSIG)
		sleep(2);
	return syscall(SYS_prctl, option, arg[0], arg[1], arg[2], arg[3]);
}
