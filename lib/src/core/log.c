/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/log.h"

#include <stdarg.h>
#include <stdio.h>

static gamlp_log_sink log_sink;
static void *log_context;

void gamlp_log_set(gamlp_log_sink sink, void *context) {
    log_sink = sink;
    log_context = context;
}

void gamlp_log(gamlp_log_level level, const char *format, ...) {
    if (!log_sink) return;
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    log_sink(log_context, level, text);
}
