// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.graalvm.polyglot.io.IOAccess;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `save` of a machine of the launcher's, and the option that continues from what it wrote.
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SnapshotOptionTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Context context(String input, String... options) {
        Context.Builder builder = Context.newBuilder(RiscvLanguage.ID).allowExperimentalOptions(true)
                .allowIO(IOAccess.ALL).out(out).option("riscv.memory", "16M").option("riscv.raw", "true")
                .in(new ByteArrayInputStream(input.getBytes(StandardCharsets.US_ASCII)));
        for (int i = 0; i < options.length; i += 2) {
            builder.option(options[i], options[i + 1]);
        }
        return builder.build();
    }

    private static Value machine(Context context, byte[] image) throws IOException {
        return context.eval(Source.newBuilder(RiscvLanguage.ID, ByteSequence.create(image), "guest")
                .mimeType(RiscvLanguage.MIME_TYPE).build());
    }

    /// Writes a line and a prompt, reads a byte at the serial port, and exits with it.
    private static byte[] asking() {
        return Assembly.of("lui a1, 0x10000\n" + Assembly.print("hello\n> ") + """
                wait: lbu a0, 5(a1)
                andi a0, a0, 1
                beqz a0, wait
                lbu a2, 0(a1)
                """ + Assembly.exit(3));
    }

    private String printed() {
        String text = out.toString(StandardCharsets.US_ASCII);
        out.reset();
        return text;
    }

    private Path saved() throws IOException {
        Path file = folder.resolve("a.snapshot");
        try (Context context = context("")) {
            Value machine = machine(context, asking());
            machine.invokeMember("step", 40);
            machine.invokeMember("save", file.toString());
        }
        assertEquals("hello\n> ", printed());
        return file;
    }

    @Test
    void aMachineContinuesWithTheLineThatHadBegunUnderAnotherModelAndClock() throws IOException {
        Path file = saved();
        for (String model : List.of("native", "ssp", "hap")) {
            for (String clock : List.of("instructions", "host")) {
                try (Context context = context("x", "riscv.snapshot", file.toString(), "riscv.model", model,
                        "riscv.clock", clock)) {
                    assertEquals(3, machine(context, new byte[0]).invokeMember("run").asInt(), model);
                }
                assertEquals("> ", printed());
            }
        }
    }

    @Test
    void theLimitCountsFromTheSnapshot() throws IOException {
        try (Context context = context("", "riscv.snapshot", saved().toString(), "riscv.max-instructions", "10")) {
            Value machine = machine(context, new byte[0]);
            assertTrue(assertThrows(PolyglotException.class, () -> machine.invokeMember("run")).getMessage()
                    .startsWith("instruction limit of"));
            assertEquals(10, machine.getMember("statistics").getMember("instructions").asLong());
        }
    }

    @Test
    void optionsOfOtherModelsAreRefused() throws IOException {
        String file = saved().toString();
        for (String[] wrong : new String[][] {
            {"riscv.sync has no effect under the model native, only under ssp, asp", "riscv.sync", "drop"},
            {"riscv.root-buffer has no effect under the model hap, only under ssp, asp, msp, agile", "riscv.model", "hap", "riscv.root-buffer", "2"},
        }) {
            try (Context context = context("", Stream.concat(Stream.of("riscv.snapshot", file), Arrays.stream(wrong).skip(1))
                    .toArray(String[]::new))) {
                assertEquals(wrong[0], assertThrows(PolyglotException.class, () -> machine(context, new byte[0])).getMessage());
            }
        }
        try (Context context = context("x", "riscv.snapshot", file, "riscv.model", "ssp", "riscv.sync", "drop")) {
            assertEquals(3, machine(context, new byte[0]).invokeMember("run").asInt());
        }
    }

    @Test
    void aRunningMachineIsSavedAndGoesOnAndAFailureDoesNotEndIt() throws IOException {
        Path file = folder.resolve("b.snapshot");
        List<String> told = new ArrayList<>();
        Value[] machine = new Value[1];
        var watching = new ByteArrayOutputStream() {
            @Override
            public void write(byte[] bytes, int offset, int length) {
                super.write(bytes, offset, length);
                if (toString(StandardCharsets.US_ASCII).endsWith("> ") && told.isEmpty()) {
                    told.add("asked");
                    for (Path where : List.of(file, folder.resolve("none/c.snapshot"))) {
                        machine[0].invokeMember("save", where.toString(), (ProxyExecutable) result -> {
                            told.add(result[0].isString() ? result[0].asString() : "saved");
                            return null;
                        });
                    }
                }
            }
        };
        try (Context context = Context.newBuilder(RiscvLanguage.ID).allowExperimentalOptions(true)
                .allowIO(IOAccess.ALL).out(watching).option("riscv.memory", "16M").option("riscv.raw", "true")
                .in(new ByteArrayInputStream(new byte[] {'y'})).build()) {
            machine[0] = machine(context, asking());
            assertEquals(3, machine[0].invokeMember("run").asInt());
        }
        assertEquals(List.of("asked", "saved", folder.resolve("none/c.snapshot")
                + ": the snapshot cannot be written (no such file or directory)"), told);
        assertFalse(Files.exists(folder.resolve("b.snapshot.part")));
        try (Context context = context("y", "riscv.snapshot", file.toString())) {
            assertEquals(3, machine(context, new byte[0]).invokeMember("run").asInt());
        }
    }

    @Test
    void whatIsNoSnapshotIsRefusedInOneLine() throws IOException {
        Path good = saved();
        byte[] bytes = Files.readAllBytes(good);
        byte[] newer = bytes.clone();
        newer["penumbra snapshot\n".length() + 3] = 99;
        byte[] damaged = bytes.clone();
        damaged[100] ^= 1;
        byte[] damagedPage = bytes.clone();
        damagedPage[bytes.length - 100] ^= 1;
        refused("it is no snapshot of Penumbra", "something else".getBytes(StandardCharsets.US_ASCII));
        refused("it has version 99 of the format, this Penumbra reads 8; make it again", newer);
        refused("it is damaged", damaged);
        refused("it is damaged", damagedPage);
        refused("it ends too early", Arrays.copyOf(bytes, bytes.length - 10));
        try (Context context = context("", "riscv.snapshot", good.toString())) {
            assertEquals("guest: a machine that continues from a snapshot loads no image",
                    assertThrows(PolyglotException.class, () -> machine(context, asking())).getMessage());
        }
    }

    private void refused(String why, byte[] contents) throws IOException {
        Path file = Files.write(folder.resolve("bad.snapshot"), contents);
        try (Context context = context("", "riscv.snapshot", file.toString())) {
            assertEquals(file + ": " + why,
                    assertThrows(PolyglotException.class, () -> machine(context, new byte[0])).getMessage());
        }
    }

    /// What the guest has written to its disk comes back; the image of the disk is opened again by its name.
    @Test
    void disksAreOpenedAgainAndThoseThatAreWrittenCannotBeSaved() throws IOException {
        Path disk = Files.write(folder.resolve("disk.img"), new byte[8192]);
        Path file = folder.resolve("d.snapshot");
        try (Context context = context("", "riscv.drive", disk.toString())) {
            Value machine = machine(context, asking());
            machine.invokeMember("step", 4);
            machine.invokeMember("save", file.toString());
        }
        try (Context context = context("", "riscv.drive", disk + ",write")) {
            Value machine = machine(context, asking());
            assertEquals("no snapshot can be taken: disk " + disk
                    + " is written to, so it cannot be part of a snapshot; leave out ,write",
                    assertThrows(PolyglotException.class, () -> machine.invokeMember("save", file.toString()))
                            .getMessage());
            assertEquals(1, machine.invokeMember("step", 1).asInt(), "usable still");
        }
        try (Context context = context("z", "riscv.snapshot", file.toString())) {
            assertEquals(3, machine(context, new byte[0]).invokeMember("run").asInt());
        }
        Files.delete(disk);
        try (Context context = context("", "riscv.snapshot", file.toString())) {
            assertEquals(disk + ": no such file; check the path",
                    assertThrows(PolyglotException.class, () -> machine(context, new byte[0])).getMessage());
        }
    }
}
