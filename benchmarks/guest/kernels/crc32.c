// SPDX-License-Identifier: Apache-2.0
// CRC-32 (IEEE 802.3, reflected) over 64 KiB, a byte at a time by table: a chain of dependent loads.
#include "kernel.h"

KERNEL("crc32", 0x00000000a055913bu, 6);

#define BYTES 65536

static uint8_t data[BYTES];
static uint32_t table[256];

void kernel_prepare(void) {
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < BYTES; i++) {
        data[i] = (uint8_t)(next_random(&state) >> 32);
    }
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++) {
            c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
        }
        table[i] = c;
    }
}

uint64_t kernel(void) {
    uint32_t crc = ~0u;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < BYTES; i++) {
            crc = table[(crc ^ data[i]) & 255] ^ crc >> 8;
        }
    }
    return ~crc;
}
