/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "dataset/dataset_rows.h"

const gamlp_option gamlp_dataset_table[] = {
    GAMLP_DATASET_ROWS(0),
    {NULL, GAMLP_OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL},
};

void gamlp_dataset_options_default(gamlp_dataset_options *options) {
    *options = (gamlp_dataset_options){
        .split_seed = 0, .train_per_class = 20, .val_count = 1000, .test_count = 1000};
}

gamlp_status gamlp_dataset_options_set(gamlp_dataset_options *options, const gamlp_option *row,
                                       const char *text) {
    static const char *const drawn[] = {"split-seed", "train-per-class", "val", "test"};
    gamlp_status status = gamlp_option_set(options, row, text);
    if (status != GAMLP_OK) return status;
    for (unsigned bit = 0; bit < sizeof drawn / sizeof drawn[0]; bit++)
        if (strcmp(row->name, drawn[bit]) == 0) options->asked |= 1u << bit;
    return GAMLP_OK;
}
