/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/features.h"
#include "program.h"

const void *features_defaults(void) {
    static gamlp_features_options options;
    gamlp_features_options_default(&options);
    return &options;
}

static void print_made(const gamlp_features_report *r, const char *path) {
    printf("%s: %lld nodes x %lld features, %lld bytes\n", path, (long long)r->nodes,
           (long long)r->rows, (long long)r->bytes);
    for (int64_t t = 0; t < r->terms; t++)
        printf("  %-24s %lld\n", r->term[t].text, (long long)r->term[t].rows);
    printf("seconds   load %.3f, features %.3f, write %.3f\n", r->load_seconds, r->feature_seconds,
           r->write_seconds);
}

gamlp_status cmd_features(const command *verb, int count, char **words) {
    gamlp_dataset_options source;
    gamlp_features_options options;
    const option_target target[MAX_TABLES] = {{&source, set_dataset}, {&options, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_features_report report;
    gamlp_dataset_options_default(&source);
    gamlp_features_options_default(&options);
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status == GAMLP_OK) status = gamlp_features_write(&report, argument[0], &source, &options);
    if (status == GAMLP_OK) print_made(&report, options.out);
    return status;
}
