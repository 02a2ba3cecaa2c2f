/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: dataset.  The passport of a data set: what it is in numbers and
 * hashes, which published edition it is, and whether its files are the
 * published ones. */
#ifndef GAMLP_PASSPORT_H
#define GAMLP_PASSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Open a data set to look at it: as gamlp_dataset_open(), and when that fails since there is
 * nothing to train on (no labels, no features, or too few for the random split, which was not asked
 * for), as it is stored: *lack is then the sentence that says so, else NULL. Ownership of both
 * passes to the caller: gamlp_dataset_clear(), gamlp_free(). */
gamlp_status gamlp_dataset_inspect(gamlp_dataset *dataset, char **lack, const char *name,
                                   const gamlp_dataset_options *options);

/* What a data set looks like besides its size.  The three homophilies regard
 * the edges whose two ends are labelled, and are NaN when there are none. */
typedef struct gamlp_statistics {
    gamlp_graph_structure graph;
    double homophily;          /* part of these edges that joins equal labels              */
    double node_homophily;     /* mean over the nodes of the part of their edges that does */
    double adjusted_homophily; /* of the edges, 0 for labels without effect; at most 1;
                                  NaN, too, when only one class has edges               */
    double density;            /* nonzero features per place: nonzeros / (nodes x features) */
    int64_t unlabelled;
    int32_t time_first, time_last; /* of the nodes, when the data set has times */
    int64_t classes;
    int64_t *total, *train, *val, *test; /* nodes of each class; one block, owned by `total` */
} gamlp_statistics;

/* Ownership passes to the caller: gamlp_statistics_clear(). */
gamlp_status gamlp_statistics_of(gamlp_statistics *statistics, const gamlp_dataset *dataset);
void gamlp_statistics_clear(gamlp_statistics *statistics);

/* Hashes besides the two fingerprints that every data set carries. */
typedef struct gamlp_passport_hashes {
    char graph[GAMLP_HASH_TEXT];   /* gamlp_graph_hash(): up to the order of the nodes       */
    char content[GAMLP_HASH_TEXT]; /* graph, features and labels up to the order of the nodes
                                      and the numbers of the classes                        */
    char labels[GAMLP_HASH_TEXT];  /* SHA-256 of the labels alone, in the order of the nodes */
} gamlp_passport_hashes;

/* Compute them.  GAMLP_E_NOMEM only; 32 bytes a node for the time of the call. */
gamlp_status gamlp_dataset_hashes(gamlp_passport_hashes *hashes, const gamlp_dataset *dataset);

/* A file that was read. */
typedef struct gamlp_raw_file {
    char *name; /* without its folder; owned */
    int64_t bytes;
    char sha256[GAMLP_HASH_TEXT];
} gamlp_raw_file;

/* Which of the editions that have a manifest a data set is. */
typedef struct gamlp_edition {
    const char **match; /* manifests whose fingerprint is that of the data set; the list is owned */
    int64_t match_count;
    const char *nearest; /* none matches: the manifest that it differs least from, or NULL */
    char *title;         /* of the first match, or of the nearest; owned                   */
    char **difference;   /* none matches: phrases that tell how it differs; owned          */
    int64_t difference_count;
} gamlp_edition;

/* Compare with every manifest.  Near is one with the same hash of the graph or of the content, of
 * the same name, or with as many features and classes and nodes within 2 %.
 * Ownership passes to the caller: gamlp_edition_clear(). */
gamlp_status gamlp_edition_of(gamlp_edition *edition, const gamlp_dataset *dataset,
                              const gamlp_passport_hashes *hashes);
void gamlp_edition_clear(gamlp_edition *edition);

typedef struct gamlp_passport {
    gamlp_statistics statistics;
    gamlp_passport_hashes hashes;
    gamlp_edition edition;
    gamlp_raw_file *file;
    int64_t file_count;
    char (*fixed)[GAMLP_HASH_TEXT]; /* fingerprints of the splits of the source, when there are
                                       several; owned                                       */
    int64_t fixed_count;
    bool summarised;             /* `figures` are there: gamlp_passport_of() leaves them out, since
                                    the triangles of a large graph take minutes */
    gamlp_graph_summary figures; /* gamlp_graph_summary_of() */
} gamlp_passport;

/* All of the above; reads the files once more, to hash them.
 * Ownership passes to the caller: gamlp_passport_clear(). */
gamlp_status gamlp_passport_of(gamlp_passport *passport, const gamlp_dataset *dataset);
void gamlp_passport_clear(gamlp_passport *passport);

/* *found: `name` is that of a manifest, that is, of a data set whose files are published. */
gamlp_status gamlp_dataset_has_manifest(bool *found, const char *name);

/* One thing that was compared. */
typedef enum gamlp_verdict {
    GAMLP_VERDICT_OK,
    GAMLP_VERDICT_DIFFERS,
    GAMLP_VERDICT_OPEN /* the manifest does not say, or there is none */
} gamlp_verdict;

typedef struct gamlp_finding {
    gamlp_verdict verdict;
    char *what, *expected, *found; /* expected: NULL where nothing is known; owned */
} gamlp_finding;

/* What a check found. */
typedef struct gamlp_verification {
    char *name;           /* as it was asked for; owned                              */
    const char *manifest; /* name of the manifest it was compared with, or NULL      */
    char *absent;         /* why there is nothing to check, or NULL; owned           */
    gamlp_finding *finding;
    int64_t count, differing;
} gamlp_verification;

/* Check a data set by name, path or "format:path": sizes and hashes of its files, whether it reads
 * and keeps the invariants of gamlp_dataset_check() and gamlp_graph_check(), and its counts, hashes
 * and split against a manifest: that of its name, else one with its fingerprint, else the one
 * manifest that lists all of its files.  A difference is no failure: see `differing`; nor are
 * missing files: see `absent`.  GAMLP_E_USAGE, _CONFIG, _NOMEM.
 * Ownership passes to the caller: gamlp_verification_clear(). */
gamlp_status gamlp_dataset_verify(gamlp_verification *verification, const char *name,
                                  const gamlp_dataset_options *options);
void gamlp_verification_clear(gamlp_verification *verification);

#ifdef __cplusplus
}
#endif
#endif
