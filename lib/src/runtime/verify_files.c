/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a finished run besides its journal, and its model on the data. */
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "runtime/run.h"
#include "runtime/verify_run.h"

enum { LARGEST_MODEL = 0x7fffffff, LARGEST_CONFIG = 1 << 20 };

static const char *text_of(const gamlp_json *object, const char *key) {
    const char *text = gamlp_json_get_text(object, key);
    return text ? text : "nothing";
}

/* What a model says of itself against the summary of its run. */
static gamlp_status check_metadata(const gamlp_verify_job *job, const char *name,
                                   const gamlp_model *model, const gamlp_json *run) {
    gamlp_json *object = NULL;
    char what[160];
    int64_t seed = -1, expected = -1;
    gamlp_status status = GAMLP_OK;
    if (model->metadata)
        GAMLP_TRY(gamlp_json_parse(&object, model->metadata, strlen(model->metadata), name));
    snprintf(what, sizeof what, "%s solver", name);
    GAMLP_TRY(gamlp_finding_add(job->v, what, text_of(job->summary, "solver"),
                                text_of(object, "solver")));
    snprintf(what, sizeof what, "%s data", name);
    GAMLP_TRY(gamlp_finding_add(job->v, what,
                                text_of(gamlp_json_get(job->summary, "dataset"), "fingerprint"),
                                text_of(gamlp_json_get(object, "dataset"), "fingerprint")));
    snprintf(what, sizeof what, "%s split", name);
    GAMLP_TRY(gamlp_finding_add(job->v, what, text_of(run, "split_fingerprint"),
                                text_of(gamlp_json_get(object, "split"), "fingerprint")));
    snprintf(what, sizeof what, "%s seed", name);
    gamlp_json_get_int(run, "seed", &expected);
    gamlp_json_get_int(object, "seed", &seed);
    GAMLP_TRY(gamlp_verify_number(job, what, (double)expected, (double)seed, 0));
done:
    gamlp_json_free(object);
    return status;
}

static gamlp_status check_model(const gamlp_verify_job *job, const char *name,
                                const gamlp_json *run) {
    gamlp_bytes bytes = {0};
    gamlp_model model = {0};
    char *path = NULL, hex[GAMLP_HASH_TEXT];
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_verify_path(&path, job, name));
    GAMLP_TRY(gamlp_file_read(&bytes, path, LARGEST_MODEL));
    gamlp_run_hash(hex, bytes.data, bytes.size);
    GAMLP_TRY(gamlp_finding_add(job->v, name, text_of(run, "model_sha256"), hex));
    status = gamlp_model_decode(&model, bytes.data, bytes.size, path);
    if (status == GAMLP_E_NOMEM) goto done;
    if (status != GAMLP_OK)
        status = gamlp_finding_add(job->v, name, "a model", gamlp_error_text());
    else
        status = check_metadata(job, name, &model, run);
done:
    gamlp_model_clear(&model);
    gamlp_bytes_clear(&bytes);
    gamlp_free(path);
    return status;
}

static gamlp_status model_name(char **name, const gamlp_json *run, int64_t splits, int64_t split) {
    int64_t seed = 0;
    gamlp_json_get_int(run, "seed", &seed);
    if (splits == 1) return gamlp_text_format(name, "model-seed%lld.safetensors", (long long)seed);
    return gamlp_text_format(name, "model-seed%lld-split%lld.safetensors", (long long)seed,
                             (long long)split);
}

gamlp_status gamlp_verify_models(const gamlp_verify_job *job) {
    const gamlp_json *runs = gamlp_json_get(job->summary, "runs");
    int64_t count = gamlp_json_length(runs), splits = 1;
    gamlp_status status = check_model(job, "model.safetensors", job->best);
    gamlp_json_get_int(job->summary, "splits", &splits);
    if (splits < 1 || count % splits != 0) splits = 1;
    for (int64_t i = 0; i < count && count > 1 && status == GAMLP_OK; i++) {
        const gamlp_json *run = gamlp_json_at(runs, i);
        char *name;
        status = model_name(&name, run, splits, i / (count / splits));
        if (status == GAMLP_OK) status = check_model(job, name, run);
        gamlp_free(name);
    }
    return status;
}

/* The word behind `key` at the beginning of a line. */
static void comment_word(char *word, size_t size, const char *text, const char *key) {
    const char *at = strstr(text, key);
    size_t length = at ? strcspn(at + strlen(key), " \n") : 0;
    snprintf(word, size, "%.*s", (int)length, at ? at + strlen(key) : "");
}

static gamlp_status check_options(const gamlp_verify_job *job, const char *path) {
    gamlp_settings settings;
    gamlp_json *object = NULL;
    char *ours = NULL, *theirs = NULL;
    gamlp_status status = GAMLP_OK;
    gamlp_settings_default(&settings);
    status = gamlp_settings_read(&settings, path);
    if (status == GAMLP_OK) status = gamlp_settings_resolve(&settings);
    if (status == GAMLP_E_NOMEM) goto done;
    if (status != GAMLP_OK) {
        status =
            gamlp_finding_add(job->v, "config.yaml", "the options of a run", gamlp_error_text());
        goto done;
    }
    object = gamlp_report_options(&settings.options);
    GAMLP_TRY(gamlp_json_dump(&ours, object, false));
    GAMLP_TRY(gamlp_json_dump(&theirs, gamlp_json_get(job->summary, "options"), false));
    bool same = strcmp(ours, theirs) == 0;
    status = gamlp_finding_add(job->v, "config.yaml options", "those of summary.json",
                               same ? "those of summary.json" : "others");
done:
    gamlp_json_free(object);
    gamlp_free(ours);
    gamlp_free(theirs);
    return status;
}

gamlp_status gamlp_verify_config(const gamlp_verify_job *job) {
    gamlp_bytes bytes = {0};
    char *path = NULL, *text = NULL, word[2 * GAMLP_HASH_TEXT];
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_verify_path(&path, job, "config.yaml"));
    GAMLP_TRY(gamlp_file_read(&bytes, path, LARGEST_CONFIG));
    GAMLP_TRY(gamlp_text_format(&text, "%.*s", (int)bytes.size, (const char *)bytes.data));
    GAMLP_TRY(check_options(job, path));
    comment_word(word, sizeof word, text, "\n# data ");
    GAMLP_TRY(gamlp_finding_add(job->v, "config.yaml data",
                                text_of(gamlp_json_get(job->summary, "dataset"), "fingerprint"),
                                word));
    comment_word(word, sizeof word, text, "\n# split ");
    GAMLP_TRY(gamlp_finding_add(job->v, "config.yaml split",
                                text_of(gamlp_json_get(job->summary, "split"), "fingerprint"),
                                word));
done:
    gamlp_free(text);
    gamlp_free(path);
    gamlp_bytes_clear(&bytes);
    return status;
}

/* Products may round otherwise when they are done in another order, and turn a node whose logits
 * are all but equal: one node may differ. */
static gamlp_status check_part(const gamlp_verify_job *job, const char *what, const char *key,
                               double found, int64_t nodes) {
    return gamlp_verify_member(job, what, job->best, key, found,
                               nodes > 0 ? 1.000001 / (double)nodes : 0);
}

static gamlp_status compare(const gamlp_verify_job *job, const gamlp_evaluation *e) {
    const gamlp_split *s = &e->dataset.split;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_finding_add(job->v, "the data", "those of the run",
                                e->same_data ? "those of the run" : "others"));
    GAMLP_TRY(gamlp_finding_add(job->v, "the split", "that of the run",
                                e->same_split ? "that of the run" : "another"));
    if (!e->same_split) return GAMLP_OK;
    GAMLP_TRY(check_part(job, "evaluated train accuracy", "train_accuracy", e->train.accuracy,
                         s->train_count));
    GAMLP_TRY(
        check_part(job, "evaluated val accuracy", "val_accuracy", e->val.accuracy, s->val_count));
    GAMLP_TRY(check_part(job, "evaluated test accuracy", "test_accuracy", e->test.accuracy,
                         s->test_count));
    GAMLP_TRY(
        gamlp_verify_member(job, "evaluated val loss", job->best, "val_loss", e->val.loss, 1e-3));
done:
    return status;
}

gamlp_status gamlp_verify_evaluation(const gamlp_verify_job *job, const char *data) {
    gamlp_evaluation e = {0};
    gamlp_status status = gamlp_evaluate(&e, job->directory, NULL, data, NULL);
    if (status == GAMLP_E_NOMEM) return status;
    if (status == GAMLP_E_NOINPUT)
        return gamlp_finding_judge(job->v, "the data", GAMLP_VERDICT_OPEN, NULL,
                                   gamlp_error_text());
    if (status != GAMLP_OK)
        return gamlp_finding_add(job->v, "evaluation", "done", gamlp_error_text());
    status = compare(job, &e);
    gamlp_evaluation_clear(&e);
    return status;
}
