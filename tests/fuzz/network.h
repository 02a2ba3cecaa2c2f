/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A graph file that igraph parses, as far as a data set that is split, checked and hashed. */
#ifndef GAMLP_FUZZ_NETWORK_H
#define GAMLP_FUZZ_NETWORK_H

#include <stdlib.h>
#include <string.h>

#include "dataset/network_data.h"
#include "fuzz.h"

static inline void fuzz_network(gamlp_network_format kind, const uint8_t *data, size_t size) {
    gamlp_dataset dataset;
    char *text = malloc(size + 1); /* with the NUL that a file's bytes have behind them */
    if (!text) return;
    if (size > 0) memcpy(text, data, size);
    text[size] = 0;
    if (gamlp_network_data_parse(&dataset, kind, text, size, "input", NULL) == GAMLP_OK) {
        if (dataset.graph.arcs.rows && gamlp_csr_check(&dataset.graph.arcs) != GAMLP_OK) abort();
        if (gamlp_dataset_split_random(&dataset, 1, 1, 1, 0) == GAMLP_OK &&
            gamlp_dataset_check(&dataset) == GAMLP_OK)
            gamlp_dataset_fingerprint(&dataset);
        gamlp_dataset_clear(&dataset);
    }
    free(text);
}

#endif
