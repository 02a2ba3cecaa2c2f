/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of others that parcels are sent from. */
#define _GNU_SOURCE
#include <string.h>

#include "core/clock.h"
#include "gamlp/alloc.h"
#include "transport/inner.h"

gamlp_status gamlp_loan_new(gamlp_loan **loan, const void *bytes) {
    gamlp_status status = gamlp_new(loan, 1, sizeof **loan, "a loan");
    if (status != GAMLP_OK) return status;
    (*loan)->bytes = bytes;
    (*loan)->users = 1;
    pthread_mutex_init(&(*loan)->mutex, NULL);
    gamlp_clock_condition(&(*loan)->left);
    return GAMLP_OK;
}

const void *gamlp_loan_bytes(const gamlp_loan *loan) {
    return loan->bytes;
}

void gamlp_loan_join(gamlp_loan *loan) {
    pthread_mutex_lock(&loan->mutex);
    loan->users++;
    pthread_mutex_unlock(&loan->mutex);
}

void gamlp_loan_leave(gamlp_loan *loan) {
    if (!loan) return;
    pthread_mutex_lock(&loan->mutex);
    int64_t users = --loan->users;
    if (users == 1) pthread_cond_signal(&loan->left);
    pthread_mutex_unlock(&loan->mutex);
    if (users > 0) return;
    pthread_cond_destroy(&loan->left);
    pthread_mutex_destroy(&loan->mutex);
    gamlp_free(loan->memory);
    gamlp_free(loan);
}

bool gamlp_loan_end(gamlp_loan **loan, double seconds) {
    struct timespec end = gamlp_clock_after(seconds);
    gamlp_loan *l = *loan;
    int late = 0;
    if (!l) return true;
    pthread_mutex_lock(&l->mutex);
    while (l->users > 1 && !late) late = pthread_cond_timedwait(&l->left, &l->mutex, &end);
    bool over = l->users == 1;
    pthread_mutex_unlock(&l->mutex);
    if (!over) return false;
    gamlp_loan_leave(l);
    *loan = NULL;
    return true;
}

void gamlp_loan_give(gamlp_loan **loan, void *memory) {
    gamlp_loan *l = *loan;
    pthread_mutex_lock(&l->mutex);
    l->memory = memory;
    pthread_mutex_unlock(&l->mutex);
    gamlp_loan_leave(l);
    *loan = NULL;
}
