/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "gamlp/alloc.h"
#include "net.h"

static const double tolerance = sizeof(gamlp_real) == 4 ? 1e-5 : 1e-12;

static void random_model(gamlp_model *model, const net *t, int64_t layers) {
    int64_t width[65] = {t->x.rows};
    for (int64_t l = 1; l < layers; l++) width[l] = t->hidden[l - 1];
    width[layers] = 3;
    CHECK_OK(gamlp_model_init(model, layers, width));
    for (int64_t l = 0; l < layers; l++) {
        fill_normal(&model->layer[l].weight, 10 + (uint64_t)l);
        fill_normal(&model->layer[l].bias, 50 + (uint64_t)l);
    }
}

/* A net that adopted a model is that model: exported again, and its loss on the columns; also after
 * iterations that are thrown away, with the Gram matrix (features > columns) and without. */
static void the_net_is_the_model(void **state) {
    (void)state;
    static const int64_t features[] = {14, 4};
    for (int i = 0; i < 2; i++) {
        net t;
        gamlp_model model, again;
        gamlp_dense logits;
        gamlp_score score;
        net_init(&t, features[i], 9, 3, 3, 5, 7);
        assert_int_equal(gamlp_problem_uses_gram(t.problem), i == 0);
        random_model(&model, &t, 3);
        gamlp_pdadmm *block = net_start(&t);
        for (int k = 0; k < 3; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
        for (int round = 0; round < 2; round++) {
            CHECK_OK(gamlp_pdadmm_adopt(block, &model));
            CHECK_OK(gamlp_pdadmm_start(block));
            CHECK_OK(gamlp_pdadmm_export(&again, block));
            for (int64_t l = 0; l < 3; l++) {
                check_close(&again.layer[l].weight, &model.layer[l].weight, 0, "a weight");
                check_close(&again.layer[l].bias, &model.layer[l].bias, 0, "a bias");
            }
            gamlp_model_clear(&again);
            CHECK_OK(gamlp_pdadmm_score(&score, block, -1));
            CHECK_OK(gamlp_model_forward(&logits, &model, &t.x));
            gamlp_score expected = gamlp_score_of(&logits, t.label);
            gamlp_dense_clear(&logits);
            assert_true(score.accuracy == expected.accuracy);
            assert_float_equal(score.loss, expected.loss, tolerance * (1 + expected.loss));
            for (int k = 0; k < 3; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
        }
        /* What is exported after training from a model is what was scored. */
        CHECK_OK(gamlp_pdadmm_export(&again, block));
        CHECK_OK(gamlp_pdadmm_score(&score, block, -1));
        CHECK_OK(gamlp_model_forward(&logits, &again, &t.x));
        gamlp_score expected = gamlp_score_of(&logits, t.label);
        assert_float_equal(score.loss, expected.loss, 10 * tolerance * (1 + expected.loss));
        gamlp_dense_clear(&logits);
        gamlp_model_clear(&again);
        gamlp_model_clear(&model);
        gamlp_pdadmm_free(block);
        net_clear(&t);
    }
}

static void other_shapes_are_refused(void **state) {
    (void)state;
    net t;
    gamlp_model model;
    net_init(&t, 14, 9, 3, 3, 5, 7);
    gamlp_pdadmm *block = net_start(&t);
    random_model(&model, &t, 2);
    CHECK_FAILS(gamlp_pdadmm_adopt(block, &model), GAMLP_E_DATA,
                "the model has 2 layers, the net has 3");
    gamlp_model_clear(&model);
    t.hidden[1] = 6;
    random_model(&model, &t, 3);
    CHECK_FAILS(gamlp_pdadmm_adopt(block, &model), GAMLP_E_DATA,
                "layer 2 of the model is 6 x 5, that of the net 5 x 5");
    gamlp_model_clear(&model);
    gamlp_pdadmm_free(block);
    net_clear(&t);
}

static gamlp_status adopt(void *context) {
    const net *t = context;
    gamlp_pdadmm *block = NULL;
    gamlp_model model = {0};
    int64_t width[] = {t->x.rows, 5, 5, 3};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_model_init(&model, 3, width));
    GAMLP_TRY(gamlp_pdadmm_new(&block, t->problem, &t->plan, &t->options));
    GAMLP_TRY(gamlp_pdadmm_adopt(block, &model));
done:
    gamlp_pdadmm_free(block);
    gamlp_model_clear(&model);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    net t;
    net_init(&t, 14, 9, 3, 3, 5, 7);
    check_every_allocation(adopt, &t);
    net_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_net_is_the_model),
        cmocka_unit_test(other_shapes_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
