/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seeds of a split, each until it is finished: a worker that is lost is replaced, and its seed
 * goes back to the last checkpoint. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "gamlp/alloc.h"
#include "gamlp/log.h"
#include "runtime/checkpoint.h"
#include "runtime/crew.h"
#include "runtime/run.h"
#include "runtime/run_files.h"

static bool better(const gamlp_run_result *a, const gamlp_run_result *b) {
    return gamlp_is_better((gamlp_score){a->val_accuracy, a->val_loss},
                           (gamlp_score){b->val_accuracy, b->val_loss});
}

static gamlp_status model_name(char **name, const gamlp_report *report, int64_t index) {
    long long seed = (long long)report->run[index].seed;
    if (report->splits == 1) return gamlp_text_format(name, "model-seed%lld.safetensors", seed);
    return gamlp_text_format(name, "model-seed%lld-split%lld.safetensors", seed,
                             (long long)(index / (report->count / report->splits)));
}

/* The model of one seed; with several seeds each keeps its own file too. */
static gamlp_status keep_model(gamlp_run_files *files, gamlp_report *report, int64_t index,
                               const unsigned char *bytes, size_t size) {
    bool best = index == 0 || better(&report->run[index], &report->run[report->best]);
    gamlp_status status = GAMLP_OK;
    char *name = NULL;
    if (best) {
        report->best = index;
        GAMLP_TRY(gamlp_run_files_put(files, "model.safetensors", bytes, size));
    }
    if (report->count > 1) {
        GAMLP_TRY(model_name(&name, report, index));
        GAMLP_TRY(gamlp_run_files_put(files, name, bytes, size));
    }
done:
    gamlp_free(name);
    return status;
}

bool gamlp_run_is_broken(const gamlp_run *run) {
    return run->crew && gamlp_crew_is_broken(run->crew);
}

/* A copy with levels of its own. */
static gamlp_status copy_result(gamlp_run_result *to, const gamlp_run_result *from) {
    gamlp_free(to->level);
    *to = *from;
    to->level = NULL;
    if (from->level_sets == 0) return GAMLP_OK;
    gamlp_status status =
        gamlp_new_raw(&to->level, from->level_sets, sizeof *to->level, "the levels of a run");
    if (status == GAMLP_OK)
        memcpy(to->level, from->level, (size_t)from->level_sets * sizeof *to->level);
    else
        to->level_sets = 0;
    return status;
}

/* Seeds that were finished before the run was taken up. */
static gamlp_status take_finished(gamlp_report *report, const gamlp_run *run,
                                  gamlp_run_files *files, int64_t i) {
    gamlp_bytes model = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(copy_result(&report->run[i], &run->checkpoint->result[i]));
    GAMLP_TRY(gamlp_checkpoint_file(&model, run->checkpoint, "model", i));
    status = keep_model(files, report, i, model.data, model.size);
done:
    gamlp_bytes_clear(&model);
    return status;
}

/* What is finished is not trained again. */
static gamlp_status note_finished(const gamlp_report *report, const gamlp_run *run, int64_t i,
                                  const unsigned char *model, size_t size) {
    gamlp_checkpoint *c = run->checkpoint;
    gamlp_status status = GAMLP_OK;
    if (!c || i + 1 == report->count) return GAMLP_OK;
    GAMLP_TRY(copy_result(&c->result[i], &report->run[i]));
    GAMLP_TRY(gamlp_checkpoint_keep_model(c, i, model, size));
    c->position = (gamlp_position){.seed_index = i + 1};
    status = gamlp_checkpoint_write(c, run, NULL, NULL);
done:
    return status;
}

/* Others in the place of lost workers, and the journal as it was at the last checkpoint, or when
 * the seed began. */
static gamlp_status go_back(gamlp_run *run, int64_t begin) {
    gamlp_checkpoint *c = run->checkpoint;
    gamlp_status status = GAMLP_OK;
    if (c && c->serial > 0) GAMLP_TRY(gamlp_checkpoint_read(c));
    bool begun =
        c && c->serial > 0 && c->position.begun && c->position.seed_index == run->seed_index;
    gamlp_log(GAMLP_LOG_WARN, "%s; going back to iteration %lld", gamlp_error_text(),
              begun ? (long long)c->position.iterations : 0);
    GAMLP_TRY(gamlp_output_cut(run->journal, begun ? c->position.journal : begin));
    status = gamlp_crew_renew(run->crew);
done:
    return status;
}

static gamlp_status give_up(const gamlp_run *run, gamlp_status status) {
    char text[700];
    snprintf(text, sizeof text, "%s", gamlp_error_text());
    if (run->settings->options.max_restarts == 0) return status;
    return gamlp_fail(status, "%s; given up after %lld restarts", text,
                      (long long)run->crew->restarts);
}

static gamlp_status run_seed(gamlp_run_result *result, unsigned char **model, size_t *size,
                             gamlp_run *run, int64_t seed) {
    int64_t most = run->settings->options.max_restarts, begin;
    gamlp_status status = gamlp_output_size(&begin, run->journal);
    if (status != GAMLP_OK) return status;
    status = gamlp_run_seed(result, model, size, run, seed);
    while (status != GAMLP_OK && gamlp_run_is_broken(run)) {
        if (run->crew->restarts >= most) return give_up(run, status);
        status = go_back(run, begin);
        if (status == GAMLP_OK) status = gamlp_run_seed(result, model, size, run, seed);
    }
    return status;
}

gamlp_status gamlp_run_seeds(gamlp_report *report, gamlp_run *run, gamlp_run_files *files) {
    const gamlp_train_options *o = &run->settings->options;
    const gamlp_checkpoint *c = run->checkpoint;
    gamlp_status status = GAMLP_OK;
    for (int64_t s = 0; s < o->seeds && status == GAMLP_OK; s++) {
        int64_t i = run->seed_index = run->split_index * o->seeds + s;
        unsigned char *model = NULL;
        size_t size;
        if (c && i < c->position.seed_index) {
            status = take_finished(report, run, files, i);
            continue;
        }
        status = run_seed(&report->run[i], &model, &size, run, o->seed + s * o->seed_step);
        if (status == GAMLP_OK) status = keep_model(files, report, i, model, size);
        if (status == GAMLP_OK) status = note_finished(report, run, i, model, size);
        gamlp_free(model);
    }
    return status;
}
