/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gamlp/option.h"

/* Connecting a datagram socket sends nothing, but chooses the address we would send from. */
static gamlp_status ask_kernel(char address[GAMLP_ADDRESS_TEXT], const struct addrinfo *to,
                               const char *host) {
    struct sockaddr_storage own;
    socklen_t size = sizeof own;
    int fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) == 0 &&
                getsockname(fd, (struct sockaddr *)&own, &size) == 0 &&
                getnameinfo((struct sockaddr *)&own, size, address, GAMLP_ADDRESS_TEXT, NULL, 0,
                            NI_NUMERICHOST) == 0;
    int reason = errno;
    if (fd >= 0) close(fd);
    if (good) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG, "no way from here to %s: %s", host, strerror(reason));
}

gamlp_status gamlp_address_towards(char address[GAMLP_ADDRESS_TEXT], const char *endpoint) {
    static const char head[] = "tcp://";
    char host[GAMLP_OPTION_TEXT];
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *found = NULL;
    snprintf(address, GAMLP_ADDRESS_TEXT, "127.0.0.1");
    if (strncmp(endpoint, head, sizeof head - 1) != 0) return GAMLP_OK;
    snprintf(host, sizeof host, "%s", endpoint + sizeof head - 1);
    char *port = strrchr(host, ':');
    if (port) *port++ = 0;
    int error = getaddrinfo(host, port && strcmp(port, "*") != 0 ? port : "9", &hints, &found);
    if (error) return gamlp_fail(GAMLP_E_CONFIG, "%s: no address: %s", host, gai_strerror(error));
    gamlp_status status = ask_kernel(address, found, host);
    freeaddrinfo(found);
    return status;
}
