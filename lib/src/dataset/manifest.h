/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manifests of datasets/: where a data set comes from, what its files and its
 * published statistics are.  docs: the comments of the files themselves. */
#ifndef GAMLP_DATASET_MANIFEST_H
#define GAMLP_DATASET_MANIFEST_H

#include <stdbool.h>

#include "core/yaml.h"

typedef struct gamlp_manifest {
    gamlp_yaml *yaml; /* owns every text */
    const char *title, *format, *source, *licence, *citation;
    const char *fingerprint; /* of the content as this library reads it, or NULL */
    const char *graph_hash, *content_hash, *label_hash, *split_hash; /* likewise, or NULL */
    const char *rule;                         /* of the split: "public" or "random"               */
    gamlp_yaml_node paths;                    /* where to look, under the folder of the data sets */
    gamlp_yaml_node files;                    /* name, size, sha256 of each                       */
    int64_t nodes, edges, features, classes;  /* published statistics     */
    int64_t train_per_class, val, test, seed; /* of a random split        */
} gamlp_manifest;

/* Parse `size` bytes; GAMLP_E_CONFIG names `what`, line and problem.  The key
 * `presets` is not looked into.  Ownership passes to the caller:
 * gamlp_manifest_clear(). */
gamlp_status gamlp_manifest_parse(gamlp_manifest *manifest, const void *text, size_t size,
                                  const char *what);
void gamlp_manifest_clear(gamlp_manifest *manifest);

/* The library's own manifest of this name.  *found: there is one, and it is of files. */
gamlp_status gamlp_manifest_known(gamlp_manifest *manifest, bool *found, const char *name);

#endif
