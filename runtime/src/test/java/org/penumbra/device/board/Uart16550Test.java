// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.device.board.Uart16550.*;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.penumbra.device.ConsoleOutput;
import org.penumbra.device.Typed;
import org.penumbra.device.Wire;

final class Uart16550Test {
    private final Wire wire = new Wire();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Typed typed = new Typed();
    private final Uart16550 uart = new Uart16550(wire, VirtMap.UART_IRQ, typed, new ConsoleOutput(out));

    private int read(int register) {
        return (int) uart.read(register, 1);
    }

    private void write(int register, int value) {
        uart.write(register, 1, value);
    }

    /// Whether the port takes a byte from outside.
    private boolean offer(int value) {
        typed.bytes.add(value);
        uart.receive();
        boolean taken = typed.bytes.isEmpty();
        typed.bytes.clear();
        return taken;
    }

    private void send(String text) {
        text.chars().forEach(c -> write(THR, c));
    }

    @Test
    void outputLeavesAtTheEndOfALineAndWhenPolled() {
        send("login: ");
        assertEquals("", out.toString(StandardCharsets.UTF_8));
        uart.flush();
        assertEquals("login: ", out.toString(StandardCharsets.UTF_8));
        send("root\n");
        assertEquals("login: root\n", out.toString(StandardCharsets.UTF_8));
        send("x".repeat(10_000));
        assertTrue(out.size() > 5_000, "a flood of output is not kept back");
    }

    @Test
    void aBrokenOutputDoesNotDisturbTheGuest() {
        var broken = new Uart16550(wire, 0, typed, new ConsoleOutput(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("closed");
            }
        }));
        for (int i = 0; i < 20_000; i++) {
            broken.write(THR, 1, i % 2 == 0 ? '\n' : 'x');
            assertEquals(LSR_THRE | LSR_TEMT, broken.read(LSR, 1));
        }
    }

    @Test
    void theDivisorLatchHidesDataAndInterruptEnable() {
        write(IER, IER_RDI);
        write(LCR, LCR_DLAB | 3);
        write(DLL, 0x34);
        write(DLM, 0x12);
        assertEquals(0x34, read(DLL));
        assertEquals(0x12, read(DLM));
        write(LCR, 3);
        assertEquals(IER_RDI, read(IER));
        assertEquals(0, read(RBR));
        uart.flush();
        assertEquals(0, out.size());
        write(LCR, LCR_DLAB);
        assertEquals(0x34, read(DLL));
    }

    @Test
    void theScratchRegisterAndTheEnableBitsHoldWhatTheDriverProbes() {
        write(SCR, 0xa5);
        assertEquals(0xa5, read(SCR));
        write(IER, 0xff);
        assertEquals(0x0f, read(IER));
        write(FCR, FCR_ENABLE);
        assertEquals(IIR_FIFO_ENABLED, read(IIR) & IIR_FIFO_ENABLED);
        write(FCR, 0);
        assertEquals(0, read(IIR) & IIR_FIFO_ENABLED);
    }

    @Test
    void modemLinesLoopBackAsTheDriverExpects() {
        assertEquals(0xb0, read(MSR));
        write(MCR, MCR_LOOP | 0x0a);
        assertEquals(0x90, read(MSR) & 0xf0);
        write(MCR, MCR_LOOP | 0x0f);
        assertEquals(0xf0, read(MSR) & 0xf0);
        write(MCR, 0x0b);
        assertEquals(0xb0, read(MSR) & 0xf0);
        assertEquals(0, read(MSR) & 0x0f);
    }

    @Test
    void modemChangesInterruptUntilTheStatusIsRead() {
        write(IER, IER_MSI);
        assertFalse(wire.up);
        write(MCR, MCR_LOOP);
        assertTrue(wire.up);
        assertEquals(IIR_MSI, read(IIR));
        assertEquals(0x0b, read(MSR)); // CTS, DSR and DCD went away
        assertFalse(wire.up);
        write(MCR, MCR_LOOP | 0x04); // ring begins
        assertEquals(0x40, read(MSR));
        write(MCR, MCR_LOOP);
        assertEquals(0x04, read(MSR)); // and ends
    }

    @Test
    void enablingTheTransmitInterruptRaisesItEachTime() {
        // The 8250 driver's test for ports that lose this interrupt (serial8250_do_startup).
        write(IER, IER_THRI);
        assertTrue(wire.up);
        assertEquals(IIR_THRI, read(IIR));
        assertEquals(IIR_NO_INTERRUPT, read(IIR));
        assertFalse(wire.up);
        write(IER, 0);
        write(IER, IER_THRI);
        assertEquals(IIR_THRI, read(IIR));
        write(IER, IER_THRI);
        assertEquals(IIR_NO_INTERRUPT, read(IIR));
    }

    @Test
    void sendingRaisesTheTransmitInterruptAgain() {
        write(IER, IER_THRI);
        read(IIR);
        assertFalse(wire.up);
        write(THR, 'x');
        assertTrue(wire.up);
        assertEquals(IIR_THRI, read(IIR));
        write(IER, 0);
        write(THR, 'y');
        assertFalse(wire.up);
        assertEquals(IIR_NO_INTERRUPT, read(IIR));
        assertEquals(LSR_THRE | LSR_TEMT, read(LSR));
    }

    @Test
    void aReceivedByteInterruptsUntilItIsRead() {
        write(IER, IER_RDI);
        assertTrue(offer('a'));
        assertTrue(wire.up);
        assertEquals(IIR_RDI, read(IIR));
        assertEquals(LSR_DR, read(LSR) & LSR_DR);
        assertFalse(offer('b'), "without a FIFO there is room for one");
        assertEquals('a', read(RBR));
        assertFalse(wire.up);
        assertEquals(0, read(LSR) & LSR_DR);
        assertTrue(offer('b'));
    }

    @Test
    void aListenerIsADriverThatWantsToBeTold() {
        assertFalse(uart.hasListener());
        write(IER, IER_THRI);
        assertFalse(uart.hasListener());
        write(IER, IER_RDI);
        assertTrue(uart.hasListener());
    }

    @Test
    void theFifoTakesSixteenBytesInOrder() {
        write(FCR, FCR_ENABLE | 0x80); // trigger at 8
        write(IER, IER_RDI);
        for (int i = 0; i < 16; i++) {
            assertTrue(offer(0xf0 + i));
            assertEquals((i + 1 < 8 ? IIR_TIMEOUT : IIR_RDI) | IIR_FIFO_ENABLED, read(IIR));
        }
        assertFalse(offer(0));
        for (int i = 0; i < 16; i++) {
            assertTrue(wire.up);
            assertEquals(0xf0 + i, read(RBR));
        }
        assertFalse(wire.up);
        assertEquals(0, read(RBR));
        offer(1);
        write(FCR, FCR_ENABLE | FCR_CLEAR_RECEIVE);
        assertEquals(0, read(LSR) & LSR_DR);
    }

    @Test
    void guestThatReadsTheStatusEightTimesInARowGetsTheNextByte() {
        typed.type("ab");
        for (char expected : new char[] {'a', 'b'}) {
            for (int i = 0; i < 7; i++) {
                assertEquals(0, read(LSR) & LSR_DR, "a sender, and a driver that starts, look a few times, too");
            }
            assertEquals(LSR_DR, read(LSR) & LSR_DR);
            assertEquals(expected, read(RBR));
        }
        for (int i = 0; i < 16; i++) {
            assertEquals(0, read(LSR) & LSR_DR);
        }
    }

    @Test
    void driverThatStartsLosesNothingByEmptyingTheReceiver() {
        typed.type("a");
        for (int i = 0; i < 3; i++) {
            read(LSR);
            read(LSR);
            assertEquals(0, read(RBR));
        }
        write(IER, IER_RDI);
        assertEquals(LSR_DR, read(LSR) & LSR_DR);
        assertEquals('a', read(RBR));
    }

    @Test
    void guestThatReadsNothingButTheReceiverGetsInputToo() {
        typed.type("a");
        for (int i = 0; i < 7; i++) {
            assertEquals(0, read(RBR));
        }
        assertEquals('a', read(RBR));
        assertEquals(0, read(RBR));
    }

    @Test
    void driverOfInterruptsGetsAllThereIsWhileItHandlesOne() {
        write(FCR, FCR_ENABLE);
        write(IER, IER_RDI);
        typed.type("0123456789".repeat(10));
        for (int i = 0; i < 100; i++) {
            assertEquals(LSR_DR, read(LSR) & LSR_DR);
            assertEquals('0' + i % 10, read(RBR));
        }
        assertEquals(0, read(LSR) & LSR_DR);
    }

    @Test
    void senderThatWaitsForItsTurnTakesNoInput() {
        typed.type("early");
        for (int i = 0; i < 10; i++) {
            read(LSR);
            write(THR, 'x');
        }
        assertEquals(5, typed.bytes.size());
    }

    /// As serial8250_do_startup does it.
    @Test
    void driverThatStartsLosesNoInput() {
        typed.type("early");
        read(LSR);
        read(LSR); // polled before, by another driver
        write(IER, 0);
        write(FCR, FCR_ENABLE);
        write(FCR, FCR_ENABLE | FCR_CLEAR_RECEIVE);
        write(FCR, 0);
        for (int i = 0; i < 2; i++) {
            read(LSR);
            read(RBR);
            read(IIR);
            read(MSR);
        }
        write(FCR, FCR_ENABLE | 0x80);
        write(IER, IER_RLSI | IER_RDI);
        uart.receive();
        var seen = new StringBuilder();
        while ((read(LSR) & LSR_DR) != 0) {
            seen.append((char) read(RBR));
        }
        assertEquals("early", seen.toString());
    }

    @Test
    void whatTheGuestSentToItselfIsNotPutBack() {
        write(MCR, MCR_LOOP);
        write(THR, 'a');
        write(FCR, FCR_ENABLE | FCR_CLEAR_RECEIVE);
        assertEquals(0, typed.bytes.size());
    }

    @Test
    void receptionGoesBeforeTransmission() {
        write(IER, IER_RDI | IER_THRI);
        offer('a');
        assertEquals(IIR_RDI, read(IIR));
        read(RBR);
        assertEquals(IIR_THRI, read(IIR), "the transmit interrupt was not lost");
        assertFalse(wire.up);
    }

    @Test
    void loopBackReceivesWhatIsSentAndReportsOverruns() {
        write(MCR, MCR_LOOP);
        write(IER, IER_RLSI);
        assertFalse(offer('z'));
        write(THR, 'a');
        assertFalse(wire.up);
        write(THR, 'b');
        assertEquals(IIR_RLSI, read(IIR));
        assertEquals(LSR_OE | LSR_DR, read(LSR) & (LSR_OE | LSR_DR));
        assertFalse(wire.up);
        assertEquals('b', read(RBR), "the later byte has destroyed the earlier one");
        uart.flush();
        assertEquals(0, out.size());
        write(FCR, FCR_ENABLE);
        for (int i = 0; i < 17; i++) {
            write(THR, 'A' + i);
        }
        assertEquals(LSR_OE, read(LSR) & LSR_OE);
        for (int i = 0; i < 16; i++) {
            assertEquals('A' + i, read(RBR));
        }
        assertEquals(0, read(LSR) & LSR_DR);
    }

    @Test
    void resetForgetsEverythingButWhatWasSent() {
        write(IER, 0x0f);
        write(LCR, 3);
        typed.type("a");
        uart.receive();
        send("last words");
        uart.reset();
        assertEquals(1, typed.bytes.size(), "nobody has read it");
        assertEquals("last words", out.toString(StandardCharsets.UTF_8));
        assertFalse(wire.up);
        assertEquals(0, read(IER));
        typed.bytes.clear();
        assertEquals(LSR_THRE | LSR_TEMT, read(LSR));
        assertTrue(offer('b'));
    }
}
