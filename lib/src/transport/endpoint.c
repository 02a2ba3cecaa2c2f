/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses may be bound without keys. */
#include <string.h>

#include "transport/hub.h"

static bool starts(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

gamlp_status gamlp_endpoint_check(const char *endpoint, bool open) {
    static const char *const local[] = {"inproc://",        "ipc://",       "tcp://127.",
                                        "tcp://localhost:", "tcp://[::1]:", "tcp://lo:"};
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
        if (starts(endpoint, local[i])) return GAMLP_OK;
    if (!starts(endpoint, "tcp://"))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "%.80s is no endpoint, expected tcp://ADDRESS:PORT, "
                          "ipc://PATH or inproc://NAME",
                          endpoint);
    if (open) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG,
                      "%.80s can be reached from other machines: it needs keys, or --insecure",
                      endpoint);
}
