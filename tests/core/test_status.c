/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/status.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "check.h"
#include "gamlp/log.h"

static void test_names_and_codes(void **state) {
    (void)state;
    static const struct {
        gamlp_status status;
        const char *name;
        int code;
    } known[] = {
        {GAMLP_OK, "ok", 0},
        {GAMLP_E_USAGE, "usage", EX_USAGE},
        {GAMLP_E_CONFIG, "config", EX_CONFIG},
        {GAMLP_E_NOINPUT, "noinput", EX_NOINPUT},
        {GAMLP_E_DATA, "data", EX_DATAERR},
        {GAMLP_E_NOMEM, "nomem", EX_OSERR},
        {GAMLP_E_IO, "io", EX_IOERR},
        {GAMLP_E_CREATE, "create", EX_CANTCREAT},
        {GAMLP_E_NUMERIC, "numeric", EX_DATAERR},
        {GAMLP_E_INTERNAL, "internal", EX_SOFTWARE},
        {GAMLP_E_STOPPED, "stopped", 130},
        {GAMLP_E_DIFFERS, "differs", 1},
    };
    int count = (int)(sizeof known / sizeof known[0]);
    for (int i = 0; i < count; i++) {
        assert_int_equal(known[i].status, i);
        assert_string_equal(gamlp_status_name(known[i].status), known[i].name);
        assert_int_equal(gamlp_status_exit_code(known[i].status), known[i].code);
    }
    assert_string_equal(gamlp_status_name((gamlp_status)count), "unknown");
    assert_int_equal(gamlp_status_exit_code((gamlp_status)count), EX_SOFTWARE);
}

static void test_text(void **state) {
    (void)state;
    assert_int_equal(gamlp_fail(GAMLP_E_DATA, "line %d", 7), GAMLP_E_DATA);
    assert_string_equal(gamlp_error_text(), "line 7");
    /* The last sentence may be part of the next one. */
    gamlp_fail(GAMLP_E_IO, "a.txt: %s: %s", gamlp_error_text(), "bad");
    assert_string_equal(gamlp_error_text(), "a.txt: line 7: bad");
    char longer[5000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    gamlp_fail(GAMLP_E_IO, "%s", longer);
    assert_true(strlen(gamlp_error_text()) > 500 && strlen(gamlp_error_text()) < sizeof longer - 1);
    assert_memory_equal(gamlp_error_text(), longer, strlen(gamlp_error_text()));
}

static void *other_thread(void *result) {
    char *text = result;
    text[0] = gamlp_error_text()[0] == 0 ? 'y' : 'n';
    gamlp_fail(GAMLP_E_DATA, "theirs");
    text[1] = strcmp(gamlp_error_text(), "theirs") == 0 ? 'y' : 'n';
    return NULL;
}

static void test_each_thread_has_its_own(void **state) {
    (void)state;
    pthread_t thread;
    char text[3] = "";
    gamlp_fail(GAMLP_E_DATA, "ours");
    assert_int_equal(pthread_create(&thread, NULL, other_thread, text), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(text, "yy");
    assert_string_equal(gamlp_error_text(), "ours");
}

static void keep(void *context, gamlp_log_level level, const char *text) {
    snprintf(context, 64, "%d %s", (int)level, text);
}

static void test_log(void **state) {
    (void)state;
    char kept[64] = "nothing";
    gamlp_log(GAMLP_LOG_WARN, "to nobody");
    gamlp_log_set(keep, kept);
    gamlp_log(GAMLP_LOG_INFO, "%d nodes", 5);
    assert_string_equal(kept, "1 5 nodes");
    gamlp_log_set(NULL, NULL);
    gamlp_log(GAMLP_LOG_WARN, "again to nobody");
    assert_string_equal(kept, "1 5 nodes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_codes),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_each_thread_has_its_own),
        cmocka_unit_test(test_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
