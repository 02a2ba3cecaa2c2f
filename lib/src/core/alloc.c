/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE
#include "gamlp/alloc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/json.h"
#include "core/memory.h"

/* Blocks start at different cache lines of a page: the passes of a solver walk through up to ten
 * matrices at once, and if all of them started at the same one they would fight for the same eight
 * lines of the first-level cache.  The address to free stands before the block. */
enum { ALIGNMENT = 64, LINES = 64, STRIDE = 9 };

/* From LARGE bytes on the kernel is asked for large pages: a fresh block of small pages costs more
 * in page faults than to fill it.  From WHOLE bytes on a block begins with one, since reads in no
 * order wait for the small pages at its ends. */
enum { LARGE = 1 << 18, PAGE = 1 << 12, WHOLE = 1 << 23, LARGE_PAGE = 1 << 21 };

static void *acquire_pages(size_t bytes) {
    bool ask = bytes >= LARGE;
    size_t alignment = bytes >= WHOLE ? LARGE_PAGE
                       : ask          ? PAGE
                                      : ALIGNMENT,
           rounded = (bytes + alignment - 1) / alignment * alignment;
    void *base = aligned_alloc(alignment, rounded);
    if (base && ask) madvise(base, rounded, MADV_HUGEPAGE); /* if it cannot, nothing is lost */
    return base;
}

static void *default_acquire(void *context, size_t bytes) {
    static atomic_uint counter;
    (void)context;
    if (bytes > SIZE_MAX - (LINES + 2) * ALIGNMENT) return NULL;
    size_t lines =
        bytes < LINES * ALIGNMENT
            ? 1
            : 1 + atomic_fetch_add_explicit(&counter, STRIDE, memory_order_relaxed) % LINES;
    unsigned char *base = acquire_pages(bytes + lines * ALIGNMENT);
    if (!base) return NULL;
    unsigned char *block = base + lines * ALIGNMENT;
    memcpy(block - sizeof base, &base, sizeof base);
    return block;
}

static void default_release(void *context, void *block) {
    void *base;
    (void)context;
    memcpy(&base, (unsigned char *)block - sizeof base, sizeof base);
    free(base);
}

static const gamlp_allocator default_allocator = {default_acquire, default_release, NULL};
static gamlp_allocator allocator = {default_acquire, default_release, NULL};

void gamlp_allocator_set(const gamlp_allocator *replacement) {
    allocator = replacement ? *replacement : default_allocator;
    gamlp_json_route(replacement != NULL);
}

bool gamlp_allocator_installed(void) {
    return allocator.acquire != default_acquire;
}

gamlp_status gamlp_new_raw(void *block, int64_t count, size_t size, const char *what) {
    void *fresh = NULL;
    memcpy(block, &fresh, sizeof fresh);
    if (count == 0) return GAMLP_OK;
    if (count < 0 || (uint64_t)count > (uint64_t)PTRDIFF_MAX / size)
        return gamlp_fail(GAMLP_E_NOMEM, "cannot allocate %lld elements of %zu bytes for %s",
                          (long long)count, size, what);
    fresh = allocator.acquire(allocator.context, (size_t)count * size);
    if (!fresh)
        return gamlp_fail(GAMLP_E_NOMEM, "cannot allocate %zu bytes for %s", (size_t)count * size,
                          what);
    memcpy(block, &fresh, sizeof fresh);
    return GAMLP_OK;
}

gamlp_status gamlp_new(void *block, int64_t count, size_t size, const char *what) {
    gamlp_status status = gamlp_new_raw(block, count, size, what);
    if (status != GAMLP_OK || count == 0) return status;
    void *fresh;
    memcpy(&fresh, block, sizeof fresh);
    memset(fresh, 0, (size_t)count * size);
    return GAMLP_OK;
}

gamlp_status gamlp_grow(void *block, int64_t old_count, int64_t count, size_t size,
                        const char *what) {
    void *old, *fresh;
    memcpy(&old, block, sizeof old);
    gamlp_status status = gamlp_new_raw(&fresh, count, size, what);
    if (status != GAMLP_OK) return status;
    if (old) memcpy(fresh, old, (size_t)(old_count < count ? old_count : count) * size);
    gamlp_free(old);
    memcpy(block, &fresh, sizeof fresh);
    return GAMLP_OK;
}

gamlp_status gamlp_strdup(char **copy, const char *text) {
    *copy = NULL;
    if (!text) return GAMLP_OK;
    size_t size = strlen(text) + 1;
    gamlp_status status = gamlp_new_raw(copy, (int64_t)size, 1, "a text");
    if (status == GAMLP_OK) memcpy(*copy, text, size);
    return status;
}

void gamlp_free(void *block) {
    if (block) allocator.release(allocator.context, block);
}
