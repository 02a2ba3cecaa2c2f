/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A slow disk, for LD_PRELOAD: fsync() of a file whose path holds GAMLP_TEST_SLOW_PATH takes
 * GAMLP_TEST_SLOW_SECONDS longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int is_slow(int fd) {
    const char *pattern = getenv("GAMLP_TEST_SLOW_PATH");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (!pattern || size < 0) return 0;
    path[size] = 0;
    return strstr(path, pattern) != NULL;
}

int fsync(int fd) {
    const char *text = getenv("GAMLP_TEST_SLOW_SECONDS");
    double seconds = text ? strtod(text, NULL) : 0;
    int (*real)(int);
    void *found = dlsym(RTLD_NEXT, "fsync");
    struct timespec pause = {.tv_sec = (time_t)seconds};
    pause.tv_nsec = (long)(1e9 * (seconds - (double)pause.tv_sec));
    if (is_slow(fd)) nanosleep(&pause, NULL);
    memcpy(&real, &found, sizeof real);
    return real(fd);
}
