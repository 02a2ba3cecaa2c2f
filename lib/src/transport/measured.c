/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run measured, for the simulation: its net, and the time of an iteration. */
#include <stdlib.h>

#include "core/file.h"
#include "core/json.h"
#include "core/lines.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "gamlp/simulate.h"

enum { SUMMARY_LIMIT = 1 << 26 };

static gamlp_status read_json(gamlp_json **json, const char *path) {
    gamlp_bytes bytes = {0};
    gamlp_status status = gamlp_file_read(&bytes, path, SUMMARY_LIMIT);
    if (status == GAMLP_OK) status = gamlp_json_parse(json, bytes.data, bytes.size, path);
    gamlp_bytes_clear(&bytes);
    return status;
}

/* An integer of an object of the summary. */
static bool get(int64_t *value, const gamlp_json *summary, const char *object, const char *key) {
    const gamlp_json *inner = gamlp_json_get(summary, object);
    return inner && gamlp_json_get_int(inner, key, value);
}

static gamlp_status read_net(gamlp_simulate_options *o, const gamlp_json *summary,
                             const char *path) {
    int64_t hops, raw, workers = 0;
    bool whole = get(&o->layers, summary, "options", "layers") &&
                 get(&o->hidden, summary, "options", "hidden") &&
                 get(&hops, summary, "options", "hops") &&
                 get(&raw, summary, "dataset", "features") &&
                 get(&o->classes, summary, "dataset", "classes") &&
                 get(&o->nodes, summary, "split", "train");
    if (!whole || hops < 1 || raw < 1 || raw > (int64_t)1 << 40 || hops > 1000)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: expected layers, hidden and hops, features, classes and train of a "
                          "run of a pdADMM solver",
                          path);
    if (get(&workers, summary, "workers", "count") && workers > 1)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: a run of %lld workers, expected one of one process or one worker",
                          path, (long long)workers);
    o->features = raw * hops;
    return GAMLP_OK;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A record's iteration, and when it ended. */
static gamlp_status read_record(int64_t *iteration, double *seconds, const gamlp_lines *lines,
                                const char *text, size_t size) {
    gamlp_json *json = NULL;
    gamlp_status status = gamlp_json_parse(&json, text, size, "run.jsonl");
    if (status != GAMLP_OK) return status;
    if (!gamlp_json_get_int(json, "iteration", iteration) ||
        !gamlp_json_get_real(json, "seconds", seconds))
        status = gamlp_lines_refuse(lines, "expected iteration and seconds");
    gamlp_json_free(json);
    return status;
}

/* The median of the times between two iterations. */
static gamlp_status read_time(double *median, const char *path) {
    gamlp_lines *lines = NULL;
    double *step = NULL, before = 0, seconds;
    char *text;
    size_t size;
    int64_t count = 0, last = 0, iteration;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lines_open(&lines, path));
    for (;;) {
        GAMLP_TRY(gamlp_lines_next(&text, &size, lines));
        if (!text) break;
        GAMLP_TRY(read_record(&iteration, &seconds, lines, text, size));
        if (iteration == last + 1 && last > 0) {
            GAMLP_TRY(gamlp_grow(&step, count, count + 1, sizeof *step, "times of iterations"));
            step[count++] = seconds - before;
        }
        last = iteration;
        before = seconds;
    }
    if (count == 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: expected two iterations at least", path));
    qsort(step, (size_t)count, sizeof *step, compare);
    *median = count % 2 ? step[count / 2] : (step[count / 2 - 1] + step[count / 2]) / 2;
done:
    gamlp_lines_close(lines);
    gamlp_free(step);
    return status;
}

gamlp_status gamlp_simulate_measured(gamlp_simulate_options *options, const char *run) {
    char *summary = NULL, *journal = NULL;
    gamlp_json *json = NULL;
    double seconds;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(&summary, "%s/summary.json", run));
    GAMLP_TRY(gamlp_text_format(&journal, "%s/run.jsonl", run));
    GAMLP_TRY(read_json(&json, summary));
    GAMLP_TRY(read_net(options, json, summary));
    GAMLP_TRY(read_time(&seconds, journal));
    options->iteration_ms = 1e3 * seconds;
    status = gamlp_simulate_options_check(options);
done:
    gamlp_json_free(json);
    gamlp_free(summary);
    gamlp_free(journal);
    return status;
}
