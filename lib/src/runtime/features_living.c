/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gamlp features --factor FILE --update EDGES`. */
#include "runtime/features_living.h"

#include <string.h>

#include "core/checksum.h"
#include "core/file.h"
#include "core/lines.h"
#include "core/number.h"
#include "dataset/npy.h"
#include "feature/living.h"
#include "gamlp/alloc.h"
#include "runtime/features.h"
#include "runtime/run.h"

/* A result that is brought up to date: what its numbers are rounded by in turn, relative. */
static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 5e-16 : 2.4e-7;

/* Changes beside a factor: with more of them, to solve for all features, and for the next command
 * to make them anew, takes about as long as to factorise. */
enum { PENDING = 256 };

/* The changes of a file, in its order. */
typedef struct changes {
    int64_t count, room;
    gamlp_living_change *change;
} changes;

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

static gamlp_status keep_change(changes *c, const int64_t node[2], bool add) {
    const int64_t room = c->room + c->room / 2 + 64;
    gamlp_status status = GAMLP_OK;
    if (c->count == c->room) {
        GAMLP_TRY(gamlp_grow(&c->change, c->count, room, sizeof *c->change, "changes of a graph"));
        c->room = room;
    }
    c->change[c->count++] = (gamlp_living_change){(int32_t)node[0], (int32_t)node[1], add};
done:
    return status;
}

static gamlp_status run_changes(changes *c, gamlp_living *living, gamlp_features_report *report,
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
        if (gamlp_living_pending(living) >= PENDING) GAMLP_TRY(gamlp_living_fold(living));
        status = gamlp_living_edge(living, node[0], node[1], add);
        if (status == GAMLP_E_DATA) status = gamlp_lines_refuse(lines, gamlp_error_text());
        GAMLP_TRY(status);
        report->update_seconds += gamlp_clock() - start;
        GAMLP_TRY(keep_change(c, node, add));
    }
    report->updates = c->count;
done:
    return status;
}

static gamlp_status update(changes *c, gamlp_living *living, gamlp_features_report *report,
                           const char *path) {
    gamlp_lines *lines;
    gamlp_status status = gamlp_lines_open(&lines, path);
    if (status != GAMLP_OK) return status;
    status = run_changes(c, living, report, lines);
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

static uint64_t mark_of(const gamlp_dense *own, const gamlp_dense *y) {
    const size_t size = (size_t)(own->rows * own->cols) * sizeof *own->data;
    gamlp_checksum checksum;
    gamlp_checksum_init(&checksum);
    gamlp_checksum_bytes(&checksum, own->data, size);
    gamlp_checksum_bytes(&checksum, y->data, size);
    return gamlp_checksum_value(&checksum);
}

/* Whether the file is the result for `own` that the factor was last used for, which Y then is. */
static bool read_before(gamlp_dense *y, const gamlp_living *living, const gamlp_dense *own,
                        const char *path) {
    const size_t size = (size_t)(own->rows * own->cols) * sizeof *own->data;
    gamlp_bytes bytes = {0};
    gamlp_array a;
    bool same = gamlp_file_read(&bytes, path, size + 4096) == GAMLP_OK &&
                gamlp_npy_parse(&a, bytes.data, bytes.size, path) == GAMLP_OK && a.kind == 'f' &&
                !a.swapped && !a.fortran && a.item_size == (int64_t)sizeof *y->data &&
                a.dims == 2 && a.shape[0] == own->cols && a.shape[1] == own->rows;
    if (same) memcpy(y->data, a.data, size);
    gamlp_bytes_clear(&bytes);
    return same && mark_of(own, y) == gamlp_living_mark(living);
}

/* Bring Y up to date where that is cheaper than to make it anew, and as accurate. */
static gamlp_status refresh(bool *fresh, gamlp_dense *y, double *residual,
                            gamlp_features_report *report, const gamlp_living *living,
                            const gamlp_dense *own, const changes *c, double tolerance) {
    int64_t touched;
    gamlp_status status = GAMLP_OK;
    *fresh = false;
    if (8 * c->count > own->rows) return GAMLP_OK;
    GAMLP_TRY(gamlp_living_refresh(y, &touched, living, own, c->change, c->count, tolerance / 4));
    GAMLP_TRY(gamlp_living_residual(residual, living, y, own));
    *fresh = *residual <= tolerance + rounding;
    if (*fresh) report->touched = touched;
done:
    return status;
}

/* Y as it is after the changes, if any. */
static gamlp_status make_features(gamlp_dense *y, double *residual, gamlp_features_report *report,
                                  gamlp_living *living, const gamlp_dense *own,
                                  const gamlp_features_options *options) {
    changes c = {0};
    bool before = false, fresh = false;
    gamlp_status status = GAMLP_OK;
    report->touched = own->cols;
    if (options->update[0]) {
        before = read_before(y, living, own, options->out);
        GAMLP_TRY(update(&c, living, report, options->update));
    }
    if (before)
        GAMLP_TRY(
            refresh(&fresh, y, residual, report, living, own, &c, options->diffusion.tolerance));
    if (!fresh) GAMLP_TRY(gamlp_living_apply(y, residual, living, own));
done:
    gamlp_free(c.change);
    return status;
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
    GAMLP_TRY(own_features(&own, dataset, feature));
    GAMLP_TRY(gamlp_dense_init(&y, own.rows, own.cols));
    GAMLP_TRY(make_features(&y, &residual, report, living, &own, options));
    report_term(&report->term[0].diffusion, living, residual);
    report->feature_seconds = gamlp_clock() - start;
    report->edges = gamlp_living_edges(living);
    const uint64_t mark = mark_of(&own, &y);
    const bool other = mark != gamlp_living_mark(living);
    gamlp_living_set_mark(living, mark);
    if (report->factor_seconds > 0 || report->updates > 0 || other)
        GAMLP_TRY(gamlp_living_write(options->factor, living, dataset->fingerprint));
    status = gamlp_stack_push_dense(x, &y);
done:
    gamlp_living_free(living);
    gamlp_dense_clear(&own);
    gamlp_dense_clear(&y);
    return status;
}
