// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Machines as hashes, arrays, buffers and iterators, for languages that look at them so.
final class InteropTest {
    private final Guest guest = new Guest(Guest.program("jumps"));

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void statisticsAndSymbolsAreHashes() {
        Value tlb = guest.statistics().getHashValue("tlb");
        assertTrue(tlb.hasHashEntries());
        assertEquals(3, tlb.getHashSize());
        assertEquals(1024, tlb.getHashValue("entries").asInt());
        assertFalse(tlb.hasHashEntry("entrees"));
        Value symbols = guest.machine.getMember("symbols");
        Map<?, ?> all = symbols.as(Map.class);
        assertEquals(Assembly.RAM, ((Number) all.get("_start")).longValue());
        int entries = 0;
        for (Value at = symbols.getHashEntriesIterator(); at.hasIteratorNextElement(); entries++) {
            Value entry = at.getIteratorNextElement();
            assertEquals(symbols.getMember(entry.getArrayElement(0).asString()).asLong(), entry.getArrayElement(1).asLong());
        }
        assertEquals(all.size(), entries);
    }

    @Test
    void hartIsAHashOfItsRegisters() {
        Value hart = guest.hart();
        hart.putHashEntry("a0", -2);
        assertEquals(-2, hart.getHashValue("a0").asLong());
        assertEquals(hart.getMemberKeys().size(), hart.getHashSize());
        assertTrue(hart.hasHashEntry("satp") && !hart.hasHashEntry("nothing") && !hart.hasHashEntry(5));
    }

    @Test
    void unsignedHexadecimalAndFloatingViewsShowTheSameBits() {
        Value hart = guest.hart();
        hart.putMember("a0", -2);
        assertEquals(BigInteger.ONE.shiftLeft(64).subtract(BigInteger.TWO), hart.getMember("unsigned").getMember("a0")
                .asBigInteger());
        assertFalse(hart.getMember("unsigned").getMember("a1").fitsInLong(), "the same kind of number, however small");
        assertEquals("0xfffffffffffffffe", hart.getMember("hex").getMember("a0").asString());
        hart.getMember("hex").putMember("a1", "0x10");
        assertEquals(16, hart.getMember("a1").asLong());
        hart.getMember("doubles").putMember("fa0", -0.5);
        assertEquals(0xbfe0000000000000L, hart.getMember("fa0").asLong());
        assertEquals(-0.5, hart.getMember("doubles").getMember("f10").asDouble());
        assertFalse(hart.getMember("doubles").hasMember("a0"));
        assertEquals(64, hart.getMember("doubles").getMemberKeys().size());
    }

    @Test
    void memoryIsAnArrayOfUnsignedBytesAndOfWiderElements() {
        Value memory = guest.memory();
        assertEquals(16 << 20, memory.getArraySize());
        memory.getMember("u64").setArrayElement(0x100, BigInteger.ONE.shiftLeft(64).subtract(BigInteger.TWO));
        assertEquals(0xfe, memory.getArrayElement(0x100).asInt());
        assertEquals(-2, memory.getMember("i64").getArrayElement(0x100).asLong());
        assertEquals(0xfffe, memory.getMember("u16").getArrayElement(0x100).asInt());
        assertEquals(0xffff_ffffL, memory.getMember("u32").getArrayElement(0x104).asLong());
        assertEquals(-1, memory.getMember("i8").getArrayElement(0x107).asInt());
        memory.setArrayElement(0x101, 0x80);
        assertEquals(-32514, memory.getMember("i16").getArrayElement(0x100).asInt());
        assertThrows(ClassCastException.class, () -> memory.setArrayElement(0, 256));
        assertThrows(ClassCastException.class, () -> memory.getMember("u16").setArrayElement(0, 1 << 16));
        assertThrows(ArrayIndexOutOfBoundsException.class, () -> memory.getArrayElement(16 << 20));
        assertThrows(ArrayIndexOutOfBoundsException.class, () -> memory.getMember("u64").getArrayElement((16 << 20) - 7));
    }

    @Test
    void memoryIsSearchedReadAndWrittenInPieces() {
        Value memory = guest.memory();
        int at = (1 << 20) + (1 << 19) - 3;
        memory.invokeMember("write", at, "needle\0");
        assertEquals(at, memory.invokeMember("find", "needle").asInt());
        memory.invokeMember("write", (2 << 20) - 3, "across");
        assertEquals((2 << 20) - 3, memory.invokeMember("find", "across", at).asInt());
        assertTrue(memory.invokeMember("find", "needle", at + 1).isNull());
        assertEquals("needle", memory.invokeMember("text", at).asString());
        assertEquals("eed", memory.invokeMember("text", at + 1, 3).asString());
        Value bytes = memory.invokeMember("bytes", at, 3);
        byte[] copy = new byte[3];
        bytes.readBuffer(0, copy, 0, 3);
        assertArrayEquals(new byte[] {'n', 'e', 'e'}, copy);
        assertEquals(List.of(110, 101, 101), bytes.as(List.class));
        memory.invokeMember("write", at + 8, bytes);
        assertEquals(at + 8, memory.invokeMember("find", "nee", at + 1).asInt());
        assertThrows(IllegalArgumentException.class, () -> memory.invokeMember("write", (16 << 20) - 2, "long"));
    }

    @Test
    void refusedWriteSaysWhy() {
        Value hart = guest.hart();
        for (String name : new String[] {"x0", "zero", "id", "mhartid", "cycle", "instret", "mvendorid", "hex"}) {
            assertEquals("'" + name + "' of hart 0 cannot be written", refused(() -> hart.putMember(name, 1)));
        }
        assertEquals("'run' of RISC-V machine with guest cannot be written", refused(() -> guest.machine.putMember("run", 1)));
        assertTrue(refused(() -> guest.statistics().putMember("model", "tsp")).contains("'model' is a value"));
        assertTrue(refused(() -> guest.statistics().putHashEntry("model", "tsp")).contains("'model' is a value"));
        assertTrue(refused(() -> guest.machine.getMember("harts").setArrayElement(0, 1)).contains("element 0"));
        assertThrows(UnsupportedOperationException.class, () -> hart.putMember("x99", 1));
    }

    private static String refused(Runnable action) {
        PolyglotException e = assertThrows(PolyglotException.class, action::run);
        assertTrue(e.isGuestException(), e.toString());
        return e.getMessage();
    }
}
