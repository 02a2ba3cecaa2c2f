/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program outside the tree: a product and an error's words from the installed library. */
#include <gamlp/csr.h>
#include <gamlp/stack.h>
#include <gamlp/status.h>

#include <stdio.h>
#include <string.h>

static int check(int good, const char *what) {
    if (!good) fprintf(stderr, "client: %s: %s\n", what, gamlp_error_text());
    return !good;
}

/* y = x S' for the S that swaps two nodes, then K = y'y through BLAS. */
static int products(const gamlp_csr *swap) {
    gamlp_dense x, y, gram;
    gamlp_stack stack;
    int bad = check(gamlp_dense_init(&x, 1, 2) == GAMLP_OK, "x");
    bad += check(gamlp_dense_init(&y, 1, 2) == GAMLP_OK, "y");
    bad += check(gamlp_dense_init(&gram, 2, 2) == GAMLP_OK, "K");
    if (bad) return bad;
    x.data[0] = 3;
    x.data[1] = 5;
    gamlp_csr_gather(&y, swap, &x);
    bad += check(y.data[0] == 5 && y.data[1] == 3, "the hop");
    gamlp_stack_init(&stack, 2);
    bad += check(gamlp_stack_push_dense(&stack, &y) == GAMLP_OK, "the stack");
    bad += check(gamlp_stack_gram(&gram, &stack, &stack) == GAMLP_OK, "the call of K");
    bad += check(gram.data[0] == 25 && gram.data[1] == 15 && gram.data[3] == 9, "K");
    gamlp_stack_clear(&stack);
    gamlp_dense_clear(&gram);
    gamlp_dense_clear(&x);
    return bad;
}

int main(void) {
    const int64_t row[] = {0, 1, 7}, col[] = {1, 0, 0};
    gamlp_csr swap, wrong;
    int bad = check(gamlp_csr_from_triplets(&swap, 2, 2, 2, row, col, NULL, GAMLP_DUPLICATES_SUM) ==
                        GAMLP_OK,
                    "triplets");
    if (bad) return 1;
    bad += products(&swap);
    bad += check(gamlp_csr_from_triplets(&wrong, 2, 2, 3, row, col, NULL, GAMLP_DUPLICATES_SUM) ==
                     GAMLP_E_DATA,
                 "an index out of range is refused");
    bad += check(strstr(gamlp_error_text(), "7") != NULL, "the sentence names the index");
    gamlp_csr_clear(&swap);
    if (!bad) puts("client: good");
    return bad != 0;
}
