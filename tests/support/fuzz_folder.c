/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "gamlp/dataset.h"

static char folder[256];

static void remove_folder(void) {
    remove_directory(folder);
}

const char *fuzz_folder(void) {
    if (!folder[0]) {
        const char *other = getenv("TMPDIR");
        const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : other ? other : "/tmp";
        snprintf(folder, sizeof folder, "%s/gamlp-fuzz-XXXXXX", parent);
        if (!mkdtemp(folder)) abort();
        atexit(remove_folder);
    }
    return folder;
}

const char *fuzz_path(const char *name) {
    static char path[4][400];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", fuzz_folder(), name);
    return path[turn];
}

void fuzz_write(const char *name, const void *data, size_t size) {
    FILE *stream = fopen(fuzz_path(name), "wb");
    if (stream && (size == 0 || fwrite(data, 1, size, stream) == size) && fclose(stream) == 0)
        return;
    perror(fuzz_path(name)); /* no finding: the disk is full, or the folder is gone */
    exit(1);
}

fuzz_piece fuzz_text(const uint8_t **data, size_t *size) {
    fuzz_piece piece = {*data, *size};
    const uint8_t *end = *size ? memchr(*data, 30, *size) : NULL;
    if (end) piece.size = (size_t)(end - *data);
    size_t used = piece.size + (end != NULL);
    *data += used;
    *size -= used;
    return piece;
}

fuzz_piece fuzz_part(const uint8_t **data, size_t *size) {
    size_t length = 0, at = 0;
    for (; at < 4 && at < *size; at++) length |= (size_t)(*data)[at] << (8 * at);
    if (length > *size - at) length = *size - at;
    fuzz_piece piece = {*data + at, length};
    *data += at + length;
    *size -= at + length;
    return piece;
}

gamlp_status fuzz_npz(gamlp_bytes *bytes, const char *const *names, const uint8_t **data,
                      size_t *size) {
    gamlp_archive_entry entry[16];
    static unsigned char copy[1 << 20];
    int64_t count = 0;
    size_t used = 0;
    for (int i = 0; i < 16 && names[i]; i++) {
        fuzz_piece part = fuzz_part(data, size);
        if (part.size == 0 || part.size > sizeof copy - used) continue;
        memcpy(copy + used, part.data, part.size);
        entry[count++] = (gamlp_archive_entry){names[i], {copy + used, part.size}};
        used += part.size;
    }
    return gamlp_archive_write(bytes, entry, count, "input");
}

void fuzz_finish(gamlp_dataset *dataset) {
    gamlp_split own = dataset->split;
    for (int64_t k = 0; k < dataset->fixed_count; k++) {
        dataset->split = dataset->fixed[k];
        gamlp_dataset_check(dataset);
    }
    dataset->split = own;
    if (own.rule[0] || gamlp_dataset_split_random(dataset, 1, 1, 1, 0) == GAMLP_OK) {
        if (gamlp_dataset_check(dataset) == GAMLP_OK) gamlp_dataset_fingerprint(dataset);
    }
    gamlp_dataset_clear(dataset);
}
