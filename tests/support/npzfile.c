/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "npzfile.h"

#include <string.h>

#include "check.h"
#include "dataset/npy.h"

void npz_put(npzfile *z, const char *name, const char *type, int64_t rows, int64_t cols,
             const void *data, size_t item) {
    const int64_t shape[] = {rows, cols};
    int64_t i = 0;
    while (i < z->count && strcmp(z->entry[i].name, name) != 0) i++;
    if (i == z->count) z->count++;
    gamlp_bytes_clear(&z->entry[i].bytes);
    z->entry[i].name = name;
    CHECK_OK(gamlp_npy_write(&z->entry[i].bytes, type, shape, cols ? 2 : 1, data, item));
}

void npz_drop(npzfile *z, const char *name) {
    for (int64_t i = 0; i < z->count; i++)
        if (strcmp(z->entry[i].name, name) == 0) {
            gamlp_bytes_clear(&z->entry[i].bytes);
            z->entry[i] = z->entry[--z->count];
            z->entry[z->count] = (gamlp_archive_entry){0};
        }
}

void npz_clear(npzfile *z) {
    for (int64_t i = 0; i < z->count; i++) gamlp_bytes_clear(&z->entry[i].bytes);
    z->count = 0;
}

gamlp_bytes npz_bytes(const npzfile *z) {
    gamlp_bytes bytes;
    CHECK_OK(gamlp_archive_write(&bytes, z->entry, z->count, "file"));
    return bytes;
}

void npz_write(const npzfile *z, const char *path) {
    gamlp_bytes bytes = npz_bytes(z);
    CHECK_OK(gamlp_file_write(path, bytes.data, bytes.size));
    gamlp_bytes_clear(&bytes);
}
