/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which published edition a data set is: compared with every manifest of the library. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "dataset/manifest.h"
#include "gamlp/alloc.h"
#include "gamlp/passport.h"

/* Most manifests are put aside by a look at their text, before they are parsed. */

static bool says_count(const char *text, const char *key, int64_t value) {
    char phrase[64];
    int length = snprintf(phrase, sizeof phrase, "%s: %" PRId64, key, value);
    for (const char *at = strstr(text, phrase); at; at = strstr(at + 1, phrase))
        if (at[length] < '0' || at[length] > '9') return true;
    return false;
}

static bool may_be_near(const char *name, const gamlp_dataset *d, const gamlp_passport_hashes *h) {
    const char *text = gamlp_dataset_manifest(name);
    return strcmp(name, d->name) == 0 || strstr(text, d->fingerprint) || strstr(text, h->content) ||
           strstr(text, h->graph) ||
           (says_count(text, "features", d->features) && says_count(text, "classes", d->classes));
}

/* How near an edition is; of equals, the one of the nearest number of nodes. */
typedef enum nearness { FAR, SAME_SIZE, SAME_NAME, SAME_GRAPH, SAME_CONTENT, SAME } nearness;

static bool is_same(const char *published, const char *found) {
    return published && strcmp(published, found) == 0;
}

static nearness compare(const gamlp_manifest *m, const char *name, const gamlp_dataset *d,
                        const gamlp_passport_hashes *h) {
    if (is_same(m->fingerprint, d->fingerprint)) return SAME;
    if (is_same(m->content_hash, h->content)) return SAME_CONTENT;
    if (is_same(m->graph_hash, h->graph)) return SAME_GRAPH;
    if (strcmp(name, d->name) == 0) return SAME_NAME;
    bool size = m->features == d->features && m->classes == d->classes &&
                50 * llabs(m->nodes - d->nodes) <= m->nodes;
    return size ? SAME_SIZE : FAR;
}

static gamlp_status add_phrase(gamlp_edition *e, char *phrase) {
    int64_t count = e->difference_count;
    gamlp_status status =
        gamlp_grow(&e->difference, count, count + 1, sizeof *e->difference, "differences");
    if (status == GAMLP_OK)
        e->difference[e->difference_count++] = phrase;
    else
        gamlp_free(phrase);
    return status;
}

static gamlp_status say(gamlp_edition *e, const char *text) {
    char *phrase = NULL;
    gamlp_status status = gamlp_strdup(&phrase, text);
    return status == GAMLP_OK ? add_phrase(e, phrase) : status;
}

static gamlp_status say_count(gamlp_edition *e, const char *unit, int64_t found,
                              int64_t published) {
    char *phrase = NULL;
    if (found == published || published < 0) return GAMLP_OK;
    gamlp_status status =
        gamlp_text_format(&phrase, "%" PRId64 " %s instead of %" PRId64, found, unit, published);
    return status == GAMLP_OK ? add_phrase(e, phrase) : status;
}

/* The graph is the published one or not, when the manifest has its hash and the counts are equal.
 */
static const char *graph_phrase(const gamlp_manifest *m, const gamlp_dataset *d,
                                const gamlp_passport_hashes *h) {
    if (!m->graph_hash || m->nodes != d->nodes || m->edges != d->graph.edges) return NULL;
    return is_same(m->graph_hash, h->graph) ? "the same graph, its nodes perhaps in another order"
                                            : "other edges";
}

/* All that the manifest tells of graph and labels is as published. */
static bool all_same(const gamlp_manifest *m, const gamlp_passport_hashes *h) {
    return is_same(m->graph_hash, h->graph) && is_same(m->label_hash, h->labels);
}

static gamlp_status describe(gamlp_edition *e, const gamlp_manifest *m, const gamlp_dataset *d,
                             const gamlp_passport_hashes *h) {
    gamlp_status status = GAMLP_OK;
    if (is_same(m->content_hash, h->content))
        return say(e, "the same graph, features and labels, with nodes in another order or other "
                      "numbers for the classes");
    const char *graph = graph_phrase(m, d, h);
    GAMLP_TRY(say_count(e, "nodes", d->nodes, m->nodes));
    GAMLP_TRY(say_count(e, "edges", d->graph.edges, m->edges));
    GAMLP_TRY(say_count(e, "features", d->features, m->features));
    GAMLP_TRY(say_count(e, "classes", d->classes, m->classes));
    if (graph) GAMLP_TRY(say(e, graph));
    if (m->label_hash && m->nodes == d->nodes && !is_same(m->label_hash, h->labels))
        GAMLP_TRY(say(e, "other labels, or labels in another order"));
    if (all_same(m, h))
        GAMLP_TRY(say(e, "other values of the features, or another order of the nodes"));
    if (e->difference_count == 0) GAMLP_TRY(say(e, "another fingerprint"));
done:
    return status;
}

static gamlp_status add_match(gamlp_edition *e, const char *name) {
    int64_t count = e->match_count;
    gamlp_status status = gamlp_grow(&e->match, count, count + 1, sizeof *e->match, "editions");
    if (status == GAMLP_OK) e->match[e->match_count++] = name;
    return status;
}

/* The nearest one so far. */
typedef struct search {
    nearness best;
    int64_t apart; /* difference in nodes */
    const char *name;
} search;

static gamlp_status visit(gamlp_edition *e, search *s, const char *name, const gamlp_manifest *m,
                          const gamlp_dataset *d, const gamlp_passport_hashes *h) {
    nearness near = compare(m, name, d, h);
    int64_t apart = llabs(m->nodes - d->nodes);
    gamlp_status status = GAMLP_OK;
    if (near == SAME) GAMLP_TRY(add_match(e, name));
    if (near == FAR || near < s->best || (near == s->best && (s->name && apart >= s->apart)))
        return GAMLP_OK;
    *s = (search){near, apart, name};
done:
    return status;
}

static gamlp_status finish(gamlp_edition *e, const search *s, const gamlp_dataset *d,
                           const gamlp_passport_hashes *h) {
    gamlp_manifest m;
    bool found;
    const char *name = e->match_count > 0 ? e->match[0] : s->name;
    if (!name) return GAMLP_OK;
    gamlp_status status = gamlp_manifest_known(&m, &found, name);
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(gamlp_strdup(&e->title, m.title));
    if (e->match_count > 0) goto done;
    e->nearest = s->name;
    GAMLP_TRY(describe(e, &m, d, h));
done:
    gamlp_manifest_clear(&m);
    return status;
}

gamlp_status gamlp_edition_of(gamlp_edition *edition, const gamlp_dataset *dataset,
                              const gamlp_passport_hashes *hashes) {
    *edition = (gamlp_edition){0};
    search s = {FAR, 0, NULL};
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < gamlp_dataset_known_count(); i++) {
        const char *name = gamlp_dataset_known_name(i);
        gamlp_manifest m;
        bool found;
        if (!may_be_near(name, dataset, hashes)) continue;
        GAMLP_TRY(gamlp_manifest_known(&m, &found, name));
        if (!found) continue;
        status = visit(edition, &s, name, &m, dataset, hashes);
        gamlp_manifest_clear(&m);
        if (status != GAMLP_OK) goto done;
    }
    GAMLP_TRY(finish(edition, &s, dataset, hashes));
done:
    if (status != GAMLP_OK) gamlp_edition_clear(edition);
    return status;
}

void gamlp_edition_clear(gamlp_edition *edition) {
    if (!edition) return;
    for (int64_t i = 0; i < edition->difference_count; i++) gamlp_free(edition->difference[i]);
    gamlp_free(edition->difference);
    gamlp_free(edition->match);
    gamlp_free(edition->title);
    *edition = (gamlp_edition){0};
}
