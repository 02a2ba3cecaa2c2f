/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_DATASET_SPLIT_H
#define GAMLP_DATASET_SPLIT_H

#include "gamlp/dataset.h"

/* Release and zero; accepts NULL. */
void gamlp_split_clear(gamlp_split *split);

/* Sort node indices increasingly. */
void gamlp_split_sort(int64_t *node, int64_t count);

#endif
