/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file of the library that includes igraph, and the state of igraph that a call borrows.
 */
#ifndef GAMLP_GRAPH_IGRAPH_SESSION_H
#define GAMLP_GRAPH_IGRAPH_SESSION_H

#include <igraph/igraph.h>

#include "gamlp/csr.h"
#include "gamlp/status.h"

typedef struct gamlp_igraph_session {
    igraph_error_handler_t *on_error;
    igraph_warning_handler_t *on_warning;
    igraph_attribute_table_t *attributes;
} gamlp_igraph_session;

/* Take the lock, the handlers and, when a file is read, the table of attributes.  `what` names
 * that file in sentences, else it is NULL; it must live until the end. */
gamlp_igraph_session gamlp_igraph_begin(const char *what);
void gamlp_igraph_end(gamlp_igraph_session old);

/* The undirected graph of a symmetric pattern, for use within a session.  To be destroyed. */
igraph_error_t gamlp_igraph_graph(igraph_t *made, const gamlp_csr *adjacency);

/* For use within a session: a failure is of the file when one is read, else igraph's own. */
gamlp_status gamlp_igraph_status(igraph_error_t code);

#endif
