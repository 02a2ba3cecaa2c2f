/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a feature set:
 *
 *     set      = term { ";" term }
 *     term     = name [ "(" argument { "," argument } ")" ] [ "^" power [ ".." power ] ]
 *     argument = number | word | operator [ "^" power [ ".." power ] ]
 *
 * Spaces may stand between any two of these. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "core/text.h"
#include "feature/terms.h"

enum { WORD = 24, POWER_MOST = 10000 };

typedef struct reader {
    const char *at, *term; /* where it is, and where the present term begins */
} reader;

static void skip_spaces(reader *r) {
    while (*r->at == ' ' || *r->at == '\t') r->at++;
}

/* Take a character, and the spaces on both sides. */
static bool take(reader *r, char c) {
    skip_spaces(r);
    if (*r->at != c) return false;
    r->at++;
    skip_spaces(r);
    return true;
}

static gamlp_status wrong(const reader *r, const char *expected) {
    size_t length = strcspn(r->term, ";");
    while (length > 0 && r->term[length - 1] == ' ') length--;
    if (length > 60) length = 60;
    return gamlp_fail(GAMLP_E_CONFIG, "features: \"%.*s\": expected %s", (int)length, r->term,
                      expected);
}

static void take_word(char word[WORD], reader *r) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    size_t length = strspn(r->at, letters);
    snprintf(word, WORD, "%.*s", (int)length, r->at);
    r->at += length;
    skip_spaces(r);
}

static const char *name_at(const void *context, int64_t index) {
    (void)context;
    return gamlp_term_table[index].name;
}

static gamlp_status unknown_name(const char *word) {
    const char *nearest = gamlp_text_nearest(name_at, NULL, word);
    return gamlp_fail(GAMLP_E_CONFIG, "features: unknown term \"%s\"%s%s%s", word,
                      nearest ? "; did you mean " : "; gamlp help features lists them",
                      nearest ? nearest : "", nearest ? "?" : "");
}

static gamlp_status take_power(int64_t *power, reader *r, int64_t least) {
    char expected[80];
    const char *digits = r->at;
    size_t length = strspn(digits, "0123456789");
    snprintf(expected, sizeof expected, "a power from %d to %d", (int)least, POWER_MOST);
    if (length == 0 || length > 5) return wrong(r, expected);
    *power = strtol(digits, NULL, 10);
    if (*power < least || *power > POWER_MOST) return wrong(r, expected);
    r->at += length;
    skip_spaces(r);
    return GAMLP_OK;
}

/* "^K" or "^I..J", if there is any. */
static gamlp_status take_powers(gamlp_term *term, reader *r, int64_t least) {
    gamlp_status status = GAMLP_OK;
    if (!take(r, '^')) return GAMLP_OK;
    GAMLP_TRY(take_power(&term->first, r, least));
    term->last = term->first;
    if (r->at[0] != '.' || r->at[1] != '.') return GAMLP_OK;
    r->at += 2;
    skip_spaces(r);
    GAMLP_TRY(take_power(&term->last, r, least));
    if (term->last < term->first) return wrong(r, "the lower power first");
done:
    return status;
}

/* Numbers that end a list of arguments are followed by a comma or a bracket, which
 * gamlp_number_real() wants to see at once. */
static bool take_number(double *value, reader *r) {
    char copy[40];
    size_t length = strspn(r->at, "0123456789+-.eE");
    const char *end = copy;
    if (length == 0 || length >= sizeof copy) return false;
    memcpy(copy, r->at, length);
    copy[length] = 0;
    if (!gamlp_number_real(value, &end) || *end || !isfinite(*value)) return false;
    r->at += length;
    skip_spaces(r);
    return true;
}

static void transpose(gamlp_operator *op) {
    if (op->kind == GAMLP_OPERATOR_ROW)
        op->kind = GAMLP_OPERATOR_COL;
    else if (op->kind == GAMLP_OPERATOR_COL)
        op->kind = GAMLP_OPERATOR_ROW;
    if (op->direction != GAMLP_DIRECTION_NONE)
        op->direction =
            op->direction == GAMLP_DIRECTION_OUT ? GAMLP_DIRECTION_IN : GAMLP_DIRECTION_OUT;
}

static bool apply_word(gamlp_operator *op, bool *transposed, const char *word) {
    if (strcmp(word, "loops") == 0 || strcmp(word, "noloops") == 0)
        op->loops = word[0] == 'l';
    else if (strcmp(word, "triangles") == 0)
        op->triangles = true;
    else if (strcmp(word, "out") == 0)
        op->direction = GAMLP_DIRECTION_OUT;
    else if (strcmp(word, "in") == 0)
        op->direction = GAMLP_DIRECTION_IN;
    else if (strcmp(word, "transposed") == 0)
        *transposed = true;
    else
        return false;
    return true;
}

/* "(loops, triangles, ...)" of an operator, if there is any. */
static gamlp_status take_operator(gamlp_operator *op, reader *r) {
    static const char words[] = "words of: loops noloops triangles transposed in out";
    bool transposed = false;
    char word[WORD];
    if (!take(r, '(')) return GAMLP_OK;
    do {
        if (op->kind == GAMLP_OPERATOR_LAZY && take_number(&op->delta, r)) {
            if (!(op->delta > 0 && op->delta <= 1)) return wrong(r, "0 < delta <= 1");
            continue;
        }
        take_word(word, r);
        if (!apply_word(op, &transposed, word)) return wrong(r, words);
    } while (take(r, ','));
    if (!take(r, ')')) return wrong(r, "a closing bracket");
    if (op->triangles && op->direction != GAMLP_DIRECTION_NONE)
        return wrong(r, "triangles without a direction");
    if (transposed) transpose(op);
    return GAMLP_OK;
}

/* The name of an operator with its words, and powers if `powers`. */
static gamlp_status take_inner(gamlp_term *term, reader *r, bool powers) {
    char word[WORD];
    gamlp_term inner;
    gamlp_status status = GAMLP_OK;
    take_word(word, r);
    if (!gamlp_term_named(&inner, word)) return unknown_name(word);
    if (inner.kind != GAMLP_TERM_POWERS)
        return wrong(r, "an operator: sym, row, col, lazy, adj or tri");
    GAMLP_TRY(take_operator(&inner.op, r));
    if (powers) GAMLP_TRY(take_powers(&inner, r, 0));
    term->op = inner.op;
    if (powers) term->first = inner.first;
    if (powers) term->last = inner.last;
done:
    return status;
}

static gamlp_status take_sum(gamlp_term *term, reader *r) {
    gamlp_status status = take_inner(term, r, true);
    if (status != GAMLP_OK || term->kind == GAMLP_TERM_SUM || !take(r, ',')) return status;
    if (!take_number(&term->value, r) || term->value < 0 || term->value > 1)
        return wrong(r, "a part of the nodes' own features from 0 to 1");
    return GAMLP_OK;
}

/* alpha, t or beta, steps of appnp, and an operator. */
static gamlp_status take_diffusion(gamlp_term *term, reader *r) {
    bool probability = term->kind == GAMLP_TERM_PPR || term->kind == GAMLP_TERM_APPNP;
    gamlp_status status = GAMLP_OK;
    if (!take_number(&term->value, r) || !(term->value > 0) ||
        term->value > (probability ? 1 : 1000))
        return wrong(r, probability ? "0 < A <= 1" : "a number above 0, at most 1000");
    if (term->kind == GAMLP_TERM_APPNP) {
        if (!take(r, ',')) return wrong(r, "the number of steps");
        GAMLP_TRY(take_power(&term->last, r, 1));
    }
    if (take(r, ',')) GAMLP_TRY(take_inner(term, r, false));
done:
    return status;
}

static gamlp_status take_brackets(gamlp_term *term, reader *r) {
    char word[WORD];
    gamlp_status status = GAMLP_OK;
    bool open = take(r, '(');
    if (term->kind == GAMLP_TERM_X) return open ? wrong(r, "x alone") : GAMLP_OK;
    if (term->kind == GAMLP_TERM_STRUCTURE) {
        if (!open) return GAMLP_OK;
        take_word(word, r);
        if (strcmp(word, "log") != 0) return wrong(r, "no argument but log");
        term->logarithm = true;
    } else {
        if (!open) return wrong(r, "arguments in brackets");
        GAMLP_TRY(term->kind <= GAMLP_TERM_MEAN ? take_sum(term, r) : take_diffusion(term, r));
    }
    if (!take(r, ')')) return wrong(r, "a closing bracket");
done:
    return status;
}

static gamlp_status take_term(gamlp_term *term, reader *r) {
    char word[WORD];
    gamlp_status status = GAMLP_OK;
    r->term = r->at;
    take_word(word, r);
    if (!word[0]) return wrong(r, "the name of a term");
    if (!gamlp_term_named(term, word)) return unknown_name(word);
    if (term->kind != GAMLP_TERM_POWERS) return take_brackets(term, r);
    GAMLP_TRY(take_operator(&term->op, r));
    GAMLP_TRY(take_powers(term, r, 1));
done:
    return status;
}

gamlp_status gamlp_feature_set_parse(gamlp_feature_set *set, const char *text) {
    reader r = {text, text};
    *set = (gamlp_feature_set){0};
    skip_spaces(&r);
    do {
        gamlp_term term;
        gamlp_status status = take_term(&term, &r);
        if (status != GAMLP_OK) return status;
        if (gamlp_feature_set_blocks(set) + gamlp_term_blocks(&term) > GAMLP_STACK_BLOCKS)
            return gamlp_fail(GAMLP_E_CONFIG, "features: more than %d blocks", GAMLP_STACK_BLOCKS);
        set->term[set->count++] = term;
    } while (take(&r, ';'));
    if (*r.at) return wrong(&r, "a semicolon between terms");
    return GAMLP_OK;
}

gamlp_status gamlp_feature_set_hops(gamlp_feature_set *set, int64_t hops) {
    *set = (gamlp_feature_set){0};
    if (hops < 1 || hops > GAMLP_STACK_BLOCKS)
        return gamlp_fail(GAMLP_E_CONFIG, "hops is %lld, expected 1 to %d", (long long)hops,
                          GAMLP_STACK_BLOCKS);
    gamlp_term_named(&set->term[set->count++], "x");
    if (hops == 1) return GAMLP_OK;
    gamlp_term_named(&set->term[set->count], "sym");
    set->term[set->count++].last = hops - 1;
    return GAMLP_OK;
}

int64_t gamlp_feature_set_blocks(const gamlp_feature_set *set) {
    int64_t blocks = 0;
    for (int64_t t = 0; t < set->count; t++) blocks += gamlp_term_blocks(&set->term[t]);
    return blocks;
}

int64_t gamlp_feature_set_rows(const gamlp_feature_set *set, int64_t features) {
    int64_t rows = 0;
    for (int64_t t = 0; t < set->count; t++)
        rows += set->term[t].kind == GAMLP_TERM_STRUCTURE
                    ? 1
                    : features * gamlp_term_blocks(&set->term[t]);
    return rows;
}

bool gamlp_feature_set_needs(const gamlp_feature_set *set, gamlp_structure structure) {
    for (int64_t t = 0; t < set->count; t++)
        if (set->term[t].kind == GAMLP_TERM_STRUCTURE && set->term[t].structure == structure)
            return true;
    return false;
}
