/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows that say what features are, for each table that has them; its AT() gives the place of a
 * field of that name. */
#ifndef GAMLP_FEATURE_ROWS_H
#define GAMLP_FEATURE_ROWS_H

#include "gamlp/option.h"
#include "gamlp/stack.h"

/* clang-format off */
#define GAMLP_FEATURE_ROWS                                                                         \
    {"hops", GAMLP_OPTION_INT, AT(hops), 1, GAMLP_STACK_BLOCKS, NULL, "K",                         \
     "feature blocks [H; HA~; ...; HA~^(K-1)]: short for --features \"x; sym^1..K-1\"",            \
     "Features"},                                                                                  \
    {"features", GAMLP_OPTION_STRING, AT(features), 0, 0, NULL, "SET",                             \
     "terms that make the features, e.g. \"x; sym^1..4; ppr(0.1); degree(log)\" (listed in gamlp " \
     "help features); empty: those of hops", "Features"},                                          \
    {"cache", GAMLP_OPTION_STRING, AT(cache), 0, 0, NULL, "DIR",                                   \
     "keep every term of all nodes in this directory, and take from it what is there",             \
     "Features"},                                                                                  \
    {"diffusion", GAMLP_OPTION_CHOICE, AT(diffusion.method), 0, 0,                                 \
     "auto cholesky cg chebyshev push", "METHOD",                                                  \
     "how ppr, heat and katz are computed (see docs/operators.md): the cheapest way, or this one", \
     "Features"},                                                                                  \
    {"tolerance", GAMLP_OPTION_REAL, AT(diffusion.tolerance), 1e-13, 0.1, NULL, "E",               \
     "relative residual that they are computed to", "Features"},                                   \
    {"memory", GAMLP_OPTION_BYTES, AT(diffusion.memory), 0, 0, NULL, "BYTES",                      \
     "what they may take beyond inputs and results, e.g. 500M or 2G (0: no limit)", "Features"},                    \
    {"normalise", GAMLP_OPTION_CHOICE, AT(normalise), 0, 0, "none row l2", "RULE",                 \
     "each node's own features: as they are, to a sum of 1, or to a length of 1", "Features"},     \
    {"storage", GAMLP_OPTION_CHOICE, AT(storage), 0, 0, "full bfloat16", "KIND",                   \
     "how hops read features: as they are, or rounded to 16 bits, which is faster and adds an "    \
     "error of at most 0.4 % for every hop; terms without hops (x, ppr, heat, katz, figures of "   \
     "nodes) are the same with either (see docs/operators.md)", "Features"}
/* clang-format on */

#endif
