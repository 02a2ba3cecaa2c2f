/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/order.h"

#include "gamlp/feature.h"

gamlp_status gamlp_node_order_make(int32_t *place, const gamlp_csr *adjacency,
                                   gamlp_node_order order, const int32_t *group) {
    if (order == GAMLP_NODES_DEGREE) return gamlp_order_degree(place, adjacency);
    if (order == GAMLP_NODES_RCM) return gamlp_order_rcm(place, adjacency);
    if (order == GAMLP_NODES_COMMUNITY && group)
        return gamlp_order_groups(place, group, adjacency->rows);
    if (order != GAMLP_NODES_NONE)
        return gamlp_fail(GAMLP_E_USAGE, "order is %d, expected none, degree, rcm or community",
                          (int)order);
    for (int64_t i = 0; i < adjacency->rows; i++) place[i] = (int32_t)i;
    return GAMLP_OK;
}
