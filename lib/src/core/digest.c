/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "core/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 16 };

static gamlp_status open_regular(int *fd, const char *path) {
    struct stat info;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO would block */
    if (*fd < 0 || fstat(*fd, &info) != 0)
        return gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode)) return gamlp_fail(GAMLP_E_NOINPUT, "%s: not a regular file", path);
    return GAMLP_OK;
}

gamlp_status gamlp_file_digest(char hex[GAMLP_HASH_HEX], int64_t *bytes, const char *path) {
    unsigned char block[BLOCK];
    gamlp_hash hash;
    int fd = -1;
    ssize_t got = 1;
    gamlp_status status = GAMLP_OK;
    *bytes = 0;
    gamlp_hash_init(&hash);
    GAMLP_TRY(open_regular(&fd, path));
    while (got != 0) {
        got = read(fd, block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) GAMLP_TRY(gamlp_fail(GAMLP_E_IO, "%s: %s", path, strerror(errno)));
        gamlp_hash_bytes(&hash, block, (size_t)got);
        *bytes += got;
    }
done:
    gamlp_hash_hex(&hash, hex);
    if (fd >= 0) close(fd);
    return status;
}
