/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph/network.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gamlp/alloc.h"
#include "graph/igraph_session.h"

static void clear_attributes(gamlp_attributes *attributes) {
    for (int64_t i = 0; i < attributes->count; i++) {
        gamlp_free(attributes->item[i].name);
        gamlp_free(attributes->item[i].number);
        gamlp_free(attributes->item[i].text);
        gamlp_free(attributes->item[i].bytes);
    }
    gamlp_free(attributes->item);
}

void gamlp_network_clear(gamlp_network *network) {
    if (!network) return;
    gamlp_free(network->source);
    gamlp_free(network->target);
    clear_attributes(&network->node);
    clear_attributes(&network->whole);
    *network = (gamlp_network){0};
}

const gamlp_attribute *gamlp_attributes_find(const gamlp_attributes *attributes, const char *name) {
    for (int64_t i = 0; i < attributes->count; i++)
        if (strcasecmp(attributes->item[i].name, name) == 0) return &attributes->item[i];
    return NULL;
}

/* Names and types of the attributes of the whole graph and of its vertices. */
typedef struct listing {
    igraph_strvector_t name[3]; /* of the graph, the vertices, the edges */
    igraph_vector_int_t type[3];
} listing;

static void listing_destroy(listing *list) {
    for (int i = 0; i < 3; i++) {
        igraph_strvector_destroy(&list->name[i]);
        igraph_vector_int_destroy(&list->type[i]);
    }
}

static igraph_error_t listing_init(listing *list, const igraph_t *from) {
    igraph_error_t code = IGRAPH_SUCCESS;
    memset(list, 0, sizeof *list);
    for (int i = 0; i < 3 && code == IGRAPH_SUCCESS; i++) {
        code = igraph_strvector_init(&list->name[i], 0);
        if (code == IGRAPH_SUCCESS) code = igraph_vector_int_init(&list->type[i], 0);
    }
    if (code == IGRAPH_SUCCESS)
        code = igraph_cattribute_list(from, &list->name[0], &list->type[0], &list->name[1],
                                      &list->type[1], &list->name[2], &list->type[2]);
    if (code != IGRAPH_SUCCESS) listing_destroy(list);
    return code;
}

static gamlp_status copy_texts(gamlp_attribute *to, const igraph_strvector_t *from) {
    int64_t count = igraph_strvector_size(from), bytes = 0;
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < count; i++) bytes += (int64_t)strlen(igraph_strvector_get(from, i)) + 1;
    GAMLP_TRY(gamlp_new(&to->text, count, sizeof *to->text, "attributes"));
    GAMLP_TRY(gamlp_new_raw(&to->bytes, bytes, 1, "attributes"));
    char *at = to->bytes;
    for (int64_t i = 0; i < count; i++) {
        size_t size = strlen(igraph_strvector_get(from, i)) + 1;
        memcpy(at, igraph_strvector_get(from, i), size);
        to->text[i] = at;
        at += size;
    }
done:
    return status;
}

static gamlp_status read_texts(gamlp_attribute *to, const igraph_t *from) {
    igraph_strvector_t value;
    gamlp_status status = gamlp_igraph_status(igraph_strvector_init(&value, 0));
    if (status != GAMLP_OK) return status;
    status = gamlp_igraph_status(igraph_cattribute_VASV(from, to->name, igraph_vss_all(), &value));
    if (status == GAMLP_OK) status = copy_texts(to, &value);
    igraph_strvector_destroy(&value);
    return status;
}

static gamlp_status read_numbers(gamlp_attribute *to, const igraph_t *from, int64_t nodes,
                                 igraph_attribute_type_t type) {
    igraph_vector_t value;
    gamlp_status status = gamlp_new_raw(&to->number, nodes, sizeof *to->number, "attributes");
    if (status != GAMLP_OK) return status;
    if (type == IGRAPH_ATTRIBUTE_BOOLEAN) {
        for (int64_t i = 0; i < nodes; i++)
            to->number[i] = igraph_cattribute_VAB(from, to->name, (igraph_integer_t)i);
        return GAMLP_OK;
    }
    status = gamlp_igraph_status(igraph_vector_init(&value, 0));
    if (status != GAMLP_OK) return status;
    status = gamlp_igraph_status(igraph_cattribute_VANV(from, to->name, igraph_vss_all(), &value));
    if (status == GAMLP_OK && nodes > 0)
        memcpy(to->number, VECTOR(value), (size_t)nodes * sizeof *to->number);
    igraph_vector_destroy(&value);
    return status;
}

/* Each attribute is removed from the graph when it is copied. */
static gamlp_status read_node(gamlp_attributes *all, igraph_t *from, const listing *list,
                              int64_t nodes) {
    int64_t count = igraph_strvector_size(&list->name[1]);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&all->item, count, sizeof *all->item, "attributes"));
    for (int64_t i = 0; i < count; i++) {
        igraph_attribute_type_t type = (igraph_attribute_type_t)VECTOR(list->type[1])[i];
        gamlp_attribute *to = &all->item[all->count++];
        GAMLP_TRY(gamlp_strdup(&to->name, igraph_strvector_get(&list->name[1], i)));
        if (type == IGRAPH_ATTRIBUTE_STRING)
            GAMLP_TRY(read_texts(to, from));
        else
            GAMLP_TRY(read_numbers(to, from, nodes, type));
        igraph_cattribute_remove_v(from, to->name);
    }
done:
    return status;
}

static gamlp_status read_whole(gamlp_attributes *all, const igraph_t *from, const listing *list) {
    int64_t count = igraph_strvector_size(&list->name[0]);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&all->item, count, sizeof *all->item, "attributes"));
    for (int64_t i = 0; i < count; i++) {
        igraph_attribute_type_t type = (igraph_attribute_type_t)VECTOR(list->type[0])[i];
        gamlp_attribute *to = &all->item[all->count++];
        GAMLP_TRY(gamlp_strdup(&to->name, igraph_strvector_get(&list->name[0], i)));
        if (type == IGRAPH_ATTRIBUTE_STRING) {
            GAMLP_TRY(gamlp_new(&to->text, 1, sizeof *to->text, "attributes"));
            GAMLP_TRY(gamlp_strdup(&to->bytes, igraph_cattribute_GAS(from, to->name)));
            to->text[0] = to->bytes;
            continue;
        }
        GAMLP_TRY(gamlp_new(&to->number, 1, sizeof *to->number, "attributes"));
        to->number[0] = type == IGRAPH_ATTRIBUTE_BOOLEAN ? igraph_cattribute_GAB(from, to->name)
                                                         : igraph_cattribute_GAN(from, to->name);
    }
done:
    return status;
}

static gamlp_status read_edges(gamlp_network *network, const igraph_t *from) {
    gamlp_status status = GAMLP_OK;
    network->nodes = igraph_vcount(from);
    network->edges = igraph_ecount(from);
    network->directed = igraph_is_directed(from);
    GAMLP_TRY(gamlp_new_raw(&network->source, network->edges, sizeof(int64_t), "edges"));
    GAMLP_TRY(gamlp_new_raw(&network->target, network->edges, sizeof(int64_t), "edges"));
    for (igraph_integer_t e = 0; e < network->edges; e++) {
        network->source[e] = IGRAPH_FROM(from, e);
        network->target[e] = IGRAPH_TO(from, e);
    }
done:
    return status;
}

static gamlp_status take(gamlp_network *network, igraph_t *from) {
    listing list;
    gamlp_status status = gamlp_igraph_status(listing_init(&list, from));
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(read_edges(network, from));
    GAMLP_TRY(read_whole(&network->whole, from, &list));
    GAMLP_TRY(read_node(&network->node, from, &list, network->nodes));
done:
    listing_destroy(&list);
    return status;
}

static igraph_error_t read_stream(igraph_t *made, gamlp_network_format format, FILE *stream) {
    if (format == GAMLP_NETWORK_GRAPHML) return igraph_read_graph_graphml(made, stream, 0);
    if (format == GAMLP_NETWORK_GML) return igraph_read_graph_gml(made, stream);
    return igraph_read_graph_pajek(made, stream);
}

static gamlp_status parse(gamlp_network *network, gamlp_network_format format, const void *data,
                          size_t size, const char *what) {
    FILE *stream = fmemopen((void *)(uintptr_t)data, size, "rb");
    if (!stream) return gamlp_fail(GAMLP_E_NOMEM, "%s: cannot be read from memory", what);
    igraph_t made;
    gamlp_igraph_session old = gamlp_igraph_begin(what);
    gamlp_status status = gamlp_igraph_status(read_stream(&made, format, stream));
    if (status == GAMLP_OK) {
        status = take(network, &made);
        igraph_destroy(&made);
    }
    gamlp_igraph_end(old);
    fclose(stream);
    return status;
}

/* Sections of edges among those of arcs: what they hold goes the other way as well. */
static gamlp_status add_returns(gamlp_network *to, const char *text, size_t size,
                                const char *what) {
    gamlp_network n = {0};
    int64_t used = to->edges;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(parse(&n, GAMLP_NETWORK_PAJEK, text, size, what));
    GAMLP_TRY(gamlp_grow(&to->source, used, used + n.edges, sizeof *to->source, "edges"));
    GAMLP_TRY(gamlp_grow(&to->target, used, used + n.edges, sizeof *to->target, "edges"));
    for (int64_t e = 0; e < n.edges; e++) {
        if (n.source[e] == n.target[e]) continue;
        to->source[used] = n.target[e];
        to->target[used++] = n.source[e];
    }
    to->returns = used - to->edges;
done:
    gamlp_network_clear(&n);
    return status;
}

static gamlp_status parse_pajek(gamlp_network *network, const char *text, size_t size,
                                const char *what) {
    char *all = NULL, *edges = NULL;
    size_t all_size = size, edges_size = 0;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pajek_mixed(&all, &all_size, text, size, false));
    GAMLP_TRY(parse(network, GAMLP_NETWORK_PAJEK, all ? all : text, all_size, what));
    if (!all) goto done;
    GAMLP_TRY(gamlp_pajek_mixed(&edges, &edges_size, text, size, true));
    GAMLP_TRY(add_returns(network, edges, edges_size, what));
done:
    gamlp_free(all);
    gamlp_free(edges);
    return status;
}

gamlp_status gamlp_network_parse(gamlp_network *network, gamlp_network_format format,
                                 const void *data, size_t size, const char *what) {
    *network = (gamlp_network){0};
    gamlp_status status = gamlp_network_scan(format, data, size, what);
    if (status == GAMLP_OK)
        status = format == GAMLP_NETWORK_PAJEK ? parse_pajek(network, data, size, what)
                                               : parse(network, format, data, size, what);
    if (status != GAMLP_OK) gamlp_network_clear(network);
    return status;
}
