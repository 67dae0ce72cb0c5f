// SPDX-License-Identifier: Apache-2.0
// A printf of our own: text, decimal and hexadecimal numbers, padding, fixed-point fractions; then a table in columns.
#include "../kernels/kernel.h"

KERNEL("format", 0x613bf8b7934752e7u, 1);

enum { LINES = 300, SPACE = 64 * LINES };

struct row {
    int64_t balance;
    uint64_t code;
    double rate;
    const char *name;
};

static struct row rows[LINES];
static char out[SPACE];
static int length;

static void put(char c) {
    out[length++] = c;
}

static void padded(const char *digits, int count, int width, char fill) {
    for (int i = count; i < width; i++) {
        put(fill);
    }
    while (count > 0) {
        put(digits[--count]);
    }
}

static void put_unsigned(uint64_t value, int base, int negative, int width, char fill) {
    char digits[32];
    int count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % (uint64_t)base];
        value /= (uint64_t)base;
    } while (value != 0);
    if (negative) {
        digits[count++] = '-';
    }
    padded(digits, count, width, fill);
}

static void print(const char *format, const struct row *row) {
    for (; *format != 0; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        char fill = ' ';
        int width = 0;
        if (*++format == '0') {
            fill = '0';
            format++;
        }
        while (*format >= '0' && *format <= '9') {
            width = width * 10 + (*format++ - '0');
        }
        switch (*format) {
            case 'd':
                put_unsigned((uint64_t)(row->balance < 0 ? -row->balance : row->balance), 10, row->balance < 0, width, fill);
                break;
            case 'x':
                put_unsigned(row->code, 16, 0, width, fill);
                break;
            case 'f': {
                uint64_t scaled = (uint64_t)(row->rate * 1000 + 0.5);
                put_unsigned(scaled / 1000, 10, 0, width - 4, fill);
                put('.');
                put_unsigned(scaled % 1000, 10, 0, 3, '0');
                break;
            }
            case 's': {
                int count = 0;
                for (const char *s = row->name; *s != 0; s++, count++) {
                    put(*s);
                }
                for (; count < width; count++) {
                    put(' ');
                }
                break;
            }
            default:
                put(*format);
        }
    }
}

void kernel_prepare(void) {
    static const char *const names[] = {"Ada", "Barbara", "Charles", "Donald", "Edsger", "Frances", "Grace"};
    uint64_t state = 99;
    for (int i = 0; i < LINES; i++) {
        uint64_t r = next_random(&state);
        rows[i] = (struct row){(int64_t)(r >> 20) - (1ll << 43), r >> 8 & 0xffffffff, (double)(r & 0xfffff) / 4096, names[r % 7]};
    }
}

uint64_t kernel(void) {
    length = 0;
    for (int i = 0; i < LINES; i++) {
        print("%8s|%16d|%08x|%9f%%\n", &rows[i]);
    }
    uint64_t sum = (uint64_t)length;
    for (int i = 0; i < length; i++) {
        sum = sum * 31 + (uint8_t)out[i];
    }
    return sum;
}
