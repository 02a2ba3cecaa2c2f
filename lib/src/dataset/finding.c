/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of findings of a check. */
#include "dataset/finding.h"

#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/printable.h"

static gamlp_status copy_texts(gamlp_finding *f, const char *what, const char *expected,
                               const char *found) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_strdup(&f->what, what));
    GAMLP_TRY(gamlp_strdup(&f->expected, expected));
    GAMLP_TRY(gamlp_printable(&f->found, found)); /* a sentence may quote any bytes of a file */
done:
    return status;
}

gamlp_status gamlp_finding_judge(gamlp_verification *v, const char *what, gamlp_verdict verdict,
                                 const char *expected, const char *found) {
    gamlp_status status =
        gamlp_grow(&v->finding, v->count, v->count + 1, sizeof *v->finding, "findings");
    if (status != GAMLP_OK) return status;
    gamlp_finding *f = &v->finding[v->count++];
    *f = (gamlp_finding){.verdict = verdict};
    v->differing += verdict == GAMLP_VERDICT_DIFFERS;
    return copy_texts(f, what, expected, found);
}

gamlp_status gamlp_finding_add(gamlp_verification *v, const char *what, const char *expected,
                               const char *found) {
    gamlp_verdict verdict = !expected                      ? GAMLP_VERDICT_OPEN
                            : strcmp(expected, found) == 0 ? GAMLP_VERDICT_OK
                                                           : GAMLP_VERDICT_DIFFERS;
    return gamlp_finding_judge(v, what, verdict, expected, found);
}

void gamlp_verification_clear(gamlp_verification *verification) {
    gamlp_verification *v = verification;
    if (!v) return;
    for (int64_t i = 0; i < v->count; i++) {
        gamlp_free(v->finding[i].what);
        gamlp_free(v->finding[i].expected);
        gamlp_free(v->finding[i].found);
    }
    gamlp_free(v->finding);
    gamlp_free(v->name);
    gamlp_free(v->absent);
    *v = (gamlp_verification){0};
}
