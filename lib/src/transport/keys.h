/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CURVE keys in Z85 text. */
#ifndef GAMLP_TRANSPORT_KEYS_H
#define GAMLP_TRANSPORT_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/status.h"

enum { GAMLP_KEY = 41 }; /* 40 characters and a NUL */

typedef struct gamlp_keypair {
    char public_key[GAMLP_KEY], secret_key[GAMLP_KEY];
} gamlp_keypair;

/* The public keys of a job: who may connect. */
typedef struct gamlp_keyring {
    int64_t count;
    char (*key)[GAMLP_KEY]; /* owned */
} gamlp_keyring;

/* Add a public key (40 characters of Z85: else GAMLP_E_CONFIG).  One that is there is not added
 * again.  The keyring is zeroed before the first. */
gamlp_status gamlp_keyring_add(gamlp_keyring *ring, const char *public_key);

/* Whether the key is in the ring, in a time that does not depend on where keys differ. */
bool gamlp_keyring_has(const gamlp_keyring *ring, const char *public_key);

/* Release the memory; accepts NULL. */
void gamlp_keyring_clear(gamlp_keyring *ring);

/* Whether a text has the form of a key. */
bool gamlp_key_check(const char *text);

#endif
