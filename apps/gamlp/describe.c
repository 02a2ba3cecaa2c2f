/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "describe.h"

#include <stdio.h>
#include <string.h>

const exit_code exit_codes[] = {
    {0, "success"},
    {1, "a finished run is not what it says it is (gamlp verify)"},
    {64, "the command line is wrong"},
    {65, "an input was read and its content is wrong or not the published one, or a number is not "
         "finite"},
    {66, "an input is missing or unreadable, or a data set is unknown"},
    {70, "a library failed in a way that has no name"},
    {71, "memory could not be had"},
    {73, "an output cannot be created, or a run is there already"},
    {74, "reading or writing failed, e.g. the disk is full or a pipe is closed"},
    {78, "a configuration file, a preset or a combination of options is wrong"},
    {130, "stopped by a signal; nothing was left behind but what the same command goes on from"},
    {0, NULL},
};

void describe_name(char *text, size_t size, const gamlp_option *row) {
    if (row->type == GAMLP_OPTION_BOOL)
        snprintf(text, size, "--[no-]%s", row->name);
    else
        snprintf(text, size, "--%s %s", row->name, row->argument);
}

void describe_row(char *text, size_t size, const gamlp_option *row, const void *defaults) {
    char value[GAMLP_OPTION_TEXT] = "";
    size_t used = (size_t)snprintf(text, size, "%s", row->help);
    if (row->type == GAMLP_OPTION_CHOICE && used < size)
        used += (size_t)snprintf(text + used, size - used, "; one of: %s", row->choices);
    if (defaults && row->type != GAMLP_OPTION_BOOL)
        gamlp_option_get(defaults, row, value, sizeof value);
    if (value[0] && used < size) snprintf(text + used, size - used, " (default: %s)", value);
}

void each_row(const command *verb, row_visitor visit) {
    const char *group = NULL;
    for (int s = 0; s < MAX_TABLES && verb->sets[s].table; s++) {
        const void *defaults = verb->sets[s].defaults ? verb->sets[s].defaults() : NULL;
        for (const gamlp_option *row = verb->sets[s].table; row->name; row++) {
            if (strcmp(row->name, "dataset") == 0) continue;
            bool new_group = !group || strcmp(group, row->group) != 0;
            group = row->group;
            visit(row, defaults, new_group);
        }
    }
}
