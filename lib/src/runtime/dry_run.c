/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run with workers would do: the commands that start them, and the layers of each. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "gamlp/alloc.h"
#include "gamlp/worker.h"
#include "runtime/crew_launch.h"
#include "runtime/run.h"
#include "runtime/share_out.h"

/* *text <- *text and a line. */
static gamlp_status add_line(char **text, const char *line) {
    char *longer;
    gamlp_status status = gamlp_text_format(&longer, "%s%s\n", *text ? *text : "", line);
    if (status != GAMLP_OK) return status;
    gamlp_free(*text);
    *text = longer;
    return GAMLP_OK;
}

static gamlp_status tell_commands(char **text, const gamlp_crew *crew) {
    int64_t commands = crew->launcher == GAMLP_LAUNCHER_SLURM  ? 1
                       : crew->launcher == GAMLP_LAUNCHER_NONE ? 0
                                                               : crew->wanted;
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < commands; i++) {
        gamlp_command command = {0};
        char *line = NULL;
        GAMLP_TRY(gamlp_crew_command(&command, crew, i));
        status = gamlp_command_print(&line, &command);
        if (status == GAMLP_OK) status = add_line(text, line);
        gamlp_free(line);
        gamlp_command_clear(&command);
        GAMLP_TRY(status);
    }
    if (commands == 0)
        status = add_line(text, "gamlp worker --ticket RUN/workers/ticket --number N");
done:
    return status;
}

static gamlp_status tell_share(char **text, int64_t layers, int64_t i, const int64_t *last,
                               const gamlp_load *load) {
    char line[160];
    int64_t first = i ? last[i - 1] + 1 : 1;
    double operations = 0;
    for (int64_t l = first; l <= last[i]; l++) operations += load[l - 1].operations;
    snprintf(line, sizeof line,
             "%lld layers: worker %lld has layers %lld to %lld, %.3g Gflop an iteration, about "
             "%.3g MB",
             (long long)layers, (long long)i + 1, (long long)first, (long long)last[i],
             1e-9 * operations, 1e-6 * gamlp_share_bytes(load, first, last[i]));
    return add_line(text, line);
}

static gamlp_status tell_shares(char **text, const gamlp_run_data *d, const gamlp_train_options *o,
                                const gamlp_crew *crew, int64_t layers) {
    int64_t *last = NULL, *width = NULL, shares = 0;
    gamlp_load *load = NULL;
    gamlp_place *place = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&last, layers, sizeof *last, "shares"));
    GAMLP_TRY(gamlp_new(&width, layers + 1, sizeof *width, "widths"));
    GAMLP_TRY(gamlp_new(&load, layers, sizeof *load, "loads"));
    GAMLP_TRY(gamlp_new(&place, crew->wanted, sizeof *place, "the places of workers"));
    width[0] = d->train.rows;
    for (int64_t l = 1; l < layers; l++) width[l] = gamlp_train_width(o, l);
    width[layers] = d->dataset.classes;
    gamlp_loads_of_run(load, d, o, width, layers);
    gamlp_crew_places(place, crew->wanted, crew);
    GAMLP_TRY(gamlp_share_plan(last, &shares, o, crew->wanted, load, layers, place));
    for (int64_t i = 0; i < shares; i++) GAMLP_TRY(tell_share(text, layers, i, last, load));
done:
    gamlp_free(last);
    gamlp_free(width);
    gamlp_free(load);
    gamlp_free(place);
    return status;
}

gamlp_status gamlp_train_dry_run(char **text, const gamlp_settings *settings) {
    const gamlp_train_options *o = &settings->options;
    int64_t stages = o->grow.count > 0 ? o->grow.count : 1;
    gamlp_crew crew = {.options = o};
    gamlp_run_data data = {0};
    gamlp_status status = GAMLP_OK;
    *text = NULL;
    if (!gamlp_has_workers(o))
        return gamlp_fail(GAMLP_E_USAGE, "dry-run: without workers there is nothing to show");
    GAMLP_TRY(gamlp_crew_choose_launcher(&crew));
    GAMLP_TRY(gamlp_crew_find_program(&crew));
    GAMLP_TRY(tell_commands(text, &crew));
    GAMLP_TRY(gamlp_run_data_init(&data, o, (gamlp_stop){0}));
    for (int64_t s = 0; s < stages; s++)
        GAMLP_TRY(
            tell_shares(text, &data, o, &crew, o->grow.count > 0 ? o->grow.value[s] : o->layers));
done:
    gamlp_run_data_clear(&data);
    gamlp_free(crew.program);
    gamlp_free(crew.host);
    if (status != GAMLP_OK) {
        gamlp_free(*text);
        *text = NULL;
    }
    return status;
}
