/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arcs.h"

#include <stdio.h>

#include "check.h"

const char *arcs_text(const gamlp_graph *graph) {
    static char text[1024];
    const gamlp_csr *a = &graph->arcs;
    int used = 0;
    if (a->rows == 0) return "none";
    assert_int_equal(a->rows, graph->nodes);
    CHECK_OK(gamlp_csr_check(a));
    assert_null(a->val);
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
            used += snprintf(text + used, sizeof text - (size_t)used, "%s%d>%d", used ? " " : "",
                             (int)i, (int)a->idx[k]);
            assert_in_range(used, 1, sizeof text - 1);
        }
    return text;
}
