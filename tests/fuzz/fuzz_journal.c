/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is a run.jsonl. */
#include "fuzz.h"
#include "fuzz_folder.h"
#include "runtime/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const falls[] = {"lagrangian", "objective", NULL};
    fuzz_write("run.jsonl", data, size);
    for (int i = 0; i < 3; i++) {
        gamlp_replay replay;
        if (gamlp_replay_read(&replay, fuzz_path("run.jsonl"), falls[i]) == GAMLP_OK)
            gamlp_replay_clear(&replay);
    }
    return 0;
}
