/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "gamlp/alloc.h"
#include "gamlp/passport.h"

/* Of node i: edges to labelled nodes, and those of them that join equal labels. */
static void count_ends(int64_t *labelled, int64_t *equal, const gamlp_dataset *d, int64_t i) {
    const gamlp_csr *a = &d->graph.adjacency;
    *labelled = *equal = 0;
    if (d->label[i] < 0) return;
    for (int64_t e = a->ptr[i]; e < a->ptr[i + 1]; e++) {
        int32_t there = d->label[a->idx[e]];
        *labelled += there >= 0;
        *equal += there == d->label[i];
    }
}

/* With D_k the ends of edges in class k and D their sum: what equal labels would be by chance. */
static double chance(const int64_t *ends, int64_t classes, double all) {
    double sum = 0;
    for (int64_t c = 0; c < classes; c++) sum += (double)ends[c] / all * ((double)ends[c] / all);
    return sum;
}

static gamlp_status find_homophily(gamlp_statistics *s, const gamlp_dataset *d) {
    int64_t *ends = NULL, all = 0, equals = 0, nodes = 0;
    double share = 0;
    gamlp_status status = gamlp_new(&ends, d->classes, sizeof *ends, "class counts");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < d->nodes; i++) {
        int64_t labelled, equal;
        count_ends(&labelled, &equal, d, i);
        if (labelled == 0) continue;
        ends[d->label[i]] += labelled;
        all += labelled;
        equals += equal;
        nodes++;
        share += (double)equal / (double)labelled;
    }
    s->homophily = s->node_homophily = s->adjusted_homophily = NAN;
    if (all > 0) {
        double by_chance = chance(ends, d->classes, (double)all);
        s->homophily = (double)equals / (double)all;
        s->node_homophily = share / (double)nodes;
        if (by_chance < 1) s->adjusted_homophily = (s->homophily - by_chance) / (1 - by_chance);
    }
    gamlp_free(ends);
    return GAMLP_OK;
}

static int64_t count_nonzero(const gamlp_real *value, int64_t count) {
    int64_t nonzero = 0;
    for (int64_t i = 0; i < count; i++) nonzero += (float)value[i] != 0;
    return nonzero;
}

static double density_of(const gamlp_dataset *d) {
    double places = (double)d->nodes * (double)d->features;
    int64_t nonzero = 0;
    if (d->sparse.rows)
        nonzero = d->sparse.val ? count_nonzero(d->sparse.val, d->sparse.nnz) : d->sparse.nnz;
    else if (d->dense.data)
        nonzero = count_nonzero(d->dense.data, d->dense.rows * d->dense.cols);
    return places > 0 ? (double)nonzero / places : 0;
}

static void find_times(gamlp_statistics *s, const gamlp_dataset *d) {
    for (int64_t i = 0; d->time && i < d->nodes; i++) {
        if (i == 0 || d->time[i] < s->time_first) s->time_first = d->time[i];
        if (i == 0 || d->time[i] > s->time_last) s->time_last = d->time[i];
    }
}

static void count_classes(int64_t *count, const gamlp_dataset *d, const int64_t *node,
                          int64_t nodes) {
    for (int64_t i = 0; i < nodes; i++) {
        int32_t label = d->label[node ? node[i] : i];
        if (label >= 0) count[label]++;
    }
}

gamlp_status gamlp_statistics_of(gamlp_statistics *s, const gamlp_dataset *d) {
    *s = (gamlp_statistics){.classes = d->classes};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_graph_structure_of(&s->graph, &d->graph));
    GAMLP_TRY(gamlp_new(&s->total, 4 * d->classes, sizeof *s->total, "class counts"));
    s->train = s->total + d->classes;
    s->val = s->train + d->classes;
    s->test = s->val + d->classes;
    count_classes(s->total, d, NULL, d->nodes);
    count_classes(s->train, d, d->split.train, d->split.train_count);
    count_classes(s->val, d, d->split.val, d->split.val_count);
    count_classes(s->test, d, d->split.test, d->split.test_count);
    s->unlabelled = d->nodes;
    for (int64_t c = 0; c < d->classes; c++) s->unlabelled -= s->total[c];
    s->density = density_of(d);
    find_times(s, d);
    GAMLP_TRY(find_homophily(s, d));
done:
    if (status != GAMLP_OK) gamlp_statistics_clear(s);
    return status;
}

void gamlp_statistics_clear(gamlp_statistics *statistics) {
    if (!statistics) return;
    gamlp_free(statistics->total);
    *statistics = (gamlp_statistics){0};
}
