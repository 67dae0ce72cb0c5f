// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Registers, CSRs and memory of a machine that stands still.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HartObjectTest {
    /// a0 = a1 + a2, then a1 = minstret, then exit with 1.
    private final Guest guest = new Guest(Assembly.of("""
            add a0, a1, a2
            csrr a1, minstret
            """ + Assembly.exit(1)));
    private final Value hart = guest.hart();

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void thereIsOneHart() {
        Value harts = guest.machine.getMember("harts");
        assertEquals(1, harts.getArraySize());
        assertEquals(0, hart.getMember("id").asInt());
        assertEquals("hart 0 at pc 0x1000", hart.toString());
        assertThrows(ArrayIndexOutOfBoundsException.class, () -> harts.getArrayElement(1));
    }

    @Test
    void everyListedMemberCanBeRead() {
        assertTrue(hart.getMemberKeys().containsAll(java.util.List.of("x0", "zero", "x31", "t6", "fp", "f0", "ft0", "fa7", "pc",
                "privilege", "mstatus", "satp", "stimecmp", "pmpaddr15", "instret")));
        for (String name : hart.getMemberKeys()) {
            assertTrue(hart.getMember(name).fitsInLong(), name);
        }
        assertFalse(hart.hasMember("x32"));
    }

    @Test
    void registersHaveTwoNames() {
        hart.putMember("x11", 40);
        hart.putMember("a2", 2);
        hart.putMember("f10", new BigInteger("fff8000000000000", 16));
        assertEquals(0xfff8000000000000L, hart.getMember("fa0").asLong());
        hart.putMember("s0", 8);
        assertEquals(8, hart.getMember("fp").asLong());
        hart.putMember("pc", Assembly.RAM);
        assertEquals(1, guest.step(1));
        assertEquals(42, hart.getMember("a0").asLong());
    }

    @Test
    void countersReadWhatWasWritten() {
        hart.putMember("pc", Assembly.RAM);
        hart.putMember("minstret", 1000);
        assertEquals(1000, hart.getMember("minstret").asLong());
        assertEquals(1000, hart.getMember("instret").asLong());
        guest.step(2);
        assertEquals(1001, hart.getMember("a1").asLong());
        assertEquals(1002, hart.getMember("minstret").asLong());
    }

    @Test
    void csrsKeepWhatIsLegal() {
        hart.putMember("satp", 5L << 60);
        assertEquals(0, hart.getMember("satp").asLong());
        hart.putMember("satp", 8L << 60 | 0x80000);
        assertEquals(8L << 60 | 0x80000, hart.getMember("satp").asLong());
        hart.putMember("medeleg", -1);
        assertEquals(0xb3ff, hart.getMember("medeleg").asLong());
    }

    @Test
    void privilegeTakesEffect() {
        hart.putMember("privilege", 0);
        hart.putMember("pc", Assembly.RAM + 4);
        hart.putMember("mtvec", Assembly.RAM + 8);
        // Without a PMP entry user mode may not even fetch.
        assertEquals(1, guest.step(1));
        assertEquals(3, hart.getMember("privilege").asInt());
        assertEquals(1, hart.getMember("mcause").asLong());
        assertEquals(Assembly.RAM + 4, hart.getMember("mepc").asLong());
    }

    @Test
    void wrongValuesAreRefused() {
        assertThrows(UnsupportedOperationException.class, () -> hart.putMember("x99", 1));
        assertThrows(IllegalArgumentException.class, () -> hart.putMember("pc", 3));
        assertThrows(IllegalArgumentException.class, () -> hart.putMember("privilege", 2));
        assertThrows(IllegalArgumentException.class, () -> hart.putMember("a0", "one"));
        assertThrows(IllegalArgumentException.class, () -> hart.putMember("a0", BigInteger.TWO.pow(64)));
        assertEquals(0, hart.getMember("a0").asLong());
        assertEquals(0x1000, hart.getMember("pc").asLong());
    }

    /// One in the middle of `wfi`, and one whose waiting has ended the run because nothing can wake it.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWaitingHartWhosePcIsSetGoesOnThere(boolean ended) {
        try (Guest waiting = new Guest(Assembly.of("""
                wait: wfi
                j wait
                """ + Assembly.exit(5)))) {
            waiting.hart().putMember("pc", Assembly.RAM);
            assertEquals(1, waiting.step(1));
            if (ended) {
                assertThrows(PolyglotException.class, waiting::run);
            }
            waiting.hart().putMember("pc", Assembly.RAM + 8);
            assertEquals(5, waiting.run());
        }
    }

    @Test
    void writtenCodeAndRegistersAreWhatRuns() {
        byte[] code = Assembly.of("not a0, a1");
        for (int i = 0; i < code.length; i++) {
            guest.memory().writeBufferByte(i, code[i]);
        }
        hart.putMember("a1", 0x0f);
        hart.putMember("pc", Assembly.RAM);
        assertEquals(1, guest.step(1));
        assertEquals(~0x0fL, hart.getMember("a0").asLong());
    }
}
