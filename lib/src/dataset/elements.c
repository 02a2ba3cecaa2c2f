/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/elements.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dataset/npy.h"
#include "gamlp/alloc.h"

enum { HEAD = 1 << 17 }; /* more than any npy header */

void gamlp_elements_clear(gamlp_elements *e) {
    if (e->file) fclose(e->file);
    gamlp_archive_stream_close(e->stream);
    e->file = NULL;
    e->stream = NULL;
}

static gamlp_status check_kind(const gamlp_array *array, const char *what) {
    return gamlp_array_expect_reals(array, array->dims, what);
}

void gamlp_elements_of(gamlp_elements *e, const gamlp_array *array, const char *what) {
    *e = (gamlp_elements){.array = *array, .what = what};
}

gamlp_status gamlp_elements_of_npz(gamlp_elements *e, const gamlp_npz *npz, const char *name,
                                   const char *what) {
    *e = (gamlp_elements){.what = what, .archive = npz->archive};
    gamlp_status status = GAMLP_OK;
    char full[512];
    snprintf(full, sizeof full, "%s: %s.npy", npz->what, name);
    GAMLP_TRY(gamlp_npz_locate(&e->array, &e->entry, &e->offset, npz, name));
    GAMLP_TRY(check_kind(&e->array, full));
    GAMLP_TRY(gamlp_elements_rewind(e));
done:
    return status;
}

/* A regular file and its length. */
static gamlp_status open_file(gamlp_elements *e, uint64_t *size, const char *path) {
    struct stat info;
    if (stat(path, &info) != 0) return gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode)) return gamlp_fail(GAMLP_E_NOINPUT, "%s: not a regular file", path);
    *size = (uint64_t)info.st_size;
    e->file = fopen(path, "rbe");
    return e->file ? GAMLP_OK : gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno));
}

gamlp_status gamlp_elements_of_file(gamlp_elements *e, const char *path) {
    *e = (gamlp_elements){.what = path};
    gamlp_bytes head = {0};
    uint64_t size = 0;
    size_t need = 0;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(open_file(e, &size, path));
    head.size = size < HEAD ? (size_t)size : HEAD;
    GAMLP_TRY(gamlp_new_raw(&head.data, (int64_t)head.size, 1, path));
    if (head.size && fread(head.data, 1, head.size, e->file) != head.size)
        GAMLP_TRY(gamlp_fail(GAMLP_E_IO, "%s: cannot read its header", path));
    GAMLP_TRY(gamlp_npy_head(&e->array, &need, &e->offset, head.data, head.size, size, path));
    GAMLP_TRY(check_kind(&e->array, path));
    GAMLP_TRY(gamlp_elements_rewind(e));
done:
    gamlp_bytes_clear(&head);
    if (status != GAMLP_OK) gamlp_elements_clear(e);
    return status;
}

/* The data begins behind a header that was checked already. */
static gamlp_status rewind_entry(gamlp_elements *e) {
    gamlp_archive_stream_close(e->stream);
    e->stream = NULL;
    gamlp_status status = gamlp_archive_stream_open(&e->stream, e->archive, e->entry);
    size_t left = e->offset;
    while (status == GAMLP_OK && left > 0) {
        size_t part = left < sizeof e->buffer ? left : sizeof e->buffer;
        status = gamlp_archive_stream_read(e->stream, e->buffer, part);
        left -= part;
    }
    return status;
}

gamlp_status gamlp_elements_rewind(gamlp_elements *e) {
    e->at = 0;
    if (e->archive) return rewind_entry(e);
    if (e->file && fseeko(e->file, (off_t)e->offset, SEEK_SET) != 0)
        return gamlp_fail(GAMLP_E_IO, "%s: %s", e->what, strerror(errno));
    return GAMLP_OK;
}

int64_t gamlp_elements_block(const gamlp_elements *e) {
    int64_t left = e->array.count - e->at;
    return left < GAMLP_ARRAY_BLOCK ? left : GAMLP_ARRAY_BLOCK;
}

/* The next elements as an array in memory, the first of which is *first. */
static gamlp_status next(gamlp_array *block, int64_t *first, gamlp_elements *e, int64_t count) {
    *block = e->array;
    *first = e->at;
    e->at += count;
    if (!e->archive && !e->file) return GAMLP_OK;
    block->data = e->buffer;
    *first = 0;
    size_t size = (size_t)(count * e->array.item_size);
    if (e->archive) return gamlp_archive_stream_read(e->stream, e->buffer, size);
    if (fread(e->buffer, 1, size, e->file) == size) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_IO, "%s: cannot read element %lld", e->what,
                      (long long)(e->at - count));
}

gamlp_status gamlp_elements_ints(gamlp_elements *e, int64_t count, int64_t *out) {
    gamlp_array block;
    int64_t first;
    gamlp_status status = next(&block, &first, e, count);
    if (status == GAMLP_OK) gamlp_array_ints(&block, first, count, out);
    return status;
}

gamlp_status gamlp_elements_reals(gamlp_elements *e, int64_t count, double *out) {
    gamlp_array block;
    int64_t first;
    gamlp_status status = next(&block, &first, e, count);
    if (status == GAMLP_OK) gamlp_array_reals(&block, first, count, out);
    return status;
}
