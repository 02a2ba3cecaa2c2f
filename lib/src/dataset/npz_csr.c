/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/npz_csr.h"

#include <stdio.h>

void gamlp_npz_csr_clear(gamlp_npz_csr *csr) {
    for (int i = 0; i < 4; i++) gamlp_bytes_clear(&csr->bytes[i]);
}

gamlp_status gamlp_npz_csr_read(gamlp_npz_csr *csr, const gamlp_npz *npz, const char *prefix) {
    static const char *const parts[] = {"data", "indices", "indptr", "shape"};
    gamlp_array shape, *arrays[] = {&csr->csr.data, &csr->csr.indices, &csr->csr.indptr, &shape};
    char name[64];
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", prefix, parts[i]);
        gamlp_status status =
            (i < 3 ? gamlp_npz_read : gamlp_npz_ints)(arrays[i], &csr->bytes[i], npz, name);
        if (status != GAMLP_OK) return status;
    }
    if (shape.count != 2)
        return gamlp_fail(GAMLP_E_DATA, "%s: %s.npy has %lld elements, expected 2", npz->what, name,
                          (long long)shape.count);
    int64_t extent[2];
    gamlp_array_ints(&shape, 0, 2, extent);
    csr->csr.rows = extent[0];
    csr->csr.cols = extent[1];
    return GAMLP_OK;
}
