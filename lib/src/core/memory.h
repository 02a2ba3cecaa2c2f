/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_CORE_MEMORY_H
#define GAMLP_CORE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* The most bytes of memory that this process had at a time, libraries included; 0: unknown. */
int64_t gamlp_memory_peak(void);

/* Bytes of memory that this host has; 0: unknown. */
int64_t gamlp_memory_of_host(void);

/* Bytes of the processor's last-level cache; of a usual one where the system does not say. */
int64_t gamlp_memory_cache(void);

/* Whether gamlp_allocator_set() has installed an allocator: libraries below us are then to take
 * their memory from it, too. */
bool gamlp_allocator_installed(void);

#endif
