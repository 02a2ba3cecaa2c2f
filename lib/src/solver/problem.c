/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/problem.h"

#include "gamlp/alloc.h"

static gamlp_status check_labels(const int32_t *label, int64_t count, int64_t classes) {
    for (int64_t j = 0; label && j < count; j++)
        if (label[j] < 0 || label[j] >= classes)
            return gamlp_fail(GAMLP_E_DATA, "column %lld has label %d, expected 0 to %lld",
                              (long long)j, (int)label[j], (long long)classes - 1);
    return GAMLP_OK;
}

static gamlp_status check_sizes(int64_t features, int64_t columns, int64_t classes) {
    if (features >= 1 && columns >= 1 && classes >= 1) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA,
                      "nothing to train on: %lld features, %lld columns, %lld classes",
                      (long long)features, (long long)columns, (long long)classes);
}

gamlp_status gamlp_problem_new(gamlp_problem **problem, const gamlp_stack *x, const int32_t *label,
                               int64_t classes) {
    *problem = NULL;
    gamlp_problem *p = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_sizes(x->rows, x->cols, classes));
    GAMLP_TRY(check_labels(label, x->cols, classes));
    GAMLP_TRY(gamlp_new(&p, 1, sizeof *p, "a problem"));
    p->x = x;
    p->label = label;
    p->classes = classes;
    p->uses_gram = x->cols <= x->rows;
    if (p->uses_gram) {
        GAMLP_TRY(gamlp_dense_init(&p->gram, x->cols, x->cols));
        GAMLP_TRY(gamlp_stack_gram(&p->gram, x, x));
    }
    *problem = p;
    p = NULL;
done:
    gamlp_problem_free(p);
    return status;
}

static void set_shape(gamlp_stack *shape, int64_t features, int64_t columns) {
    gamlp_stack_init(shape, columns);
    shape->rows = features;
}

gamlp_status gamlp_problem_new_share(gamlp_problem **problem, int64_t features, int64_t columns,
                                     const int32_t *label, int64_t classes) {
    gamlp_problem *p = NULL;
    gamlp_status status = GAMLP_OK;
    *problem = NULL;
    GAMLP_TRY(check_sizes(features, columns, classes));
    GAMLP_TRY(check_labels(label, columns, classes));
    GAMLP_TRY(gamlp_new(&p, 1, sizeof *p, "a problem"));
    set_shape(&p->shape, features, columns);
    p->x = &p->shape;
    p->label = label;
    p->classes = classes;
    p->uses_gram = columns <= features;
    *problem = p;
done:
    return status;
}

void gamlp_problem_free(gamlp_problem *problem) {
    if (!problem) return;
    gamlp_dense_clear(&problem->gram);
    for (int64_t i = 0; i < problem->watched_count; i++)
        gamlp_dense_clear(&problem->watched[i].cross);
    gamlp_free(problem);
}

gamlp_status gamlp_problem_watch(int64_t *index, gamlp_problem *problem, const gamlp_stack *x,
                                 const int32_t *label) {
    if (problem->watched_count == GAMLP_MAX_WATCHED)
        return gamlp_fail(GAMLP_E_USAGE, "more than %d watched sets", GAMLP_MAX_WATCHED);
    if (x->rows != problem->x->rows)
        return gamlp_fail(GAMLP_E_USAGE, "a watched set of %lld features, expected %lld",
                          (long long)x->rows, (long long)problem->x->rows);
    gamlp_watched *set = &problem->watched[problem->watched_count];
    *set = (gamlp_watched){.x = x, .label = label};
    gamlp_status status = check_labels(label, x->cols, problem->classes);
    if (status == GAMLP_OK && problem->uses_gram)
        status = gamlp_dense_init(&set->cross, problem->x->cols, x->cols);
    if (status == GAMLP_OK && problem->uses_gram)
        status = gamlp_stack_gram(&set->cross, problem->x, x);
    if (status != GAMLP_OK) {
        gamlp_dense_clear(&set->cross);
        return status;
    }
    *index = problem->watched_count++;
    return GAMLP_OK;
}

gamlp_status gamlp_problem_watch_share(int64_t *index, gamlp_problem *problem, int64_t columns,
                                       const int32_t *label) {
    if (problem->watched_count == GAMLP_MAX_WATCHED)
        return gamlp_fail(GAMLP_E_USAGE, "more than %d watched sets", GAMLP_MAX_WATCHED);
    gamlp_watched *set = &problem->watched[problem->watched_count];
    gamlp_status status = check_labels(label, columns, problem->classes);
    if (status != GAMLP_OK) return status;
    *set = (gamlp_watched){.label = label};
    set_shape(&set->shape, problem->x->rows, columns);
    set->x = &set->shape;
    *index = problem->watched_count++;
    return GAMLP_OK;
}

bool gamlp_problem_uses_gram(const gamlp_problem *problem) {
    return problem->uses_gram;
}

int64_t gamlp_problem_columns(const gamlp_problem *problem, int64_t index) {
    return index < 0 ? problem->x->cols : problem->watched[index].x->cols;
}

const int32_t *gamlp_problem_label(const gamlp_problem *problem, int64_t index) {
    return index < 0 ? problem->label : problem->watched[index].label;
}
