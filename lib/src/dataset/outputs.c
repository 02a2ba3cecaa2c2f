/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/outputs.h"

#include <stdarg.h>
#include <unistd.h>

gamlp_status gamlp_outputs_open(gamlp_output **output, gamlp_outputs *all, const char *path) {
    if (all->count == GAMLP_OUTPUTS)
        return gamlp_fail(GAMLP_E_INTERNAL, "%s: too many files", path);
    *output = &all->item[all->count];
    gamlp_status status = gamlp_output_open(*output, path);
    if (status == GAMLP_OK) all->count++;
    return status;
}

gamlp_status gamlp_outputs_commit(gamlp_outputs *all) {
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < all->count; i++) GAMLP_TRY(gamlp_output_seal(&all->item[i]));
    if (all->count > 1) unlink(all->item[0].path);
    for (int64_t i = 1; i < all->count; i++) GAMLP_TRY(gamlp_output_commit(&all->item[i]));
    if (all->count > 0) GAMLP_TRY(gamlp_output_commit(&all->item[0]));
done:
    gamlp_outputs_abandon(all);
    return status;
}

void gamlp_outputs_abandon(gamlp_outputs *all) {
    for (int64_t i = 0; i < all->count; i++) gamlp_output_abandon(&all->item[i]);
    all->count = 0;
}

void gamlp_output_print(gamlp_output *output, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size > 0) gamlp_output_write(output, text, (size_t)size < sizeof text ? (size_t)size : 511);
}
