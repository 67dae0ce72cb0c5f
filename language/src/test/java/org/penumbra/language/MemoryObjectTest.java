// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.graalvm.polyglot.Value;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RAM as a polyglot buffer, under models that keep it in order and scattered.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class MemoryObjectTest {
    private static final long SIZE = 16 << 20;

    private Guest guest;

    private Value memory(String model) {
        guest = new Guest(Assembly.of(Assembly.exit(0)), "riscv.model", model);
        return guest.memory();
    }

    @AfterEach
    void close() {
        guest.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp"})
    void everyWidthAndOrderReadsWhatWasWritten(String model) {
        Value memory = memory(model);
        assertTrue(memory.hasBufferElements() && memory.isBufferWritable());
        assertEquals(SIZE, memory.getBufferSize());
        assertEquals(Assembly.RAM, memory.getMember("base").asLong());
        // Across a page boundary.
        long at = 0x5fff;
        memory.writeBufferLong(LITTLE_ENDIAN, at, 0x0123456789abcdefL);
        assertEquals((byte) 0xef, memory.readBufferByte(at));
        assertEquals((short) 0xcdef, memory.readBufferShort(LITTLE_ENDIAN, at));
        assertEquals(0x89abcdef, memory.readBufferInt(LITTLE_ENDIAN, at));
        assertEquals(0xefcdab8967452301L, memory.readBufferLong(BIG_ENDIAN, at));
        memory.writeBufferByte(at, (byte) 1);
        memory.writeBufferShort(BIG_ENDIAN, at + 1, (short) 0x0203);
        memory.writeBufferInt(LITTLE_ENDIAN, at + 3, 0x07060504);
        assertEquals(0x01020304050607L, memory.readBufferLong(BIG_ENDIAN, at) >>> 8);
        memory.writeBufferDouble(LITTLE_ENDIAN, at, Math.PI);
        assertEquals(Math.PI, memory.readBufferDouble(LITTLE_ENDIAN, at));
        memory.writeBufferFloat(BIG_ENDIAN, at, 1.5f);
        assertEquals(1.5f, memory.readBufferFloat(BIG_ENDIAN, at));
        assertEquals(0x3f, memory.readBufferByte(at));
        byte[] bytes = new byte[4];
        memory.readBuffer(at, bytes, 1, 2);
        assertArrayEquals(new byte[] {0, 0x3f, (byte) 0xc0, 0}, bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp"})
    void nothingBeyondRamCanBeReached(String model) {
        Value memory = memory(model);
        memory.writeBufferLong(LITTLE_ENDIAN, SIZE - 8, 1);
        assertEquals(1, memory.readBufferLong(LITTLE_ENDIAN, SIZE - 8));
        for (long offset : new long[] {SIZE - 7, SIZE, -1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 7, -SIZE}) {
            assertThrows(IndexOutOfBoundsException.class, () -> memory.readBufferLong(LITTLE_ENDIAN, offset));
            assertThrows(IndexOutOfBoundsException.class, () -> memory.writeBufferLong(LITTLE_ENDIAN, offset, 2));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> memory.readBufferByte(SIZE));
        assertThrows(IndexOutOfBoundsException.class, () -> memory.readBuffer(SIZE - 1, new byte[2], 0, 2));
        assertEquals(1, memory.readBufferLong(LITTLE_ENDIAN, SIZE - 8));
    }
}
