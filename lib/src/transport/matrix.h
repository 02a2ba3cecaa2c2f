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

/* The next parcel of the link into `a`; GAMLP_E_DATA when it has another kind, layer or iteration.
 * A sentence about waiting in vain names them and the peer. */
gamlp_status gamlp_matrix_recv(gamlp_dense *a, gamlp_link *link, gamlp_coder *coder,
                               const gamlp_parcel *address, double seconds);

#endif
