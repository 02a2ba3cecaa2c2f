/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "dataset/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "core/text.h"
#include "gamlp/alloc.h"

static gamlp_status make_parent(const char *path) {
    char *folder = NULL;
    gamlp_status status = gamlp_strdup(&folder, path);
    if (status != GAMLP_OK) return status;
    char *slash = strrchr(folder, '/');
    if (slash && slash > folder) {
        *slash = 0;
        status = gamlp_directory_make(NULL, folder);
    }
    gamlp_free(folder);
    return status;
}

/* A rename would put a file in the place of a link, a folder or a device. */
static gamlp_status refuse_special(const char *path) {
    struct stat info;
    if (lstat(path, &info) != 0 || S_ISREG(info.st_mode)) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CREATE, "%s: exists and is not a regular file", path);
}

/* Whether the open file still bears its name: the process that held it before may have renamed or
 * removed it. */
static bool is_current(const gamlp_part *part) {
    struct stat here, there;
    return fstat(part->fd, &here) == 0 && lstat(part->temporary, &there) == 0 &&
           here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

/* File systems without locks (ENOLCK, ENOSYS) go without. */
static gamlp_status lock(gamlp_part *part, gamlp_part_wait wait, void *context) {
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const struct timespec second = {.tv_sec = 1};
    while (fcntl(part->fd, F_SETLK, &range) != 0) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR) return GAMLP_OK;
        part->waited = true;
        if (wait && !wait(context))
            return gamlp_fail(GAMLP_E_STOPPED,
                              "%s: stopped while another process was fetching this file",
                              part->path);
        nanosleep(&second, NULL);
    }
    return GAMLP_OK;
}

static gamlp_status open_locked(gamlp_part *part, gamlp_part_wait wait, void *context) {
    for (;;) {
        part->fd =
            open(part->temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (part->fd < 0)
            return gamlp_fail(GAMLP_E_CREATE, "%s: cannot create: %s", part->temporary,
                              strerror(errno));
        gamlp_status status = lock(part, wait, context);
        if (status != GAMLP_OK || is_current(part)) return status;
        part->waited = true;
        close(part->fd);
        part->fd = -1;
    }
}

/* Two lines: address, validator. */
static gamlp_status recall(gamlp_part *part) {
    gamlp_bytes bytes;
    gamlp_status status = gamlp_file_read(&bytes, part->memory, sizeof part->origin);
    if (status != GAMLP_OK) return status == GAMLP_E_NOMEM ? status : GAMLP_OK;
    const char *text = (const char *)bytes.data;
    size_t address = strcspn(text, "\n");
    const char *rest = text + address + (text[address] != 0);
    size_t validator = strcspn(rest, "\n");
    if (address < GAMLP_PART_TEXT && validator < GAMLP_PART_TEXT && rest[validator] == '\n') {
        snprintf(part->origin.address, GAMLP_PART_TEXT, "%.*s", (int)address, text);
        snprintf(part->origin.validator, GAMLP_PART_TEXT, "%.*s", (int)validator, rest);
    }
    gamlp_bytes_clear(&bytes);
    return GAMLP_OK;
}

gamlp_status gamlp_part_open(gamlp_part *part, const char *path, gamlp_part_wait wait,
                             void *context) {
    *part = (gamlp_part){.fd = -1};
    struct stat info;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(refuse_special(path));
    GAMLP_TRY(gamlp_text_format(&part->path, "%s", path));
    GAMLP_TRY(gamlp_text_format(&part->temporary, "%s.part", path));
    GAMLP_TRY(gamlp_text_format(&part->memory, "%s.part.from", path));
    GAMLP_TRY(make_parent(path));
    GAMLP_TRY(refuse_special(part->temporary));
    GAMLP_TRY(open_locked(part, wait, context));
    if (fstat(part->fd, &info) != 0 || !S_ISREG(info.st_mode))
        GAMLP_TRY(gamlp_fail(GAMLP_E_CREATE, "%s: not a regular file", part->temporary));
    part->size = info.st_size;
    if (part->size > 0) GAMLP_TRY(recall(part));
done:
    if (status != GAMLP_OK) gamlp_part_close(part);
    return status;
}

void gamlp_part_close(gamlp_part *part) {
    if (!part->path) return;
    if (part->fd >= 0) {
        if (part->size == 0 && is_current(part)) {
            unlink(part->memory);
            unlink(part->temporary);
        }
        close(part->fd);
    }
    gamlp_free(part->path);
    gamlp_free(part->temporary);
    gamlp_free(part->memory);
    *part = (gamlp_part){.fd = -1};
}

static gamlp_status cannot_write(const gamlp_part *part) {
    return gamlp_fail(GAMLP_E_IO, "%s: cannot write: %s", part->temporary, strerror(errno));
}

/* Half a memory does no harm: there are no bytes yet. */
static gamlp_status remember(const gamlp_part *part) {
    int fd = open(part->memory, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    int put = fd < 0 ? -1 : dprintf(fd, "%s\n%s\n", part->origin.address, part->origin.validator);
    bool good = put >= 0;
    if (fd >= 0) good = close(fd) == 0 && good;
    if (good) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_IO, "%s: cannot write: %s", part->memory, strerror(errno));
}

/* The old bytes go first, so that they are never taken for those of the new origin. */
gamlp_status gamlp_part_restart(gamlp_part *part, const gamlp_part_origin *origin) {
    if (ftruncate(part->fd, 0) != 0) return cannot_write(part);
    part->size = 0;
    part->origin = *origin;
    return remember(part);
}

gamlp_status gamlp_part_append(gamlp_part *part, const void *data, size_t size) {
    const char *bytes = data;
    while (size > 0) {
        ssize_t put = pwrite(part->fd, bytes, size, (off_t)part->size);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return cannot_write(part);
        bytes += put;
        size -= (size_t)put;
        part->size += put;
    }
    return GAMLP_OK;
}

/* By the descriptor: to open and close FILE.part once more would give up its lock. */
gamlp_status gamlp_part_hash(char hex[GAMLP_HASH_HEX], const gamlp_part *part) {
    enum { PIECE = 1 << 18 };
    unsigned char *buffer;
    gamlp_hash hash;
    int64_t at = 0;
    gamlp_status status = gamlp_new_raw(&buffer, PIECE, 1, "a piece of a file");
    if (status != GAMLP_OK) return status;
    gamlp_hash_init(&hash);
    for (;;) {
        ssize_t got = pread(part->fd, buffer, PIECE, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = gamlp_fail(GAMLP_E_IO, "%s: %s", part->temporary, strerror(errno));
        if (got <= 0) break;
        gamlp_hash_bytes(&hash, buffer, (size_t)got);
        at += got;
    }
    gamlp_hash_hex(&hash, hex);
    gamlp_free(buffer);
    return status;
}

void gamlp_part_drop(gamlp_part *part) {
    if (ftruncate(part->fd, 0) != 0 && is_current(part)) unlink(part->temporary);
    unlink(part->memory);
    part->size = 0;
    part->origin = (gamlp_part_origin){"", ""};
}

/* The new name is safe only when its folder is.  `path` is cut for a moment. */
static void sync_folder(char *path) {
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

gamlp_status gamlp_part_finish(gamlp_part *part, bool mark) {
    if (fsync(part->fd) != 0) return cannot_write(part);
    gamlp_status status = refuse_special(part->path);
    if (status != GAMLP_OK) return status;
    if (rename(part->temporary, part->path) != 0)
        return gamlp_fail(GAMLP_E_CREATE, "%s: cannot create: %s", part->path, strerror(errno));
    if (!mark) unlink(part->memory);
    sync_folder(part->path);
    return GAMLP_OK;
}

/* FILE.part.from beside a FILE.part is of that one. */
gamlp_status gamlp_part_remove_marked(const char *path) {
    char *mark = NULL, *temporary = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(&mark, "%s.part.from", path));
    GAMLP_TRY(gamlp_text_format(&temporary, "%s.part", path));
    if (gamlp_file_exists(mark) && !gamlp_file_exists(temporary)) {
        unlink(path);
        unlink(mark);
    }
done:
    gamlp_free(mark);
    gamlp_free(temporary);
    return status;
}
