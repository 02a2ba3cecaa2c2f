/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a name, a path or "format:path" to a checked data set. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "dataset/embedded.h"
#include "dataset/fingerprint.h"
#include "dataset/format.h"
#include "dataset/manifest.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"
#include "gamlp/log.h"

/* Files of a manifest. */

static gamlp_status find_files(char **path, const gamlp_manifest *m, const gamlp_format *f,
                               const char *folder, const char *name) {
    char tried[512] = "";
    for (int64_t i = 0; i < gamlp_yaml_items(m->yaml, m->paths); i++) {
        const char *relative = gamlp_yaml_text(m->yaml, gamlp_yaml_item(m->yaml, m->paths, i));
        char *evidence = NULL;
        gamlp_status status = gamlp_text_format(&evidence, "%s/%s%s", folder, relative, f->ending);
        if (status != GAMLP_OK) return status;
        bool found = gamlp_file_exists(evidence);
        gamlp_free(evidence);
        if (found) return gamlp_text_format(path, "%s/%s", folder, relative);
        size_t used = strlen(tried);
        snprintf(tried + used, sizeof tried - used, "%s%s%s", i > 0 ? ", " : "", relative,
                 f->ending);
    }
    return gamlp_fail(GAMLP_E_NOINPUT,
                      "%s: none of %s is in %s (gamlp fetch brings them; they come from %s)", name,
                      tried, folder, m->source);
}

static void compare_count(const char *name, const char *unit, int64_t got, int64_t published) {
    if (published >= 0 && got != published)
        gamlp_log(GAMLP_LOG_WARN, "%s: %" PRId64 " %s were read, %" PRId64 " are published", name,
                  got, unit, published);
}

static void compare(const gamlp_dataset *d, const gamlp_manifest *m) {
    compare_count(d->name, "nodes", d->nodes, m->nodes);
    compare_count(d->name, "edges", d->graph.edges, m->edges);
    compare_count(d->name, "features", d->features, m->features);
    compare_count(d->name, "classes", d->classes, m->classes);
    if (m->fingerprint && strcmp(m->fingerprint, d->fingerprint) != 0)
        gamlp_log(GAMLP_LOG_WARN, "%s: another edition: its fingerprint is %s, expected %s",
                  d->name, d->fingerprint, m->fingerprint);
}

/* A reader whose source has no labels may leave them out. */
static gamlp_status lack_labels(gamlp_dataset *dataset) {
    gamlp_status status = GAMLP_OK;
    if (dataset->label) return status;
    GAMLP_TRY(gamlp_new_raw(&dataset->label, dataset->nodes, sizeof *dataset->label, "labels"));
    for (int64_t i = 0; i < dataset->nodes; i++) dataset->label[i] = GAMLP_UNLABELLED;
done:
    return status;
}

/* A split is made only when it was asked for. */
static gamlp_status finish_stored(gamlp_dataset *dataset, bool component,
                                  const gamlp_dataset_options *options) {
    gamlp_status status = GAMLP_OK;
    if (options->split[0] || options->asked)
        GAMLP_TRY(gamlp_dataset_split(dataset, options));
    else if (component)
        GAMLP_TRY(gamlp_dataset_largest_component(dataset));
    GAMLP_TRY(gamlp_dataset_check_stored(dataset));
    GAMLP_TRY(gamlp_fingerprint_complete(dataset));
done:
    return status;
}

/* Split, check and name what was read; `manifest` (or NULL) speaks of the whole graph. */
static gamlp_status finish(gamlp_dataset *dataset, const gamlp_manifest *manifest,
                           const gamlp_dataset_options *options) {
    bool component;
    gamlp_status status = GAMLP_OK;
    int64_t cut = gamlp_text_bad_byte(dataset->name); /* a long name ends within a character */
    if (cut >= 0) dataset->name[cut] = 0;
    GAMLP_TRY(gamlp_split_wants_component(&component, options));
    GAMLP_TRY(lack_labels(dataset));
    if (options->as_stored) return finish_stored(dataset, component, options);
    GAMLP_TRY(gamlp_dataset_check_whole(dataset));
    if (manifest && component) {
        GAMLP_TRY(gamlp_fingerprint_complete(dataset));
        compare(dataset, manifest);
    }
    GAMLP_TRY(gamlp_dataset_split(dataset, options));
    GAMLP_TRY(gamlp_dataset_check(dataset));
    GAMLP_TRY(gamlp_fingerprint_complete(dataset));
    if (manifest && !component) compare(dataset, manifest);
done:
    return status;
}

static gamlp_status open_files(gamlp_dataset *dataset, const char *name, const char *text,
                               const gamlp_dataset_options *options) {
    gamlp_manifest manifest;
    char *path = NULL;
    const char *folder = options->data[0] ? options->data : getenv("GAMLP_DATA");
    gamlp_status status = gamlp_manifest_parse(&manifest, text, strlen(text), name);
    if (status != GAMLP_OK) return status;
    const gamlp_format *f = gamlp_format_find(manifest.format, strlen(manifest.format));
    if (!f) GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG, "%s: unknown format %s", name, manifest.format));
    if (!folder || !*folder)
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOINPUT,
                             "%s: set the environment variable GAMLP_DATA (or the option data) to "
                             "the folder of the data sets; the files come from %s",
                             name, manifest.source));
    GAMLP_TRY(find_files(&path, &manifest, f, folder, name));
    GAMLP_TRY(f->read(dataset, path));
    snprintf(dataset->name, sizeof dataset->name, "%s", name);
    GAMLP_TRY(finish(dataset, &manifest, options));
done:
    gamlp_manifest_clear(&manifest);
    gamlp_free(path);
    return status;
}

static gamlp_status open_known(gamlp_dataset *dataset, const char *name, const char *text,
                               const gamlp_dataset_options *options) {
    gamlp_yaml *yaml = NULL;
    gamlp_status status = gamlp_yaml_parse(&yaml, text, strlen(text), name);
    if (status != GAMLP_OK) return status;
    const char *kind = gamlp_yaml_text(yaml, gamlp_yaml_find(yaml, gamlp_yaml_root(yaml), "kind"));
    if (kind && strcmp(kind, "files") == 0) {
        status = open_files(dataset, name, text, options);
    } else {
        status = gamlp_embedded_open(dataset, name, yaml);
        if (status == GAMLP_OK) status = finish(dataset, NULL, options);
    }
    gamlp_yaml_free(yaml);
    return status;
}

/* Paths. */

/* The format that a path shows by itself, and the path for its reader. */
static gamlp_status recognise(const gamlp_format **f, char **path, const char *name) {
    for (int64_t i = 0; gamlp_formats[i] && !*path; i++) {
        gamlp_status status = gamlp_formats[i]->find(path, name);
        if (status != GAMLP_OK) return status;
        if (*path) *f = gamlp_formats[i];
    }
    return GAMLP_OK;
}

gamlp_status gamlp_format_resolve(const gamlp_format **f, char **path, const char *name) {
    const char *colon = strchr(name, ':');
    *f = colon ? gamlp_format_find(name, (size_t)(colon - name)) : NULL;
    *path = NULL;
    return *f ? gamlp_strdup(path, colon + 1) : recognise(f, path, name);
}

static const char *known_name(const void *context, int64_t index) {
    (void)context;
    return gamlp_dataset_known_name(index);
}

static const char *format_name(const void *context, int64_t index) {
    (void)context;
    return gamlp_formats[index] ? gamlp_formats[index]->name : NULL;
}

static gamlp_status refuse_unclear(const char *name) {
    char list[256] = "";
    for (int64_t i = 0; gamlp_formats[i]; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, " %s", gamlp_formats[i]->name);
    }
    return gamlp_fail(GAMLP_E_DATA, "%s: its format is not evident: write FORMAT:%s with one of%s",
                      name, name, list);
}

static gamlp_status refuse_unknown(const char *name) {
    const char *colon = strchr(name, ':');
    if (colon && colon > name && !memchr(name, '/', (size_t)(colon - name))) {
        char prefix[GAMLP_NAME_MAX];
        snprintf(prefix, sizeof prefix, "%.*s", (int)(colon - name), name);
        const char *nearest = gamlp_text_nearest(format_name, NULL, prefix);
        return gamlp_fail(GAMLP_E_USAGE, "unknown format \"%s\"%s%s", prefix,
                          nearest ? ": nearest is " : "", nearest ? nearest : "");
    }
    if (gamlp_file_exists(name)) return refuse_unclear(name);
    if (strchr(name, '/') || gamlp_text_ends_with(name, ".npz") ||
        gamlp_text_ends_with(name, ".gamlp"))
        return gamlp_fail(GAMLP_E_NOINPUT, "%s: no such file, prefix or directory", name);
    const char *nearest = gamlp_text_nearest(known_name, NULL, name);
    return gamlp_fail(GAMLP_E_NOINPUT, "unknown data set \"%s\"%s%s", name,
                      nearest ? ": nearest is " : ", and no file of that name",
                      nearest ? nearest : "");
}

static gamlp_status open_path(gamlp_dataset *dataset, const char *name,
                              const gamlp_dataset_options *options) {
    const gamlp_format *f;
    char *path;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_format_resolve(&f, &path, name));
    if (!f) GAMLP_TRY(refuse_unknown(name));
    GAMLP_TRY(f->read(dataset, path));
    GAMLP_TRY(finish(dataset, NULL, options));
done:
    gamlp_free(path);
    return status;
}

gamlp_status gamlp_dataset_open(gamlp_dataset *dataset, const char *name,
                                const gamlp_dataset_options *options) {
    *dataset = (gamlp_dataset){0};
    int64_t bad = gamlp_text_bad_byte(name);
    if (bad >= 0)
        return gamlp_fail(GAMLP_E_USAGE, "the name of the data set is not UTF-8 at byte %" PRId64,
                          bad);
    const char *text = gamlp_dataset_manifest(name);
    gamlp_status status = gamlp_dataset_options_check(options);
    if (status != GAMLP_OK) return status;
    status = text ? open_known(dataset, name, text, options) : open_path(dataset, name, options);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}
