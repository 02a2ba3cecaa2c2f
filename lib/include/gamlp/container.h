/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: dataset.  The toolkit's own file of a data set, NAME.gamlp.
 *
 * A container is mapped, not parsed: what is not touched is not read.  Its layout is in
 * docs/formats.md.  gamlp_dataset_open() opens one like any other data set; the functions here look
 * into one that need not fit into memory, and write one. */
#ifndef GAMLP_CONTAINER_H
#define GAMLP_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gamlp_container gamlp_container; /* an open file */

/* What the first bytes and the table of sections say. */
typedef struct gamlp_container_counts {
    int64_t nodes, edges, features, classes;
    int64_t stored_edges, self_loops, duplicate_edges, missing_rows;
    int64_t feature_entries; /* of sparse features, or -1: dense, or none */
    int64_t splits;          /* beside the public one                     */
    int64_t bytes;           /* of the file                               */
    bool labels, times, class_names, split;
} gamlp_container_counts;

/* Map a container and check its header and table; no section is read but the small one of counts.
 * GAMLP_E_NOINPUT / GAMLP_E_DATA name file and place.  Ownership passes to the caller:
 * gamlp_container_free(). */
gamlp_status gamlp_container_open(gamlp_container **container, const char *path);
void gamlp_container_free(gamlp_container *container);

/* Sizes of an open container. */
const gamlp_container_counts *gamlp_container_counts_of(const gamlp_container *container);

/* The passport, a JSON text, with a NUL.  Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_container_passport(char **text, gamlp_container *container);

/* The passport of the file `path`, without its other sections being read. */
gamlp_status gamlp_dataset_passport(char **text, const char *path);

/* Compare the checksum of every section: GAMLP_E_DATA names the first that differs. */
gamlp_status gamlp_container_check(gamlp_container *container);

/* Rows of a section from the first to the last, some at a time, in little memory. */
typedef struct gamlp_rows gamlp_rows;
typedef enum gamlp_rows_of { GAMLP_ROWS_GRAPH, GAMLP_ROWS_FEATURES } gamlp_rows_of;

/* `count` nodes from `first` on: their neighbours or sparse features in `sparse` (row i is node
 * first + i), or dense features in `dense` (column i).  Views, until the next call. */
typedef struct gamlp_row_block {
    int64_t first, count;
    gamlp_csr sparse;  /* rows 0 when dense */
    gamlp_dense dense; /* cols 0 when sparse */
} gamlp_row_block;

/* Begin with node 0.  The container must outlive the rows; it may have no such section:
 * GAMLP_E_DATA.  Ownership passes to the caller: gamlp_rows_free(). */
gamlp_status gamlp_rows_new(gamlp_rows **rows, gamlp_container *container, gamlp_rows_of what);

/* The next rows, at most `most` (> 0); block->count 0: the end.  Rows are checked as they come; the
 * checksums of the sections are compared at the end. */
gamlp_status gamlp_rows_next(gamlp_row_block *block, gamlp_rows *rows, int64_t most);
void gamlp_rows_free(gamlp_rows *rows);

/* Write a data set, with its fingerprint, as a container; what it lacks (features, labels, times,
 * splits) the file lacks.  The split that is in force, drawn or not, is the file's public one. */
gamlp_status gamlp_container_write(const char *path, const gamlp_dataset *dataset);

/* What gamlp_import() is to do. */
typedef struct gamlp_import_options {
    const char *name; /* of the data set, or NULL: as the source has it       */
    int64_t memory;   /* bytes it may take, or 0: as many as are good         */
    int64_t nodes;    /* of a list of edges, or 0: the largest number and one */
} gamlp_import_options;

/* What it made. */
typedef struct gamlp_import_report {
    gamlp_container_counts counts;
    char name[GAMLP_NAME_MAX];
    char fingerprint[GAMLP_HASH_TEXT];
    bool streamed; /* the graph was never in memory as a whole */
} gamlp_import_report;

/* All defaults: no name, no limit, no number of nodes. */
void gamlp_import_options_default(gamlp_import_options *options);

/* Convert whatever gamlp_dataset_open() reads.  A format that can give its edges in passes is
 * streamed; with a limit of memory too small for that, GAMLP_E_NOMEM names the number needed. */
gamlp_status gamlp_import(gamlp_import_report *report, const char *path, const char *source,
                          const gamlp_dataset_options *options, const gamlp_import_options *import);

#ifdef __cplusplus
}
#endif
#endif
