/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "gamlp/alloc.h"

gamlp_status gamlp_folder_part(char **path, const char *folder, const char *name) {
    static const char *const endings[] = {".gz", ""};
    for (int i = 0; i < 2; i++) {
        gamlp_status status = gamlp_text_format(path, "%s/%s%s", folder, name, endings[i]);
        if (status != GAMLP_OK || gamlp_file_exists(*path)) return status;
        gamlp_free(*path);
        *path = NULL;
    }
    return GAMLP_OK;
}

gamlp_status gamlp_folder_need(char **path, const char *folder, const char *name) {
    gamlp_status status = gamlp_folder_part(path, folder, name);
    if (status == GAMLP_OK && !*path)
        status =
            gamlp_fail(GAMLP_E_NOINPUT, "%s: neither %s.gz nor %s is there", folder, name, name);
    return status;
}

gamlp_status gamlp_folder_has(bool *found, const char *folder, const char *name) {
    char *path;
    gamlp_status status = gamlp_folder_part(&path, folder, name);
    *found = path != NULL;
    gamlp_free(path);
    return status;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends(const char *name, const char *ending) {
    size_t size = strlen(name), n = strlen(ending);
    if (gamlp_text_ends_with(name, ".gz")) size -= 3;
    return gamlp_text_ends_with(name, ending) ||
           (size >= n && memcmp(name + size - n, ending, n) == 0);
}

gamlp_status gamlp_folder_list(char ***names, int64_t *count, const char *folder,
                               const char *ending) {
    *names = NULL;
    *count = 0;
    DIR *directory = opendir(folder);
    if (!directory && (errno == ENOENT || errno == ENOTDIR)) return GAMLP_OK;
    if (!directory) return gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", folder, strerror(errno));
    gamlp_status status = GAMLP_OK;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.' || !ends(entry->d_name, ending)) continue;
        GAMLP_TRY(gamlp_grow(names, *count, *count + 1, sizeof **names, "names of files"));
        GAMLP_TRY(gamlp_strdup(&(*names)[*count], entry->d_name));
        ++*count;
    }
    if (*count > 0) qsort(*names, (size_t)*count, sizeof **names, by_bytes);
done:
    closedir(directory);
    if (status != GAMLP_OK) {
        gamlp_folder_free(*names, *count);
        *names = NULL;
        *count = 0;
    }
    return status;
}

void gamlp_folder_free(char **names, int64_t count) {
    for (int64_t i = 0; names && i < count; i++) gamlp_free(names[i]);
    gamlp_free(names);
}

void gamlp_folder_title(gamlp_dataset *dataset, const char *path) {
    size_t end = strlen(path), begin;
    while (end > 0 && path[end - 1] == '/') end--;
    for (begin = end; begin > 0 && path[begin - 1] != '/'; begin--)
        ;
    if (end - begin > 3 && memcmp(path + end - 3, ".gz", 3) == 0) end -= 3;
    for (size_t i = begin + 1; i < end; i++)
        if (path[i] == '.' && !memchr(path + i + 1, '.', end - i - 1)) end = i;
    snprintf(dataset->name, sizeof dataset->name, "%.*s", (int)(end - begin), path + begin);
}
