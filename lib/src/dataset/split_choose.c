/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From options to the split of a data set. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dataset/split.h"
#include "gamlp/alloc.h"

gamlp_status gamlp_dataset_options_check(const gamlp_dataset_options *options) {
    gamlp_split_spec spec;
    return gamlp_split_spec_parse(&spec, options->split);
}

gamlp_status gamlp_split_wants_component(bool *wants, const gamlp_dataset_options *options) {
    gamlp_split_spec spec;
    gamlp_status status = gamlp_split_spec_parse(&spec, options->split);
    *wants = options->component == GAMLP_COMPONENT_LARGEST || spec.kind == GAMLP_SPLIT_PITFALLS;
    return status;
}

/* Without a word from the user: the source's only split, the first of several, or a random one. */
static void settle_kind(gamlp_split_spec *spec, const gamlp_dataset *d) {
    if (spec->kind != GAMLP_SPLIT_SOURCE) return;
    spec->kind = d->split.rule[0]     ? GAMLP_SPLIT_PUBLIC
                 : d->fixed_count > 0 ? GAMLP_SPLIT_FIXED
                                      : GAMLP_SPLIT_RANDOM;
}

static bool is_drawn(gamlp_split_kind kind) {
    return kind == GAMLP_SPLIT_RANDOM || kind == GAMLP_SPLIT_FRACTION ||
           kind == GAMLP_SPLIT_STRATIFIED || kind == GAMLP_SPLIT_PITFALLS;
}

/* An option that was asked for must matter. */
static gamlp_status refuse_idle(const gamlp_dataset *d, const gamlp_split_spec *spec,
                                const gamlp_dataset_options *o) {
    static const char *const name[] = {"split-seed", "train-per-class", "val", "test"};
    bool counted = spec->kind == GAMLP_SPLIT_RANDOM && spec->count == 0;
    unsigned used = is_drawn(spec->kind) && !spec->seeded ? GAMLP_ASKED_SEED : 0;
    if (counted) used |= GAMLP_ASKED_TRAIN | GAMLP_ASKED_VAL | GAMLP_ASKED_TEST;
    char text[GAMLP_NAME_MAX];
    gamlp_split_spec_text(text, spec);
    for (unsigned bit = 0; bit < sizeof name / sizeof name[0]; bit++)
        if (o->asked & ~used & 1u << bit)
            return gamlp_fail(GAMLP_E_CONFIG,
                              "%s: %s has no effect on the split %s; the split \"random\" obeys it",
                              d->name, name[bit], text);
    return GAMLP_OK;
}

static gamlp_status copy_part(int64_t **copy, const int64_t *node, int64_t count) {
    gamlp_status status = gamlp_new_raw(copy, count, sizeof *node, "a split");
    if (status == GAMLP_OK && count > 0) memcpy(*copy, node, (size_t)count * sizeof *node);
    return status;
}

static gamlp_status take_fixed(gamlp_split *split, const gamlp_dataset *d, gamlp_split_spec *spec) {
    int64_t k = spec->number[0], n = d->fixed_count;
    gamlp_status status = GAMLP_OK;
    if (n == 0) return gamlp_fail(GAMLP_E_DATA, "%s: has no fixed splits", d->name);
    if (k >= n || (spec->count == 2 && spec->number[1] != n))
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: has %" PRId64 " fixed splits, expected fixed:0 to fixed:%" PRId64,
                          d->name, n, n - 1);
    const gamlp_split *from = &d->fixed[k];
    GAMLP_TRY(copy_part(&split->train, from->train, from->train_count));
    GAMLP_TRY(copy_part(&split->val, from->val, from->val_count));
    GAMLP_TRY(copy_part(&split->test, from->test, from->test_count));
    split->train_count = from->train_count;
    split->val_count = from->val_count;
    split->test_count = from->test_count;
    spec->count = 2;
    spec->number[1] = n;
done:
    return status;
}

static gamlp_status make(gamlp_split *split, const gamlp_dataset *d, gamlp_split_spec *spec) {
    switch (spec->kind) {
    case GAMLP_SPLIT_FIXED:
        return take_fixed(split, d, spec);
    case GAMLP_SPLIT_TIME:
        return gamlp_split_by_time(split, d, spec);
    case GAMLP_SPLIT_FILE:
        return gamlp_split_read(split, spec->path, d);
    default:
        return gamlp_split_draw(split, d, spec);
    }
}

static gamlp_status draw_random(gamlp_dataset *d, const gamlp_split_spec *spec,
                                const gamlp_dataset_options *o) {
    const int64_t given[3] = {o->train_per_class, o->val_count, o->test_count};
    const int64_t *count = spec->count > 0 ? spec->number : given;
    gamlp_status status =
        gamlp_dataset_split_random(d, count[0], count[1], count[2], (uint64_t)spec->seed);
    if (status != GAMLP_E_DATA) return status;
    return gamlp_fail(status, "%s (fractions suit any size: --split stratified:0.6,0.2,0.2)",
                      gamlp_error_text());
}

gamlp_status gamlp_dataset_split(gamlp_dataset *dataset, const gamlp_dataset_options *options) {
    gamlp_split_spec spec;
    gamlp_split split = {0};
    bool component;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_split_wants_component(&component, options));
    GAMLP_TRY(gamlp_split_spec_parse(&spec, options->split));
    settle_kind(&spec, dataset);
    GAMLP_TRY(refuse_idle(dataset, &spec, options));
    if (component && dataset->component != GAMLP_COMPONENT_LARGEST)
        GAMLP_TRY(gamlp_dataset_largest_component(dataset));
    if (!spec.seeded) spec.seed = options->split_seed;
    spec.seeded = is_drawn(spec.kind);
    if (spec.kind == GAMLP_SPLIT_PUBLIC) {
        if (!dataset->split.rule[0])
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: has no public split%s", dataset->name,
                                 dataset->fixed_count > 0 ? ", but fixed ones" : ""));
    } else if (spec.kind == GAMLP_SPLIT_RANDOM) {
        GAMLP_TRY(draw_random(dataset, &spec, options));
    } else {
        GAMLP_TRY(make(&split, dataset, &spec));
        gamlp_split_spec_text(split.rule, &spec);
        gamlp_split_clear(&dataset->split);
        dataset->split = split;
        split = (gamlp_split){0};
    }
done:
    gamlp_split_clear(&split);
    return status;
}
