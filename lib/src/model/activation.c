/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of activations, and each of them at one number. */
#include "gamlp/activation.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "model/jet.h"

const char gamlp_activation_names[] =
    "relu leaky-relu abs hard-tanh hard-sigmoid sign step identity tanh sigmoid softplus gelu";

/* Far above what rounding makes of 0, far below every number that means something. */
static const double least_positive = sizeof(gamlp_real) == sizeof(double) ? 1e-200 : 1e-30;

typedef struct trait {
    double lipschitz;
    bool monotone;
    double low, high; /* infimum and supremum of f, if monotone */
} trait;

static const trait traits[GAMLP_ACTIVATIONS] = {
    [GAMLP_RELU] = {1, true, 0, INFINITY},
    [GAMLP_LEAKY_RELU] = {1, true, -INFINITY, INFINITY},
    [GAMLP_ABS] = {1, false, 0, 0},
    [GAMLP_HARD_TANH] = {1, true, -1, 1},
    [GAMLP_HARD_SIGMOID] = {1.0 / 6, true, 0, 1},
    [GAMLP_SIGN] = {INFINITY, false, 0, 0},
    [GAMLP_STEP] = {INFINITY, false, 0, 0},
    [GAMLP_IDENTITY] = {1, true, -INFINITY, INFINITY},
    [GAMLP_TANH] = {1, true, -1, 1},
    [GAMLP_SIGMOID] = {0.25, true, 0, 1},
    [GAMLP_SOFTPLUS] = {1, true, 0, INFINITY},
    /* f' is largest at sqrt 2. */
    [GAMLP_GELU] = {1.128904145185155, false, 0, 0},
};

gamlp_status gamlp_activation_check(const gamlp_activation *f) {
    if ((int)f->kind < 0 || f->kind >= GAMLP_ACTIVATIONS)
        return gamlp_fail(GAMLP_E_CONFIG, "activation number %d, expected 0 to %d", (int)f->kind,
                          GAMLP_ACTIVATIONS - 1);
    if (f->kind == GAMLP_LEAKY_RELU ? !(f->alpha >= 0 && f->alpha < 1) : f->alpha != 0)
        return gamlp_fail(GAMLP_E_CONFIG,
                          "a slope of %g below 0, expected a number of at least 0 and less than 1 "
                          "for leaky-relu, and none for others",
                          f->alpha);
    return GAMLP_OK;
}

/* The word of this number in the list of names. */
static const char *name_of(gamlp_activation_kind kind, int *length) {
    const char *name = gamlp_activation_names;
    for (int k = 0; k < (int)kind; k++) name = strchr(name, ' ') + 1;
    *length = (int)strcspn(name, " ");
    return name;
}

void gamlp_activation_text(char text[GAMLP_ACTIVATION_TEXT], const gamlp_activation *f) {
    int length;
    const char *name = name_of(f->kind, &length);
    if (f->kind == GAMLP_LEAKY_RELU)
        snprintf(text, GAMLP_ACTIVATION_TEXT, "%.*s:%.17g", length, name, f->alpha);
    else
        snprintf(text, GAMLP_ACTIVATION_TEXT, "%.*s", length, name);
}

static bool is_number(double *value, const char *text) {
    return gamlp_number_real(value, &text) && *text == 0;
}

gamlp_status gamlp_activation_parse(gamlp_activation *f, const char *text) {
    size_t size = strcspn(text, ":");
    *f = (gamlp_activation){0};
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++) {
        int length;
        const char *name = name_of((gamlp_activation_kind)kind, &length);
        if ((size_t)length != size || strncmp(name, text, size) != 0) continue;
        f->kind = (gamlp_activation_kind)kind;
        if ((text[size] == ':') != (kind == GAMLP_LEAKY_RELU)) break;
        if (text[size] == ':' && !is_number(&f->alpha, text + size + 1)) break;
        return gamlp_activation_check(f);
    }
    *f = (gamlp_activation){0};
    return gamlp_fail(GAMLP_E_CONFIG, "'%.40s' is no activation, expected one of: %s", text,
                      gamlp_activation_names);
}

static int linear_pieces(gamlp_piece *piece, double below) {
    piece[0] = (gamlp_piece){-INFINITY, 0, 0, below};
    piece[1] = (gamlp_piece){0, INFINITY, 0, 1};
    return 2;
}

static int jump_pieces(gamlp_piece *piece, double below) {
    piece[0] = (gamlp_piece){-INFINITY, 0, below, 0};
    piece[1] = (gamlp_piece){least_positive, INFINITY, 1, 0};
    return 2;
}

static int clip_pieces(gamlp_piece *piece, double end, double low, double slope) {
    piece[0] = (gamlp_piece){-INFINITY, -end, low, 0};
    piece[1] = (gamlp_piece){-end, end, (low + 1) / 2, slope};
    piece[2] = (gamlp_piece){end, INFINITY, 1, 0};
    return 3;
}

int gamlp_activation_pieces(gamlp_piece piece[GAMLP_MOST_PIECES], const gamlp_activation *f) {
    switch (f->kind) {
    case GAMLP_RELU:
        return linear_pieces(piece, 0);
    case GAMLP_LEAKY_RELU:
        return linear_pieces(piece, f->alpha);
    case GAMLP_ABS:
        return linear_pieces(piece, -1);
    case GAMLP_HARD_TANH:
        return clip_pieces(piece, 1, -1, 1);
    case GAMLP_HARD_SIGMOID:
        return clip_pieces(piece, 3, 0, 1.0 / 6);
    case GAMLP_SIGN:
        return jump_pieces(piece, -1);
    case GAMLP_STEP:
        return jump_pieces(piece, 0);
    case GAMLP_IDENTITY:
        piece[0] = (gamlp_piece){-INFINITY, INFINITY, 0, 1};
        return 1;
    default:
        return 0;
    }
}

/* The piece that holds z; the left one at a common end. */
static gamlp_piece piece_at(const gamlp_piece *piece, int count, double z) {
    int i = 0;
    while (i + 1 < count && !(z <= piece[i].high)) i++;
    return piece[i];
}

double gamlp_activation_value(const gamlp_activation *f, double z) {
    gamlp_piece piece[GAMLP_MOST_PIECES];
    int count = gamlp_activation_pieces(piece, f);
    if (count == 0) return gamlp_jet_of(f->kind, z).value;
    gamlp_piece at = piece_at(piece, count, z);
    if (isnan(z)) return z;
    return at.slope == 0 ? at.offset : at.offset + at.slope * z;
}

double gamlp_activation_derivative(const gamlp_activation *f, double z) {
    gamlp_piece piece[GAMLP_MOST_PIECES];
    int count = gamlp_activation_pieces(piece, f);
    if (isnan(z)) return z;
    return count == 0 ? gamlp_jet_of(f->kind, z).first : piece_at(piece, count, z).slope;
}

double gamlp_activation_lipschitz(const gamlp_activation *f) {
    return traits[f->kind].lipschitz;
}

bool gamlp_activation_is_monotone(const gamlp_activation *f) {
    return traits[f->kind].monotone;
}

/* The z with f(z) = y for y within the range of f. */
static double inverse(const gamlp_activation *f, double y) {
    switch (f->kind) {
    case GAMLP_LEAKY_RELU:
        return y < 0 ? y / f->alpha : y;
    case GAMLP_HARD_SIGMOID:
        return 6 * y - 3;
    case GAMLP_TANH:
        return atanh(y);
    case GAMLP_SIGMOID:
        return log(y) - log1p(-y);
    /* log(exp y - 1) */
    case GAMLP_SOFTPLUS:
        return y + log(-expm1(-y));
    default:
        return y;
    }
}

/* Where f is constant below `low`, all of it belongs to the preimage of an interval that holds this
 * constant; the same above. */
bool gamlp_activation_preimage(double *z_low, double *z_high, const gamlp_activation *f, double low,
                               double high) {
    const trait *t = &traits[f->kind];
    bool bent = f->kind == GAMLP_TANH || f->kind == GAMLP_SIGMOID || f->kind == GAMLP_SOFTPLUS;
    double least = f->kind == GAMLP_LEAKY_RELU && f->alpha == 0 ? 0 : t->low;
    if (!t->monotone || !(low <= high) || high < least || low > t->high) return false;
    if (bent && (high <= least || low >= t->high)) return false;
    *z_low = low <= least ? -INFINITY : inverse(f, low);
    *z_high = high >= t->high ? INFINITY : inverse(f, high);
    return true;
}
