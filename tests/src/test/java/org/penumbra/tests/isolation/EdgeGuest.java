// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.isolation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.penumbra.hart.GuestAssembler;
import org.penumbra.isa.Assembler;
import org.penumbra.isa.Operation;

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
    /// Cause where an access did not trap.
    static final long NO_TRAP = -1;
    static final long VALUE = 0x1122_3344_5566_7788L;
    static final int USER = 0, SUPERVISOR = 1, MACHINE = 3;

    private static final int A0 = 10, A1 = 11, A2 = 12;
    private static final long CODE = RAM + 0x1000;
    /// What RAM begins with: a jump to the code.
    static final int FIRST_INSTRUCTION = ByteBuffer.wrap(GuestAssembler.assemble(RAM, "j " + CODE))
            .order(ByteOrder.LITTLE_ENDIAN).getInt();

    private static final long CASES = RAM + 0x1_0000;
    private static final long RESULTS = RAM + 0xc_0000;
    private static final int CASE_SIZE = 40;
    private static final int RESULT_SIZE = 24;
    private static final int MODIFY_PRIVILEGE = 1 << 17, PREVIOUS = 3 << 11;
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
    private String setup = "";

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
    static final String OPEN_ALL = """
            li t0, -1
            csrw pmpaddr0, t0
            li t0, 0x1f
            csrw pmpcfg0, t0
            """;

    /// Text of instructions executed first, in machine mode; they may use t0 and t1.
    void setup(String text) {
        setup = text;
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
        var routines = new StringBuilder();
        for (int i = 0; i < ops.size(); i++) {
            routines.append(".align 8\nroutine").append(i).append(":\n").append(routine(ops.get(i)));
        }
        Assembler assembler = GuestAssembler.at(CODE).define("CASES", CASES).define("RESULTS", RESULTS)
                .define("CASES_END", CASES + (long) CASE_SIZE * accesses.size()).define("CASE_SIZE", CASE_SIZE)
                .define("RESULT_SIZE", RESULT_SIZE).define("REPETITIONS", repetitions).define("VALUE", VALUE)
                .define("LAST_PAGE", END - 4096).define("END", END).define("MULTIPLIER", MULTIPLIER)
                .define("NO_TRAP", NO_TRAP).define("PREVIOUS", PREVIOUS).define("CHANGED", MODIFY_PRIVILEGE | PREVIOUS);
        byte[] code = assembler.assemble(START.formatted(setup) + EVERY_CASE + HANDLER + routines);
        image.put((int) (CODE - RAM), code);
        image.putInt(0, FIRST_INSTRUCTION);
        image.position((int) (CASES - RAM));
        for (Access access : accesses) {
            long status = access.op == null ? (long) access.mode << 11
                    : access.mode == MACHINE ? 0 : MODIFY_PRIVILEGE | (long) access.mode << 11;
            image.putLong(access.satp).putLong(status).putLong(access.address)
                    .putLong(assembler.value("routine" + ops.indexOf(access.op))).putLong(0);
        }
        return image.array();
    }

    private static final String START = """
                la t0, handler
                csrw mtvec, t0
                # Puts the pattern where the machine has put the device tree.
                li t0, LAST_PAGE
                li t1, END
                li t2, MULTIPLIER
            fill:
                mul s0, t0, t2
                sd s0, 0(t0)
                addi t0, t0, 8
                bne t0, t1, fill
            %s
                li t0, 0x6000 # mstatus.FS
                csrs mstatus, t0
                li t0, 0x20000000000000f0 # ADUE and cache-block operations
                csrw menvcfg, t0
                li t0, 0xf0
                csrw senvcfg, t0
                li a2, VALUE
                li s11, REPETITIONS
            """;

    /// Goes through all cases, as often as wanted, and ends the run.
    private static final String EVERY_CASE = """
            again:
                li s0, CASES
                li s1, RESULTS
                li s10, CASES_END
                li t3, -1 # the last satp
            next:
                ld t0, 0(s0)
                beq t0, t3, same
                csrw satp, t0
                sfence.vma zero, zero
                mv t3, t0
            same:
                ld t1, 8(s0)
                ld a0, 16(s0)
                ld t2, 24(s0)
                li s2, NO_TRAP
                li s3, 0
                li a1, 0
                la s4, after
                beqz t1, bare
                csrs mstatus, t1
            bare:
                jalr ra, 0(t2)
            after:
                beqz t1, plain
                li t0, CHANGED
                csrc mstatus, t0
            plain:
                sd s2, 0(s1)
                sd s3, 8(s1)
                sd a1, 16(s1)
                addi s0, s0, CASE_SIZE
                addi s1, s1, RESULT_SIZE
                bne s0, s10, next
                addi s11, s11, -1
                bnez s11, again
                li t0, 0x100000
                li t1, 0x5555
                sw t1, 0(t0)
            """;

    /// Goes on behind the access, or after the case where the fetch or a call was it.
    private static final String HANDLER = """
            .align 4
            handler:
                csrr s2, mcause
                csrr s3, mtval
                csrr t0, mepc
                li t5, 0
                beq s2, t5, onward
                li t5, 1
                beq s2, t5, onward
                li t5, 12
                beq s2, t5, onward
                li t5, 12
                bgeu s2, t5, access
                li t5, 8
                bgeu s2, t5, onward
            access:
                addi t0, t0, 4
                j done
            onward:
                mv t0, s4
            done:
                csrw mepc, t0
                li t0, PREVIOUS
                csrs mstatus, t0
                mret
            """;

    /// Makes the access, and returns; or jumps to the address in the mode chosen.
    private static String routine(Operation op) {
        if (op == null) {
            return """
                    csrw mepc, a0
                    mret
                    """;
        }
        boolean loadsFloat = op.format().writesFloat() && !op.format().writesInteger();
        String before = "";
        String after = loadsFloat ? "fmv.x.d a1, f1\n" : "";
        if (op.format().readsFloatRs2()) {
            before = "fmv.d.x f1, a2\n";
        }
        int bits = loadsFloat ? op.encode(1, A0, 0, 0, 0, 0)
                : op.format().readsFloatRs2() ? op.encode(0, A0, 1, 0, 0, 0)
                : op.encode(op.format().writesInteger() ? A1 : 0, A0, op.format().readsIntegerRs2() ? A2 : 0, 0, 0, 0);
        return before + ".word " + Integer.toUnsignedString(bits) + "\n" + after + "nop\nret\n";
    }
}
