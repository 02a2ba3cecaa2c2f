/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "gamlp/alloc.h"
#include "runtime/run.h"

static double homophily_of(const gamlp_dataset *d) {
    const gamlp_csr *a = &d->graph.adjacency;
    int64_t labelled = 0, equal = 0;
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t e = a->ptr[i]; e < a->ptr[i + 1]; e++) {
            int32_t here = d->label[i], there = d->label[a->idx[e]];
            if (here < 0 || there < 0) continue;
            labelled++;
            equal += here == there;
        }
    return labelled > 0 ? (double)equal / (double)labelled : NAN;
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
    s->homophily = homophily_of(d);
    s->unlabelled = d->nodes;
    for (int64_t c = 0; c < d->classes; c++) s->unlabelled -= s->total[c];
done:
    return status;
}

void gamlp_statistics_clear(gamlp_statistics *statistics) {
    if (!statistics) return;
    gamlp_free(statistics->total);
    *statistics = (gamlp_statistics){0};
}

static gamlp_json *counts(const int64_t *count, int64_t classes) {
    gamlp_json *array = gamlp_json_array();
    for (int64_t c = 0; c < classes; c++) gamlp_json_append_int(array, count[c]);
    return array;
}

static gamlp_json *structure_object(const gamlp_dataset *d, const gamlp_statistics *s) {
    gamlp_json *object = gamlp_json_object(), *classes = gamlp_json_object();
    gamlp_json_set_text(object, "format", d->format);
    gamlp_json_set_int(object, "stored_edges", d->graph.stored_edges);
    gamlp_json_set_int(object, "self_loops", d->graph.self_loops);
    gamlp_json_set_int(object, "duplicate_edges", d->graph.duplicate_edges);
    gamlp_json_set_int(object, "missing_rows", d->missing_rows);
    gamlp_json_set_int(object, "unlabelled", s->unlabelled);
    gamlp_json_set_int(object, "components", s->graph.components);
    gamlp_json_set_int(object, "largest_component", s->graph.largest_component);
    gamlp_json_set_int(object, "isolated", s->graph.isolated);
    gamlp_json_set_int(object, "degree_min", s->graph.degree_min);
    gamlp_json_set_int(object, "degree_max", s->graph.degree_max);
    gamlp_json_set_real(object, "degree_mean", s->graph.degree_mean);
    gamlp_json_set_real(object, "homophily", s->homophily);
    gamlp_json_set(classes, "total", counts(s->total, s->classes));
    gamlp_json_set(classes, "train", counts(s->train, s->classes));
    gamlp_json_set(classes, "val", counts(s->val, s->classes));
    gamlp_json_set(classes, "test", counts(s->test, s->classes));
    gamlp_json_set(object, "class_nodes", classes);
    return object;
}

gamlp_status gamlp_dataset_json(char **text, const gamlp_dataset *dataset) {
    gamlp_statistics statistics;
    *text = NULL;
    gamlp_json *object = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_statistics_of(&statistics, dataset));
    object = gamlp_json_object();
    gamlp_json_set(object, "dataset", gamlp_report_dataset(dataset));
    gamlp_json_set(object, "split", gamlp_report_split(dataset));
    gamlp_json_set(object, "structure", structure_object(dataset, &statistics));
    status = gamlp_json_dump(text, object, true);
done:
    gamlp_json_free(object);
    gamlp_statistics_clear(&statistics);
    return status;
}
