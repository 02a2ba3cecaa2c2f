/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files out of a zip archive.  The manifest names each member and where it goes, so nothing that an
 * archive says decides about a path. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "dataset/archive.h"
#include "dataset/fetch_job.h"
#include "dataset/part.h"

/* A file that is mapped into memory, and the archive in it. */
typedef struct mapped_archive {
    void *data;
    size_t size;
    gamlp_archive *archive;
} mapped_archive;

static gamlp_status map(mapped_archive *m, const char *path) {
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno));
    void *data = MAP_FAILED;
    if (fstat(fd, &info) == 0 && info.st_size > 0)
        data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (data == MAP_FAILED) return gamlp_fail(GAMLP_E_IO, "%s: cannot be mapped", path);
    m->data = data;
    m->size = (size_t)info.st_size;
    return gamlp_archive_open(&m->archive, m->data, m->size, path);
}

static void unmap(mapped_archive *m) {
    gamlp_archive_free(m->archive);
    if (m->data) munmap(m->data, m->size);
}

typedef struct unpacker {
    gamlp_fetch_job *job;
    gamlp_part part;
} unpacker;

static gamlp_status take(void *context, const void *data, size_t size) {
    unpacker *u = context;
    gamlp_status status = gamlp_part_append(&u->part, data, size);
    u->job->now.received = u->part.size;
    if (status == GAMLP_OK && !gamlp_fetch_tell(u->job))
        status = gamlp_fail(GAMLP_E_STOPPED, "%s: stopped while it was unpacked", u->part.path);
    return status;
}

static bool wait_for_other(void *context) {
    return gamlp_fetch_tell(context);
}

static gamlp_status find_member(int64_t *index, const mapped_archive *m, const gamlp_fetch_job *job,
                                const gamlp_manifest_file *e, const char *path) {
    uint64_t size = 0, limit = (uint64_t)(e->limit >= 0 ? e->limit : job->options->max_size);
    *index = gamlp_archive_find(m->archive, e->member);
    if (*index < 0) return gamlp_fail(GAMLP_E_DATA, "%s: it holds no %s", path, e->member);
    gamlp_status status = gamlp_archive_size(m->archive, *index, &size);
    if (status != GAMLP_OK) return status;
    if (e->size >= 0 ? size != (uint64_t)e->size : size == 0 || size > limit)
        return gamlp_fail(GAMLP_E_DATA, "%s: %s has %llu bytes, expected %s%llu", path, e->member,
                          (unsigned long long)size, e->size >= 0 ? "" : "1 to ",
                          e->size >= 0 ? (unsigned long long)e->size : (unsigned long long)limit);
    return GAMLP_OK;
}

static gamlp_status unpack_member(gamlp_fetch_file *file, unpacker *u, const mapped_archive *m,
                                  const gamlp_manifest_file *e, const char *archive) {
    const gamlp_part_origin none = {"", ""};
    int64_t index;
    char hex[GAMLP_HASH_HEX];
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(find_member(&index, m, u->job, e, archive));
    GAMLP_TRY(gamlp_part_restart(&u->part, &none));
    GAMLP_TRY(gamlp_archive_copy(m->archive, index, take, u));
    GAMLP_TRY(gamlp_part_hash(hex, &u->part));
    if (e->sha256 && strcmp(e->sha256, hex) != 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: the sha256 of %s is %s, expected %s", archive,
                             e->member, hex, e->sha256));
    GAMLP_TRY(gamlp_part_finish(&u->part, false));
    file->state = GAMLP_FETCH_UNPACKED;
    file->size = u->part.size;
    file->verified = e->sha256 != NULL;
    snprintf(file->sha256, sizeof file->sha256, "%s", hex);
done:
    if (status != GAMLP_OK) gamlp_part_drop(&u->part); /* there is nothing to resume */
    return status;
}

gamlp_status gamlp_fetch_unpack(bool *again, gamlp_fetch_file *file, gamlp_fetch_job *job,
                                const gamlp_manifest_file *entry, const char *archive) {
    mapped_archive mapped = {0};
    unpacker u = {.job = job};
    job->now.received = 0;
    job->now.total = entry->size;
    job->now.address = archive;
    gamlp_status status = gamlp_part_open(&u.part, file->path, wait_for_other, job);
    if (status != GAMLP_OK) return status;
    *again = u.part.waited || (file->state == GAMLP_FETCH_MISSING && gamlp_file_exists(file->path));
    if (!*again) status = map(&mapped, archive);
    if (!*again && status == GAMLP_OK) status = unpack_member(file, &u, &mapped, entry, archive);
    unmap(&mapped);
    gamlp_part_close(&u.part);
    job->now.address = NULL;
    return status;
}
