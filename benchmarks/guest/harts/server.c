// SPDX-License-Identifier: Apache-2.0
// A server that keeps values by key, and its client, on four connections: each question goes there as a line of text
// and is answered by one.
#include "../operations/posix.h"
#include "../kernels/kernel.h"

KERNEL("server", 0x364430cb28fc15cau, 1);

enum { CONNECTIONS = 4, ROUNDS = 64, KEYS = 1024, LINE = 32 };

static int client_ends[CONNECTIONS], server_ends[CONNECTIONS];
static uint64_t state;

// A key is a number from 1 on; 0 marks a free slot.
static uint64_t table_keys[KEYS * 2], table_values[KEYS * 2];

static size_t print_number(char *to, uint64_t number) {
    char digits[20];
    size_t count = 0, length = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count > 0) {
        to[length++] = digits[--count];
    }
    return length;
}

static uint64_t parse_number(const char **text) {
    uint64_t number = 0;
    while (**text >= '0' && **text <= '9') {
        number = number * 10 + (uint64_t)(*(*text)++ - '0');
    }
    return number;
}

static uint64_t *value_of(uint64_t key) {
    uint64_t slot = key * 0x9e3779b97f4a7c15u >> 53;
    while (table_keys[slot] != 0 && table_keys[slot] != key) {
        slot = (slot + 1) % (KEYS * 2);
    }
    table_keys[slot] = key;
    return &table_values[slot];
}

// `set KEY VALUE` and `get KEY`; the answer is the value before, or that kept.
static size_t answer(const char *question, char *to) {
    const char *at = question + 4;
    uint64_t *value = value_of(parse_number(&at)), before = *value;
    if (question[0] == 's') {
        at++;
        *value = parse_number(&at);
    }
    size_t length = print_number(to, before);
    to[length++] = '\n';
    return length;
}

static void serve(void) {
    struct os_poll files[CONNECTIONS];
    for (int c = 0; c < CONNECTIONS; c++) {
        files[c] = (struct os_poll){server_ends[c], OS_READABLE, 0};
    }
    for (;;) {
        os_poll(files, CONNECTIONS);
        for (int c = 0; c < CONNECTIONS; c++) {
            char question[LINE + 1], reply[LINE];
            if (files[c].happened == 0) {
                continue;
            }
            long length = os_read(files[c].file, question, LINE);
            if (length <= 0) {
                os_exit(0);
            }
            question[length] = 0;
            os_write(files[c].file, reply, answer(question, reply));
        }
    }
}

// The server ends with this process, which closes the connections.
void kernel_prepare(void) {
    for (int c = 0; c < CONNECTIONS; c++) {
        int ends[2];
        if (os_socket_pair(ends) != 0) {
            os_exit(1);
        }
        client_ends[c] = ends[0];
        server_ends[c] = ends[1];
    }
    if (os_fork() == 0) {
        for (int c = 0; c < CONNECTIONS; c++) {
            os_close(client_ends[c]);
        }
        serve();
    }
    for (int c = 0; c < CONNECTIONS; c++) {
        os_close(server_ends[c]);
    }
}

static void ask(int connection, uint64_t key, int sets, uint64_t value) {
    char line[LINE] = "get ";
    size_t length = 4;
    line[0] = sets ? 's' : 'g';
    length += print_number(line + length, key);
    if (sets) {
        line[length++] = ' ';
        length += print_number(line + length, value);
    }
    line[length++] = '\n';
    os_write(client_ends[connection], line, length);
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    state = 14142135623u;
    // The first half of the rounds sets what the second asks for; what was there before depends on earlier units.
    for (int round = 0; round < ROUNDS; round++) {
        int sets = round < ROUNDS / 2;
        for (int c = 0; c < CONNECTIONS; c++) {
            uint64_t key = (uint64_t)(round % (ROUNDS / 2)) * CONNECTIONS + (uint64_t)c + 1;
            ask(c, key, sets, next_random(&state) % 1000000);
        }
        for (int c = 0; c < CONNECTIONS; c++) {
            char line[LINE + 1];
            const char *at = line;
            long length = os_read(client_ends[c], line, LINE);
            line[length < 0 ? 0 : length] = 0;
            sum = sets ? sum : mix(sum, parse_number(&at));
        }
    }
    return sum;
}
