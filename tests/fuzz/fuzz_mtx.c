/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is a Matrix Market file, as a graph's features and as such. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataset/mtx.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    gamlp_mtx mtx;
    gamlp_dataset dataset = {0};
    int fd = memfd_create("mtx", 0);
    if (fd < 0) return 0;
    if (write(fd, data, size) == (ssize_t)size) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (gamlp_mtx_load(&mtx, path) == GAMLP_OK) gamlp_mtx_clear(&mtx);
        gamlp_mtx_features(&dataset, path);
        gamlp_dataset_clear(&dataset);
    }
    close(fd);
    return 0;
}
