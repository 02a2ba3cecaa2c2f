/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_TEST_ARCS_H
#define GAMLP_TEST_ARCS_H

#include "gamlp/graph.h"

/* The arcs of a small graph as "0>1 3>0", or "none"; valid until the next call. */
const char *arcs_text(const gamlp_graph *graph);

#endif
