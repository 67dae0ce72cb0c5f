// SPDX-License-Identifier: Apache-2.0
// Receives a line from the console by interrupts through the PLIC and echoes it; needs the input `echo.input`.
#include "test.h"

#define SOURCE 10
#define PRIORITY (*(volatile uint32_t *)(PLIC + 4 * SOURCE))
#define ENABLE (*(volatile uint32_t *)(PLIC + 0x2000))
#define CLAIM (*(volatile uint32_t *)(PLIC + 0x200004))
#define MEI (1ul << 11)

void test(void) {
    char line[80];
    unsigned length = 0;
    unsigned strays = 0;
    clear_trap();
    PRIORITY = 1;
    ENABLE = 1u << SOURCE;
    uart[1] = 1; // received data
    do {
        set_csr(mie, MEI);
        set_csr(mstatus, MSTATUS_MIE);
        while (trap.count == 0) {
            __asm__ volatile("wfi");
        }
        clear_csr(mstatus, MSTATUS_MIE);
        clear_trap();
        strays += CLAIM != SOURCE;
        while ((uart[5] & 1) && length < sizeof line - 1) {
            line[length++] = (char)uart[0];
        }
        CLAIM = SOURCE;
    } while (length == 0 || (line[length - 1] != '\n' && line[length - 1] != '\r' && length < sizeof line - 1));
    uart[1] = 0;
    while (CLAIM != 0) { // a request forwarded before the last byte was read stays pending
        CLAIM = SOURCE;
    }
    line[length - 1] = 0;
    print("echo: ");
    print(line);
    print("\n");
    check("every interrupt was the UART's", strays, 0);
    check("nothing is left", uart[5] & 1, 0);
    check("quiet", read_csr(mip) & MEI, 0);
}
