/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/method.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void gamlp_method_figures_add(gamlp_method_figures *figures, const char *name, double value) {
    if (figures->count < GAMLP_FIGURES_MAX)
        figures->figure[figures->count++] = (gamlp_figure){name, value};
}

const gamlp_figure *gamlp_method_figures_find(const gamlp_method_figures *figures,
                                              const char *name) {
    for (int64_t i = 0; i < figures->count; i++)
        if (strcmp(figures->figure[i].name, name) == 0) return &figures->figure[i];
    return NULL;
}

void gamlp_conditions_add(gamlp_conditions *conditions, bool holds, const char *format, ...) {
    if (conditions->count == GAMLP_CONDITIONS_MAX) return;
    gamlp_condition *c = &conditions->condition[conditions->count++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->text, sizeof c->text, format, arguments);
    va_end(arguments);
    c->holds = holds;
}
