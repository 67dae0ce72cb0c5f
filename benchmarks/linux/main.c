// SPDX-License-Identifier: Apache-2.0
// Runs the workloads that its arguments name, as NAME:N:N:N, one after the other, each in a process of its own.
//
// First comes the mark that closes the boot; then one begin and one end for each workload, whatever happens to it. A
// workload prints one line `workload NAME parameter=value... checksum=HEX`. As the first process of the system, the program
// switches it off when it is done.
#include "../guest/runtime/line.h"
#include "work.h"

// The kernel does some of its starting behind its first process: not while something is measured.
enum { SETTLING_SECONDS = 3 };

char **environment;
const char *self;

const struct workload workloads[] = {
    {"fork", {"n", "pages", "writes"}, workload_fork},
    {"forkexec", {"n", "work", 0}, workload_forkexec},
    {"vforkexec", {"n", "work", 0}, workload_vforkexec},
    {"threads", {"n", "work", 0}, workload_threads},
    {"mmap", {"pages", "rounds", 0}, workload_mmap},
    {"mprotect", {"pages", "rounds", 0}, workload_mprotect},
    {"mremap", {"pages", "rounds", 0}, workload_mremap},
    {"anonfault", {"pages", "rounds", 0}, workload_anonfault},
    {"filefault", {"pages", "rounds", 0}, workload_filefault},
    {"chase", {"pages", "steps", 0}, workload_chase},
    {"pipe", {"processes", "rounds", "pages"}, workload_pipe},
    {"futex", {"processes", "rounds", 0}, workload_futex},
    {"signal", {"n", "pages", 0}, workload_signal},
    {"shell", {"n", 0, 0}, workload_shell},
    {"sort", {"lines", 0, 0}, workload_sort},
    {"gzip", {"kilobytes", 0, 0}, workload_gzip},
    {"sqlite", {"rows", 0, 0}, workload_sqlite},
    {"python", {"n", 0, 0}, workload_python},
    {"redis", {"requests", 0, 0}, workload_redis},
    {"gcc", {"functions", 0, 0}, workload_gcc},
    {0, {0, 0, 0}, 0}};

// How far the current workload's marks are, kept where its process and ours see it: 1 after begin, 2 after end.
static volatile int *marks;

void begin(void) {
    *marks = 1;
    measure_begin();
}

void end(void) {
    measure_end();
    *marks = 2;
}

static void print(struct line *line) {
    end_line(line);
    write_all(1, line->text, line->length);
}

void fail(const char *what, long error) {
    struct line line = {.length = 0};
    add_text(&line, "failed: ");
    add_text(&line, what);
    add_text(&line, ", error ");
    add_number(&line, (uint64_t)(error < 0 ? -error : error));
    print(&line);
    leave(255);
}

static int equal(const char *a, const char *b) {
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static uint64_t number(const char **text) {
    uint64_t value = 0;
    while (**text >= '0' && **text <= '9') {
        value = value * 10 + (uint64_t)(*(*text)++ - '0');
    }
    return value;
}

// The workload that NAME:N:N names, and its numbers; those left out are 0, which none likes.
static const struct workload *parse(const char *text, uint64_t *values) {
    char name[32];
    size_t length = 0;
    while (*text != 0 && *text != ':' && length < sizeof name - 1) {
        name[length++] = *text++;
    }
    name[length] = 0;
    for (int i = 0; i < PARAMETERS; i++) {
        values[i] = 0;
        if (*text == ':') {
            text++;
            values[i] = number(&text);
        }
    }
    for (const struct workload *each = workloads; each->name != 0; each++) {
        if (equal(each->name, name)) {
            return each;
        }
    }
    fail(name, 0);
}

static void run(const struct workload *workload, const uint64_t *values) {
    uint64_t sum = workload->run(values);
    struct line line = {.length = 0};
    add_text(&line, "workload ");
    add_text(&line, workload->name);
    for (int i = 0; i < PARAMETERS && workload->parameters[i] != 0; i++) {
        add_text(&line, " ");
        add_text(&line, workload->parameters[i]);
        add_text(&line, "=");
        add_number(&line, values[i]);
    }
    add_text(&line, " checksum=");
    add_hex(&line, sum);
    print(&line);
}

int program(int count, char **arguments, char **variables) {
    environment = variables;
    self = arguments[0];
    if (count == 3 && equal(arguments[1], "leaf")) {
        const char *text = arguments[2];
        return leaf(number(&text));
    }
    const int64_t pause[2] = {SETTLING_SECONDS, 0};
    call3(SYS_NANOSLEEP, (long)pause, 0, 0);
    measure_ready();
    marks = (volatile int *)map(1, MAP_SHARED);
    int failed = 0;
    for (int i = 1; i < count; i++) {
        uint64_t values[PARAMETERS];
        const struct workload *workload = parse(arguments[i], values);
        *marks = 0;
        long child = fork_process();
        if (child == 0) {
            run(workload, values);
            leave(0);
        }
        int status = 0;
        must("wait4", call6(SYS_WAIT4, child, (long)&status, 0, 0, 0, 0));
        if (*marks < 1) {
            measure_begin();
        }
        if (*marks < 2) {
            measure_end();
        }
        if (status != 0) {
            struct line line = {.length = 0};
            add_text(&line, "workload ");
            add_text(&line, workload->name);
            add_text(&line, " failed, wait status ");
            add_number(&line, (uint64_t)status);
            print(&line);
            failed = 1;
        }
    }
    if (call3(SYS_GETPID, 0, 0, 0) == 1) {
        call6(SYS_REBOOT, (int)REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF, 0, 0, 0);
    }
    return failed;
}
