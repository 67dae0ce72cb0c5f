// SPDX-License-Identifier: Apache-2.0
// A tokenizer for a small language: a state machine of dense switches, which the compiler turns into jump tables.
#include "kernel.h"

KERNEL("statemachine", 0xe31e0318b5a3f89du, 8);

#define CHARACTERS 40000

enum state { BLANK, WORD, NUMBER, HEX_START, HEX, STRING, ESCAPE, SLASH, COMMENT, OPERATOR, DOT, FRACTION };

static char source[CHARACTERS + 1];
static uint8_t classes[256];

enum { SPACE, LETTER, DIGIT, X, QUOTE, BACKSLASH, DIVIDE, NEWLINE, PLUS, POINT };

void kernel_prepare(void) {
    static const char *const pieces[] = {"name ", "x12=", "0x1f + ", "3.25*", "\"text \\\" more\" ", "// words\n",
                                         "a / b;\n", "17 ", "...", "loop ", "  ", "0 "};
    uint64_t state = 11;
    int at = 0;
    while (at < CHARACTERS) {
        const char *piece = pieces[(next_random(&state) >> 17) % (sizeof pieces / sizeof pieces[0])];
        while (*piece && at < CHARACTERS) {
            source[at++] = *piece++;
        }
    }
    for (int c = 0; c < 256; c++) {
        classes[c] = c == 'x' ? X
                : (c >= 'a' && c <= 'z') ? LETTER
                : c >= '0' && c <= '9' ? DIGIT
                : c == '"' ? QUOTE
                : c == '\\' ? BACKSLASH
                : c == '/' ? DIVIDE
                : c == '\n' ? NEWLINE
                : c == '.' ? POINT
                : c == ' ' ? SPACE
                : PLUS;
    }
}

static enum state start(uint8_t class) {
    switch (class) {
        case LETTER:
        case X: return WORD;
        case DIGIT: return NUMBER;
        case QUOTE: return STRING;
        case DIVIDE: return SLASH;
        case PLUS:
        case BACKSLASH: return OPERATOR;
        case POINT: return DOT;
        default: return BLANK;
    }
}

uint64_t kernel(void) {
    uint64_t tokens[12] = {0};
    uint64_t sum = 0;
    enum state state = BLANK;
    for (const char *at = source; *at; at++) {
        uint8_t class = classes[(uint8_t)*at];
        enum state next;
        switch (state) {
            case BLANK: next = start(class); break;
            case WORD: next = class == LETTER || class == X || class == DIGIT ? WORD : start(class); break;
            case NUMBER:
                next = class == DIGIT ? NUMBER : class == X ? HEX_START : class == POINT ? FRACTION : start(class);
                break;
            case HEX_START:
            case HEX: next = class == DIGIT || class == LETTER ? HEX : start(class); break;
            case STRING: next = class == QUOTE ? BLANK : class == BACKSLASH ? ESCAPE : STRING; break;
            case ESCAPE: next = STRING; sum += 7; break;
            case SLASH: next = class == DIVIDE ? COMMENT : start(class); break;
            case COMMENT: next = class == NEWLINE ? BLANK : COMMENT; break;
            case OPERATOR: next = start(class); sum += 3; break;
            case DOT: next = class == DIGIT ? FRACTION : start(class); break;
            case FRACTION: next = class == DIGIT ? FRACTION : start(class); break;
            default: next = BLANK; break;
        }
        if (next != state) {
            tokens[state]++;
            sum = sum * 31 + (uint64_t)(at - source);
        }
        state = next;
    }
    for (int i = 0; i < 12; i++) {
        sum = mix(sum, tokens[i]);
    }
    return sum;
}
