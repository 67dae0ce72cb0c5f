// SPDX-License-Identifier: Apache-2.0
// Linux's platform: all kernels in one program, `NAME:ROUNDS:ITERATIONS...`, one after the other. As the first process of
// the system it switches it off when it is done.
#include "../../linux/system.h"
#include "../kernels/kernel.h"
#include "runtime.h"

#undef K
#define K(NAME) extern struct bench_params NAME##_params; extern const char NAME##_name[]; int NAME##_main(void);
ALL_KERNELS
#undef K
#define K(NAME) {NAME##_name, &NAME##_params, NAME##_main},
static const struct {
    const char *name;
    struct bench_params *params;
    int (*main)(void);
} kernels[] = {ALL_KERNELS};

void platform_write(const char *bytes, size_t count) {
    call3(SYS_WRITE, 1, (long)bytes, (long)count);
}

static uint64_t number(const char **text) {
    uint64_t value = 0;
    if (**text == ':') {
        (*text)++;
    }
    while (**text >= '0' && **text <= '9') {
        value = value * 10 + (uint64_t)(*(*text)++ - '0');
    }
    return value;
}

int program(int count, char **arguments) {
    int failed = 0;
    measure_ready();
    platform_write("user space\n", 11);
    for (int i = 1; i < count; i++) {
        for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
            const char *text = arguments[i], *name = kernels[k].name;
            while (*name != 0 && *name == *text) {
                name++;
                text++;
            }
            if (*name == 0 && (*text == ':' || *text == 0)) {
                kernels[k].params->mode = 2;
                if (*text == ':') {
                    kernels[k].params->rounds = number(&text);
                    kernels[k].params->iterations = number(&text);
                }
                failed |= kernels[k].main();
            }
        }
    }
    if (call3(SYS_GETPID, 0, 0, 0) == 1) {
        call6(SYS_REBOOT, (int)REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF, 0, 0, 0);
    }
    return failed;
}
