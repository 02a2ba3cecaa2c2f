/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/blas.h"
#include "gamlp/threads.h"
#include "runtime/run.h"

const char *gamlp_version(void) {
    return GAMLP_VERSION_TEXT;
}

gamlp_status gamlp_version_json(char **text) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_text(object, "version", gamlp_version());
    gamlp_json_set_text(object, "real", sizeof(gamlp_real) == sizeof(double) ? "double" : "float");
    gamlp_json_set_text(object, "blas", gamlp_blas_name());
    gamlp_json_set_int(object, "threads", gamlp_threads_available());
    gamlp_status status = gamlp_json_dump(text, object, true);
    gamlp_json_free(object);
    return status;
}
