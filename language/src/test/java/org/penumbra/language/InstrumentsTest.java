// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.oracle.truffle.api.debug.Breakpoint;
import com.oracle.truffle.api.debug.DebugScope;
import com.oracle.truffle.api.debug.Debugger;
import com.oracle.truffle.api.debug.DebuggerSession;
import com.oracle.truffle.api.debug.SourceElement;
import com.oracle.truffle.api.debug.SuspendedEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.ResourceLimits;
import org.graalvm.polyglot.SandboxPolicy;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.graalvm.polyglot.io.IOAccess;
import org.graalvm.polyglot.proxy.ProxyHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What Truffle itself sees of guest code: statements that can be limited, locations of errors, and sandboxes.
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class InstrumentsTest {
    private static final int ROUNDS = 1000;

    @TempDir
    private Path folder;

    /// Counts to ROUNDS, and exits with 3.
    private static byte[] counting() {
        return Assembly.of("li a0, " + ROUNDS + """

                round: addi a0, a0, -1
                bnez a0, round
                """ + Assembly.exit(3));
    }

    private static Context.Builder builder() {
        return Context.newBuilder(RiscvLanguage.ID).allowExperimentalOptions(true).option("riscv.memory", "16M")
                .option("riscv.raw", "true");
    }

    private static Value machine(Context context, byte[] image) throws IOException {
        return context.eval(Source.newBuilder(RiscvLanguage.ID, ByteSequence.create(image), "counting")
                .mimeType(RiscvLanguage.MIME_TYPE).build());
    }

    @Test
    void aLimitOfStatementsCountsInstructionsInEveryEngineMode() throws IOException {
        for (String engine : List.of("default", "interpreter", "translated")) {
            for (long limit : new long[] {100, 1234}) {
                // It is closed by its exhaustion, and would throw again.
                Context context = builder().option("riscv.engine", engine)
                        .resourceLimits(ResourceLimits.newBuilder().statementLimit(limit, null).build()).build();
                Value machine = machine(context, counting());
                PolyglotException refused = assertThrows(PolyglotException.class, () -> machine.invokeMember("run"));
                assertTrue(refused.isResourceExhausted(), engine + refused.getMessage());
                assertEquals("Statement count limit of " + limit + " exceeded. Statements executed " + (limit + 1)
                        + ".", refused.getMessage());
                String place = refused.getSourceLocation().getCharacters().toString();
                assertTrue(place.contains("addi") || place.contains("bne"), place);
            }
        }
    }

    @Test
    void aRunUnderALimitThatIsNotReachedIsTheSame() throws IOException {
        Path image = Files.write(folder.resolve("counting.bin"), counting());
        String[] hashes = new String[2];
        for (int i = 0; i < 2; i++) {
            Context.Builder builder = builder().allowIO(IOAccess.ALL);
            if (i > 0) {
                builder.resourceLimits(ResourceLimits.newBuilder().statementLimit(10 * ROUNDS, null).build());
            }
            try (Context context = builder.build()) {
                Value machine = context.eval(RiscvLanguage.ID, PenumbraObject.NAME).invokeMember("machine",
                        ProxyHashMap.from(Map.of("image", image.toString())));
                assertEquals(3, machine.invokeMember("run").getMember("status").asInt());
                hashes[i] = machine.invokeMember("hash").asString()
                        + machine.getMember("statistics").getMember("tlb").getMember("misses");
            }
        }
        assertEquals(hashes[0], hashes[1]);
    }

    @Test
    void errorsTellWhereTheGuestWas() throws IOException {
        try (Context context = builder().option("riscv.max-instructions", "1000").build()) {
            Value machine = machine(context, counting());
            PolyglotException ended = assertThrows(PolyglotException.class, () -> machine.invokeMember("run"));
            assertTrue(ended.getMessage().startsWith("instruction limit of 1000 reached at pc 0x8000"));
            String line = ended.getSourceLocation().getCharacters().toString();
            assertTrue(ended.getMessage().endsWith(line.substring(0, line.indexOf(':'))), line);
            assertTrue(line.matches("8000000[0-9a-f]: (addi|bne).*"), line);
            assertTrue(ended.getSourceLocation().getSource().getName().startsWith("counting/0x8000"));
        }
    }

    /// Truffle's own debugger: what inspectors and debug adapters are made of.
    @Test
    void aDebuggerStepsByInstructionsAndBreaksAndWritesRegisters() throws IOException {
        List<String> seen = new ArrayList<>();
        try (Context context = builder().build(); DebuggerSession session = Debugger.find(context.getEngine())
                .startSession(event -> stopped(event, seen), SourceElement.STATEMENT)) {
            session.install(Breakpoint.newBuilder(URI.create("riscv:///counting/0x80000000")).lineIs(3).ignoreCount(4)
                    .oneShot().build());
            session.suspendNextExecution();
            assertEquals(3, machine(context, counting()).invokeMember("run").asInt());
        }
        // The boot ROM, a step, the breakpoint's fifth time, and a step back to the loop's beginning.
        assertEquals(List.of("0x1000 1000: auipc t0, 0x0 pc=4096", "0x1000 1004: addi a2, t0, 40 pc=4100",
                "0x80000000 80000008: bne a0, zero, 0x80000004 a0=995", "0x80000000 80000004: addi a0, a0, -1 a0=3",
                "0x80000000 80000008: bne a0, zero, 0x80000004 a0=2"), seen);
    }

    private static void stopped(SuspendedEvent event, List<String> seen) {
        DebugScope registers = event.getTopStackFrame().getScope();
        String register = seen.size() < 2 ? "pc" : "a0";
        if (seen.size() == 3) {
            registers.getDeclaredValue("a0").set(registers.getParent().getParent().getDeclaredValue("privilege"));
        }
        seen.add(event.getTopStackFrame().getName() + " " + event.getSourceSection().getCharacters() + " " + register
                + "=" + registers.getDeclaredValue(register).asLong());
        assertEquals("registers of hart 0", registers.getName());
        assertEquals(3, registers.getParent().getParent().getDeclaredValue("privilege").asInt());
        if (seen.size() == 2 || seen.size() >= 5) {
            event.prepareContinue();
        } else {
            event.prepareStepInto(1);
        }
    }

    /// The engine's own counts tell how code was executed: what nodes execute one by one is interpreted.
    @Test
    void aRunIsFastAgainOnceTheDebuggerHasLeft() throws IOException {
        for (boolean breaks : List.of(false, true)) {
            long[] interpreted = new long[2];
            for (boolean leaves : List.of(true, false)) {
                try (Context context = builder().option("riscv.engine", "translated").build()) {
                    DebuggerSession session = Debugger.find(context.getEngine()).startSession(event -> {
                        event.prepareContinue();
                        if (leaves) {
                            event.getSession().close();
                        }
                    }, SourceElement.STATEMENT);
                    if (breaks) {
                        session.install(Breakpoint.newBuilder(URI.create("riscv:///counting/0x80000000")).lineIs(9)
                                .build()); // there is no such line
                    }
                    session.suspendNextExecution();
                    Value machine = machine(context, counting());
                    assertEquals(3, machine.invokeMember("run").asInt());
                    Value compiler = machine.getMember("statistics").getMember("compiler");
                    interpreted[leaves ? 0 : 1] = compiler.getMember("interpreted").asLong();
                    assertEquals(leaves, compiler.getMember("translatedInstructions").asLong() > ROUNDS);
                    if (!leaves) {
                        session.close();
                    }
                }
            }
            assertTrue(interpreted[0] < ROUNDS / 2, "interpreted " + interpreted[0]);
            assertTrue(interpreted[1] > ROUNDS, "with breakpoints that stay, or the debugger: " + interpreted[1]);
        }
    }

    /// An instrument is asked again when another one comes.
    @Test
    void aDebuggerThatComesBackStepsAgain() throws IOException {
        try (Context context = builder().build()) {
            Value machine = machine(context, counting());
            Debugger debugger = Debugger.find(context.getEngine());
            for (int round = 0; round < 3; round++) {
                List<String> seen = new ArrayList<>();
                try (DebuggerSession session = debugger.startSession(event -> {
                    seen.add(event.getSourceSection().getCharacters().toString());
                    event.prepareContinue();
                }, SourceElement.STATEMENT)) {
                    session.suspendNextExecution();
                    assertEquals(100, machine.invokeMember("step", 100).asInt());
                }
                assertEquals(1, seen.size(), "round " + round);
                assertEquals(100, machine.invokeMember("step", 100).asInt());
            }
            assertEquals(3, machine.invokeMember("run").asInt());
        }
    }

    @Test
    void aConstrainedContextRunsMachinesThatStayInside() throws IOException {
        var out = new ByteArrayOutputStream();
        try (Context context = Context.newBuilder(RiscvLanguage.ID).sandbox(SandboxPolicy.CONSTRAINED).out(out)
                .err(out).option("riscv.memory", "16M").option("riscv.raw", "true").option("riscv.model", "ssp")
                .build()) {
            assertEquals(3, machine(context, counting()).invokeMember("run").asInt());
        }
        for (String option : List.of("riscv.drive", "riscv.share", "riscv.trace", "riscv.gdb", "riscv.net",
                "riscv.snapshot", "riscv.kernel")) {
            String value = option.equals("riscv.gdb") ? "1234" : option.equals("riscv.net") ? "user" : "/tmp/x";
            assertThrows(IllegalArgumentException.class, () -> Context.newBuilder(RiscvLanguage.ID)
                    .sandbox(SandboxPolicy.CONSTRAINED).out(out).err(out).option(option, value).build().close(),
                    option);
        }
    }

    /// Disks, shares and networks go past the context's file system, so it is asked for them.
    @Test
    void aContextWithoutFilesOrSocketsHasNoDisksSharesOrNetworks() throws IOException {
        Path disk = Files.write(folder.resolve("disk.img"), new byte[8192]);
        for (String[] reaching : new String[][] {{"drive", disk.toString()}, {"share", folder.toString()},
            {"net", "user"}}) {
            try (Context context = builder().option("riscv.clock", "host").allowIO(IOAccess.NONE)
                    .option("riscv." + reaching[0], reaching[1]).build()) {
                String message = assertThrows(PolyglotException.class, () -> machine(context, counting())).getMessage();
                assertTrue(message.contains("this context may not read it") || message.contains("may open sockets"),
                        message);
            }
        }
        try (Context context = builder().allowIO(IOAccess.ALL).option("riscv.drive", disk.toString()).build()) {
            assertEquals(3, machine(context, counting()).invokeMember("run").asInt());
        }
    }
}
