// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import java.util.EnumSet;
import java.util.Set;
import org.penumbra.isa.Extension;

/// The configurable properties of a hart.
///
/// @param virtualAddressBits widest translation mode, 39, 48 or 57; narrower ones are included
/// @param asidBits           bits of satp.ASID that exist, 0 to 16
/// @param svade              whether PTEs with A or D clear can fault
/// @param svadu              whether hardware can set A and D, switched by menvcfg.ADUE
/// @param updating           whether it does so from reset
/// @param svvptc             whether new valid PTEs become visible without a fence; only affects the ISA string
public record HartConfig(int virtualAddressBits, int asidBits, boolean svade, boolean svadu, boolean updating,
        boolean svvptc) {
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
        if (updating && !svadu || !updating && !svade) {
            throw new IllegalArgumentException("what holds for A and D bits after reset is not there");
        }
    }

    /// The same, faulting on clear A and D bits after reset if the hart can.
    public HartConfig(int virtualAddressBits, int asidBits, boolean svade, boolean svadu, boolean svvptc) {
        this(virtualAddressBits, asidBits, svade, svadu, !svade, svvptc);
    }

    /// Sv57, 16-bit ASIDs, faulting on clear A and D bits until the guest enables hardware updates: the configuration
    /// of comparisons.
    public static HartConfig standard() {
        return new HartConfig(57, 16, true, true, false);
    }

    /// The default for guests. A and D bits are updated from reset, as on QEMU's `virt`, because much software relies
    /// on it. The widest mode is Sv48, because some programs (Java) reject Sv57.
    public static HartConfig board() {
        return new HartConfig(48, 16, true, true, true, false);
    }

    /// Largest satp.MODE: 8 for Sv39, 9 for Sv48, 10 for Sv57.
    public int maximumMode() {
        return 8 + (virtualAddressBits - 39) / 9;
    }

    /// The handling of A and D bits, as the option names it: `svade`, `svadu`, `both` or `request`.
    public String accessedDirty() {
        return !svadu ? "svade" : !svade ? "svadu" : updating ? "both" : "request";
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
