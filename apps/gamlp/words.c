/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: --name VALUE, --name=VALUE, --flag, --no-flag, and `--` before words that
 * are no options. */
#include <string.h>

#include "gamlp/dataset.h"
#include "program.h"

enum { MAX_NAME = 64, MAX_ROWS = 128 };

typedef struct parser {
    const command *verb;
    const option_target *target;
    int count, at;
    char **words;
} parser;

/* A row, the table it is in, and what a flag without a value means. */
typedef struct match {
    const gamlp_option *row;
    int set;
    const char *implied; /* NULL: a value must follow */
} match;

gamlp_status set_plain(void *target, const gamlp_option *row, const char *text) {
    return gamlp_option_set(target, row, text);
}

gamlp_status set_dataset(void *target, const gamlp_option *row, const char *text) {
    return gamlp_dataset_options_set(target, row, text);
}

const void *dataset_defaults(void) {
    static gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    return &options;
}

bool asks_for_help(int count, char **words) {
    for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++)
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) return true;
    return false;
}

static bool find_in(match *found, const command *verb, const char *name) {
    for (int s = 0; s < MAX_TABLES && verb->sets[s].table; s++) {
        found->row = gamlp_option_find(verb->sets[s].table, name);
        found->set = s;
        if (found->row) return true;
    }
    return false;
}

static gamlp_status unknown_option(const command *verb, const char *name) {
    gamlp_option rows[MAX_ROWS] = {{0}};
    int count = 0;
    for (int s = 0; s < MAX_TABLES && verb->sets[s].table; s++)
        for (const gamlp_option *row = verb->sets[s].table; row->name && count + 1 < MAX_ROWS;
             row++)
            rows[count++] = *row;
    const char *nearest = gamlp_option_nearest(rows, name);
    return gamlp_fail(GAMLP_E_USAGE, "%s: unknown option --%s%s%s", verb->name, name,
                      nearest ? "; did you mean --" : "; see gamlp help ",
                      nearest ? nearest : verb->name);
}

static bool is_hosts(const char *word) {
    return strcmp(word, "-H") == 0;
}

static gamlp_status find_option(match *found, const command *verb, const char *name) {
    if (find_in(found, verb, name)) {
        found->implied = found->row->type == GAMLP_OPTION_BOOL ? "true" : NULL;
        return GAMLP_OK;
    }
    if (strncmp(name, "no-", 3) == 0 && find_in(found, verb, name + 3) &&
        found->row->type == GAMLP_OPTION_BOOL) {
        found->implied = "false";
        return GAMLP_OK;
    }
    return unknown_option(verb, name);
}

/* The word at p->at is "--NAME" or "--NAME=VALUE", or the one letter that other launchers have,
 * too: -H LIST for --hosts. */
static gamlp_status take_option(parser *p) {
    bool hosts = is_hosts(p->words[p->at]);
    const char *word = hosts ? "hosts" : p->words[p->at] + 2, *value = strchr(word, '=');
    p->at++;
    size_t length = value ? (size_t)(value - word) : strlen(word);
    char name[MAX_NAME];
    match found = {NULL, 0, NULL};
    if (length >= sizeof name) length = sizeof name - 1;
    memcpy(name, word, length);
    name[length] = 0;
    gamlp_status status = find_option(&found, p->verb, name);
    if (status != GAMLP_OK) return status;
    if (value && found.implied && strcmp(found.implied, "false") == 0)
        return gamlp_fail(GAMLP_E_USAGE, "--%s takes no value", name);
    if (value)
        value++;
    else if (found.implied)
        value = found.implied;
    else if (p->at < p->count)
        value = p->words[p->at++];
    else
        return gamlp_fail(GAMLP_E_USAGE, "--%s: its value %s is missing", name,
                          found.row->argument);
    const option_target *target = &p->target[found.set];
    status = target->set(target->target, found.row, value);
    return status == GAMLP_OK ? status : gamlp_fail(GAMLP_E_USAGE, "--%s", gamlp_error_text());
}

static gamlp_status take_argument(const char *argument[MAX_ARGUMENTS], int *arguments, parser *p) {
    if (*arguments == p->verb->most)
        return gamlp_fail(GAMLP_E_USAGE, "%s: one word too many: \"%s\"", p->verb->name,
                          p->words[p->at]);
    argument[(*arguments)++] = p->words[p->at++];
    return GAMLP_OK;
}

gamlp_status parse_words(const char *argument[MAX_ARGUMENTS], const command *verb,
                         const option_target target[MAX_TABLES], int count, char **words) {
    parser p = {verb, target, count, 0, words};
    int arguments = 0;
    bool options = true;
    gamlp_status status = GAMLP_OK;
    for (int i = 0; i < MAX_ARGUMENTS; i++) argument[i] = NULL;
    while (p.at < count) {
        const char *word = words[p.at];
        if (options && strcmp(word, "--") == 0) {
            options = false;
            p.at++;
        } else if (options && (strncmp(word, "--", 2) == 0 || is_hosts(word))) {
            GAMLP_TRY(take_option(&p));
        } else if (options && word[0] == '-' && word[1]) {
            GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE, "%s: unknown option %s; options have two dashes",
                                 verb->name, word));
        } else {
            GAMLP_TRY(take_argument(argument, &arguments, &p));
        }
    }
    if (arguments < verb->least)
        status = gamlp_fail(GAMLP_E_USAGE, "%s: missing: gamlp %s %s", verb->name, verb->name,
                            verb->arguments);
done:
    return status;
}
