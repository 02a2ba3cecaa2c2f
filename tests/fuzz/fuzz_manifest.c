/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* What was accepted can be asked for, and stays in its folder. */
static void look(const gamlp_manifest *m, gamlp_yaml_node list) {
    for (int64_t i = 0; i < gamlp_yaml_items(m->yaml, list); i++) {
        const gamlp_manifest_file file = gamlp_manifest_entry(m, list, i);
        if (!gamlp_manifest_safe(file.name) || !gamlp_manifest_safe(file.from) ||
            file.name[0] == '/' || strstr(file.name, "/../"))
            abort();
        if (file.archive && !file.member) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_manifest manifest;
    if (gamlp_manifest_parse(&manifest, data, size, "input") != GAMLP_OK) return 0;
    look(&manifest, manifest.files);
    look(&manifest, manifest.archives);
    gamlp_manifest_clear(&manifest);
    return 0;
}
