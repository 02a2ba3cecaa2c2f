/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gamlp verify`: a finished run against itself. */
#include "runtime/verify_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "runtime/run.h"
#include "runtime/solvers.h"

enum { LARGEST_SUMMARY = 1 << 28, WHAT = 64 };

gamlp_status gamlp_verify_path(char **path, const gamlp_verify_job *job, const char *name) {
    return gamlp_text_format(path, "%s/%s", job->directory, name);
}

gamlp_status gamlp_verify_number(const gamlp_verify_job *job, const char *what, double expected,
                                 double found, double tolerance) {
    char ours[40], theirs[40];
    double scale = fmax(1, fmax(fabs(expected), fabs(found)));
    bool same = expected == found || fabs(expected - found) <= tolerance * scale;
    snprintf(ours, sizeof ours, "%.10g", found);
    snprintf(theirs, sizeof theirs, "%.10g", expected);
    return gamlp_finding_judge(job->v, what, same ? GAMLP_VERDICT_OK : GAMLP_VERDICT_DIFFERS,
                               theirs, ours);
}

gamlp_status gamlp_verify_member(const gamlp_verify_job *job, const char *what,
                                 const gamlp_json *object, const char *key, double found,
                                 double tolerance) {
    double expected;
    if (gamlp_json_get_real(object, key, &expected))
        return gamlp_verify_number(job, what, expected, found, tolerance);
    char text[40];
    snprintf(text, sizeof text, "%.10g", found);
    return gamlp_finding_judge(job->v, what, GAMLP_VERDICT_DIFFERS, "nothing", text);
}

/* A number of the summary of one run against the journal. */
typedef struct member {
    const char *key;
    double found;
} member;

static gamlp_status check_members(const gamlp_verify_job *job, const gamlp_json *object,
                                  const char *of, const member *m, size_t count) {
    gamlp_status status = GAMLP_OK;
    for (size_t i = 0; i < count && status == GAMLP_OK; i++) {
        char what[4 * WHAT];
        snprintf(what, sizeof what, "%s %s", of, m[i].key);
        status = gamlp_verify_member(job, what, object, m[i].key, m[i].found, 1e-12);
    }
    return status;
}

/* The theorem holds where its condition does. */
static gamlp_status check_theory(const gamlp_verify_job *job, const gamlp_json *run, const char *of,
                                 const gamlp_theory *found) {
    const gamlp_json *theory = gamlp_json_get(run, "theory");
    const member member_of[] = {{"rises", (double)found->rises},
                                {"worst_rise", found->worst_rise},
                                {"lemma4_max", found->lemma4_max}};
    bool met = false;
    char what[4 * WHAT];
    if (!theory) return GAMLP_OK;
    gamlp_status status = check_members(job, theory, of, member_of, found->has_lemma4 ? 3 : 2);
    if (status != GAMLP_OK || !gamlp_json_get_bool(theory, "condition_met", &met) || !met)
        return status;
    snprintf(what, sizeof what, "%s guarantee: rises", of);
    return gamlp_verify_number(job, what, 0, (double)found->rises, 0);
}

static gamlp_status check_certificate(const gamlp_verify_job *job, const gamlp_json *run,
                                      const char *of, const gamlp_certificate *c) {
    const gamlp_json *object = gamlp_json_get(run, "certificate");
    const member common[] = {
        {"iterations", (double)c->iterations}, {"factor", c->factor},
        {"residual_most", c->residual_most},   {"residual_last", c->residual_last},
        {"k_ck_half", c->k_ck_half},           {"k_ck_last", c->k_ck_last}};
    const member fit[] = {{"slope", c->c_k.slope}, {"r2", c->c_k.r2}},
                 tail[] = {{"slope", c->tail.slope}, {"r2", c->tail.r2}};
    char of_fit[2 * WHAT];
    gamlp_status status = GAMLP_OK;
    if (!object) return GAMLP_OK;
    snprintf(of_fit, sizeof of_fit, "%s certificate", of);
    GAMLP_TRY(check_members(job, object, of_fit, common, c->has_ck ? 6 : 4));
    snprintf(of_fit, sizeof of_fit, "%s tail", of);
    GAMLP_TRY(check_members(job, gamlp_json_get(object, "tail"), of_fit, tail, 2));
    snprintf(of_fit, sizeof of_fit, "%s c_k", of);
    if (c->has_ck) GAMLP_TRY(check_members(job, gamlp_json_get(object, "c_k"), of_fit, fit, 2));
done:
    return status;
}

/* Rates are told of every run, certified or not. */
static gamlp_status tell_rates(const gamlp_verify_job *job, const char *of,
                               const gamlp_certificate *c) {
    char what[4 * WHAT], text[160];
    gamlp_status status = GAMLP_OK;
    if (!c->made) return GAMLP_OK;
    snprintf(what, sizeof what, "%s rates", of);
    if (c->has_ck)
        snprintf(text, sizeof text, "c_k ~ k^%.2f (r2 %.3f), k c_k %.3g to %.3g", c->c_k.slope,
                 c->c_k.r2, c->k_ck_half, c->k_ck_last);
    else
        snprintf(text, sizeof text, "factor %.4f an iteration (r2 %.3f)", c->factor, c->tail.r2);
    status = gamlp_finding_judge(job->v, what, GAMLP_VERDICT_OK, NULL, text);
    return status;
}

static gamlp_status check_run(const gamlp_verify_job *job, const gamlp_json *run,
                              const gamlp_replay_run *replay) {
    const member found[] = {{"seed", (double)replay->seed},
                            {"iterations", (double)replay->iterations},
                            {"best_iteration", (double)replay->best_iteration},
                            {"val_accuracy", replay->best.accuracy},
                            {"val_loss", replay->best.loss},
                            {"objective", replay->objective},
                            {"residual", replay->residual}};
    char of[WHAT], what[2 * WHAT];
    gamlp_status status = GAMLP_OK;
    snprintf(of, sizeof of, "split %lld seed %lld", (long long)replay->split,
             (long long)replay->seed);
    snprintf(what, sizeof what, "%s journal", of);
    GAMLP_TRY(gamlp_finding_add(job->v, what, "consistent",
                                replay->problem[0] ? replay->problem : "consistent"));
    GAMLP_TRY(check_members(job, run, of, found, sizeof found / sizeof found[0]));
    GAMLP_TRY(check_theory(job, run, of, &replay->theory));
    GAMLP_TRY(check_certificate(job, run, of, &replay->certificate));
    GAMLP_TRY(tell_rates(job, of, &replay->certificate));
done:
    return status;
}

static double mean_of(const gamlp_json *runs, const char *key, double *std) {
    int64_t count = gamlp_json_length(runs);
    double sum = 0, square = 0, value = 0;
    for (int64_t i = 0; i < count; i++)
        if (gamlp_json_get_real(gamlp_json_at(runs, i), key, &value)) sum += value;
    double mean = sum / (double)count;
    for (int64_t i = 0; i < count; i++)
        if (gamlp_json_get_real(gamlp_json_at(runs, i), key, &value))
            square += (value - mean) * (value - mean);
    *std = count > 1 ? sqrt(square / (double)(count - 1)) : 0;
    return mean;
}

static gamlp_status check_means(const gamlp_verify_job *job, const gamlp_json *runs) {
    static const char *const key[] = {"val_accuracy", "test_accuracy"};
    gamlp_status status = GAMLP_OK;
    for (int i = 0; i < 2 && status == GAMLP_OK; i++) {
        double std, mean = mean_of(runs, key[i], &std);
        const member found[] = {{"mean", mean}, {"std", std}};
        status = check_members(job, gamlp_json_get(job->summary, key[i]), key[i], found, 2);
    }
    return status;
}

gamlp_status gamlp_verify_journal(const gamlp_verify_job *job) {
    const gamlp_json *runs = gamlp_json_get(job->summary, "runs");
    gamlp_replay replay = {0};
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_verify_path(&path, job, "run.jsonl"));
    GAMLP_TRY(
        gamlp_replay_read(&replay, path, gamlp_solver_row_of(job->options.solver)->method->falls));
    GAMLP_TRY(
        gamlp_verify_number(job, "runs", (double)gamlp_json_length(runs), (double)replay.count, 0));
    for (int64_t i = 0; i < replay.count && i < gamlp_json_length(runs); i++)
        GAMLP_TRY(check_run(job, gamlp_json_at(runs, i), &replay.run[i]));
    status = check_means(job, runs);
done:
    gamlp_replay_clear(&replay);
    gamlp_free(path);
    return status;
}

/* Highest validation accuracy, of equals the lowest loss, then the first. */
static const gamlp_json *best_of(const gamlp_json *runs) {
    const gamlp_json *best = NULL;
    gamlp_score most = {0};
    for (int64_t i = 0; i < gamlp_json_length(runs); i++) {
        const gamlp_json *run = gamlp_json_at(runs, i);
        gamlp_score score = {0};
        gamlp_json_get_real(run, "val_accuracy", &score.accuracy);
        gamlp_json_get_real(run, "val_loss", &score.loss);
        if (best && !gamlp_is_better(score, most)) continue;
        best = run;
        most = score;
    }
    return best;
}

static gamlp_status read_summary(gamlp_verify_job *job) {
    gamlp_bytes bytes = {0};
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_verify_path(&path, job, "summary.json"));
    GAMLP_TRY(gamlp_file_read(&bytes, path, LARGEST_SUMMARY));
    GAMLP_TRY(gamlp_json_parse(&job->summary, bytes.data, bytes.size, path));
    const char *solver = gamlp_json_get_text(job->summary, "solver");
    job->best = best_of(gamlp_json_get(job->summary, "runs"));
    if (!solver || !job->best)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no summary of gamlp train", path));
    status =
        gamlp_option_set(&job->options, gamlp_option_find(gamlp_train_table, "solver"), solver);
    if (status != GAMLP_OK) status = gamlp_fail(GAMLP_E_DATA, "%s: %s", path, gamlp_error_text());
done:
    gamlp_bytes_clear(&bytes);
    gamlp_free(path);
    return status;
}

gamlp_status gamlp_run_verify(gamlp_verification *verification, const char *run, const char *data) {
    gamlp_settings settings;
    gamlp_settings_default(&settings);
    gamlp_verify_job job = {.v = verification, .directory = run, .options = settings.options};
    gamlp_status status = GAMLP_OK;
    *verification = (gamlp_verification){0};
    GAMLP_TRY(gamlp_strdup(&verification->name, run));
    GAMLP_TRY(read_summary(&job));
    GAMLP_TRY(gamlp_verify_journal(&job));
    GAMLP_TRY(gamlp_verify_models(&job));
    GAMLP_TRY(gamlp_verify_config(&job));
    GAMLP_TRY(gamlp_verify_evaluation(&job, data));
done:
    gamlp_json_free(job.summary);
    if (status != GAMLP_OK) gamlp_verification_clear(verification);
    return status;
}
