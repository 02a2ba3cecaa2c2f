/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `gamlp check` does: files, content and split against a manifest. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/digest.h"
#include "core/file.h"
#include "core/text.h"
#include "dataset/finding.h"
#include "dataset/manifest.h"
#include "gamlp/alloc.h"
#include "gamlp/passport.h"
#include "gamlp/printable.h"

static gamlp_status add_count(gamlp_verification *v, const char *what, const gamlp_manifest *m,
                              int64_t expected, int64_t found) {
    char published[24], got[24];
    snprintf(published, sizeof published, "%" PRId64, expected);
    snprintf(got, sizeof got, "%" PRId64, found);
    return gamlp_finding_add(v, what, m->yaml && expected >= 0 ? published : NULL, got);
}

/* Files. */

enum { FILE_TEXT = 128 };

/* "22119 bytes, sha256 23cf..."; without a number or a hash where the text has none. */
static void describe_file(char text[FILE_TEXT], const char *bytes, const char *sha256) {
    snprintf(text, FILE_TEXT, "%s%s%s%s", bytes ? bytes : "", bytes ? " bytes" : "",
             bytes && sha256 ? ", " : "", sha256 ? sha256 : "");
}

static const char *entry_text(const gamlp_manifest *m, int64_t entry, const char *key) {
    gamlp_yaml_node file = gamlp_yaml_item(m->yaml, m->files, entry);
    return gamlp_yaml_text(m->yaml, gamlp_yaml_find(m->yaml, file, key));
}

/* The manifest says of a file its size, its hash, both or neither. */
static gamlp_status verify_file(gamlp_verification *v, const gamlp_manifest *m, int64_t entry,
                                const char *path) {
    const char *name = entry_text(m, entry, "name"), *size = entry_text(m, entry, "size"),
               *sha256 = entry_text(m, entry, "sha256");
    char expected[FILE_TEXT], found[FILE_TEXT], bytes[24], hex[GAMLP_HASH_HEX];
    int64_t count = 0;
    describe_file(expected, size, sha256);
    gamlp_status status = gamlp_file_digest(hex, &count, path);
    if (status != GAMLP_OK) return gamlp_finding_add(v, name, expected, gamlp_error_text());
    snprintf(bytes, sizeof bytes, "%" PRId64, count);
    describe_file(found, size || !sha256 ? bytes : NULL, sha256 || !size ? hex : NULL);
    return gamlp_finding_add(v, name, size || sha256 ? expected : NULL, found);
}

/* Where the entry of the manifest is, when it lies beside the file or folder `place`. */
static gamlp_status locate(char **path, const char *folder, const char *place, const char *name) {
    const char *slash = strrchr(place, '/');
    int beside = slash ? (int)(slash - place) : 0;
    gamlp_status status =
        gamlp_text_format(path, "%s/%.*s%s%s", folder, beside, place, slash ? "/" : "", name);
    if (status != GAMLP_OK || gamlp_file_exists(*path)) return status;
    gamlp_free(*path);
    status = gamlp_text_format(path, "%s/%s/%s", folder, place, name);
    if (status != GAMLP_OK || gamlp_file_exists(*path)) return status;
    gamlp_free(*path);
    *path = NULL;
    return GAMLP_OK;
}

static const char *place_of(const gamlp_manifest *m, int64_t index) {
    return gamlp_yaml_text(m->yaml, gamlp_yaml_item(m->yaml, m->paths, index));
}

/* *place: the first of the manifest's places with any of its files, or NULL. */
static gamlp_status find_place(const char **place, const gamlp_manifest *m, const char *folder) {
    *place = NULL;
    for (int64_t i = 0; i < gamlp_yaml_items(m->yaml, m->paths) && !*place; i++)
        for (int64_t k = 0; k < gamlp_yaml_items(m->yaml, m->files) && !*place; k++) {
            char *path = NULL;
            gamlp_status status = locate(&path, folder, place_of(m, i), entry_text(m, k, "name"));
            if (status != GAMLP_OK) return status;
            if (path) *place = place_of(m, i);
            gamlp_free(path);
        }
    return GAMLP_OK;
}

/* Every file of a manifest whose name was asked for. */
static gamlp_status verify_listed(gamlp_verification *v, const gamlp_manifest *m,
                                  const char *folder) {
    const char *place = NULL;
    gamlp_status status = GAMLP_OK;
    if (!folder || !*folder)
        return gamlp_text_format(&v->absent, "GAMLP_DATA (or the option data) names no folder");
    GAMLP_TRY(find_place(&place, m, folder));
    if (!place) return gamlp_text_format(&v->absent, "none of its files is in %s", folder);
    for (int64_t k = 0; k < gamlp_yaml_items(m->yaml, m->files); k++) {
        char *path = NULL;
        const char *name = entry_text(m, k, "name");
        GAMLP_TRY(locate(&path, folder, place, name));
        status = path ? verify_file(v, m, k, path)
                      : gamlp_finding_add(v, name, "a file", "no such file");
        gamlp_free(path);
        if (status != GAMLP_OK) goto done;
    }
done:
    return status;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The entry of a manifest for a file that was read, with as many folders as the entry has, or -1.
 */
static int64_t entry_of(const gamlp_manifest *m, const char *path) {
    for (int64_t k = 0; k < gamlp_yaml_items(m->yaml, m->files); k++) {
        const char *name = entry_text(m, k, "name");
        size_t front = strlen(path) - strlen(name); /* huge when the name is longer */
        if (gamlp_text_ends_with(path, name) && (front == 0 || path[front - 1] == '/')) return k;
    }
    return -1;
}

/* The files of a data set that was opened by its path. */
static gamlp_status verify_read(gamlp_verification *v, const gamlp_manifest *m,
                                const gamlp_dataset *d) {
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < d->file_count && status == GAMLP_OK; i++) {
        int64_t entry = m->yaml ? entry_of(m, d->file[i]) : -1;
        if (entry >= 0) status = verify_file(v, m, entry, d->file[i]);
    }
    return status;
}

/* Which manifest. */

gamlp_status gamlp_dataset_has_manifest(bool *found, const char *name) {
    gamlp_manifest m;
    gamlp_status status = gamlp_manifest_known(&m, found, name);
    gamlp_manifest_clear(&m);
    return status;
}

static bool lists_all(const gamlp_manifest *m, const gamlp_dataset *d) {
    for (int64_t i = 0; i < d->file_count; i++)
        if (entry_of(m, d->file[i]) < 0) return false;
    return d->file_count > 0;
}

/* Before a manifest is parsed: its text has the names of all of them. */
static bool may_list_all(const char *text, const gamlp_dataset *d) {
    for (int64_t i = 0; i < d->file_count; i++)
        if (!strstr(text, base_name(d->file[i]))) return false;
    return d->file_count > 0;
}

/* *name: the one manifest that lists every file that was read, or NULL. */
static gamlp_status find_by_files(const char **name, const gamlp_dataset *d) {
    int64_t count = 0;
    *name = NULL;
    for (int64_t i = 0; i < gamlp_dataset_known_count(); i++) {
        const char *known = gamlp_dataset_known_name(i);
        gamlp_manifest m;
        bool found;
        if (!may_list_all(gamlp_dataset_manifest(known), d)) continue;
        gamlp_status status = gamlp_manifest_known(&m, &found, known);
        if (status != GAMLP_OK) return status;
        if (found && lists_all(&m, d)) {
            *name = known;
            count++;
        }
        gamlp_manifest_clear(&m);
    }
    if (count != 1) *name = NULL;
    return GAMLP_OK;
}

/* The manifest of a data set that was not opened by the name of one; m zeroed: none. */
static gamlp_status find_manifest(gamlp_manifest *m, gamlp_verification *v, const gamlp_dataset *d,
                                  const gamlp_edition *edition) {
    bool found;
    const char *name = edition->match_count > 0 ? edition->match[0] : NULL;
    gamlp_status status = GAMLP_OK;
    if (!name) GAMLP_TRY(find_by_files(&name, d));
    v->manifest = name;
    if (name) GAMLP_TRY(gamlp_manifest_known(m, &found, name));
done:
    return status;
}

/* Content. */

/* "public", "fixed" (any of them), or the split that is drawn as the manifest has it. */
static gamlp_status verify_rule(gamlp_verification *v, const gamlp_manifest *m,
                                const gamlp_split *split) {
    char drawn[GAMLP_NAME_MAX];
    const char *expected = m->rule;
    if (!m->yaml) return gamlp_finding_add(v, "split", NULL, split->rule);
    snprintf(drawn, sizeof drawn, "random:%" PRId64 "+%" PRId64 "+%" PRId64 "@%" PRId64,
             m->train_per_class, m->val, m->test, m->seed);
    if (strcmp(m->rule, "random") == 0)
        expected = drawn;
    else if (strncmp(split->rule, m->rule, strlen(m->rule)) == 0 &&
             split->rule[strlen(m->rule)] == ':')
        expected = split->rule;
    return gamlp_finding_add(v, "split", expected, split->rule);
}

static gamlp_status verify_content(gamlp_verification *v, const gamlp_manifest *m,
                                   const gamlp_dataset *d, const gamlp_passport_hashes *h) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(add_count(v, "nodes", m, m->nodes, d->nodes));
    GAMLP_TRY(add_count(v, "edges", m, m->edges, d->graph.edges));
    GAMLP_TRY(add_count(v, "features", m, m->features, d->features));
    GAMLP_TRY(add_count(v, "classes", m, m->classes, d->classes));
    GAMLP_TRY(gamlp_finding_add(v, "fingerprint", m->fingerprint, d->fingerprint));
    GAMLP_TRY(gamlp_finding_add(v, "graph hash", m->graph_hash, h->graph));
    GAMLP_TRY(gamlp_finding_add(v, "content hash", m->content_hash, h->content));
    GAMLP_TRY(gamlp_finding_add(v, "labels hash", m->label_hash, h->labels));
    GAMLP_TRY(verify_rule(v, m, &d->split));
    GAMLP_TRY(gamlp_finding_add(v, "split hash", m->split_hash, d->split_fingerprint));
done:
    return status;
}

/* A container carries its fingerprints with it: they are taken anew. */
static gamlp_status verify_fingerprints(gamlp_verification *v, gamlp_dataset *d) {
    char content[GAMLP_HASH_TEXT], split[GAMLP_HASH_TEXT];
    snprintf(content, sizeof content, "%s", d->fingerprint);
    snprintf(split, sizeof split, "%s", d->split_fingerprint);
    gamlp_status status = gamlp_dataset_fingerprint(d);
    if (status == GAMLP_OK && strcmp(content, d->fingerprint) != 0)
        status = gamlp_finding_add(v, "stored fingerprint", d->fingerprint, content);
    if (status == GAMLP_OK && strcmp(split, d->split_fingerprint) != 0)
        status = gamlp_finding_add(v, "stored split fingerprint", d->split_fingerprint, split);
    return status;
}

/* What is told of a data set that is like an edition, but not compared with it. */
static gamlp_status add_nearest(gamlp_verification *v, const gamlp_edition *e) {
    char *text = NULL, *longer = NULL;
    if (!e->nearest) return GAMLP_OK;
    gamlp_status status = gamlp_text_format(&text, "like %s", e->nearest);
    for (int64_t i = 0; i < e->difference_count && status == GAMLP_OK; i++) {
        status = gamlp_text_format(&longer, "%s%s %s", text, i > 0 ? ";" : ":", e->difference[i]);
        gamlp_free(text);
        text = longer;
        longer = NULL;
    }
    if (status == GAMLP_OK) status = gamlp_finding_add(v, "edition", NULL, text);
    gamlp_free(text);
    return status;
}

/* Wrong content is a finding; a caller's mistake, or no memory, is a failure. */
static bool is_finding(gamlp_status status) {
    return status == GAMLP_E_DATA || status == GAMLP_E_NOINPUT || status == GAMLP_E_IO ||
           status == GAMLP_E_NUMERIC || status == GAMLP_E_CONFIG;
}

static gamlp_status verify_dataset(gamlp_verification *v, gamlp_manifest *m, gamlp_dataset *d) {
    gamlp_passport_hashes hashes;
    gamlp_edition edition = {0};
    gamlp_status status = gamlp_graph_check(&d->graph);
    if (is_finding(status)) return gamlp_finding_add(v, "invariants", "hold", gamlp_error_text());
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(gamlp_finding_add(v, "invariants", "hold", "hold"));
    GAMLP_TRY(verify_fingerprints(v, d));
    GAMLP_TRY(gamlp_dataset_hashes(&hashes, d));
    if (!m->yaml) {
        GAMLP_TRY(gamlp_edition_of(&edition, d, &hashes));
        GAMLP_TRY(find_manifest(m, v, d, &edition));
        GAMLP_TRY(m->yaml ? verify_read(v, m, d) : add_nearest(v, &edition));
    }
    GAMLP_TRY(verify_content(v, m, d, &hashes));
done:
    gamlp_edition_clear(&edition);
    return status;
}

static gamlp_status verify_opened(gamlp_verification *v, gamlp_manifest *m, const char *name,
                                  const gamlp_dataset_options *options) {
    gamlp_dataset dataset;
    char *lack = NULL;
    gamlp_status status = gamlp_dataset_inspect(&dataset, &lack, name, options);
    if (status == GAMLP_E_NOINPUT && !v->manifest)
        return gamlp_strdup(&v->absent, gamlp_error_text());
    if (is_finding(status)) return gamlp_finding_add(v, "reading", "whole", gamlp_error_text());
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(gamlp_finding_add(v, "reading", "whole", "whole"));
    if (lack)
        GAMLP_TRY(gamlp_finding_add(v, "use in training", v->manifest ? "possible" : NULL, lack));
    GAMLP_TRY(verify_dataset(v, m, &dataset));
done:
    gamlp_free(lack);
    gamlp_dataset_clear(&dataset);
    return status;
}

gamlp_status gamlp_dataset_verify(gamlp_verification *verification, const char *name,
                                  const gamlp_dataset_options *options) {
    gamlp_verification *v = verification;
    gamlp_manifest m = {0};
    bool found;
    gamlp_status status = GAMLP_OK;
    *v = (gamlp_verification){0};
    GAMLP_TRY(gamlp_strdup(&v->name, name));
    GAMLP_TRY(gamlp_manifest_known(&m, &found, name));
    if (found) {
        v->manifest = v->name;
        GAMLP_TRY(verify_listed(v, &m, options->data[0] ? options->data : getenv("GAMLP_DATA")));
    }
    if (!v->absent) GAMLP_TRY(verify_opened(v, &m, name, options));
done:
    gamlp_manifest_clear(&m);
    if (status != GAMLP_OK) gamlp_verification_clear(v);
    return status;
}
