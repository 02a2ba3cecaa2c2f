/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/dataset.h"

#include "dataset/split.h"
#include "gamlp/alloc.h"

void gamlp_dataset_options_default(gamlp_dataset_options *options) {
    *options = (gamlp_dataset_options){.data = NULL,
                                       .split_seed = 0,
                                       .train_per_class = 20,
                                       .val_count = 1000,
                                       .test_count = 1000};
}

void gamlp_split_clear(gamlp_split *split) {
    if (!split) return;
    gamlp_free(split->train);
    gamlp_free(split->val);
    gamlp_free(split->test);
    *split = (gamlp_split){0};
}

void gamlp_dataset_clear(gamlp_dataset *dataset) {
    if (!dataset) return;
    gamlp_graph_clear(&dataset->graph);
    gamlp_csr_clear(&dataset->sparse);
    gamlp_dense_clear(&dataset->dense);
    gamlp_free(dataset->label);
    gamlp_split_clear(&dataset->split);
    *dataset = (gamlp_dataset){0};
}
