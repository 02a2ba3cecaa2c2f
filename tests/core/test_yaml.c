/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static gamlp_yaml *parse(const char *text) {
    gamlp_yaml *yaml;
    CHECK_OK(gamlp_yaml_parse(&yaml, text, strlen(text), "x.yaml"));
    return yaml;
}

static void test_tree(void **state) {
    (void)state;
    gamlp_yaml *yaml =
        parse("# comment\nhops: 4\ngrow: [2, 5]\nmap:\n  \"a b\": \"c # d\"\n  e: ~\n");
    gamlp_yaml_node root = gamlp_yaml_root(yaml), grow = gamlp_yaml_find(yaml, root, "grow");
    gamlp_yaml_node map = gamlp_yaml_find(yaml, root, "map");
    assert_int_equal(gamlp_yaml_pairs(yaml, root), 3);
    assert_string_equal(gamlp_yaml_key(yaml, root, 0), "hops");
    assert_string_equal(gamlp_yaml_text(yaml, gamlp_yaml_value(yaml, root, 0)), "4");
    assert_int_equal(gamlp_yaml_items(yaml, grow), 2);
    assert_string_equal(gamlp_yaml_text(yaml, gamlp_yaml_item(yaml, grow, 1)), "5");
    assert_string_equal(gamlp_yaml_text(yaml, gamlp_yaml_find(yaml, map, "a b")), "c # d");
    assert_int_equal(gamlp_yaml_line(yaml, grow), 3);
    assert_int_equal(gamlp_yaml_line(yaml, gamlp_yaml_find(yaml, map, "e")), 6);
    gamlp_yaml_free(yaml);
    gamlp_yaml_free(NULL);
}

static void test_absent(void **state) {
    (void)state;
    gamlp_yaml *yaml = parse("a: 1\nlist: [x]\n"), *empty = parse("");
    gamlp_yaml_node root = gamlp_yaml_root(yaml), list = gamlp_yaml_find(yaml, root, "list");
    assert_int_equal(gamlp_yaml_find(yaml, root, "b"), 0);
    assert_int_equal(gamlp_yaml_find(yaml, 0, "b"), 0);
    assert_int_equal(gamlp_yaml_find(yaml, list, "x"), 0);
    assert_null(gamlp_yaml_text(yaml, root));
    assert_null(gamlp_yaml_text(yaml, 0));
    assert_null(gamlp_yaml_text(yaml, 99));
    assert_null(gamlp_yaml_key(yaml, root, 2));
    assert_null(gamlp_yaml_key(yaml, root, -1));
    assert_int_equal(gamlp_yaml_value(yaml, list, 0), 0);
    assert_int_equal(gamlp_yaml_items(yaml, root), 0);
    assert_int_equal(gamlp_yaml_item(yaml, list, 1), 0);
    assert_int_equal(gamlp_yaml_item(yaml, list, -1), 0);
    assert_int_equal(gamlp_yaml_line(yaml, 0), 0);
    assert_int_equal(gamlp_yaml_root(empty), 0);
    assert_int_equal(gamlp_yaml_pairs(empty, 0), 0);
    gamlp_yaml_free(yaml);
    gamlp_yaml_free(empty);
}

static void test_bad(void **state) {
    (void)state;
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"a: [1\nb: 2\n", "x.yaml: line 2: not YAML"},
        {"a: 1\n\tb: 2\n", "x.yaml: line 2: not YAML"},
        {"a: &x 1\nb: *x\n", "x.yaml: line 2: aliases are not accepted"},
        {"a: &x [*x]\n", "x.yaml: line 1: aliases"},
        {"? [1, 2]\n: 3\n", "x.yaml: line 1: a key must be a plain text"},
        {"a: 1\n---\nb: 2\n", "x.yaml: line 2: a second document"},
        {"a: 1\nb: !!int 2\n", "x.yaml: line 2: tags are not accepted"},
        {"a: ! 2\n", "x.yaml: line 1: tags"},
        {"a:\n  - !x [1]\n", "x.yaml: line 2: tags"},
        {"!x {a: 1}\n", "x.yaml: line 1: tags"},
        {"a: 1\nb: 2\na: 3\n", "x.yaml: line 3: a: the key is there already"},
        {"c: {d: 1, \"d\": 2}\n", "x.yaml: line 1: d: the key"},
        {"\xff\xfe\xff", "x.yaml: line 1: not YAML"},
    };
    gamlp_yaml *yaml;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_FAILS(gamlp_yaml_parse(&yaml, bad[i].text, strlen(bad[i].text), "x.yaml"),
                    GAMLP_E_CONFIG, bad[i].sentence);
        assert_null(yaml);
    }
    char deep[200];
    memset(deep, '[', sizeof deep);
    CHECK_FAILS(gamlp_yaml_parse(&yaml, deep, sizeof deep, "x.yaml"), GAMLP_E_CONFIG,
                "nested too deeply");
    char many[1001 * 8 + 1];
    for (int i = 0; i < 1001; i++) snprintf(many + 8 * i, 9, "k%04d: \n", i);
    CHECK_FAILS(gamlp_yaml_parse(&yaml, many, sizeof many - 1, "x.yaml"), GAMLP_E_CONFIG,
                "line 1001: more than 1000 keys");
}

static gamlp_status parse_once(void *text) {
    gamlp_yaml *yaml;
    gamlp_status status = gamlp_yaml_parse(&yaml, text, strlen(text), "x.yaml");
    gamlp_yaml_free(yaml);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char text[] = "a: [1, 2]\n";
    check_every_allocation(parse_once, text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
