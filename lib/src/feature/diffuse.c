/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One diffusion term. */
#include <stddef.h>

#include "feature/diffusion.h"
#include "feature/job.h"
#include "gamlp/alloc.h"
#include "gamlp/log.h"

/* Each term's, once it is made. */
struct gamlp_feature_kept {
    int64_t nodes; /* of all calls together */
    bool made[GAMLP_STACK_BLOCKS];
    gamlp_diffusion diffusion[GAMLP_STACK_BLOCKS];
};

gamlp_status gamlp_feature_kept_new(gamlp_feature_kept **kept, int64_t nodes) {
    gamlp_status status = gamlp_new(kept, 1, sizeof **kept, "factors of diffusions");
    if (status == GAMLP_OK) (*kept)->nodes = nodes;
    return status;
}

void gamlp_feature_kept_free(gamlp_feature_kept *kept) {
    if (!kept) return;
    for (int t = 0; t < GAMLP_STACK_BLOCKS; t++)
        if (kept->made[t]) gamlp_diffusion_clear(&kept->diffusion[t]);
    gamlp_free(kept);
}

/* One solve a feature; those of sparse features are columns, which are rows of the transpose. */
static gamlp_status diffuse_features(gamlp_feature_job *job, int64_t t, gamlp_diffusion *d) {
    gamlp_dense *y = &job->block[job->start[t]];
    gamlp_csr columns = {0};
    gamlp_status status = GAMLP_OK;
    if (job->sparse) GAMLP_TRY(gamlp_csr_transpose(&columns, job->sparse));
    status = gamlp_diffusion_features(y, d, job->sparse ? &columns : NULL, job->dense, job->index,
                                      job->count);
done:
    gamlp_csr_clear(&columns);
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

static gamlp_status prepare(gamlp_diffusion *d, const gamlp_feature_job *job, int64_t t) {
    const gamlp_feature_kept *kept = job->options->kept;
    const int64_t nodes = kept ? kept->nodes : job->count;
    const gamlp_diffusion_job size = {job->features, entries_of(job), nodes,
                                      (nodes + job->count - 1) / job->count};
    return gamlp_diffusion_init(d, job->input->adjacency, &job->options->set.term[t], &size,
                                &job->options->diffusion);
}

gamlp_status gamlp_feature_diffuse(gamlp_feature_job *job, int64_t t) {
    gamlp_feature_kept *kept = job->options->kept;
    gamlp_diffusion own = {0}, *d = kept ? &kept->diffusion[t] : &own;
    gamlp_status status = GAMLP_OK;
    if (!kept || !kept->made[t]) GAMLP_TRY(prepare(d, job, t));
    if (kept) kept->made[t] = true;
    d->stop = job->options->stop;
    if (gamlp_diffusion_by_nodes(d))
        GAMLP_TRY(gamlp_diffusion_rows(&job->block[job->start[t]], d, job->sparse, job->dense,
                                       job->index, job->count));
    else
        GAMLP_TRY(diffuse_features(job, t, d));
    tell(job, t, d);
done:
    gamlp_diffusion_clear(&own);
    return status;
}
