/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "gamlp/worker.h"

gamlp_status gamlp_worker_tie(void) {
    /* Should it have ended already, then so has standard input. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return gamlp_fail(GAMLP_E_INTERNAL, "no signal at the end of the parent: %s",
                          strerror(errno));
    return GAMLP_OK;
}
