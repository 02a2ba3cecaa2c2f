/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/manifest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/embed.h"
#include "gamlp/dataset.h"

/* A mapping being read. */
typedef struct reader {
    const gamlp_yaml *yaml;
    gamlp_yaml_node node;
    const char *what;
} reader;

static gamlp_status refuse(const reader *r, gamlp_yaml_node at, const char *key,
                           const char *problem) {
    return gamlp_fail(GAMLP_E_CONFIG, "%s: line %lld: %s: %s", r->what,
                      (long long)gamlp_yaml_line(r->yaml, at ? at : r->node), key, problem);
}

static gamlp_status take_text(const char **text, const reader *r, const char *key) {
    gamlp_yaml_node node = gamlp_yaml_find(r->yaml, r->node, key);
    *text = gamlp_yaml_text(r->yaml, node);
    return *text && **text ? GAMLP_OK : refuse(r, node, key, "expected a text");
}

/* An integer of at least `least`, at most 12 digits. */
static gamlp_status take_int(int64_t *value, const reader *r, const char *key, int64_t least) {
    gamlp_yaml_node node = gamlp_yaml_find(r->yaml, r->node, key);
    const char *text = gamlp_yaml_text(r->yaml, node);
    size_t size = text ? strlen(text) : 0;
    if (size < 1 || size > 12 || strspn(text, "0123456789") != size)
        return refuse(r, node, key, "expected a whole number");
    *value = strtoll(text, NULL, 10);
    return *value >= least ? GAMLP_OK : refuse(r, node, key, "the number is too small");
}

/* Every key of the mapping is one of `known` (NULL behind the last). */
static gamlp_status check_keys(const reader *r, const char *const *known) {
    for (int64_t i = 0; i < gamlp_yaml_pairs(r->yaml, r->node); i++) {
        const char *key = gamlp_yaml_key(r->yaml, r->node, i);
        int64_t k = 0;
        while (known[k] && strcmp(known[k], key) != 0) k++;
        if (!known[k]) return refuse(r, gamlp_yaml_value(r->yaml, r->node, i), key, "unknown key");
    }
    return GAMLP_OK;
}

static reader enter(const reader *r, const char *key) {
    return (reader){r->yaml, gamlp_yaml_find(r->yaml, r->node, key), r->what};
}

static const char *text_of(const gamlp_yaml *yaml, gamlp_yaml_node mapping, const char *key) {
    return gamlp_yaml_text(yaml, gamlp_yaml_find(yaml, mapping, key));
}

/* A key that may be absent. */
static gamlp_status take_text_if(const char **text, const reader *r, const char *key) {
    *text = NULL;
    return gamlp_yaml_find(r->yaml, r->node, key) ? take_text(text, r, key) : GAMLP_OK;
}

static gamlp_status take_int_if(int64_t *value, const reader *r, const char *key, int64_t least) {
    *value = -1;
    return gamlp_yaml_find(r->yaml, r->node, key) ? take_int(value, r, key, least) : GAMLP_OK;
}

static gamlp_status read_statistics(gamlp_manifest *m, const reader *r) {
    static const char *const known[] = {"nodes", "edges", "features", "classes", NULL};
    gamlp_status status = GAMLP_OK;
    m->nodes = m->edges = m->features = m->classes = -1;
    if (!r->node) return GAMLP_OK;
    GAMLP_TRY(check_keys(r, known));
    GAMLP_TRY(take_int(&m->nodes, r, "nodes", 1));
    GAMLP_TRY(take_int(&m->edges, r, "edges", 0));
    GAMLP_TRY(take_int(&m->features, r, "features", 1));
    GAMLP_TRY(take_int(&m->classes, r, "classes", 1));
done:
    return status;
}

static gamlp_status read_split(gamlp_manifest *m, const reader *r) {
    static const char *const known[] = {"rule", "fixed", "train_per_class", "val", "test",
                                        "seed", NULL};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_keys(r, known));
    GAMLP_TRY(take_text(&m->rule, r, "rule"));
    if (strcmp(m->rule, "public") == 0) return GAMLP_OK;
    if (strcmp(m->rule, "fixed") == 0) return take_int(&m->fixed, r, "fixed", 1);
    if (strcmp(m->rule, "random") != 0)
        GAMLP_TRY(refuse(r, 0, m->rule, "expected public, fixed or random"));
    GAMLP_TRY(take_int(&m->train_per_class, r, "train_per_class", 1));
    GAMLP_TRY(take_int(&m->val, r, "val", 1));
    GAMLP_TRY(take_int(&m->test, r, "test", 1));
    GAMLP_TRY(take_int(&m->seed, r, "seed", 0));
done:
    return status;
}

static bool is_sha256(const char *text) {
    return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

bool gamlp_manifest_safe(const char *path) {
    if (strlen(path) >= GAMLP_MANIFEST_NAME) return false;
    for (;; path++) {
        size_t part = 0;
        for (; path[part] && path[part] != '/'; part++)
            if ((unsigned char)path[part] < ' ' || path[part] == 127 || path[part] == '\\')
                return false;
        if (part == 0 || part > 250 || (part <= 2 && strncmp(path, "..", part) == 0)) return false;
        path += part;
        if (*path == 0) return true;
    }
}

static gamlp_status take_path(const reader *r, const char *key, bool needed) {
    const char *text = NULL;
    gamlp_status status = needed ? take_text(&text, r, key) : take_text_if(&text, r, key);
    if (status != GAMLP_OK || !text || gamlp_manifest_safe(text)) return status;
    return refuse(r, 0, key, "expected a path inside its folder");
}

static bool is_address(const char *text) {
    if (!text || strlen(text) > 1000) return false;
    for (const char *p = text; *p; p++)
        if (*p <= ' ' || *p >= 127) return false;
    return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0 ||
           strncmp(text, "file:///", 8) == 0;
}

static gamlp_status check_addresses(const reader *r, const char *key) {
    gamlp_yaml_node list = gamlp_yaml_find(r->yaml, r->node, key);
    int64_t count = gamlp_yaml_items(r->yaml, list);
    if (list && (count < 1 || count > 64))
        return refuse(r, list, key, "expected 1 to 64 addresses");
    for (int64_t i = 0; i < count; i++)
        if (!is_address(gamlp_yaml_text(r->yaml, gamlp_yaml_item(r->yaml, list, i))))
            return refuse(r, gamlp_yaml_item(r->yaml, list, i), key,
                          "expected an address that begins with https://, http:// or file:///");
    return GAMLP_OK;
}

static gamlp_status check_entry(const reader *r) {
    static const char *const known[] = {"name",    "size",   "limit",     "sha256", "from",
                                        "archive", "member", "addresses", NULL};
    const char *sha256 = NULL;
    int64_t number = 0;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_keys(r, known));
    GAMLP_TRY(take_path(r, "name", true));
    GAMLP_TRY(take_int_if(&number, r, "size", 1));
    GAMLP_TRY(take_int_if(&number, r, "limit", 1));
    GAMLP_TRY(take_text_if(&sha256, r, "sha256"));
    if (sha256 && !is_sha256(sha256)) GAMLP_TRY(refuse(r, 0, "sha256", "expected 64 digits"));
    GAMLP_TRY(take_path(r, "from", false));
    GAMLP_TRY(take_path(r, "archive", false));
    GAMLP_TRY(take_path(r, "member", gamlp_yaml_find(r->yaml, r->node, "archive") != 0));
    GAMLP_TRY(check_addresses(r, "addresses"));
done:
    return status;
}

static bool has_archive(const gamlp_manifest *m, const char *name) {
    for (int64_t i = 0; i < gamlp_yaml_items(m->yaml, m->archives); i++)
        if (strcmp(gamlp_manifest_entry(m, m->archives, i).name, name) == 0) return true;
    return false;
}

/* Entries of `list`; an archive does not come out of another one. */
static gamlp_status check_entries(const gamlp_manifest *m, gamlp_yaml_node list, const reader *r,
                                  const char *key) {
    int64_t count = gamlp_yaml_items(r->yaml, list);
    gamlp_status status = GAMLP_OK;
    if (count < 1 || count > (list == m->archives ? 64 : GAMLP_MANIFEST_FILES))
        GAMLP_TRY(refuse(r, list, key, "expected a list"));
    for (int64_t i = 0; i < count; i++) {
        const reader entry = {r->yaml, gamlp_yaml_item(r->yaml, list, i), r->what};
        GAMLP_TRY(check_entry(&entry));
        const char *archive = text_of(r->yaml, entry.node, "archive");
        if (archive && (list == m->archives || !has_archive(m, archive)))
            GAMLP_TRY(refuse(&entry, 0, "archive", "expected the name of one of the archives"));
    }
done:
    return status;
}

static gamlp_status check_paths(const gamlp_manifest *m, const reader *r) {
    int64_t count = gamlp_yaml_items(r->yaml, m->paths);
    if (count < 1) return refuse(r, m->paths, "paths", "expected a list");
    for (int64_t i = 0; i < count; i++) {
        const char *text = gamlp_yaml_text(r->yaml, gamlp_yaml_item(r->yaml, m->paths, i));
        if (!text) return refuse(r, m->paths, "paths", "expected a list of texts");
        if (!gamlp_manifest_safe(text))
            return refuse(r, m->paths, "paths", "expected paths inside the folder of the data");
    }
    return GAMLP_OK;
}

/* Hashes besides the fingerprint; each may be left out. */
static gamlp_status read_hashes(gamlp_manifest *m, const reader *r) {
    static const char *const known[] = {"graph", "content", "labels", "split", NULL};
    const char **const hash[] = {&m->graph_hash, &m->content_hash, &m->label_hash, &m->split_hash};
    gamlp_status status = check_keys(r, known);
    for (int i = 0; known[i] && status == GAMLP_OK; i++) {
        gamlp_yaml_node node = gamlp_yaml_find(r->yaml, r->node, known[i]);
        *hash[i] = gamlp_yaml_text(r->yaml, node);
        if (node && !is_sha256(*hash[i])) status = refuse(r, node, known[i], "expected 64 digits");
    }
    return status;
}

static gamlp_status read_texts(gamlp_manifest *m, const reader *r) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(take_text(&m->title, r, "title"));
    GAMLP_TRY(take_text(&m->format, r, "format"));
    GAMLP_TRY(take_text(&m->source, r, "source"));
    GAMLP_TRY(take_text(&m->licence, r, "licence"));
    GAMLP_TRY(take_text(&m->citation, r, "citation"));
    GAMLP_TRY(take_text_if(&m->manual, r, "manual"));
    GAMLP_TRY(take_text_if(&m->note, r, "note"));
done:
    return status;
}

static gamlp_status read_manifest(gamlp_manifest *m, const reader *r) {
    static const char *const known[] = {
        "title",       "kind",    "format",  "source",    "licence", "citation", "manual",
        "note",        "mirrors", "paths",   "archives",  "files",   "hashes",   "statistics",
        "fingerprint", "split",   "presets", "published", NULL};
    gamlp_status status = GAMLP_OK;
    const reader statistics = enter(r, "statistics"), split = enter(r, "split"),
                 hashes = enter(r, "hashes");
    const char *kind = NULL;
    GAMLP_TRY(check_keys(r, known));
    GAMLP_TRY(take_text(&kind, r, "kind"));
    if (strcmp(kind, "files") != 0) GAMLP_TRY(refuse(r, 0, "kind", "expected files"));
    GAMLP_TRY(read_texts(m, r));
    GAMLP_TRY(check_addresses(r, "mirrors"));
    GAMLP_TRY(check_paths(m, r));
    if (m->archives) GAMLP_TRY(check_entries(m, m->archives, r, "archives"));
    GAMLP_TRY(check_entries(m, m->files, r, "files"));
    GAMLP_TRY(read_statistics(m, &statistics));
    GAMLP_TRY(read_split(m, &split));
    if (m->fingerprint && !is_sha256(m->fingerprint))
        GAMLP_TRY(refuse(r, 0, "fingerprint", "expected 64 digits"));
    GAMLP_TRY(read_hashes(m, &hashes));
done:
    return status;
}

/* The number of an entry that was checked, or -1. */
static int64_t number_of(const gamlp_yaml *yaml, gamlp_yaml_node entry, const char *key) {
    const char *text = text_of(yaml, entry, key);
    return text ? strtoll(text, NULL, 10) : -1;
}

gamlp_manifest_file gamlp_manifest_entry(const gamlp_manifest *manifest, gamlp_yaml_node list,
                                         int64_t index) {
    const gamlp_yaml *yaml = manifest->yaml;
    gamlp_yaml_node entry = gamlp_yaml_item(yaml, list, index);
    gamlp_manifest_file file = {.name = text_of(yaml, entry, "name"),
                                .from = text_of(yaml, entry, "from"),
                                .sha256 = text_of(yaml, entry, "sha256"),
                                .archive = text_of(yaml, entry, "archive"),
                                .member = text_of(yaml, entry, "member"),
                                .size = number_of(yaml, entry, "size"),
                                .limit = number_of(yaml, entry, "limit"),
                                .addresses = gamlp_yaml_find(yaml, entry, "addresses")};
    if (!file.from) file.from = file.name;
    return file;
}

gamlp_status gamlp_manifest_parse(gamlp_manifest *manifest, const void *text, size_t size,
                                  const char *what) {
    *manifest = (gamlp_manifest){0};
    gamlp_yaml *yaml = NULL;
    gamlp_status status = gamlp_yaml_parse(&yaml, text, size, what);
    if (status != GAMLP_OK) return status;
    manifest->yaml = yaml;
    const reader r = {yaml, gamlp_yaml_root(yaml), what};
    manifest->paths = gamlp_yaml_find(yaml, r.node, "paths");
    manifest->files = gamlp_yaml_find(yaml, r.node, "files");
    manifest->archives = gamlp_yaml_find(yaml, r.node, "archives");
    manifest->mirrors = gamlp_yaml_find(yaml, r.node, "mirrors");
    manifest->fingerprint = gamlp_yaml_text(yaml, gamlp_yaml_find(yaml, r.node, "fingerprint"));
    status = read_manifest(manifest, &r);
    if (status != GAMLP_OK) gamlp_manifest_clear(manifest);
    return status;
}

void gamlp_manifest_clear(gamlp_manifest *manifest) {
    if (!manifest) return;
    gamlp_yaml_free(manifest->yaml);
    *manifest = (gamlp_manifest){0};
}

int64_t gamlp_dataset_known_count(void) {
    int64_t count = 0;
    while (gamlp_embed_table[count].name) count++;
    return count;
}

const char *gamlp_dataset_known_name(int64_t index) {
    if (index < 0 || index >= gamlp_dataset_known_count()) return NULL;
    return gamlp_embed_table[index].name;
}

const char *gamlp_dataset_manifest(const char *name) {
    for (const gamlp_embed *embed = gamlp_embed_table; embed->name; embed++)
        if (strcmp(embed->name, name) == 0) return embed->text;
    return NULL;
}

gamlp_status gamlp_manifest_known(gamlp_manifest *manifest, bool *found, const char *name) {
    const char *text = gamlp_dataset_manifest(name);
    gamlp_yaml *yaml = NULL;
    *found = false;
    *manifest = (gamlp_manifest){0};
    if (!text) return GAMLP_OK;
    gamlp_status status = gamlp_yaml_parse(&yaml, text, strlen(text), name);
    if (status != GAMLP_OK) return status;
    const char *kind = gamlp_yaml_text(yaml, gamlp_yaml_find(yaml, gamlp_yaml_root(yaml), "kind"));
    *found = kind && strcmp(kind, "files") == 0;
    gamlp_yaml_free(yaml);
    return *found ? gamlp_manifest_parse(manifest, text, strlen(text), name) : GAMLP_OK;
}
