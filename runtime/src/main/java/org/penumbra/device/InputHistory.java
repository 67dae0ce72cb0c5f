// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// A journal in memory for a machine that may be set back to an earlier instruction: what arrived before the latest one
/// it has come to arrives again at the same instructions, and nothing else does until then.
public final class InputHistory implements InputJournal {
    private static final byte[] NOTHING = {};

    private final List<Arrival> arrivals = new ArrayList<>();
    /// Index of the next one to arrive again.
    private int next;
    /// The latest place at which input was asked for.
    private long latest = -1;
    private long latestTick = -1;

    private record Arrival(long instructions, long tick, byte[] bytes) {
    }

    @Override
    public byte[] arrived(long instructions, long tick, Supplier<byte[]> source) {
        if (instructions < latest || instructions == latest && tick <= latestTick) {
            Arrival arrival = next < arrivals.size() ? arrivals.get(next) : null;
            boolean due = arrival != null && (arrival.instructions < instructions
                    || arrival.instructions == instructions && arrival.tick <= tick);
            if (due) {
                next++;
            }
            return due ? arrival.bytes : NOTHING;
        }
        latest = instructions;
        latestTick = tick;
        byte[] bytes = source.get();
        if (bytes.length > 0) {
            arrivals.add(new Arrival(instructions, tick, bytes));
            next = arrivals.size();
        }
        return bytes;
    }

    /// The present place among the arrivals, for [#setBack].
    public int place() {
        return next;
    }

    /// The machine has been set back to where this was the place.
    public void setBack(int place) {
        next = place;
    }

    /// Forgets all arrivals: the machine cannot be set back before its present place.
    public void forget() {
        arrivals.clear();
        next = 0;
        latest = -1;
        latestTick = -1;
    }

    @Override
    public boolean hasEnded(boolean sourceEnded) {
        return sourceEnded && next == arrivals.size();
    }

    /// It was typed at the present, whatever the machine is set back to.
    @Override
    public boolean keepsTyped() {
        return true;
    }

    @Override
    public void powerOn() {
        forget();
    }
}
