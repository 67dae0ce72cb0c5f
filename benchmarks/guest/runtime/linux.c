// SPDX-License-Identifier: Apache-2.0
// Linux's platform: all kernels in one program, which runs those that lines of its standard input, a terminal, ask for:
// `NAME:ROUNDS:ITERATIONS` in this process, `NAME for MILLISECONDS` in a new one. An empty line or none ends it; as the
// first process of the system it switches that off then. Started with such a line as its argument, it does that alone;
// with `leaf`, nothing; with `NAME work`, what a job of that kernel does.
#include "../../linux/system.h"
#include "../kernels/kernel.h"
#include "../operations/posix.h"
#include "runtime.h"

#undef K
#define K(NAME) extern struct bench_params NAME##_params; extern const char NAME##_name[]; int NAME##_main(void); int NAME##_cold(uint64_t); int NAME##_work(void) __attribute__((weak));
ALL_KERNELS
#undef K
#define K(NAME) {NAME##_name, &NAME##_params, NAME##_main, NAME##_cold, NAME##_work},
static const struct {
    const char *name;
    struct bench_params *params;
    int (*main)(void);
    int (*cold)(uint64_t);
    int (*work)(void); // or NULL
} kernels[] = {ALL_KERNELS};

const char *program_path;

void platform_write(const char *bytes, size_t count) {
    call3(SYS_WRITE, 1, (long)bytes, (long)count);
}

uint64_t platform_nanoseconds(void) {
    int64_t now[2];
    call3(SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, (long)now, 0);
    return (uint64_t)now[0] * 1000000000u + (uint64_t)now[1];
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

// Whether the text goes on with a word, and what comes behind it.
static int accept(const char **text, const char *word) {
    const char *at = *text;
    while (*word != 0 && *word == *at) {
        word++;
        at++;
    }
    *text = *word == 0 ? at : *text;
    return *word == 0;
}

// Runs this program anew, with the line as its argument, and waits for it.
static int in_a_new_process(const char *self, const char *line) {
    int status = 1;
    long child = call6(SYS_CLONE, SIGCHLD, 0, 0, 0, 0, 0);
    if (child == 0) {
        const char *arguments[] = {self, line, NULL}, *environment[] = {NULL};
        call3(SYS_EXECVE, (long)self, (long)arguments, (long)environment);
        call3(SYS_EXIT, 1, 0, 0);
    }
    call6(SYS_WAIT4, child, (long)&status, 0, 0, 0, 0);
    return status != 0;
}

// Runs what a line says.
static int run(const char *self, const char *line) {
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
        const char *text = line;
        if (!accept(&text, kernels[k].name)) {
            continue;
        }
        if (accept(&text, " for ")) {
            return self != NULL ? in_a_new_process(self, line) : kernels[k].cold(number(&text));
        }
        if (kernels[k].work != NULL && accept(&text, " work")) {
            return kernels[k].work();
        }
        if (*text == ':' || *text == 0) {
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

int program(long count, const char *const *arguments) {
    char line[128];
    int failed = 0;
    long length;
    program_path = arguments[0];
    if (count == 2) {
        const char *word = arguments[1];
        return accept(&word, "leaf") ? LEAF_STATUS : run(NULL, arguments[1]);
    }
    measure_ready();
    platform_write("user space\n", 11);
    while ((length = call3(SYS_READ, 0, (long)line, sizeof line - 1)) > 1) {
        line[length - 1] = 0; // a terminal gives a whole line
        failed |= run(arguments[0], line);
    }
    if (call3(SYS_GETPID, 0, 0, 0) == 1) {
        call6(SYS_REBOOT, (int)REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF, 0, 0, 0);
    }
    return failed;
}
