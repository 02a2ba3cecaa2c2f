/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/pack.h"

bool gamlp_pack_is_sparse(int64_t nodes, int64_t features, int64_t nonzero) {
    double sparse =
        (double)nonzero * (sizeof(int32_t) + sizeof(float)) + (double)(nodes + 1) * sizeof(int64_t);
    return sparse < (double)nodes * (double)features * sizeof(float);
}

gamlp_status gamlp_pack_features(gamlp_dataset *dataset) {
    const gamlp_dense *h = &dataset->dense;
    gamlp_csr a;
    int64_t nonzero = 0;
    for (int64_t i = 0; i < h->rows * h->cols; i++) nonzero += h->data[i] != 0;
    if (!gamlp_pack_is_sparse(h->cols, h->rows, nonzero)) return GAMLP_OK;
    gamlp_status status = gamlp_csr_init(&a, h->cols, h->rows, nonzero);
    if (status != GAMLP_OK) return status;
    for (int64_t node = 0, k = 0; node < h->cols; node++) {
        for (int64_t j = 0; j < h->rows; j++) {
            gamlp_real value = h->data[j + node * h->rows];
            if (value == 0) continue;
            a.idx[k] = (int32_t)j;
            a.val[k++] = value;
        }
        a.ptr[node + 1] = k;
    }
    gamlp_dense_clear(&dataset->dense);
    dataset->sparse = a;
    return GAMLP_OK;
}
