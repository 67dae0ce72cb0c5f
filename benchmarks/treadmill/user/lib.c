// SPDX-License-Identifier: Apache-2.0
#include "lib.h"

int main(int argc, char **argv);

// Splits the line at blanks.
void __attribute__((noreturn)) start(char *line)
{
    char *argv[16];
    int argc = 0;
    while (*line && argc < 16) {
        while (*line == ' ')
            line++;
        if (!*line)
            break;
        argv[argc++] = line;
        while (*line && *line != ' ')
            line++;
        if (*line)
            *line++ = 0;
    }
    exit(main(argc, argv));
}

void *memcpy(void *to, const void *from, u64 n)
{
    u8 *t = to;
    const u8 *f = from;
    if (!(((u64)t | (u64)f) & 7))
        for (; n >= 8; n -= 8, t += 8, f += 8)
            *(u64 *)t = *(const u64 *)f;
    while (n--)
        *t++ = *f++;
    return to;
}

void *memset(void *to, int v, u64 n)
{
    u8 *t = to;
    while (n--)
        *t++ = v;
    return to;
}

u64 length_of(const char *s)
{
    u64 n = 0;
    while (s[n])
        n++;
    return n;
}

char *append(char *to, const char *s)
{
    while (*s)
        *to++ = *s++;
    *to = 0;
    return to;
}

char *append_number(char *to, u64 v)
{
    char digits[20];
    int n = 0;
    do
        digits[n++] = '0' + v % 10;
    while (v /= 10);
    while (n)
        *to++ = digits[--n];
    *to = 0;
    return to;
}

u64 parse_number(const char *s)
{
    u64 v = 0;
    if (!*s)
        fail("a number is missing");
    for (; *s; s++) {
        if (*s < '0' || *s > '9' || v > 1UL << 56)
            fail("not a number, or too large");
        v = v * 10 + (*s - '0');
    }
    return v;
}

void print(const char *s)
{
    write(1, s, length_of(s));
}

void fail(const char *message)
{
    print("treadmill: ");
    print(message);
    print("\n");
    exit(1);
}

void *pages_new(u64 n)
{
    void *at = mmap(0, n * PAGE, READ | WRITE, 0);
    if (at == MAP_FAILED)
        fail("no address space left");
    return at;
}

void *allocate(u64 n)
{
    static u8 *at, *end;
    n = (n + 15) & -16UL;
    if ((u64)(end - at) < n) {
        u64 more = (n + 65535) & -65536UL;
        u8 *p = sbrk(more);
        if (p == MAP_FAILED)
            fail("no heap left");
        if (p != end)
            at = p;
        end = p + more;
    }
    at += n;
    return at - n;
}

void read_all(int fd, void *to, u64 n)
{
    for (u64 done = 0; done < n; ) {
        long got = read(fd, (u8 *)to + done, n - done);
        if (got <= 0)
            fail("a pipe ended early");
        done += got;
    }
}

void write_all(int fd, const void *from, u64 n)
{
    if (write(fd, from, n) != (long)n)
        fail("a pipe was closed");
}
