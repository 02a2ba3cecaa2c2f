/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Feed the files of the folders (or the files) named on the command line to
 * one fuzz target.  Exit code 77 when there are none. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "fuzz.h"

enum { FILE_LIMIT = 1 << 24 };

static int replay_file(const char *path) {
    gamlp_bytes bytes;
    if (gamlp_file_read(&bytes, path, FILE_LIMIT) != GAMLP_OK) {
        fprintf(stderr, "%s\n", gamlp_error_text());
        exit(1);
    }
    /* An exact copy, so that a sanitizer sees any access behind the end. */
    uint8_t *exact = malloc(bytes.size ? bytes.size : 1);
    if (!exact) exit(1);
    if (bytes.size) memcpy(exact, bytes.data, bytes.size);
    LLVMFuzzerTestOneInput(exact, bytes.size);
    free(exact);
    gamlp_bytes_clear(&bytes);
    return 1;
}

static int replay_folder(const char *path) {
    DIR *directory = opendir(path);
    if (!directory) return replay_file(path);
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        char file[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        count += replay_file(file);
    }
    closedir(directory);
    return count;
}

int main(int argc, char **argv) {
    int count = 0;
    for (int i = 1; i < argc; i++) count += replay_folder(argv[i]);
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 77;
}
