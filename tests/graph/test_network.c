/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gamlp/graph.h"

static gamlp_status parse(gamlp_network *n, gamlp_network_format format, const char *text) {
    return gamlp_network_parse(n, format, text, strlen(text), "file");
}

static const char graphml[] =
    "<graphml><key id='c' for='graph' attr.name='classes' attr.type='int'/>"
    "<key id='l' for='node' attr.name='Label' attr.type='string'/>"
    "<key id='x' for='node' attr.name='x0' attr.type='double'><default>-1</default></key>"
    "<key id='b' for='node' attr.name='flag' attr.type='boolean'/>"
    "<graph edgedefault='undirected'><data key='c'>3</data>"
    "<node id='a'><data key='l'>A &lt; B</data><data key='x'>1.5</data><data key='b'>true</data>"
    "</node><node id='b'/><edge source='a' target='b'/><edge source='b' target='z'/></graph>"
    "</graphml>";

static void test_graphml(void **state) {
    (void)state;
    gamlp_network n;
    CHECK_OK(parse(&n, GAMLP_NETWORK_GRAPHML, graphml));
    assert_int_equal(n.nodes, 3);
    assert_int_equal(n.edges, 2);
    assert_int_equal(n.source[1] + n.target[1], 3);
    const gamlp_attribute *label = gamlp_attributes_find(&n.node, "label");
    const gamlp_attribute *x = gamlp_attributes_find(&n.node, "x0");
    const gamlp_attribute *flag = gamlp_attributes_find(&n.node, "flag");
    assert_non_null(label);
    assert_string_equal(label->text[0], "A < B");
    assert_string_equal(label->text[2], "");
    assert_true(x->number[0] == 1.5 && x->number[1] == -1);
    assert_true(flag->number[0] == 1 && flag->number[1] == 0);
    assert_true(gamlp_attributes_find(&n.whole, "classes")->number[0] == 3);
    assert_null(gamlp_attributes_find(&n.node, "none"));
    gamlp_network_clear(&n);
}

static void test_gml(void **state) {
    (void)state;
    gamlp_network n;
    CHECK_OK(parse(&n, GAMLP_NETWORK_GML,
                   "# one\ngraph [ node [ id 7 value 2.5 label \"x\" ] node [ id -3 ] "
                   "edge [ source -3 target 7 ] ]"));
    assert_int_equal(n.nodes, 2);
    assert_int_equal(n.edges, 1);
    assert_true(gamlp_attributes_find(&n.node, "id")->number[1] == -3);
    assert_true(gamlp_attributes_find(&n.node, "value")->number[0] == 2.5);
    assert_true(isnan(gamlp_attributes_find(&n.node, "value")->number[1]));
    assert_string_equal(gamlp_attributes_find(&n.node, "label")->text[0], "x");
    gamlp_network_clear(&n);
}

static void test_pajek(void **state) {
    (void)state;
    gamlp_network n;
    CHECK_OK(parse(&n, GAMLP_NETWORK_PAJEK,
                   "*Vertices 4\n1 \"a\" 0.5 0.5\n2 \"b\"\n*Edges\n1 2\n*Arcs\n2 3 1.0\n"));
    assert_int_equal(n.nodes, 4);
    assert_int_equal(n.edges, 2);
    assert_string_equal(gamlp_attributes_find(&n.node, "name")->text[1], "b");
    gamlp_network_clear(&n);
    CHECK_OK(parse(&n, GAMLP_NETWORK_PAJEK,
                   "*Vertices 4\n1 \"*Arcs b\"\n% *Arcs\n*EDGES\n1 2\n3 3\n*Arcs\n2 3"
                   "\n*arcslist\n4 1 2\n*Edgeslist\n1 3 4\n"));
    assert_int_equal(n.edges, 7);
    assert_int_equal(n.returns, 3); /* without the loop */
    static const int64_t source[] = {0, 2, 1, 3, 3, 0, 0, 1, 2, 3};
    static const int64_t target[] = {1, 2, 2, 0, 1, 2, 3, 0, 0, 0};
    assert_true(n.directed);
    assert_memory_equal(n.source, source, sizeof source);
    assert_memory_equal(n.target, target, sizeof target);
    gamlp_network_clear(&n);
    CHECK_OK(parse(&n, GAMLP_NETWORK_PAJEK, "*vertices 2\n*matrix\n0 1\n1 0\n"));
    assert_int_equal(n.nodes, 2);
    assert_int_equal(n.edges, 2);
    gamlp_network_clear(&n);
}

static void check_refused(gamlp_network_format format, const char *text, const char *sentence) {
    gamlp_network n;
    CHECK_FAILS(parse(&n, format, text), GAMLP_E_DATA, sentence);
    assert_non_null(strstr(gamlp_error_text(), "file: "));
    assert_null(n.source);
}

static void test_bad_text(void **state) {
    (void)state;
    check_refused(GAMLP_NETWORK_GRAPHML, "", "is empty");
    check_refused(GAMLP_NETWORK_GRAPHML, "text", "begins with <");
    check_refused(GAMLP_NETWORK_GRAPHML, "<graphml>\n<graph>\n</graphml>", "Line 3");
    check_refused(GAMLP_NETWORK_GRAPHML, "<html/>", "expected a tag graph");
    check_refused(GAMLP_NETWORK_GRAPHML, "<?xml version='1.0' encoding='UTF-7'?><graphml/>",
                  "line 1: expected the encoding");
    check_refused(GAMLP_NETWORK_GRAPHML, "<!DOCTYPE x [<!ENTITY a 'b'>]><graphml/>", "entities");
    check_refused(GAMLP_NETWORK_GML, "graph [\n node [ id 1 \n", "line");
    check_refused(GAMLP_NETWORK_GML, "graph [ node [ id 1 ] edge [ source 1 target 2 ] ]", "edge");
    check_refused(GAMLP_NETWORK_GML, "graph [ label \"never", "does not end");
    check_refused(GAMLP_NETWORK_GML, "graph [ # here\n ]", "# within a line");
    check_refused(GAMLP_NETWORK_GML, "graph ]", "nested");
    check_refused(GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Edges\n1 9\n", "Out-of-range");
    check_refused(GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Edges\n0 1\n", "vertex ID");
    check_refused(GAMLP_NETWORK_PAJEK, "*Vertices x\n", "expected a number");
    check_refused(GAMLP_NETWORK_PAJEK, "1 2\n", "line 1");
}

/* Short texts that ask for much memory. */
static void test_bombs(void **state) {
    (void)state;
    check_refused(GAMLP_NETWORK_PAJEK, "*Vertices 2000000000\n", "too much for a text");
    check_refused(GAMLP_NETWORK_PAJEK, "*vert\t1e12\n", "too much for a text");
    check_refused(GAMLP_NETWORK_PAJEK, "*Vertices -1\n", "too much for a text");
    char deep[200] = "graph ";
    for (int i = 0; i < 40; i++) strcat(deep, "[ a ");
    check_refused(GAMLP_NETWORK_GML, deep, "nested lists");
    enum { MANY = 3000 };
    char *gml = malloc(64 * MANY), *xml = malloc(128 * MANY);
    char *to = gml, *tag = xml;
    assert_non_null(gml);
    assert_non_null(xml);
    to += sprintf(to, "graph [");
    for (int i = 0; i < MANY; i++) to += sprintf(to, "node [ id %d a%d 1 ]\n", i, i);
    strcpy(to, "]");
    check_refused(GAMLP_NETWORK_GML, gml, "3000 vertices with 300");
    tag += sprintf(tag, "<graphml>");
    for (int i = 0; i < MANY; i++)
        tag += sprintf(tag, "<key id='k%d' for='node' attr.name='k%d' attr.type='int'/>", i, i);
    tag += sprintf(tag, "<graph>");
    for (int i = 0; i < MANY; i++) tag += sprintf(tag, "<node id='%d'/>", i);
    strcpy(tag, "</graph></graphml>");
    check_refused(GAMLP_NETWORK_GRAPHML, xml, "3000 vertices with 300");
    free(gml);
    free(xml);
}

/* igraph's state is as it was: a failure of igraph's own is not of a file. */
static void test_state(void **state) {
    (void)state;
    gamlp_graph graph;
    check_refused(GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Edges\n1 9\n", "Out-of-range");
    CHECK_OK(gamlp_graph_karate(&graph));
    assert_int_equal(graph.edges, 78);
    gamlp_graph_clear(&graph);
}

typedef struct sample {
    gamlp_network_format format;
    const char *text;
} sample;

static gamlp_status parse_once(void *context) {
    const sample *s = context;
    gamlp_network n;
    gamlp_status status = parse(&n, s->format, s->text);
    gamlp_network_clear(&n);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    sample samples[] = {
        {GAMLP_NETWORK_PAJEK, "*Vertices 3\n*Edges\n1 2\n*Arcs\n2 3\n"},
        {GAMLP_NETWORK_GRAPHML, graphml},
        {GAMLP_NETWORK_GML, "graph [ node [ id 1 label \"a\" ] ]"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        check_every_allocation(parse_once, &samples[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graphml),    cmocka_unit_test(test_gml),
        cmocka_unit_test(test_pajek),      cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_bombs),      cmocka_unit_test(test_state),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
