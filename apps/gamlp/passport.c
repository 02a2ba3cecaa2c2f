/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The passport of a data set as text. */
#include <math.h>
#include <stdio.h>

#include "program.h"

enum { KEY = 14 }; /* columns of the words on the left */

static void print_edition(const gamlp_edition *e) {
    printf("%-*s", KEY, "edition");
    if (e->match_count == 0 && !e->nearest) printf("none of those with a manifest is near");
    if (e->nearest) printf("like %s (%s): ", e->nearest, e->title);
    for (int64_t i = 0; i < e->match_count; i++) printf("%s%s", i > 0 ? ", " : "", e->match[i]);
    if (e->match_count > 0) printf(": %s", e->title);
    for (int64_t i = 0; i < e->difference_count; i++)
        printf("%s%s", i > 0 ? "; " : "", e->difference[i]);
    printf("\n");
}

/* An edge of two arcs goes both ways. */
static void print_directions(const gamlp_graph *graph) {
    printf("%-*s", KEY, "directions");
    if (graph->arcs.rows)
        printf("%lld arcs; edges both ways %lld\n", (long long)graph->arcs.nnz,
               (long long)(graph->arcs.nnz - graph->edges));
    else
        printf("none\n");
}

static void print_size(const gamlp_dataset *d, const gamlp_statistics *s) {
    printf("%-*s%lld", KEY, "nodes", (long long)d->nodes);
    if (d->missing_rows) printf(", %lld of them without features", (long long)d->missing_rows);
    if (d->component == GAMLP_COMPONENT_LARGEST) printf(", the largest component of the source");
    printf("\n%-*s%lld undirected; the source lists %lld: self-loops %lld, duplicates %lld", KEY,
           "edges", (long long)d->graph.edges, (long long)d->graph.stored_edges,
           (long long)d->graph.self_loops, (long long)d->graph.duplicate_edges);
    if (d->skipped_edges)
        printf("; %lld more name a node that it does not describe", (long long)d->skipped_edges);
    printf("\n");
    print_directions(&d->graph);
    printf("%-*s%lld, %s; %.4g %% are not zero\n", KEY, "features", (long long)d->features,
           d->sparse.rows ? "sparse" : "dense", 100 * s->density);
    printf("%-*s%lld\n", KEY, "classes", (long long)d->classes);
    if (d->time) printf("%-*s%ld to %ld\n", KEY, "time", (long)s->time_first, (long)s->time_last);
}

static void print_structure(const gamlp_statistics *s) {
    printf("%-*s%lld, the largest of %lld nodes; %lld isolated nodes\n", KEY, "components",
           (long long)s->graph.components, (long long)s->graph.largest_component,
           (long long)s->graph.isolated);
    printf("%-*s%lld to %lld, median %g, mean %.2f\n", KEY, "degree",
           (long long)s->graph.degree_min, (long long)s->graph.degree_max, s->graph.degree_median,
           s->graph.degree_mean);
    if (isnan(s->homophily)) return;
    printf("%-*s%.4f of the edges join equal labels; by node %.4f", KEY, "homophily", s->homophily,
           s->node_homophily);
    if (!isnan(s->adjusted_homophily)) printf("; adjusted %.4f", s->adjusted_homophily);
    printf("\n");
}

static void print_figures(const gamlp_graph_summary *s) {
    printf("%-*s%.0f; %.4f of the pairs of neighbours are joined, by node %.4f\n", KEY, "triangles",
           s->triangles, s->transitivity, s->clustering);
    printf("%-*slargest %lld, of %lld nodes; mean %.2f\n", KEY, "cores", (long long)s->core_max,
           (long long)s->core_nodes, s->core_mean);
    printf("%-*snode %lld has %.1f times the mean; %.3g %% of the nodes have half of all\n", KEY,
           "pagerank", (long long)s->pagerank_node, s->pagerank_max, 100 * s->pagerank_half);
}

static void print_split(const gamlp_dataset *d, const char *lack) {
    if (lack) {
        printf("%-*snone: ", KEY, "split");
        print_safe(stdout, lack);
        printf("\n");
        return;
    }
    printf("%-*s%s: %lld train, %lld val, %lld test", KEY, "split", d->split.rule,
           (long long)d->split.train_count, (long long)d->split.val_count,
           (long long)d->split.test_count);
    if (d->fixed_count > 0) printf("; the source has %lld splits", (long long)d->fixed_count);
    printf("\n");
}

static void print_classes(const gamlp_dataset *d, const gamlp_statistics *s) {
    printf("\n%-*s%9s%9s%9s%9s\n", KEY, "nodes of", "all", "train", "val", "test");
    for (int64_t c = 0; c < s->classes; c++) {
        printf("  %-*lld%9lld%9lld%9lld%9lld", KEY - 2, (long long)c, (long long)s->total[c],
               (long long)s->train[c], (long long)s->val[c], (long long)s->test[c]);
        if (d->class_name) printf("  ");
        if (d->class_name) print_safe(stdout, d->class_name[c]);
        printf("\n");
    }
    if (s->unlabelled) printf("  %-*s%9lld\n", KEY - 2, "no class", (long long)s->unlabelled);
}

static void print_hashes(const gamlp_dataset *d, const gamlp_passport *p) {
    printf("\n%-*s%s\n", KEY, "fingerprint", d->fingerprint);
    printf("%-*s%s\n", KEY, "  of split", d->split_fingerprint);
    printf("%-*s%s\n", KEY, "  of labels", p->hashes.labels);
    printf("%-*s%s\n", KEY, "unordered", p->hashes.content);
    printf("%-*s%s\n", KEY, "  of graph", p->hashes.graph);
}

static void print_files(const gamlp_passport *p) {
    if (p->file_count > 0) printf("\n%12s  %-64s  %s\n", "bytes", "sha256", "file");
    for (int64_t i = 0; i < p->file_count; i++) {
        printf("%12lld  %s  ", (long long)p->file[i].bytes, p->file[i].sha256);
        print_safe(stdout, p->file[i].name);
        printf("\n");
    }
}

void print_passport(const gamlp_dataset *dataset, const gamlp_passport *passport,
                    const char *lack) {
    printf("%-*s", KEY, "dataset");
    print_safe(stdout, dataset->name);
    printf(" (%s)\n", dataset->format);
    print_edition(&passport->edition);
    print_size(dataset, &passport->statistics);
    print_structure(&passport->statistics);
    if (passport->summarised) print_figures(&passport->figures);
    print_split(dataset, lack);
    print_classes(dataset, &passport->statistics);
    print_hashes(dataset, passport);
    print_files(passport);
}
