// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.benchmarks.Workloads;
import org.penumbra.hart.GuestAssembler;
import org.penumbra.options.ModelName;

/// `penumbra run` as a process: exit statuses, messages, signals, pipes.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CommandTest {

    /// Writes 0x73333, which is status 7, to the test finisher.
    private static final String EXIT_7 = """
            li t0, 0x100000
            li t1, 0x73333
            sw t1, 0(t0)
            j pc
            """;
    private static final String LOOP_FOREVER = "j pc";
    /// Writes to the console forever.
    private static final String FLOOD = """
            li t0, 0x10000000
            li t1, 'a'
            again: sb t1, 0(t0)
            j again
            """;

    @TempDir
    private Path directory;

    private record Outcome(int status, String out, String err) {
    }

    private Path image(String text) throws IOException {
        return Files.write(directory.resolve("guest.bin"), GuestAssembler.assemble(0x8000_0000L, text));
    }

    private Outcome run(Object... arguments) throws IOException, InterruptedException {
        return run(List.of("--raw"), arguments);
    }

    private Outcome run(List<String> first, Object... arguments) throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        List<Object> words = new ArrayList<>(first);
        words.addAll(List.of(arguments));
        Process process = new ProcessBuilder(Command.run(words.toArray())).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            process.getOutputStream().close();
            return new Outcome(process.waitFor(), Files.readString(out), Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
    }

    private static void assertFails(int status, String message, Outcome outcome) {
        assertAll(
                () -> assertEquals(status, outcome.status(), outcome.err()),
                () -> assertEquals(1, outcome.err().lines().count(), outcome.err()),
                () -> assertTrue(outcome.err().startsWith("penumbra: ") && outcome.err().contains(message), outcome.err()));
    }

    /// Where the script leaves it closed, Java opens a file of its own there, and the guest has that typed.
    @Test
    void closedStandardInputIsAnEmptyOneBehindTheScript() throws Exception {
        String line = Files.readAllLines(Path.of(System.getProperty("penumbra.root"), "penumbra")).stream()
                .filter(text -> text.contains("exec < /dev/null")).findFirst().orElseThrow();
        for (String[] way : new String[][] {{"<&-", "/dev/null"}, {"< /dev/zero", "/dev/zero"}}) {
            Process bash = new ProcessBuilder("bash", "-c", "exec " + way[0] + "\n" + line + "\nreadlink /proc/$$/fd/0")
                    .redirectErrorStream(true).start();
            assertEquals(way[1], new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
        }
    }

    @Test
    void exitStatusIsTheGuests() throws Exception {
        assertEquals(new Outcome(7, "", ""), run(image(EXIT_7)));
    }

    /// The system keeps eight bits of a status, and the finisher's own "fail" may come without one.
    @ParameterizedTest
    @ValueSource(ints = {0x3333, 0x0100_3333, 0x3700_3333})
    void aFailureIsNeverASuccess(int finish) throws Exception {
        assertEquals(new Outcome(1, "", ""), run(image("""
                li t0, 0x100000
                li t1, %d
                sw t1, 0(t0)
                j pc
                """.formatted(finish))));
    }

    /// A shutdown through the firmware, for the reason "system failure".
    @Test
    void aFailureReportedToTheFirmwareIsNoSuccess() throws Exception {
        Path kernel = image("""
                li a7, 0x53525354
                li a6, 0
                li a0, 0
                li a1, 1
                ecall
                j pc
                """);
        assertEquals(new Outcome(1, "", ""), run(List.of(), "--kernel", kernel));
    }

    /// Each of the first few failures is one line, and the guest runs on, interpreted.
    @Test
    void failedCompilationIsAWarning() throws Exception {
        Outcome outcome = run("--engine", "immediate", "--option", "compiler.MaximumGraalGraphSize=10", image(EXIT_7));
        assertEquals(7, outcome.status(), outcome.err());
        List<String> lines = outcome.err().lines().toList();
        assertTrue(!lines.isEmpty() && lines.size() <= 4, outcome.err());
        for (String line : lines) {
            assertTrue(line.startsWith("penumbra: warning: ") && line.contains("guest code stays interpreted"), outcome.err());
        }
    }

    @Test
    void instructionLimitIsStatus75() throws Exception {
        assertFails(75, "instruction limit", run("--max-instructions", 100_000, image(LOOP_FOREVER)));
    }

    @Test
    void guestThatCanNeverGetFurtherIsStatus75() throws Exception {
        assertFails(75, "traps at its first instruction, forever", run(image(".word 0")));
    }

    @Test
    void statisticsThatCannotBeWrittenAreStatus73BeforeTheGuestRuns() throws Exception {
        assertFails(73, "x.json", run("--stats", directory.resolve("nowhere/x.json"), image(LOOP_FOREVER)));
    }

    @Test
    void fullDiskOfTheConsoleIsStatus73() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/full")), "no device that is full");
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(Command.run("--raw", image(FLOOD))).redirectOutput(Path.of("/dev/full").toFile())
                .redirectError(err.toFile()).start();
        try {
            assertFails(73, "output cannot be written", new Outcome(process.waitFor(), "", Files.readString(err)));
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --share NONE guest.bin      | 66 | NONE: no such folder; check the path
            --share EMPTY guest.bin     | 66 | EMPTY: is no folder; name one to share
            --disk NONE guest.bin       | 66 | NONE: no such file; check the path
            --disk EMPTY guest.bin      | 66 | EMPTY: is empty; name a raw disk image
            --disk FOLDER guest.bin     | 66 | FOLDER: is no regular file; name a raw disk image
            --bios NONE                 | 66 | NONE: no such file
            --bios FOLDER               | 66 | FOLDER: is a directory
            --bios EMPTY                | 65 | EMPTY: is empty
            --kernel NONE               | 66 | NONE: no such file
            --kernel FOLDER             | 66 | FOLDER: is a directory
            --kernel EMPTY              | 65 | EMPTY: is empty
            --initrd NONE guest.bin     | 66 | NONE: no such file
            --initrd FOLDER guest.bin   | 66 | FOLDER: is a directory
            --load NONE@0x80100000 guest.bin | 66 | NONE: no such file
            --load FOLDER@0x80100000 guest.bin | 66 | FOLDER: is a directory
            --forward 80:99999 guest.bin | 64 | has a port that is none: they go from 1 to 65535
            --snapshot NONE             | 66 | NONE: no such file
            --snapshot EMPTY            | 65 | EMPTY: it is no snapshot of Penumbra
            EMPTY                       | 65 | EMPTY: is empty; name an ELF or raw image file
            FOLDER                      | 66 | FOLDER: is a directory
            """)
    void badFilesAreOneLineAndADocumentedStatus(String words, int status, String message) throws Exception {
        image(EXIT_7);
        Files.createDirectory(directory.resolve("FOLDER"));
        Files.createFile(directory.resolve("EMPTY"));
        // Names of files become paths in the test's folder.
        String paths = words.replaceAll("\\b(NONE|EMPTY|FOLDER|guest\\.bin)\\b", directory + "/$1");
        List<String> raw = words.contains("guest.bin") ? List.of("--raw") : List.of();
        Outcome outcome = run(raw, (Object[]) paths.split(" +"));
        assertFails(status, message, new Outcome(outcome.status(), "", outcome.err().replace(directory + "/", "")));
        assertEquals("", outcome.out());
    }

    @Test
    void truncatedElfIsStatus65() throws Exception {
        byte[] whole = Workloads.find("crc32").orElseThrow().image();
        Path image = Files.write(directory.resolve("cut.elf"), Arrays.copyOf(whole, 100));
        assertFails(65, "cut.elf", run(image));
    }

    @Test
    void unknownModelIsWrongUsage() throws Exception {
        List<String> models = new ArrayList<>(ModelName.all());
        String last = models.removeLast();
        Outcome outcome = run("--model", "nonesuch", image(EXIT_7));
        assertEquals(64, outcome.status());
        assertEquals(List.of("penumbra: --model: 'nonesuch' is not " + String.join(", ", models) + " or " + last,
                "Try 'penumbra run --help'."), outcome.err().lines().toList());
    }

    @Test
    void statisticsAreWritten() throws Exception {
        Path stats = directory.resolve("stats.json");
        Path image = Files.write(directory.resolve("fib.elf"), Workloads.find("fib").orElseThrow().image());
        Outcome outcome = run("--stats", stats, "--max-instructions", 1_000_000_000L,
                "--option", "riscv.eager=true", image);
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("fib checksum="), outcome.out());
        JsonObject json = JsonParser.parseString(Files.readString(stats)).getAsJsonObject();
        assertAll(
                () -> assertEquals("native", json.get("model").getAsString()),
                () -> assertEquals("instructions", json.get("clock").getAsString()),
                () -> assertEquals(0, json.get("guestExit").getAsInt()),
                () -> assertTrue(json.get("instructions").getAsLong() > 10_000_000),
                () -> assertTrue(json.getAsJsonObject("compiler").get("regions").getAsLong() > 0));
    }

    @Test
    void floodEndsWhenItsReaderGoesAway() throws Exception {
        Process process = new ProcessBuilder(Command.run("--raw", image(FLOOD))).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (InputStream out = process.getInputStream()) {
            assertEquals("aaaaaaaa", new String(out.readNBytes(8), StandardCharsets.US_ASCII));
        }
        try {
            assertEquals(141, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void interruptEndsAnEndlessGuest() throws Exception {
        // A shell that runs this in the background has interrupts ignored, and children inherit that.
        List<String> command = Command.run("--raw", image(LOOP_FOREVER));
        command.addAll(0, List.of("env", "--default-signal=INT"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            // Time to get going, so that it is the guest that gets interrupted and not the start of Java.
            assertTrue(!process.waitFor(4, TimeUnit.SECONDS), "ended by itself");
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
            assertEquals(130, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void interruptedRunLeavesItsStatisticsAndItsTrace() throws Exception {
        Path stats = directory.resolve("stats.json");
        Path trace = directory.resolve("trace");
        List<String> command = Command.run("--raw", "--stats", stats, "--trace", trace, image(LOOP_FOREVER));
        command.addAll(0, List.of("env", "--default-signal=INT"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            for (int tries = 0; tries < 300 && (!Files.exists(trace) || Files.size(trace) == 0); tries++) {
                Thread.sleep(200);
            }
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
            assertEquals("", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertEquals(130, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
        JsonObject json = JsonParser.parseString(Files.readString(stats)).getAsJsonObject();
        assertTrue(json.get("guestExit").isJsonNull());
        try (var lines = Files.lines(trace)) {
            assertEquals(json.get("instructions").getAsLong(), lines.filter(line -> line.endsWith(")") || line.contains(") x"))
                    .count());
        }
    }

    /// Before the guest runs, perhaps for hours.
    @ParameterizedTest
    @ValueSource(strings = {"--stats", "--profile", "--save-at x --save-snapshot", "--trace", "--record-input"})
    void aResultThatCannotBeWrittenIsStatus73BeforeTheRun(String options) throws Exception {
        List<Object> words = new ArrayList<>(List.of(options.split(" ")));
        words.add(directory.resolve("no/such/file"));
        words.add(image("""
                li t0, 0x10000000
                li t1, 65
                sb t1, 0(t0)
                """ + EXIT_7));
        Outcome outcome = run(words.toArray());
        assertFails(73, "cannot be written", outcome);
        assertEquals("", outcome.out());
    }

    @Test
    void terminalIsRestoredAfterAnInterrupt() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "needs script(1)");
        StringBuilder guest = new StringBuilder("echo $$ > pid; exec env --default-signal=INT");
        Command.run("--raw", image(LOOP_FOREVER)).forEach(word -> guest.append(" '").append(word).append('\''));
        Files.writeString(directory.resolve("guest.sh"), guest + "\n");
        Files.writeString(directory.resolve("session.sh"), """
                before=$(stty -g)
                echo "before $before"
                (
                    tries=0
                    while [ $tries -lt 300 ] && [ "$(stty -g < /dev/tty)" = "$before" ]; do
                        sleep 0.2
                        tries=$((tries + 1))
                    done
                    echo "during $(stty -g < /dev/tty)"
                    kill -INT "$(cat pid)"
                ) &
                sh guest.sh
                echo "status $?"
                wait
                echo "after $(stty -g)"
                """);
        Process process = new ProcessBuilder("script", "-qec", "sh session.sh", "/dev/null").directory(directory.toFile())
                .redirectErrorStream(true).start();
        try {
            List<String> lines = process.inputReader().lines().map(String::strip).toList();
            String before = value(lines, "before");
            assertTrue(before.contains(":"), lines.toString());
            assertTrue(!value(lines, "during").equals(before), "the guest never had the terminal: " + lines);
            assertEquals("130", value(lines, "status"), lines.toString());
            assertEquals(before, value(lines, "after"), lines.toString());
        } finally {
            process.destroyForcibly();
        }
    }

    private static String value(List<String> lines, String key) {
        return lines.stream().filter(line -> line.startsWith(key + " ")).findFirst()
                .orElseThrow(() -> new AssertionError("no " + key + ": " + lines)).substring(key.length() + 1);
    }
}
