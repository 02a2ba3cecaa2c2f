/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One diffusion term, panel by panel. */
#include <string.h>

#include "feature/diffusion.h"
#include "feature/job.h"
#include "gamlp/alloc.h"

/* Features [first, first + x->rows) of all nodes. */
static void fill_panel(gamlp_dense *x, const gamlp_feature_job *job, int64_t first) {
    for (int64_t i = 0; i < job->nodes; i++) {
        gamlp_real *to = x->data + i * x->rows;
        if (job->dense) {
            memcpy(to, job->dense->data + i * job->features + first, (size_t)x->rows * sizeof *to);
            continue;
        }
        memset(to, 0, (size_t)x->rows * sizeof *to);
        for (int64_t e = job->sparse->ptr[i]; e < job->sparse->ptr[i + 1]; e++) {
            int64_t f = job->sparse->idx[e] - first;
            if (f >= 0 && f < x->rows) to[f] = job->sparse->val[e];
        }
    }
}

gamlp_status gamlp_feature_diffuse(gamlp_feature_job *job, int64_t t) {
    gamlp_diffusion *diffusion = NULL;
    gamlp_dense x = {0}, y = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_diffusion_new(&diffusion, job->input->adjacency, job->input->arcs,
                                  &job->options->set.term[t]));
    GAMLP_TRY(gamlp_dense_init(&x, job->width, job->nodes));
    GAMLP_TRY(gamlp_dense_init(&y, job->width, job->nodes));
    for (int64_t first = 0; first < job->features; first += job->width) {
        int64_t left = job->features - first;
        x.rows = y.rows = job->width < left ? job->width : left;
        fill_panel(&x, job, first);
        GAMLP_TRY(gamlp_diffusion_apply(&y, diffusion, &x));
        gamlp_extract(&(gamlp_extraction){.to = job->block[job->start[t]].data + first,
                                          .from = y.data,
                                          .index = job->index,
                                          .count = job->count,
                                          .stride = job->features,
                                          .width = x.rows});
    }
done:
    gamlp_diffusion_free(diffusion);
    gamlp_dense_clear(&x);
    gamlp_dense_clear(&y);
    return status;
}
