// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.util.stream.Collectors;
import org.penumbra.hart.GuestAssembler;

/// Guest programs from assembler text ([GuestAssembler]), as raw images for the start of RAM.
final class Assembly {
    static final long RAM = 0x8000_0000L;
    /// Runs until somebody stops it.
    static final byte[] LOOP = of("j pc");

    private Assembly() {
    }

    static byte[] of(String text) {
        return GuestAssembler.assemble(RAM, text);
    }

    /// Text that ends the run with a status of 0 to 15; uses t0 and t1. 4 instructions.
    static String exit(int status) {
        // Success has a word of its own: a failure with status 0 would be status 1.
        int word = status == 0 ? 0x5555 : status << 16 | 0x3333;
        return """
                lui t0, 0x100
                lui t1, %d
                addi t1, t1, %d
                sw t1, 0(t0)
                """.formatted(word >>> 12, word & 0xfff);
    }

    /// Text that writes characters to the UART, whose address is in a1; uses a0. Two instructions each.
    static String print(String characters) {
        return characters.chars().mapToObj(c -> "li a0, " + c + "\nsb a0, 0(a1)\n").collect(Collectors.joining());
    }
}
