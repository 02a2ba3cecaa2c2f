/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of this host. */
#ifndef GAMLP_RUNTIME_ADDRESS_H
#define GAMLP_RUNTIME_ADDRESS_H

#include "gamlp/status.h"

enum { GAMLP_ADDRESS_TEXT = 64 };

/* The address of this host from which the endpoint tcp://HOST:PORT is reached; 127.0.0.1 for
 * other endpoints.  GAMLP_E_CONFIG when the host is not known. */
gamlp_status gamlp_address_towards(char address[GAMLP_ADDRESS_TEXT], const char *endpoint);

#endif
