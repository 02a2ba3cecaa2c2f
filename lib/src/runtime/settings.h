/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_RUNTIME_SETTINGS_H
#define GAMLP_RUNTIME_SETTINGS_H

#include "core/yaml.h"
#include "gamlp/train.h"

extern const gamlp_train_options gamlp_train_defaults;

/* gamlp_settings_set() of every pair of a mapping; errors name `what` and the line. */
gamlp_status gamlp_settings_set_all(gamlp_settings *settings, const gamlp_yaml *yaml,
                                    gamlp_yaml_node map, const char *what, gamlp_origin origin);

/* gamlp_settings_read() of `size` bytes; errors name `what`. */
gamlp_status gamlp_settings_parse(gamlp_settings *settings, const void *text, size_t size,
                                  const char *what);

#endif
