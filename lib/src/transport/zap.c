/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judge of keys: ZeroMQ asks by the protocol ZAP (RFC 27) whom to let in.  Without it any key
 * would be.  A request is version, number, domain, address, identity, mechanism, key. */
#include <string.h>

#include "transport/inner.h"

enum { AT_VERSION, AT_NUMBER, AT_DOMAIN, AT_ADDRESS, AT_IDENTITY, AT_MECHANISM, AT_KEY, ASKED };

static bool is_text(const gamlp_part *part, const char *text) {
    return part->size == strlen(text) && memcmp(part->bytes, text, part->size) == 0;
}

static bool is_allowed(const gamlp_parts *request, const gamlp_keyring *ring) {
    char key[GAMLP_KEY] = {0};
    if (request->count != ASKED || request->too_many) return false;
    if (!is_text(&request->part[AT_VERSION], "1.0")) return false;
    if (!is_text(&request->part[AT_MECHANISM], "CURVE")) return false;
    if (request->part[AT_KEY].size != 32) return false;
    gamlp_key_text(key, request->part[AT_KEY].bytes);
    return gamlp_keyring_has(ring, key);
}

void gamlp_judge_keys(gamlp_socket *judge, const gamlp_keyring *ring) {
    gamlp_parts request;
    while (gamlp_socket_recv(&request, judge)) {
        bool allowed = is_allowed(&request, ring);
        const gamlp_part *number = request.count > AT_NUMBER ? &request.part[AT_NUMBER] : NULL;
        const void *part[] = {"1.0",
                              number ? (const void *)number->bytes : "",
                              allowed ? "200" : "400",
                              allowed ? "OK" : "no key of this job",
                              "",
                              ""};
        size_t size[] = {3, number ? number->size : 0, 3, allowed ? 2 : 18, 0, 0};
        gamlp_socket_reply(judge, part, size, 6);
        gamlp_parts_clear(&request);
    }
}
