/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that maps memory. */
#define _GNU_SOURCE
#include "core/map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static gamlp_status map_descriptor(gamlp_map *map, int fd, const char *path) {
    struct stat info;
    if (fstat(fd, &info) != 0) return gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode)) return gamlp_fail(GAMLP_E_NOINPUT, "%s: not a regular file", path);
    if (info.st_size == 0) return gamlp_fail(GAMLP_E_DATA, "%s: the file is empty", path);
    if ((uint64_t)info.st_size > SIZE_MAX)
        return gamlp_fail(GAMLP_E_NOMEM, "%s: too large to be mapped", path);
    void *data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return gamlp_fail(errno == ENOMEM ? GAMLP_E_NOMEM : GAMLP_E_IO, "%s: cannot be mapped: %s",
                          path, strerror(errno));
    *map = (gamlp_map){data, (size_t)info.st_size};
    return GAMLP_OK;
}

gamlp_status gamlp_map_file(gamlp_map *map, const char *path) {
    *map = (gamlp_map){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO would block */
    if (fd < 0) return gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno));
    gamlp_status status = map_descriptor(map, fd, path);
    close(fd);
    return status;
}

void gamlp_map_clear(gamlp_map *map) {
    if (!map) return;
    if (map->data) munmap((void *)(uintptr_t)map->data, map->size);
    *map = (gamlp_map){0};
}

/* Whole pages that hold the bytes (inner: that hold nothing else). */
static void advise(const gamlp_map *map, size_t offset, size_t size, bool inner, int advice) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), end = offset + size;
    size_t first = inner ? (offset + page - 1) / page * page : offset / page * page;
    size_t last = inner ? end / page * page : end;
    if (first < last) madvise((void *)(uintptr_t)(map->data + first), last - first, advice);
}

void gamlp_map_expect(const gamlp_map *map, size_t offset, size_t size) {
    advise(map, offset, size, false, MADV_WILLNEED);
}

void gamlp_map_drop(const gamlp_map *map, size_t offset, size_t size) {
    advise(map, offset, size, true, MADV_DONTNEED);
}
