/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: core.  Log sink.  The library never prints; it hands sentences to
 * the sink, by default nowhere. */
#ifndef GAMLP_LOG_H
#define GAMLP_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gamlp_log_level { GAMLP_LOG_WARN, GAMLP_LOG_INFO } gamlp_log_level;

typedef void (*gamlp_log_sink)(void *context, gamlp_log_level level, const char *text);

/* Install a sink for the whole process (NULL: drop everything).  Set it
 * before other threads use the library. */
void gamlp_log_set(gamlp_log_sink sink, void *context);

/* Format a sentence and hand it to the sink. */
void gamlp_log(gamlp_log_level level, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

#ifdef __cplusplus
}
#endif
#endif
