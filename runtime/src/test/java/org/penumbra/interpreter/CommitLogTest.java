// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.hart.Hart;

/// A run that is logged is the run without a log, to the count.
final class CommitLogTest {
    /// Instructions over the end of a page, and atomic operations whose old value is not kept.
    private static final String PROGRAM = """
            la a0, data
            li a1, 5
            j last
            .org 4092
            last: .half 1            # c.nop
            .word 0x00150513         # addi a0, a0, 1, over the end of the page
            addi a0, a0, -1
            amoadd.d x0, a1, (a0)
            lr.d a2, (a0)
            sc.d x0, a1, (a0)
            sc.d a3, a1, (a0)
            ld a4, 0(a0)
            amoswap.w a5, x0, (a0)
            .align 4096
            data: .dword 7
            """;
    private static final int INSTRUCTIONS = 13;

    @ParameterizedTest
    @ValueSource(ints = {1, 256})
    void missesAreCountedOnce(int tlbEntries) throws IOException {
        var plain = new TestGuest(tlbEntries);
        plain.load(PROGRAM);
        plain.run(INSTRUCTIONS);
        var logged = new TestGuest(tlbEntries);
        logged.load(PROGRAM);
        var text = new StringWriter();
        var log = new CommitLog(List.of(logged.monitor), text);
        Hart hart = logged.hart;
        hart.remaining = INSTRUCTIONS;
        hart.deadline = INSTRUCTIONS;
        while (hart.remaining > 0) {
            hart.yieldRequested = false;
            log.step(hart);
        }
        log.flush();
        assertEquals(plain.hart.pc, hart.pc);
        assertEquals(plain.machine.statistics().tlbMisses, logged.machine.statistics().tlbMisses, text.toString());
        assertEquals(plain.machine.statistics().tlbPermissionMisses, logged.machine.statistics().tlbPermissionMisses, text.toString());
        for (int i = 0; i < 32; i++) {
            assertEquals(plain.hart.registers[i], hart.registers[i], "x" + i);
        }
        assertEquals(INSTRUCTIONS, text.toString().lines().count());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 256})
    void atomicStoresAreThoseThatWereDone(int tlbEntries) throws IOException {
        var guest = new TestGuest(tlbEntries);
        guest.load(PROGRAM);
        var text = new StringWriter();
        var log = new CommitLog(List.of(guest.monitor), text);
        guest.hart.remaining = INSTRUCTIONS;
        guest.hart.deadline = INSTRUCTIONS;
        for (int i = 0; i < INSTRUCTIONS; i++) {
            guest.hart.yieldRequested = false;
            log.step(guest.hart);
        }
        log.flush();
        List<String> lines = text.toString().lines().map(line -> line.replaceFirst(".*\\) ?", "")).toList();
        String data = "0x%016x".formatted(guest.address("data"));
        assertEquals(List.of("mem " + data + " mem " + data + " 0x000000000000000c",
                "x12 0x000000000000000c mem " + data,
                "mem " + data + " 0x0000000000000005",
                "x13 0x0000000000000001",
                "x14 0x0000000000000005 mem " + data,
                "x15 0x0000000000000005 mem " + data + " mem " + data + " 0x00000000"), lines.subList(7, 13));
    }

    @Test
    void pairsAreTwoRegistersAndTwoStores() throws IOException {
        var guest = new TestGuest(256);
        guest.load("""
                la a1, data
                li a2, 7
                li a3, 8
                li a4, 1
                li a5, 2
                amocas.q a2, a4, (a1)
                amocas.q a2, a4, (a1)
                .align 16
                data: .dword 7, 8
                """);
        var text = new StringWriter();
        var log = new CommitLog(List.of(guest.monitor), text);
        guest.hart.remaining = 8;
        guest.hart.deadline = 8;
        for (int i = 0; i < 8; i++) {
            guest.hart.yieldRequested = false;
            log.step(guest.hart);
        }
        log.flush();
        List<String> lines = text.toString().lines().map(line -> line.replaceFirst(".*\\) ?", "")).toList();
        String data = "0x%016x".formatted(guest.address("data"));
        String next = "0x%016x".formatted(guest.address("data") + 8);
        assertEquals(List.of("x12 0x0000000000000007 x13 0x0000000000000008 mem " + data + " mem " + data
                + " 0x0000000000000001 mem " + next + " 0x0000000000000002",
                "x12 0x0000000000000001 x13 0x0000000000000002 mem " + data), lines.subList(6, 8));
    }
}
