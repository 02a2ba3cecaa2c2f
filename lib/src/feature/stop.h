/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the making of features goes on, asked between parts of it that take long. */
#ifndef GAMLP_FEATURE_STOP_H
#define GAMLP_FEATURE_STOP_H

#include "gamlp/feature.h"

static inline bool gamlp_stop_wanted(const gamlp_stop *stop) {
    return stop->wanted && stop->wanted(stop->context);
}

/* GAMLP_E_STOPPED when the caller wants it to end. */
static inline gamlp_status gamlp_stop_check(const gamlp_stop *stop) {
    if (!gamlp_stop_wanted(stop)) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_STOPPED, "stopped while features were made");
}

#endif
