// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.IntSupplier;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.device.PowerControl;
import org.penumbra.snapshot.State;

/// The host-target interface of bare-metal test programs: commands stored to `tohost`, answers in `fromhost`.
///
/// It is no device on the bus: the two words lie in RAM, and the machine reports stores to them. Understood are exit and
/// proxied system calls (device 0) and the console (device 1).
public final class Htif {
    private static final int DEVICE_SYSCALL = 0;
    private static final int DEVICE_CONSOLE = 1;
    private static final int CONSOLE_READ = 0;
    private static final int CONSOLE_WRITE = 1;
    private static final long PAYLOAD = 0xffff_ffff_ffffL;
    private static final int SYS_WRITE = 64;
    private static final int SYS_EXIT = 93;
    private static final long EBADF = 9;
    private static final long EFAULT = 14;
    private static final long ENOSYS = 38;
    private static final int CHUNK = 1 << 16;
    /// Bytes that one call writes, as it is carried out in one go; who has more is told how far it went and calls again.
    static final int MOST = 16 << 20;
    /// nr, a0, a1 and a2 of a system call.
    private static final int CALL_LENGTH = 32;

    private final GuestMemoryAccess memory;
    private final long tohost;
    private final long fromhost;
    private final PowerControl power;
    private final OutputStream out;
    private final IntSupplier input;
    private boolean halfStored;
    private boolean readRequested;
    private boolean unflushed;

    /// @param fromhost 0 if the program has none
    /// @param out the guest's console; after an error in it the bytes are dropped
    /// @throws IllegalArgumentException if a word is not in RAM
    public Htif(GuestMemoryAccess memory, long tohost, long fromhost, PowerControl power, OutputStream out) {
        this(memory, tohost, fromhost, power, out, () -> -1);
    }

    /// @param input gives the next byte of console input, -1 if there is none now
    public Htif(GuestMemoryAccess memory, long tohost, long fromhost, PowerControl power, OutputStream out,
            IntSupplier input) {
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

    /// Forgets what was begun; the words in RAM are the machine's to clear.
    public void reset() {
        flush();
        halfStored = false;
        readRequested = false;
    }

    public long tohost() {
        return tohost;
    }

    public long fromhost() {
        return fromhost;
    }

    /// Tells of a store that is now in memory, and acts on a command it completes.
    ///
    /// A store of the low half alone completes nothing yet, since the high half may follow; the next store to `tohost` or
    /// the next [#check()] settles it.
    ///
    /// @return whether a command was carried out
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

    /// Acts on whatever stands in `tohost` and on a pending request for input, and hands on the output. To be called now
    /// and then by the machine's poll too, for programs that store only the low half and then spin.
    ///
    /// @return whether a command was carried out
    public boolean check() {
        boolean acted = act();
        flush();
        return acted;
    }

    private boolean act() {
        halfStored = false;
        answerRead();
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
                    exit((int) (payload >>> 1));
                } else {
                    systemCall(payload);
                }
            }
            case DEVICE_CONSOLE -> {
                if (function == CONSOLE_WRITE) {
                    put(new byte[] {(byte) payload}, 1);
                } else if (function == CONSOLE_READ) {
                    readRequested = true;
                    answerRead();
                }
            }
            default -> { }
        }
        return true;
    }

    private void answerRead() {
        if (readRequested && fromhost != 0 && memory.readLong(fromhost) == 0) {
            int next = input.getAsInt();
            if (next >= 0) {
                readRequested = false;
                memory.writeLong(fromhost, (long) DEVICE_CONSOLE << 56 | (long) CONSOLE_READ << 48 | 0x100 | next & 0xff);
            }
        }
    }

    private void systemCall(long block) {
        if (memory.contains(block, CALL_LENGTH)) {
            long number = memory.readLong(block);
            long a0 = memory.readLong(block + 8);
            if (number == SYS_EXIT) {
                exit((int) a0);
                return;
            }
            long result = -ENOSYS;
            if (number == SYS_WRITE) {
                result = write(a0, memory.readLong(block + 16), memory.readLong(block + 24));
            }
            memory.writeLong(block, result);
        }
        if (fromhost != 0) {
            memory.writeLong(fromhost, 1);
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
        try {
            out.write(bytes, 0, length);
            unflushed = true;
        } catch (IOException closed) {
            // a reader that went away must not stop the guest
        }
        if (bytes[length - 1] == '\n') {
            flush();
        }
    }

    private void flush() {
        if (unflushed) {
            unflushed = false;
            try {
                out.flush();
            } catch (IOException closed) {
                // as above
            }
        }
    }

    private void exit(int status) {
        flush();
        power.powerOff(status);
    }

    /// Hands over its state, or takes it.
    public void transfer(State state) {
        halfStored = state.flag(halfStored);
        readRequested = state.flag(readRequested);
    }
}
