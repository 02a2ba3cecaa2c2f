/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "gamlp/train.h"
#include "program.h"

typedef struct info_flags {
    bool json;
} info_flags;

const gamlp_option info_table[] = {
    {"json", GAMLP_OPTION_BOOL, offsetof(info_flags, json), 0, 0, NULL, NULL, "print it as JSON",
     "Output"},
    {0},
};

static void print_counts(const char *name, const int64_t *count, int64_t classes) {
    printf("%-12s", name);
    for (int64_t c = 0; c < classes; c++) printf("%s%lld", c ? " " : "", (long long)count[c]);
    printf("\n");
}

static void print_size(const gamlp_dataset *d) {
    printf("%-12s%s (%s)\n", "dataset", d->name, d->format);
    printf("%-12s%lld", "nodes", (long long)d->nodes);
    if (d->missing_rows) printf(", %lld of them without features", (long long)d->missing_rows);
    printf("\n%-12s%lld (source: %lld, self-loops %lld, duplicates %lld)\n", "edges",
           (long long)d->graph.edges, (long long)d->graph.stored_edges,
           (long long)d->graph.self_loops, (long long)d->graph.duplicate_edges);
    printf("%-12s%lld (%s)\n", "features", (long long)d->features,
           d->sparse.rows ? "sparse" : "dense");
    printf("%-12s%lld\n", "classes", (long long)d->classes);
}

static void print_structure(const gamlp_statistics *s) {
    printf("%-12s%lld, the largest of %lld nodes; %lld isolated nodes\n", "components",
           (long long)s->graph.components, (long long)s->graph.largest_component,
           (long long)s->graph.isolated);
    printf("%-12s%lld to %lld, mean %.2f\n", "degree", (long long)s->graph.degree_min,
           (long long)s->graph.degree_max, s->graph.degree_mean);
    if (!isnan(s->homophily))
        printf("%-12s%.4f of the edges join equal labels\n", "homophily", s->homophily);
}

static void print_split(const gamlp_dataset *d, const gamlp_statistics *s) {
    printf("%-12s%s: %lld train, %lld val, %lld test\n", "split", d->split.rule,
           (long long)d->split.train_count, (long long)d->split.val_count,
           (long long)d->split.test_count);
    printf("nodes of each class");
    if (s->unlabelled) printf(" (%lld have no label)", (long long)s->unlabelled);
    printf("\n");
    print_counts("  all", s->total, s->classes);
    print_counts("  train", s->train, s->classes);
    print_counts("  val", s->val, s->classes);
    print_counts("  test", s->test, s->classes);
}

static gamlp_status print_info(const gamlp_dataset *d) {
    gamlp_statistics statistics;
    gamlp_status status = gamlp_statistics_of(&statistics, d);
    if (status == GAMLP_OK) {
        print_size(d);
        print_structure(&statistics);
        print_split(d, &statistics);
        printf("fingerprint of the data   %s\n", d->fingerprint);
        printf("fingerprint of the split  %s\n", d->split_fingerprint);
    }
    gamlp_statistics_clear(&statistics);
    return status;
}

static gamlp_status show(const char *name, const gamlp_dataset_options *options, bool json) {
    gamlp_dataset dataset;
    char *text = NULL;
    gamlp_status status = gamlp_dataset_open(&dataset, name, options);
    if (status != GAMLP_OK) return status;
    if (json) {
        status = gamlp_dataset_json(&text, &dataset);
        if (status == GAMLP_OK) print_text(text);
    } else {
        status = print_info(&dataset);
    }
    gamlp_dataset_clear(&dataset);
    return status;
}

gamlp_status cmd_info(const command *verb, int count, char **words) {
    gamlp_dataset_options options;
    info_flags flags = {.json = false};
    const option_target target[MAX_TABLES] = {{&options, set_dataset}, {&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_dataset_options_default(&options);
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status != GAMLP_OK) return status;
    if (argument[0]) return show(argument[0], &options, flags.json);
    if (flags.json) return gamlp_fail(GAMLP_E_USAGE, "info: --json needs a DATASET");
    for (int64_t i = 0; i < gamlp_dataset_known_count(); i++)
        printf("%s\n", gamlp_dataset_known_name(i));
    return GAMLP_OK;
}
