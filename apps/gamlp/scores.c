/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "gamlp/train.h"
#include "program.h"

static void print_part(const char *name, gamlp_score score) {
    printf("%-10s%.2f %%  loss %.4f\n", name, 100 * score.accuracy, score.loss);
}

void print_scores(const gamlp_evaluation *e) {
    printf("%-10s%s\n", "dataset", e->dataset.name);
    printf("%-10s%s\n", "split", e->dataset.split.rule);
    print_part("train", e->train);
    print_part("val", e->val);
    print_part("test", e->test);
    if (e->correct > 0) printf("%-10s%g\n", "correct", e->correct);
    if (e->smooth > 0) printf("%-10s%g\n", "smooth", e->smooth);
    if (!e->same_data)
        printf("these are other data than the model was trained on\n");
    else if (!e->same_split)
        printf("this is another split than the model was trained on\n");
}
