/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which layers go where. */
#ifndef GAMLP_RUNTIME_SHARE_OUT_H
#define GAMLP_RUNTIME_SHARE_OUT_H

#include <stdint.h>

#include "gamlp/train.h"

/* Operations of one iteration, and bytes, of each layer. */
typedef struct gamlp_load {
    double operations, bytes;
} gamlp_load;

/* Load of layer l of a net of widths width[0..layers] on `columns` training columns and `scored`
 * others; layer 1 goes by the Gram matrix when columns <= width[0]. */
gamlp_load gamlp_load_of(const int64_t *width, int64_t layers, int64_t l, int64_t columns,
                         int64_t scored);

/* Cut layers 1..layers into `shares` <= layers contiguous blocks, the last layer of each in
 * last[0..shares): the greatest load is least, and of such cuts the one whose later blocks are
 * lightest. */
gamlp_status gamlp_share_out(int64_t *last, int64_t shares, const gamlp_load *load, int64_t layers);

/* The same for at most `workers` shares, or as --plan says, as far as there are layers. */
gamlp_status gamlp_share_plan(int64_t *last, int64_t *shares, const gamlp_train_options *options,
                              int64_t workers, const gamlp_load *load, int64_t layers);

#endif
