/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32C (Castagnoli, reflected polynomial 0x82f63b78): finds accidents on a wire or a disk. */
#ifndef GAMLP_CORE_CRC_H
#define GAMLP_CORE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Of `size` bytes that follow those with CRC `crc`; 0 for the first.  "123456789" has 0xe3069283.
 */
uint32_t gamlp_crc32c(uint32_t crc, const void *data, size_t size);

/* The same while the bytes are copied to `to`. */
uint32_t gamlp_crc32c_copy(void *to, uint32_t crc, const void *data, size_t size);

#endif
