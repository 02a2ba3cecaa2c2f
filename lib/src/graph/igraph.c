/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph/igraph.h"

#include <pthread.h>
#include <string.h>

#include "graph/edges.h"
#include "graph/igraph_session.h"

static pthread_mutex_t igraph_lock = PTHREAD_MUTEX_INITIALIZER;

/* Of the call that holds the lock. */
static const char *reading;
static bool kept, kept_line;

/* One line without a full stop, whatever igraph and libxml2 made of the input. */
static void tidy_reason(char tidy[256], const char *reason) {
    snprintf(tidy, 256, "%s", reason);
    size_t size = strlen(tidy);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)tidy[i] < ' ' || (unsigned char)tidy[i] > '~') tidy[i] = '?';
    while (size > 0 && strchr(".? ", tidy[size - 1])) tidy[--size] = 0;
}

/* igraph reports a failure once at each level; the sentence with a line, else the first, stays. */
static void keep_error(const char *reason, const char *file, int line, igraph_error_t code) {
    char tidy[256];
    bool has_line = strstr(reason, "ine ") != NULL;
    (void)file;
    (void)line;
    tidy_reason(tidy, reason);
    if (!kept || (has_line && !kept_line)) {
        if (code == IGRAPH_ENOMEM)
            (void)gamlp_fail(GAMLP_E_NOMEM, "igraph: %s", igraph_strerror(code));
        else if (reading)
            (void)gamlp_fail(GAMLP_E_DATA, "%s: %s", reading,
                             tidy[0] ? tidy : igraph_strerror(code));
        else
            (void)gamlp_fail(GAMLP_E_INTERNAL, "igraph: %s (%s)", tidy, igraph_strerror(code));
        kept = true;
        kept_line = has_line;
    }
    IGRAPH_FINALLY_FREE();
}

gamlp_igraph_session gamlp_igraph_begin(const char *what) {
    pthread_mutex_lock(&igraph_lock);
    reading = what;
    kept = kept_line = false;
    return (gamlp_igraph_session){
        igraph_set_error_handler(keep_error),
        igraph_set_warning_handler(igraph_warning_handler_ignore),
        igraph_set_attribute_table(what ? &igraph_cattribute_table : NULL)};
}

void gamlp_igraph_end(gamlp_igraph_session old) {
    igraph_set_error_handler(old.on_error);
    igraph_set_warning_handler(old.on_warning);
    igraph_set_attribute_table(old.attributes);
    pthread_mutex_unlock(&igraph_lock);
}

/* The sentence was recorded by keep_error(). */
gamlp_status gamlp_igraph_status(igraph_error_t code) {
    if (code == IGRAPH_SUCCESS) return GAMLP_OK;
    if (code == IGRAPH_ENOMEM) return GAMLP_E_NOMEM;
    return reading ? GAMLP_E_DATA : GAMLP_E_INTERNAL;
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

igraph_error_t gamlp_igraph_graph(igraph_t *made, const gamlp_csr *adjacency) {
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
    gamlp_igraph_session old = gamlp_igraph_begin(NULL);
    igraph_error_t code = gamlp_igraph_graph(&copy, &graph->adjacency);
    if (code == IGRAPH_SUCCESS) {
        code = count_components(components, largest, &copy);
        igraph_destroy(&copy);
    }
    gamlp_status status = gamlp_igraph_status(code);
    gamlp_igraph_end(old);
    return status;
}

/* Edges read from an igraph graph; node i of it is node permute(i) of ours. */
typedef struct igraph_list {
    const igraph_t *from;
    const gamlp_permutation *order; /* or NULL: as they are */
    igraph_integer_t at;
} igraph_list;

static gamlp_status rewind_igraph(void *context) {
    igraph_list *l = context;
    l->at = 0;
    return GAMLP_OK;
}

static int32_t ordered(const igraph_list *l, igraph_integer_t node) {
    return (int32_t)(l->order ? gamlp_permute(l->order, (uint64_t)node) : (uint64_t)node);
}

static gamlp_status next_of_igraph(void *context, int32_t *source, int32_t *target, int64_t most,
                                   int64_t *got) {
    igraph_list *l = context;
    igraph_integer_t count = igraph_ecount(l->from);
    for (*got = 0; *got < most && l->at < count; l->at++, (*got)++) {
        source[*got] = ordered(l, IGRAPH_FROM(l->from, l->at));
        target[*got] = ordered(l, IGRAPH_TO(l->from, l->at));
    }
    return GAMLP_OK;
}

static gamlp_status import_graph(gamlp_graph *graph, const igraph_t *from,
                                 const gamlp_permutation *order) {
    igraph_list list = {from, order, 0};
    const gamlp_edges edges = {igraph_vcount(from), igraph_ecount(from), rewind_igraph,
                               next_of_igraph, &list};
    return gamlp_edges_graph(graph, &edges);
}

gamlp_status gamlp_igraph_famous(gamlp_graph *graph, const char *name) {
    *graph = (gamlp_graph){0};
    igraph_t famous;
    gamlp_igraph_session old = gamlp_igraph_begin(NULL);
    gamlp_status status = gamlp_igraph_status(igraph_famous(&famous, name));
    if (status == GAMLP_OK) {
        status = import_graph(graph, &famous, NULL);
        igraph_destroy(&famous);
    }
    gamlp_igraph_end(old);
    return status;
}

/* Node i brings min(i, each) edges; the first `more` of every `late` nodes behind node `each`,
 * spread evenly, bring one more. */
static void share_edges(igraph_vector_int_t *brings, igraph_integer_t nodes, int64_t edges) {
    int64_t each = 0, sum = 0;
    while (each < nodes - 1 && sum + nodes - 1 - each <= edges) sum += nodes - 1 - each, each++;
    int64_t more = edges - sum, late = nodes - 1 - each, before = 0;
    for (igraph_integer_t i = 0; i < nodes; i++) {
        VECTOR(*brings)[i] = i < each ? i : each;
        if (i <= each) continue;
        int64_t now = (int64_t)((double)more * ((double)(i - each) / (double)late) + 0.5);
        VECTOR(*brings)[i] += now - before;
        before = now;
    }
}

static igraph_error_t attach(igraph_t *made, int64_t nodes, int64_t edges) {
    igraph_vector_int_t brings;
    igraph_error_t code = igraph_vector_int_init(&brings, (igraph_integer_t)nodes);
    if (code != IGRAPH_SUCCESS) return code;
    share_edges(&brings, (igraph_integer_t)nodes, edges);
    code = igraph_barabasi_game(made, (igraph_integer_t)nodes, 1, 0, &brings, true, 0,
                                IGRAPH_UNDIRECTED, IGRAPH_BARABASI_PSUMTREE, NULL);
    igraph_vector_int_destroy(&brings);
    return code;
}

/* Node weights of modularity: the degrees. */
static igraph_error_t leiden(igraph_vector_int_t *member, igraph_vector_t *degree,
                             const gamlp_csr *a) {
    enum { ITERATIONS = 2 };
    igraph_t copy;
    igraph_integer_t count;
    igraph_error_t code = gamlp_igraph_graph(&copy, a);
    if (code != IGRAPH_SUCCESS) return code;
    for (int64_t i = 0; i < a->rows; i++) VECTOR(*degree)[i] = (double)(a->ptr[i + 1] - a->ptr[i]);
    code = igraph_community_leiden(&copy, NULL, degree, a->nnz > 0 ? 1 / (double)a->nnz : 1, 0.01,
                                   false, ITERATIONS, member, &count, NULL);
    igraph_destroy(&copy);
    return code;
}

static igraph_error_t communities(int32_t *group, const gamlp_csr *a) {
    igraph_vector_int_t member;
    igraph_vector_t degree;
    igraph_error_t code = igraph_vector_int_init(&member, (igraph_integer_t)a->rows);
    if (code != IGRAPH_SUCCESS) return code;
    code = igraph_vector_init(&degree, (igraph_integer_t)a->rows);
    if (code == IGRAPH_SUCCESS) {
        code = leiden(&member, &degree, a);
        igraph_vector_destroy(&degree);
    }
    for (int64_t i = 0; code == IGRAPH_SUCCESS && i < a->rows; i++)
        group[i] = (int32_t)VECTOR(member)[i];
    igraph_vector_int_destroy(&member);
    return code;
}

gamlp_status gamlp_graph_communities(int32_t *group, const gamlp_graph *graph) {
    philox_state state = {gamlp_rng_key(0, GAMLP_RNG_SAMPLE, 1), 0};
    if (graph->nodes == 0) return GAMLP_OK;
    gamlp_igraph_session old = gamlp_igraph_begin(NULL);
    igraph_rng_t saved = *igraph_rng_default();
    *igraph_rng_default() = (igraph_rng_t){&philox_type, &state, true};
    gamlp_status status = gamlp_igraph_status(communities(group, &graph->adjacency));
    *igraph_rng_default() = saved;
    gamlp_igraph_end(old);
    return status;
}

gamlp_status gamlp_igraph_attach(gamlp_graph *graph, int64_t nodes, int64_t edges, gamlp_rng rng,
                                 const gamlp_permutation *order) {
    *graph = (gamlp_graph){0};
    igraph_t drawn;
    philox_state state = {rng, 0};
    gamlp_igraph_session old = gamlp_igraph_begin(NULL);
    /* The content is exchanged, not the pointer: that has one meaning in every igraph 0.10. */
    igraph_rng_t saved = *igraph_rng_default();
    *igraph_rng_default() = (igraph_rng_t){&philox_type, &state, true};
    gamlp_status status = gamlp_igraph_status(attach(&drawn, nodes, edges));
    *igraph_rng_default() = saved;
    if (status == GAMLP_OK) {
        status = import_graph(graph, &drawn, order);
        igraph_destroy(&drawn);
    }
    gamlp_igraph_end(old);
    return status;
}
