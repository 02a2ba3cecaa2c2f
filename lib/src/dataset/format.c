/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/format.h"

#include <string.h>

const gamlp_format *const gamlp_formats[] = {
    &gamlp_format_planetoid,
    &gamlp_format_gnnbench,
    &gamlp_format_linqs,
    &gamlp_format_geomgcn,
    NULL,
};

const gamlp_format *gamlp_format_find(const char *name, size_t size) {
    for (int64_t i = 0; gamlp_formats[i]; i++)
        if (strlen(gamlp_formats[i]->name) == size &&
            memcmp(gamlp_formats[i]->name, name, size) == 0)
            return gamlp_formats[i];
    return NULL;
}
