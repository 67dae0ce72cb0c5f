// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.language.ScriptValues.bytes;
import static org.penumbra.language.ScriptValues.options;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.IOAccess;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.options.ModelName;

/// The object `penumbra`: machines of a script's own, what ends their runs, snapshots, events.
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ScriptMachineTest {
    private static final String PAGED = "paging";

    private final Context context = Context.newBuilder(RiscvLanguage.ID).allowExperimentalOptions(true).allowIO(IOAccess.ALL)
            .allowPolyglotAccess(PolyglotAccess.ALL).option("engine.MultiTier", "false")
            .option("engine.BackgroundCompilation", "false").option("riscv.eager", "true").build();
    private final Value penumbra = context.eval(RiscvLanguage.ID, "penumbra");

    @AfterEach
    void close() {
        context.close(true);
    }

    private Value machine(byte[] image, Object... pairs) {
        return ScriptValues.machine(penumbra, image, "16M", pairs);
    }

    private static String reason(Value end) {
        return end.getMember("reason").asString();
    }

    /// Writes the letters of a text to the console and then loads from it what is typed, until that is `q`: exits with 3.
    private static byte[] prompt(String text) {
        return Assembly.of("lui a1, 0x10000\n" + Assembly.print(text) + """
                wait: lbu a0, 5(a1)
                andi a0, a0, 1
                beqz a0, wait
                lbu a0, 0(a1)
                addi a0, a0, -'q'
                bnez a0, wait
                """ + Assembly.exit(3));
    }

    private static byte[] counting() {
        return Assembly.of("""
                li a0, 0
                li a1, 2047
                again: addi a0, a0, 1
                addi a1, a1, -1
                bnez a1, again
                """ + Assembly.exit(5));
    }

    @Test
    void runSaysWhyItEnded() {
        Value m = machine(counting());
        Value end = m.invokeMember("run", options("limit", 100));
        assertEquals("limit", reason(end));
        assertEquals(100, end.getMember("instructions").asLong());
        assertTrue(end.getMember("status").isNull());
        end = m.invokeMember("run", options("until", Assembly.RAM + 8));
        assertEquals("breakpoint", reason(end));
        assertEquals(Assembly.RAM + 8, end.getMember("pc").asLong());
        long count = m.getMember("harts").getArrayElement(0).getMember("a0").asLong();
        m.invokeMember("run", options("until", Assembly.RAM + 8));
        assertEquals(count + 1, m.getMember("harts").getArrayElement(0).getMember("a0").asLong());
        int[] asked = {0};
        end = m.invokeMember("run", options("until", (ProxyExecutable) arguments -> ++asked[0] == 1));
        assertEquals("exit", reason(end), "the guest's end comes before the first question");
        assertEquals(5, end.getMember("status").asInt());
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "interpreter"})
    void consoleIsTypedOnAndWaitedFor(String engine) {
        Value m = machine(prompt("ready> "), "engine", engine);
        Value console = m.getMember("console");
        assertEquals("ready> ", console.invokeMember("expect", "> ").asString());
        console.invokeMember("send", "xq");
        assertEquals("exit", reason(m.invokeMember("run")));
        PolyglotException e = assertThrows(PolyglotException.class, () -> console.invokeMember("expect", "never"));
        assertTrue(e.getMessage().startsWith("the guest has not written 'never': exit after 0 instructions"), e.getMessage());
    }

    @Test
    void wrongNamesAreOneClearLine() {
        Value m = machine(counting());
        for (Map.Entry<Runnable, String> wrong : Map.<Runnable, String>of(
                () -> machine(counting(), "modle", "ssp"), "a machine has no option 'modle'; it has ad, ",
                () -> machine(counting(), "model", "kvm"), "'kvm'",
                () -> penumbra.invokeMember("machine", options()), "a machine is made of one of image, bytes and kernel",
                () -> m.invokeMember("run", options("untill", 1)), "there is no option 'untill' here",
                () -> m.invokeMember("run", options("until", "main")), "'main' is neither an address nor a symbol",
                () -> m.invokeMember("on", "exits", (ProxyExecutable) arguments -> null), "there is no event 'exits'; there are",
                () -> m.invokeMember("on", "load", (ProxyExecutable) arguments -> null), "load wants an address",
                () -> penumbra.invokeMember("load", "/no/such/file"), "/no/such/file: no such file").entrySet()) {
            PolyglotException e = assertThrows(PolyglotException.class, wrong.getKey()::run);
            assertTrue(e.isGuestException() && e.getMessage().contains(wrong.getValue()), e.getMessage());
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        }
        assertEquals("exit", reason(m.invokeMember("run")));
    }

    /// Nobody is to take one model's figures for those of another setting.
    @Test
    void optionsWithoutEffectUnderTheModelAreRefused(@TempDir Path directory) {
        Value m = guest(PAGED, "model", "ssp", "rootBuffer", 2);
        m.invokeMember("step", 20_000);
        Value snapshot = m.invokeMember("snapshot");
        Path file = directory.resolve("a.snap");
        snapshot.invokeMember("save", file.toString());
        for (Map.Entry<Runnable, String> wrong : Map.<Runnable, String>of(
                () -> guest(PAGED, "model", "tsp", "rootBuffer", 2), "root-buffer has no effect under the model tsp",
                () -> snapshot.invokeMember("fork", options("model", "hap", "sync", "drop")), "sync has no effect under the model hap",
                () -> snapshot.invokeMember("fork", options("secondStage", "sv48x4")), "second-stage has no effect under the model ssp",
                () -> m.invokeMember("switchModel", "native", options("balloon", 5000)), "balloon has no effect under the model native",
                () -> penumbra.invokeMember("load", file.toString(), options("model", "hap", "rootBuffer", 4)),
                "root-buffer has no effect under the model hap",
                () -> penumbra.invokeMember("load", file.toString(), options("secondStage", "sv48x4")),
                "second-stage has no effect under the model ssp").entrySet()) {
            PolyglotException e = assertThrows(PolyglotException.class, wrong.getKey()::run);
            assertTrue(e.getMessage().startsWith("riscv." + wrong.getValue()), e.getMessage());
            assertEquals(64, e.getGuestObject().getMember("exitStatus").asInt());
        }
        // What the machine was made with goes on to have its effect when the model comes back, and is no mistake meanwhile.
        Value other = snapshot.invokeMember("fork", options("model", "native"));
        assertEquals("native", other.getMember("model").asString());
        m.invokeMember("switchModel", "native");
        assertEquals("exit", reason(m.invokeMember("run")));
    }

    /// All that is counted but time and what the engine did.
    private static Map<String, String> counts(Value machine) {
        var result = new TreeMap<String, String>();
        collect("", machine.getMember("counters"), result);
        return result;
    }

    private static void collect(String prefix, Value object, Map<String, String> result) {
        for (String name : object.getMemberKeys()) {
            Value value = object.getMember(name);
            if (name.equals("hostSeconds") || name.equals("compiler") || name.equals("engine")) {
                continue;
            }
            if (value.hasArrayElements()) {
                for (long i = 0; i < value.getArraySize(); i++) {
                    collect(prefix + name + "." + i + ".", value.getArrayElement(i), result);
                }
            } else if (value.hasMembers()) {
                collect(prefix + name + ".", value, result);
            } else {
                result.put(prefix + name, value.toString());
            }
        }
    }

    private Value guest(String name, Object... pairs) {
        Object[] all = Arrays.copyOf(pairs, pairs.length + 4);
        System.arraycopy(new Object[] {"image", System.getProperty("penumbra.root") + "/tests/src/test/resources/guest/" + name
                + ".elf", "memory", "16M"}, 0, all, pairs.length, 4);
        return penumbra.invokeMember("machine", options(all));
    }

    static Stream<Arguments> modelsAndEngines() {
        return Stream.concat(ModelName.all().stream().map(model -> Arguments.of(model, "default")),
                Stream.of("native", "hap").map(model -> Arguments.of(model, "interpreter")));
    }

    @ParameterizedTest
    @MethodSource("modelsAndEngines")
    void restoredForkedAndLoadedMachinesGoOnAlike(String model, String engine, @TempDir Path directory) {
        Value m = guest(PAGED, "model", model, "engine", engine);
        m.invokeMember("step", 20_000);
        Value snapshot = m.invokeMember("snapshot");
        assertEquals(m.invokeMember("hash").asString(), snapshot.invokeMember("hash").asString());
        Value fork = snapshot.invokeMember("fork");
        for (int slice = 0; slice < 7; slice++) {
            fork.invokeMember("step", 997);
        }
        Value forkEnd = fork.invokeMember("run");
        Value end = m.invokeMember("run");
        assertEquals("exit", reason(end), m.getMember("console").invokeMember("read").asString());
        String hash = m.invokeMember("hash").asString();
        Map<String, String> counts = counts(m);
        assertEquals(end.getMember("status").asInt(), forkEnd.getMember("status").asInt());
        assertEquals(hash, fork.invokeMember("hash").asString());
        assertEquals(counts, counts(fork));
        m.invokeMember("restore", snapshot);
        m.invokeMember("run");
        assertEquals(hash, m.invokeMember("hash").asString());
        assertEquals(counts, counts(m));
        String file = directory.resolve("a.snap").toString();
        snapshot.invokeMember("save", file);
        Value loaded = penumbra.invokeMember("load", file);
        assertEquals(model, loaded.getMember("model").asString());
        loaded.invokeMember("run");
        assertEquals(hash, loaded.invokeMember("hash").asString());
        assertCountsFromZero(loaded, snapshot, m);
        for (String other : List.of("native", "ssp", "hap")) {
            Value changed = snapshot.invokeMember("fork", other.equals("ssp") ? options("model", other, "rootBuffer", 2)
                    : options("model", other));
            changed.invokeMember("run");
            assertEquals(end.getMember("status").asInt(), changed.invokeMember("run").getMember("status").asInt());
            assertEquals(hash, changed.invokeMember("hash").asString(), other);
            if (!other.equals(model) || other.equals("ssp")) {
                assertCountsFromZero(changed, snapshot, m);
            }
        }
    }

    /// Instructions are counted for as long as everything else is.
    private static void assertCountsFromZero(Value machine, Value snapshot, Value whole) {
        long all = whole.getMember("instructions").asLong() - snapshot.getMember("instructions").asLong();
        assertEquals(whole.getMember("instructions").asLong(), machine.getMember("instructions").asLong());
        Value counters = machine.getMember("counters");
        assertEquals(all, counters.getMember("instructions").asLong());
        assertEquals(all, counters.getMember("harts").getArrayElement(0).getMember("instructions").asLong());
        assertEquals(all, counters.invokeMember("since", snapshot).getMember("instructions").asLong());
        assertEquals(all, whole.getMember("counters").invokeMember("since", snapshot).getMember("instructions").asLong());
    }

    @Test
    void snapshotDoesNotChangeWhatTheGuestComputes() {
        Value plain = guest(PAGED, "model", "ssp");
        Value end = plain.invokeMember("run");
        Value watched = guest(PAGED, "model", "ssp");
        for (int i = 0; i < 5; i++) {
            watched.invokeMember("step", 7919);
            watched.invokeMember("snapshot");
        }
        assertEquals(end.getMember("status").asInt(), watched.invokeMember("run").getMember("status").asInt());
        assertEquals(plain.invokeMember("hash").asString(), watched.invokeMember("hash").asString());
    }

    @Test
    void damagedForeignAndNewerSnapshotsAreRefused(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("m.snap");
        Value m = machine(counting());
        m.invokeMember("snapshot").invokeMember("save", file.toString());
        assertEquals(List.of(file), Files.list(directory).toList(), "nothing is left beside it");
        byte[] good = Files.readAllBytes(file);
        Map<String, byte[]> bad = new HashMap<>();
        byte[] damaged = good.clone();
        damaged[good.length / 2] ^= 1;
        bad.put("it is damaged", damaged);
        bad.put("it ends too early", Arrays.copyOf(good, good.length - 9));
        bad.put("it is no snapshot of Penumbra", "hello".getBytes(StandardCharsets.US_ASCII));
        byte[] newer = good.clone();
        newer[21]++;
        bad.put("it has version 9 of the format, this Penumbra reads 8; make it again", newer);
        for (Map.Entry<String, byte[]> entry : bad.entrySet()) {
            Files.write(file, entry.getValue());
            PolyglotException e = assertThrows(PolyglotException.class, () -> penumbra.invokeMember("load", file.toString()));
            assertEquals(file + ": " + entry.getKey(), e.getMessage());
            assertEquals(65, e.getGuestObject().getMember("exitStatus").asInt());
        }
        PolyglotException e = assertThrows(PolyglotException.class, () -> m.invokeMember("snapshot").invokeMember("save",
                directory.resolve("no/m.snap").toString()));
        assertEquals(73, e.getGuestObject().getMember("exitStatus").asInt());
        assertEquals("exit", reason(m.invokeMember("run")));
    }

    /// It is left as it was.
    @Test
    void aMachineRefusesSnapshotsOfAnotherShape() {
        Value m = guest(PAGED, "model", "ssp");
        m.invokeMember("step", 5000);
        String hash = m.invokeMember("hash").asString();
        Value taken = guest(PAGED, "harts", 2).invokeMember("snapshot");
        PolyglotException e = assertThrows(PolyglotException.class, () -> m.invokeMember("restore", taken));
        assertEquals("the snapshot does not fit: it has 2 harts and 16 MiB of memory", e.getMessage());
        assertEquals(hash, m.invokeMember("hash").asString());
        assertEquals("exit", reason(m.invokeMember("run")));
    }

    /// What can never match is a slip of the pen.
    @Test
    void filtersThatNothingCanMatchAreRefused() {
        Value m = guest(PAGED, "model", "ssp");
        ProxyExecutable nothing = _ -> null;
        Map<String, Object[]> wrong = Map.of(
                "an event of exit has no 'nonsense'; it has kind, hart, pc, instruction, cause, gva, gpa",
                new Object[] {"exit", options("nonsense", 1)},
                "'access' of an event of tlbMiss is never 'x'; it is one of fetch, load, store",
                new Object[] {"tlbMiss", options("access", "x")},
                "'cause' of an event of exit is a text", new Object[] {"exit", options("cause", 3)},
                "'cause' of an event of trap is a number, not 'x'", new Object[] {"trap", options("cause", "x")});
        wrong.forEach((message, filter) -> {
            PolyglotException e = assertThrows(PolyglotException.class, () -> m.invokeMember("on", filter[0], filter[1],
                    nothing));
            assertEquals(message, e.getMessage());
        });
        m.invokeMember("on", "exit", options("cause", "pt_write_leaf", "hart", 0), nothing);
        assertEquals("exit", reason(m.invokeMember("run")));
    }

    @Test
    void listenersOfAClosedMachineCanBeRemoved() {
        Value m = guest(PAGED, "model", "ssp");
        ProxyExecutable nothing = _ -> null;
        Value one = m.invokeMember("on", "load", Assembly.RAM, nothing);
        Value other = m.invokeMember("on", "store", Assembly.RAM, nothing);
        Value record = m.invokeMember("record", ProxyArray.fromArray("exit"));
        m.invokeMember("step", 1000);
        m.invokeMember("close");
        one.invokeMember("remove");
        record.invokeMember("close");
        other.invokeMember("remove");
        PolyglotException e = assertThrows(PolyglotException.class, () -> m.invokeMember("run"));
        assertEquals("the machine has been closed", e.getMessage());
    }

    /// Compiled code of a page that a restore changes is not used.
    @Test
    void restoringDropsCompiledCodeOfPagesThatChange() {
        Value m = machine(counting());
        Value begin = m.invokeMember("snapshot");
        assertEquals(5, m.invokeMember("run").getMember("status").asInt());
        long count = m.getMember("harts").getArrayElement(0).getMember("a0").asLong();
        m.invokeMember("restore", begin);
        m.getMember("memory").invokeMember("write", 8,
                bytes(Assembly.of("addi a0, a0, 2")));
        m.invokeMember("run");
        assertNotEquals(count, m.getMember("harts").getArrayElement(0).getMember("a0").asLong());
        m.invokeMember("restore", begin);
        m.invokeMember("run");
        assertEquals(count, m.getMember("harts").getArrayElement(0).getMember("a0").asLong());
    }

    @ParameterizedTest
    @CsvSource({"ssp, default", "ssp, interpreter", "tsp, default", "hap, default", "native, default"})
    void eventsAreAsManyAsCountsAndChangeNone(String model, String engine) {
        Value plain = guest(PAGED, "model", model, "engine", engine);
        plain.invokeMember("run");
        Value m = guest(PAGED, "model", model, "engine", engine);
        Value record = m.invokeMember("record", ProxyArray.fromArray("exit", "fastPath", "tlbMiss", "fence",
                "root", "trap", "interrupt", "mmio", "console"));
        long[] called = {0};
        m.invokeMember("on", "exit", (ProxyExecutable) arguments -> {
            called[0]++;
            return null;
        });
        m.invokeMember("run");
        assertEquals(counts(plain), counts(m));
        assertEquals(plain.invokeMember("hash").asString(), m.invokeMember("hash").asString());
        Value kinds = record.invokeMember("groupBy", "kind").getMember("counts");
        Value counters = m.getMember("counters");
        assertEquals(counters.getMember("memoryVirtualisationExits").asLong(), number(kinds, "exit"));
        assertEquals(called[0], number(kinds, "exit"));
        assertEquals(counters.getMember("tlb").getMember("misses").asLong(), number(kinds, "tlbMiss"));
        assertTrue(number(kinds, "trap") > 0 && number(kinds, "mmio") > 0, kinds.toString());
        assertTrue(record.invokeMember("csv").asString().startsWith("kind,hart,pc,instruction,"));
        assertTrue(record.invokeMember("groupBy", "kind").invokeMember("svg").asString().contains("</svg>"));
    }

    private static long number(Value map, String name) {
        return map.hasMember(name) ? map.getMember(name).asLong() : 0;
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "interpreter", "immediate"})
    void breakpointsAndWatchpointsStopExactly(String engine) {
        Value plain = machine(counting(), "engine", engine);
        plain.invokeMember("run");
        Value m = machine(counting(), "engine", engine);
        Value hart = m.getMember("harts").getArrayElement(0);
        List<Long> seen = new ArrayList<>();
        m.invokeMember("step", 3000); // what is hot is compiled
        Value hook = m.invokeMember("on", "exec", Assembly.RAM + 8, (ProxyExecutable) arguments -> {
            assertEquals(Assembly.RAM + 8, hart.getMember("pc").asLong());
            seen.add(hart.getMember("a0").asLong());
            return seen.size() == 5 ? "stop" : null;
        });
        assertEquals("stop", reason(m.invokeMember("run")));
        assertEquals(List.of(seen.get(0), seen.get(0) + 1, seen.get(0) + 2, seen.get(0) + 3, seen.get(0) + 4), seen);
        hook.invokeMember("remove");
        List<Long> stores = new ArrayList<>();
        m.invokeMember("on", "mmio", options("access", "write"), (ProxyExecutable) arguments -> {
            stores.add(arguments[0].getMember("address").asLong());
            return null;
        });
        assertEquals("exit", reason(m.invokeMember("run")));
        assertEquals(List.of(0x100000L), stores);
        assertEquals(5, seen.size());
        assertEquals(plain.invokeMember("hash").asString(), m.invokeMember("hash").asString());
        assertEquals(counts(plain), counts(m));
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "interpreter", "immediate"})
    void coverageIsWhatStepsComeTo(String engine) {
        Value plain = guest(PAGED, "engine", engine);
        Value m = guest(PAGED, "engine", engine);
        m.invokeMember("step", 5000); // what is hot is compiled
        plain.invokeMember("step", 5000);
        Value coverage = m.invokeMember("coverage");
        m.invokeMember("step", 20_000);
        Set<Long> stepped = new HashSet<>();
        Value hart = plain.getMember("harts").getArrayElement(0);
        for (int i = 0; i < 20_000; i++) {
            long pc = hart.getMember("pc").asLong();
            plain.invokeMember("step", 1);
            boolean unfetched = hart.getMember("mcause").asLong() == 12 && hart.getMember("mepc").asLong() == pc;
            stepped.add(unfetched ? hart.getMember("mtvec").asLong() : pc);
        }
        assertEquals(stepped.size(), coverage.getMember("count").asInt());
        assertTrue(stepped.stream().allMatch(address -> coverage.invokeMember("covers", address).asBoolean()));
        assertFalse(coverage.invokeMember("covers", stepped.iterator().next() + 1).asBoolean());
        Value table = coverage.invokeMember("table");
        int all = 0;
        for (long i = 0; i < table.getArraySize(); i++) {
            Value row = table.getArrayElement(i);
            all += row.getMember("instructions").asInt();
            if (!row.getMember("share").isNull()) {
                double share = row.getMember("share").asDouble();
                assertTrue(share >= 0 && share <= 1 && share > 0 == row.getMember("instructions").asInt() > 0, row.toString());
            }
        }
        assertEquals(stepped.size(), all, "the guest has a function for each instruction");
        coverage.invokeMember("close");
        m.invokeMember("run");
        assertEquals(stepped.size(), coverage.getMember("count").asInt());
        plain.invokeMember("run");
        assertEquals(plain.invokeMember("hash").asString(), m.invokeMember("hash").asString());
        assertEquals(counts(plain), counts(m));
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "interpreter"})
    void watchedStoreIsToldOfWithItsValue(String engine) {
        // Stores its count to RAM + 0x1000, over and over.
        byte[] program = Assembly.of("""
                li a0, 0
                lui a1, 0x80001
                slli a1, a1, 32
                srli a1, a1, 32
                again: addi a0, a0, 1
                sd a0, 8(a1)
                li a2, 2000
                bne a0, a2, again
                """ + Assembly.exit(0));
        Value plain = machine(program, "engine", engine);
        plain.invokeMember("run");
        Value m = machine(program, "engine", engine);
        m.invokeMember("step", 4000);
        List<Long> values = new ArrayList<>();
        m.invokeMember("on", "store", options("address", Assembly.RAM + 0x1008, "size", 4), (ProxyExecutable) arguments -> {
            values.add(arguments[0].getMember("value").asLong());
            return values.size() == 3 ? "stop" : null;
        });
        assertEquals("stop", reason(m.invokeMember("run")));
        assertEquals(List.of(values.get(0), values.get(0) + 1, values.get(0) + 2), values);
        assertEquals("exit", reason(m.invokeMember("run")));
        assertEquals(2000, values.getLast());
        assertEquals(counts(plain), counts(m));
        assertEquals(plain.invokeMember("hash").asString(), m.invokeMember("hash").asString());
    }

    @Test
    void callbackThatThrowsIsHeardAndTheMachineGoesOn() {
        Value m = machine(counting());
        Value hook = m.invokeMember("on", "exec", Assembly.RAM + 8, (ProxyExecutable) arguments -> {
            throw new IllegalStateException("oops");
        });
        PolyglotException e = assertThrows(PolyglotException.class, () -> m.invokeMember("run"));
        assertTrue(e.isHostException() && e.getMessage().contains("oops"), e.toString());
        hook.invokeMember("remove");
        m.invokeMember("on", "exec", Assembly.RAM + 12, (ProxyExecutable) arguments -> m.invokeMember("step", 1));
        e = assertThrows(PolyglotException.class, () -> m.invokeMember("run"));
        assertTrue(e.getMessage().contains("the machine is running: a callback"), e.getMessage());
        assertNotEquals(0, m.getMember("instructions").asLong());
    }

    @Test
    void walkShowsThePageTables() {
        Value m = guest(PAGED);
        m.invokeMember("run", options("until", options("event", "root")));
        m.invokeMember("step", 50);
        Value hart = m.getMember("harts").getArrayElement(0);
        assertFalse(hart.getMember("satp").asLong() == 0);
        Value steps = m.invokeMember("walk", hart.getMember("pc").asLong());
        Value last = steps.getArrayElement(steps.getArraySize() - 1);
        assertEquals("leaf", last.getMember("kind").asString(), steps.toString());
        assertTrue(last.getMember("flags").asString().startsWith("vr"), last.toString());
        long offset = last.getMember("offset").asLong();
        assertEquals(last.getMember("pte").asBigInteger(), m.getMember("memory").getMember("u64").getArrayElement(offset)
                .asBigInteger());
        long pc = hart.getMember("pc").asLong();
        assertEquals(m.getMember("memory").getMember("u16").getArrayElement(last.getMember("gpa").asLong() - Assembly.RAM).asInt(),
                m.invokeMember("virtual").invokeMember("load", pc, 2).asInt());
        PolyglotException e = assertThrows(PolyglotException.class, () -> m.invokeMember("virtual").invokeMember("load", 0x40, 8));
        assertEquals("nothing is mapped at 0x40", e.getMessage());
    }
}
