/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers that are wrong, with right checksums. */
#ifndef GAMLP_TEST_CONTAINER_H
#define GAMLP_TEST_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

/* Put the size of the file and all checksums right that can be. */
void container_repair(unsigned char *data, size_t size);

/* The entry of a section in the table, and the section's first byte; NULL: there is none. */
unsigned char *container_entry(unsigned char *data, const char *name);
unsigned char *container_bytes(unsigned char *data, const char *name);

#endif
