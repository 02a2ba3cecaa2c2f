/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "gamlp/alloc.h"
#include "runtime/settings.h"

/* Settings that resolve are written as a text that reads back to the same text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_settings settings, again;
    char *text, *twice;
    gamlp_settings_default(&settings);
    if (gamlp_settings_parse(&settings, data, size, "input") != GAMLP_OK) return 0;
    if (gamlp_settings_resolve(&settings) != GAMLP_OK) return 0;
    for (int64_t stage = 0; stage < 3; stage++) gamlp_train_stage_options(&settings.options, stage);
    for (int i = 0; i < GAMLP_TRAIN_ROWS; i++) settings.origin[i] = GAMLP_ORIGIN_CONFIG;
    if (gamlp_settings_text(&text, &settings) != GAMLP_OK) abort();
    gamlp_settings_default(&again);
    if (gamlp_settings_parse(&again, text, strlen(text), "again") != GAMLP_OK) abort();
    if (gamlp_settings_text(&twice, &again) != GAMLP_OK) abort();
    if (strcmp(text, twice) != 0) abort();
    gamlp_free(text);
    gamlp_free(twice);
    return 0;
}
