/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_RUNTIME_CERTIFICATE_H
#define GAMLP_RUNTIME_CERTIFICATE_H

#include "core/json.h"
#include "gamlp/train.h"

/* What the iterations of a stage told, as far as rates are fitted to it. */
typedef struct gamlp_history {
    int64_t count, capacity;
    double *c_k, *falls, *residual; /* c_k: NaN where the method does not tell */
} gamlp_history;

/* Room for `capacity` iterations; gamlp_history_clear() accepts a zeroed object. */
gamlp_status gamlp_history_init(gamlp_history *history, int64_t capacity);
void gamlp_history_clear(gamlp_history *history);

/* One more iteration, of which there must be room: k c_k (NaN: not told), the figure that must not
 * rise, the residual. */
void gamlp_history_add(gamlp_history *history, double k_ck, double falls, double residual);

void gamlp_certificate_of(gamlp_certificate *certificate, const gamlp_history *history);

/* The object `certificate` of summary.json. */
gamlp_json *gamlp_report_certificate(const gamlp_certificate *certificate,
                                     const gamlp_conditions *conditions);

#endif
