// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import org.penumbra.device.ConsoleInput;
import org.penumbra.device.ConsoleOutput;
import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.device.InterruptLine;
import org.penumbra.snapshot.State;

/// A 16550A serial port that sends at once and never overruns: the sender keeps what the receive FIFO does not take.
///
/// Input comes to a driver that has enabled the receive interrupt, and to one that polls, which means that it reads the
/// line status or the receiver eight times in a row. Fewer reads are not polling: a sender checks the status, and a
/// driver that starts empties the receiver, which must not cost a byte. If it clears the FIFO then, bytes that were not
/// read are put back.
///
/// The receive time-out of the FIFO has length zero, so a single byte below the trigger level interrupts immediately,
/// as identification 12 instead of 4. The line speed has no effect. An access of any size touches the one register at
/// its offset, as on QEMU. Register names are those of the TI PC16550D datasheet.
public final class Uart16550 implements Device {
    static final int RBR = 0;
    static final int THR = 0;
    static final int DLL = 0;
    static final int IER = 1;
    static final int DLM = 1;
    static final int IIR = 2;
    static final int FCR = 2;
    static final int LCR = 3;
    static final int MCR = 4;
    static final int LSR = 5;
    static final int MSR = 6;
    static final int SCR = 7;

    static final int IER_RDI = 0x01;
    static final int IER_THRI = 0x02;
    static final int IER_RLSI = 0x04;
    static final int IER_MSI = 0x08;
    static final int IIR_NO_INTERRUPT = 0x01;
    static final int IIR_MSI = 0x00;
    static final int IIR_THRI = 0x02;
    static final int IIR_RDI = 0x04;
    static final int IIR_RLSI = 0x06;
    static final int IIR_TIMEOUT = 0x0c;
    static final int IIR_FIFO_ENABLED = 0xc0;
    static final int FCR_ENABLE = 0x01;
    static final int FCR_CLEAR_RECEIVE = 0x02;
    static final int LCR_DLAB = 0x80;
    static final int MCR_LOOP = 0x10;
    static final int LSR_DR = 0x01;
    static final int LSR_OE = 0x02;
    static final int LSR_THRE = 0x20;
    static final int LSR_TEMT = 0x40;

    private static final int SIZE = 0x100;
    private static final int FIFO_LENGTH = 16;
    /// CTS, DSR and DCD: somebody listens.
    private static final int CONNECTED = 0xb0;
    private static final int INPUT_CLOCK = 3_686_400;
    private static final int BUFFER_LENGTH = 4096;
    /// Reads of one register in a row that are polling: a driver that starts reads the status two or three times, and
    /// empties the receiver whatever that says.
    private static final int POLLING = 8;
    private static final int NEITHER = -1;
    private static final int[] TRIGGER_LEVELS = {1, 4, 8, 14};

    private final InterruptLine line;
    private final int source;
    private final ConsoleInput in;
    private final ConsoleOutput out;
    private final byte[] buffer = new byte[BUFFER_LENGTH];
    private int buffered;

    private final byte[] fifo = new byte[FIFO_LENGTH];
    private int head;
    private int count;
    private int divisor;
    private int ier;
    private int fcr;
    private int lcr;
    private int mcr;
    private int msr;
    private int scr;
    /// Whether the FIFO holds something that the guest sent to itself.
    private boolean looped;
    /// The register of LSR and RBR that was read last, with nothing else done meanwhile that has to do with sending and
    /// receiving; or [#NEITHER].
    private int readLast = NEITHER;
    /// How often in a row.
    private int times;
    /// Whether LSR or RBR has been read since [#takeLookedAt] was asked.
    private boolean lookedAt;
    /// A byte was lost.
    private boolean overrun;
    /// The transmitter has become empty since the guest last looked. THR is always empty, so this alone drives
    /// IIR_THRI.
    private boolean transmitPending;

    /// @param source the number of the interrupt line at the PLIC, for the device tree
    /// @param in  what the port receives
    /// @param out where the guest's bytes go
    public Uart16550(InterruptLine line, int source, ConsoleInput in, ConsoleOutput out) {
        this.line = line;
        this.source = source;
        this.in = in;
        this.out = out;
        powerOn();
    }

    /// Receives as much input as the FIFO has room for.
    public void receive() {
        boolean any = false;
        while ((mcr & MCR_LOOP) == 0 && count < capacity() && in.hasInput()) {
            push(in.take());
            any = true;
        }
        if (any) {
            update();
        }
    }

    /// Whether LSR or RBR has been read since this was asked last.
    public boolean takeLookedAt() {
        boolean looked = lookedAt;
        lookedAt = false;
        return looked;
    }

    /// Puts what the FIFO holds back where it came from.
    public void giveBack() {
        if (!looped && count > 0) {
            byte[] unread = new byte[count];
            for (int i = 0; i < count; i++) {
                unread[i] = fifo[(head + i) % FIFO_LENGTH];
            }
            in.giveBack(unread);
        }
        head = 0;
        count = 0;
        looped = false;
    }

    /// Whether a driver wants to be told of what is received; one that starts clears the receiver first.
    public boolean hasListener() {
        return (ier & IER_RDI) != 0;
    }

    /// Hands on what the guest has sent. The port does so itself after a newline and when its buffer is full.
    public void flush() {
        if (buffered == 0) {
            return;
        }
        out.write(buffer, 0, buffered);
        out.flush();
        buffered = 0;
    }

    @Override
    public long size() {
        return SIZE;
    }

    @Override
    public long read(long offset, int size) {
        return switch ((int) offset) {
            case RBR -> dlab() ? divisor & 0xff : receiveBuffer();
            case IER -> dlab() ? divisor >> 8 : ier;
            case IIR -> interruptIdentification();
            case LCR -> lcr;
            case MCR -> mcr;
            case LSR -> lineStatus();
            case MSR -> modemStatus();
            case SCR -> scr;
            default -> 0;
        };
    }

    @Override
    public void write(long offset, int size, long longValue) {
        int value = (int) longValue & 0xff;
        readLast = NEITHER;
        switch ((int) offset) {
            case THR -> {
                if (dlab()) {
                    divisor = divisor & 0xff00 | value;
                } else {
                    transmit(value);
                }
            }
            case IER -> {
                if (dlab()) {
                    divisor = divisor & 0xff | value << 8;
                } else {
                    interruptEnable(value & 0x0f);
                }
            }
            case FCR -> fifoControl(value);
            case LCR -> lcr = value;
            case MCR -> {
                mcr = value & 0x1f;
                modemLines((mcr & MCR_LOOP) != 0 ? (mcr & 0x0c) << 4 | (mcr & 0x02) << 3 | (mcr & 0x01) << 5
                        : CONNECTED);
            }
            case SCR -> scr = value;
            default -> { } // LSR and MSR are for factory tests, the rest does not exist
        }
        update();
    }

    @Override
    public void reset() {
        flush();
        giveBack();
        powerOn();
        update();
    }

    @Override
    public void describe(DeviceTree.Node parent, long base) {
        DeviceTree.Node node = parent.child("serial", base)
                .strings("compatible", "ns16550a")
                .reg(base, SIZE)
                .cells("clock-frequency", INPUT_CLOCK)
                .interrupt(DeviceTree.INTERRUPT_CONTROLLER, source);
        DeviceTree.Node chosen = parent.tree().root().child("chosen");
        if (!chosen.has("stdout-path")) {
            chosen.strings("stdout-path", node.path());
        }
    }

    private void powerOn() {
        divisor = 0x0c;
        ier = 0;
        fcr = 0;
        lcr = 0;
        mcr = 0x08;
        msr = CONNECTED;
        scr = 0;
        overrun = false;
        transmitPending = false;
        readLast = NEITHER;
        lookedAt = false;
    }

    /// Before LSR or RBR is read: a guest that polls for input gets what there is.
    private void lookAt(int register) {
        times = readLast == register ? times + 1 : 1;
        readLast = register;
        if (count == 0 && (times >= POLLING || hasListener())) {
            receive();
        }
        lookedAt = true;
    }

    private boolean dlab() {
        return (lcr & LCR_DLAB) != 0;
    }

    private int capacity() {
        return (fcr & FCR_ENABLE) != 0 ? FIFO_LENGTH : 1;
    }

    private void push(int value) {
        fifo[(head + count) % FIFO_LENGTH] = (byte) value;
        count++;
    }

    private int receiveBuffer() {
        lookAt(RBR);
        if (count == 0) {
            return 0;
        }
        int value = fifo[head] & 0xff;
        head = (head + 1) % FIFO_LENGTH;
        count--;
        looped &= count > 0;
        update();
        return value;
    }

    private void transmit(int value) {
        // The request drops until the byte is out, which is now; an edge is all a level-triggered controller could
        // miss.
        transmitPending = true;
        if ((mcr & MCR_LOOP) != 0) {
            loopBack(value);
            return;
        }
        buffer[buffered++] = (byte) value;
        if (value == '\n' || buffered == BUFFER_LENGTH) {
            flush();
        }
    }

    private void loopBack(int value) {
        looped = true;
        if (count < capacity()) {
            push(value);
            return;
        }
        overrun = true;
        if ((fcr & FCR_ENABLE) == 0) {
            fifo[head] = (byte) value; // without a FIFO an overrun destroys the earlier byte, with one the later
        }
    }

    private void interruptEnable(int value) {
        // Switching THRI on raises it when THR is empty, even if an IIR read had cleared it: the 8250 driver's test for
        // broken ports relies on it, QEMU does the same.
        if ((value & ~ier & IER_THRI) != 0) {
            transmitPending = true;
        }
        ier = value;
    }

    private void fifoControl(int value) {
        if (((value ^ fcr) & FCR_ENABLE) != 0 || (value & FCR_CLEAR_RECEIVE) != 0) {
            if (!hasListener()) {
                giveBack();
            }
            head = 0;
            count = 0;
            looped = false;
        }
        fcr = (value & FCR_ENABLE) != 0 ? value & 0xc9 : 0;
    }

    private int interruptIdentification() {
        int cause = cause();
        if (cause == IIR_THRI) {
            transmitPending = false;
            update();
        }
        return cause | ((fcr & FCR_ENABLE) != 0 ? IIR_FIFO_ENABLED : 0);
    }

    private int lineStatus() {
        lookAt(LSR);
        int value = LSR_THRE | LSR_TEMT | (count > 0 ? LSR_DR : 0) | (overrun ? LSR_OE : 0);
        if (overrun) {
            overrun = false;
            update();
        }
        return value;
    }

    private int modemStatus() {
        int value = msr;
        msr &= 0xf0;
        update();
        return value;
    }

    private void modemLines(int lines) {
        int changed = (lines ^ msr) >> 4 & 0x0f;
        boolean ringing = (lines & 0x40) != 0;
        // TERI reports only the trailing edge of the ring indicator.
        msr = lines | msr & 0x0f | changed & (ringing ? 0x0b : 0x0f);
    }

    private int cause() {
        if ((ier & IER_RLSI) != 0 && overrun) {
            return IIR_RLSI;
        }
        if ((ier & IER_RDI) != 0 && count > 0) {
            return (fcr & FCR_ENABLE) != 0 && count < TRIGGER_LEVELS[fcr >> 6] ? IIR_TIMEOUT : IIR_RDI;
        }
        if ((ier & IER_THRI) != 0 && transmitPending) {
            return IIR_THRI;
        }
        if ((ier & IER_MSI) != 0 && (msr & 0x0f) != 0) {
            return IIR_MSI;
        }
        return IIR_NO_INTERRUPT;
    }

    private void update() {
        line.set(cause() != IIR_NO_INTERRUPT);
    }

    @Override
    public void transfer(State state) {
        state.bytes(fifo);
        head = state.number(head);
        count = state.number(count);
        divisor = state.number(divisor);
        ier = state.number(ier);
        fcr = state.number(fcr);
        lcr = state.number(lcr);
        mcr = state.number(mcr);
        msr = state.number(msr);
        scr = state.number(scr);
        overrun = state.flag(overrun);
        transmitPending = state.flag(transmitPending);
        looped = state.flag(looped);
        readLast = state.number(readLast);
        times = state.number(times);
        lookedAt = state.flag(lookedAt);
    }
}
