// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Debian's kernel with a user at its console, and with one that leaves. Skipped where its files cannot be had.
@Tag("long")
final class LinuxTerminalTest {
    private static final long LONGEST_SECONDS = 300;
    private static final int INTERRUPTED = 130;
    private static final String PROMPT = "~ # ";
    private static final String CTRL_A = "\u0001";
    private static final String CTRL_C = "\u0003";

    @TempDir
    private Path folder;

    private Process process;
    private int seen;

    @BeforeEach
    void skipWithoutFiles() throws Exception {
        LinuxRun.obtain(folder);
    }

    @AfterEach
    void end() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    private Path screen() {
        return folder.resolve("screen");
    }

    private void start(String... command) throws IOException {
        process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(screen().toFile()).start();
    }

    /// Waits for something to appear on the screen, behind what was waited for before.
    private void await(String text) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        while (System.nanoTime() < end) {
            String all = Files.readString(screen(), StandardCharsets.ISO_8859_1);
            int at = all.indexOf(text, seen);
            if (at >= 0) {
                seen = at + text.length();
                return;
            }
            assertTrue(process.isAlive(), "ended without \"" + text + "\": " + all);
            Thread.sleep(50);
        }
        throw new AssertionError("no \"" + text + "\": " + Files.readString(screen(), StandardCharsets.ISO_8859_1));
    }

    private void type(String keys) throws IOException {
        OutputStream keyboard = process.getOutputStream();
        keyboard.write(keys.getBytes(StandardCharsets.ISO_8859_1));
        keyboard.flush();
    }

    private static String quoted(List<String> command) {
        StringBuilder text = new StringBuilder();
        command.forEach(word -> text.append(" '").append(word).append('\''));
        return text.toString();
    }

    @Test
    void terminalIsTheGuestsUntilCtrlAX() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "needs script(1)");
        Files.writeString(folder.resolve("session.sh"), """
                tty > tty
                stty cols 91 rows 33
                before=$(stty -g)
                %s
                echo "status $?, terminal $([ "$(stty -g)" = "$before" ] && echo restored)"
                """.formatted(quoted(LinuxRun.command("linux"))));
        start("script", "-qec", "sh session.sh", "/dev/null");
        await(PROMPT);
        type("stty size\r");
        await("33 91");
        await(PROMPT);
        String tty = Files.readString(folder.resolve("tty")).strip();
        assertEquals(0, new ProcessBuilder("stty", "-F", tty, "cols", "100", "rows", "40").inheritIO().start().waitFor());
        type("until stty size | grep '40 100'; do sleep 1; done\r");
        await("\n40 100");
        await(PROMPT);
        // A Ctrl-C that comes too early is a character of the next line (the shell reads a line with the terminal raw) or
        // goes to the shell, which waits on for its child. So the child itself says when it is in the foreground.
        type("sh -c 'echo begun; exec sleep 1000'\r");
        await("\nbegun");
        type(CTRL_C);
        await(PROMPT);
        type("echo \"Ctrl-C gave $?\"\r");
        await("\nCtrl-C gave 130");
        type(CTRL_A + "h");
        await("Ctrl-A x       end the run");
        type(CTRL_A + "x");
        await("status 130, terminal restored");
    }

    @Test
    void interruptEndsABootAndAScript() throws Exception {
        Path script = Files.writeString(folder.resolve("endless.sh"), "echo running; while true; do true; done");
        for (String awaited : List.of("", "running")) {
            // A shell that runs the tests in the background has interrupts ignored, and children inherit that.
            List<String> command = LinuxRun.command("linux", "--engine", "interpreter", "--script", script, "--append", "earlycon=sbi loglevel=7");
            command.addAll(0, List.of("env", "--default-signal=INT"));
            seen = 0;
            start(command.toArray(String[]::new));
            await(awaited.isEmpty() ? "Zone ranges:" : awaited);
            assertEquals(0, new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor());
            assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), "still running");
            assertEquals(INTERRUPTED, process.exitValue());
        }
    }

    @Test
    void inputFromAFileIsTypedAndItsEndEndsTheShell() throws Exception {
        Path input = Files.writeString(folder.resolve("input"), "echo $((6 * 7))\nexit 9\n");
        LinuxRun run = LinuxRun.of(folder, LONGEST_SECONDS, LinuxRun.command("linux", "--engine", "interpreter"), input.toFile());
        assertEquals(9, run.status(), run.toString());
        assertTrue(run.console().contains("\n42\n"), run.console());
    }

    @Test
    void emptyInputEndsTheShell() throws Exception {
        LinuxRun run = LinuxRun.of(folder, LONGEST_SECONDS, LinuxRun.command("linux", "--engine", "interpreter"), new File("/dev/null"));
        assertEquals(0, run.status(), run.toString());
        assertTrue(run.console().contains(PROMPT) && run.console().contains("Power down"), run.console());
    }
}
