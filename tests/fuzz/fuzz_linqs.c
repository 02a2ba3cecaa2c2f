/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is NAME.content, a byte 30, NAME.cites. */
#include "dataset/format.h"
#include "fuzz.h"
#include "fuzz_folder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_piece content = fuzz_text(&data, &size), cites = fuzz_text(&data, &size);
    gamlp_dataset dataset;
    fuzz_write("x.content", content.data, content.size);
    fuzz_write("x.cites", cites.data, cites.size);
    if (gamlp_format_linqs.read(&dataset, fuzz_path("x")) == GAMLP_OK) fuzz_finish(&dataset);
    return 0;
}
