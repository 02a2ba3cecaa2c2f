/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_RUNTIME_SETTINGS_H
#define GAMLP_RUNTIME_SETTINGS_H

#include "gamlp/train.h"

/* gamlp_settings_read() of `size` bytes; errors name `what`. */
gamlp_status gamlp_settings_parse(gamlp_settings *settings, const void *text, size_t size,
                                  const char *what);

#endif
