/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an evaluation is written as. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "runtime/run.h"

/* softmax(z)_c of the largest z_c; NaN where there is no softmax. */
static double confidence(const gamlp_real *z, int64_t classes, int32_t best) {
    double sum = 0;
    for (int64_t c = 0; c < classes; c++) sum += exp((double)z[c] - (double)z[best]);
    return isnan(sum) ? (double)NAN : 1 / sum; /* without a sign, which would be printed */
}

static void write_line(gamlp_output *output, const gamlp_evaluation *e, int64_t node,
                       int32_t predicted) {
    char line[128];
    double probability =
        confidence(e->logits.data + node * e->logits.rows, e->logits.rows, predicted);
    int size =
        snprintf(line, sizeof line, "%lld,%d,%.6f,", (long long)node, (int)predicted, probability);
    if (e->dataset.label[node] != GAMLP_UNLABELLED)
        size +=
            snprintf(line + size, sizeof line - (size_t)size, "%d", (int)e->dataset.label[node]);
    line[size++] = '\n';
    gamlp_output_write(output, line, (size_t)size);
}

gamlp_status gamlp_predictions_write(const char *path, const gamlp_evaluation *evaluation) {
    static const char header[] = "node,predicted,probability,label\n";
    int32_t *predicted = NULL;
    gamlp_output output = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&predicted, evaluation->logits.cols, sizeof *predicted, "classes"));
    gamlp_classify(predicted, &evaluation->logits);
    GAMLP_TRY(gamlp_output_open(&output, path));
    gamlp_output_write(&output, header, sizeof header - 1);
    for (int64_t i = 0; i < evaluation->logits.cols; i++)
        write_line(&output, evaluation, i, predicted[i]);
    status = gamlp_output_commit(&output);
done:
    gamlp_free(predicted);
    return status;
}

static gamlp_json *score_object(gamlp_score score) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_real(object, "accuracy", score.accuracy);
    gamlp_json_set_real(object, "loss", score.loss);
    return object;
}

gamlp_status gamlp_evaluation_json(char **text, const gamlp_evaluation *e) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_text(object, "version", gamlp_version());
    gamlp_json_set(object, "dataset", gamlp_report_dataset(&e->dataset));
    gamlp_json_set(object, "split", gamlp_report_split(&e->dataset));
    gamlp_json_set_bool(object, "same_data", e->same_data);
    gamlp_json_set_bool(object, "same_split", e->same_split);
    if (e->correct > 0) gamlp_json_set_real(object, "correct", e->correct);
    if (e->smooth > 0) gamlp_json_set_real(object, "smooth", e->smooth);
    gamlp_json_set(object, "train", score_object(e->train));
    gamlp_json_set(object, "val", score_object(e->val));
    gamlp_json_set(object, "test", score_object(e->test));
    gamlp_status status = gamlp_json_dump(text, object, true);
    gamlp_json_free(object);
    return status;
}
