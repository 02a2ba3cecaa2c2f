/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One diffusion term, panel by panel. */
#include <string.h>

#include "feature/diffusion.h"
#include "feature/job.h"
#include "gamlp/log.h"

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

/* F times all features, of which the wanted nodes' columns are kept. */
static gamlp_status diffuse_features(gamlp_feature_job *job, int64_t t, gamlp_diffusion *d) {
    gamlp_dense x = {0}, y = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dense_init(&x, job->width, job->nodes));
    GAMLP_TRY(gamlp_dense_init(&y, job->width, job->nodes));
    for (int64_t first = 0; first < job->features; first += job->width) {
        int64_t left = job->features - first;
        x.rows = y.rows = job->width < left ? job->width : left;
        fill_panel(&x, job, first);
        GAMLP_TRY(gamlp_diffusion_apply(&y, d, &x));
        gamlp_extract(&(gamlp_extraction){.to = job->block[job->start[t]].data + first,
                                          .from = y.data,
                                          .index = job->index,
                                          .count = job->count,
                                          .stride = job->features,
                                          .width = x.rows});
    }
done:
    gamlp_dense_clear(&x);
    gamlp_dense_clear(&y);
    return status;
}

static int64_t entries_of(const gamlp_feature_job *job) {
    return job->sparse ? job->sparse->nnz : job->features * job->nodes;
}

static void tell(const gamlp_feature_job *job, int64_t t, gamlp_diffusion *d) {
    const double goal = job->options->diffusion.tolerance;
    gamlp_diffusion_certify(d);
    if (job->options->report) job->options->report[t] = d->report;
    /* The result is rounded to its storage, so that its residual may be a little above. */
    if (d->report.residual > 10 * goal + 1e-5)
        gamlp_log(GAMLP_LOG_WARN, "%s has a relative residual of %.2g, asked for was %.2g",
                  gamlp_term_name(&job->options->set.term[t]), d->report.residual, goal);
}

gamlp_status gamlp_feature_diffuse(gamlp_feature_job *job, int64_t t) {
    const gamlp_diffusion_job size = {job->features, entries_of(job), job->count};
    gamlp_diffusion d = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_diffusion_init(&d, job->input->adjacency, &job->options->set.term[t], &size,
                                   &job->options->diffusion));
    if (gamlp_diffusion_by_nodes(&d))
        GAMLP_TRY(gamlp_diffusion_rows(&job->block[job->start[t]], &d, job->sparse, job->dense,
                                       job->index, job->count));
    else
        GAMLP_TRY(diffuse_features(job, t, &d));
    tell(job, t, &d);
done:
    gamlp_diffusion_clear(&d);
    return status;
}
