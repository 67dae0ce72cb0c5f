// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import org.penumbra.device.ConsoleInput;
import org.penumbra.device.ConsoleOutput;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.device.PowerControl;
import org.penumbra.snapshot.State;

/// The host-target interface of bare-metal test programs: commands stored to `tohost`, answers in `fromhost`.
///
/// It is not a device on the bus: the two words lie in RAM, and the machine reports stores to them. Supported are exit
/// and proxied system calls (device 0) and the console (device 1).
public final class Htif {
    private static final int DEVICE_SYSCALL = 0;
    private static final int DEVICE_CONSOLE = 1;
    private static final int CONSOLE_READ = 0;
    private static final int CONSOLE_WRITE = 1;
    private static final long PAYLOAD = 0xffff_ffff_ffffL;
    private static final int SYS_READ = 63;
    private static final int SYS_WRITE = 64;
    private static final int SYS_EXIT = 93;
    /// Replaces a non-zero status whose low half is 0, which would look like success.
    private static final int FAILURE = 1;
    private static final long EBADF = 9;
    private static final long EFAULT = 14;
    private static final long ENOSYS = 38;
    private static final int CHUNK = 1 << 16;
    /// Most bytes written by one call, which runs without interruption; a program with more is told how many were
    /// written and calls again.
    static final int MOST = 16 << 20;
    /// nr, a0, a1 and a2 of a system call.
    private static final int CALL_LENGTH = 32;

    private final GuestMemoryAccess memory;
    private final long tohost;
    private final long fromhost;
    private final PowerControl power;
    private final ConsoleOutput out;
    private final ConsoleInput input;
    private boolean halfStored;
    /// Whether a byte was requested from the console (device 1) that has not come yet.
    private boolean byteRequested;
    /// The block of a read system call that waits for input, or 0; its destination, and the most bytes to read.
    private long reading;
    private long readTo;
    private int readMost;
    private boolean unflushed;

    /// @param fromhost 0 if the program has none
    /// @param input    of the guest's console
    /// @param out      the guest's console
    /// @throws IllegalArgumentException if a word is not in RAM
    public Htif(GuestMemoryAccess memory, long tohost, long fromhost, PowerControl power, ConsoleInput input,
            ConsoleOutput out) {
        if (!memory.contains(tohost, 8) || fromhost != 0 && !memory.contains(fromhost, 8)) {
            throw new IllegalArgumentException("tohost and fromhost must lie in RAM");
        }
        this.memory = memory;
        this.tohost = tohost;
        this.fromhost = fromhost;
        this.power = power;
        this.out = out;
        this.input = input;
    }

    /// Drops pending operations; the machine clears the words in RAM.
    public void reset() {
        flush();
        halfStored = false;
        byteRequested = false;
        reading = 0;
    }

    /// Whether the program waits for input, so that [#check] should be called soon and often.
    public boolean waitsForInput() {
        return byteRequested || reading != 0;
    }

    public long tohost() {
        return tohost;
    }

    public long fromhost() {
        return fromhost;
    }

    /// Called after a store to the words; executes a command that it completes.
    ///
    /// A store of only the low half completes nothing yet, because the high half may follow; the next store to `tohost`
    /// or the next [#check()] decides.
    ///
    /// @return whether a command was executed
    public boolean stored(long gpa, int size) {
        if (gpa + size <= tohost || gpa >= tohost + 8) {
            return false;
        }
        if (gpa == tohost && size <= 4 && !halfStored) {
            halfStored = true;
            return false;
        }
        return act();
    }

    /// Executes a command in `tohost` and a pending request for input, and flushes the output. The machine's poll also
    /// calls it from time to time, for programs that store only the low half and then spin.
    ///
    /// @return whether a command was executed
    public boolean check() {
        boolean acted = act();
        flush();
        return acted;
    }

    private boolean act() {
        halfStored = false;
        answer();
        long command = memory.readLong(tohost);
        if (command == 0) {
            return false;
        }
        memory.writeLong(tohost, 0);
        long payload = command & PAYLOAD;
        int function = (int) (command >>> 48) & 0xff;
        switch ((int) (command >>> 56)) {
            case DEVICE_SYSCALL -> {
                if ((payload & 1) != 0) {
                    exit(payload >>> 1);
                } else {
                    systemCall(payload);
                }
            }
            case DEVICE_CONSOLE -> {
                if (function == CONSOLE_WRITE) {
                    put(new byte[] {(byte) payload}, 1);
                } else if (function == CONSOLE_READ) {
                    byteRequested = true;
                    answer();
                }
            }
            default -> { }
        }
        return true;
    }

    /// Passes input to the program that waits for it, if there is any.
    private void answer() {
        if (reading != 0) {
            answerCall();
        }
        if (byteRequested && fromhost != 0 && memory.readLong(fromhost) == 0 && input.hasInput()) {
            byteRequested = false;
            memory.writeLong(fromhost, (long) DEVICE_CONSOLE << 56 | (long) CONSOLE_READ << 48 | 0x100 | input.take());
        }
    }

    /// Completes a read call as soon as there is input, or with 0 bytes at the end of input.
    private void answerCall() {
        if (!input.hasInput() && !input.hasEnded()) {
            return;
        }
        long block = reading;
        reading = 0;
        byte[] bytes = new byte[readMost];
        int length = 0;
        while (length < bytes.length && input.hasInput()) {
            bytes[length++] = (byte) input.take();
        }
        memory.write(readTo, bytes, 0, length);
        finish(block, length);
    }

    private void systemCall(long block) {
        if (memory.contains(block, CALL_LENGTH)) {
            long number = memory.readLong(block);
            long a0 = memory.readLong(block + 8);
            if (number == SYS_EXIT) {
                exit(a0);
                return;
            }
            if (number == SYS_READ) {
                read(block, a0, memory.readLong(block + 16), memory.readLong(block + 24));
                return;
            }
            finish(block, number == SYS_WRITE ? write(a0, memory.readLong(block + 16), memory.readLong(block + 24))
                    : -ENOSYS);
        } else {
            acknowledge();
        }
    }

    private void finish(long block, long result) {
        memory.writeLong(block, result);
        acknowledge();
    }

    private void acknowledge() {
        if (fromhost != 0) {
            memory.writeLong(fromhost, 1);
        }
    }

    private void read(long block, long descriptor, long gpa, long wanted) {
        if (descriptor != 0) {
            finish(block, -EBADF);
        } else if (wanted < 0 || !memory.contains(gpa, wanted)) {
            finish(block, -EFAULT);
        } else if (wanted == 0) {
            finish(block, 0);
        } else {
            reading = block;
            readTo = gpa;
            readMost = (int) Math.min(wanted, CHUNK);
            answerCall();
        }
    }

    private long write(long descriptor, long gpa, long wanted) {
        if (descriptor != 1 && descriptor != 2) {
            return -EBADF;
        }
        if (wanted < 0 || !memory.contains(gpa, wanted)) {
            return -EFAULT;
        }
        long length = Math.min(wanted, MOST);
        byte[] chunk = new byte[(int) Math.min(length, CHUNK)];
        for (long done = 0; done < length; done += chunk.length) {
            int part = (int) Math.min(length - done, chunk.length);
            memory.read(gpa + done, chunk, 0, part);
            put(chunk, part);
        }
        return length;
    }

    private void put(byte[] bytes, int length) {
        out.write(bytes, 0, length);
        unflushed = true;
        if (bytes[length - 1] == '\n') {
            flush();
        }
    }

    private void flush() {
        if (unflushed) {
            unflushed = false;
            out.flush();
        }
    }

    private void exit(long status) {
        flush();
        power.powerOff((int) status == 0 && status != 0 ? FAILURE : (int) status);
    }

    /// Saves or restores its state.
    public void transfer(State state) {
        halfStored = state.flag(halfStored);
        byteRequested = state.flag(byteRequested);
        reading = state.number(reading);
        readTo = state.number(readTo);
        readMost = Math.clamp(state.number(readMost), 0, CHUNK);
    }
}
