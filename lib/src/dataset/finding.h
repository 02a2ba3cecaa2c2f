/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_DATASET_FINDING_H
#define GAMLP_DATASET_FINDING_H

#include "gamlp/passport.h"

/* Add what was found beside what was expected (NULL: nothing is known of it); the verdict is
 * whether the texts are equal. */
gamlp_status gamlp_finding_add(gamlp_verification *v, const char *what, const char *expected,
                               const char *found);

/* The same with a verdict of the caller's. */
gamlp_status gamlp_finding_judge(gamlp_verification *v, const char *what, gamlp_verdict verdict,
                                 const char *expected, const char *found);

#endif
