// SPDX-License-Identifier: Apache-2.0
// A backtracking matcher of regular expressions, compiled to a small program, over 24 KiB of log lines.
#include "../kernels/kernel.h"

KERNEL("regex", 0xfee2e5981ccce7bdu, 1);

enum { TEXT = 24576, CODE = 128 };
enum op { CHAR, ANY, SET, SPLIT, JUMP, MATCH };

struct step {
    enum op op;
    uint8_t c;
    int16_t x, y;       // where to go on, the first choice first
    uint64_t set[4];
};

static char text[TEXT + 1];
static struct step code[4][CODE];
static const char *const patterns[4] = {
    "[a-z]+@[a-z]+\\.(com|org|net)", "GET /(img|css|js)/[a-z0-9_]*\\.[a-z]+", "[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+", "(err|warn)[a-z]*: .*fail"};

static struct step *program;
static int count;
static const char *at;

static void alternatives(void);

static int emit(enum op op) {
    program[count] = (struct step){.op = op, .x = (int16_t)(count + 1)};
    return count++;
}

// Makes room for a step in front of those from `start` on.
static void insert(int start) {
    for (int i = count; i > start; i--) {
        program[i] = program[i - 1];
    }
    count++;
    for (int i = start + 1; i < count; i++) {
        program[i].x = (int16_t)(program[i].x + (program[i].x >= start));
        program[i].y = (int16_t)(program[i].y + (program[i].y >= start && program[i].op == SPLIT));
    }
}

static void atom(void) {
    if (*at == '(') {
        at++;
        alternatives();
        at++;
    } else if (*at == '[') {
        int set = emit(SET);
        for (at++; *at != ']'; at++) {
            uint8_t low = (uint8_t)*at, high = low;
            if (at[1] == '-' && at[2] != ']') {
                high = (uint8_t)at[2];
                at += 2;
            }
            for (int c = low; c <= high; c++) {
                program[set].set[c >> 6] |= 1ull << (c & 63);
            }
        }
        at++;
    } else if (*at == '.') {
        at++;
        emit(ANY);
    } else {
        at += *at == '\\';
        program[emit(CHAR)].c = (uint8_t)*at++;
    }
}

static void sequence(void) {
    while (*at != 0 && *at != '|' && *at != ')') {
        int start = count;
        atom();
        if (*at == '*') {
            insert(start);
            int back = emit(JUMP);
            program[back].x = (int16_t)start;
            program[start] = (struct step){.op = SPLIT, .x = (int16_t)(start + 1), .y = (int16_t)count};
            at++;
        } else if (*at == '+') {
            int split = emit(SPLIT);
            program[split].x = (int16_t)start;
            program[split].y = (int16_t)count;
            at++;
        }
    }
}

static void alternatives(void) {
    int start = count;
    sequence();
    while (*at == '|') {
        at++;
        insert(start);
        int jump = emit(JUMP);
        program[start] = (struct step){.op = SPLIT, .x = (int16_t)(start + 1), .y = (int16_t)count};
        int second = count;
        sequence();
        if (second == count) {
            return;
        }
        program[jump].x = (int16_t)count;
    }
}

static const char *match(const struct step *steps, int pc, const char *s) {
    while (1) {
        const struct step *step = &steps[pc];
        switch (step->op) {
            case CHAR:
                if ((uint8_t)*s++ != step->c) {
                    return NULL;
                }
                break;
            case ANY:
                if (*s == '\n' || *s == 0) {
                    return NULL;
                }
                s++;
                break;
            case SET:
                if (!(step->set[(uint8_t)*s >> 6] >> (*s & 63) & 1)) {
                    return NULL;
                }
                s++;
                break;
            case SPLIT: {
                const char *end = match(steps, step->x, s);
                if (end != NULL) {
                    return end;
                }
                pc = step->y;
                continue;
            }
            case JUMP:
                break;
            default:
                return s;
        }
        pc = step->x;
    }
}

void kernel_prepare(void) {
    static const char *const words[] = {
        "GET /img/logo_2.png 200\n", "10.0.12.7 ", "warning: disk almost full\n", "mail from ann@example.org ", "error: request failed\n",
        "GET /css/main.css 304\n", "user bob ", "172.16.254.1 - ", "note: nothing to do\n", "root@localhost ", "GET /about 404\n", "err: fail\n"};
    uint64_t state = 88172645463325252u;
    int length = 0;
    while (length < TEXT - 40) {
        for (const char *word = words[next_random(&state) % (sizeof words / sizeof *words)]; *word != 0; word++) {
            text[length++] = *word;
        }
    }
    text[length] = 0;
    for (int i = 0; i < 4; i++) {
        program = code[i];
        count = 0;
        at = patterns[i];
        alternatives();
        emit(MATCH);
    }
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (int i = 0; i < 4; i++) {
        for (const char *s = text; *s != 0;) {
            const char *end = match(code[i], 0, s);
            if (end != NULL && end != s) {
                sum = mix(sum, (uint64_t)(s - text) << 16 | (uint64_t)(end - s));
                s = end;
            } else {
                s++;
            }
        }
    }
    return sum;
}
