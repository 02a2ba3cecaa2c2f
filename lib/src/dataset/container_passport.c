/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container says of itself; docs/formats.md describes the members. */
#include <string.h>

#include "core/digest.h"
#include "core/json.h"
#include "dataset/container.h"
#include "gamlp/alloc.h"

/* Name without its folder, size and hash of a file that was read. */
static gamlp_status file_object(gamlp_json **object, const char *path) {
    const char *slash = strrchr(path, '/');
    char hex[GAMLP_HASH_HEX];
    int64_t bytes;
    *object = NULL;
    gamlp_status status = gamlp_file_digest(hex, &bytes, path);
    if (status != GAMLP_OK) return status;
    *object = gamlp_json_object();
    gamlp_json_set_text(*object, "name", slash ? slash + 1 : path);
    gamlp_json_set_int(*object, "bytes", bytes);
    gamlp_json_set_text(*object, "sha256", hex);
    return GAMLP_OK;
}

static gamlp_json *split_object(const gamlp_split *split) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_text(object, "rule", split->rule);
    gamlp_json_set_int(object, "train", split->train_count);
    gamlp_json_set_int(object, "val", split->val_count);
    gamlp_json_set_int(object, "test", split->test_count);
    return object;
}

static void set_counts(gamlp_json *object, const gamlp_dataset *d) {
    gamlp_json_set_int(object, "nodes", d->nodes);
    gamlp_json_set_int(object, "edges", d->graph.edges);
    gamlp_json_set_int(object, "stored_edges", d->graph.stored_edges);
    gamlp_json_set_int(object, "self_loops", d->graph.self_loops);
    gamlp_json_set_int(object, "duplicate_edges", d->graph.duplicate_edges);
    gamlp_json_set_int(object, "features", d->features);
    if (d->sparse.rows > 0) gamlp_json_set_int(object, "feature_entries", d->sparse.nnz);
    gamlp_json_set_int(object, "missing_rows", d->missing_rows);
    gamlp_json_set_int(object, "skipped_edges", d->skipped_edges);
    if (d->component == GAMLP_COMPONENT_LARGEST)
        gamlp_json_set_text(object, "component", "largest");
    gamlp_json_set_int(object, "classes", d->classes);
}

static gamlp_status passport_object(gamlp_json *object, const gamlp_dataset *d) {
    gamlp_json *files = gamlp_json_array(), *fixed = gamlp_json_array();
    gamlp_json_set_int(object, "version", GAMLP_CONTAINER_VERSION);
    gamlp_json_set_text(object, "name", d->name);
    gamlp_json_set_text(object, "source_format", d->format);
    gamlp_json_set(object, "source_files", files);
    gamlp_json_set(object, "fixed_splits", fixed);
    set_counts(object, d);
    gamlp_json_set_text(object, "fingerprint", d->fingerprint);
    if (d->split.rule[0]) gamlp_json_set(object, "split", split_object(&d->split));
    for (int64_t k = 0; k < d->fixed_count; k++)
        gamlp_json_append(fixed, split_object(&d->fixed[k]));
    for (int64_t i = 0; i < d->file_count; i++) {
        gamlp_json *file;
        gamlp_status status = file_object(&file, d->file[i]);
        if (status != GAMLP_OK) return status;
        gamlp_json_append(files, file);
    }
    return GAMLP_OK;
}

gamlp_status gamlp_container_put_passport(gamlp_container_writer *writer,
                                          const gamlp_dataset *dataset) {
    gamlp_json *object = gamlp_json_object();
    char *text = NULL;
    gamlp_status failed = passport_object(object, dataset);
    gamlp_status status = gamlp_json_dump(&text, object, true);
    if (failed != GAMLP_OK) status = failed;
    gamlp_json_free(object);
    if (status == GAMLP_OK)
        status = gamlp_container_put(writer, "passport", GAMLP_ELEMENT_BYTE, text,
                                     (int64_t)strlen(text));
    gamlp_free(text);
    return status;
}
