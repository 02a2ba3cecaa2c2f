/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport/matrix.h"

#include <stdio.h>

/* The loan of `a`, made if there is none. */
static gamlp_status borrow(gamlp_loan **loan, const gamlp_dense *a) {
    if (!*loan) return gamlp_loan_new(loan, a->data);
    if (gamlp_loan_bytes(*loan) == a->data) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE, "a matrix is lent before another one was reclaimed");
}

static gamlp_status post(gamlp_link *link, gamlp_coder *coder, const gamlp_parcel *address,
                         const gamlp_dense *a, const gamlp_levels *levels, double seconds,
                         gamlp_loan **loan) {
    gamlp_parcel parcel = *address;
    uint8_t *bytes;
    int64_t head;
    gamlp_status status = GAMLP_OK;
    parcel.plain = a->rows * a->cols * (int64_t)sizeof *a->data;
    GAMLP_TRY(gamlp_link_reserve(&bytes, link, gamlp_coder_bound(coder), seconds));
    GAMLP_TRY(gamlp_coder_head(bytes, &head, coder, a, levels));
    parcel.size = head + parcel.plain;
    if (head > 0) {
        bool lends = loan && parcel.size > GAMLP_FRAME_CHUNK;
        if (lends) GAMLP_TRY(borrow(loan, a));
        GAMLP_TRY(gamlp_link_begin(link, &parcel));
        gamlp_link_fill(link, bytes, head);
        if (lends)
            gamlp_link_lend(link, *loan, parcel.plain);
        else
            gamlp_link_fill(link, a->data, parcel.plain);
        gamlp_coder_accept(coder, a);
        return GAMLP_OK;
    }
    GAMLP_TRY(gamlp_coder_encode(bytes, &parcel.size, coder, a, levels));
    GAMLP_TRY(gamlp_link_post(link, &parcel));
done:
    return status;
}

gamlp_status gamlp_matrix_send(gamlp_link *link, gamlp_coder *coder, const gamlp_parcel *address,
                               const gamlp_dense *a, const gamlp_levels *levels, double seconds) {
    return post(link, coder, address, a, levels, seconds, NULL);
}

gamlp_status gamlp_matrix_lend(gamlp_link *link, gamlp_coder *coder, const gamlp_parcel *address,
                               const gamlp_dense *a, const gamlp_levels *levels, double seconds,
                               gamlp_loan **loan) {
    return post(link, coder, address, a, levels, seconds, loan);
}

gamlp_status gamlp_matrix_reclaim(gamlp_dense *a, gamlp_loan **loan, bool keep, double seconds) {
    gamlp_dense fresh = {0};
    gamlp_status status = GAMLP_OK;
    if (gamlp_loan_end(loan, seconds)) return GAMLP_OK;
    if (keep) GAMLP_TRY(gamlp_dense_copy(&fresh, a));
    gamlp_loan_give(loan, a->data);
    a->data = fresh.data;
    if (!keep) *a = (gamlp_dense){0};
done:
    return status;
}

static gamlp_status unexpected(const gamlp_parcel *got, const gamlp_parcel *expected) {
    return gamlp_fail(GAMLP_E_DATA,
                      "a matrix of kind %d, layer %u, iteration %u came, expected kind %d, layer "
                      "%u, iteration %u",
                      got->kind, got->layer, got->iteration, expected->kind, expected->layer,
                      expected->iteration);
}

static gamlp_status name_address(gamlp_status status, const gamlp_parcel *address) {
    char text[600];
    snprintf(text, sizeof text, "%s", gamlp_error_text());
    return gamlp_fail(status, "matrix of kind %d, layer %u, iteration %u: %s", address->kind,
                      address->layer, address->iteration, text);
}

/* A matrix of several chunks: straight to its place if it goes as it is stored. */
static gamlp_status decode_pieces(gamlp_dense *a, gamlp_link *link, gamlp_coder *coder,
                                  const uint8_t *first, int64_t size, double seconds) {
    int64_t offset;
    gamlp_parcel parcel;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_coder_look(&offset, coder, a, first, size));
    if (offset > 0) {
        GAMLP_TRY(gamlp_link_copy(a->data, link, offset, seconds));
        gamlp_coder_accept(coder, a);
        return GAMLP_OK;
    }
    GAMLP_TRY(gamlp_link_wait(&parcel, &first, link, seconds));
    GAMLP_TRY(gamlp_coder_decode(a, coder, first, size));
done:
    return status;
}

/* A parcel that is refused is taken, too, once all of it has come. */
static gamlp_status finish(gamlp_status status, gamlp_link *link, const gamlp_parcel *address,
                           double seconds) {
    char text[600];
    gamlp_parcel parcel;
    const uint8_t *bytes;
    if (status == GAMLP_E_IO || status == GAMLP_E_STOPPED) return name_address(status, address);
    snprintf(text, sizeof text, "%s", gamlp_error_text());
    if (status == GAMLP_OK || gamlp_link_wait(&parcel, &bytes, link, seconds) == GAMLP_OK)
        gamlp_link_take(link);
    return status == GAMLP_OK ? GAMLP_OK : gamlp_fail(status, "%s", text);
}

gamlp_status gamlp_matrix_recv(gamlp_dense *a, gamlp_link *link, gamlp_coder *coder,
                               const gamlp_parcel *address, double seconds) {
    gamlp_parcel got;
    const uint8_t *bytes;
    int64_t first;
    gamlp_status status = gamlp_link_wait_first(&got, &bytes, &first, link, seconds);
    if (status != GAMLP_OK) return name_address(status, address);
    if (got.kind != address->kind || got.layer != address->layer ||
        got.iteration != address->iteration)
        status = unexpected(&got, address);
    else if (first == got.size)
        status = gamlp_coder_decode(a, coder, bytes, got.size);
    else
        status = decode_pieces(a, link, coder, bytes, got.size, seconds);
    return finish(status, link, address, seconds);
}
