/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/pdadmm.h"

bool gamlp_stall_step(gamlp_stall *stall, gamlp_pdadmm_options *options, int64_t iteration,
                      double loss) {
    static const double least_fall = 0.001, factor = 10;
    bool fell = iteration == 1 || stall->loss - loss > least_fall;
    stall->loss = loss;
    stall->times = fell || iteration <= 3 ? 0 : stall->times + 1;
    if (stall->times < 2 || options->rho >= options->rho_max) return false;
    double rho = options->rho * factor;
    if (rho > options->rho_max) rho = options->rho_max;
    options->nu *= rho / options->rho;
    options->rho = rho;
    stall->times = 0;
    return true;
}
