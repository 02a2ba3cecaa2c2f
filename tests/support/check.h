/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every test includes: cmocka with its prerequisites, and our checks. */
#ifndef GAMLP_TEST_CHECK_H
#define GAMLP_TEST_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gamlp/dense.h"
#include "gamlp/status.h"

/* The call succeeds; otherwise the test fails with the library's sentence. */
#define CHECK_OK(call)                                                                             \
    do {                                                                                           \
        gamlp_status check_status = (call);                                                        \
        if (check_status != GAMLP_OK) fail_msg("%s: %s", #call, gamlp_error_text());               \
    } while (0)

/* The call fails with this status and a sentence that contains `text`. */
#define CHECK_FAILS(call, expected, text) check_fails((call), (expected), (text), #call)

void check_fails(gamlp_status status, gamlp_status expected, const char *text, const char *call);

/* Fill with standard normal deviates, or uniform in [low, high). */
void fill_normal(gamlp_dense *a, uint64_t seed);
void fill_uniform(gamlp_dense *a, uint64_t seed, double low, double high);

/* |a - b| <= tolerance * (1 + max|b|), element by element; reports the first offender. */
void check_close(const gamlp_dense *a, const gamlp_dense *b, double tolerance, const char *what);

/* Path of a fresh temporary directory, which goes at exit or by remove_directory(); the text lives
 * until the next call. */
const char *make_directory(void);
void remove_directory(const char *path);

/* Folder of the real data sets (GAMLP_DATA, else ../shared/datasets beside the source tree);
 * skips the running test visibly when it is absent. */
const char *real_data(void);

/* Allocation failure injection: run `body` again and again, failing the 1st, 2nd, ... allocation
 * until it succeeds; every failure must be GAMLP_E_NOMEM and leak nothing.  `body` must release
 * what it made. */
typedef gamlp_status (*alloc_body)(void *context);
void check_every_allocation(alloc_body body, void *context);

/* Blocks now alive, and all allocations made since counting began. */
void count_allocations(void);
int64_t allocations_made(void);
int64_t allocations_alive(void);
void stop_counting(void);

#endif
