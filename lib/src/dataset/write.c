/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/text.h"
#include "gamlp/dataset.h"

static const struct {
    const char *name;
    gamlp_status (*write)(const char *path, const gamlp_dataset *dataset);
} writers[] = {{"gnn-benchmark", gamlp_gnnbench_write},
               {"mtx", gamlp_mtx_write},
               {"graphml", gamlp_graphml_write}};

enum { WRITERS = sizeof writers / sizeof writers[0] };

static const char *writer_name(const void *context, int64_t index) {
    (void)context;
    return index < WRITERS ? writers[index].name : NULL;
}

gamlp_status gamlp_dataset_write(const char *path, const gamlp_dataset *dataset,
                                 const char *format) {
    for (int i = 0; i < WRITERS; i++)
        if (strcmp(writers[i].name, format) == 0) return writers[i].write(path, dataset);
    const char *nearest = gamlp_text_nearest(writer_name, NULL, format);
    return gamlp_fail(GAMLP_E_USAGE, "no format \"%s\" is written; %s%s", format,
                      nearest ? "nearest is " : "there are gnn-benchmark, mtx and graphml",
                      nearest ? nearest : "");
}
