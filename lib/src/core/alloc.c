/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static void *default_acquire(void *context, size_t bytes) {
    (void)context;
    if (bytes > SIZE_MAX - ALIGNMENT) return NULL;
    size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return aligned_alloc(ALIGNMENT, rounded);
}

static void default_release(void *context, void *block) {
    (void)context;
    free(block);
}

static const gamlp_allocator default_allocator = {default_acquire, default_release, NULL};
static gamlp_allocator allocator = {default_acquire, default_release, NULL};

void gamlp_allocator_set(const gamlp_allocator *replacement) {
    allocator = replacement ? *replacement : default_allocator;
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
