/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gamlp features --factor FILE --update EDGES`. */
#include "runtime/features_living.h"

#include <string.h>

#include "core/file.h"
#include "core/lines.h"
#include "core/number.h"
#include "feature/living.h"
#include "gamlp/alloc.h"
#include "runtime/features.h"
#include "runtime/run.h"

static bool same_term(const gamlp_term *a, const gamlp_term *b) {
    return a->value == b->value && a->op.kind == b->op.kind;
}

/* The factor of the file, or a new one of the data set's graph. */
static gamlp_status open_factor(gamlp_living **living, gamlp_features_report *report,
                                const gamlp_dataset *d, const gamlp_term *term, const char *path) {
    gamlp_status status = GAMLP_OK;
    double start = gamlp_clock();
    if (!gamlp_file_exists(path)) {
        GAMLP_TRY(gamlp_living_new(living, &d->graph.adjacency, term));
        report->factor_seconds = gamlp_clock() - start;
        return GAMLP_OK;
    }
    GAMLP_TRY(gamlp_living_read(living, path, d->fingerprint));
    const gamlp_term kept = gamlp_living_term(*living);
    if (gamlp_living_nodes(*living) != d->nodes || !same_term(&kept, term))
        GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG, "%s: is the factor of another term", path));
done:
    return status;
}

/* "+,I,J", "-,I,J" or "I,J", which adds. */
static gamlp_status read_change(int64_t node[2], bool *add, const char *text,
                                const gamlp_lines *lines) {
    *add = *text != '-';
    if ((*text == '+' || *text == '-') && text[1] == ',') text += 2;
    for (int e = 0; e < 2; e++) {
        if (!gamlp_number_int(&node[e], &text) || *text != (e == 0 ? ',' : 0))
            return gamlp_lines_refuse(lines, "expected +,I,J or -,I,J with two numbers of nodes");
        text++;
    }
    return GAMLP_OK;
}

static gamlp_status run_changes(gamlp_living *living, gamlp_features_report *report,
                                gamlp_lines *lines) {
    char *text;
    size_t size;
    int64_t node[2];
    bool add;
    gamlp_status status = GAMLP_OK;
    for (;;) {
        GAMLP_TRY(gamlp_lines_next(&text, &size, lines));
        if (!text) break;
        if (!*text || *text == '#') continue;
        GAMLP_TRY(read_change(node, &add, text, lines));
        double start = gamlp_clock();
        status = gamlp_living_edge(living, node[0], node[1], add);
        if (status == GAMLP_E_DATA) status = gamlp_lines_refuse(lines, gamlp_error_text());
        GAMLP_TRY(status);
        report->update_seconds += gamlp_clock() - start;
        report->updates++;
    }
done:
    return status;
}

static gamlp_status update(gamlp_living *living, gamlp_features_report *report, const char *path) {
    gamlp_lines *lines;
    gamlp_status status = gamlp_lines_open(&lines, path);
    if (status != GAMLP_OK) return status;
    status = run_changes(living, report, lines);
    gamlp_lines_close(lines);
    return status;
}

/* The nodes' own features as the set's normalisation has them: the block of the set "x". */
static gamlp_status own_features(gamlp_dense *own, const gamlp_dataset *d,
                                 const gamlp_feature_options *feature) {
    gamlp_feature_source source = {0};
    gamlp_feature_options plain = *feature;
    gamlp_stack x = {0};
    int64_t *node = NULL;
    gamlp_status status = GAMLP_OK;
    plain.set = (gamlp_feature_set){1, {{.kind = GAMLP_TERM_X}}};
    GAMLP_TRY(gamlp_feature_source_init(&source, d, &plain.set));
    GAMLP_TRY(gamlp_new_raw(&node, d->nodes, sizeof *node, "node numbers"));
    for (int64_t i = 0; i < d->nodes; i++) node[i] = i;
    GAMLP_TRY(gamlp_feature_make(&x, &source.input, node, d->nodes, &plain));
    if (x.block[0].sparse.ptr) {
        status = gamlp_csr_to_dense(own, &x.block[0].sparse);
    } else {
        *own = x.block[0].dense;
        x.block[0].dense = (gamlp_dense){0};
    }
done:
    gamlp_stack_clear(&x);
    gamlp_feature_source_clear(&source);
    gamlp_free(node);
    return status;
}

static void report_term(gamlp_diffusion_report *report, const gamlp_living *living,
                        double residual) {
    report->plan.method = GAMLP_DIFFUSION_CHOLESKY;
    report->plan.fill = (double)gamlp_living_entries(living);
    report->residual = residual;
    report->error = residual; /* the gain is a, and so is the gap */
}

gamlp_status gamlp_features_living(gamlp_stack *x, gamlp_features_report *report,
                                   const gamlp_dataset *dataset,
                                   const gamlp_feature_options *feature,
                                   const gamlp_features_options *options) {
    gamlp_living *living = NULL;
    gamlp_dense own = {0}, y = {0};
    double residual, start = gamlp_clock();
    gamlp_status status = GAMLP_OK;
    gamlp_stack_init(x, dataset->nodes);
    if (feature->set.count != 1)
        return gamlp_fail(GAMLP_E_CONFIG, "features: --factor is for one term, there are %lld",
                          (long long)feature->set.count);
    GAMLP_TRY(open_factor(&living, report, dataset, &feature->set.term[0], options->factor));
    if (options->update[0]) GAMLP_TRY(update(living, report, options->update));
    GAMLP_TRY(own_features(&own, dataset, feature));
    GAMLP_TRY(gamlp_dense_init(&y, own.rows, own.cols));
    GAMLP_TRY(gamlp_living_apply(&y, &residual, living, &own));
    report_term(&report->term[0].diffusion, living, residual);
    report->feature_seconds = gamlp_clock() - start;
    report->edges = gamlp_living_edges(living);
    if (report->factor_seconds > 0 || report->updates > 0)
        GAMLP_TRY(gamlp_living_write(options->factor, living, dataset->fingerprint));
    status = gamlp_stack_push_dense(x, &y);
done:
    gamlp_living_free(living);
    gamlp_dense_clear(&own);
    gamlp_dense_clear(&y);
    return status;
}
