/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { USUAL_KB = 32 << 10, MOST_KB = 1 << 20 };

int64_t gamlp_memory_peak(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}

int64_t gamlp_memory_of_host(void) {
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (int64_t)pages * size : 0;
}

int64_t gamlp_memory_cache(void) {
    char text[32] = "";
    FILE *file = fopen("/sys/devices/system/cpu/cpu0/cache/index3/size", "re");
    if (file) {
        if (!fgets(text, sizeof text, file)) text[0] = 0;
        (void)fclose(file);
    }
    long size = strtol(text, NULL, 10); /* "32768K" */
    return (size > 0 && size <= MOST_KB ? (int64_t)size : USUAL_KB) << 10;
}
