/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/npz.h"

#include <stdio.h>

#include "core/text.h"
#include "dataset/npy.h"

enum { FIRST_READ = 128 };

gamlp_status gamlp_npz_open(gamlp_npz *npz, const void *data, size_t size, const char *what) {
    *npz = (gamlp_npz){.what = what};
    return gamlp_archive_open(&npz->archive, data, size, what);
}

gamlp_status gamlp_npz_open_file(gamlp_npz *npz, const char *path) {
    *npz = (gamlp_npz){.what = path};
    return gamlp_archive_open_file(&npz->archive, path);
}

void gamlp_npz_clear(gamlp_npz *npz) {
    if (!npz) return;
    gamlp_archive_free(npz->archive);
    *npz = (gamlp_npz){0};
}

static int64_t find(const gamlp_npz *npz, const char *name) {
    char file[128];
    snprintf(file, sizeof file, "%s.npy", name);
    return gamlp_archive_find(npz->archive, file);
}

bool gamlp_npz_has(const gamlp_npz *npz, const char *name) {
    return find(npz, name) >= 0;
}

gamlp_status gamlp_npz_shows(bool *shows, const char *path, const char *const *names) {
    gamlp_npz npz;
    *shows = false;
    if (!gamlp_text_ends_with(path, ".npz") || !gamlp_file_exists(path)) return GAMLP_OK;
    gamlp_status status = gamlp_npz_open_file(&npz, path);
    if (status == GAMLP_E_NOMEM) return status;
    *shows = status == GAMLP_OK;
    for (int64_t i = 0; *shows && names[i]; i++) *shows = gamlp_npz_has(&npz, names[i]);
    gamlp_npz_clear(&npz);
    return GAMLP_OK;
}

/* Header of entry `index`; its size and where the data begins. */
static gamlp_status read_head(gamlp_array *array, uint64_t *size, size_t *offset,
                              const gamlp_npz *npz, int64_t index, const char *what) {
    gamlp_bytes head = {0};
    gamlp_status status = GAMLP_OK;
    size_t need = FIRST_READ;
    GAMLP_TRY(gamlp_archive_size(npz->archive, index, size));
    if (need > *size) need = (size_t)*size;
    GAMLP_TRY(gamlp_archive_read(&head, npz->archive, index, need));
    GAMLP_TRY(gamlp_npy_head(array, &need, offset, head.data, head.size, *size, what));
    if (need > head.size) {
        gamlp_bytes_clear(&head);
        GAMLP_TRY(gamlp_archive_read(&head, npz->archive, index, need));
        GAMLP_TRY(gamlp_npy_head(array, &need, offset, head.data, head.size, *size, what));
    }
done:
    gamlp_bytes_clear(&head);
    return status;
}

static gamlp_status locate(int64_t *index, char *what, size_t room, const gamlp_npz *npz,
                           const char *name) {
    snprintf(what, room, "%s: %s.npy", npz->what, name);
    *index = find(npz, name);
    return *index >= 0 ? GAMLP_OK : gamlp_fail(GAMLP_E_DATA, "%s is missing", what);
}

gamlp_status gamlp_npz_locate(gamlp_array *array, int64_t *entry, size_t *offset,
                              const gamlp_npz *npz, const char *name) {
    char what[512];
    uint64_t size = 0;
    gamlp_status status = locate(entry, what, sizeof what, npz, name);
    return status == GAMLP_OK ? read_head(array, &size, offset, npz, *entry, what) : status;
}

gamlp_status gamlp_npz_head(gamlp_array *array, const gamlp_npz *npz, const char *name) {
    int64_t entry = -1;
    size_t offset = 0;
    return gamlp_npz_locate(array, &entry, &offset, npz, name);
}

/* A whole entry; *offset: where its data begins. */
static gamlp_status read_entry(gamlp_array *array, gamlp_bytes *bytes, size_t *offset, bool objects,
                               const gamlp_npz *npz, const char *name) {
    *array = (gamlp_array){0};
    *bytes = (gamlp_bytes){0};
    char what[512];
    int64_t index = -1;
    uint64_t size = 0;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(locate(&index, what, sizeof what, npz, name));
    GAMLP_TRY(read_head(array, &size, offset, npz, index, what));
    if ((array->kind == 'O') != objects)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: Python objects are %s", what,
                             objects ? "expected" : "not read"));
    GAMLP_TRY(gamlp_archive_read(bytes, npz->archive, index, (size_t)size));
done:
    return status;
}

gamlp_status gamlp_npz_objects(gamlp_array *array, gamlp_bytes *bytes, size_t *offset,
                               const gamlp_npz *npz, const char *name) {
    return read_entry(array, bytes, offset, true, npz, name);
}

gamlp_status gamlp_npz_read(gamlp_array *array, gamlp_bytes *bytes, const gamlp_npz *npz,
                            const char *name) {
    size_t offset = 0;
    gamlp_status status = read_entry(array, bytes, &offset, false, npz, name);
    if (status == GAMLP_OK) array->data = bytes->data + offset;
    return status;
}

gamlp_status gamlp_npz_ints(gamlp_array *array, gamlp_bytes *bytes, const gamlp_npz *npz,
                            const char *name) {
    char what[512];
    snprintf(what, sizeof what, "%s: %s.npy", npz->what, name);
    gamlp_status status = gamlp_npz_read(array, bytes, npz, name);
    if (status == GAMLP_OK) status = gamlp_array_expect_ints(array, 1, what);
    return status;
}
