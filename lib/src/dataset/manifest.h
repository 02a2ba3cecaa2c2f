/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manifests of datasets/: where a data set comes from, what its files and its
 * published statistics are.  docs/datasets.md describes the keys. */
#ifndef GAMLP_DATASET_MANIFEST_H
#define GAMLP_DATASET_MANIFEST_H

#include <stdbool.h>

#include "core/yaml.h"

typedef struct gamlp_manifest {
    gamlp_yaml *yaml; /* owns every text */
    const char *title, *format, *source, *licence, *citation;
    const char *manual, *note; /* what to do by hand, what to know; or NULL                   */
    const char *fingerprint;   /* of the content as this library reads it, or NULL            */
    const char *graph_hash, *content_hash, *label_hash, *split_hash; /* likewise, or NULL */
    const char *rule;         /* of the split: "public", "fixed" or "random"                 */
    gamlp_yaml_node paths;    /* where to look, under the folder of the data sets            */
    gamlp_yaml_node files;    /* see gamlp_manifest_file                                     */
    gamlp_yaml_node archives; /* the same of the archives that hold files, or none           */
    gamlp_yaml_node mirrors;  /* addresses that file names are appended to, or none          */
    int64_t nodes, edges, features, classes;  /* published statistics, each -1 when not told  */
    int64_t fixed;                            /* of rule fixed: number of splits              */
    int64_t train_per_class, val, test, seed; /* of a random split                            */
} gamlp_manifest;

/* One entry of `files` or `archives`; NULL or -1 where it says nothing. */
typedef struct gamlp_manifest_file {
    const char *name;          /* under the folder of the first path; safe                    */
    const char *from;          /* appended to each mirror, else the name                      */
    const char *sha256;        /* 64 digits                                                   */
    const char *archive;       /* name of the archive that holds it                           */
    const char *member;        /* its name in there                                           */
    int64_t size;              /* bytes                                                       */
    int64_t limit;             /* the most bytes it may have when the size is not told        */
    gamlp_yaml_node addresses; /* full addresses, instead of the mirrors                */
} gamlp_manifest_file;

enum { GAMLP_MANIFEST_FILES = 4096, GAMLP_MANIFEST_NAME = 512 };

/* Parse `size` bytes; GAMLP_E_CONFIG names `what`, line and problem.  The key
 * `presets` is not looked into.  Ownership passes to the caller:
 * gamlp_manifest_clear(). */
gamlp_status gamlp_manifest_parse(gamlp_manifest *manifest, const void *text, size_t size,
                                  const char *what);
void gamlp_manifest_clear(gamlp_manifest *manifest);

/* The library's own manifest of this name.  *found: there is one, and it is of files. */
gamlp_status gamlp_manifest_known(gamlp_manifest *manifest, bool *found, const char *name);

/* The i-th entry of `list`, which is manifest->files or manifest->archives; borrowed. */
gamlp_manifest_file gamlp_manifest_entry(const gamlp_manifest *manifest, gamlp_yaml_node list,
                                         int64_t index);

/* Whether a path stays below the folder that it is relative to: parts that are joined by single
 * slashes, none of them "." or "..", without control characters and backslashes. */
bool gamlp_manifest_safe(const char *path);

#endif
