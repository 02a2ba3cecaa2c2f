/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of Correct & Smooth, shared by eval and predict. */
#ifndef GAMLP_APPS_SPREAD_ROWS_H
#define GAMLP_APPS_SPREAD_ROWS_H

#include "gamlp/spread.h"

typedef struct spread_flags {
    bool wanted;
    double correct, smooth;
    int known;
} spread_flags;

enum { SPREAD_CHOSEN = -1 };

/* Rows of a spread_flags at the offset `base`. */
#define SPREAD_ROWS(base)                                                                          \
    {"correct-smooth",                                                                             \
     GAMLP_OPTION_BOOL,                                                                            \
     (base) + offsetof(spread_flags, wanted),                                                      \
     0,                                                                                            \
     0,                                                                                            \
     NULL,                                                                                         \
     NULL,                                                                                         \
     "spread the errors on known labels over the graph, then the corrected predictions",           \
     "Correct & Smooth"},                                                                          \
        {"correct",                                                                                \
         GAMLP_OPTION_REAL,                                                                        \
         (base) + offsetof(spread_flags, correct),                                                 \
         -1,                                                                                       \
         0.9999,                                                                                   \
         NULL,                                                                                     \
         "A",                                                                                      \
         "how far errors spread, 0: not at all; -1: chosen by validation accuracy",                \
         "Correct & Smooth"},                                                                      \
        {"smooth",                                                                                 \
         GAMLP_OPTION_REAL,                                                                        \
         (base) + offsetof(spread_flags, smooth),                                                  \
         -1,                                                                                       \
         0.9999,                                                                                   \
         NULL,                                                                                     \
         "A",                                                                                      \
         "how far predictions spread, 0: not at all; -1: chosen by validation accuracy",           \
         "Correct & Smooth"},                                                                      \
    {                                                                                              \
        "known", GAMLP_OPTION_CHOICE, (base) + offsetof(spread_flags, known), 0, 0,                \
            "train train+val", "NODES",                                                            \
            "whose labels are known; with validation labels nothing is chosen by them: -1 stands " \
            "for 0.9 and 0.8",                                                                     \
            "Correct & Smooth"                                                                     \
    }

/* Apply them to an evaluation; alone they would be without effect. */
static inline gamlp_status correct_and_smooth(gamlp_evaluation *e, const spread_flags *flags) {
    gamlp_spread_options options;
    bool alone = flags->correct != SPREAD_CHOSEN || flags->smooth != SPREAD_CHOSEN || flags->known;
    if (!flags->wanted && alone)
        return gamlp_fail(GAMLP_E_USAGE,
                          "correct, smooth and known are about --correct-smooth; say that, too");
    if (!flags->wanted) return GAMLP_OK;
    gamlp_spread_options_default(&options);
    options.correct = flags->correct;
    options.smooth = flags->smooth;
    options.known = flags->known;
    return gamlp_evaluation_correct_smooth(e, &options);
}

#endif
