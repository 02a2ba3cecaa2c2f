/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of --split.  Every rule of a split (gamlp_split.rule) is such a text:
 *
 *   public  stored  fixed:K  fixed:K/N
 *   random  random:A+B+C  fraction:X,Y,Z  stratified:X,Y,Z  pitfalls   each with @SEED or without
 *   time:A,B  file:PATH */
#ifndef GAMLP_DATASET_SPLIT_SPEC_H
#define GAMLP_DATASET_SPLIT_SPEC_H

#include "gamlp/dataset.h"

typedef enum gamlp_split_kind {
    GAMLP_SPLIT_SOURCE, /* what the source says */
    GAMLP_SPLIT_PUBLIC,
    GAMLP_SPLIT_FIXED,
    GAMLP_SPLIT_RANDOM,
    GAMLP_SPLIT_FRACTION,
    GAMLP_SPLIT_STRATIFIED,
    GAMLP_SPLIT_PITFALLS,
    GAMLP_SPLIT_TIME,
    GAMLP_SPLIT_FILE
} gamlp_split_kind;

#define GAMLP_SPLIT_UNIT INT64_C(1000000000) /* a fraction of 1 */

typedef struct gamlp_split_spec {
    gamlp_split_kind kind;
    int64_t count;     /* numbers that were given                                       */
    int64_t number[3]; /* fixed: K, N; random: nodes; fractions: billionths; time: A, B */
    bool seeded;
    int64_t seed;
    const char *path; /* of a file: the end of the text, borrowed */
} gamlp_split_spec;

/* GAMLP_E_CONFIG says what was expected.  An empty text is GAMLP_SPLIT_SOURCE. */
gamlp_status gamlp_split_spec_parse(gamlp_split_spec *spec, const char *text);

/* The text of a spec, without the folders of a file's path. */
void gamlp_split_spec_text(char text[GAMLP_NAME_MAX], const gamlp_split_spec *spec);

/* The rule of the k-th split behind that of `rule`: of the next fixed ones, or with the next seeds.
 * GAMLP_E_CONFIG when there is none. */
gamlp_status gamlp_split_rule_step(char next[GAMLP_NAME_MAX], const char *rule, int64_t k);

#endif
