/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cells of `gamlp table` as text. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "gamlp/alloc.h"
#include "gamlp/published.h"
#include "runtime/solvers.h"

gamlp_status gamlp_table_cell_json(char **text, const gamlp_table_cell *cell) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_text(object, "dataset", cell->dataset);
    gamlp_json_set_text(object, "preset", cell->preset);
    gamlp_json_set_text(object, "solver", cell->solver);
    gamlp_json_set_real(object, "published_test", cell->published_test);
    gamlp_json_set_real(object, "published_std", cell->published_std);
    gamlp_json_set_real(object, "published_val", cell->published_val);
    gamlp_json_set_bool(object, "done", cell->done);
    if (cell->done) {
        gamlp_json_set_int(object, "seeds", cell->seeds);
        gamlp_json_set_real(object, "test_mean", cell->test_mean);
        gamlp_json_set_real(object, "test_std", cell->test_std);
        gamlp_json_set_real(object, "val_mean", cell->val_mean);
        gamlp_json_set_real(object, "val_std", cell->val_std);
        gamlp_json_set_real(object, "train_seconds", cell->train_seconds);
        gamlp_json_set_text(object, "directory", cell->directory);
    }
    gamlp_status status = gamlp_json_dump(text, object, false);
    gamlp_json_free(object);
    return status;
}

typedef struct page {
    char *text;
    int64_t used, capacity;
    gamlp_status status;
} page;

static void put(page *p, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Append; the first failure is remembered. */
static void put(page *p, const char *format, ...) {
    char piece[2 * GAMLP_OPTION_TEXT];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof piece) length = (int)sizeof piece - 1;
    if (p->status != GAMLP_OK) return;
    p->status = gamlp_grow(&p->text, p->used, p->used + length + 1, 1, "a table");
    if (p->status != GAMLP_OK) return;
    memcpy(p->text + p->used, piece, (size_t)length + 1);
    p->used += length;
}

static const gamlp_table_cell *find(const gamlp_table_cell *cell, int64_t count, const char *preset,
                                    const char *dataset, const char *solver) {
    for (int64_t i = 0; i < count; i++)
        if (strcmp(cell[i].preset, preset) == 0 && strcmp(cell[i].solver, solver) == 0 &&
            (!dataset || strcmp(cell[i].dataset, dataset) == 0))
            return &cell[i];
    return NULL;
}

static void put_cell(page *p, const gamlp_table_cell *c) {
    put(p, " |");
    if (c && c->done)
        put(p, " %.1f ± %.1f", 100 * c->test_mean, 100 * c->test_std);
    else if (c)
        put(p, " –");
    if (c && !isnan(c->published_test)) {
        put(p, " (%.1f", 100 * c->published_test);
        if (!isnan(c->published_std)) put(p, " ± %.1f", 100 * c->published_std);
        put(p, ")");
    }
}

/* Whether cell i is the first of its preset, or of its data set within the preset. */
static bool is_first(const gamlp_table_cell *cell, int64_t i, bool of_dataset) {
    for (int64_t k = 0; k < i; k++)
        if (strcmp(cell[k].preset, cell[i].preset) == 0 &&
            (!of_dataset || strcmp(cell[k].dataset, cell[i].dataset) == 0))
            return false;
    return true;
}

static void put_preset(page *p, const gamlp_table_cell *cell, int64_t count, const char *preset) {
    put(p, "%s### %s\n\n| dataset", p->used ? "\n" : "", preset);
    for (int s = 0; s < gamlp_solver_count(); s++) {
        const char *solver = gamlp_solver_row_of(s)->method->name;
        if (find(cell, count, preset, NULL, solver)) put(p, " | %s", solver);
    }
    put(p, " |\n|---");
    for (int s = 0; s < gamlp_solver_count(); s++)
        if (find(cell, count, preset, NULL, gamlp_solver_row_of(s)->method->name)) put(p, "|---");
    put(p, "|\n");
    for (int64_t i = 0; i < count; i++) {
        if (strcmp(cell[i].preset, preset) != 0 || !is_first(cell, i, true)) continue;
        put(p, "| %s", cell[i].dataset);
        for (int s = 0; s < gamlp_solver_count(); s++) {
            const char *solver = gamlp_solver_row_of(s)->method->name;
            if (find(cell, count, preset, NULL, solver))
                put_cell(p, find(cell, count, preset, cell[i].dataset, solver));
        }
        put(p, " |\n");
    }
}

gamlp_status gamlp_table_markdown(char **text, const gamlp_table_cell *cell, int64_t count) {
    page p = {.status = GAMLP_OK};
    *text = NULL;
    put(&p, "%s", ""); /* a text, if an empty one */
    for (int64_t i = 0; i < count; i++)
        if (is_first(cell, i, false)) put_preset(&p, cell, count, cell[i].preset);
    if (p.status != GAMLP_OK)
        gamlp_free(p.text);
    else
        *text = p.text;
    return p.status;
}
