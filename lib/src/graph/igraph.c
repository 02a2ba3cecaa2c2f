/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph/igraph.h"

#include <igraph/igraph.h>
#include <pthread.h>

#include "gamlp/alloc.h"

static pthread_mutex_t igraph_lock = PTHREAD_MUTEX_INITIALIZER;

/* The state of igraph that a call borrows. */
typedef struct session {
    igraph_error_handler_t *on_error;
    igraph_warning_handler_t *on_warning;
} session;

static void keep_error(const char *reason, const char *file, int line, igraph_error_t code) {
    (void)file;
    (void)line;
    (void)gamlp_fail(code == IGRAPH_ENOMEM ? GAMLP_E_NOMEM : GAMLP_E_INTERNAL, "igraph: %s (%s)",
                     reason, igraph_strerror(code));
    IGRAPH_FINALLY_FREE();
}

static session session_begin(void) {
    pthread_mutex_lock(&igraph_lock);
    return (session){igraph_set_error_handler(keep_error),
                     igraph_set_warning_handler(igraph_warning_handler_ignore)};
}

static void session_end(session old) {
    igraph_set_error_handler(old.on_error);
    igraph_set_warning_handler(old.on_warning);
    pthread_mutex_unlock(&igraph_lock);
}

/* The sentence was recorded by keep_error(). */
static gamlp_status status_of(igraph_error_t code) {
    if (code == IGRAPH_SUCCESS) return GAMLP_OK;
    return code == IGRAPH_ENOMEM ? GAMLP_E_NOMEM : GAMLP_E_INTERNAL;
}

/* Our counter-based generator as an igraph generator. */
typedef struct philox_state {
    gamlp_rng rng;
    uint64_t index;
} philox_state;

static igraph_error_t philox_init(void **state) {
    *state = NULL;
    return IGRAPH_SUCCESS;
}

static void philox_destroy(void *state) {
    (void)state;
}

static igraph_error_t philox_seed(void *state, igraph_uint_t seed) {
    philox_state *philox = state;
    philox->rng.seed = (uint64_t)seed;
    philox->index = 0;
    return IGRAPH_SUCCESS;
}

static igraph_uint_t philox_get(void *state) {
    philox_state *philox = state;
    return (igraph_uint_t)(gamlp_rng_bits(philox->rng, philox->index++) >> 32);
}

static igraph_real_t philox_get_real(void *state) {
    philox_state *philox = state;
    return gamlp_rng_uniform(philox->rng, philox->index++);
}

static const igraph_rng_type_t philox_type = {.name = "gamlp-philox",
                                              .bits = 32,
                                              .init = philox_init,
                                              .destroy = philox_destroy,
                                              .seed = philox_seed,
                                              .get = philox_get,
                                              .get_real = philox_get_real};

static igraph_error_t make_undirected(igraph_t *made, const gamlp_csr *adjacency) {
    igraph_vector_int_t edges;
    igraph_error_t code = igraph_vector_int_init(&edges, adjacency->nnz);
    if (code != IGRAPH_SUCCESS) return code;
    igraph_integer_t used = 0;
    for (int64_t i = 0; i < adjacency->rows; i++)
        for (int64_t k = adjacency->ptr[i]; k < adjacency->ptr[i + 1]; k++) {
            if (adjacency->idx[k] <= i) continue;
            VECTOR(edges)[used++] = (igraph_integer_t)i;
            VECTOR(edges)[used++] = adjacency->idx[k];
        }
    code = igraph_vector_int_resize(&edges, used);
    if (code == IGRAPH_SUCCESS)
        code = igraph_create(made, &edges, (igraph_integer_t)adjacency->rows, IGRAPH_UNDIRECTED);
    igraph_vector_int_destroy(&edges);
    return code;
}

static igraph_error_t count_components(int64_t *components, int64_t *largest,
                                       const igraph_t *from) {
    igraph_vector_int_t sizes;
    igraph_integer_t count = 0;
    igraph_error_t code = igraph_vector_int_init(&sizes, 0);
    if (code != IGRAPH_SUCCESS) return code;
    code = igraph_connected_components(from, NULL, &sizes, &count, IGRAPH_WEAK);
    *components = count;
    *largest = code == IGRAPH_SUCCESS && count > 0 ? igraph_vector_int_max(&sizes) : 0;
    igraph_vector_int_destroy(&sizes);
    return code;
}

gamlp_status gamlp_igraph_components(int64_t *components, int64_t *largest,
                                     const gamlp_graph *graph) {
    igraph_t copy;
    session old = session_begin();
    igraph_error_t code = make_undirected(&copy, &graph->adjacency);
    if (code == IGRAPH_SUCCESS) {
        code = count_components(components, largest, &copy);
        igraph_destroy(&copy);
    }
    session_end(old);
    return status_of(code);
}

static igraph_error_t find_membership(int64_t *component, int64_t *largest, const igraph_t *from) {
    igraph_vector_int_t member, sizes;
    igraph_error_t code = igraph_vector_int_init(&member, 0);
    if (code != IGRAPH_SUCCESS) return code;
    code = igraph_vector_int_init(&sizes, 0);
    if (code == IGRAPH_SUCCESS) {
        code = igraph_connected_components(from, &member, &sizes, NULL, IGRAPH_WEAK);
        if (code == IGRAPH_SUCCESS) {
            *largest = igraph_vector_int_which_max(&sizes);
            for (igraph_integer_t i = 0; i < igraph_vector_int_size(&member); i++)
                component[i] = VECTOR(member)[i];
        }
        igraph_vector_int_destroy(&sizes);
    }
    igraph_vector_int_destroy(&member);
    return code;
}

gamlp_status gamlp_igraph_membership(int64_t *component, int64_t *largest,
                                     const gamlp_graph *graph) {
    igraph_t copy;
    session old = session_begin();
    igraph_error_t code = make_undirected(&copy, &graph->adjacency);
    if (code == IGRAPH_SUCCESS) {
        code = find_membership(component, largest, &copy);
        igraph_destroy(&copy);
    }
    session_end(old);
    return status_of(code);
}

static void list_edges(int64_t *source, int64_t *target, const igraph_t *from) {
    igraph_integer_t count = igraph_ecount(from);
    for (igraph_integer_t e = 0; e < count; e++) {
        source[e] = IGRAPH_FROM(from, e);
        target[e] = IGRAPH_TO(from, e);
    }
}

static gamlp_status import_graph(gamlp_graph *graph, const igraph_t *from) {
    int64_t *source = NULL, *target = NULL, count = igraph_ecount(from);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&source, count, sizeof *source, "edges"));
    GAMLP_TRY(gamlp_new_raw(&target, count, sizeof *target, "edges"));
    list_edges(source, target, from);
    GAMLP_TRY(gamlp_graph_from_edges(graph, igraph_vcount(from), count, source, target));
done:
    gamlp_free(source);
    gamlp_free(target);
    return status;
}

gamlp_status gamlp_igraph_famous(gamlp_graph *graph, const char *name) {
    *graph = (gamlp_graph){0};
    igraph_t famous;
    session old = session_begin();
    gamlp_status status = status_of(igraph_famous(&famous, name));
    if (status == GAMLP_OK) {
        status = import_graph(graph, &famous);
        igraph_destroy(&famous);
    }
    session_end(old);
    return status;
}

gamlp_status gamlp_igraph_pairs(int64_t *source, int64_t *target, int64_t count, int64_t nodes,
                                const double *weight, gamlp_rng rng) {
    igraph_t drawn;
    igraph_vector_t fitness;
    philox_state state = {rng, 0};
    session old = session_begin();
    /* The content is exchanged, not the pointer: that has one meaning in every igraph 0.10. */
    igraph_rng_t saved = *igraph_rng_default();
    *igraph_rng_default() = (igraph_rng_t){&philox_type, &state, true};
    igraph_vector_view(&fitness, weight, (igraph_integer_t)nodes);
    igraph_error_t code = igraph_static_fitness_game(&drawn, (igraph_integer_t)count, &fitness,
                                                     NULL, IGRAPH_LOOPS, IGRAPH_MULTIPLE);
    *igraph_rng_default() = saved;
    if (code == IGRAPH_SUCCESS) {
        list_edges(source, target, &drawn);
        igraph_destroy(&drawn);
    }
    session_end(old);
    return status_of(code);
}
