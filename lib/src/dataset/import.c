/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From any format to a container.  A graph that comes in passes goes to the file row by row; its
 * fingerprint, in which the number of edges comes first, is taken when the rows are read back. */
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "dataset/container.h"
#include "dataset/fingerprint.h"
#include "dataset/import.h"
#include "gamlp/alloc.h"

/* Bytes of buffers and tables; entries of the graph that are read back at a time. */
enum { RESERVED = 1 << 21, BLOCK = 1 << 14 };

void gamlp_import_options_default(gamlp_import_options *options) {
    *options = (gamlp_import_options){0};
}

static gamlp_status append_rows(void *context, const int32_t *idx, int64_t count) {
    gamlp_container_append(context, idx, count);
    return GAMLP_OK;
}

/* The rows that were written, read back in blocks. */
static gamlp_status hash_rows(gamlp_fingerprint *f, const gamlp_csr *rows, FILE *file,
                              const char *path) {
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
            GAMLP_TRY(gamlp_fail(GAMLP_E_IO, "%s: cannot be read back", path));
        const gamlp_csr block = {last - first, rows->cols, (int64_t)count, ptr, idx, NULL, true};
        gamlp_fingerprint_graph(f, &block, first);
    }
done:
    gamlp_free(idx);
    gamlp_free(ptr);
    return status;
}

static gamlp_status fingerprint(gamlp_dataset *d, gamlp_container_writer *w) {
    gamlp_fingerprint *f = NULL;
    FILE *file = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&f, 1, sizeof *f, "a fingerprint"));
    gamlp_fingerprint_begin(f, d);
    GAMLP_TRY(gamlp_output_reread(&file, &w->output, w->section[0].offset));
    GAMLP_TRY(hash_rows(f, &d->graph.adjacency, file, w->output.path));
    gamlp_fingerprint_end(f, d);
done:
    if (file) fclose(file);
    gamlp_free(f);
    return status;
}

/* Sections of a stream; stream->rest gets the sizes of the graph and its row pointers. */
static gamlp_status put_stream(gamlp_container_writer *w, gamlp_source *stream, int64_t limit) {
    gamlp_dataset *d = &stream->rest;
    const gamlp_edges_memory memory = {limit, gamlp_memory_peak() + RESERVED};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_container_begin(w, "graph.idx", GAMLP_ELEMENT_INT32, -1));
    GAMLP_TRY(gamlp_edges_stream(&d->graph, &stream->edges, memory, append_rows, w));
    gamlp_container_end(w);
    GAMLP_TRY(gamlp_container_put(w, "graph.ptr", GAMLP_ELEMENT_INT64, d->graph.adjacency.ptr,
                                  d->nodes + 1));
    GAMLP_TRY(fingerprint(d, w));
    GAMLP_TRY(gamlp_container_put_rest(w, d));
    GAMLP_TRY(gamlp_container_put_passport(w, d));
done:
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
