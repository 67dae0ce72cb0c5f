// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.penumbra.options.CpuName;

/// Which extensions a hart of each name has, and that no instruction of another is decoded.
final class ProfileTest {
    /// Mandatory extensions in the words of the ratified text (RISC-V Profiles, version 1.0), but for Sv39 and Ss1p11 or
    /// Ss1p12, which have no name in an ISA string.
    private static final String RVA20S64 = "i m a f d c zicsr zicntr ziccif ziccrse ziccamoa za128rs zicclsm zifencei svbare "
            + "svade ssccptr sstvecd sstvala";
    private static final String RVA22S64 = "i m a f d c zicsr zicntr ziccif ziccrse ziccamoa zicclsm za64rs zihpm zihintpause "
            + "zba zbb zbs zic64b zicbom zicbop zicboz zfhmin zkt zifencei svbare svade ssccptr sstvecd sstvala sscounterenw "
            + "svpbmt svinval";
    /// Of RVA23S64, without what needs vectors.
    private static final String REST_OF_RVA23S64 = RVA22S64 + " zihintntl zicond zimop zcmop zcb zfa zawrs supm svnapot sstc "
            + "sscofpmf ssnpm ssu64xl h sha ssstateen shcounterenw shvstvala shtvala shvstvecd shvsatpa shgatpa";

    private static Set<String> names(CpuName cpu) {
        return Set.copyOf(Extension.names(Profile.of(cpu)));
    }

    @Test
    void profilesHaveWhatTheirTextsMandate() {
        assertMissing("", RVA20S64, CpuName.RVA20S64);
        assertMissing("", RVA22S64, CpuName.RVA22S64);
        assertMissing("", REST_OF_RVA23S64 + " zacas zabha svvptc zfh", CpuName.MAX);
        assertMissing("h sha shcounterenw shvstvala shtvala shvstvecd shvsatpa shgatpa", REST_OF_RVA23S64, CpuName.SCALAR);
        assertMissing("zba zbb zbs", "i m a f d c zicsr zifencei zba zbb zbs", CpuName.RV64GC);
    }

    private static void assertMissing(String missing, String wanted, CpuName cpu) {
        Set<String> there = names(cpu);
        assertEquals(missing, Stream.of(wanted.split(" ")).filter(name -> !there.contains(name))
                .collect(Collectors.joining(" ")), cpu.name());
    }

    @Test
    void eachProfileHasWhatTheOneBeforeHas() {
        List<CpuName> order = List.of(CpuName.RV64GC, CpuName.RVA20S64, CpuName.RVA22S64, CpuName.SCALAR, CpuName.MAX);
        for (int i = 1; i < order.size(); i++) {
            assertTrue(names(order.get(i)).containsAll(names(order.get(i - 1))), order.get(i).name());
        }
        assertTrue(names(CpuName.SCALAR).containsAll(names(CpuName.COMPARE)));
    }

    /// To the letter, since guests see it, and counts would change with it.
    @Test
    void comparisonsHaveTheExtensionsOfThePublishedCounts() {
        assertEquals("rv64imafdc_zicbom_zicboz_zicntr_zicond_zicsr_zifencei_zimop_zca_zcb_zcd_zcmop_zba_zbb_zbs"
                + "_sstc_svade_svadu_svinval_svnapot_svpbmt", Extension.isaString(Profile.of(CpuName.COMPARE)));
    }

    @Test
    void incompleteProfileSaysWhatIsMissing() {
        var refused = assertThrows(IllegalArgumentException.class, () -> Profile.of(CpuName.RVA23S64));
        assertEquals("rva23s64 is not complete: V, Zvfhmin, Zvbb, Zvkt are missing; --cpu max has the rest of it",
                refused.getMessage());
    }

    @Test
    void onlyInstructionsOfExtensionsThatAreThereAreDecoded() {
        for (CpuName cpu : List.of(CpuName.RV64GC, CpuName.RVA20S64, CpuName.RVA22S64, CpuName.SCALAR, CpuName.MAX,
                CpuName.COMPARE)) {
            var set = new InstructionSet(Profile.of(cpu));
            for (Operation op : Operation.all()) {
                if (op != SystemOp.ILLEGAL) {
                    int bits = op.encode(0, 0, 0, 0, 0, 0);
                    Operation found = set.decode(bits).op();
                    assertEquals(set.extensions().contains(op.extension()) ? op : SystemOp.ILLEGAL, found, cpu + " " + op);
                    assertEquals(bits, set.decode(bits).bits());
                }
            }
            for (CompressedOp op : CompressedOp.values()) {
                int half = op.pattern().match() | 0x04 | 1 << 7;
                Instruction all = Decoder.decode(half);
                boolean there = set.extensions().contains(Decoder.extension(half))
                        && set.extensions().contains(all.op().extension());
                assertEquals(there ? all.op() : SystemOp.ILLEGAL, set.decode(half).op(), cpu + " " + op);
                assertEquals(2, set.decode(half).length());
            }
        }
        // What one compressed form stands for may be absent where the form itself is not.
        var withoutBits = new InstructionSet(Set.of(Extension.RV_I, Extension.RV_C, Extension.ZCB));
        assertEquals(SystemOp.ILLEGAL, withoutBits.decode(0x9d65).op());
        assertEquals(ImmediateOp.ANDI, withoutBits.decode(0x9d61).op());
    }

    @Test
    void namesTellWhetherThereIsAHypervisorExtension() {
        for (CpuName cpu : CpuName.values()) {
            if (cpu != CpuName.RVA23S64) {
                assertEquals(cpu.hasHypervisor(), Profile.of(cpu).contains(Extension.RV_H), cpu.name());
            }
        }
    }

    @Test
    void everyExtensionHasANameOfItsOwnAndSaysWhatItIs() {
        var names = new ArrayList<String>();
        for (Extension extension : Extension.values()) {
            assertFalse(names.contains(extension.isaName()), extension.name());
            names.add(extension.isaName());
            assertFalse(extension.meaning().isEmpty(), extension.name());
        }
    }
}
