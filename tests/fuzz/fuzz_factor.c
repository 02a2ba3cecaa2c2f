/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of sparse factors, with whatever checksum fits: what is accepted can be solved and updated
 * with, and is written and read again. */
#include <string.h>

#include "core/checksum.h"
#include "feature/living.h"
#include "fuzz.h"
#include "gamlp/alloc.h"

enum { SMALL = 512 };

static void use(gamlp_living *living) {
    gamlp_dense x = {0}, y = {0};
    double residual;
    const int64_t n = gamlp_living_nodes(living);
    if (n > SMALL) return;
    if (gamlp_dense_init(&x, 3, n) == GAMLP_OK && gamlp_dense_init(&y, 3, n) == GAMLP_OK) {
        for (int64_t i = 0; i < 3 * n; i++) x.data[i] = (gamlp_real)(i % 7);
        (void)gamlp_living_apply(&y, &residual, living, &x);
        for (int64_t j = 1; j < n && j < 9; j++)
            if (gamlp_living_edge(living, 0, j, true) != GAMLP_OK)
                (void)gamlp_living_edge(living, 0, j, false);
    }
    gamlp_dense_clear(&x);
    gamlp_dense_clear(&y);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_living *living = NULL;
    unsigned char *copy;
    if (size < 120) {
        (void)gamlp_living_decode(&living, data, size, "input", "");
        gamlp_living_free(living);
        return 0;
    }
    if (gamlp_new_raw(&copy, (int64_t)size, 1, "input") != GAMLP_OK) return 0;
    memcpy(copy, data, size);
    memset(copy + 48, 0, 64); /* the name */
    const uint64_t fits = gamlp_checksum_of(copy, size - 8);
    memcpy(copy + size - 8, &fits, sizeof fits);
    if (gamlp_living_decode(&living, copy, size, "input", "") == GAMLP_OK) use(living);
    gamlp_living_free(living);
    gamlp_free(copy);
    return 0;
}
