/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>

#include "gamlp/simulate.h"
#include "program.h"
#include "simulation.h"

typedef struct simulate_flags {
    bool json;
    char run[GAMLP_OPTION_TEXT];
} simulate_flags;

const gamlp_option simulate_flags_table[] = {
    {"run", GAMLP_OPTION_STRING, offsetof(simulate_flags, run), 0, 0, NULL, "RUN",
     "the net, and the measured time of an iteration, are those of this run of one process or one "
     "worker",
     "Work"},
    {"json", GAMLP_OPTION_BOOL, offsetof(simulate_flags, json), 0, 0, NULL, NULL,
     "print one JSON object a line", "Output"},
    {0},
};

const void *simulate_defaults(void) {
    static gamlp_simulate_options options;
    gamlp_simulate_options_default(&options);
    return &options;
}

static void print_row(const gamlp_simulated *r, int64_t asked, bool json) {
    printf(json
               ? "{\"workers\": %lld, \"used\": %lld, \"seconds\": %.6g, \"serial_seconds\": %.6g, "
                 "\"speedup\": %.4f, \"bound\": %.4f, \"waiting\": %.4f, \"wire_bytes\": %.0f}\n"
               : "%7lld %6lld %12.4g %12.4g %9.2f %9.2f %8.3f %14.0f\n",
           (long long)asked, (long long)r->workers, r->seconds, r->serial, r->speedup, r->bound,
           r->waiting, r->wire_bytes);
}

gamlp_status cmd_simulate(const command *verb, int count, char **words) {
    gamlp_simulate_options options;
    simulate_flags flags = {.json = false};
    const option_target target[MAX_TABLES] = {{&options, set_plain}, {&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_simulated row;
    gamlp_status status = GAMLP_OK;
    gamlp_simulate_options_default(&options);
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    if (flags.run[0]) GAMLP_TRY(gamlp_simulate_measured(&options, flags.run));
    if (!flags.json)
        printf("workers   used    seconds/it   one process  speed-up     bound  waiting   "
               "bytes/it\n");
    for (int64_t i = 0; i < options.workers.count; i++) {
        GAMLP_TRY(gamlp_simulate(&row, &options, options.workers.value[i]));
        print_row(&row, options.workers.value[i], flags.json);
    }
done:
    return status;
}
