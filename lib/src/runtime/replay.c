/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/replay.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/lines.h"
#include "gamlp/alloc.h"
#include "runtime/run.h"

/* What decides whether two iterations have the same Lagrangian and displacement. */
static const char *const penalty_name[] = {"nu", "rho", "l2", "eps"};
enum { PENALTIES = sizeof penalty_name / sizeof penalty_name[0] };

typedef struct record {
    int64_t split, seed, layers, iteration;
    double val_accuracy, val_loss, objective, residual, rise;
    double falls, lemma4, displacement, k_ck; /* NaN where there is none */
    double penalty[PENALTIES];
    bool descending;
} record;

typedef struct reader {
    const char *falls;
    record now, before;
    double least; /* displacement since the penalties changed */
    gamlp_history history;
    gamlp_replay_run *run; /* the last one of the replay */
    gamlp_lines *lines;
} reader;

static double real_or_nan(const gamlp_json *object, const char *key) {
    double value;
    return gamlp_json_get_real(object, key, &value) ? value : (double)NAN;
}

static gamlp_status parse(record *r, const gamlp_json *object, const reader *from) {
    const struct {
        const char *key;
        int64_t *value;
    } whole[] = {{"split", &r->split},
                 {"seed", &r->seed},
                 {"layers", &r->layers},
                 {"iteration", &r->iteration}};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (!gamlp_json_get_int(object, whole[i].key, whole[i].value))
            return gamlp_lines_refuse(from->lines, "expected split, seed, layers and iteration");
    r->val_accuracy = real_or_nan(object, "val_accuracy");
    r->val_loss = real_or_nan(object, "val_loss");
    r->objective = real_or_nan(object, "objective");
    r->residual = real_or_nan(object, "residual");
    r->rise = real_or_nan(object, "rise");
    r->falls = from->falls ? real_or_nan(object, from->falls) : (double)NAN;
    r->lemma4 = real_or_nan(object, "lemma4");
    r->displacement = real_or_nan(object, "displacement");
    r->k_ck = real_or_nan(object, "k_ck");
    for (int i = 0; i < PENALTIES; i++) r->penalty[i] = real_or_nan(object, penalty_name[i]);
    if (!gamlp_json_get_bool(object, "descending", &r->descending))
        return gamlp_lines_refuse(from->lines, "expected descending");
    return GAMLP_OK;
}

static void complain(reader *r, const char *what, double expected, double found) {
    if (r->run->problem[0]) return;
    snprintf(r->run->problem, sizeof r->run->problem, "line %lld: %s is %.10g, expected %.10g",
             (long long)gamlp_lines_number(r->lines), what, found, expected);
}

static bool near(double a, double b, double tolerance) {
    return fabs(a - b) <= tolerance * fmax(1, fmax(fabs(a), fabs(b)));
}

static bool same_penalties(const record *a, const record *b) {
    for (int i = 0; i < PENALTIES; i++)
        if (!(a->penalty[i] == b->penalty[i] || (isnan(a->penalty[i]) && isnan(b->penalty[i]))))
            return false;
    return true;
}

/* The rise is that of the figure, unless the penalties changed and the method began anew. */
static void check_rise(reader *r) {
    static const double least = 1e-9, most = 1e-5; /* what counts as rounding: double, float */
    const record *now = &r->now, *before = &r->before;
    if (isnan(now->falls) || now->iteration == 1) return;
    double expected = (now->falls - before->falls) / fmax(1, fabs(before->falls));
    bool anew = now->rise == 0 && (now->iteration == 2 || !same_penalties(now, before));
    if (!anew && !near(now->rise, expected, 1e-12)) complain(r, "rise", expected, now->rise);
    if (now->descending ? now->rise > most : now->rise <= least)
        complain(r, "descending", now->rise <= least, now->descending);
}

/* k c_k is k times the least displacement since the penalties changed. */
static void check_ck(reader *r) {
    const record *now = &r->now;
    if (isnan(now->displacement) || isnan(now->k_ck)) return;
    bool anew = now->iteration == 1 || !same_penalties(now, &r->before);
    r->least = anew ? now->displacement : fmin(r->least, now->displacement);
    double expected = (double)now->iteration * r->least;
    if (fabs(now->k_ck - expected) > 1e-12 * fabs(expected))
        complain(r, "k_ck", expected, now->k_ck);
}

static void note(reader *r) {
    gamlp_replay_run *run = r->run;
    const record *now = &r->now;
    gamlp_score val = {now->val_accuracy, now->val_loss};
    if (gamlp_is_better(val, run->best)) {
        run->best = val;
        run->best_iteration = now->iteration;
    }
    run->iterations = now->iteration;
    run->objective = now->objective;
    run->residual = now->residual;
    run->theory.rises += !now->descending;
    run->theory.worst_rise = fmax(run->theory.worst_rise, now->rise);
    run->theory.has_lemma4 = !isnan(now->lemma4);
    run->theory.lemma4_max = fmax(run->theory.lemma4_max, now->lemma4);
}

/* A record of another seed or split begins a run, one of more layers a stage. */
static gamlp_status begin(gamlp_replay *replay, reader *r) {
    const record *now = &r->now;
    bool same = r->run && r->run->split == now->split && r->run->seed == now->seed;
    if (r->run) gamlp_certificate_of(&r->run->certificate, &r->history);
    if (!same) {
        gamlp_status status = gamlp_grow(&replay->run, replay->count, replay->count + 1,
                                         sizeof *replay->run, "the runs of a journal");
        if (status != GAMLP_OK) return status;
        r->run = &replay->run[replay->count++];
        *r->run = (gamlp_replay_run){.split = now->split, .seed = now->seed};
    } else if (now->layers <= r->before.layers) {
        complain(r, "iteration", (double)r->before.iteration + 1, (double)now->iteration);
    }
    r->run->best_iteration = 0;
    r->run->best = (gamlp_score){(double)NAN, (double)NAN};
    r->run->theory = (gamlp_theory){0};
    r->history.count = 0;
    if (now->iteration != 1) complain(r, "iteration", 1, (double)now->iteration);
    return GAMLP_OK;
}

static gamlp_status enlarge(gamlp_history *history) {
    gamlp_history more;
    gamlp_status status = gamlp_history_init(&more, 2 * history->capacity + 64);
    if (status != GAMLP_OK) return status;
    size_t size = (size_t)history->count * sizeof(double);
    if (size > 0) {
        memcpy(more.c_k, history->c_k, size);
        memcpy(more.falls, history->falls, size);
        memcpy(more.residual, history->residual, size);
    }
    more.count = history->count;
    gamlp_history_clear(history);
    *history = more;
    return GAMLP_OK;
}

static gamlp_status remember(reader *r) {
    gamlp_status status = GAMLP_OK;
    if (!r->falls) return GAMLP_OK;
    if (r->history.count == r->history.capacity) status = enlarge(&r->history);
    if (status == GAMLP_OK)
        gamlp_history_add(&r->history, r->now.k_ck, r->now.falls, r->now.residual);
    return status;
}

static gamlp_status take(gamlp_replay *replay, reader *r, char *text, size_t size,
                         const char *path) {
    gamlp_json *object = NULL;
    gamlp_status status = GAMLP_OK;
    status = gamlp_json_parse(&object, text, size, path);
    if (status == GAMLP_E_DATA) status = gamlp_lines_refuse(r->lines, "not a JSON object");
    GAMLP_TRY(status);
    r->before = r->now;
    GAMLP_TRY(parse(&r->now, object, r));
    if (!r->run || r->run->split != r->now.split || r->run->seed != r->now.seed ||
        r->before.layers != r->now.layers)
        GAMLP_TRY(begin(replay, r));
    else if (r->now.iteration != r->before.iteration + 1)
        complain(r, "iteration", (double)r->before.iteration + 1, (double)r->now.iteration);
    check_rise(r);
    check_ck(r);
    note(r);
    status = remember(r);
done:
    gamlp_json_free(object);
    return status;
}

gamlp_status gamlp_replay_read(gamlp_replay *replay, const char *path, const char *falls) {
    reader r = {.falls = falls};
    char *text;
    size_t size;
    gamlp_status status = GAMLP_OK;
    *replay = (gamlp_replay){0};
    GAMLP_TRY(gamlp_lines_open(&r.lines, path));
    for (;;) {
        GAMLP_TRY(gamlp_lines_next(&text, &size, r.lines));
        if (!text) break;
        GAMLP_TRY(take(replay, &r, text, size, path));
    }
    if (!r.run) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no record", path));
    gamlp_certificate_of(&r.run->certificate, &r.history);
done:
    gamlp_lines_close(r.lines);
    gamlp_history_clear(&r.history);
    if (status != GAMLP_OK) gamlp_replay_clear(replay);
    return status;
}

void gamlp_replay_clear(gamlp_replay *replay) {
    gamlp_free(replay->run);
    *replay = (gamlp_replay){0};
}
