/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From any format to a container.  A graph that comes in passes goes to the file row by row; its
 * fingerprint, in which the number of edges comes first, is taken when the rows are read back, and
 * its arcs, of which a bit for each entry tells, go to the file then. */
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "dataset/container.h"
#include "dataset/fingerprint.h"
#include "dataset/import.h"
#include "gamlp/alloc.h"

/* Bytes of buffers and tables; entries of the graph that are read back, pointers that are written
 * at a time. */
enum { RESERVED = 1 << 21, BLOCK = 1 << 14, POINTERS = 512 };

void gamlp_import_options_default(gamlp_import_options *options) {
    *options = (gamlp_import_options){0};
}

static gamlp_status append_rows(void *context, const int32_t *idx, int64_t count) {
    gamlp_container_append(context, idx, count);
    return GAMLP_OK;
}

static bool is_arc(const gamlp_edges_arcs *arcs, int64_t entry) {
    return arcs->bit[entry / 8] >> entry % 8 & 1;
}

/* Those of `count` entries, behind `at` others, that are arcs. */
static void append_arcs(gamlp_container_writer *w, const gamlp_edges_arcs *arcs, int64_t at,
                        int32_t *idx, int64_t count) {
    int64_t kept = 0;
    for (int64_t k = 0; k < count; k++)
        if (is_arc(arcs, at + k)) idx[kept++] = idx[k];
    gamlp_container_append(w, idx, kept);
}

/* The rows that were written, read back in blocks. */
static gamlp_status read_rows(gamlp_fingerprint *f, gamlp_container_writer *w,
                              const gamlp_csr *rows, const gamlp_edges_arcs *arcs, FILE *file) {
    int32_t *idx = NULL;
    int64_t *ptr = NULL, room = BLOCK;
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < rows->rows; i++)
        if (rows->ptr[i + 1] - rows->ptr[i] > room) room = rows->ptr[i + 1] - rows->ptr[i];
    GAMLP_TRY(gamlp_new_raw(&idx, room, sizeof *idx, "column indices"));
    GAMLP_TRY(gamlp_new_raw(&ptr, BLOCK + 1, sizeof *ptr, "row pointers"));
    for (int64_t first = 0, last; first < rows->rows; first = last) {
        int64_t base = rows->ptr[first];
        for (last = first;
             last < rows->rows && last - first < BLOCK && rows->ptr[last + 1] - base <= room;)
            last++;
        for (int64_t i = first; i <= last; i++) ptr[i - first] = rows->ptr[i] - base;
        size_t count = (size_t)ptr[last - first];
        if (fread(idx, sizeof *idx, count, file) < count)
            GAMLP_TRY(gamlp_fail(GAMLP_E_IO, "%s: cannot be read back", w->output.path));
        const gamlp_csr block = {last - first, rows->cols, (int64_t)count, ptr, idx, NULL, true};
        gamlp_fingerprint_graph(f, &block, first);
        if (arcs->bit) append_arcs(w, arcs, base, idx, (int64_t)count);
    }
done:
    gamlp_free(idx);
    gamlp_free(ptr);
    return status;
}

/* The fingerprint, and the section arcs.idx. */
static gamlp_status reread(gamlp_dataset *d, gamlp_container_writer *w,
                           const gamlp_edges_arcs *arcs) {
    const int64_t graph = w->section[0].offset;
    gamlp_fingerprint *f = NULL;
    FILE *file = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&f, 1, sizeof *f, "a fingerprint"));
    gamlp_fingerprint_begin(f, d);
    if (arcs->bit) GAMLP_TRY(gamlp_container_begin(w, "arcs.idx", GAMLP_ELEMENT_INT32, -1));
    GAMLP_TRY(gamlp_output_reread(&file, &w->output, graph));
    GAMLP_TRY(read_rows(f, w, &d->graph.adjacency, arcs, file));
    if (arcs->bit) gamlp_container_end(w);
    gamlp_fingerprint_end(f, d);
done:
    if (file) fclose(file);
    gamlp_free(f);
    return status;
}

/* Where the arcs of each row begin. */
static gamlp_status put_arc_pointers(gamlp_container_writer *w, const gamlp_csr *rows,
                                     const gamlp_edges_arcs *arcs) {
    int64_t block[POINTERS], used = 0, before = 0;
    gamlp_status status = gamlp_container_begin(w, "arcs.ptr", GAMLP_ELEMENT_INT64, -1);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i <= rows->rows; i++) {
        block[used++] = before;
        if (used == POINTERS || i == rows->rows) {
            gamlp_container_append(w, block, used);
            used = 0;
        }
        for (int64_t k = rows->ptr[i]; i < rows->rows && k < rows->ptr[i + 1]; k++)
            before += is_arc(arcs, k);
    }
    gamlp_container_end(w);
    return GAMLP_OK;
}

/* Sections of a stream; stream->rest gets the sizes of the graph and its row pointers. */
static gamlp_status put_stream(gamlp_container_writer *w, gamlp_source *stream, int64_t limit) {
    gamlp_dataset *d = &stream->rest;
    const gamlp_edges_memory memory = {limit, gamlp_memory_peak() + RESERVED};
    gamlp_edges_arcs arcs = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_container_begin(w, "graph.idx", GAMLP_ELEMENT_INT32, -1));
    GAMLP_TRY(gamlp_edges_stream(&d->graph, &arcs, &stream->edges, memory, append_rows, w));
    gamlp_container_end(w);
    GAMLP_TRY(gamlp_container_put(w, "graph.ptr", GAMLP_ELEMENT_INT64, d->graph.adjacency.ptr,
                                  d->nodes + 1));
    GAMLP_TRY(reread(d, w, &arcs));
    if (arcs.bit) GAMLP_TRY(put_arc_pointers(w, &d->graph.adjacency, &arcs));
    GAMLP_TRY(gamlp_container_put_rest(w, d));
    GAMLP_TRY(gamlp_container_put_passport(w, d));
done:
    gamlp_edges_arcs_clear(&arcs);
    return status;
}

static gamlp_status rename_dataset(gamlp_dataset *dataset, const char *name) {
    if (!name) return GAMLP_OK;
    if (gamlp_text_bad_byte(name) >= 0 || strlen(name) >= GAMLP_NAME_MAX || !*name)
        return gamlp_fail(GAMLP_E_USAGE, "name: expected 1 to %d bytes of UTF-8",
                          GAMLP_NAME_MAX - 1);
    snprintf(dataset->name, sizeof dataset->name, "%s", name);
    return GAMLP_OK;
}

gamlp_status gamlp_import_stream(const char *path, gamlp_source *stream, int64_t limit) {
    gamlp_container_writer w;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_container_create(&w, path));
    GAMLP_TRY(put_stream(&w, stream, limit));
    GAMLP_TRY(gamlp_container_commit(&w));
done:
    gamlp_container_abandon(&w);
    return status;
}

static gamlp_status import_passes(const char *path, const gamlp_format *f, const char *source,
                                  const gamlp_dataset_options *options,
                                  const gamlp_import_options *import) {
    gamlp_source stream = {0};
    gamlp_status status = GAMLP_OK;
    if (options->split[0] || options->asked || options->component != GAMLP_COMPONENT_ALL)
        return gamlp_fail(GAMLP_E_CONFIG,
                          "%s: comes in passes, in which neither a split nor a component is found",
                          source);
    GAMLP_TRY(f->stream(&stream, source, import->nodes));
    GAMLP_TRY(rename_dataset(&stream.rest, import->name));
    GAMLP_TRY(gamlp_import_stream(path, &stream, import->memory));
done:
    gamlp_source_close(&stream);
    return status;
}

static gamlp_status import_whole(const char *path, const char *source,
                                 const gamlp_dataset_options *options,
                                 const gamlp_import_options *import) {
    gamlp_dataset_options stored = *options;
    gamlp_dataset dataset = {0};
    gamlp_status status = GAMLP_OK;
    stored.as_stored = true;
    if (import->nodes > 0)
        return gamlp_fail(GAMLP_E_USAGE, "nodes: %s is not a list of edges", source);
    GAMLP_TRY(gamlp_dataset_open(&dataset, source, &stored));
    GAMLP_TRY(rename_dataset(&dataset, import->name));
    GAMLP_TRY(gamlp_container_write(path, &dataset));
done:
    gamlp_dataset_clear(&dataset);
    return status;
}

/* From the file, as it is now. */
static gamlp_status describe(gamlp_import_report *report, const char *path) {
    gamlp_container *made;
    gamlp_status status = gamlp_container_open(&made, path);
    if (status != GAMLP_OK) return status;
    report->counts = *gamlp_container_counts_of(made);
    status = gamlp_container_identity(report->name, report->fingerprint, made);
    gamlp_container_free(made);
    return status;
}

gamlp_status gamlp_import(gamlp_import_report *report, const char *path, const char *source,
                          const gamlp_dataset_options *options,
                          const gamlp_import_options *import) {
    const gamlp_format *f = NULL;
    char *file = NULL;
    gamlp_status status = GAMLP_OK;
    *report = (gamlp_import_report){0};
    if (!gamlp_dataset_manifest(source)) GAMLP_TRY(gamlp_format_resolve(&f, &file, source));
    if (f && f->stream)
        GAMLP_TRY(import_passes(path, f, file, options, import));
    else
        GAMLP_TRY(import_whole(path, source, options, import));
    GAMLP_TRY(describe(report, path));
    report->streamed = f && f->stream;
done:
    gamlp_free(file);
    return status;
}
