/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matrices over a link. */
#ifndef GAMLP_TRANSPORT_MATRIX_H
#define GAMLP_TRANSPORT_MATRIX_H

#include "codec/coder.h"
#include "transport/hub.h"

/* Code `a` into a parcel of this kind, layer and iteration, and post it; waits up to `seconds` for
 * the window.  The coder is that of this kind and direction; `levels` as for gamlp_coder_encode().
 */
gamlp_status gamlp_matrix_send(gamlp_link *link, gamlp_coder *coder, const gamlp_parcel *address,
                               const gamlp_dense *a, const gamlp_levels *levels, double seconds);

/* The same, but `a`, if it goes as it is stored and takes several chunks, is not copied: *loan
 * (NULL or that of `a`) is made or used.  Until gamlp_matrix_reclaim() its elements stay as they
 * are. */
gamlp_status gamlp_matrix_lend(gamlp_link *link, gamlp_coder *coder, const gamlp_parcel *address,
                               const gamlp_dense *a, const gamlp_levels *levels, double seconds,
                               gamlp_loan **loan);

/* `a` may change again.  When something still reads its elements after so many seconds, as a
 * connection that is cut, these stay with it, and `a` gets a copy of them, or with `keep` false,
 * which cannot fail, nothing.  *loan (may be NULL) <- NULL unless that fails. */
gamlp_status gamlp_matrix_reclaim(gamlp_dense *a, gamlp_loan **loan, bool keep, double seconds);

/* The next parcel of the link into `a`; GAMLP_E_DATA when it has another kind, layer or iteration.
 * A sentence about waiting in vain names them and the peer. */
gamlp_status gamlp_matrix_recv(gamlp_dense *a, gamlp_link *link, gamlp_coder *coder,
                               const gamlp_parcel *address, double seconds);

#endif
