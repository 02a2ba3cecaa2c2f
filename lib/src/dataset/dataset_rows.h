/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of gamlp_dataset_options, for each table that has them. */
#ifndef GAMLP_DATASET_ROWS_H
#define GAMLP_DATASET_ROWS_H

#include <stddef.h>

#include "gamlp/dataset.h"

/* One row; the field lies `base` bytes and its offset within the struct of the table. */
#define GAMLP_DATASET_ROW(base, field, name, type, min, max, choices, argument, help)              \
    {                                                                                              \
        name, type, (base) + offsetof(gamlp_dataset_options, field), min, max, choices, argument,  \
            help, "Data"                                                                           \
    }

/* clang-format off */
#define GAMLP_DATASET_ROWS(base)                                                                   \
    GAMLP_DATASET_ROW(base, data, "data", GAMLP_OPTION_STRING, 0, 0, NULL, "DIR",                  \
                      "folder of the raw files of named data sets (default: $GAMLP_DATA)"),        \
    GAMLP_DATASET_ROW(base, split, "split", GAMLP_OPTION_STRING, 0, 0, NULL, "SPEC",               \
                      "public, fixed:K, random, fraction:X,Y,Z, stratified:X,Y,Z, pitfalls, "      \
                      "time:A,B or file:PATH, those that are drawn with @SEED or without "         \
                      "(default: that of the source, else random)"),                               \
    GAMLP_DATASET_ROW(base, component, "component", GAMLP_OPTION_CHOICE, 0, 0, "all largest",      \
                      "PART", "keep the whole graph, or its largest connected component only"),    \
    GAMLP_DATASET_ROW(base, split_seed, "split-seed", GAMLP_OPTION_INT, 0, 1e15, NULL, "N",        \
                      "seed of a split that is drawn"),                                            \
    GAMLP_DATASET_ROW(base, train_per_class, "train-per-class", GAMLP_OPTION_INT, 1, 1e9, NULL,    \
                      "N", "training nodes of each class in the split random"),                    \
    GAMLP_DATASET_ROW(base, val_count, "val", GAMLP_OPTION_INT, 1, 1e9, NULL, "N",                 \
                      "validation nodes of the split random"),                                     \
    GAMLP_DATASET_ROW(base, test_count, "test", GAMLP_OPTION_INT, 1, 1e9, NULL, "N",               \
                      "test nodes of the split random")
/* clang-format on */

#endif
