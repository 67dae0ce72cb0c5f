// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import java.util.EnumSet;
import java.util.Set;
import org.penumbra.isa.Extension;
import org.penumbra.isa.Profile;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.AdUpdate;
import org.penumbra.options.CpuName;
import org.penumbra.options.Settings;

/// The configurable properties of a hart.
///
/// @param virtualAddressBits widest translation mode, 39, 48 or 57; narrower ones are included
/// @param asidBits           bits of satp.ASID that exist, 0 to 16
/// @param svade              whether PTEs with A or D clear can fault
/// @param svadu              whether hardware can set A and D, switched by menvcfg.ADUE
/// @param updating           whether it does so from reset
/// @param svvptc             whether new valid PTEs become visible without a fence, whatever `cpu` says; only affects
///                           the ISA string
/// @param cpu                the set of extensions
public record HartConfig(int virtualAddressBits, int asidBits, boolean svade, boolean svadu, boolean updating,
        boolean svvptc, CpuName cpu) {
    public HartConfig {
        Settings.MMU.require(virtualAddressBits);
        Settings.ASID_BITS.require(asidBits);
        if (!svade && !svadu) {
            throw new IllegalArgumentException("at least one of Svade and Svadu is needed");
        }
        if (updating && !svadu || !updating && !svade) {
            throw new IllegalArgumentException("what holds for A and D bits after reset is not there");
        }
        Profile.of(cpu);
    }

    /// The same with the extensions of [#standard()].
    public HartConfig(int virtualAddressBits, int asidBits, boolean svade, boolean svadu, boolean updating,
            boolean svvptc) {
        this(virtualAddressBits, asidBits, svade, svadu, updating, svvptc, CpuName.COMPARE);
    }

    /// The same, faulting on clear A and D bits after reset if the hart can.
    public HartConfig(int virtualAddressBits, int asidBits, boolean svade, boolean svadu, boolean svvptc) {
        this(virtualAddressBits, asidBits, svade, svadu, !svade, svvptc);
    }

    /// Sv57, 16-bit ASIDs, faulting on clear A and D bits until the guest enables hardware updates, and the extensions
    /// that the published counts were taken with: the configuration of comparisons.
    public static HartConfig standard() {
        return ofCommand(Settings.COMPARE);
    }

    /// The default for guests. A and D bits are updated from reset, as on QEMU's `virt`, because much software relies
    /// on it. The widest mode is Sv48, because some programs (Java) reject Sv57.
    public static HartConfig board() {
        return ofCommand("");
    }

    private static HartConfig ofCommand(String command) {
        return of(Settings.MMU.initial(command), Settings.ASID_BITS.initial(command), Settings.AD.initial(command),
                Settings.SVVPTC.initial(command), Settings.CPU.initial(command));
    }

    /// @param ad what happens to A and D bits
    public static HartConfig of(int virtualAddressBits, int asidBits, AdUpdate ad, boolean svvptc, CpuName cpu) {
        return new HartConfig(virtualAddressBits, asidBits, ad != AdUpdate.SVADU, ad != AdUpdate.SVADE,
                ad == AdUpdate.SVADU || ad == AdUpdate.BOTH, svvptc, cpu);
    }

    /// The same with other extensions.
    public HartConfig withCpu(CpuName name) {
        return new HartConfig(virtualAddressBits, asidBits, svade, svadu, updating, svvptc, name);
    }

    /// Largest satp.MODE: 8 for Sv39, 9 for Sv48, 10 for Sv57.
    public int maximumMode() {
        return TranslationMode.ofWidth(virtualAddressBits);
    }

    /// How A and D bits are handled.
    public AdUpdate accessedDirty() {
        return !svadu ? AdUpdate.SVADE : !svade ? AdUpdate.SVADU : updating ? AdUpdate.BOTH : AdUpdate.REQUEST;
    }

    public int asidMask() {
        return (1 << asidBits) - 1;
    }

    /// The extensions of the hart.
    public Set<Extension> extensions() {
        Set<Extension> extensions = EnumSet.copyOf(Profile.of(cpu));
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
