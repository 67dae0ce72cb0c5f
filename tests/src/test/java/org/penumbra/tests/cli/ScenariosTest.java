// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `penumbra script` as a process, with JavaScript and Python: the scripts of `docs/scenarios`, and bad ones.
@Tag("long")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ScenariosTest {

    private static final Path ROOT = Path.of(System.getProperty("penumbra.root"));
    private static final Path PAGING = ROOT.resolve("tests/src/test/resources/guest/paging.elf");

    private static final Path TRAPS = ROOT.resolve("tests/src/test/resources/guest/traps.elf");

    @TempDir
    private Path directory;

    private record Outcome(int status, String out, String err) {
    }

    private Outcome script(Path file, Object... arguments) throws IOException, InterruptedException {
        List<Object> all = new ArrayList<>(List.of("--read", ROOT, "--write", directory, file, "--"));
        all.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(Command.of("script", all.toArray())).directory(directory.toFile())
                .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            process.getOutputStream().close();
            var outcome = new Outcome(process.waitFor(), Files.readString(out), Files.readString(err));
            assumeTrue(!outcome.err.contains("penumbra: cannot get "), "the language cannot be fetched: " + outcome.err);
            return outcome;
        } finally {
            process.destroyForcibly();
        }
    }

    private Outcome scenario(String name, Object... arguments) throws IOException, InterruptedException {
        Outcome outcome = script(ROOT.resolve("docs/scenarios").resolve(name), arguments);
        assertEquals(0, outcome.status, outcome.err);
        return outcome;
    }

    private Outcome bad(String name, String text) throws IOException, InterruptedException {
        Outcome outcome = script(Files.writeString(directory.resolve(name), text));
        assertEquals(1, outcome.err.lines().filter(line -> !line.contains("getting ")).count(), outcome.err);
        return outcome;
    }

    @Test
    void modelsComputeTheSameFromOneSnapshot() throws Exception {
        List<String> lines = scenario("models.js", PAGING).out.lines().toList();
        assertEquals(4, lines.size(), lines.toString());
        assertTrue(lines.get(0).matches("native \\d+ 0"), lines.get(0));
        assertTrue(lines.get(1).matches("tsp \\d+ [1-9]\\d*"), lines.get(1));
    }

    @Test
    void exitsAreCountedByFunctionAndDrawn() throws Exception {
        Path picture = directory.resolve("exits.svg");
        Outcome outcome = scenario("exits.js", PAGING, picture);
        assertTrue(outcome.out.contains("\"pt_write_leaf\":"), outcome.out);
        assertTrue(Files.readString(picture).startsWith("<svg "), "a picture");
    }

    @Test
    void bufferOfRootsIsSweptAndFencesAreShown() throws Exception {
        List<String> lines = scenario("buffer.js", PAGING).out.lines().toList();
        assertEquals(6, lines.size(), lines.toString());
        List<String> fences = scenario("fences.js", PAGING).out.lines().toList();
        assertEquals("stop", fences.getLast());
        assertTrue(fences.stream().limit(5).allMatch(line -> line.contains("fence.vma") || line.contains("sinval")),
                fences.toString());
    }

    @Test
    void everyBitOfAnEntryIsFlippedInAFork() throws Exception {
        assertTrue(scenario("faults.py", PAGING).out.endsWith("54 forks\n"), "all of them end");
    }

    @Test
    void theStoreBeforeATrapIsFoundGoingBack() throws Exception {
        List<String> lines = scenario("crash.js", TRAPS, "checks").out.lines().toList();
        assertTrue(lines.get(0).startsWith("trap at 0x"), lines.toString());
        assertTrue(lines.get(1).matches("breakpoint sd .* in check after \\d+"), lines.toString());
        assertEquals("at the trap again: true", lines.get(2));
    }

    @Test
    void theFirstDifferenceOfTwoMachinesIsFound() throws Exception {
        List<String> lines = scenario("diverge.js", TRAPS).out.lines().toList();
        assertEquals("two models: none", lines.get(0));
        assertTrue(lines.get(1).matches("with a fault: 7777 at 0x\\p{XDigit}+"), lines.toString());
    }

    @Test
    void theModelChangesWhileTheGuestRuns() throws Exception {
        List<String> lines = scenario("switch.js", PAGING).out.lines().toList();
        assertEquals("native 0", lines.get(0));
        assertTrue(lines.get(1).startsWith("ssp "), lines.toString());
        assertEquals("tsp true 0 true", lines.getLast());
    }

    @Test
    void aSystemCallIsFuzzedFromASnapshot() throws Exception {
        String out = scenario("fuzz.py", TRAPS, "do_ecall").out;
        assertTrue(out.startsWith("40 calls {"), out);
    }

    @Test
    void aDeviceInPythonIsDrivenByTheGuest() throws Exception {
        assertEquals("0 3 30 pending 1\n0 True\n", scenario("sensor.py").out);
    }

    @Test
    void aFlameGraphShowsFunctionsAndExits() throws Exception {
        Path picture = directory.resolve("flame.svg");
        scenario("flame.js", PAGING, picture);
        String svg = Files.readString(picture);
        assertTrue(svg.startsWith("<svg ") && svg.contains("test_main") && svg.contains("[exit "), svg);
    }

    @Test
    void linuxIsDrivenByItsConsoleUnderThreeModels() throws Exception {
        Outcome outcome = script(ROOT.resolve("docs/scenarios/linux.js"));
        assumeTrue(!outcome.err.contains("cannot get Debian's"), outcome.err);
        assertEquals(0, outcome.status, outcome.err);
        for (String model : List.of("tsp", "ssp", "hap")) {
            assertTrue(outcome.out.contains(model + " 0 "), outcome.out);
            assertTrue(Files.readString(directory.resolve(model + ".svg")).startsWith("<svg "), model);
        }
    }

    /// The modules and words of Python itself, on what machines give.
    @Test
    void pythonTakesValuesOfMachinesAsItsOwn() throws Exception {
        Outcome outcome = script(Files.writeString(directory.resolve("values.py"), """
                import json
                m = penumbra.machine(image='%s', memory='16M', model='ssp')
                m.step(5000)
                read = json.loads(json.dumps(m.statistics))
                print(read['instructions'], read['model'], read['guestExit'], len(read['harts']), json.dumps({'x': m.harts[0:0]}))
                h = m.harts[0]
                h.hex['a0'] = '0x10'
                h.unsigned['a1'] = 2**63
                print(h.a0, h.a1, h.unsigned.a1, h.unsigned['misa'] > 2**63, 'a0' in h.doubles, 'fa0' in h.doubles)
                print(dict(h.hex)['a1'], len(dict(m.counters)) > 10, bytes(m.memory[0:2]), 'check' in m.symbols)
                try:
                    m.on('trap', lambda e: 1 / 0)
                    m.run()
                except ZeroDivisionError as e:
                    print('thrown', e)
                """.formatted(TRAPS)));
        assertEquals(0, outcome.status, outcome.err);
        assertEquals("""
                5000 ssp None 1 {"x": []}
                16 -9223372036854775808 9223372036854775808 True False True
                0x8000000000000000 True b'\\xf3"' True
                thrown division by zero
                """.replace("\\\\", "\\"), outcome.out);
    }

    @Test
    void pythonsErrorsNameTheLine() throws Exception {
        Path path = Files.writeString(directory.resolve("errors.py"), """
                class Broken:
                    at, size = 0x10100000, 0x1000
                    def read(self, offset, size):
                        raise ValueError('broken')
                    def write(self, offset, size, value):
                        pass

                program = bytes.fromhex('b7051010' '03a50500')  # lui a1, 0x10100; lw a0, 0(a1)
                m = penumbra.machine(bytes=program, raw=True, memory='1M', devices=[Broken()])
                m.run()
                """);
        Outcome outcome = script(path);
        assertEquals(1, outcome.status, outcome.err);
        assertEquals("penumbra: " + path + ":4: ValueError: broken\n", outcome.err);
    }

    /// The script itself fails where an event is missed or a count changes; what it costs is told, not judged, here.
    @Test
    void observingChangesNoCountsAndMissesNothing() throws Exception {
        Process process = new ProcessBuilder(Command.of("script", "--allow-all", ROOT.resolve("benchmarks/hooks.js"),
                "--", "1")).directory(ROOT.toFile()).redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile()).start();
        try {
            process.getOutputStream().close();
            int status = process.waitFor();
            String err = Files.readString(directory.resolve("err"));
            assumeTrue(!err.contains("penumbra: cannot get "), "the language cannot be fetched: " + err);
            assertEquals(0, status, err);
            assertTrue(Files.readString(directory.resolve("out")).matches(
                    "(?s)1\\d{5} exits\nnone .*\nhook .*\nrecord .*\n"), Files.readString(directory.resolve("out")));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void badScriptsAreOneLineWithAStatus() throws Exception {
        Outcome outcome = bad("a.js", "const m = 1\nm.run()\n");
        assertEquals(1, outcome.status, outcome.err);
        assertTrue(outcome.err.contains("a.js:2: TypeError"), outcome.err);
        outcome = bad("b.js", "let = = 1\n");
        assertEquals(1, outcome.status, outcome.err);
        assertTrue(outcome.err.contains("b.js:1: SyntaxError"), outcome.err);
        outcome = bad("c.js", "\npenumbra.machine({ image: 'no.elf' })\n");
        assertEquals(66, outcome.status, outcome.err);
        assertTrue(outcome.err.contains("c.js:2: no.elf: no such file"), outcome.err);
        outcome = bad("d.js", "penumbra.machine({ image: '/etc/passwd' })\n");
        assertTrue(outcome.err.contains("scripts read files of their own"), outcome.err);
        outcome = bad("e.js", "const m = penumbra.machine({ image: '" + PAGING + "', memory: '16M' })\nm.close()\nm.run()\n");
        assertEquals(64, outcome.status, outcome.err);
        assertTrue(outcome.err.contains("e.js:3: the machine has been closed"), outcome.err);
        outcome = bad("f.js", "const m = penumbra.machine({ image: '" + PAGING + "', memory: '16M' })\n"
                + "m.snapshot().save('/nowhere.snap')\n");
        assertEquals(73, outcome.status, outcome.err);
    }

    @Test
    void anotherEndingIsRefusedAndHelpTeaches() throws Exception {
        Outcome outcome = script(Files.writeString(directory.resolve("a.rb"), "puts 1"));
        assertEquals(64, outcome.status, outcome.err);
        outcome = script(directory.resolve("none.js"));
        assertEquals(66, outcome.status, outcome.err);
    }
}
