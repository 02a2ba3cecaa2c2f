/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits that divide groups of nodes: all labelled nodes (fraction) or those of each class
 * (stratified, pitfalls).  A group, in increasing order, is shuffled by the stream of its number;
 * its first nodes train, the next ones validate, then come the test nodes. */
#include <inttypes.h>

#include "dataset/split.h"
#include "gamlp/alloc.h"
#include "gamlp/rng.h"

enum { PARTS = 3, PITFALLS_TRAIN = 20, PITFALLS_VAL = 30 };

static const char *const part_name[PARTS] = {"training", "validation", "test"};

/* Group g of the nodes: node[start[g] .. start[g + 1]). */
typedef struct groups {
    int64_t count, *start, *node;
} groups;

static gamlp_status make_groups(groups *g, const gamlp_dataset *d, bool by_class) {
    gamlp_status status = GAMLP_OK;
    if (d->classes < 1) return gamlp_fail(GAMLP_E_DATA, "%s: has no classes", d->name);
    GAMLP_TRY(gamlp_new(&g->start, d->classes + 2, sizeof *g->start, "classes"));
    GAMLP_TRY(gamlp_new_raw(&g->node, d->nodes, sizeof *g->node, "labelled nodes"));
    gamlp_split_group(g->start, g->node, d);
    g->count = d->classes;
    if (!by_class) {
        g->start[1] = g->start[d->classes];
        g->count = 1;
        gamlp_split_sort(g->node, g->start[1]);
    }
done:
    return status;
}

/* Parts of n nodes by fractions: rounded down, and what is missing from the rounded sum goes to the
 * largest remainders, of equals to the earlier part. */
static void share(int64_t count[PARTS], const gamlp_split_spec *spec, int64_t n) {
    const int64_t unit = GAMLP_SPLIT_UNIT;
    int64_t rest[PARTS], sum = 0, missing;
    for (int i = 0; i < PARTS; i++) {
        count[i] = n * spec->number[i] / unit;
        rest[i] = n * spec->number[i] % unit;
        sum += spec->number[i];
    }
    missing = (n * sum + unit / 2) / unit - count[0] - count[1] - count[2];
    for (; missing > 0; missing--) {
        int most = 0;
        for (int i = 1; i < PARTS; i++)
            if (rest[i] > rest[most]) most = i;
        count[most]++;
        rest[most] = -1;
    }
}

static gamlp_status divide(int64_t count[PARTS], const gamlp_dataset *d,
                           const gamlp_split_spec *spec, int64_t group, int64_t n) {
    if (spec->kind != GAMLP_SPLIT_PITFALLS) {
        share(count, spec, n);
        return GAMLP_OK;
    }
    if (n < PITFALLS_TRAIN + PITFALLS_VAL)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: class %" PRId64 " has %" PRId64
                          " labelled nodes in the largest component, the split pitfalls needs %d",
                          d->name, group, n, PITFALLS_TRAIN + PITFALLS_VAL);
    count[0] = PITFALLS_TRAIN;
    count[1] = PITFALLS_VAL;
    count[2] = n - PITFALLS_TRAIN - PITFALLS_VAL;
    return GAMLP_OK;
}

static gamlp_status count_parts(int64_t total[PARTS], const groups *g, const gamlp_dataset *d,
                                const gamlp_split_spec *spec) {
    for (int64_t i = 0; i < g->count; i++) {
        int64_t count[PARTS] = {0};
        gamlp_status status = divide(count, d, spec, i, g->start[i + 1] - g->start[i]);
        if (status != GAMLP_OK) return status;
        for (int p = 0; p < PARTS; p++) total[p] += count[p];
    }
    for (int p = 0; p < PARTS; p++)
        if (total[p] == 0) {
            char text[GAMLP_NAME_MAX];
            gamlp_split_spec_text(text, spec);
            return gamlp_fail(GAMLP_E_DATA,
                              "%s: the split %s of %" PRId64 " labelled nodes has no %s node",
                              d->name, text, g->start[g->count], part_name[p]);
        }
    return GAMLP_OK;
}

static gamlp_status fill(gamlp_split *split, const groups *g, const gamlp_dataset *d,
                         const gamlp_split_spec *spec) {
    int64_t **part[PARTS] = {&split->train, &split->val, &split->test};
    int64_t *used[PARTS] = {&split->train_count, &split->val_count, &split->test_count};
    int64_t total[PARTS] = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(count_parts(total, g, d, spec));
    for (int p = 0; p < PARTS; p++)
        GAMLP_TRY(gamlp_new_raw(part[p], total[p], sizeof **part[p], "a split"));
    for (int64_t i = 0; i < g->count; i++) {
        int64_t *own = g->node + g->start[i], n = g->start[i + 1] - g->start[i];
        int64_t count[PARTS] = {0};
        gamlp_rng_shuffle(gamlp_rng_key((uint64_t)spec->seed, GAMLP_RNG_SPLIT, (uint32_t)i), own,
                          n);
        GAMLP_TRY(divide(count, d, spec, i, n));
        for (int p = 0; p < PARTS; p++)
            for (int64_t k = 0; k < count[p]; k++) (*part[p])[(*used[p])++] = *own++;
    }
    for (int p = 0; p < PARTS; p++) gamlp_split_sort(*part[p], *used[p]);
done:
    return status;
}

gamlp_status gamlp_split_draw(gamlp_split *split, const gamlp_dataset *dataset,
                              const gamlp_split_spec *spec) {
    groups g = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(make_groups(&g, dataset, spec->kind != GAMLP_SPLIT_FRACTION));
    GAMLP_TRY(fill(split, &g, dataset, spec));
done:
    gamlp_free(g.start);
    gamlp_free(g.node);
    if (status != GAMLP_OK) gamlp_split_clear(split);
    return status;
}

static int part_of_time(const gamlp_split_spec *spec, int32_t time) {
    return time <= spec->number[0] ? 0 : time <= spec->number[1] ? 1 : 2;
}

gamlp_status gamlp_split_by_time(gamlp_split *split, const gamlp_dataset *dataset,
                                 const gamlp_split_spec *spec) {
    const gamlp_dataset *d = dataset;
    int64_t **part[PARTS] = {&split->train, &split->val, &split->test};
    int64_t *used[PARTS] = {&split->train_count, &split->val_count, &split->test_count};
    int64_t total[PARTS] = {0};
    gamlp_status status = GAMLP_OK;
    if (!d->time)
        return gamlp_fail(GAMLP_E_DATA, "%s: its nodes have no times to split by", d->name);
    for (int64_t i = 0; i < d->nodes; i++)
        if (d->label[i] != GAMLP_UNLABELLED) total[part_of_time(spec, d->time[i])]++;
    for (int p = 0; p < PARTS; p++) {
        if (total[p] == 0)
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                                 "%s: the split time:%" PRId64 ",%" PRId64 " has no %s node",
                                 d->name, spec->number[0], spec->number[1], part_name[p]));
        GAMLP_TRY(gamlp_new_raw(part[p], total[p], sizeof **part[p], "a split"));
    }
    for (int64_t i = 0; i < d->nodes; i++) {
        int p = part_of_time(spec, d->time[i]);
        if (d->label[i] != GAMLP_UNLABELLED) (*part[p])[(*used[p])++] = i;
    }
done:
    if (status != GAMLP_OK) gamlp_split_clear(split);
    return status;
}
