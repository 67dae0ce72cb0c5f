// SPDX-License-Identifier: Apache-2.0
// Counts the words of 24 KiB of text in a hash table with chains, and finds the most frequent.
#include "../kernels/kernel.h"

KERNEL("wordcount", 0x7bd2dd2b15b4063eu, 1);

enum { TEXT = 24576, BUCKETS = 512, WORDS = 6000 };

struct word {
    const char *start;
    uint32_t length, count;
    struct word *next;
};

static char text[TEXT + 1];
static struct word words[WORDS];
static struct word *buckets[BUCKETS];

static int is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

void kernel_prepare(void) {
    uint64_t state = 161803398;
    for (int i = 0; i < TEXT; i++) {
        uint64_t r = next_random(&state) >> 20;
        // Few letters, and short words, so that many occur again.
        text[i] = (char)(r % 5 == 0 ? (r % 35 == 0 ? '\n' : ' ') : "etaoinsET"[r / 64 % 9]);
    }
    text[TEXT] = 0;
}

uint64_t kernel(void) {
    uint32_t used = 0, most = 0;
    for (int i = 0; i < BUCKETS; i++) {
        buckets[i] = NULL;
    }
    for (const char *at = text; *at != 0;) {
        if (!is_letter(*at)) {
            at++;
            continue;
        }
        const char *start = at;
        uint32_t hash = 2166136261u;
        for (; is_letter(*at); at++) {
            hash = (hash ^ (uint8_t)lower(*at)) * 16777619u;
        }
        uint32_t length = (uint32_t)(at - start);
        struct word **link = &buckets[hash % BUCKETS];
        for (; *link != NULL; link = &(*link)->next) {
            uint32_t i = 0;
            while (i < length && (*link)->length == length && lower((*link)->start[i]) == lower(start[i])) {
                i++;
            }
            if (i == length) {
                break;
            }
        }
        if (*link == NULL) {
            words[used] = (struct word){start, length, 0, NULL};
            *link = &words[used++];
        }
        most = ++(*link)->count > most ? (*link)->count : most;
    }
    uint64_t sum = mix(used, most);
    for (uint32_t i = 0; i < used; i++) {
        sum = mix(sum, words[i].count);
    }
    return sum;
}
