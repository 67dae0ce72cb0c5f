// SPDX-License-Identifier: Apache-2.0
// A recursive-descent parser of JSON: builds a tree in an arena, then adds up what is in it.
#include "../kernels/kernel.h"

KERNEL("json", 0x9eb447f5a88c48ccu, 1);

enum { TEXT = 32768, NODES = 8192 };
enum kind { NIL, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT };

struct node {
    enum kind kind;
    double number;
    uint32_t start, length; // of a string, or of a member's name
    struct node *child, *next;
};

static char text[TEXT];
static uint32_t length, position;
static struct node nodes[NODES];
static uint32_t used;

static void put(const char *words) {
    while (*words != 0) {
        text[length++] = *words++;
    }
}

static void put_number(uint32_t value) {
    char digits[12];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        text[length++] = digits[--count];
    }
}

void kernel_prepare(void) {
    uint64_t state = 2862933555777941757u;
    put("[");
    for (int i = 0; length < TEXT - 400; i++) {
        uint64_t r = next_random(&state);
        put(i == 0 ? "\n " : ",\n ");
        put("{\"id\": ");
        put_number((uint32_t)i);
        put(", \"name\": \"item \\\"");
        put_number((uint32_t)(r & 0xffff));
        put("\\\"\", \"price\": ");
        put_number((uint32_t)(r >> 16 & 0xfff));
        put(".");
        put_number((uint32_t)(r >> 28 & 7));
        put("5e1, \"tags\": [");
        for (uint32_t k = 0; k < (r >> 32 & 3); k++) {
            put(k == 0 ? "\"red\"" : ", \"large \\u0041\"");
        }
        put("], \"stock\": ");
        put(r & 1 << 20 ? "true" : r & 1 << 21 ? "false" : "null");
        put(", \"size\": {\"w\": -");
        put_number((uint32_t)(r >> 40 & 255));
        put(", \"h\": ");
        put_number((uint32_t)(r >> 48 & 255));
        put("}}");
    }
    put("\n]\n");
    text[length] = 0;
}

static void skip(void) {
    while (text[position] == ' ' || text[position] == '\n' || text[position] == '\t') {
        position++;
    }
}

static struct node *make(enum kind kind) {
    struct node *node = &nodes[used++];
    *node = (struct node){.kind = kind};
    return node;
}

static void string(uint32_t *start, uint32_t *size) {
    *start = ++position;
    while (text[position] != '"') {
        position += text[position] == '\\' ? 2 : 1;
    }
    *size = position++ - *start;
}

static double number(void) {
    double sign = 1, value = 0, scale = 1;
    int exponent = 0;
    if (text[position] == '-') {
        sign = -1;
        position++;
    }
    while (text[position] >= '0' && text[position] <= '9') {
        value = value * 10 + (text[position++] - '0');
    }
    if (text[position] == '.') {
        position++;
        while (text[position] >= '0' && text[position] <= '9') {
            value = value * 10 + (text[position++] - '0');
            scale *= 10;
        }
    }
    if (text[position] == 'e') {
        position++;
        while (text[position] >= '0' && text[position] <= '9') {
            exponent = exponent * 10 + (text[position++] - '0');
        }
    }
    for (; exponent > 0; exponent--) {
        value *= 10;
    }
    return sign * value / scale;
}

static struct node *value(void) {
    skip();
    struct node *node;
    switch (text[position]) {
        case '{':
        case '[': {
            int object = text[position++] == '{';
            node = make(object ? OBJECT : ARRAY);
            struct node **link = &node->child;
            for (skip(); text[position] != '}' && text[position] != ']'; skip()) {
                uint32_t start = 0, size = 0;
                if (object) {
                    string(&start, &size);
                    skip();
                    position++; // the colon
                }
                struct node *member = value();
                if (object) {
                    member->start = start;
                    member->length = size;
                }
                *link = member;
                link = &member->next;
                skip();
                if (text[position] == ',') {
                    position++;
                    skip();
                }
            }
            position++;
            return node;
        }
        case '"':
            node = make(STRING);
            string(&node->start, &node->length);
            node->number = node->length;
            return node;
        case 't':
        case 'f':
        case 'n':
            node = make(text[position] == 'n' ? NIL : BOOLEAN);
            node->number = text[position] == 't';
            position += text[position] == 'f' ? 5 : 4;
            return node;
        default:
            node = make(NUMBER);
            node->number = number();
            return node;
    }
}

static double total(const struct node *node, uint64_t *names) {
    double sum = node->number * (node->kind + 1);
    for (uint32_t i = 0; i < node->length; i++) {
        *names = *names * 31 + (uint8_t)text[node->start + i];
    }
    for (const struct node *child = node->child; child != NULL; child = child->next) {
        sum += total(child, names);
    }
    return sum;
}

uint64_t kernel(void) {
    used = 0;
    position = 0;
    uint64_t names = 7;
    double sum = total(value(), &names);
    return mix(names, bits_of(sum)) + used;
}
