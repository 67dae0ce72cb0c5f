// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.debug;

import com.oracle.truffle.api.source.Source;
import com.oracle.truffle.api.source.SourceSection;
import java.util.Arrays;

/// A function of the guest as text: a line for each instruction.
public final class Disassembly {
    private final String function;
    private final Source source;
    private final long[] addresses;
    private final int[] bits;

    /// @param addresses of the instructions, ascending
    /// @param bits      of the instructions
    public Disassembly(String function, Source source, long[] addresses, int[] bits) {
        this.function = function;
        this.source = source;
        this.addresses = addresses;
        this.bits = bits;
    }

    String function() {
        return function;
    }

    int size() {
        return addresses.length;
    }

    /// Index of the instruction at an address, or negative.
    public int find(long address) {
        return Arrays.binarySearch(addresses, address);
    }

    /// Whether an instruction is still what it was.
    public boolean holds(int index, int now) {
        return bits[index] == now;
    }

    SourceSection whole() {
        return source.createSection(0, source.getLength());
    }

    /// The line of an instruction.
    public SourceSection line(int index) {
        return source.createSection(index + 1);
    }
}
