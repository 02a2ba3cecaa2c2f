/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>

enum { INTERRUPTED = 130 /* 128 + SIGINT */, DIFFERENT = 1 };

static _Thread_local char error_text[GAMLP_ERROR_TEXT];

static const struct {
    const char *name;
    int exit_code;
} statuses[] = {
    [GAMLP_OK] = {"ok", EX_OK},
    [GAMLP_E_USAGE] = {"usage", EX_USAGE},
    [GAMLP_E_CONFIG] = {"config", EX_CONFIG},
    [GAMLP_E_NOINPUT] = {"noinput", EX_NOINPUT},
    [GAMLP_E_DATA] = {"data", EX_DATAERR},
    [GAMLP_E_NOMEM] = {"nomem", EX_OSERR},
    [GAMLP_E_IO] = {"io", EX_IOERR},
    [GAMLP_E_CREATE] = {"create", EX_CANTCREAT},
    [GAMLP_E_NUMERIC] = {"numeric", EX_DATAERR},
    [GAMLP_E_INTERNAL] = {"internal", EX_SOFTWARE},
    [GAMLP_E_STOPPED] = {"stopped", INTERRUPTED},
    [GAMLP_E_DIFFERS] = {"differs", DIFFERENT},
};

static const size_t status_count = sizeof statuses / sizeof statuses[0];

const char *gamlp_status_name(gamlp_status status) {
    return (size_t)status < status_count ? statuses[status].name : "unknown";
}

int gamlp_status_exit_code(gamlp_status status) {
    return (size_t)status < status_count ? statuses[status].exit_code : EX_SOFTWARE;
}

const char *gamlp_error_text(void) {
    return error_text;
}

gamlp_status gamlp_fail(gamlp_status status, const char *format, ...) {
    /* The text may be an argument of itself ("%s while ..."): format aside first. */
    char text[sizeof error_text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(error_text, sizeof error_text, "%s", text);
    return status;
}
