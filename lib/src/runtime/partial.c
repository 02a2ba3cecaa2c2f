/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE
#include "runtime/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "gamlp/alloc.h"

/* "KEY UNITS\n" of a record of this key, else no unit is done. */
static gamlp_status read_progress(gamlp_partial *p) {
    enum { LIMIT = 256 };
    gamlp_bytes bytes = {0};
    p->done = 0;
    if (!gamlp_file_exists(p->progress)) return GAMLP_OK;
    gamlp_status status = gamlp_file_read(&bytes, p->progress, LIMIT);
    if (status != GAMLP_OK) return status;
    const char *text = (const char *)bytes.data;
    size_t length = strlen(p->key);
    if (strncmp(text, p->key, length) == 0 && text[length] == ' ') {
        char *end;
        long long done = strtoll(text + length + 1, &end, 10);
        if (*end == '\n' && done > 0) p->done = done;
    }
    gamlp_bytes_clear(&bytes);
    return GAMLP_OK;
}

static gamlp_status open_data(gamlp_partial *p) {
    p->fd = open(p->data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (p->fd < 0)
        return gamlp_fail(GAMLP_E_CREATE, "%s: cannot be created: %s", p->data, strerror(errno));
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(p->fd, F_SETLK, &all) != 0)
        return gamlp_fail(GAMLP_E_CREATE, "%s: another process is making it", p->path);
    return GAMLP_OK;
}

gamlp_status gamlp_partial_init(gamlp_partial *partial, const char *path, const char *key) {
    gamlp_status status = GAMLP_OK;
    *partial = (gamlp_partial){.fd = -1, .last = gamlp_clock()};
    snprintf(partial->key, sizeof partial->key, "%s", key);
    GAMLP_TRY(gamlp_strdup(&partial->path, path));
    GAMLP_TRY(gamlp_text_format(&partial->data, "%s.partial", path));
    GAMLP_TRY(gamlp_text_format(&partial->progress, "%s.progress", path));
    GAMLP_TRY(open_data(partial));
    GAMLP_TRY(read_progress(partial));
    /* A record whose data are gone: a crash after they got their name, or a user who tidied up. */
    if (lseek(partial->fd, 0, SEEK_END) <= 0) partial->done = 0;
    if (partial->done == 0 && ftruncate(partial->fd, 0) != 0)
        status = gamlp_fail(GAMLP_E_IO, "%s: %s", partial->data, strerror(errno));
done:
    if (status != GAMLP_OK) gamlp_partial_clear(partial);
    return status;
}

gamlp_status gamlp_partial_write(gamlp_partial *partial, const void *data, size_t size,
                                 int64_t offset) {
    const char *from = data;
    while (size > 0) {
        ssize_t put = pwrite(partial->fd, from, size, (off_t)offset);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0)
            return gamlp_fail(GAMLP_E_IO, "%s: %s", partial->data,
                              put < 0 ? strerror(errno) : "cannot be written");
        from += put;
        offset += put;
        size -= (size_t)put;
    }
    return GAMLP_OK;
}

gamlp_status gamlp_partial_read(const gamlp_partial *partial, void *data, size_t size,
                                int64_t offset) {
    char *to = data;
    while (size > 0) {
        ssize_t got = pread(partial->fd, to, size, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            return gamlp_fail(GAMLP_E_IO, "%s: %s", partial->data,
                              got < 0 ? strerror(errno) : "ends before what was written");
        to += got;
        offset += got;
        size -= (size_t)got;
    }
    return GAMLP_OK;
}

gamlp_status gamlp_partial_step(gamlp_partial *partial) {
    char text[GAMLP_PARTIAL_KEY + 32];
    partial->done++;
    if (gamlp_clock() - partial->last < partial->period) return GAMLP_OK;
    if (fdatasync(partial->fd) != 0)
        return gamlp_fail(GAMLP_E_IO, "%s: %s", partial->data, strerror(errno));
    partial->last = gamlp_clock();
    int size = snprintf(text, sizeof text, "%s %lld\n", partial->key, (long long)partial->done);
    return gamlp_file_write(partial->progress, text, (size_t)size);
}

gamlp_status gamlp_partial_finish(gamlp_partial *partial) {
    if (fsync(partial->fd) != 0 || rename(partial->data, partial->path) != 0)
        return gamlp_fail(GAMLP_E_IO, "%s: %s", partial->path, strerror(errno));
    if (unlink(partial->progress) != 0 && errno != ENOENT)
        return gamlp_fail(GAMLP_E_IO, "%s: %s", partial->progress, strerror(errno));
    return GAMLP_OK;
}

void gamlp_partial_clear(gamlp_partial *partial) {
    if (!partial || !partial->path) return;
    if (partial->fd >= 0) close(partial->fd);
    gamlp_free(partial->path);
    gamlp_free(partial->data);
    gamlp_free(partial->progress);
    *partial = (gamlp_partial){.fd = -1};
}
