/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include "gamlp/alloc.h"
#include "launch/command.h"

static void check_words(gamlp_command *command, const char *const *expected) {
    int i = 0;
    for (; expected[i]; i++) assert_string_equal(command->word[i], expected[i]);
    assert_null(command->word[i]);
    gamlp_command_clear(command);
}

static void words_are_what_they_say(void **state) {
    (void)state;
    gamlp_command c;
    CHECK_OK(gamlp_command_local(&c, "/a b/gamlp"));
    check_words(&c, (const char *[]){"/a b/gamlp", "worker", NULL});
    CHECK_OK(gamlp_command_ssh(&c, "ssh -F x", "host", "/it's/gamlp"));
    check_words(&c, (const char *[]){"ssh", "-F", "x", "-o", "BatchMode=yes", "host",
                                     "exec '/it'\\''s/gamlp' worker", NULL});
    CHECK_OK(gamlp_command_srun(&c, " srun  -p q ", 3, "/g"));
    check_words(&c, (const char *[]){"srun", "-p", "q", "--ntasks=3", "--kill-on-bad-exit=0",
                                     "--input=all", "/g", "worker", NULL});
}

static void they_are_shown_as_a_shell_reads_them(void **state) {
    (void)state;
    gamlp_command c;
    char *text;
    CHECK_OK(gamlp_command_ssh(&c, "ssh", "host", "/it's"));
    CHECK_OK(gamlp_command_print(&text, &c));
    assert_string_equal(text,
                        "ssh -o BatchMode=yes host 'exec '\\''/it'\\''\\'\\'''\\''s'\\'' worker'");
    gamlp_free(text);
    gamlp_command_clear(&c);
}

static gamlp_status make_and_print(void *context) {
    (void)context;
    gamlp_command c;
    char *text = NULL;
    gamlp_status status = gamlp_command_ssh(&c, "ssh", "host", "/g");
    if (status == GAMLP_OK) status = gamlp_command_print(&text, &c);
    gamlp_free(text);
    gamlp_command_clear(&c);
    return status;
}

static void allocations_may_fail(void **state) {
    (void)state;
    check_every_allocation(make_and_print, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_what_they_say),
        cmocka_unit_test(they_are_shown_as_a_shell_reads_them),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
