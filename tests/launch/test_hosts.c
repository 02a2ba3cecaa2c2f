/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdio.h>

#include "core/file.h"
#include "gamlp/alloc.h"
#include "launch/hosts.h"

static void write_hosts(char path[300], const char *text) {
    snprintf(path, 300, "%s/hosts", make_directory());
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

static void files_are_read(void **state) {
    (void)state;
    char path[300];
    gamlp_host *host;
    int64_t count;
    write_hosts(path, "# ours\n a  slots=2 addr=10.0.0.1 mem=3G\r\n\nuser@b # one\n\tc\tslots=3");
    CHECK_OK(gamlp_hosts_read(&host, &count, path));
    assert_int_equal(count, 3);
    assert_string_equal(host[0].name, "a");
    assert_string_equal(host[0].address, "10.0.0.1");
    assert_true(host[0].memory == (int64_t)3 << 30 && host[1].memory == 0);
    assert_string_equal(host[1].name, "user@b");
    assert_string_equal(host[1].address, "");
    assert_int_equal(gamlp_hosts_slots(host, count), 6);
    const char order[] = "aauccca";
    for (int i = 0; order[i]; i++)
        assert_int_equal(gamlp_hosts_place(host, count, i)->name[0], order[i]);
    gamlp_free(host);
}

static void lists_are_read(void **state) {
    (void)state;
    gamlp_host *host;
    int64_t count;
    CHECK_OK(gamlp_hosts_read(&host, &count, "h1:2, h2"));
    assert_int_equal(count, 2);
    assert_string_equal(host[0].name, "h1");
    assert_int_equal(host[0].slots, 2);
    assert_string_equal(host[1].name, "h2");
    gamlp_free(host);
}

static void wrong_hosts_are_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } row[] = {{"a slots=0", "slots=0"},
               {"a\nb slots=x", "line 2"},
               {"a b", "b"},
               {"a mem=much", "mem=much"},
               {"-oProxyCommand=x", "-oProxyCommand"},
               {"# nothing\n", "no host"},
               {"a addr=", "addr="}};
    gamlp_host *host;
    int64_t count;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char path[300];
        write_hosts(path, row[i].text);
        CHECK_FAILS(gamlp_hosts_read(&host, &count, path), GAMLP_E_CONFIG, row[i].says);
        assert_null(host);
    }
    CHECK_FAILS(gamlp_hosts_read(&host, &count, "a:0"), GAMLP_E_CONFIG, "a:0");
    CHECK_FAILS(gamlp_hosts_read(&host, &count, "a,-b"), GAMLP_E_CONFIG, "-b");
    CHECK_FAILS(gamlp_hosts_read(&host, &count, "a/hosts"), GAMLP_E_NOINPUT, "a/hosts: this file");
    CHECK_FAILS(gamlp_hosts_read(&host, &count, "nofile.txt"), GAMLP_E_NOINPUT,
                "hosts: nofile.txt: this file does not exist");
    CHECK_FAILS(gamlp_hosts_read(&host, &count, "a b"), GAMLP_E_CONFIG, "a b");
    CHECK_FAILS(gamlp_hosts_read(&host, &count, ""), GAMLP_E_CONFIG, "no host");
}

static gamlp_status read_all(void *context) {
    gamlp_host *host;
    int64_t count;
    gamlp_status status = gamlp_hosts_read(&host, &count, context);
    gamlp_free(host);
    return status;
}

static void allocations_may_fail(void **state) {
    (void)state;
    char path[300];
    write_hosts(path, "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
    check_every_allocation(read_all, path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(lists_are_read),
        cmocka_unit_test(wrong_hosts_are_named),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
