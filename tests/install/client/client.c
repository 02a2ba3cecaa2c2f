/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program outside the tree: memory, random numbers and an error's words from the installed
 * library. */
#include <gamlp/alloc.h>
#include <gamlp/rng.h>
#include <gamlp/status.h>

#include <stdio.h>
#include <string.h>

static int check(int good, const char *what) {
    if (!good) fprintf(stderr, "client: %s: %s\n", what, gamlp_error_text());
    return !good;
}

int main(void) {
    double *x = NULL;
    int bad = check(gamlp_new(&x, 4, sizeof *x, "four numbers") == GAMLP_OK, "memory");
    if (bad) return 1;
    gamlp_rng rng = gamlp_rng_key(1, GAMLP_RNG_WEIGHT, 0);
    for (uint64_t i = 0; i < 4; i++) x[i] = gamlp_rng_uniform(rng, i);
    bad += check(x[0] >= 0 && x[0] < 1 && x[0] != x[1], "random numbers");
    gamlp_free(x);
    bad += check(gamlp_new(&x, -1, sizeof *x, "nothing") == GAMLP_E_NOMEM, "a negative count");
    bad += check(strstr(gamlp_error_text(), "nothing") != NULL, "the sentence");
    if (!bad) puts("client: good");
    return bad != 0;
}
