/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "budget.h"
#include "gamlp/features.h"
#include "program.h"

const void *features_defaults(void) {
    static gamlp_features_options options;
    gamlp_features_options_default(&options);
    return &options;
}

static void print_cost(const gamlp_diffusion_cost *cost, const char *name, bool chosen) {
    printf("    %-10s", name);
    if (cost->possible)
        printf("predicted %.3g s, %.3g MB%s\n", cost->seconds, cost->bytes / 1e6,
               chosen ? ": chosen" : "");
    else
        printf("%s\n", cost->why);
}

/* What each method would take, and the certificate of the one that was chosen. */
static void print_diffusion(const gamlp_diffusion_report *d) {
    const gamlp_diffusion_plan *plan = &d->plan;
    if (plan->method == GAMLP_DIFFUSION_AUTO) return;
    for (int m = 1; m < GAMLP_DIFFUSION_METHODS; m++)
        if (plan->cost[m].possible || plan->cost[m].why[0])
            print_cost(&plan->cost[m], gamlp_diffusion_method_name(m), m == (int)plan->method);
    if (plan->fill > 0) printf("    factor    %.3g entries\n", plan->fill);
    printf("    residual  %.2g, error at most %.2g\n", d->residual, d->error);
}

static void print_made(const gamlp_features_report *r, const char *path) {
    printf("%s: %lld nodes x %lld features, %lld bytes\n", path, (long long)r->nodes,
           (long long)r->rows, (long long)r->bytes);
    for (int64_t t = 0; t < r->terms; t++) {
        printf("  %-24s %lld\n", r->term[t].text, (long long)r->term[t].rows);
        print_diffusion(&r->term[t].diffusion);
    }
    if (r->updates > 0 || r->factor_seconds > 0)
        printf(
            "factor    made in %.3f s; %lld updates in %.3f s; features of %lld nodes computed\n",
            r->factor_seconds, (long long)r->updates, r->update_seconds, (long long)r->touched);
    if (r->width > 0)
        printf("panels of %lld features; %lld units of work were done before\n",
               (long long)r->width, (long long)r->resumed);
    printf("seconds   load %.3f, features %.3f, write %.3f\n", r->load_seconds, r->feature_seconds,
           r->write_seconds);
}

gamlp_status cmd_features(const command *verb, int count, char **words) {
    gamlp_dataset_options source;
    gamlp_features_options options;
    const option_target target[MAX_TABLES] = {{&source, set_dataset}, {&options, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_features_report report;
    int64_t memory = 0;
    gamlp_dataset_options_default(&source);
    gamlp_features_options_default(&options);
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status == GAMLP_OK) status = gamlp_features_options_check(&options);
    if (status != GAMLP_OK) return status;
    if (options.stream[0]) status = gamlp_option_bytes(&memory, "stream", options.stream);
    if (status == GAMLP_OK && memory > 0) budget_begin(memory);
    if (status == GAMLP_OK) status = gamlp_features_write(&report, argument[0], &source, &options);
    if (memory > 0) status = budget_end(status, argument[0], "stream");
    if (status == GAMLP_OK) print_made(&report, options.out);
    return status;
}
