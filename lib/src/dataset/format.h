/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reader is to the rest of the library: one row of a table.
 *
 * To add a format: write its reader, describe it in a gamlp_format beside the
 * reader, list that in format.c, and document it in docs/formats.md. */
#ifndef GAMLP_DATASET_FORMAT_H
#define GAMLP_DATASET_FORMAT_H

#include "gamlp/dataset.h"
#include "graph/edges.h"

/* A data set whose graph comes in passes. */
typedef struct gamlp_source {
    gamlp_edges edges;
    gamlp_dataset rest;           /* everything but the graph; owned        */
    void (*close)(void *context); /* releases edges.context                 */
} gamlp_source;

typedef struct gamlp_format {
    const char *name;    /* as in "linqs:PATH" and in manifests               */
    const char *summary; /* a phrase for the documents                        */
    const char *ending;  /* behind a manifest's path: a file that is there    */
    /* *path: what the reader is to be given when `name`, which the user wrote
     * without a format, is evidently of this format, else NULL.  It looks at names,
     * first bytes and lists of archives only.  Ownership passes to the caller: gamlp_free(). */
    gamlp_status (*find)(char **path, const char *name);
    /* Fill a zeroed data set: graph, features, labels and, where the source has
     * them, split or fixed splits, class names, times and the files that were
     * read.  On failure the reader clears it. */
    gamlp_status (*read)(gamlp_dataset *dataset, const char *path);
    /* Optional: the same without the graph in memory.  nodes: their number when the user gave it,
     * else 0.  Ownership passes to the caller: gamlp_source_close(). */
    gamlp_status (*stream)(gamlp_source *stream, const char *path, int64_t nodes);
} gamlp_format;

extern const gamlp_format gamlp_format_container;
extern const gamlp_format gamlp_format_planetoid;
extern const gamlp_format gamlp_format_ogb;
extern const gamlp_format gamlp_format_graphsaint;
extern const gamlp_format gamlp_format_geomgcn;
extern const gamlp_format gamlp_format_linqs;
extern const gamlp_format gamlp_format_musae;
extern const gamlp_format gamlp_format_idx;
extern const gamlp_format gamlp_format_heterophilous;
extern const gamlp_format gamlp_format_gnnbench;
extern const gamlp_format gamlp_format_edges;
extern const gamlp_format gamlp_format_csv;
extern const gamlp_format gamlp_format_mtx;
extern const gamlp_format gamlp_format_graphml;
extern const gamlp_format gamlp_format_gml;
extern const gamlp_format gamlp_format_pajek;

/* All formats in the order in which find() is tried; NULL behind the last. */
extern const gamlp_format *const gamlp_formats[];

/* The format of this name of `size` bytes, or NULL. */
const gamlp_format *gamlp_format_find(const char *name, size_t size);

/* Accepts a zeroed stream. */
void gamlp_source_close(gamlp_source *stream);

/* The format and the reader's path that a user's `name` (a path or "format:path") stands for; *f
 * NULL: none.  Ownership of *path passes to the caller: gamlp_free(). */
gamlp_status gamlp_format_resolve(const gamlp_format **f, char **path, const char *name);

/* GAMLP_E_DATA says what is lacking when there are no nodes, classes or features. */
gamlp_status gamlp_dataset_check_whole(const gamlp_dataset *dataset);

/* As gamlp_dataset_check(), but features, classes, labels and splits may be lacking. */
gamlp_status gamlp_dataset_check_stored(const gamlp_dataset *dataset);

/* For readers.  Remember that `path` was read. */
gamlp_status gamlp_dataset_add_file(gamlp_dataset *dataset, const char *path);

/* Name the data set by the last part of a path, without slashes behind it and without `ending`. */
void gamlp_dataset_name_by_path(gamlp_dataset *dataset, const char *path, const char *ending);

/* Add one of several splits of the source; `split` is zeroed, the data set owns its arrays. */
gamlp_status gamlp_dataset_add_fixed(gamlp_dataset *dataset, gamlp_split *split);

#endif
