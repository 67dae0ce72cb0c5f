// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import java.util.EnumSet;
import java.util.Set;
import org.penumbra.isa.Extension;

/// What may differ from one hart model to another.
///
/// @param virtualAddressBits widest translation mode, 39, 48 or 57; narrower ones are there too
/// @param asidBits           bits of satp.ASID that exist, 0 to 16
/// @param svade              whether PTEs with A or D clear fault after reset
/// @param svadu              whether hardware can set A and D, switched on by menvcfg.ADUE
/// @param svvptc             whether new valid PTEs become visible without a fence; only named in the ISA string
public record HartConfig(int virtualAddressBits, int asidBits, boolean svade, boolean svadu, boolean svvptc) {
    public HartConfig {
        if (virtualAddressBits != 39 && virtualAddressBits != 48 && virtualAddressBits != 57) {
            throw new IllegalArgumentException("virtual addresses have 39, 48 or 57 bits, not " + virtualAddressBits);
        }
        if (asidBits < 0 || asidBits > 16) {
            throw new IllegalArgumentException("ASIDs have 0 to 16 bits, not " + asidBits);
        }
        if (!svade && !svadu) {
            throw new IllegalArgumentException("at least one of Svade and Svadu is needed");
        }
    }

    /// Sv57, 16-bit ASIDs, faulting on clear A and D bits until the guest switches hardware updates on.
    public static HartConfig standard() {
        return new HartConfig(57, 16, true, true, false);
    }

    /// Largest satp.MODE: 8 for Sv39, 9 for Sv48, 10 for Sv57.
    public int maximumMode() {
        return 8 + (virtualAddressBits - 39) / 9;
    }

    public int asidMask() {
        return (1 << asidBits) - 1;
    }

    public Set<Extension> extensions() {
        Set<Extension> extensions = EnumSet.copyOf(Extension.standard());
        if (!svade) {
            extensions.remove(Extension.SVADE);
        }
        if (!svadu) {
            extensions.remove(Extension.SVADU);
        }
        if (svvptc) {
            extensions.add(Extension.SVVPTC);
        }
        return extensions;
    }
}
