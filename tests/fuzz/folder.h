/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs of several files, for readers of folders: each part behind its length in four bytes, least
 * first.  The folder is in memory where the system has /dev/shm, and is removed at the end. */
#ifndef GAMLP_FUZZ_FOLDER_H
#define GAMLP_FUZZ_FOLDER_H

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"

static char fuzz_path[64];
static const char *const *fuzz_names; /* NULL behind the last; those ending in / are folders */

static inline void fuzz_full_name(char *path, size_t room, const char *name) {
    snprintf(path, room, "%s/%s", fuzz_path, name);
}

static inline void fuzz_remove(void) {
    char path[256];
    int last = 0;
    while (fuzz_names[last]) last++;
    while (last-- > 0) {
        fuzz_full_name(path, sizeof path, fuzz_names[last]);
        if (remove(path) != 0) continue;
    }
    rmdir(fuzz_path);
}

/* The folder, with these folders in it, made by the first call. */
static inline const char *fuzz_folder(const char *const *names) {
    char path[256];
    if (fuzz_path[0]) return fuzz_path;
    snprintf(fuzz_path, sizeof fuzz_path, "%s/gamlp-fuzz-XXXXXX",
             gamlp_file_is_directory("/dev/shm") ? "/dev/shm" : "/tmp");
    if (!mkdtemp(fuzz_path)) abort();
    fuzz_names = names;
    for (int i = 0; names[i]; i++) {
        fuzz_full_name(path, sizeof path, names[i]);
        if (path[strlen(path) - 1] == '/' && mkdir(path, 0700) != 0) abort();
    }
    atexit(fuzz_remove);
    return fuzz_path;
}

/* The next part of the input. */
static inline gamlp_bytes fuzz_part(const uint8_t **data, size_t *size) {
    size_t length = 0;
    for (int b = 0; b < 4 && *size > 0; b++, ++*data, --*size)
        length |= (size_t) * *data << (8 * b);
    if (length > *size) length = *size;
    gamlp_bytes part = {(unsigned char *)(uintptr_t)*data, length};
    *data += length;
    *size -= length;
    return part;
}

/* Write a part; an empty one is no file. */
static inline void fuzz_put(const char *name, gamlp_bytes part) {
    char path[256];
    fuzz_full_name(path, sizeof path, name);
    unlink(path);
    if (part.size == 0) return;
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(part.data, 1, part.size, file) != part.size || fclose(file) != 0) abort();
}

#endif
