/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gamlp/alloc.h"

enum { FRONT = 64 }; /* before each block: its size */

static struct {
    size_t before, allowed, limit, used, wanted; /* wanted: at the first refusal, or 0 */
} budget;

static void *acquire(void *context, size_t bytes) {
    (void)context;
    size_t whole = FRONT + (bytes + 63) / 64 * 64;
    if (whole < bytes || whole > budget.limit || budget.used > budget.limit - whole) {
        if (budget.wanted == 0) budget.wanted = budget.used + whole;
        return NULL;
    }
    char *block = aligned_alloc(64, whole);
    if (!block) return NULL;
    memcpy(block, &whole, sizeof whole);
    budget.used += whole;
    return block + FRONT;
}

static void release(void *context, void *block) {
    (void)context;
    char *front = (char *)block - FRONT;
    size_t whole;
    memcpy(&whole, front, sizeof whole);
    budget.used -= whole;
    free(front);
}

/* Memory in use; the most that there was, where the present size cannot be had: it counts what the
 * process had before it became this program. */
static size_t memory_now(void) {
    struct rusage usage;
    char line[128] = "";
    FILE *stream = fopen("/proc/self/statm", "r"); /* pages of all kinds, then those in memory */
    const char *second = stream && fgets(line, sizeof line, stream) ? strchr(line, ' ') : NULL;
    if (stream) fclose(stream);
    if (second) return (size_t)strtol(second, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss * 1024 : 0;
}

void budget_begin(int64_t limit) {
    static const gamlp_allocator limited = {acquire, release, NULL};
    memset(&budget, 0, sizeof budget);
    budget.before = memory_now();
    budget.allowed = (size_t)limit;
    budget.limit = (size_t)limit > budget.before ? (size_t)limit - budget.before : 0;
    gamlp_allocator_set(&limited);
}

gamlp_status budget_end(gamlp_status status, const char *source, const char *option) {
    gamlp_allocator_set(NULL);
    if (status != GAMLP_E_NOMEM || budget.wanted == 0) return status;
    return gamlp_fail(status, "%s: needs at least %zu bytes of memory, and --%s allows %zu", source,
                      budget.before + budget.wanted, option, budget.allowed);
}
