// SPDX-License-Identifier: Apache-2.0
// What kernel and programs agree on: number in a7, arguments in a0.., result in a0, -1 for any error.
#pragma once

enum {
    SYS_EXIT, SYS_FORK, SYS_EXEC, SYS_WAIT, SYS_YIELD, SYS_SLEEP, SYS_WRITE, SYS_READ, SYS_PIPE, SYS_CLOSE,
    SYS_MMAP, SYS_MUNMAP, SYS_MPROTECT, SYS_DISCARD, SYS_BRK, SYS_LIMIT, SYS_STATISTIC
};
enum { MAP_HUGE = 1 };
enum { STATUS_ILLEGAL = 132, STATUS_FAULT = 139 };  // exit status of a killed process
