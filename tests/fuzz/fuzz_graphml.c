/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_network(GAMLP_NETWORK_GRAPHML, data, size);
    return 0;
}
