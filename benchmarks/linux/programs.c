// SPDX-License-Identifier: Apache-2.0
// Programs of the guest system at work: its shell, sort and gzip, which the root file system must have, and larger ones,
// for which it must be a Debian with their packages. What is printed does not depend on their versions.
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

// Runs a script of the shell that reads a number as its first line.
static uint64_t with_number(const char *script, uint64_t value) {
    char number[24];
    int at = sizeof number;
    number[--at] = '\n';
    do {
        number[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    return filter(script, number + at, sizeof number - (uint64_t)at);
}

// The same between the marks, after a script that prepares for it.
static uint64_t prepared(const char *before, const char *script, uint64_t value) {
    with_number(before, value);
    begin();
    uint64_t sum = with_number(script, value);
    end();
    return sum;
}

// A loop with arithmetic, a case, and a subshell whose output is taken.
uint64_t workload_shell(const uint64_t *values) {
    static const char script[] = "read n; i=0; s=1; while [ $i -lt $n ]; do i=$((i + 1)); s=$(echo $(((s * 31 + i) % 65521))); "
            "case $s in *7) s=$((s + 1));; esac; done; echo $s";
    begin();
    uint64_t sum = with_number(script, values[0]);
    end();
    return sum;
}

// A table with an index is filled, asked, changed and asked again.
uint64_t workload_sqlite(const uint64_t *values) {
    return prepared("rm -f /tmp/work.db", "read n; sqlite3 /tmp/work.db \"create table t(a integer primary key, b, c);"
            " with recursive r(i) as (select 1 union all select i + 1 from r where i < $n)"
            " insert into t select i, i * 7919 % 1009, printf('%08d', i * i) from r; create index x on t(b);"
            " select count(*), sum(a), max(c) from t where b between 100 and 500;"
            " update t set b = b + 1 where a % 3 = 0; delete from t where a % 5 = 0; select count(*), sum(b), max(c) from t\"", values[0]);
}

// Starts the interpreter; what it compiles and keeps of its library it has kept before.
uint64_t workload_python(const uint64_t *values) {
    static const char once[] = "python3 -c 'import json'";
    static const char script[] = "read n; i=0; while [ $i -lt $n ]; do i=$((i + 1)); python3 -c \"import json;"
            " print(json.dumps({'start': $i, 'squares': sum(j * j for j in range(100))}))\" || exit; done";
    return prepared(once, script, values[0]);
}

// A server that keeps nothing on disk, and its own benchmark with four clients.
uint64_t workload_redis(const uint64_t *values) {
    static const char start[] = "redis-server --port 0 --unixsocket /tmp/redis --save '' --daemonize yes > /dev/null && "
            "until redis-cli -s /tmp/redis ping > /dev/null 2>&1; do sleep 0.1; done";
    static const char script[] = "read n; redis-benchmark -s /tmp/redis -n $n -c 4 -t set,get,incr,lpush,sadd,zadd -q > /dev/null; "
            "for c in 'get counter:__rand_int__' 'llen mylist' 'get key:__rand_int__' dbsize; do redis-cli -s /tmp/redis $c; done";
    uint64_t sum = prepared(start, script, values[0]);
    with_number("redis-cli -s /tmp/redis shutdown nosave", 0);
    return sum;
}

// A C program of so many functions is compiled and linked. The checksum is over what it prints.
uint64_t workload_gcc(const uint64_t *values) {
    static const char write[] = "read n; exec > /tmp/work.c; echo '#include <stdio.h>'; i=0; while [ $i -lt $n ]; do i=$((i + 1)); "
            "echo \"unsigned f$i(unsigned x) { for (unsigned i = 0; i < x % 7 + $i; i++) x = x * 31 + i; return x ^ $i; }\"; done; "
            "echo 'int main(void) { unsigned x = 1;'; while [ $i -gt 0 ]; do echo \"x = f$i(x);\"; i=$((i - 1)); done; "
            "echo 'return !printf(\"%u\", x); }'";
    return prepared(write, "gcc -O2 -o /tmp/work /tmp/work.c && /tmp/work", values[0]);
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
