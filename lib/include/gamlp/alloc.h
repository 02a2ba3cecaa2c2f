/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: core.  All memory of the library comes from here.
 *
 * Blocks are aligned to 64 bytes.  An allocator can be installed for tests
 * (counting, failure injection) before the first allocation. */
#ifndef GAMLP_ALLOC_H
#define GAMLP_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An allocator.  `acquire` returns `bytes` (> 0) aligned to 64 or NULL;
 * `release` accepts what acquire returned, never NULL. */
typedef struct gamlp_allocator {
    void *(*acquire)(void *context, size_t bytes);
    void (*release)(void *context, void *block);
    void *context;
} gamlp_allocator;

/* Install an allocator; NULL restores the default.  Not thread-safe; blocks
 * must be released by the allocator that gave them. */
void gamlp_allocator_set(const gamlp_allocator *allocator);

/* `count` zeroed elements of `size` bytes in *block (NULL when count is 0).
 * GAMLP_E_NOMEM names `what` and the size.  Overflow and negative counts are
 * refused.  Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_new(void *block, int64_t count, size_t size, const char *what);

/* As gamlp_new() but not zeroed. */
gamlp_status gamlp_new_raw(void *block, int64_t count, size_t size, const char *what);

/* Grow *block from `old_count` to `count` elements, keeping the content; on
 * failure *block is left as it was. */
gamlp_status gamlp_grow(void *block, int64_t old_count, int64_t count, size_t size,
                        const char *what);

/* Copy of a string; NULL gives NULL.  Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_strdup(char **copy, const char *text);

/* Release a block; accepts NULL. */
void gamlp_free(void *block);

#ifdef __cplusplus
}
#endif
#endif
