/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/temporary.h"
#include "gamlp/alloc.h"

void gamlp_bytes_clear(gamlp_bytes *bytes) {
    if (!bytes) return;
    gamlp_free(bytes->data);
    *bytes = (gamlp_bytes){0};
}

static gamlp_status read_all(gamlp_bytes *bytes, int fd, size_t size, const char *path) {
    gamlp_status status = gamlp_new_raw(&bytes->data, (int64_t)size + 1, 1, path);
    if (status != GAMLP_OK) return status;
    while (bytes->size < size) {
        ssize_t got = read(fd, bytes->data + bytes->size, size - bytes->size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return gamlp_fail(GAMLP_E_IO, "%s: %s", path, strerror(errno));
        if (got == 0)
            return gamlp_fail(GAMLP_E_IO, "%s: ends at byte %zu of %zu", path, bytes->size, size);
        bytes->size += (size_t)got;
    }
    bytes->data[size] = 0;
    return GAMLP_OK;
}

gamlp_status gamlp_file_read(gamlp_bytes *bytes, const char *path, size_t limit) {
    *bytes = (gamlp_bytes){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO would block */
    if (fd < 0) return gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno));
    struct stat info;
    gamlp_status status = GAMLP_OK;
    if (fstat(fd, &info) != 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno)));
    if (!S_ISREG(info.st_mode))
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOINPUT, "%s: not a regular file", path));
    if ((uint64_t)info.st_size > limit)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %lld bytes, expected at most %zu", path,
                             (long long)info.st_size, limit));
    GAMLP_TRY(read_all(bytes, fd, (size_t)info.st_size, path));
done:
    close(fd);
    if (status != GAMLP_OK) gamlp_bytes_clear(bytes);
    return status;
}

bool gamlp_file_exists(const char *path) {
    return access(path, F_OK) == 0;
}

int64_t gamlp_file_size(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) ? (int64_t)info.st_size : -1;
}

bool gamlp_file_is_same(const char *path, const char *other) {
    struct stat here, there;
    return stat(path, &here) == 0 && stat(other, &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

bool gamlp_file_is_directory(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool gamlp_file_begins(const char *path, const char *text) {
    char first[16] = "";
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    size_t size = strlen(text);
    bool same = size <= sizeof first && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
                read(fd, first, size) == (ssize_t)size && memcmp(first, text, size) == 0;
    close(fd);
    return same;
}

static gamlp_status join_text(char **text, const char *a, const char *b) {
    size_t na = strlen(a), nb = strlen(b);
    gamlp_status status = gamlp_new_raw(text, (int64_t)(na + nb + 1), 1, "a path");
    if (status != GAMLP_OK) return status;
    memcpy(*text, a, na);
    memcpy(*text + na, b, nb + 1);
    return GAMLP_OK;
}

/* The name, unless the file is just being removed by it. */
static void forget_temporary(gamlp_output *output) {
    if (!output->noted || gamlp_temporary_forget(output->temporary)) gamlp_free(output->temporary);
    output->temporary = NULL;
    output->noted = false;
}

void gamlp_output_abandon(gamlp_output *output) {
    if (output->stream) fclose(output->stream);
    if (output->temporary) unlink(output->temporary);
    forget_temporary(output);
    if (output->lock) close(output->lock);
    gamlp_free(output->path);
    *output = (gamlp_output){0};
}

/* A stream on a fresh temporary file, with the permissions of any other new file. */
static gamlp_status open_temporary(gamlp_output *output) {
    int fd = gamlp_temporary_make(output->temporary);
    if (fd >= 0) {
        mode_t mask = umask(0);
        umask(mask);
        fchmod(fd, 0666 & ~mask);
        output->stream = fdopen(fd, "wb");
        output->lock = gamlp_temporary_hold(fd);
        output->noted = gamlp_temporary_note(output->temporary);
        if (output->stream) return GAMLP_OK;
    }
    gamlp_fail(GAMLP_E_CREATE, "%s: cannot create: %s", output->path, strerror(errno));
    if (fd >= 0) {
        close(fd);
        unlink(output->temporary);
    }
    forget_temporary(output);
    return GAMLP_E_CREATE;
}

/* A rename would put a regular file in the place of a device, a pipe or a link. */
static gamlp_status refuse_special(const char *path) {
    struct stat info;
    if (lstat(path, &info) != 0 || S_ISREG(info.st_mode)) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CREATE, "%s: exists and is not a regular file", path);
}

gamlp_status gamlp_output_open(gamlp_output *output, const char *path) {
    *output = (gamlp_output){0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(refuse_special(path));
    GAMLP_TRY(join_text(&output->path, path, ""));
    GAMLP_TRY(join_text(&output->temporary, path, GAMLP_TEMPORARY_ENDING));
    gamlp_temporary_sweep(output->path);
    GAMLP_TRY(open_temporary(output));
done:
    if (status != GAMLP_OK) gamlp_output_abandon(output);
    return status;
}

void gamlp_output_write(gamlp_output *output, const void *data, size_t size) {
    if (size > 0 && fwrite(data, 1, size, output->stream) < size && output->reason == 0)
        output->reason = errno;
}

static gamlp_status flush(gamlp_output *output) {
    if (fflush(output->stream) != 0 && output->reason == 0) output->reason = errno;
    if (output->reason == 0) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_IO, "%s: cannot write: %s", output->path, strerror(output->reason));
}

gamlp_status gamlp_output_size(int64_t *size, gamlp_output *output) {
    gamlp_status status = flush(output);
    *size = status == GAMLP_OK ? (int64_t)ftello(output->stream) : 0;
    return status;
}

gamlp_status gamlp_output_cut(gamlp_output *output, int64_t size) {
    gamlp_status status = flush(output);
    if (status != GAMLP_OK) return status;
    if (ftruncate(fileno(output->stream), size) == 0 && fseeko(output->stream, size, SEEK_SET) == 0)
        return GAMLP_OK;
    return gamlp_fail(GAMLP_E_IO, "%s: cannot be cut: %s", output->path, strerror(errno));
}

gamlp_status gamlp_output_reread(FILE **stream, gamlp_output *output, int64_t offset) {
    if (fflush(output->stream) != 0 && output->reason == 0) output->reason = errno;
    *stream = output->reason == 0 ? fopen(output->temporary, "rbe") : NULL;
    if (*stream && fseeko(*stream, offset, SEEK_SET) == 0) return GAMLP_OK;
    int reason = output->reason ? output->reason : errno;
    if (*stream) fclose(*stream);
    *stream = NULL;
    return gamlp_fail(GAMLP_E_IO, "%s: cannot write: %s", output->path, strerror(reason));
}

/* The new name is safe only when its directory is.  `path` is cut for a moment. */
static void sync_parent(char *path) {
    char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    char first = *name;
    *name = 0;
    int fd = open(*path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *name = first;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static gamlp_status cannot_write(gamlp_output *output, int reason) {
    gamlp_status status =
        gamlp_fail(GAMLP_E_IO, "%s: cannot write: %s", output->path, strerror(reason));
    gamlp_output_abandon(output);
    return status;
}

gamlp_status gamlp_output_seal(gamlp_output *output) {
    FILE *stream = output->stream;
    int reason = output->reason;
    if ((fflush(stream) != 0 || fsync(fileno(stream)) != 0) && reason == 0) reason = errno;
    output->stream = NULL;
    if (fclose(stream) != 0 && reason == 0) reason = errno;
    return reason == 0 ? GAMLP_OK : cannot_write(output, reason);
}

gamlp_status gamlp_output_commit(gamlp_output *output) {
    gamlp_status status = output->stream ? gamlp_output_seal(output) : GAMLP_OK;
    if (status != GAMLP_OK) return status;
    if (rename(output->temporary, output->path) != 0) return cannot_write(output, errno);
    sync_parent(output->path);
    forget_temporary(output);
    gamlp_output_abandon(output);
    return GAMLP_OK;
}

gamlp_status gamlp_file_write(const char *path, const void *data, size_t size) {
    gamlp_output output;
    gamlp_status status = gamlp_output_open(&output, path);
    if (status != GAMLP_OK) return status;
    gamlp_output_write(&output, data, size);
    return gamlp_output_commit(&output);
}

gamlp_status gamlp_directory_make(bool *made, const char *path) {
    char *copy;
    bool fresh = false;
    gamlp_status status = join_text(&copy, path, "");
    if (status != GAMLP_OK) return status;
    for (char *p = copy + (*copy != 0);; p++) {
        if (*p != '/' && *p != 0) continue;
        char end = *p;
        *p = 0;
        fresh = mkdir(copy, 0777) == 0;
        if (!fresh && !(errno == EEXIST && gamlp_file_is_directory(copy)))
            GAMLP_TRY(gamlp_fail(GAMLP_E_CREATE, "%s: cannot create directory: %s", copy,
                                 strerror(errno)));
        *p = end;
        if (end == 0) break;
    }
    if (made) *made = fresh;
done:
    gamlp_free(copy);
    return status;
}
