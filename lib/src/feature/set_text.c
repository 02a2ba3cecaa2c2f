/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The canonical text of a feature set: no spaces but behind semicolons and commas, and of the
 * words of an operator only those that differ from what its name says. */
#include <stdio.h>
#include <stdlib.h>

#include "feature/terms.h"

typedef struct writer {
    char *text;
    int64_t size, used;
} writer;

static void put(writer *w, const char *text) {
    for (; *text; text++, w->used++)
        if (w->used + 1 < w->size) w->text[w->used] = *text;
}

/* The shortest text that reads back to the same number. */
static void put_number(writer *w, double value) {
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    put(w, text);
}

static void put_int(writer *w, int64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    put(w, text);
}

static void put_powers(writer *w, const gamlp_term *term) {
    if (term->first == 1 && term->last == 1) return;
    put(w, "^");
    put_int(w, term->first);
    if (term->last == term->first) return;
    put(w, "..");
    put_int(w, term->last);
}

static void put_operator(writer *w, const gamlp_operator *op) {
    static const char *const direction[] = {NULL, "out", "in"};
    const char *name = gamlp_operator_name(op), *word[4];
    gamlp_term plain;
    int words = 0;
    bool delta = op->kind == GAMLP_OPERATOR_LAZY && op->delta != 0.5;
    gamlp_term_named(&plain, name);
    if (op->loops != plain.op.loops) word[words++] = op->loops ? "loops" : "noloops";
    if (op->triangles != plain.op.triangles) word[words++] = "triangles";
    if (op->direction != GAMLP_DIRECTION_NONE) word[words++] = direction[op->direction];
    put(w, name);
    if (words == 0 && !delta) return;
    put(w, "(");
    if (delta) put_number(w, op->delta);
    for (int i = 0; i < words; i++) {
        if (i > 0 || delta) put(w, ", ");
        put(w, word[i]);
    }
    put(w, ")");
}

static void put_arguments(writer *w, const gamlp_term *term) {
    const gamlp_operator standard = gamlp_operator_default();
    if (term->kind <= GAMLP_TERM_MEAN) {
        put_operator(w, &term->op);
        put_powers(w, term);
        if (term->value > 0) put(w, ", ");
        if (term->value > 0) put_number(w, term->value);
        return;
    }
    put_number(w, term->value);
    if (term->kind == GAMLP_TERM_APPNP) {
        put(w, ", ");
        put_int(w, term->last);
    }
    if (gamlp_operator_equal(&term->op, &standard)) return;
    put(w, ", ");
    put_operator(w, &term->op);
}

static void put_term(writer *w, const gamlp_term *term) {
    if (term->kind == GAMLP_TERM_POWERS) {
        put_operator(w, &term->op);
        put_powers(w, term);
        return;
    }
    put(w, gamlp_term_name(term));
    if (term->kind == GAMLP_TERM_STRUCTURE && term->logarithm) put(w, "(log)");
    if (term->kind == GAMLP_TERM_STRUCTURE || term->kind == GAMLP_TERM_X) return;
    put(w, "(");
    put_arguments(w, term);
    put(w, ")");
}

int64_t gamlp_feature_set_text(char *text, int64_t size, const gamlp_feature_set *set) {
    writer w = {text, size, 0};
    for (int64_t t = 0; t < set->count; t++) {
        if (t > 0) put(&w, "; ");
        put_term(&w, &set->term[t]);
    }
    if (size > 0) text[w.used < size ? w.used : size - 1] = 0;
    return w.used;
}
