/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launch/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "gamlp/alloc.h"

/* Words are separated by this character in the text, before it is cut. */
static const char cut = '\1';

static gamlp_status cut_words(gamlp_command *c) {
    int count = 0;
    char *at = c->text;
    while (count + 1 < GAMLP_COMMAND_WORDS) {
        c->word[count++] = at;
        at = strchr(at, cut);
        if (!at) {
            c->word[count] = NULL;
            return GAMLP_OK;
        }
        *at++ = 0;
    }
    return gamlp_fail(GAMLP_E_CONFIG, "a command of more than %d words", GAMLP_COMMAND_WORDS - 1);
}

static gamlp_status finish(gamlp_command *c, gamlp_status status) {
    if (status == GAMLP_OK) status = cut_words(c);
    if (status != GAMLP_OK) gamlp_command_clear(c);
    return status;
}

void gamlp_command_clear(gamlp_command *c) {
    gamlp_free(c->text);
    *c = (gamlp_command){0};
}

gamlp_status gamlp_command_local(gamlp_command *c, const char *program) {
    *c = (gamlp_command){0};
    return finish(c, gamlp_text_format(&c->text, "%s\1worker", program));
}

/* 'a word', with ' as '\'' */
static gamlp_status quote(char **quoted, const char *word) {
    size_t size = 3;
    for (const char *p = word; *p; p++) size += *p == '\'' ? 4 : 1;
    gamlp_status status = gamlp_new(quoted, (int64_t)size, 1, "a word");
    if (status != GAMLP_OK) return status;
    char *to = *quoted;
    *to++ = '\'';
    for (const char *p = word; *p; p++) {
        if (*p != '\'') {
            *to++ = *p;
            continue;
        }
        memcpy(to, "'\\''", 4);
        to += 4;
    }
    *to = '\'';
    return GAMLP_OK;
}

/* The user's own words, with any number of blanks around them. */
static gamlp_status split(char **words, const char *text) {
    gamlp_status status = gamlp_strdup(words, text);
    char *to = status == GAMLP_OK ? *words : NULL;
    for (const char *from = to; to && *from; from++) {
        if (*from != ' ')
            *to++ = *from;
        else if (to > *words && from[1] && from[1] != ' ')
            *to++ = cut;
    }
    if (to) *to = 0;
    return status;
}

gamlp_status gamlp_command_ssh(gamlp_command *c, const char *ssh, const char *host,
                               const char *program) {
    char *quoted = NULL, *words = NULL;
    gamlp_status status = GAMLP_OK;
    *c = (gamlp_command){0};
    GAMLP_TRY(quote(&quoted, program));
    GAMLP_TRY(split(&words, ssh));
    status = gamlp_text_format(&c->text, "%s\1-o\1BatchMode=yes\1%s\1exec %s worker", words, host,
                               quoted);
done:
    gamlp_free(quoted);
    gamlp_free(words);
    return finish(c, status);
}

gamlp_status gamlp_command_srun(gamlp_command *c, const char *srun, int64_t workers,
                                const char *program) {
    char *words = NULL;
    gamlp_status status = GAMLP_OK;
    *c = (gamlp_command){0};
    GAMLP_TRY(split(&words, srun));
    status = gamlp_text_format(&c->text,
                               "%s\1--ntasks=%lld\1--kill-on-bad-exit=0\1--input=all\1%s\1worker",
                               words, (long long)workers, program);
done:
    gamlp_free(words);
    return finish(c, status);
}

static bool is_plain(const char *word) {
    return *word &&
           word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "_-./=:@%+,")] == 0;
}

gamlp_status gamlp_command_print(char **text, const gamlp_command *c) {
    gamlp_status status = gamlp_strdup(text, "");
    for (int i = 0; c->word[i] && status == GAMLP_OK; i++) {
        char *quoted = NULL, *longer = NULL;
        status =
            is_plain(c->word[i]) ? gamlp_strdup(&quoted, c->word[i]) : quote(&quoted, c->word[i]);
        if (status == GAMLP_OK)
            status = gamlp_text_format(&longer, "%s%s%s", *text, i ? " " : "", quoted);
        gamlp_free(quoted);
        if (status != GAMLP_OK) break;
        gamlp_free(*text);
        *text = longer;
    }
    if (status != GAMLP_OK) {
        gamlp_free(*text);
        *text = NULL;
    }
    return status;
}
