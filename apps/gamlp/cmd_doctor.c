/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "gamlp/train.h"
#include "gamlp/worker.h"
#include "workers.h"

static gamlp_status set_setting(void *settings, const gamlp_option *row, const char *text) {
    return gamlp_settings_set(settings, row->name, text, GAMLP_ORIGIN_COMMAND);
}

static void print_line(void *context, bool good, const char *text) {
    (void)context;
    printf("%-4s  ", good ? "ok" : "BAD");
    print_safe(stdout, text);
    printf("\n");
    fflush(stdout);
}

gamlp_status cmd_doctor(const command *verb, int count, char **words) {
    gamlp_settings settings;
    const option_target target[MAX_TABLES] = {{&settings, set_setting}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_status status = GAMLP_OK;
    gamlp_settings_default(&settings);
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    GAMLP_TRY(gamlp_settings_set(&settings, "dataset", "karate", GAMLP_ORIGIN_DEFAULT));
    status = gamlp_doctor(&settings, print_line, NULL);
done:
    return status;
}

gamlp_status cmd_status(const command *verb, int count, char **words) {
    const option_target target[MAX_TABLES] = {{NULL, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    char *text = NULL;
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status == GAMLP_OK) status = gamlp_run_status(&text, argument[0]);
    if (status == GAMLP_OK) print_text(text);
    return status;
}

const gamlp_option status_table[] = {{0}};
