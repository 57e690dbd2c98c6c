/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FULLCONE_ARRAY_H
#define _FULLCONE_ARRAY_H

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif /* _FULLCONE_ARRAY_H */
