/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "gamlp/alloc.h"
#include "launch/process.h"

static const double soon = 20; /* seconds that nothing here takes */

static void run_shell(gamlp_process *process, const char *script, const char *log) {
    const char *words[] = {"sh", "-c", script, NULL};
    CHECK_OK(gamlp_process_start(process, words, log));
}

static void check_end(const char *script, const char *expected) {
    gamlp_process process;
    char text[128];
    run_shell(&process, script, NULL);
    assert_true(gamlp_process_wait(&process, soon));
    gamlp_process_describe(text, sizeof text, &process);
    assert_string_equal(text, expected);
    gamlp_process_end(&process, 0);
    assert_int_equal(process.pid, 0);
}

static void ends_are_told(void **state) {
    (void)state;
    check_end("exit 0", "exited with status 0");
    check_end("exit 74", "exited with status 74");
    check_end("kill -KILL $$", "was killed by signal 9 (Killed)");
}

static void missing_programs_are_named(void **state) {
    (void)state;
    gamlp_process process;
    const char *words[] = {"/nowhere/gamlp", NULL};
    CHECK_FAILS(gamlp_process_start(&process, words, NULL), GAMLP_E_NOINPUT, "/nowhere/gamlp");
    gamlp_process_end(&process, 0);
    char text[64];
    gamlp_process_describe(text, sizeof text, &process);
    assert_string_equal(text, "was not started");
}

static void output_goes_to_the_log(void **state) {
    (void)state;
    gamlp_process process;
    gamlp_bytes bytes;
    char path[256];
    snprintf(path, sizeof path, "%s/log", make_directory());
    for (int i = 0; i < 2; i++) {
        run_shell(&process, "read word; echo got $word; echo bad >&2", path);
        CHECK_OK(gamlp_process_write(&process, "this\n", 5));
        assert_true(gamlp_process_wait(&process, soon));
        gamlp_process_end(&process, 0);
    }
    CHECK_OK(gamlp_file_read(&bytes, path, 1000));
    assert_string_equal((char *)bytes.data, "got this\nbad\ngot this\nbad\n");
    gamlp_bytes_clear(&bytes);
}

/* A process that reads its input to the end goes when the leash is closed. */
static void the_leash_ends_them(void **state) {
    (void)state;
    gamlp_process process;
    run_shell(&process, "cat >/dev/null; exit 3", NULL);
    assert_false(gamlp_process_wait(&process, 0));
    close(process.input);
    process.input = -1;
    assert_true(gamlp_process_wait(&process, soon));
    gamlp_process_end(&process, 0);
}

/* The group goes with a process that heeds nothing: the child that holds our pipe, too. */
static void the_stubborn_are_killed(void **state) {
    (void)state;
    gamlp_process process;
    int ends[2];
    char byte;
    assert_int_equal(pipe2(ends, 0), 0);
    run_shell(&process, "trap '' TERM INT HUP; sleep 1000 & echo > /dev/null; wait; wait", NULL);
    close(ends[1]);
    gamlp_process_end(&process, 0);
    assert_int_equal(read(ends[0], &byte, 1), 0); /* nobody is left who could write */
    close(ends[0]);
}

/* An interrupt at the terminal goes to our group, which is not theirs; what we ignore they do not.
 */
static void groups_and_signals_are_their_own(void **state) {
    (void)state;
    gamlp_process process;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    sigaction(SIGTERM, &ignore, &old);
    run_shell(&process, "sleep 1000", NULL);
    assert_int_equal(getpgid(process.pid), process.pid);
    assert_int_not_equal(getpgid(process.pid), getpgid(0));
    gamlp_process_signal_group(&process, SIGTERM);
    assert_true(gamlp_process_wait(&process, soon));
    char text[128];
    gamlp_process_describe(text, sizeof text, &process);
    assert_string_equal(text, "was killed by signal 15 (Terminated)");
    sigaction(SIGTERM, &old, NULL);
    gamlp_process_end(&process, 0);
}

/* The leash of one process is not held by another one. */
static void leashes_are_not_inherited(void **state) {
    (void)state;
    gamlp_process first, second;
    run_shell(&first, "cat >/dev/null", NULL);
    run_shell(&second, "cat >/dev/null", NULL);
    close(first.input);
    first.input = -1;
    assert_true(gamlp_process_wait(&first, soon));
    assert_false(gamlp_process_wait(&second, 0));
    gamlp_process_end(&first, 0);
    gamlp_process_end(&second, soon);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_told),
        cmocka_unit_test(missing_programs_are_named),
        cmocka_unit_test(output_goes_to_the_log),
        cmocka_unit_test(the_leash_ends_them),
        cmocka_unit_test(the_stubborn_are_killed),
        cmocka_unit_test(groups_and_signals_are_their_own),
        cmocka_unit_test(leashes_are_not_inherited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
