/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words of a feature set mean. */
#ifndef GAMLP_FEATURE_TERMS_H
#define GAMLP_FEATURE_TERMS_H

#include "gamlp/feature.h"

/* The term that a word alone stands for; false when it is none.  Of an operator it is the first
 * power. */
bool gamlp_term_named(gamlp_term *term, const char *name);

/* The word that begins a term. */
const char *gamlp_term_name(const gamlp_term *term);
const char *gamlp_operator_name(const gamlp_operator *op);

bool gamlp_operator_equal(const gamlp_operator *a, const gamlp_operator *b);

/* Whether a term is a combination of powers of its operator. */
bool gamlp_term_is_polynomial(const gamlp_term *term);

/* Blocks of X that a term makes, and the rows of each. */
int64_t gamlp_term_blocks(const gamlp_term *term);

/* The factor of S^k H in a sum, mean or appnp. */
double gamlp_term_weight(const gamlp_term *term, int64_t k);

#endif
