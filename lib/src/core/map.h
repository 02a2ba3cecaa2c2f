/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files as memory. */
#ifndef GAMLP_CORE_MAP_H
#define GAMLP_CORE_MAP_H

#include <stddef.h>

#include "gamlp/status.h"

/* A file's bytes, read as they are touched; not to be written.  When another program cuts the file
 * short meanwhile, touching the lost part ends the process: files of ours are replaced, not
 * changed. */
typedef struct gamlp_map {
    const unsigned char *data;
    size_t size;
} gamlp_map;

/* Map a regular file.  GAMLP_E_NOINPUT / _DATA / _IO name the path.  Ownership passes to the
 * caller: gamlp_map_clear(). */
gamlp_status gamlp_map_file(gamlp_map *map, const char *path);
void gamlp_map_clear(gamlp_map *map);

/* The bytes [offset, offset + size) are about to be read, from first to last. */
void gamlp_map_expect(const gamlp_map *map, size_t offset, size_t size);

/* They are not needed any more, and need not take memory. */
void gamlp_map_drop(const gamlp_map *map, size_t offset, size_t size);

#endif
