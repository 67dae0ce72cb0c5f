// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.penumbra.benchmarks.Workloads;
import org.penumbra.isa.Decoder;

/// Input of the micro-benchmarks, from a workload that ships.
final class Programs {

    private static final int HEADER_ENTRY = 24, HEADER_SEGMENTS = 32;
    private static final int SEGMENT_OFFSET = 8, SEGMENT_ADDRESS = 16;

    private Programs() {
    }

    /// The first instructions in a compiled program, from its entry point on.
    static int[] instructions(int count) {
        ByteBuffer elf = ByteBuffer.wrap(Workloads.find("strings").orElseThrow().image())
                .order(ByteOrder.LITTLE_ENDIAN);
        int segment = (int) elf.getLong(HEADER_SEGMENTS);
        // The linker script puts the code into the first segment that has a size.
        while (elf.getLong(segment + 32) == 0 || elf.getInt(segment) != 1) {
            segment += 56;
        }
        int at = (int) (elf.getLong(HEADER_ENTRY) - elf.getLong(segment + SEGMENT_ADDRESS)
                + elf.getLong(segment + SEGMENT_OFFSET));
        int[] instructions = new int[count];
        for (int i = 0; i < count; i++) {
            int half = elf.getShort(at) & 0xffff;
            int length = Decoder.length(half);
            instructions[i] = length == 2 ? half : elf.getInt(at);
            at += length;
        }
        return instructions;
    }
}
