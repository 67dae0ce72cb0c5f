// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.penumbra.device.InputHistory;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineSnapshot;
import org.penumbra.snapshot.StateException;

/// What a machine needs to be set back to an earlier instruction: a snapshot now and then, when input arrived, and the
/// latest instruction it has come to. Between a snapshot and that instruction the machine does the same again, without
/// writing its output twice.
///
/// Changes from outside (registers, memory) are no part of it: it begins anew with them.
final class History {
    private static final long SHORTEST = 1 << 20;
    /// Taking a snapshot costs a look at all of RAM: bytes of it for each instruction between two.
    private static final long BYTES_AN_INSTRUCTION = 16;
    private static final int MOST = 32;

    private final InputHistory input = new InputHistory();
    private final Output output;
    private final List<Point> points = new ArrayList<>();
    private Machine machine;
    private long interval;
    private long latest;
    private boolean stale = true;

    /// @param at    instructions
    /// @param place among the input
    private record Point(long at, MachineSnapshot snapshot, int place) {
    }

    /// @param console where the machine's output goes
    History(OutputStream console) {
        this.output = new Output(console);
    }

    InputHistory input() {
        return input;
    }

    OutputStream output() {
        return output;
    }

    void of(Machine whole) {
        machine = whole;
    }

    /// The machine's state has been changed from outside.
    void changed() {
        stale = true;
    }

    /// Called before a run.
    ///
    /// @return instructions after which it must be interrupted
    /// @throws StateException one line, where the machine has what cannot be in a snapshot
    long begin() {
        long now = machine.instructions();
        if (stale) {
            stale = false;
            points.clear();
            input.forget();
            interval = Math.max(SHORTEST, machine.memory().size() / BYTES_AN_INSTRUCTION);
            latest = now;
            points.add(new Point(now, machine.snapshot(), input.place()));
        }
        output.silent = now < latest;
        return now < latest ? latest - now : Math.max(1, points.getLast().at + interval - now);
    }

    /// Called after a run.
    void end() {
        output.silent = false;
        long now = machine.instructions();
        if (now < latest || machine.outcome() != null) {
            latest = Math.max(latest, now);
            return;
        }
        latest = now;
        if (now >= points.getLast().at + interval) {
            points.add(new Point(now, machine.snapshot(points.getLast().snapshot), input.place()));
            if (points.size() > MOST) {
                thin();
            }
        }
    }

    /// Keeps every second snapshot, and takes them half as often.
    private void thin() {
        for (int i = points.size() - 2; i > 0; i -= 2) {
            points.remove(i);
        }
        interval *= 2;
    }

    /// The latest instruction that the machine has come to.
    long latest() {
        return latest;
    }

    /// The first instruction that it can be set back to.
    long first() {
        return points.isEmpty() || stale ? machine.instructions() : points.getFirst().at;
    }

    /// Index of the last snapshot at or before an instruction; the first one if there is none.
    int before(long instruction) {
        int found = 0;
        for (int i = 0; i < points.size(); i++) {
            if (points.get(i).at <= instruction) {
                found = i;
            }
        }
        return found;
    }

    int size() {
        return points.size();
    }

    long at(int point) {
        return points.get(point).at;
    }

    /// Sets the machine back to a snapshot.
    void setBack(int point, MachineRun run) {
        run.restoreFor(points.get(point).snapshot);
        input.setBack(points.get(point).place);
    }

    /// The machine's output, which is not repeated.
    private static final class Output extends OutputStream {
        private final OutputStream out;
        private boolean silent;

        Output(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int value) throws IOException {
            if (!silent) {
                out.write(value);
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (!silent) {
                out.write(bytes, offset, length);
            }
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }
    }
}
