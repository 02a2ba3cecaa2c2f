/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "gamlp/alloc.h"
#include "gamlp/published.h"
#include "program.h"
#include "progress.h"

typedef struct table_flags {
    bool markdown;
} table_flags;

const gamlp_option table_flags_table[] = {
    {"markdown", GAMLP_OPTION_BOOL, offsetof(table_flags, markdown), 0, 0, NULL, NULL,
     "print Markdown tables at the end, in place of a JSON object for each row", "Options"},
    {0},
};

typedef struct table_cells {
    gamlp_table_cell *cell;
    int64_t count;
    gamlp_status status;
    bool markdown;
    progress_line *line;
} table_cells;

const void *table_defaults(void) {
    static gamlp_table_options options;
    gamlp_table_options_default(&options);
    return &options;
}

static bool on_cell(void *context, const gamlp_table_cell *cell) {
    table_cells *cells = context;
    char *text = NULL;
    progress_clear();
    cells->status =
        gamlp_grow(&cells->cell, cells->count, cells->count + 1, sizeof *cell, "the table");
    if (cells->status != GAMLP_OK) return false;
    cells->cell[cells->count++] = *cell;
    if (cells->markdown) return true;
    cells->status = gamlp_table_cell_json(&text, cell);
    if (cells->status != GAMLP_OK) return false;
    printf("%s\n", text);
    fflush(stdout);
    gamlp_free(text);
    return true;
}

static bool on_progress(void *context, const gamlp_progress *now) {
    if (context) progress_show(context, now);
    return !stop_wanted();
}

gamlp_status cmd_table(const command *verb, int count, char **words) {
    gamlp_table_options options;
    table_flags flags = {.markdown = false};
    const option_target target[MAX_TABLES] = {{&options, set_plain}, {&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    progress_line line = {0};
    table_cells cells = {.line = isatty(STDERR_FILENO) ? &line : NULL};
    char *text = NULL;
    gamlp_status status = GAMLP_OK;
    gamlp_table_options_default(&options);
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    cells.markdown = flags.markdown;
    catch_stops();
    for (int i = 0; i < MAX_ARGUMENTS && (i == 0 || argument[i]); i++) {
        status = gamlp_table_run(argument[i], &options, on_cell, &cells, on_progress, cells.line);
        if (cells.status != GAMLP_OK) status = cells.status;
        GAMLP_TRY(status);
    }
    if (flags.markdown) {
        GAMLP_TRY(gamlp_table_markdown(&text, cells.cell, cells.count));
        print_text(text);
    }
done:
    progress_clear();
    gamlp_free(cells.cell);
    return status;
}
