// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.language.ScriptValues.options;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.IOAccess;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.graalvm.polyglot.proxy.ProxyHashMap;
import org.graalvm.polyglot.proxy.ProxyObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Machines that go back, change their model, and have devices of a script's own.
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ScriptTimeTest {
    private static final long DEVICE = 0x10100000;

    private final Context context = Context.newBuilder(RiscvLanguage.ID).allowExperimentalOptions(true)
            .allowIO(IOAccess.ALL).allowPolyglotAccess(PolyglotAccess.ALL).build();
    private final Value penumbra = context.eval(RiscvLanguage.ID, "penumbra");

    @AfterEach
    void close() {
        context.close(true);
    }

    private Value machine(byte[] program, Object... pairs) {
        return ScriptValues.machine(penumbra, program, "1M", pairs);
    }

    /// Counts down from 2000 in a1, storing the count at 0x80001000, and writes a letter every time; exits with 5.
    private static byte[] counting() {
        return Assembly.of("""
                auipc a2, 1
                lui t2, 0x10000
                li a1, 2000
                li a0, 'x'
                again: sb a0, 0(t2)
                addi a1, a1, -1
                sw a1, 0(a2)
                bnez a1, again
                """ + Assembly.exit(5));
    }

    private static String hash(Value machine) {
        return machine.invokeMember("hash").asString();
    }

    private static long count(Value machine) {
        return machine.getMember("instructions").asLong();
    }

    @ParameterizedTest
    @CsvSource({"native, default, 1", "native, interpreter, 2", "ssp, translated, 1", "hap, default, 4", "tsp, default, 1"})
    void aMachineIsSetBackAndOnAgainToTheBit(String model, String engine, int harts) {
        Value m = machine(counting(), "history", true, "model", model, "engine", engine, "harts", harts);
        Value plain = machine(counting(), "model", model, "harts", harts);
        m.invokeMember("run", options("limit", 3000));
        plain.invokeMember("step", 1234);
        String early = hash(plain);
        plain.invokeMember("step", 3000 - 1234);
        String late = hash(plain);
        assertEquals(late, hash(m));
        String printed = m.getMember("console").invokeMember("read").asString();
        assertTrue(m.invokeMember("goto", 1234).asBoolean());
        assertEquals(early, hash(m));
        assertTrue(m.invokeMember("goto", 3000).asBoolean());
        assertEquals(late, hash(m));
        assertEquals("", m.getMember("console").invokeMember("read").asString(), "nothing is printed twice");
        assertTrue(m.invokeMember("rewind", 3000 - 1234).asBoolean());
        assertEquals(early, hash(m));
        m.invokeMember("run");
        plain.invokeMember("run");
        assertEquals(plain.getMember("console").invokeMember("read").asString(),
                printed + m.getMember("console").invokeMember("read").asString());
        assertEquals(hash(plain), hash(m));
    }

    @Test
    void reverseStopsInFrontOfTheLastStoreAndAtTheBeginning() {
        Value m = machine(counting(), "history", true);
        m.invokeMember("run", options("limit", 500));
        Value end = m.invokeMember("reverse", options("store", 0x8000_1000L));
        assertEquals("breakpoint", end.getMember("reason").asString());
        Value hart = m.getMember("harts").getArrayElement(0);
        assertEquals(Assembly.RAM + 24, hart.getMember("pc").asLong());
        long at = count(m);
        m.invokeMember("reverse", options("store", 0x8000_1000L));
        assertEquals(at - 4, count(m), "four instructions a turn");
        m.invokeMember("reverse", options("until", Assembly.RAM + 8));
        assertEquals(Assembly.RAM + 8, hart.getMember("pc").asLong());
        assertEquals("beginning", m.invokeMember("reverse", options("load", 0x8000_1000L)).getMember("reason").asString());
        assertEquals(0, count(m));
        assertFalse(m.invokeMember("goto", -0L).isNull());
        Value without = machine(counting());
        assertTrue(assertThrows(PolyglotException.class, () -> without.invokeMember("rewind", 1)).getMessage()
                .contains("{history: true}"));
    }

    @Test
    void aChangeFromOutsideBeginsANewHistory() {
        Value m = machine(counting(), "history", true);
        m.invokeMember("run", options("limit", 500));
        m.getMember("harts").getArrayElement(0).putMember("a1", 7);
        m.invokeMember("run", options("limit", 5));
        assertFalse(m.invokeMember("goto", 400).asBoolean());
        assertEquals(500, count(m));
        assertEquals(7, m.getMember("harts").getArrayElement(0).getMember("a1").asLong());
    }

    /// The guest reads what is typed again when it has been set back, at the same instructions, and no sooner.
    @Test
    void inputComesAgain() {
        byte[] reading = Assembly.of("""
                lui a1, 0x10000
                wait: lbu a0, 5(a1)
                andi a0, a0, 1
                beqz a0, wait
                lbu a2, 0(a1)
                j wait
                """);
        Value m = machine(reading, "history", true);
        Value hart = m.getMember("harts").getArrayElement(0);
        m.invokeMember("run", options("limit", 1000));
        long first = hart.getMember("a2").asLong();
        m.getMember("console").invokeMember("send", "a");
        m.invokeMember("run", options("limit", 5_000_000));
        assertEquals('a', hart.getMember("a2").asLong());
        m.getMember("console").invokeMember("send", "b");
        m.invokeMember("run", options("limit", 5_000_000));
        assertEquals('b', hart.getMember("a2").asLong());
        String late = hash(m);
        long end = count(m);
        assertTrue(m.invokeMember("goto", 900).asBoolean());
        assertEquals(first, hart.getMember("a2").asLong());
        assertTrue(m.invokeMember("goto", end).asBoolean());
        assertEquals('b', hart.getMember("a2").asLong());
        assertEquals(late, hash(m));
    }

    @Test
    void theModelChangesAtAStopAndTheGuestDoesNotNotice() {
        Value m = machine(counting());
        Value plain = machine(counting());
        m.invokeMember("step", 1000);
        m.invokeMember("switchModel", "ssp", options("rootBuffer", 2));
        assertEquals("ssp", m.getMember("model").asString());
        m.invokeMember("step", 1000);
        m.invokeMember("switchModel", "hap");
        assertEquals(0, m.getMember("counters").getMember("tlb").getMember("misses").asLong());
        m.invokeMember("run");
        plain.invokeMember("run");
        assertEquals(hash(plain), hash(m));
        assertTrue(assertThrows(PolyglotException.class, () -> m.invokeMember("switchModel", "warp")).getMessage()
                .contains("warp"));
        assertTrue(assertThrows(PolyglotException.class, () -> m.invokeMember("switchModel", "ssp",
                options("memory", "2M"))).getMessage().startsWith("'memory' is not one of balloon"));
    }

    /// A device that counts how often it is read.
    private static Map<String, Object> counter(List<String> log) {
        Map<String, Object> device = new HashMap<>();
        long[] reads = {0};
        device.put("at", DEVICE);
        device.put("size", 0x1000);
        device.put("irq", 12);
        device.put("read", (ProxyExecutable) a -> {
            log.add("read " + a[0] + " " + a[1]);
            Value.asValue(device.get("raise")).execute();
            return ++reads[0];
        });
        device.put("write", (ProxyExecutable) a -> {
            log.add("write " + a[0] + " " + a[1] + " " + a[2]);
            return null;
        });
        device.put("save", (ProxyExecutable) a -> ProxyHashMap.from(Map.of("reads", reads[0], "name", "c", "list",
                ProxyArray.fromArray(1, 2.5, true))));
        device.put("load", (ProxyExecutable) a -> {
            reads[0] = a[0].getMember("reads").asLong();
            log.add("load " + a[0].getMember("name") + a[0].getMember("list"));
            return null;
        });
        return device;
    }

    private static byte[] driving() {
        return Assembly.of("""
                lui a1, 0x10100
                lw a0, 0(a1)
                lw a2, 4(a1)
                sw a2, 8(a1)
                """ + Assembly.exit(5));
    }

    @Test
    void aDeviceIsReadWrittenSavedAndRestored() {
        List<String> log = new ArrayList<>();
        Value m = machine(driving(), "devices", ProxyArray.fromArray(ProxyObject.fromMap(counter(log))));
        m.invokeMember("step", 9);
        Value one = m.invokeMember("snapshot");
        assertEquals(1 << 12, m.getMember("bus").invokeMember("load", 0x0c001000L, 4).asLong(), "its interrupt is pending");
        m.invokeMember("run");
        Value hart = m.getMember("harts").getArrayElement(0);
        long second = hart.getMember("a2").asLong();
        m.invokeMember("restore", one);
        m.invokeMember("run");
        assertEquals(second, hart.getMember("a2").asLong());
        assertTrue(log.contains("read 4 4") && log.contains("write 8 4 2"), log.toString());
        assertTrue(log.stream().anyMatch(line -> line.startsWith("load c")), log.toString());
        PolyglotException e = assertThrows(PolyglotException.class, () -> one.invokeMember("fork"));
        assertTrue(e.getMessage().contains("another machine needs another device at 0x10100000"), e.getMessage());
        List<String> other = new ArrayList<>();
        Value fork = one.invokeMember("fork", options("devices", ProxyArray.fromArray(ProxyObject.fromMap(counter(other)))));
        fork.invokeMember("run");
        assertEquals(second, fork.getMember("harts").getArrayElement(0).getMember("a2").asLong());
    }

    @Test
    void whatADeviceThrowsEndsTheRunAndTheMachineIsUsable() {
        Map<String, Object> device = counter(new ArrayList<>());
        boolean[] broken = {true};
        device.put("read", (ProxyExecutable) a -> {
            if (broken[0]) {
                broken[0] = false;
                throw new IllegalStateException("broken sensor");
            }
            return 1;
        });
        Value m = machine(driving(), "devices", ProxyArray.fromArray(ProxyObject.fromMap(device)));
        assertTrue(assertThrows(PolyglotException.class, () -> m.invokeMember("run")).getMessage().contains("broken sensor"));
        assertNotEquals(0, count(m));
        assertEquals(1, m.invokeMember("step", 1).asLong());
        PolyglotException e = assertThrows(PolyglotException.class, () -> machine(driving(), "devices",
                ProxyArray.fromArray(ProxyObject.fromMap(Map.of("at", 5)))));
        assertTrue(e.getMessage().startsWith("a device has at, size, read(offset, size)"), e.getMessage());
        Map<String, Object> overlapping = counter(new ArrayList<>());
        overlapping.put("at", 0x10000000L);
        e = assertThrows(PolyglotException.class, () -> machine(driving(), "devices",
                ProxyArray.fromArray(ProxyObject.fromMap(overlapping))));
        assertTrue(e.getMessage().contains("overlaps"), e.getMessage());
    }
}
