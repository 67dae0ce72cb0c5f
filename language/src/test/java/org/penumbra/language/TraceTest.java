// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.graalvm.polyglot.PolyglotException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The log of instructions, and that it changes nothing.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TraceTest {
    /// Enough for the end of most of the programs.
    private static final int STEPS = 40_000;

    @TempDir
    private Path directory;

    private List<String> trace(byte[] program) throws IOException {
        Path file = directory.resolve("trace");
        try (Guest guest = new Guest(program, "riscv.trace", file.toString(), "riscv.max-instructions", "1000")) {
            guest.run();
        }
        return Files.readAllLines(file);
    }

    @Test
    void bootRomComesFirst() throws IOException {
        assertEquals("""
                core   0: 3 0x0000000000001000 (0x00000297) x5  0x0000000000001000
                core   0: 3 0x0000000000001004 (0x02828613) x12 0x0000000000001028
                core   0: 3 0x0000000000001008 (0xf1402573) x10 0x0000000000000000
                core   0: 3 0x000000000000100c (0x0202b583) x11 0x0000000080e00000 mem 0x0000000000001020
                core   0: 3 0x0000000000001010 (0x0182b283) x5  0x0000000080000000 mem 0x0000000000001018
                core   0: 3 0x0000000000001014 (0x00028067)
                core   0: 3 0x0000000080000000 (0x001002b7) x5  0x0000000000100000
                core   0: 3 0x0000000080000004 (0x00013337) x6  0x0000000000013000
                core   0: 3 0x0000000080000008 (0x33330313) x6  0x0000000000013333
                core   0: 3 0x000000008000000c (0x0062a023) mem 0x0000000000100000 0x00013333
                """, String.join("\n", trace(Assembly.of(Assembly.exit(1)))) + "\n");
    }

    @Test
    void linesTellEveryKindOfEffect() throws IOException {
        List<String> lines = trace(Assembly.of("""
                auipc a0, 1
                li a1, -2
                sb a1, 1(a0)
                sh a1, 2(a0)
                sd a1, 8(a0)
                lhu a2, 2(a0)
                amoadd.w a2, a1, (a0)
                amoadd.w zero, a1, (a0)
                lr.d a2, (a0)
                sc.d a2, a1, (a0)
                sc.d a2, a1, (a0)
                li zero, 5
                lui a3, 2
                csrrs a2, mstatus, a3
                fcvt.d.w f0, a1, dyn
                fdiv.d f1, f0, f2, dyn
                fdiv.d f11, f0, f2, dyn
                csrwi fcsr, 0
                csrr a2, sstatus
                csrci sstatus, 2
                .half 0x4605, 1 # c.li a2, 1; c.nop
                """ + Assembly.exit(0)));
        assertEquals("""
                core   0: 3 0x0000000080000000 (0x00001517) x10 0x0000000080001000
                core   0: 3 0x0000000080000004 (0xffe00593) x11 0xfffffffffffffffe
                core   0: 3 0x0000000080000008 (0x00b500a3) mem 0x0000000080001001 0xfe
                core   0: 3 0x000000008000000c (0x00b51123) mem 0x0000000080001002 0xfffe
                core   0: 3 0x0000000080000010 (0x00b53423) mem 0x0000000080001008 0xfffffffffffffffe
                core   0: 3 0x0000000080000014 (0x00255603) x12 0x000000000000fffe mem 0x0000000080001002
                core   0: 3 0x0000000080000018 (0x00b5262f) x12 0xfffffffffffefe00 mem 0x0000000080001000 mem 0x0000000080001000 0xfffefdfe
                core   0: 3 0x000000008000001c (0x00b5202f) mem 0x0000000080001000 mem 0x0000000080001000 0xfffefdfc
                core   0: 3 0x0000000080000020 (0x1005362f) x12 0x00000000fffefdfc mem 0x0000000080001000
                core   0: 3 0x0000000080000024 (0x18b5362f) x12 0x0000000000000000 mem 0x0000000080001000 0xfffffffffffffffe
                core   0: 3 0x0000000080000028 (0x18b5362f) x12 0x0000000000000001
                core   0: 3 0x000000008000002c (0x00500013)
                core   0: 3 0x0000000080000030 (0x000026b7) x13 0x0000000000002000
                core   0: 3 0x0000000080000034 (0x3006a673) x12 0x0000000a00000000 c768_mstatus 0x0000000a00002000
                core   0: 3 0x0000000080000038 (0xd205f053) f0  0xc000000000000000 c768_mstatus 0x8000000a00006000
                core   0: 3 0x000000008000003c (0x1a2070d3) f1  0xfff0000000000000 c1_fflags 0x0000000000000008
                core   0: 3 0x0000000080000040 (0x1a2075d3) c1_fflags 0x0000000000000008 f11 0xfff0000000000000
                core   0: 3 0x0000000080000044 (0x00305073) c1_fflags 0x0000000000000000 c2_frm 0x0000000000000000
                core   0: 3 0x0000000080000048 (0x10002673) x12 0x8000000200006000
                core   0: 3 0x000000008000004c (0x10017073) c768_mstatus 0x8000000a00006000
                core   0: 3 0x0000000080000050 (0x4605) x12 0x0000000000000001
                """, String.join("\n", lines.subList(6, 27)) + "\n");
    }

    @Test
    void trapsHaveLinesOfTheirOwn() throws IOException {
        // The handler skips the instruction. Then an interrupt is taken.
        List<String> lines = trace(Assembly.of("""
                la t0, handler
                csrw mtvec, t0
                .word 0
                ecall
                ld a0, 8(zero)
                csrwi mie, 2
                csrwi mip, 2
                csrsi mstatus, 8
                exit: %s
                j pc
                # Interrupts end the run.
                handler: csrr t0, mcause
                blt t0, zero, exit
                csrr t0, mepc
                addi t0, t0, 4
                csrw mepc, t0
                mret
                """.formatted(Assembly.exit(2))));
        assertEquals("""
                core   0: exception trap_illegal_instruction, epc 0x000000008000000c
                core   0:           tval 0x0000000000000000
                core   0: exception trap_machine_ecall, epc 0x0000000080000010
                core   0: exception trap_load_access_fault, epc 0x0000000080000014
                core   0:           tval 0x0000000000000008
                core   0: exception interrupt #1, epc 0x0000000080000024
                """, String.join("\n", lines.stream().filter(line -> line.contains("exception") || line.contains("tval")).toList())
                + "\n");
        assertTrue(lines.contains("core   0: 3 0x000000008000004c (0x30200073) c768_mstatus 0x0000000a00000080"),
                String.join("\n", lines));
    }

    @ParameterizedTest
    @CsvSource({"traps, native", "paging, native", "paging, ssp", "float, native", "atomics, native", "compressed, native",
        "interrupts, native", "selfmod, native", "counters, native", "misaligned, native"})
    void runWithALogIsTheSameRun(String program, String model) throws IOException {
        Path file = directory.resolve("trace");
        byte[] image = Guest.program(program);
        try (Guest plain = new Guest(image, "riscv.model", model, "riscv.engine", "interpreter");
                Guest logged = new Guest(image, "riscv.model", model, "riscv.trace", file.toString())) {
            assertEquals(plain.step(STEPS), logged.step(STEPS));
            assertEquals(plain.out.toString(), logged.out.toString());
            for (String name : plain.hart().getMemberKeys()) {
                assertEquals(plain.register(name), logged.register(name), name);
            }
            var counts = plain.counts();
            counts.replace("engine", "default");
            assertEquals(counts, logged.counts());
            try (var lines = Files.lines(file)) {
                assertEquals(logged.statistics().getMember("instructions").asLong(), lines.filter(line -> line.matches(
                        "core   0: [013] 0x[0-9a-f]{16} \\(0x([0-9a-f]{4}|[0-9a-f]{8})\\).*")).count());
            }
        }
    }

    @Test
    void fileThatCannotBeWrittenIsOneLine() {
        String file = directory.resolve("no/such/trace").toString();
        PolyglotException e = assertThrows(PolyglotException.class,
                () -> new Guest(Assembly.of(Assembly.exit(0)), "riscv.trace", file));
        assertTrue(e.isGuestException() && e.getMessage().startsWith(file + ": cannot be written"), e.getMessage());
        assertEquals(73, e.getGuestObject().getMember("exitStatus").asInt());
    }
}
