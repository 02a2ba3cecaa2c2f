/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/memory.h"

#include <sys/resource.h>

int64_t gamlp_memory_peak(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}
