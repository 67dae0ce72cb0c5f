// SPDX-License-Identifier: Apache-2.0
// Linux's platform: all kernels in one program, which runs those that lines of its standard input, a terminal, ask for,
// `NAME:ROUNDS:ITERATIONS`. An empty line or none ends it; as the first process of the system it switches that off then.
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

// Runs what a line `NAME:ROUNDS:ITERATIONS` says.
static int run(const char *line) {
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
        const char *text = line, *name = kernels[k].name;
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
            return kernels[k].main();
        }
    }
    platform_write("there is no such kernel\n", 24);
    return 1;
}

int program(void) {
    char line[128];
    int failed = 0;
    long length;
    measure_ready();
    platform_write("user space\n", 11);
    while ((length = call3(SYS_READ, 0, (long)line, sizeof line - 1)) > 1) {
        line[length - 1] = 0; // a terminal gives a whole line
        failed |= run(line);
    }
    if (call3(SYS_GETPID, 0, 0, 0) == 1) {
        call6(SYS_REBOOT, (int)REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF, 0, 0, 0);
    }
    return failed;
}
