/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: runtime.  The features of all nodes of a data set, made and written: `gamlp features`. */
#ifndef GAMLP_FEATURES_H
#define GAMLP_FEATURES_H

#include <stdint.h>

#include "gamlp/dataset.h"
#include "gamlp/feature.h"
#include "gamlp/option.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is to be made; described row by row in gamlp_features_table. */
typedef struct gamlp_features_options {
    int64_t hops; /* of the feature set when `features` is empty */
    char features[GAMLP_OPTION_TEXT];
    gamlp_diffusion_options diffusion;
    int normalise;                 /* gamlp_normalise */
    int storage;                   /* 1: bfloat16 between hops */
    int order;                     /* gamlp_node_order: of the nodes in memory, for speed */
    int64_t threads;               /* 0: all processors */
    char cache[GAMLP_OPTION_TEXT]; /* directory of features that were made, or empty */
    char out[GAMLP_OPTION_TEXT];   /* NAME.npy or NAME.gamlp */
    /* Of a graph that changes: the file of its factor, and a file of changes; or empty. */
    char factor[GAMLP_OPTION_TEXT], update[GAMLP_OPTION_TEXT];
    char stream[GAMLP_OPTION_TEXT]; /* bytes of memory, e.g. 2G: out of core; or empty */
    double checkpoint;              /* out of core: seconds between records of what is done */
} gamlp_features_options;

extern const gamlp_option gamlp_features_table[];

/* Four hops, features to a length of 1, all processors. */
void gamlp_features_options_default(gamlp_features_options *options);

/* GAMLP_E_CONFIG: no such feature set; GAMLP_E_USAGE: no name, or one of another ending. */
gamlp_status gamlp_features_options_check(const gamlp_features_options *options);

/* One term of what was made. */
typedef struct gamlp_features_term {
    char text[GAMLP_OPTION_TEXT]; /* in canonical form */
    int64_t rows;
    gamlp_diffusion_report diffusion; /* of ppr, heat and katz; else its method is auto */
} gamlp_features_term;

typedef struct gamlp_features_report {
    char dataset[GAMLP_NAME_MAX], fingerprint[GAMLP_HASH_TEXT];
    int64_t nodes, edges, features, rows, bytes; /* of the file */
    int64_t terms;
    gamlp_features_term term[GAMLP_STACK_BLOCKS];
    int64_t width,
        resumed; /* out of core: features of a panel, units of work that were done before */
    double load_seconds, feature_seconds, write_seconds;
    /* With a factor: changes that were made, nodes whose features were computed, and the seconds
     * of the factorisation (0: it was read) and of all updates. */
    int64_t updates, touched;
    double factor_seconds, update_seconds;
} gamlp_features_report;

/* Open a data set, make its features and write them: float32 (or what gamlp_real is), nodes x rows
 * in .npy; in .gamlp the data set with these features instead of its own.  The file appears when
 * it is whole; GAMLP_E_CREATE when it is one that the data set was read from.  With options->stream
 * `dataset` is the path of a container that is read as it is needed, and the matrix is in Fortran
 * order; a call that was interrupted goes on when it is repeated, from OUT.partial and
 * OUT.progress. */
gamlp_status gamlp_features_write(gamlp_features_report *report, const char *dataset,
                                  const gamlp_dataset_options *source,
                                  const gamlp_features_options *options);

/* The report as JSON.  Ownership of the text passes to the caller: gamlp_free(). */
gamlp_status gamlp_features_json(char **text, const gamlp_features_report *report);

#ifdef __cplusplus
}
#endif
#endif
