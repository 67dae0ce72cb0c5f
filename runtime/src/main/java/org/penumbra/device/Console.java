// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import org.penumbra.snapshot.State;

/// A machine's end of the host's console: its input, which is only read when a device asks for it, and its output.
///
/// Input arrives between instructions and is checked for at most once between two of them, so a journal can record
/// exactly when it came, and replay it there. A guest that polls all the time costs the host only the read of a field.
/// For the machine's thread only.
public final class Console implements ConsoleInput, AutoCloseable {
    private static final byte[] NOTHING = {};
    private static final long NEVER = -1;
    private static final int MOST_TYPED = 4096;

    /// The machine's position, to record when input came.
    public interface Place {
        /// Retired by all harts so far.
        long instructions();

        /// Of guest time.
        long ticks();

        /// Called, on any thread, when there may be input.
        void inputArrived();

        /// Called when a host stream threw an exception: see [#takeFailure].
        void consoleFailed();
    }

    /// The exception of a host stream.
    public record Failure(Stream stream, Exception thrown) {
        public enum Stream { INPUT, OUTPUT, JOURNAL }
    }

    private final InputStream in;
    private final HostInput host;
    private final InputJournal journal;
    private final Place place;
    private final Runnable arrived;
    private final ConsoleOutput output;
    private byte[] typed = NOTHING;
    private byte[] pending = NOTHING;
    private int taken;
    private long lookedAt = NEVER;
    private long lookedTick;
    private Failure failure;
    private boolean closed;

    /// @param in of the host, or null for none
    /// @param journal [InputJournal#NONE], one to record, or one to replay
    public Console(InputStream in, OutputStream out, InputJournal journal, Place place) {
        this.in = in;
        this.host = in == null ? null : HostInput.of(in);
        this.journal = journal;
        this.place = place;
        this.arrived = place::inputArrived;
        this.output = new ConsoleOutput(out, place::consoleFailed);
        if (host != null) {
            host.attach(arrived);
        }
    }

    /// Where devices write.
    public ConsoleOutput output() {
        return output;
    }

    /// Types something in addition to the host's input, between runs.
    ///
    /// @return false, having typed nothing, if pending input leaves no room
    public boolean type(byte[] bytes) {
        if (pending.length - taken + typed.length + bytes.length > MOST_TYPED) {
            return false;
        }
        typed = join(typed, bytes);
        lookedAt = NEVER;
        return true;
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /// Saves or restores the input that was taken from the host and not read by the guest.
    public void transfer(State state) {
        output.transfer(state);
        byte[] unread = state.block(Arrays.copyOfRange(pending, taken, pending.length));
        byte[] coming = state.block(typed);
        if (state.restores()) {
            pending = unread;
            taken = 0;
            typed = journal.keepsTyped() ? typed : coming;
            lookedAt = NEVER;
        }
    }

    @Override
    public boolean hasInput() {
        return taken < pending.length || look();
    }

    @Override
    public int take() {
        return hasInput() ? pending[taken++] & 0xff : -1;
    }

    @Override
    public void giveBack(byte[] bytes) {
        pending = join(bytes, Arrays.copyOfRange(pending, taken, pending.length));
        taken = 0;
    }

    /// Records that the machine has waited for the host, so that checking again between the same instructions makes
    /// sense.
    public void waited() {
        lookedAt = NEVER;
    }

    /// Whether input has come, or may have.
    private boolean look() {
        if (closed || isQuiet() && journal == InputJournal.NONE) {
            return false;
        }
        long now = place.instructions();
        long tick = place.ticks();
        if (now == lookedAt && tick == lookedTick) {
            return false;
        }
        lookedAt = now;
        lookedTick = tick;
        try {
            pending = journal.arrived(now, tick, this::fromHost);
        } catch (IOException e) {
            pending = NOTHING;
            fail(new Failure(Failure.Stream.JOURNAL, e));
        }
        taken = 0;
        return pending.length > 0;
    }

    private boolean isQuiet() {
        return typed.length == 0 && (host == null || host.isQuiet());
    }

    private byte[] fromHost() {
        if (typed.length > 0) {
            byte[] bytes = typed;
            typed = NOTHING;
            return bytes;
        }
        try {
            return host == null || host.isQuiet() ? NOTHING : host.take(in);
        } catch (Exception e) {
            fail(new Failure(Failure.Stream.INPUT, e));
            return NOTHING;
        }
    }

    /// Whether a guest that waits only for input would wait forever.
    @Override
    public boolean hasEnded() {
        return taken == pending.length && journal.hasEnded(typed.length == 0 && (host == null || host.hasEnded()));
    }

    /// The first failure since the last call, or null.
    public Failure takeFailure() {
        Exception thrown = output.takeFailure();
        Failure first = failure == null && thrown != null ? new Failure(Failure.Stream.OUTPUT, thrown) : failure;
        failure = null;
        return first;
    }

    /// Called when the machine was power-cycled. Input taken from the host and not read remains available.
    public void powerOn() {
        lookedAt = NEVER;
        try {
            journal.powerOn();
        } catch (IOException e) {
            fail(new Failure(Failure.Stream.JOURNAL, e));
        }
    }

    private void fail(Failure problem) {
        failure = problem;
        place.consoleFailed();
    }

    /// Leaves unread input for the next machine with the same input stream.
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (host != null) {
                host.detach(arrived, Arrays.copyOfRange(pending, taken, pending.length));
            }
            pending = NOTHING;
            taken = 0;
        }
    }
}
