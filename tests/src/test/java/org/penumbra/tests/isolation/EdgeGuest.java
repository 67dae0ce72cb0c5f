// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.isolation;

import static org.penumbra.isa.BranchOp.BEQ;
import static org.penumbra.isa.BranchOp.BGEU;
import static org.penumbra.isa.BranchOp.BNE;
import static org.penumbra.isa.CsrOp.CSRRC;
import static org.penumbra.isa.CsrOp.CSRRS;
import static org.penumbra.isa.CsrOp.CSRRW;
import static org.penumbra.isa.LoadOp.LD;
import static org.penumbra.isa.StoreOp.SD;
import static org.penumbra.isa.StoreOp.SW;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.SystemOp;
import org.penumbra.tests.fuzz.Assembler;
import org.penumbra.tests.fuzz.Assembler.Label;

/// A guest that makes accesses one by one and notes for each whether and how it trapped and what it read.
///
/// An access is done with the address in a0, the value to store in a2 and what is read going to a1; or it is a jump.
final class EdgeGuest {
    /// For `@MethodSource`: [#ways()] and [#compiledWays()].
    static final String WAYS = "org.penumbra.tests.isolation.EdgeGuest#ways";
    static final String COMPILED_WAYS = "org.penumbra.tests.isolation.EdgeGuest#compiledWays";
    static final long RAM = 0x8000_0000L;
    /// One page more than a superpage can cover.
    static final int MEMORY = (4 << 20) + 4096;
    static final long END = RAM + MEMORY;
    /// Where page tables of tests may lie, and data.
    static final long TABLES = RAM + 0x18_0000;
    static final long DATA = RAM + 0x20_0000;
    static final int A0 = 10, A1 = 11, A2 = 12;
    /// Cause where an access did not trap.
    static final long NO_TRAP = -1;
    static final long VALUE = 0x1122_3344_5566_7788L;
    static final int USER = 0, SUPERVISOR = 1, MACHINE = 3;

    private static final long CODE = RAM + 0x1000;
    /// What RAM begins with: a jump to the code.
    static final int FIRST_INSTRUCTION = org.penumbra.isa.JumpOp.JAL.encode(0, 0, 0, 0, 0, CODE - RAM);

    private static final long CASES = RAM + 0x1_0000;
    private static final long RESULTS = RAM + 0xc_0000;
    private static final int CASE_SIZE = 40;
    private static final int RESULT_SIZE = 24;
    private static final int MSTATUS = 0x300, MTVEC = 0x305, MENVCFG = 0x30a, SENVCFG = 0x10a, MEPC = 0x341, MCAUSE = 0x342,
            MTVAL = 0x343, SATP = 0x180;
    private static final int MODIFY_PRIVILEGE = 1 << 17, PREVIOUS = 3 << 11;
    private static final long FINISHER = 0x10_0000L;
    private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;

    /// What to do.
    ///
    /// @param satp while it is done
    /// @param mode that the access is made in
    /// @param op   of an access, or null for a jump, which is meant to trap: to an `ecall` if not before
    record Access(long satp, int mode, long address, Operation op) {
    }

    /// What came of it.
    ///
    /// @param cause [#NO_TRAP], or mcause
    record Result(long cause, long value, long read) {
    }

    /// How guests are executed.
    record Way(String engine, String model, boolean compiled) {
        @Override
        public String toString() {
            return engine + (compiled ? ", compiled, " : ", ") + model;
        }
    }

    /// Every model interpreted, and two of them in translated regions and in regions that Truffle interprets.
    static List<Way> ways() {
        List<Way> ways = new ArrayList<>();
        for (String model : org.penumbra.paging.Models.names()) {
            ways.add(new Way("interpreter", model, false));
        }
        ways.add(new Way("translated", "native", false));
        ways.add(new Way("translated", "ssp", false));
        ways.add(new Way("immediate", "native", false));
        ways.add(new Way("immediate", "ssp", false));
        return ways;
    }

    /// Those of compiled code.
    static List<Way> compiledWays() {
        return List.of(new Way("default", "native", true), new Way("default", "ssp", true));
    }

    /// What a run left: the results of all accesses in order, and RAM.
    record Run(List<Result> results, byte[] memory) {
        long longAt(long gpa) {
            return ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN).getLong((int) (gpa - RAM));
        }
    }

    private final ByteBuffer image = ByteBuffer.allocate(MEMORY - 4096).order(ByteOrder.LITTLE_ENDIAN);
    private final List<Access> accesses = new ArrayList<>();
    private Consumer<Assembler> setup = a -> { };

    EdgeGuest() {
        for (int i = 0x20_0000; i < image.capacity(); i += 8) {
            image.putLong(i, pattern(RAM + i));
        }
    }

    /// What data holds at the start.
    static long pattern(long gpa) {
        return gpa * MULTIPLIER;
    }

    /// Puts a double word into RAM before the start; not into the last page.
    void put(long gpa, long value) {
        image.putLong((int) (gpa - RAM), value);
    }

    /// Lets all modes access all memory, as far as protection goes.
    static void openAll(Assembler a) {
        a.addi(5, 0, -1);
        a.csr(CSRRW, 0, 0x3b0, 5);
        a.addi(5, 0, 0x1f);
        a.csr(CSRRW, 0, 0x3a0, 5);
    }

    /// Instructions executed first, in machine mode; they may use t0 and t1.
    void setup(Consumer<Assembler> instructions) {
        setup = instructions;
    }

    void add(Access access) {
        accesses.add(access);
    }

    List<Access> accesses() {
        return accesses;
    }

    /// @param repetitions of the whole; the results are those of the last
    Run run(Way way, int repetitions) {
        byte[] bytes = image(repetitions);
        var log = new ByteArrayOutputStream();
        var builder = Context.newBuilder("riscv").allowExperimentalOptions(true).option("riscv.memory", MEMORY / 1024 + "K")
                .option("riscv.model", way.model).option("riscv.engine", way.engine).option("riscv.max-instructions", "100000000")
                .option("riscv.mmu", "sv57").option("engine.MultiTier", "false").option("engine.BackgroundCompilation", "false")
                .option("engine.CompilationFailureAction", "Print").option("riscv.raw", "true").logHandler(log)
                .in(InputStream.nullInputStream()).out(log);
        if (way.compiled) {
            builder.option("riscv.eager", "true");
        } else {
            builder.option("engine.Compilation", "false");
        }
        try (Context context = builder.build()) {
            Value machine = context.eval(Source.newBuilder("riscv", ByteSequence.create(bytes), "edges")
                    .mimeType("application/x-riscv-elf").build());
            int status;
            try {
                status = machine.invokeMember("run").asInt();
            } catch (PolyglotException e) {
                throw new AssertionError(way + ": " + e.getMessage(), e);
            }
            if (status != 0 || log.size() != 0) {
                throw new AssertionError(way + ": status " + status + " " + log.toString(StandardCharsets.UTF_8));
            }
            Value compiler = machine.getMember("statistics").getMember("compiler");
            if (way.compiled && compiler.getMember("regions").asInt() == 0) {
                throw new AssertionError(way + ": nothing was compiled, " + compiler.getMember("translatedRegions")
                        + " regions translated and entered " + compiler.getMember("translatedEntries") + " times");
            }
            byte[] memory = new byte[MEMORY];
            machine.getMember("memory").readBuffer(0, memory, 0, memory.length);
            ByteBuffer view = ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN).position((int) (RESULTS - RAM));
            List<Result> results = new ArrayList<>();
            for (int i = 0; i < accesses.size(); i++) {
                results.add(new Result(view.getLong(), view.getLong(), view.getLong()));
            }
            return new Run(results, memory);
        } catch (IOException e) {
            throw new AssertionError("a source of bytes reads no file", e);
        }
    }

    private byte[] image(int repetitions) {
        if (CASES + CASE_SIZE * accesses.size() > RESULTS || RESULTS + RESULT_SIZE * accesses.size() > TABLES) {
            throw new IllegalStateException("too many accesses");
        }
        List<Operation> ops = accesses.stream().map(Access::op).distinct().toList();
        long[] routines = new long[ops.size()];
        var a = new Assembler(CODE);
        var handler = new Label();
        a.address(5, handler);
        a.csr(CSRRW, 0, MTVEC, 5);
        fillLastPage(a);
        setup.accept(a);
        a.constant(5, 3 << 13);
        a.csr(CSRRS, 0, MSTATUS, 5);
        a.constant(5, 1L << 61 | 0xf0);
        a.csr(CSRRW, 0, MENVCFG, 5);
        a.constant(5, 0xf0);
        a.csr(CSRRW, 0, SENVCFG, 5);
        a.constant(A2, VALUE);
        a.constant(27, repetitions);
        var again = new Label();
        a.place(again);
        cases(a);
        a.addi(27, 27, -1);
        a.branch(BNE, 27, 0, again);
        a.constant(5, FINISHER);
        a.constant(6, 0x5555);
        a.store(SW, 6, 0, 5);
        a.align(4);
        a.place(handler);
        handler(a);
        for (int i = 0; i < routines.length; i++) {
            a.align(8);
            routines[i] = a.address();
            routine(a, ops.get(i));
        }
        byte[] code = a.finish();
        image.put((int) (CODE - RAM), code);
        image.putInt(0, FIRST_INSTRUCTION);
        image.position((int) (CASES - RAM));
        for (Access access : accesses) {
            long status = access.op == null ? (long) access.mode << 11
                    : access.mode == MACHINE ? 0 : MODIFY_PRIVILEGE | (long) access.mode << 11;
            image.putLong(access.satp).putLong(status).putLong(access.address).putLong(routines[ops.indexOf(access.op)]).putLong(0);
        }
        return image.array();
    }

    /// Puts the pattern where the machine has put the device tree.
    private static void fillLastPage(Assembler a) {
        var again = new Label();
        a.constant(5, END - 4096);
        a.constant(6, END);
        a.constant(7, MULTIPLIER);
        a.place(again);
        a.register(org.penumbra.isa.RegisterOp.MUL, 8, 5, 7);
        a.store(SD, 8, 0, 5);
        a.addi(5, 5, 8);
        a.branch(BNE, 5, 6, again);
    }

    /// Goes through all cases once.
    private void cases(Assembler a) {
        var next = new Label();
        var same = new Label();
        a.constant(8, CASES);
        a.constant(9, RESULTS);
        a.constant(26, CASES + (long) CASE_SIZE * accesses.size());
        a.addi(28, 0, -1);
        a.place(next);
        a.load(LD, 5, 0, 8);
        a.branch(BEQ, 5, 28, same);
        a.csr(CSRRW, 0, SATP, 5);
        a.system(SystemOp.SFENCE_VMA);
        a.addi(28, 5, 0);
        a.place(same);
        a.load(LD, 6, 8, 8);
        a.load(LD, A0, 16, 8);
        a.load(LD, 7, 24, 8);
        a.addi(18, 0, NO_TRAP);
        a.addi(19, 0, 0);
        a.addi(A1, 0, 0);
        var after = new Label();
        a.address(20, after);
        var bare = new Label();
        a.branch(BEQ, 6, 0, bare);
        a.csr(CSRRS, 0, MSTATUS, 6);
        a.place(bare);
        a.jumpRegister(1, 7);
        a.place(after);
        var plain = new Label();
        a.branch(BEQ, 6, 0, plain);
        a.constant(5, MODIFY_PRIVILEGE | PREVIOUS);
        a.csr(CSRRC, 0, MSTATUS, 5);
        a.place(plain);
        a.store(SD, 18, 0, 9);
        a.store(SD, 19, 8, 9);
        a.store(SD, A1, 16, 9);
        a.addi(8, 8, CASE_SIZE);
        a.addi(9, 9, RESULT_SIZE);
        a.branch(BNE, 8, 26, next);
    }

    /// Goes on behind the access, or after the case where the fetch or a call was it.
    private static void handler(Assembler a) {
        a.csr(CSRRS, 18, MCAUSE, 0);
        a.csr(CSRRS, 19, MTVAL, 0);
        a.csr(CSRRS, 5, MEPC, 0);
        var onward = new Label();
        var access = new Label();
        for (int cause : new int[] {0, 1, 12}) {
            a.addi(30, 0, cause);
            a.branch(BEQ, 18, 30, onward);
        }
        a.addi(30, 0, 12);
        a.branch(BGEU, 18, 30, access);
        a.addi(30, 0, 8);
        a.branch(BGEU, 18, 30, onward);
        a.place(access);
        a.addi(5, 5, 4);
        var done = new Label();
        a.jump(0, done);
        a.place(onward);
        a.addi(5, 20, 0);
        a.place(done);
        a.csr(CSRRW, 0, MEPC, 5);
        a.constant(5, PREVIOUS);
        a.csr(CSRRS, 0, MSTATUS, 5);
        a.system(SystemOp.MRET);
    }

    private static void routine(Assembler a, Operation op) {
        if (op == null) {
            a.csr(CSRRW, 0, MEPC, A0);
            a.system(SystemOp.MRET);
            return;
        }
        if (op.format().writesFloat() && !op.format().writesInteger()) {
            a.op(op, 1, A0, 0, 0);
            a.word(org.penumbra.isa.FloatOp.FMV_X_D.encode(A1, 1, 0, 0, 0, 0));
        } else if (op.format().readsFloatRs2()) {
            a.word(org.penumbra.isa.FloatOp.FMV_D_X.encode(1, A2, 0, 0, 0, 0));
            a.op(op, 0, A0, 1, 0);
        } else {
            a.op(op, op.format().writesInteger() ? A1 : 0, A0, op.format().readsIntegerRs2() ? A2 : 0, 0);
        }
        a.immediate(ImmediateOp.ADDI, 0, 0, 0);
        a.jumpRegister(0, 1);
    }
}
