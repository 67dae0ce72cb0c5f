// SPDX-License-Identifier: Apache-2.0
// Programs of the guest system at work: its shell, sort and gzip, which the root file system must have.
#include "work.h"

// Bytes of the checksum that are taken in at a time.
enum { CHUNK = 4096 };

static void connect(int from, int to) {
    must("dup3", call3(SYS_DUP3, from, to, 0));
    call3(SYS_CLOSE, from, 0, 0);
}

static uint64_t fold(uint64_t sum, const char *bytes, long count) {
    for (long i = 0; i < count; i++) {
        sum = (sum ^ (uint8_t)bytes[i]) * 0x100000001b3u;
    }
    return sum;
}

// Runs a command of the shell, with bytes for its standard input, and gives a checksum over what it prints.
static uint64_t filter(const char *command, const char *input, uint64_t bytes) {
    int in[2], out[2];
    char buffer[CHUNK];
    uint64_t sum = 0xcbf29ce484222325u;
    const char *arguments[] = {"/bin/sh", "-c", command, 0};
    must("pipe2", call3(SYS_PIPE2, (long)in, 0, 0));
    must("pipe2", call3(SYS_PIPE2, (long)out, 0, 0));
    long feeder = fork_process();
    if (feeder == 0) {
        write_all(in[1], input, bytes);
        leave(0);
    }
    long shell = fork_process();
    if (shell == 0) {
        connect(in[0], 0);
        call3(SYS_CLOSE, in[1], 0, 0);
        call3(SYS_CLOSE, out[0], 0, 0);
        connect(out[1], 1);
        execute(arguments[0], arguments);
    }
    call3(SYS_CLOSE, in[0], 0, 0);
    call3(SYS_CLOSE, in[1], 0, 0);
    call3(SYS_CLOSE, out[1], 0, 0);
    for (;;) {
        long got = must("read", call3(SYS_READ, out[0], (long)buffer, CHUNK));
        if (got == 0) {
            break;
        }
        sum = fold(sum, buffer, got);
    }
    wait_for(feeder);
    if (wait_for(shell) != 0) {
        fail(command, 0);
    }
    call3(SYS_CLOSE, out[0], 0, 0);
    return sum;
}

// A loop with arithmetic, a case, and a subshell whose output is taken.
uint64_t workload_shell(const uint64_t *values) {
    static const char script[] = "read n; i=0; s=1; while [ $i -lt $n ]; do i=$((i + 1)); s=$(echo $(((s * 31 + i) % 65521))); "
            "case $s in *7) s=$((s + 1));; esac; done; echo $s";
    char number[24];
    uint64_t value = values[0];
    int at = sizeof number;
    number[--at] = '\n';
    do {
        number[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    begin();
    uint64_t sum = filter(script, number + at, sizeof number - (uint64_t)at);
    end();
    return sum;
}

// Lines of a random number and a word.
uint64_t workload_sort(const uint64_t *values) {
    enum { LINE = 16 };
    uint64_t lines = values[0], state = 88172645463325252u;
    char *text = map((lines * LINE + PAGE) / PAGE, MAP_PRIVATE), *at = text;
    for (uint64_t i = 0; i < lines; i++) {
        uint64_t random = next_random(&state);
        for (int digit = 0; digit < 8; digit++) {
            *at++ = (char)('0' + (random >> (4 * digit) & 15) % 10);
        }
        *at++ = ' ';
        for (int letter = 0; letter < LINE - 10; letter++) {
            *at++ = (char)('a' + (random >> (32 + 4 * letter) & 15));
        }
        *at++ = '\n';
    }
    begin();
    uint64_t sum = filter("sort -n", text, lines * LINE);
    end();
    return sum;
}

// Text that compresses well, packed and unpacked.
uint64_t workload_gzip(const uint64_t *values) {
    uint64_t bytes = values[0] * 1024, state = 88172645463325252u, at = 0;
    char *text = map((bytes + PAGE) / PAGE, MAP_PRIVATE);
    while (at < bytes) {
        uint64_t random = next_random(&state);
        if (random % 4 == 0 || at < 256) {
            text[at++] = (char)('a' + (random >> 8) % 26);
        } else {
            uint64_t from = at - 1 - (random >> 8) % 255, length = 3 + (random >> 16) % 30;
            while (length-- > 0 && at < bytes) {
                text[at++] = text[from++];
            }
        }
    }
    uint64_t plain = fold(0xcbf29ce484222325u, text, (long)bytes);
    begin();
    uint64_t sum = filter("gzip -c | gzip -dc", text, bytes);
    end();
    if (sum != plain) {
        fail("what gzip gave back is not what it got", 0);
    }
    return sum;
}
