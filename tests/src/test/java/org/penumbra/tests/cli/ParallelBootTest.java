// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.graalvm.polyglot.io.IOAccess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.linux.LinuxBoot;
import org.penumbra.options.ModelName;

/// Debian's kernel with harts in parallel, again and again. A boot that does not come to its end in time is stopped, and
/// shows where each hart is. `-Dpenumbra.parallel.boots=N` and `-Dpenumbra.parallel.rounds=N` do more than once, and
/// `sort target/parallel-boots.txt | uniq -c` counts the boots of all runs.
@Tag("long")
final class ParallelBootTest {
    private static final int BOOTS = Integer.getInteger("penumbra.parallel.boots", 1);
    /// How often programs that share memory run in a boot.
    private static final int ROUNDS = Integer.getInteger("penumbra.parallel.rounds", 1);
    private static final long LONGEST_SECONDS = 900L * Math.max(1, ROUNDS / 4);
    /// Gets a line for each boot that came to its end, so that the counts of several runs add up.
    private static final Path COUNTED = Path.of("target", "parallel-boots.txt");
    /// The kernel does not wait for what it has still to write when it is told to power off at once.
    private static final String COMMANDS = """
            n=$(nproc); i=0
            while [ $i -lt 4 ]; do j=0
            while [ $j -lt $n ]; do (echo $j | cat | grep -q $j; seq 1 500 | sort -r | md5sum > /dev/null) & j=$((j+1)); done
            wait; i=$((i+1)); done
            echo "all $n"" done"
            sleep 1
            poweroff -f
            """;

    @TempDir
    private Path folder;

    /// Nothing, without an end.
    private static InputStream silence() {
        return new InputStream() {
            @Override
            public int read() {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return -1;
            }
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 16})
    void everyBootComesToItsEnd(int harts) throws Exception {
        for (int i = 0; i < BOOTS; i++) {
            boot(harts, "native");
        }
    }

    /// The models but `native`, with two harts.
    static List<String> models() {
        return ModelName.all().stream().filter(model -> !model.equals("native")).toList();
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyModelBoots(String model) throws Exception {
        for (int i = 0; i < BOOTS; i++) {
            boot(2, model);
        }
    }

    private void boot(int harts, String model) throws Exception {
        String console = console(harts, model, null);
        assertTrue(console.contains("all " + harts + " done"), console);
        Files.writeString(COUNTED, harts + " harts, " + model + '\n', StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    /// Our programs `tests/guest/linux/sharing.c` and `fences.c`: futexes, locks, atomic operations, shared memory of
    /// threads and processes, and mappings that change under those who use them. Four harts, two under other models than
    /// `native`.
    @ParameterizedTest
    @MethodSource("org.penumbra.options.ModelName#all")
    void programsThatShareMemorySeeNothingThatTheyMayNot(String model) throws Exception {
        String console = console(model.equals("native") ? 4 : 2, model, LinuxBootTest.with("fences",
                LinuxBootTest.with("sharing", """
                i=0; while [ $i -lt %d ]; do /sharing && /fences || exit 1; i=$((i+1)); done
                """.formatted(ROUNDS))));
        String good = """
                ok additions under a mutex are not lost
                ok a token goes round
                ok nodes of a stack have one owner
                ok of two that want in one gets in
                ok processes are served in order
                all good
                nothing stale, nothing wrong, looked often
                """.repeat(ROUNDS);
        assertTrue(console.replace("\r", "").contains(good), console);
    }

    /// What a boot prints until the end.
    ///
    /// @param model  of translation
    /// @param script or null for the commands, given to a shell on the console
    private String console(int harts, String model, String script) throws Exception {
        var out = new ByteArrayOutputStream();
        try (LinuxBoot boot = new LinuxBoot(System.err).withWords("quiet cryptomgr.notests")) {
            InputStream in = silence();
            if (script == null) {
                in = new SequenceInputStream(new ByteArrayInputStream(COMMANDS.getBytes(StandardCharsets.US_ASCII)), in);
            } else {
                boot.withScript(script.getBytes(StandardCharsets.US_ASCII));
            }
            boot.prepare(512L << 20);
            boot(harts, model, boot, in, out);
        } catch (Failure missing) {
            abort(missing.getMessage());
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private void boot(int harts, String model, LinuxBoot boot, InputStream in, ByteArrayOutputStream out) throws Exception {
        try (Context context = Context.newBuilder("riscv").allowExperimentalOptions(true).allowIO(IOAccess.ALL)
                .allowCreateThread(true).options(boot.options()).option("riscv.memory", "512M")
                .option("riscv.harts", Integer.toString(harts)).option("riscv.smp", "parallel").option("riscv.model", model)
                .option("riscv.clock", "host").in(in).out(out).build()) {
            Value machine = context.eval(Source.newBuilder("riscv", ByteSequence.create(new byte[0]), "linux")
                    .mimeType("application/x-riscv-elf").build());
            var ended = new CountDownLatch(1);
            Thread guard = Thread.ofPlatform().daemon().start(() -> {
                try {
                    if (!ended.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                        machine.invokeMember("stop");
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            try {
                Value status = machine.invokeMember("run");
                if (status.isNull()) {
                    fail(where(machine) + out.toString(StandardCharsets.UTF_8));
                }
                assertEquals(0, status.asInt());
            } catch (PolyglotException e) {
                fail(e.getMessage() + '\n' + where(machine) + out.toString(StandardCharsets.UTF_8));
            } finally {
                ended.countDown();
                guard.join();
            }
        }
    }

    /// The pc of each hart, with the symbol that a boot with harts in turns shows for it.
    private String where(Value machine) throws Exception {
        var symbols = new TreeMap<Long, String>(Long::compareUnsigned);
        try {
            LinuxRun.ofScript(folder, "grep ' [tT] ' /proc/kallsyms").console().lines().forEach(line -> {
                String[] words = line.split(" ");
                if (words.length == 3) {
                    symbols.put(Long.parseUnsignedLong(words[0], 16), words[2]);
                }
            });
        } catch (AssertionError missing) {
            symbols.clear(); // a busy computer: the places must be told all the same
        }
        var text = new StringBuilder();
        Value all = machine.getMember("harts");
        for (long id = 0; id < all.getArraySize(); id++) {
            long pc = all.getArrayElement(id).getMember("pc").asLong();
            var symbol = symbols.floorEntry(pc);
            text.append("hart ").append(id).append(" at 0x").append(Long.toHexString(pc)).append(' ')
                    .append(symbol == null ? "" : symbol.getValue() + "+0x" + Long.toHexString(pc - symbol.getKey()))
                    .append('\n');
        }
        return text.toString();
    }
}
