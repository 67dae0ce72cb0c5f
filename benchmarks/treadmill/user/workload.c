// SPDX-License-Identifier: Apache-2.0
// The main function of the workloads: NAME [@FD] [VALUE]... prints `NAME parameter=value... checksum=hex`, or
// with @FD writes the eight bytes of the checksum to that pipe.
#include "lib.h"

int main(int argc, char **argv)
{
    int fd = 1, at = 1;
    if (at < argc && argv[at][0] == '@')
        fd = parse_number(argv[at++] + 1);
    int count = 0;
    while (parameters[count].name)
        count++;
    if (argc - at > count)
        fail("too many parameters");
    for (int i = 0; at < argc; i++)
        parameters[i].value = parse_number(argv[at++]);
    u64 checksum = workload();
    if (fd != 1) {
        write_all(fd, &checksum, sizeof checksum);
        return 0;
    }
    char line[512], *to = append(line, argv[0]);
    for (int i = 0; i < count; i++) {
        to = append(append(append(to, " "), parameters[i].name), "=");
        to = append_number(to, parameters[i].value);
    }
    to = append(to, " checksum=");
    for (int shift = 60; shift >= 0; shift -= 4)
        *to++ = "0123456789abcdef"[checksum >> shift & 15];
    append(to, "\n");
    print(line);
    return 0;
}
