/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `gamlp info` and `gamlp check` print as JSON. */
#include "gamlp/alloc.h"
#include "runtime/run.h"

static gamlp_json *counts(const int64_t *count, int64_t classes) {
    gamlp_json *array = gamlp_json_array();
    for (int64_t c = 0; c < classes; c++) gamlp_json_append_int(array, count[c]);
    return array;
}

static gamlp_json *texts(const char *const *text, int64_t count) {
    gamlp_json *array = gamlp_json_array();
    for (int64_t i = 0; i < count; i++) gamlp_json_append_text(array, text[i]);
    return array;
}

static gamlp_json *classes_object(const gamlp_statistics *s) {
    gamlp_json *classes = gamlp_json_object();
    gamlp_json_set(classes, "total", counts(s->total, s->classes));
    gamlp_json_set(classes, "train", counts(s->train, s->classes));
    gamlp_json_set(classes, "val", counts(s->val, s->classes));
    gamlp_json_set(classes, "test", counts(s->test, s->classes));
    return classes;
}

static void set_graph(gamlp_json *object, const gamlp_dataset *d, const gamlp_statistics *s) {
    gamlp_json_set_int(object, "stored_edges", d->graph.stored_edges);
    gamlp_json_set_int(object, "self_loops", d->graph.self_loops);
    gamlp_json_set_int(object, "duplicate_edges", d->graph.duplicate_edges);
    gamlp_json_set_int(object, "skipped_edges", d->skipped_edges);
    gamlp_json_set_int(object, "arcs", d->graph.arcs.nnz);
    gamlp_json_set_int(object, "missing_rows", d->missing_rows);
    gamlp_json_set_int(object, "unlabelled", s->unlabelled);
    gamlp_json_set_int(object, "components", s->graph.components);
    gamlp_json_set_int(object, "largest_component", s->graph.largest_component);
    gamlp_json_set_int(object, "isolated", s->graph.isolated);
    gamlp_json_set_int(object, "degree_min", s->graph.degree_min);
    gamlp_json_set_int(object, "degree_max", s->graph.degree_max);
    gamlp_json_set_real(object, "degree_mean", s->graph.degree_mean);
    gamlp_json_set_real(object, "degree_median", s->graph.degree_median);
    gamlp_json_set_real(object, "homophily", s->homophily);
    gamlp_json_set_real(object, "node_homophily", s->node_homophily);
    gamlp_json_set_real(object, "adjusted_homophily", s->adjusted_homophily);
}

static gamlp_json *structure_object(const gamlp_dataset *d, const gamlp_statistics *s) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_text(object, "format", d->format);
    set_graph(object, d, s);
    gamlp_json_set_bool(object, "sparse", d->sparse.rows > 0);
    gamlp_json_set_real(object, "density", s->density);
    gamlp_json_set(object, "class_nodes", classes_object(s));
    if (d->class_name) {
        const char *const *name = (const char *const *)d->class_name;
        gamlp_json_set(object, "class_names", texts(name, d->classes));
    }
    if (d->time) {
        gamlp_json_set_int(object, "time_first", s->time_first);
        gamlp_json_set_int(object, "time_last", s->time_last);
    }
    gamlp_json_set_int(object, "fixed_splits", d->fixed_count);
    return object;
}

static gamlp_json *hashes_object(const gamlp_passport *p) {
    const gamlp_passport_hashes *h = &p->hashes;
    gamlp_json *object = gamlp_json_object(), *fixed = gamlp_json_array();
    gamlp_json_set_text(object, "graph", h->graph);
    gamlp_json_set_text(object, "content", h->content);
    gamlp_json_set_text(object, "labels", h->labels);
    for (int64_t i = 0; i < p->fixed_count; i++) gamlp_json_append_text(fixed, p->fixed[i]);
    gamlp_json_set(object, "fixed_splits", fixed);
    return object;
}

static gamlp_json *edition_object(const gamlp_edition *e) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set(object, "matches", texts(e->match, e->match_count));
    gamlp_json_set_text(object, "nearest", e->nearest);
    gamlp_json_set_text(object, "title", e->title);
    const char *const *difference = (const char *const *)e->difference;
    gamlp_json_set(object, "differences", texts(difference, e->difference_count));
    return object;
}

static gamlp_json *files_array(const gamlp_passport *p) {
    gamlp_json *array = gamlp_json_array();
    for (int64_t i = 0; i < p->file_count; i++) {
        gamlp_json *file = gamlp_json_object();
        gamlp_json_set_text(file, "name", p->file[i].name);
        gamlp_json_set_int(file, "bytes", p->file[i].bytes);
        gamlp_json_set_text(file, "sha256", p->file[i].sha256);
        gamlp_json_append(array, file);
    }
    return array;
}

static gamlp_json *figures_object(const gamlp_graph_summary *s) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_real(object, "triangles", s->triangles);
    gamlp_json_set_real(object, "transitivity", s->transitivity);
    gamlp_json_set_real(object, "clustering", s->clustering);
    gamlp_json_set_int(object, "core_max", s->core_max);
    gamlp_json_set_int(object, "core_nodes", s->core_nodes);
    gamlp_json_set_real(object, "core_mean", s->core_mean);
    gamlp_json_set_int(object, "pagerank_node", s->pagerank_node);
    gamlp_json_set_real(object, "pagerank_max", s->pagerank_max);
    gamlp_json_set_real(object, "pagerank_half", s->pagerank_half);
    return object;
}

gamlp_status gamlp_passport_json(char **text, const gamlp_dataset *dataset,
                                 const gamlp_passport *passport) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set(object, "dataset", gamlp_report_dataset(dataset));
    gamlp_json_set(object, "split", gamlp_report_split(dataset));
    gamlp_json_set(object, "structure", structure_object(dataset, &passport->statistics));
    if (passport->summarised) gamlp_json_set(object, "figures", figures_object(&passport->figures));
    gamlp_json_set(object, "hashes", hashes_object(passport));
    gamlp_json_set(object, "edition", edition_object(&passport->edition));
    gamlp_json_set(object, "files", files_array(passport));
    gamlp_status status = gamlp_json_dump(text, object, true);
    gamlp_json_free(object);
    return status;
}

gamlp_status gamlp_dataset_json(char **text, const gamlp_dataset *dataset) {
    gamlp_passport passport;
    *text = NULL;
    gamlp_status status = gamlp_passport_of(&passport, dataset);
    if (status == GAMLP_OK) status = gamlp_passport_json(text, dataset, &passport);
    gamlp_passport_clear(&passport);
    return status;
}

static gamlp_json *finding_object(const gamlp_finding *f) {
    static const char *const verdict[] = {"ok", "differs", "open"};
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_text(object, "what", f->what);
    gamlp_json_set_text(object, "verdict", verdict[f->verdict]);
    gamlp_json_set_text(object, "expected", f->expected);
    gamlp_json_set_text(object, "found", f->found);
    return object;
}

static gamlp_json *verification_object(const gamlp_verification *v) {
    gamlp_json *object = gamlp_json_object(), *array = gamlp_json_array();
    gamlp_json_set_text(object, "name", v->name);
    gamlp_json_set_text(object, "manifest", v->manifest);
    gamlp_json_set_text(object, "absent", v->absent);
    gamlp_json_set_int(object, "differing", v->differing);
    for (int64_t i = 0; i < v->count; i++) gamlp_json_append(array, finding_object(&v->finding[i]));
    gamlp_json_set(object, "findings", array);
    return object;
}

gamlp_status gamlp_run_verification_json(char **text, const gamlp_verification *v) {
    gamlp_json *object = verification_object(v);
    gamlp_status status = gamlp_json_dump(text, object, true);
    gamlp_json_free(object);
    return status;
}

gamlp_status gamlp_verification_json(char **text, const gamlp_verification *verification,
                                     int64_t count) {
    gamlp_json *object = gamlp_json_object(), *array = gamlp_json_array();
    for (int64_t i = 0; i < count; i++)
        gamlp_json_append(array, verification_object(&verification[i]));
    gamlp_json_set(object, "datasets", array);
    gamlp_status status = gamlp_json_dump(text, object, true);
    gamlp_json_free(object);
    return status;
}
