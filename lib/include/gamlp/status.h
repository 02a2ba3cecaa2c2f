/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: core.  Status codes and the error text.
 *
 * Every function that can fail returns a gamlp_status.  The sentence that
 * explains a failure is kept per thread and read with gamlp_error_text();
 * it names the file, line or byte and what was expected.  Not converging is
 * not an error: it is reported by the object that did the work. */
#ifndef GAMLP_STATUS_H
#define GAMLP_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gamlp_status {
    GAMLP_OK = 0,
    GAMLP_E_USAGE,    /* a caller's argument or a command line is wrong    */
    GAMLP_E_CONFIG,   /* a configuration file or an option value is wrong  */
    GAMLP_E_NOINPUT,  /* an input file is missing or unreadable            */
    GAMLP_E_DATA,     /* an input was read and its content is wrong        */
    GAMLP_E_NOMEM,    /* memory could not be had                           */
    GAMLP_E_IO,       /* reading or writing failed (disk full, ...)        */
    GAMLP_E_CREATE,   /* an output cannot be created                       */
    GAMLP_E_NUMERIC,  /* a NaN or infinity where there must be none        */
    GAMLP_E_INTERNAL, /* a library below us failed in a way we cannot name */
    GAMLP_E_STOPPED,  /* the caller's progress sink asked to stop           */
    GAMLP_E_DIFFERS   /* a finished run is not what it says it is           */
} gamlp_status;

/* Short constant name of a status, e.g. "data".  Never NULL. */
const char *gamlp_status_name(gamlp_status status);

/* Process exit code (sysexits.h) that stands for a status: 0 64 78 66 65 71 74 73 65 70,
 * 130 for a stop, as shells report an interrupt, and 1 for a difference, as cmp and diff do. */
int gamlp_status_exit_code(gamlp_status status);

/* The last failure's sentence in this thread, "" when there was none, with
 * its end at most GAMLP_ERROR_TEXT bytes long.  The text belongs to the
 * library and is valid until the next failure. */
enum { GAMLP_ERROR_TEXT = 1024 };
const char *gamlp_error_text(void);

/* Record a sentence for this thread and return `status`.  The sentence has
 * no trailing full stop or newline. */
gamlp_status gamlp_fail(gamlp_status status, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Evaluate a call; on failure keep its status in the local `status` and go
 * to the function's one `done:` label. */
#define GAMLP_TRY(call)                                                                            \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != GAMLP_OK) goto done;                                                         \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
