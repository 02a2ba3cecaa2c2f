/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: dataset.  A node-classification data set: graph, features, labels
 * and split, however it was stored. */
#ifndef GAMLP_DATASET_H
#define GAMLP_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/csr.h"
#include "gamlp/dense.h"
#include "gamlp/graph.h"
#include "gamlp/option.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GAMLP_NAME_MAX   64
#define GAMLP_HASH_TEXT  65 /* 64 hexadecimal digits and a NUL */
#define GAMLP_UNLABELLED (-1)

/* Node indices of the three parts, each increasing; owned. */
typedef struct gamlp_split {
    int64_t train_count, val_count, test_count;
    int64_t *train, *val, *test;
    char rule[GAMLP_NAME_MAX]; /* "public", "random:20+1000+1000@0", ... */
} gamlp_split;

typedef struct gamlp_dataset {
    char name[GAMLP_NAME_MAX];
    char format[GAMLP_NAME_MAX]; /* "planetoid", "gnn-benchmark", "embedded", ... */
    int64_t nodes, features, classes;
    gamlp_graph graph;
    gamlp_csr sparse;  /* features, nodes x features; sparse.rows == 0 when dense */
    gamlp_dense dense; /* features, features x nodes, when not sparse             */
    int32_t *label;    /* nodes; GAMLP_UNLABELLED where there is none; owned       */
    char **class_name; /* classes texts (UTF-8) that the source has, or NULL; owned */
    int32_t *time;     /* nodes; when each came (a year), or NULL; owned           */
    int component;     /* gamlp_component: what of the source's graph this is       */
    gamlp_split split;
    gamlp_split *fixed; /* the splits the source has, when there are several; owned */
    int64_t fixed_count;
    char **file; /* paths of the files that were read, in that order; owned         */
    int64_t file_count;
    int64_t missing_rows;  /* nodes the source gave no features for   */
    int64_t skipped_edges; /* of the source, left out: an end that it does not describe */
    char fingerprint[GAMLP_HASH_TEXT]; /* sha256 of the canonical content (graph,
                                          features, labels), not of the files      */
    char split_fingerprint[GAMLP_HASH_TEXT];
    struct gamlp_container *container; /* the open file whose arrays graph and features are views
                                          of, or NULL; owned */
} gamlp_dataset;

/* The part of the graph that is the data set. */
typedef enum gamlp_component { GAMLP_COMPONENT_ALL, GAMLP_COMPONENT_LARGEST } gamlp_component;

/* Options of a drawn split, as bits of gamlp_dataset_options.asked. */
enum { GAMLP_ASKED_SEED = 1, GAMLP_ASKED_TRAIN = 2, GAMLP_ASKED_VAL = 4, GAMLP_ASKED_TEST = 8 };

/* How to find and split a data set; described row by row in gamlp_dataset_table. */
typedef struct gamlp_dataset_options {
    char data[GAMLP_OPTION_TEXT];  /* folder of raw files; empty: environment GAMLP_DATA */
    char split[GAMLP_OPTION_TEXT]; /* which split; empty: that of the source             */
    int component;                 /* gamlp_component                                    */
    int64_t split_seed;            /* of a split that is drawn                           */
    int64_t train_per_class, val_count, test_count; /* of the random split               */
    unsigned asked; /* GAMLP_ASKED_ bits of what is to have an effect, or be refused     */
    bool as_stored; /* what the source has and no more: no split is drawn, and features, labels
                       or classes may be lacking (features, classes 0; every label -1)  */
} gamlp_dataset_options;

extern const gamlp_option gamlp_dataset_table[];

/* Defaults: GAMLP_DATA, the source's split, split seed 0, 20 per class, 1000, 1000. */
void gamlp_dataset_options_default(gamlp_dataset_options *options);

/* gamlp_option_set() of a row of gamlp_dataset_table, which is remembered in `asked`. */
gamlp_status gamlp_dataset_options_set(gamlp_dataset_options *options, const gamlp_option *row,
                                       const char *text);

/* GAMLP_E_CONFIG when the text of the split is none. */
gamlp_status gamlp_dataset_options_check(const gamlp_dataset_options *options);

/* Open by name (a manifest or an embedded graph), path, or "format:path".
 * GAMLP_E_NOINPUT / GAMLP_E_DATA name file and place; an unknown name lists
 * the nearest one.  Ownership passes to the caller: gamlp_dataset_clear(). */
gamlp_status gamlp_dataset_open(gamlp_dataset *dataset, const char *name,
                                const gamlp_dataset_options *options);
void gamlp_dataset_clear(gamlp_dataset *dataset);

/* Invariants every reader must deliver: at least one node and class, labels
 * in range, finite features, non-empty disjoint parts with labels. */
gamlp_status gamlp_dataset_check(const gamlp_dataset *dataset);

/* Random split: `train_per_class` labelled nodes of each class, then
 * `test_count`, then `val_count` of the remaining labelled nodes; seeded.
 * GAMLP_E_DATA when there are too few.  Replaces dataset->split. */
gamlp_status gamlp_dataset_split_random(gamlp_dataset *dataset, int64_t train_per_class,
                                        int64_t val_count, int64_t test_count, uint64_t seed);

/* Replace dataset->split by the one that the options ask for (`component`, `split`, `split_seed`,
 * `train_per_class`, `val_count`, `test_count`), after restricting the data set to its largest
 * component if they say so.  GAMLP_E_CONFIG: a wrong text, or an option asked for that has no
 * effect; GAMLP_E_DATA: no such split, or too few nodes.  The fingerprints are to be computed anew.
 * Called by gamlp_dataset_open(). */
gamlp_status gamlp_dataset_split(gamlp_dataset *dataset, const gamlp_dataset_options *options);

/* Restrict to the largest connected component (of equals, that of the least node): nodes are
 * numbered anew in their order, features, labels, times and splits follow; classes stay. */
gamlp_status gamlp_dataset_largest_component(gamlp_dataset *dataset);

/* Write dataset->split, in the form that the ending of the path names: .json, .npz or .csv
 * (docs/formats.md); GAMLP_E_USAGE for another one.  `split=file:PATH` reads it back. */
gamlp_status gamlp_split_write(const char *path, const gamlp_dataset *dataset);

/* Compute both fingerprints.  Called by gamlp_dataset_open(). */
gamlp_status gamlp_dataset_fingerprint(gamlp_dataset *dataset);

/* Readers, one per format; path is a prefix ("dir/ind.cora") or a file. */
gamlp_status gamlp_planetoid_read(gamlp_dataset *dataset, const char *prefix);
gamlp_status gamlp_gnnbench_read(gamlp_dataset *dataset, const char *path);
/* The folder of an OGB node-property data set, or its folder raw/. */
gamlp_status gamlp_ogb_read(gamlp_dataset *dataset, const char *path);
/* A folder with *edges.csv, *features.json and *target.csv (MUSAE, SNAP). */
gamlp_status gamlp_musae_read(gamlp_dataset *dataset, const char *folder);
/* A folder with train-images-idx3-ubyte(.gz) and so on (MNIST); without edges. */
gamlp_status gamlp_idx_read(gamlp_dataset *dataset, const char *folder);
/* A table of numbers and a class in text; without edges. */
gamlp_status gamlp_csv_read(gamlp_dataset *dataset, const char *path);
/* These look for labels, features and a split in files beside `path`, too. */
gamlp_status gamlp_mtx_read(gamlp_dataset *dataset, const char *path);
gamlp_status gamlp_graphml_read(gamlp_dataset *dataset, const char *path);
gamlp_status gamlp_gml_read(gamlp_dataset *dataset, const char *path);
gamlp_status gamlp_pajek_read(gamlp_dataset *dataset, const char *path);

/* Writers; what they make reads back with the same fingerprints and arcs.  Of several files none is
 * under its name before all are whole, and the one at `path` comes last: an interrupted call leaves
 * it as it was or away.  A file beside it that a reader would take for a part of the data set, but
 * that is none, is GAMLP_E_CREATE. */

/* The gnn-benchmark layout (scipy CSR arrays in an npz); the adjacency is that of the arcs, where
 * there are some. */
gamlp_status gamlp_gnnbench_write(const char *path, const gamlp_dataset *dataset);
/* Matrix Market; for NAME.mtx also NAME_features.mtx (sparse) or .npy (dense), NAME_labels.npy,
 * NAME_classes.txt and NAME_split.npz. */
gamlp_status gamlp_mtx_write(const char *path, const gamlp_dataset *dataset);
/* GraphML; more than GAMLP_GRAPHML_FEATURES features go to NAME_features.npz or .npy. */
#define GAMLP_GRAPHML_FEATURES 64
gamlp_status gamlp_graphml_write(const char *path, const gamlp_dataset *dataset);

/* Write in the format "gnn-benchmark", "mtx" or "graphml"; another name is GAMLP_E_USAGE. */
gamlp_status gamlp_dataset_write(const char *path, const gamlp_dataset *dataset,
                                 const char *format);

/* Generated graphs; docs/datasets.md has the formulae. */
typedef enum gamlp_generate_model {
    GAMLP_MODEL_CSBM, /* contextual stochastic block model            */
    GAMLP_MODEL_RMAT, /* recursive matrix                             */
    GAMLP_MODEL_BA,   /* preferential attachment (Barabasi, Albert)   */
    GAMLP_MODEL_ER    /* G(n, m) (Erdos, Renyi)                       */
} gamlp_generate_model;

typedef struct gamlp_generate_options {
    int64_t nodes, classes, edges, words, words_per_node;
    double homophily;     /* csbm: fraction of edges within a class, 0..1      */
    double feature_noise; /* 0: words tell the class; 1: words are pure noise  */
    int64_t seed;
    int64_t train_count; /* training nodes of all classes, or 0: of each class */
    int64_t train_per_class, val_count, test_count;
    int model;        /* gamlp_generate_model                                    */
    int degrees;      /* csbm: 0 a power law, 1 uniform                          */
    int feature_kind; /* 0 binary words, 1 dense Gaussian                        */
    int64_t dimension;
    double mean_length; /* length of a class mean, noise having deviation 1   */
    double quadrant[3]; /* rmat: a, b, c; the fourth is what remains of 1     */
} gamlp_generate_options;

/* One row for each of these options; the keys of a recipe, too. */
extern const gamlp_option gamlp_generate_table[];

/* The recipe graphs/citation-sim.yaml. */
gamlp_status gamlp_generate_options_default(gamlp_generate_options *options);
/* The recipe of that name; GAMLP_E_USAGE when there is none. */
gamlp_status gamlp_generate_options_recipe(gamlp_generate_options *options, const char *name);
gamlp_status gamlp_generate_options_check(const gamlp_generate_options *options);
/* Graph, features, labels, split and fingerprints.  Ownership passes to the
 * caller: gamlp_dataset_clear(). */
gamlp_status gamlp_dataset_generate(gamlp_dataset *dataset, const gamlp_generate_options *options);
/* The same into a file: a container when `path` ends in ".gamlp", else the gnn-benchmark layout.
 * Into a container the edges of rmat and er go in passes, and *dataset, which tells what was
 * written, has no column indices of the graph then.  Ownership passes to the caller:
 * gamlp_dataset_clear(). */
gamlp_status gamlp_generate_write(gamlp_dataset *dataset, const char *path,
                                  const gamlp_generate_options *options);

/* Number and names of what `gamlp_dataset_open` knows by name (manifests and embedded graphs). */
int64_t gamlp_dataset_known_count(void);
const char *gamlp_dataset_known_name(int64_t index);

/* Text of the manifest of `name` (YAML), or NULL. */
const char *gamlp_dataset_manifest(const char *name);

#ifdef __cplusplus
}
#endif
#endif
