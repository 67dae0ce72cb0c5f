// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.penumbra.options.CpuName;

/// The tables as a whole: codes, encodings and operand lists fit each other.
final class OperationTableTest {
    private static final long SEED = 20251;

    @Test
    void everyTableIsAmongTheOperations() {
        var listed = new HashSet<>(Operation.all());
        assertEquals(Operation.all().size(), listed.size());
        for (Class<?> table : Operation.class.getPermittedSubclasses()) {
            for (Object row : table.getEnumConstants()) {
                assertTrue(listed.contains(row), table.getSimpleName() + "." + row);
            }
        }
    }

    @Test
    void mnemonicsAreUnique() {
        var seen = new HashSet<String>();
        for (Operation op : Operation.all()) {
            assertTrue(seen.add(op.mnemonic()), op.mnemonic());
        }
    }

    @Test
    void noTwoPatternsOverlap() {
        List<Operation> all = Operation.all();
        for (int i = 0; i < all.size(); i++) {
            for (int k = 0; k < i; k++) {
                assertFalse(all.get(i).pattern().overlaps(all.get(k).pattern()), all.get(i) + " and " + all.get(k));
            }
        }
    }

    @Test
    void overlapCheckSeesAnOverlap() {
        assertTrue(new Pattern("imm[11:0] rs1 000 rd 0010011").overlaps(new Pattern("0000000 rs2 rs1 *** rd 0010011")));
        assertFalse(new Pattern("imm[11:0] rs1 000 rd 0010011").overlaps(new Pattern("0000000 rs2 rs1 001 rd 0010011")));
    }

    @Test
    void everyCompressedHalfMatchesAtMostOneRow() {
        for (int half = 0; half < 1 << 16; half++) {
            int bits = half;
            long rows = Arrays.stream(CompressedOp.values()).filter(row -> row.pattern().matches(bits)).count();
            assertTrue(rows <= 1, () -> "%04x matches %d rows".formatted(bits, rows));
        }
    }

    @Test
    void everyPatternHasTheOperandsThatItsFormatLists() {
        for (Operation op : Operation.all()) {
            Pattern pattern = op.pattern();
            Format format = op.format();
            if (op == SystemOp.ILLEGAL) {
                continue;
            }
            var words = List.of(format.operands().split("[^a-z0-9]+"));
            assertEquals(format.writesInteger() || format.writesFloat(), pattern.hasRd(), op.name());
            assertEquals(format.readsIntegerRs1() || format.readsFloatRs1() || words.contains("zimm"),
                    pattern.hasRs1(), op.name());
            assertEquals(format.readsIntegerRs2() || format.readsFloatRs2(), pattern.hasRs2(), op.name());
            assertEquals(format.readsFloatRs3(), pattern.hasRs3(), op.name());
            assertEquals(words.contains("rm"), pattern.hasRm(), op.name());
            boolean immediate = words.stream().anyMatch(List.of("imm", "uimm", "upper", "target", "csr", "pred")::contains);
            assertEquals(immediate || op instanceof AtomicOp || format.isNumbered(), pattern.hasImmediate(), op.name());
            assertEquals(32, pattern.width(), op.name());
            assertEquals(3, pattern.match() & 3, op.name());
        }
    }

    @Test
    void decodingAnEncodedInstructionGivesItsOperands() {
        var random = new Random(SEED);
        for (Operation op : Operation.all()) {
            if (op == SystemOp.ILLEGAL) {
                continue;
            }
            Pattern pattern = op.pattern();
            for (int i = 0; i < 500; i++) {
                int even = op.format() == Format.ATOMIC_PAIR ? ~1 : ~0;
                int rd = pattern.hasRd() ? random.nextInt(32) & even : 0;
                int rs1 = pattern.hasRs1() ? random.nextInt(32) : 0;
                int rs2 = pattern.hasRs2() ? random.nextInt(32) & even : 0;
                int rs3 = pattern.hasRs3() ? random.nextInt(32) : 0;
                int rm = pattern.hasRm() ? random.nextInt(8) : 0;
                long immediate = immediateFor(op, random);
                int bits = op.encode(rd, rs1, rs2, rs3, rm, immediate);
                assertEquals(new Instruction(op, rd, rs1, rs2, rs3, rm, immediate, 4, bits), Decoder.decode(bits));
            }
        }
    }

    /// Immediate in the range that the manual gives the format, extremes included.
    private static long immediateFor(Operation op, Random random) {
        return switch (op.format()) {
            case IMMEDIATE, LOAD, FLOAT_LOAD, STORE, FLOAT_STORE, JUMP_REGISTER -> within(random, -2048, 2047, 1);
            case SHIFT -> within(random, 0, op.name().endsWith("W") ? 31 : 63, 1);
            case UPPER -> within(random, -0x8000_0000L, 0x7fff_f000L, 4096);
            case BRANCH -> within(random, -4096, 4094, 2);
            case JUMP -> within(random, -0x10_0000, 0xf_fffe, 2);
            case CSR, CSR_IMMEDIATE, FENCE -> within(random, 0, 4095, 1);
            case LOAD_RESERVED, ATOMIC, ATOMIC_COMPARE, ATOMIC_PAIR -> within(random, 0, 3, 1);
            case NUMBERED_UNARY, FLOAT_CONSTANT -> within(random, 0, 31, 1);
            case NUMBERED_REGISTER -> within(random, 0, 7, 1);
            default -> 0;
        };
    }

    private static long within(Random random, long low, long high, long step) {
        return switch (random.nextInt(8)) {
            case 0 -> low;
            case 1 -> high;
            default -> low + random.nextLong((high - low) / step + 1) * step;
        };
    }

    @Test
    void encodingRejectsWhatDoesNotFit() {
        assertThrows(IllegalArgumentException.class, () -> ImmediateOp.ADDI.encode(1, 2, 0, 0, 0, 2048));
        assertThrows(IllegalArgumentException.class, () -> ImmediateOp.SLLIW.encode(1, 2, 0, 0, 0, 32));
        assertThrows(IllegalArgumentException.class, () -> BranchOp.BEQ.encode(0, 2, 3, 0, 0, 5));
        assertThrows(IllegalArgumentException.class, () -> UpperOp.LUI.encode(1, 0, 0, 0, 0, 0x8000_0000L));
        assertThrows(IllegalArgumentException.class, () -> RegisterOp.ADD.encode(32, 2, 3, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> SystemOp.ILLEGAL.encode(0, 0, 0, 0, 0, 0));
    }

    @Test
    void patternsRejectWordsAndLengthsTheyDoNotKnow() {
        assertThrows(IllegalArgumentException.class, () -> new Pattern("0000000 rs2 rs1 000 rq 0110011"));
        assertThrows(IllegalArgumentException.class, () -> new Pattern("0000000 rs2 rs1 000 rd 011001"));
    }

    @Test
    void operandsAreIndicesInTheRegisterFile() {
        Instruction add = Decoder.decode(RegisterOp.ADD.encode(10, 11, 12, 0, 0, 0));
        assertEquals(List.of(11, 12, 0, 10), List.of(add.source1(), add.source2(), add.source3(), add.destination()));
        Instruction fma = Decoder.decode(FloatOp.FMADD_D.encode(3, 0, 1, 2, 7, 0));
        assertEquals(List.of(32, 33, 34, 35), List.of(fma.source1(), fma.source2(), fma.source3(), fma.destination()));
        Instruction fsd = Decoder.decode(StoreOp.FSD.encode(0, 2, 8, 0, 0, -8));
        assertEquals(List.of(2, 40, 0, 0), List.of(fsd.source1(), fsd.source2(), fsd.source3(), fsd.destination()));
        Instruction flw = Decoder.decode(LoadOp.FLW.encode(8, 2, 0, 0, 0, 0));
        assertEquals(List.of(2, 0, 0, 40), List.of(flw.source1(), flw.source2(), flw.source3(), flw.destination()));
        Instruction fcvt = Decoder.decode(FloatOp.FCVT_D_L.encode(3, 1, 0, 0, 7, 0));
        assertEquals(List.of(1, 0, 0, 35), List.of(fcvt.source1(), fcvt.source2(), fcvt.source3(), fcvt.destination()));
        // The number in the place of rs1 names no register.
        Instruction csr = Decoder.decode(CsrOp.CSRRWI.encode(7, 6, 0, 0, 0, 0x300));
        assertEquals(List.of(0, 0, 0, 7), List.of(csr.source1(), csr.source2(), csr.source3(), csr.destination()));
    }

    @Test
    void registerSetsFollowTheOperands() {
        assertSets("add", 1L << 11 | 1L << 12, 1L << 10, RegisterOp.ADD.encode(10, 11, 12, 0, 0, 0));
        assertSets("addi", 1L << 2, 1L << 2, ImmediateOp.ADDI.encode(2, 2, 0, 0, 0, -16));
        assertSets("lui", 0, 1L << 5, UpperOp.LUI.encode(5, 0, 0, 0, 0, 0x1000));
        assertSets("sd", 1L << 2 | 1L << 8, 0, StoreOp.SD.encode(0, 2, 8, 0, 0, 0));
        assertSets("fsd", 1L << 2 | 1L << 40, 0, StoreOp.FSD.encode(0, 2, 8, 0, 0, 0));
        assertSets("flw", 1L << 2, 1L << 40, LoadOp.FLW.encode(8, 2, 0, 0, 0, 0));
        assertSets("fmadd.d", 1L << 32 | 1L << 33 | 1L << 34, 1L << 35, FloatOp.FMADD_D.encode(3, 0, 1, 2, 7, 0));
        assertSets("feq.d", 1L << 33 | 1L << 34, 1L << 3, FloatOp.FEQ_D.encode(3, 1, 2, 0, 0, 0));
        assertSets("fcvt.d.l", 1L << 1, 1L << 35, FloatOp.FCVT_D_L.encode(3, 1, 0, 0, 7, 0));
        assertSets("fmv.x.w", 1L << 63, 1L << 31, FloatOp.FMV_X_W.encode(31, 31, 0, 0, 0, 0));
        assertSets("csrrw", 1L << 6, 1L << 7, CsrOp.CSRRW.encode(7, 6, 0, 0, 0, 0x300));
        assertSets("csrrwi", 0, 1L << 7, CsrOp.CSRRWI.encode(7, 6, 0, 0, 0, 0x300));
        assertSets("amoadd", 1L << 4 | 1L << 5, 1L << 3, AtomicOp.AMOADD_W.encode(3, 4, 5, 0, 0, 0));
        assertSets("sfence.vma", 1L << 4 | 1L << 5, 0, SystemOp.SFENCE_VMA.encode(0, 4, 5, 0, 0, 0));
        assertSets("cbo.zero", 1L << 4, 0, SystemOp.CBO_ZERO.encode(0, 4, 0, 0, 0, 0));
        assertSets("fence", 0, 0, 0x0ff5_058f);
    }

    @Test
    void registerSetsNeverHoldX0ButDoHoldF0() {
        for (Operation op : Operation.all()) {
            if (op != SystemOp.ILLEGAL) {
                Instruction instruction = Decoder.decode(op.encode(0, 0, 0, 0, 0, 0));
                assertEquals(0, (instruction.reads() | instruction.writes()) & 0xffff_ffffL, op.name());
                assertEquals(op.format().usesFloat() ? 1L << 32 : 0, instruction.reads() | instruction.writes(),
                        op.name());
            }
        }
    }

    private static void assertSets(String mnemonic, long reads, long writes, int bits) {
        Instruction instruction = Decoder.decode(bits);
        assertEquals(reads, instruction.reads(), () -> "reads of " + instruction);
        assertEquals(writes, instruction.writes(), () -> "writes of " + instruction);
        assertTrue(instruction.op().mnemonic().startsWith(mnemonic), instruction.op().mnemonic());
    }

    @Test
    void memoryOperationsKnowTheirWidthAndFile() {
        for (LoadOp op : LoadOp.values()) {
            assertEquals(1 << (op.pattern().match() >> 12 & 3), op.size(), op.name());
            assertEquals(op.name().startsWith("F"), op.floating(), op.name());
        }
        for (StoreOp op : StoreOp.values()) {
            assertEquals(1 << (op.pattern().match() >> 12 & 3), op.size(), op.name());
            assertEquals(op.name().startsWith("F"), op.floating(), op.name());
        }
        for (AtomicOp op : AtomicOp.values()) {
            assertEquals(1 << (op.pattern().match() >> 12 & 7), op.size(), op.name());
            assertEquals(op.name().startsWith("LR"), op.loadReserved(), op.name());
            assertEquals(op.name().startsWith("SC"), op.storeConditional(), op.name());
        }
        for (FloatOp op : FloatOp.values()) {
            assertEquals(op.name().matches("F(CVT(MOD)?_[WL]U?_|MV_X|EQ|LTQ?_|LEQ?_|CLASS).*"), op.format().writesInteger(), op.name());
        }
    }

    @Test
    void isaStringIsInCanonicalOrder() {
        assertEquals("rv64imafdc_zicbom_zicboz_zicntr_zicond_zicsr_zifencei_zimop_zca_zcb_zcd_zcmop_zba_zbb_zbs"
                + "_sstc_svade_svadu_svinval_svnapot_svpbmt", Extension.isaString(Profile.of(CpuName.COMPARE)));
        assertEquals("rv64im_zicsr_svvptc", Extension.isaString(EnumSet.of(Extension.SVVPTC, Extension.RV_M,
                Extension.RV_I, Extension.ZICSR, Extension.PRIVILEGED)));
        assertEquals(List.of("i", "c", "zba"),
                Extension.names(EnumSet.of(Extension.ZBA, Extension.RV_C, Extension.RV_I)));
    }
}
