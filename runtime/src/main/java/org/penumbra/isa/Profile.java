// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.*;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.penumbra.options.CpuName;

/// Sets of extensions that a hart can have, by the names of the option `cpu`.
///
/// A ratified profile has what the profile mandates, and those of its options that exist here. Every set contains
/// [Extension#SVADE] and [Extension#SVADU], of which the option `ad` takes one away, and the widths of addresses and
/// address-space identifiers are options of their own.
public final class Profile {
    private static final Set<Extension> BASE = EnumSet.of(RV_I, RV_M, RV_A, RV_F, RV_D, RV_C, ZICNTR, ZICSR, ZIFENCEI,
            ZIHPM, ZCA, ZCD, SVADE, SVADU, PRIVILEGED);
    private static final Set<Extension> RVA20 = and(BASE, ZICCAMOA, ZICCIF, ZICCLSM, ZICCRSE, ZA128RS, SSCCPTR, SSTVALA,
            SSTVECD, SSU64XL, SVBARE);
    private static final Set<Extension> RVA22 = and(RVA20, ZIC64B, ZICBOM, ZICBOP, ZICBOZ, ZIHINTPAUSE, ZA64RS, ZFHMIN,
            ZFH, ZBA, ZBB, ZBS, ZKT, SSCOFPMF, SSCOUNTERENW, SSTC, SVINVAL, SVNAPOT, SVPBMT);
    private static final Set<Extension> COMPARE = EnumSet.of(RV_I, RV_M, RV_A, RV_F, RV_D, RV_C, ZICBOM, ZICBOZ, ZICNTR,
            ZICOND, ZICSR, ZIFENCEI, ZIMOP, ZCA, ZCB, ZCD, ZCMOP, ZBA, ZBB, ZBS, SSTC, SVADE, SVADU, SVINVAL, SVNAPOT,
            SVPBMT, PRIVILEGED);
    private static final Set<Extension> HYPERVISOR = EnumSet.of(RV_H, SHA, SHCOUNTERENW, SHGATPA, SHTVALA, SHVSATPA,
            SHVSTVALA, SHVSTVECD);
    /// What RVA23S64 mandates and does not exist here, in the words of its text.
    private static final List<String> RVA23_LACKS = List.of("V", "Zvfhmin", "Zvbb", "Zvkt");

    private Profile() {
    }

    /// The extensions of a hart of that name.
    ///
    /// @throws IllegalArgumentException saying what is missing, if there is no such hart
    public static Set<Extension> of(CpuName name) {
        return switch (name) {
            case RV64GC -> BASE;
            case RVA20S64 -> RVA20;
            case RVA22S64 -> RVA22;
            case RVA23S64 -> throw new IllegalArgumentException("rva23s64 is not complete: " + String.join(", ",
                    RVA23_LACKS) + " are missing; --cpu max has the rest of it");
            case MAX -> EnumSet.allOf(Extension.class);
            case SCALAR -> EnumSet.complementOf(EnumSet.copyOf(HYPERVISOR));
            case COMPARE -> COMPARE;
        };
    }

    private static Set<Extension> and(Set<Extension> base, Extension... more) {
        Set<Extension> all = EnumSet.copyOf(base);
        all.addAll(List.of(more));
        return all;
    }
}
