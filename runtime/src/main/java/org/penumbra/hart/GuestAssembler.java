// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import org.penumbra.hart.csr.CsrFile;
import org.penumbra.isa.Assembler;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.options.CpuName;

/// Assembler text in which CSRs have their names: all guests of tests and measurements that no compiler makes.
public final class GuestAssembler {
    private GuestAssembler() {
    }

    /// @param base address of the first byte
    public static Assembler at(long base) {
        return new Assembler(base, Names.CSRS::number);
    }

    /// Bytes of `text` at `base`.
    ///
    /// @throws IllegalArgumentException with number and text of the line that is wrong
    public static byte[] assemble(long base, String text) {
        return at(base).assemble(text);
    }

    /// Made when it is needed first.
    private static final class Names {
        static final CsrFile CSRS = new Hart(0, HartConfig.standard().withCpu(CpuName.MAX),
                new AddressSpaces(16, 1)).csrs;
    }
}
