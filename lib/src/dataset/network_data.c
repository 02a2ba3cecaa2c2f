/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/network_data.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "dataset/beside.h"
#include "dataset/names.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"
#include "graph/edges.h"

typedef struct source {
    const gamlp_network *network;
    const char *what;
    const gamlp_attribute *label, *split, *time;
} source;

static bool is_one_of(const char *name, const char *const *list) {
    for (int64_t i = 0; list[i]; i++)
        if (strcasecmp(name, list[i]) == 0) return true;
    return false;
}

/* Labels. */

static gamlp_status gather_texts(gamlp_names *names, int64_t *present, int32_t *label,
                                 const gamlp_attribute *a, int64_t nodes) {
    *present = 0;
    for (int64_t i = 0; i < nodes; i++) {
        int64_t index = GAMLP_UNLABELLED;
        size_t size = strlen(a->text[i]);
        gamlp_status status =
            size > 0 ? gamlp_names_add(&index, names, a->text[i], size) : GAMLP_OK;
        if (status != GAMLP_OK) return status;
        label[i] = (int32_t)index;
        *present += size > 0;
    }
    return GAMLP_OK;
}

/* Labels from texts; none when each vertex has its own, or none. */
static gamlp_status take_texts(bool *taken, gamlp_dataset *d, const gamlp_attribute *a,
                               const char *what) {
    gamlp_names names = {0};
    int64_t present;
    gamlp_status status = GAMLP_OK;
    *taken = false;
    GAMLP_TRY(gamlp_new_raw(&d->label, d->nodes, sizeof *d->label, "labels"));
    GAMLP_TRY(gather_texts(&names, &present, d->label, a, d->nodes));
    *taken = present > 0 && (names.count < present || d->nodes == 1);
    if (*taken) GAMLP_TRY(gamlp_names_to_classes(d, &names, what));
done:
    if (!*taken) {
        gamlp_free(d->label);
        d->label = NULL;
    }
    gamlp_names_clear(&names);
    return status;
}

/* What gamlp_graphml_write() says of the whole graph: the number of classes, and a name a line. */
static gamlp_status take_names(gamlp_dataset *d, const char *text, const char *what) {
    int64_t lines = 1, given = d->classes;
    for (const char *at = text; *at; at++) lines += *at == '\n';
    if (lines != given)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: class_names: %" PRId64 " lines, expected %" PRId64 " classes", what,
                          lines, given);
    gamlp_status status =
        gamlp_new(&d->class_name, given, sizeof *d->class_name, "names of classes");
    for (int64_t c = 0; c < given && status == GAMLP_OK; c++) {
        size_t size = strcspn(text, "\n");
        status = gamlp_text_format(&d->class_name[c], "%.*s", (int)size, text);
        text += size + 1;
    }
    return status;
}

static gamlp_status take_classes(gamlp_dataset *d, const source *s) {
    const gamlp_attribute *count = gamlp_attributes_find(&s->network->whole, "classes");
    const gamlp_attribute *names = gamlp_attributes_find(&s->network->whole, "class_names");
    if (count && count->number && count->number[0] >= (double)d->classes &&
        count->number[0] <= (double)d->nodes)
        d->classes = (int64_t)count->number[0];
    if (!count || !names || !names->text || !names->text[0][0]) return GAMLP_OK;
    if (gamlp_text_bad_byte(names->text[0]) >= 0)
        return gamlp_fail(GAMLP_E_DATA, "%s: class_names: expected UTF-8", s->what);
    return take_names(d, names->text[0], s->what);
}

/* Whether an attribute can be the label: "y" beside "x" is a place, and a number that is no
 * integer is no class. */
static bool can_be_label(const source *s, const gamlp_attribute *a) {
    if (strcasecmp(a->name, "y") == 0 && gamlp_attributes_find(&s->network->node, "x"))
        return false;
    if (strcasecmp(a->name, "y") != 0 && strcasecmp(a->name, "value") != 0) return true;
    for (int64_t i = 0; a->number && i < s->network->nodes; i++)
        if (!isnan(a->number[i]) && a->number[i] != floor(a->number[i])) return false;
    return true;
}

static gamlp_status take_label(gamlp_dataset *d, source *s) {
    static const char *const usual[] = {"label", "class",     "y",   "target",
                                        "value", "community", "club"};
    char what[512];
    bool taken = false;
    gamlp_status status = GAMLP_OK;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0] && !taken; i++) {
        const gamlp_attribute *a = gamlp_attributes_find(&s->network->node, usual[i]);
        if (!a || !can_be_label(s, a)) continue;
        snprintf(what, sizeof what, "%s: attribute %s", s->what, a->name);
        if (a->text)
            GAMLP_TRY(take_texts(&taken, d, a, what));
        else
            GAMLP_TRY(gamlp_beside_numbers(d, a->number, what));
        taken |= a->number != NULL;
        if (taken) s->label = a;
        if (a->number) GAMLP_TRY(take_classes(d, s));
    }
done:
    return status;
}

/* Split and times. */

static int part_of(const char *text) {
    static const char *const name[3][4] = {
        {"train", "training"}, {"val", "valid", "validation"}, {"test"}};
    for (int p = 0; p < 3; p++)
        if (is_one_of(text, name[p])) return p;
    return -1;
}

static gamlp_status take_split(gamlp_dataset *d, const source *s) {
    int64_t count[3] = {0}, **node[3] = {&d->split.train, &d->split.val, &d->split.test};
    char **text = s->split->text;
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < d->nodes; i++) {
        int part = part_of(text[i]);
        if (part < 0 && text[i][0])
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                                 "%s: attribute split: node %" PRId64
                                 " has another text than train, val or test",
                                 s->what, i));
        if (part >= 0) count[part]++;
    }
    for (int p = 0; p < 3; p++) {
        GAMLP_TRY(gamlp_new_raw(node[p], count[p], sizeof **node[p], "a split"));
        int64_t used = 0;
        for (int64_t i = 0; i < d->nodes; i++)
            if (part_of(text[i]) == p) (*node[p])[used++] = i;
    }
    d->split.train_count = count[0];
    d->split.val_count = count[1];
    d->split.test_count = count[2];
    GAMLP_TRY(gamlp_split_check(&d->split, d->nodes, s->what));
    snprintf(d->split.rule, sizeof d->split.rule, "stored");
done:
    return status;
}

static gamlp_status take_time(gamlp_dataset *d, const source *s) {
    gamlp_status status = gamlp_new_raw(&d->time, d->nodes, sizeof *d->time, "times");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < d->nodes; i++) {
        double x = s->time->number[i];
        if (!(x == floor(x)) || fabs(x) > INT32_MAX)
            return gamlp_fail(GAMLP_E_DATA, "%s: attribute %s: node %" PRId64 " has no integer",
                              s->what, s->time->name, i);
        d->time[i] = (int32_t)x;
    }
    return GAMLP_OK;
}

/* Features. */

/* x, f, feat or feature and a number. */
static bool is_numbered(const char *name) {
    static const char *const stem[] = {"x", "f", "feat", "feature", NULL};
    char letters[16];
    size_t n = strcspn(name, "_0123456789");
    if (n >= sizeof letters) return false;
    memcpy(letters, name, n);
    letters[n] = 0;
    const char *digits = name + n + (name[n] == '_');
    return is_one_of(letters, stem) && *digits && digits[strspn(digits, "0123456789")] == 0;
}

static bool is_feature(const source *s, const gamlp_attribute *a, bool numbered) {
    if (!a->number || a == s->label || a == s->split || a == s->time) return false;
    return numbered ? is_numbered(a->name) : strcasecmp(a->name, "id") != 0;
}

static gamlp_status check_values(const source *s, const gamlp_attribute *a, int64_t *nonzero) {
    for (int64_t i = 0; i < s->network->nodes; i++) {
        if (!isfinite((float)a->number[i]))
            return gamlp_fail(GAMLP_E_DATA,
                              "%s: attribute %s: node %" PRId64 " has no finite number", s->what,
                              a->name, i);
        *nonzero += a->number[i] != 0;
    }
    return GAMLP_OK;
}

static gamlp_status fill_sparse(gamlp_dataset *d, const gamlp_attribute *const *column,
                                int64_t nonzero) {
    gamlp_status status = gamlp_csr_init(&d->sparse, d->nodes, d->features, nonzero);
    if (status != GAMLP_OK) return status;
    int64_t used = 0;
    for (int64_t i = 0; i < d->nodes; i++) {
        for (int64_t j = 0; j < d->features; j++) {
            if (column[j]->number[i] == 0) continue;
            d->sparse.idx[used] = (int32_t)j;
            d->sparse.val[used++] = (gamlp_real)column[j]->number[i];
        }
        d->sparse.ptr[i + 1] = used;
    }
    return GAMLP_OK;
}

static gamlp_status fill_dense(gamlp_dataset *d, const gamlp_attribute *const *column) {
    gamlp_status status = gamlp_dense_init(&d->dense, d->features, d->nodes);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < d->nodes; i++)
        for (int64_t j = 0; j < d->features; j++)
            d->dense.data[j + i * d->features] = (gamlp_real)column[j]->number[i];
    return GAMLP_OK;
}

/* Sparse when less than a quarter of the values are not zero. */
static gamlp_status take_features(gamlp_dataset *d, const source *s) {
    const gamlp_attributes *all = &s->network->node;
    const gamlp_attribute **column = NULL;
    int64_t nonzero = 0, count = 0;
    bool numbered = false;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&column, all->count, sizeof *column, "features"));
    for (int64_t i = 0; i < all->count; i++) numbered |= is_feature(s, &all->item[i], true);
    for (int64_t i = 0; i < all->count; i++) {
        if (!is_feature(s, &all->item[i], numbered)) continue;
        GAMLP_TRY(check_values(s, &all->item[i], &nonzero));
        column[count++] = &all->item[i];
    }
    d->features = count;
    if (count == 0)
        GAMLP_TRY(gamlp_beside_identity(d));
    else if (4 * nonzero < d->nodes * count)
        GAMLP_TRY(fill_sparse(d, column, nonzero));
    else
        GAMLP_TRY(fill_dense(d, column));
done:
    gamlp_free(column);
    return status;
}

/* All. */

static gamlp_status take_beside(bool found[3], gamlp_dataset *d, const char *stem) {
    gamlp_status status = GAMLP_OK;
    if (!stem) return status;
    GAMLP_TRY(gamlp_beside_labels(&found[0], d, stem));
    GAMLP_TRY(gamlp_beside_features(&found[1], d, stem));
    GAMLP_TRY(gamlp_beside_split(&found[2], d, stem));
done:
    return status;
}

static gamlp_status take_graph(gamlp_graph *graph, const gamlp_network *n) {
    gamlp_status status = gamlp_edges_listed(graph, n->nodes, n->edges + n->returns, n->source,
                                             n->target, 1, n->directed);
    graph->stored_edges -= n->returns; /* which the file does not list */
    graph->duplicate_edges -= n->returns;
    return status;
}

static gamlp_status take(gamlp_dataset *d, source *s, const char *stem, bool attributes) {
    static const char *const time_names[] = {"time", "year"};
    const gamlp_network *n = s->network;
    bool found[3] = {false, false, false};
    gamlp_status status = GAMLP_OK;
    if (n->nodes < 1) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: has no vertices", s->what));
    GAMLP_TRY(take_graph(&d->graph, n));
    d->nodes = n->nodes;
    s->split = gamlp_attributes_find(&n->node, "split");
    for (int i = 0; i < 2 && !s->time; i++)
        s->time = gamlp_attributes_find(&n->node, time_names[i]);
    GAMLP_TRY(take_beside(found, d, stem));
    if (!found[0] && attributes) GAMLP_TRY(take_label(d, s));
    if (!found[1]) GAMLP_TRY(attributes ? take_features(d, s) : gamlp_beside_identity(d));
    if (!found[2] && attributes && d->label && s->split && s->split->text)
        GAMLP_TRY(take_split(d, s));
    if (attributes && s->time && s->time->number) GAMLP_TRY(take_time(d, s));
done:
    return status;
}

gamlp_status gamlp_network_data_parse(gamlp_dataset *dataset, gamlp_network_format format,
                                      const void *data, size_t size, const char *what,
                                      const char *stem) {
    static const char *const name[] = {"graphml", "gml", "pajek"};
    gamlp_network network = {0};
    source s = {.network = &network, .what = what};
    gamlp_status status = GAMLP_OK;
    *dataset = (gamlp_dataset){0};
    snprintf(dataset->format, sizeof dataset->format, "%s", name[format]);
    GAMLP_TRY(gamlp_network_parse(&network, format, data, size, what));
    GAMLP_TRY(take(dataset, &s, stem, format != GAMLP_NETWORK_PAJEK));
done:
    gamlp_network_clear(&network);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}
