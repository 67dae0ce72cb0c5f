// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.isolation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.hart.GuestAssembler;
import org.penumbra.isa.Decoder;
import org.penumbra.isa.Operation;
import org.penumbra.isa.Profile;
import org.penumbra.isa.SystemOp;
import org.penumbra.options.CpuName;

/// Bare guests that use extensions of a hart, in each way of executing code: interpreted, translated, as Truffle's nodes,
/// and compiled once hot. What they leave is worked out by hand or by Java.
@Timeout(300)
final class ExtensionsTest {
    private static final long RAM = 0x8000_0000L;
    private static final long DATA = RAM + 0x8_0000;
    private static final int MEMORY = 4 << 20;
    private static final int ILLEGAL = 2;
    /// On a0: `c.zext.b`, `c.sext.b`, `c.zext.h`, `c.sext.h`, `c.zext.w`, `c.not`, `c.mul`; and `c.mop.1`.
    private static final int[] COMPRESSED = {0x9d61, 0x9d65, 0x9d69, 0x9d6d, 0x9d71, 0x9d75, 0x9d41, 0x6081};

    /// A way of executing guest code.
    record Way(String engine, boolean compiled) {
        @Override
        public String toString() {
            return engine + (compiled ? ", compiled" : "");
        }
    }

    static List<Way> ways() {
        return List.of(new Way("interpreter", false), new Way("translated", false), new Way("immediate", false),
                new Way("default", true));
    }

    /// What begins each guest: a handler that keeps mcause, mtval and mepc of the last trap in s9, s10 and s11, adds one
    /// to s8 and goes on behind the instruction, which is four bytes long; floating point is on.
    private static final String START = """
                la t0, handler
                csrw mtvec, t0
                li t0, 0x6000
                csrs mstatus, t0
                li t0, -1
                csrw pmpaddr0, t0
                li t0, 0x1f
                csrw pmpcfg0, t0
                li s0, DATA
                li s8, 0
                j start
            .align 4
            handler:
                csrr s9, mcause
                csrr s10, mtval
                csrr s11, mepc
                addi s8, s8, 1
                addi t6, s11, 4
                csrw mepc, t6
                mret
            start:
            """;
    private static final String END = """

                li t0, 0x100000
                li t1, 0x5555
                sw t1, 0(t0)
            """;

    /// The first `count` double words of the data that a guest leaves.
    private static long[] run(Way way, String cpu, int harts, int count, String text) {
        byte[] code = GuestAssembler.at(RAM).define("DATA", DATA).assemble(START + text + END);
        var log = new ByteArrayOutputStream();
        var builder = Context.newBuilder("riscv").allowExperimentalOptions(true).option("riscv.memory", MEMORY / 1024 + "K")
                .option("riscv.engine", way.engine).option("riscv.max-instructions", "200000000").option("riscv.cpu", cpu)
                .option("riscv.harts", Integer.toString(harts)).option("riscv.mmu", "sv57")
                .option("engine.MultiTier", "false").option("engine.BackgroundCompilation", "false")
                .option("engine.CompilationFailureAction", "Print").option("riscv.raw", "true").logHandler(log)
                .in(InputStream.nullInputStream()).out(log);
        if (way.compiled) {
            builder.option("riscv.eager", "true");
        } else {
            builder.option("engine.Compilation", "false");
        }
        try (Context context = builder.build()) {
            Value machine = context.eval(Source.newBuilder("riscv", ByteSequence.create(code), "extensions")
                    .mimeType("application/x-riscv-elf").build());
            assertEquals(0, machine.invokeMember("run").asInt(), () -> way + " " + log.toString(StandardCharsets.UTF_8));
            assertEquals("", log.toString(StandardCharsets.UTF_8), way::toString);
            byte[] memory = new byte[8 * count];
            machine.getMember("memory").readBuffer(DATA - RAM, memory, 0, memory.length);
            long[] values = new long[count];
            ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(values);
            return values;
        } catch (IOException e) {
            throw new AssertionError("a source of bytes reads no file", e);
        }
    }

    private static void check(Way way, long[] expected, String text) {
        assertArrayEquals(expected, run(way, "max", 1, expected.length, text), way::toString);
    }

    private static List<Object[]> cpus() {
        var cases = new ArrayList<Object[]>();
        for (CpuName cpu : List.of(CpuName.RV64GC, CpuName.RVA20S64, CpuName.RVA22S64, CpuName.SCALAR,
                CpuName.MAX)) {
            for (Way way : ways()) {
                cases.add(new Object[] {cpu, way});
            }
        }
        return cases;
    }

    /// One instruction of each row: those of extensions that are off, and no others, are illegal.
    @ParameterizedTest
    @MethodSource("cpus")
    void instructionsOfExtensionsThatAreOffAreIllegal(CpuName cpu, Way way) {
        var words = new ArrayList<Integer>();
        var absent = new ArrayList<Boolean>();
        var has = Profile.of(cpu);
        for (Operation op : Operation.all()) {
            // Registers that hold 0: accesses go to address 0, where nothing is, and that is another trap.
            boolean harmless = switch (op.row().format()) {
                case BRANCH, JUMP, JUMP_REGISTER, CSR, CSR_IMMEDIATE -> false;
                default -> op != SystemOp.ILLEGAL && op != SystemOp.MRET && op != SystemOp.SRET && op != SystemOp.WFI;
            };
            if (harmless) {
                words.add(op.encode(0, 0, 0, 0, 0, 0));
                absent.add(!has.contains(op.extension()));
            }
        }
        // Two compressed ones make a word: where the first is illegal, the second is passed over.
        for (int half : COMPRESSED) {
            words.add(half | 0x0001 << 16);
            absent.add(!has.contains(Decoder.extension(half)));
        }
        var text = new StringBuilder("mv s1, s0\nli s2, 3\nrounds:\nmv s0, s1\n");
        for (int word : words) {
            text.append("li s9, 0\n.word ").append(Integer.toUnsignedString(word)).append("\nsd s9, 0(s0)\naddi s0, s0, 8\n");
        }
        text.append("addi s2, s2, -1\nbeqz s2, over\nj rounds\nover:\n");
        long[] causes = run(way, cpu.name(), 1, words.size(), text.toString());
        var wrong = new ArrayList<String>();
        for (int i = 0; i < causes.length; i++) {
            if ((causes[i] == ILLEGAL) != absent.get(i)) {
                wrong.add("%08x: cause %d".formatted(words.get(i), causes[i]));
            }
        }
        assertEquals(List.of(), wrong, () -> cpu + " " + way);
        assertEquals(cpu != CpuName.MAX, absent.contains(true), () -> "nothing was off in " + cpu);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void compareAndSwapStoresWhereMemoryHoldsWhatRdDoes(Way way) {
        check(way, new long[] {2000, 0x1111_1111_0000_07d0L, 0, 7, 8, 1, 0xffff_ff85L << 32 | 5, 0xffff_ffff_ffff_ff85L}, """
                li t1, 0x1111111100000000
                sd t1, 8(s0)
                li s3, 2000
            loop:
                ld t1, 0(s0)         # counts by compare-and-swap
            again:
                mv t2, t1
                addi t3, t1, 1
                amocas.d t2, t3, (s0)
                beq t2, t1, done
                mv t1, t2
                j again
            done:
                addi a1, s0, 8
                lw t2, 0(a1)
                addiw t3, t2, 1
                amocas.w t2, t3, (a1)
                addi t2, t2, 1000    # another value than memory's: nothing is stored
                addi t3, t2, 9
                amocas.w t2, t3, (a1)
                addi s3, s3, -1
                bnez s3, loop
                addi a1, s0, 16      # a pair, which matches, and one whose upper half does not
                li a2, 0
                li a3, 0
                li a4, 6
                li a5, 8
                amocas.q a2, a4, (a1)
                li a2, 6
                li a3, 9
                li a4, 1
                li a5, 1
                amocas.q a2, a4, (a1)
                sd a2, 40(s0)        # 6
                li a4, 0
                li a5, 0
                amocas.q zero, zero, (a1)
                ld t1, 16(s0)
                addi t1, t1, 1
                sd t1, 24(s0)
                sd zero, 16(s0)
                sd a3, 32(s0)
                li t1, 1
                sd t1, 40(s0)
                li t1, 0x85          # bytes: rd is compared as a byte, and gets memory's sign-extended
                sb t1, 52(s0)
                addi a1, s0, 52
                li t2, 0x1085
                li t3, 0x85
                amocas.b t2, t3, (a1)
                sd t2, 56(s0)
                li t1, 0xffffff85
                sw t1, 52(s0)
                li t1, 5
                sw t1, 48(s0)
            """);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void atomicOperationsOnPartsOfAWordLeaveTheRestAlone(Way way) {
        check(way, new long[] {0x1122_7f44_5566_7d88L, 0xffff_ffff_ffff_ff85L, 0xffff_ffff_ffff_8000L, 2, 6},
                """
                li s3, 400
            loop:
                li t1, 0x1122334455667788
                sd t1, 0(s0)
                addi a1, s0, 1
                li t2, -128
                amoswap.b t3, t2, (a1)    # 0x77 out, 0x80 in
                li t2, 5
                amoadd.b t3, t2, (a1)     # 0x85
                amomaxu.b t3, t2, (a1)    # stays
                sd t3, 8(s0)
                li t2, 0x7d
                amomin.b t3, t2, (a1)     # stays, being negative
                amomax.b t3, t2, (a1)     # 0x7d
                addi a1, s0, 4
                li t2, 0x8000
                amoswap.h t3, t2, (a1)
                amoor.h t3, t2, (a1)
                sd t3, 16(s0)
                li t2, 0x7f44
                amomax.h t3, t2, (a1)
                li s8, 0
                addi a1, s0, 1
                amoadd.h t3, t2, (a1)     # misaligned
                addi a1, s0, 3
                amocas.h t3, t2, (a1)
                sd s8, 24(s0)
                sd s9, 32(s0)
                addi s3, s3, -1
                bnez s3, loop
            """);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void halvesAreLoadedComputedAndStored(Way way) {
        // 1 + 1/2 + ... in halves, ten times over, and what the flags say.
        float sum = 0;
        for (int i = 1; i <= 600; i++) {
            float term = Float.float16ToFloat(Float.floatToFloat16(1f / i));
            sum = Float.float16ToFloat(Float.floatToFloat16(sum + term));
        }
        long half = Float.floatToFloat16(sum) & 0xffff;
        check(way, new long[] {half, 0xffff_ffff_ffff_0000L | half, Float.floatToRawIntBits(sum), 1, 3, 0x3c00, 1 << 6}, """
                csrw fcsr, zero
                fmv.h.x f1, zero
                li t0, 0x3c00
                fmv.h.x f2, t0
                li s3, 1
                li s4, 601
            loop:
                fcvt.h.w f3, s3
                fdiv.h f3, f2, f3
                fadd.h f1, f1, f3
                addi s3, s3, 1
                bne s3, s4, loop
                sd zero, 0(s0)
                fsh f1, 0(s0)
                flh f4, 0(s0)
                fsd f4, 8(s0)
                fcvt.s.h f5, f4
                sd zero, 16(s0)
                fsw f5, 16(s0)
                csrr t0, fflags
                sd t0, 24(s0)
                fli.h f6, 22        # 3
                fcvt.w.h t0, f6
                sd t0, 32(s0)
                fmv.x.h t0, f2
                sd t0, 40(s0)
                fclass.h t0, f2
                sd t0, 48(s0)
            """);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void additionalFloatOperationsWorkInLoops(Way way) {
        long sum = 0;
        for (int i = 0; i < 3000; i++) {
            sum += (long) Math.rint(i * 0.4375) + (int) (long) (i * 0x1p31);
        }
        check(way, new long[] {sum, Double.doubleToRawLongBits(2.5), 0x7ff8_0000_0000_0000L, 16, 1}, """
                fli.d f1, 11         # 0.4375
                fli.d f4, 30
                li t0, 0x41e0000000000000 # 2^31
                fmv.d.x f4, t0
                li s3, 0
                li s4, 3000
                li s5, 0
            loop:
                fcvt.d.l f2, s3
                fmul.d f3, f2, f1
                fround.d f3, f3, rne
                fcvt.l.d t0, f3, rtz
                add s5, s5, t0
                fmul.d f3, f2, f4
                fcvtmod.w.d t0, f3
                add s5, s5, t0
                addi s3, s3, 1
                bne s3, s4, loop
                sd s5, 0(s0)
                fli.d f5, 21
                fsd f5, 8(s0)
                csrw fflags, zero
                li t0, 0x7ff0000000000001
                fmv.d.x f6, t0
                fminm.d f7, f5, f6
                fsd f7, 16(s0)
                csrr t0, fflags
                sd t0, 24(s0)
                fleq.d t0, f5, f5
                sd t0, 32(s0)
            """);
    }

    /// Two harts: the second waits for what the first stores, by a reservation and `wrs`.
    @ParameterizedTest
    @MethodSource("ways")
    void hartsWaitOnReservations(Way way) {
        long[] left = run(way, "max", 2, 2, """
                csrr t0, mhartid
                bnez t0, waiter
                li s3, 30000
            spin:
                addi s3, s3, -1
                bnez s3, spin
                li t1, 5
                sd t1, 0(s0)
            finish:
                ld t1, 8(s0)
                beqz t1, finish
                j end
            waiter:
                lr.d t1, (s0)
                bnez t1, woken
                wrs.nto
                wrs.sto
                j waiter
            woken:
                addi t1, t1, 1
                sd t1, 8(s0)
            stay:
                wfi
                j stay
            end:
            """);
        assertArrayEquals(new long[] {5, 6}, left, way::toString);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void hintsDoNothing(Way way) {
        check(way, new long[] {0}, """
                li s3, 500
            loop:
                .word 0x00006013, 0x00106013, 0x00306013   # prefetch.i, .r, .w of address 0
                .word 0x00200033, 0x00500033               # ntl.p1, ntl.all
                .word 0x0100000f                           # pause
                addi s3, s3, -1
                bnez s3, loop
                sd s8, 0(s0)
            """);
    }

    /// A loop that switches floating point off in its middle, where compiled code relied on its being on.
    @ParameterizedTest
    @MethodSource("ways")
    void floatingPointIsOffWithinALoop(Way way) {
        long[] left = run(way, "max", 1, 3, """
                li s3, 20000
                li s4, 0
                li s5, 0x6000         # FS
            loop:
                fcvt.d.l f1, s3
                csrc mstatus, s5
                fmv.x.d t1, f1        # illegal
                csrs mstatus, s5
                add s4, s4, s3
                addi s3, s3, -1
                bnez s3, loop
                sd s8, 0(s0)
                sd s4, 8(s0)
                sd s9, 16(s0)
            """);
        assertArrayEquals(new long[] {20000, 20000L * 20001 / 2, ILLEGAL}, left);
    }

    /// A loop in which MPRV decides which of two translations its loads have, though their address is the same.
    @ParameterizedTest
    @MethodSource("ways")
    void translationChangesWithinALoop(Way way) {
        long[] left = run(way, "max", 1, 2, """
                li t1, 0x1000         # a table whose only entry, for 2 GiB on, is the table behind it
                add t1, t1, s0
                li t2, 0x1000
                add t2, t2, t1
                srli t3, t2, 2
                ori t3, t3, 1
                sd t3, 16(t1)
                li t3, 0x200800c7     # there, the first 2 MiB are those behind them: D, A, W, R, V
                sd t3, 0(t2)
                srli t1, t1, 12
                li t3, 8
                slli t3, t3, 60
                or t1, t1, t3
                csrw satp, t1
                sfence.vma x0, x0
                li t1, 5
                sd t1, 0(s0)
                li t2, 0x200000
                add t2, t2, s0
                li t1, 7
                sd t1, 0(t2)
                li t1, 0x1800         # MPP: supervisor
                csrc mstatus, t1
                li t1, 0x800
                csrs mstatus, t1
                li s3, 20000
                li s4, 0
                li s5, 0
                li s6, 0x20000        # MPRV
            loop:
                ld t1, 0(s0)
                add s4, s4, t1
                csrs mstatus, s6
                ld t1, 0(s0)
                add s5, s5, t1
                csrc mstatus, s6
                addi s3, s3, -1
                bnez s3, loop
                sd s4, 0(s0)
                sd s5, 8(s0)
            """);
        assertArrayEquals(new long[] {5 * 20000, 7 * 20000}, left);
    }

    /// The counter overflows after the same instruction in every way, however long the compiled loops are.
    @ParameterizedTest
    @MethodSource("ways")
    void overflowOfACounterInterruptsAtTheInstruction(Way way) {
        long[] left = run(way, "max", 1, 6, """
                la t0, overflowed
                csrw mtvec, t0
                li t0, 0x2000         # LCOFI
                csrw mie, t0
                li t0, -10007
                csrw mhpmcounter3, t0
                li t0, 2              # instructions
                csrw mhpmevent3, t0
                csrsi mstatus, 8
                li s3, 100000
                li s4, 0
            loop:
                addi s4, s4, 3
                xor s5, s4, s3
                addi s3, s3, -1
                bnez s3, loop
                j end
            .align 4
            overflowed:
                csrr t0, mcause
                sd t0, 0(s0)
                sd s4, 8(s0)
                csrr t0, mhpmcounter3
                sd t0, 16(s0)
                csrr t0, scountovf
                sd t0, 24(s0)
                csrr t0, mip
                sd t0, 32(s0)
                csrr t0, mhpmevent3
                srli t0, t0, 63
                sd t0, 40(s0)
                li s3, 1
                li t0, 0x2000
                csrc mip, t0
                mret
            end:
            """);
        // After the counter starts: csrsi, li s3 (2 words), li s4, then four instructions a round.
        assertEquals(1L << 63 | 13, left[0]);
        long rounds = (10007 - 4) / 4;
        assertEquals(3 * (rounds + ((10007 - 4) % 4 > 0 ? 1 : 0)), left[1]);
        assertEquals(3, left[2], "instructions since the overflow: csrr, sd, sd");
        assertEquals(8, left[3]);
        assertTrue((left[4] & 0x2000) != 0);
        assertEquals(1, left[5]);
    }

    /// A counter that runs in user mode only overflows there, though calls and returns make it start and stop.
    @ParameterizedTest
    @MethodSource("ways")
    void counterOfOneModeOverflowsThere(Way way) {
        long[] left = run(way, "max", 1, 3, """
                la t0, trapped
                csrw mtvec, t0
                li t0, 0x2000         # LCOFI
                csrw mie, t0
                li t0, -10007
                csrw mhpmcounter3, t0
                li t0, 0x4000000000000002 # instructions, not in machine mode
                csrw mhpmevent3, t0
                la t0, user
                csrw mepc, t0
                li t0, 0x1800
                csrc mstatus, t0
                mret
            user:
                ecall
                li s3, 100000
                li s4, 0
            loop:
                addi s4, s4, 3
                xor s5, s4, s3
                addi s3, s3, -1
                bnez s3, loop
            .align 4
            trapped:
                csrr t0, mcause
                blt t0, zero, overflowed
                csrr t0, mepc
                addi t0, t0, 4
                csrw mepc, t0
                mret
            overflowed:
                sd t0, 0(s0)
                sd s4, 8(s0)
                csrr t0, mhpmcounter3
                sd t0, 16(s0)
            """);
        // The call does not retire; li s3 (2 words), li s4, then four instructions a round.
        assertEquals(1L << 63 | 13, left[0]);
        long rounds = (10007 - 3) / 4;
        assertEquals(3 * (rounds + ((10007 - 3) % 4 > 0 ? 1 : 0)), left[1]);
        assertEquals(0, left[2]);
    }

    /// Instructions of each mode, and TLB misses, by counters that leave the other mode out.
    @ParameterizedTest
    @MethodSource("ways")
    void countersLeaveModesOutAndCountMisses(Way way) {
        long[] left = run(way, "max", 1, 4, """
                li t0, 0x1000000000000002 # instructions, not in user mode
                csrw mhpmevent3, t0
                li t0, 0x4000000000000002 # instructions, not in machine mode
                csrw mhpmevent4, t0
                li t0, 3                  # loads that miss the TLB
                csrw mhpmevent5, t0
                csrw mhpmcounter3, zero
                csrw mhpmcounter4, zero
                csrw mhpmcounter5, zero
                la t0, back
                csrw mtvec, t0
                la t0, user
                csrw mepc, t0
                li t0, 0x1800
                csrc mstatus, t0
                mret
            user:
                li s3, 1000
                mv s4, s0
                li s5, 4096
            loop:
                ld t1, 0(s4)
                add s4, s4, s5
                addi s3, s3, -1
                andi t1, s3, 7
                bnez t1, loop
                mv s4, s0
                bnez s3, loop
                ecall
            .align 4
            back:
                csrr t0, mhpmcounter3
                csrr t1, mhpmcounter4
                csrr t2, mhpmcounter5
                sd t0, 0(s0)
                sd t1, 8(s0)
                sd t2, 16(s0)
            """);
        // Machine mode: counter4, counter5, la (2), csrw, la (2), csrw, li (2), csrc, mret, and csrr back again.
        assertEquals(12, left[0]);
        assertEquals(1 + 1 + 2 + 5 * 1000 + 2 * 125, left[1]);
        assertEquals(8, left[2], "pages touched");
    }

    /// Addresses with tags, in user mode under Sv39 and bare; off, and with 7 and 16 bits.
    @ParameterizedTest
    @MethodSource("ways")
    void pointerMaskingIgnoresTheUpperBits(Way way) {
        long[] left = run(way, "max", 1, 12, """
                # A gigapage at 0x80000000, for the user.
                li t0, 0x80100000
                li t1, 0x200000df
                sd t1, 16(t0)
                li t1, 0x8000000000080100
                csrw satp, t1
                sfence.vma zero, zero
                la t0, trapped
                csrw mtvec, t0
                la s6, user
                li s7, 0              # round: PMM of senvcfg
            next:
                slli t0, s7, 32
                csrw senvcfg, t0
                csrw mepc, s6
                li t0, 0x1800
                csrc mstatus, t0
                li s9, 0
                mret
            user:
                li s3, 300
                li t2, 0xaa00000000000000
                or s4, s0, t2
                li t2, 0x00aa000000000000
                or s5, s0, t2
            tagged:
                ld t1, 96(s4)
                sd s3, 96(s4)
                amoadd.d t1, s3, (s4)
                addi s3, s3, -1
                bnez s3, tagged
                ld t1, 0(s5)
                ecall
            .align 4
            trapped:
                csrr t0, mcause
                csrr t1, mtval
                slli t2, s7, 4
                add t2, t2, s0
                sd t0, 8(t2)
                sd t1, 16(t2)
                addi s7, s7, 2
                li t0, 2
                beq s7, t0, next
                li t0, 4
                beq s7, t0, sixteen
                j end
            sixteen:
                li s7, 3
                j next
            end:
                ld t0, 0(s0)
                sd t0, 0(s0)
            """);
        // Off: the first tagged load faults at its address. 7 bits: the other tag is left. 16 bits: no fault.
        assertEquals(13, left[1]);
        assertEquals(0xaa00_0000_0000_0000L | DATA + 96, left[2]);
        assertEquals(13, left[5]);
        assertEquals(0x00aa_0000_0000_0000L | DATA, left[6]);
        assertEquals(8, left[7]);
        assertEquals(2 * 300 * 301 / 2, left[0]);
    }
}
