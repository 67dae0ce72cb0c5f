// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;

/// Replays input from a journal in place of the host's.
public final class InputReplay implements InputJournal {
    private static final byte[] NOTHING = {};

    /// The remaining arrivals.
    private final Deque<Arrival> arrivals = new ArrayDeque<>();

    private record Arrival(long instructions, long tick, byte[] bytes) {
        static final Arrival POWER_ON = new Arrival(0, 0, NOTHING);

        boolean isDue(long now, long nowTick) {
            return now > instructions || now == instructions && nowTick >= tick;
        }
    }

    /// @param lines of a journal
    /// @throws IllegalArgumentException with a one-line message that says which line is wrong
    public InputReplay(List<String> lines) {
        if (lines.isEmpty() || !lines.getFirst().equals(TITLE)) {
            throw new IllegalArgumentException("is no journal of input: it does not begin with '" + TITLE + "'");
        }
        for (int i = 1; i < lines.size(); i++) {
            arrivals.add(parse(lines.get(i), i + 1));
        }
    }

    private static Arrival parse(String line, int number) {
        if (line.equals(POWER_ON)) {
            return Arrival.POWER_ON;
        }
        String[] parts = line.split(" ", -1);
        try {
            if (parts.length == 3 && !parts[2].isEmpty()) {
                return new Arrival(Long.parseLong(parts[0]), Long.parseLong(parts[1]),
                        HexFormat.of().parseHex(parts[2]));
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new IllegalArgumentException("line " + number + " of the journal is not 'INSTRUCTIONS TICK BYTES'");
    }

    @Override
    public byte[] arrived(long instructions, long tick, Supplier<byte[]> source) {
        Arrival first = arrivals.peek();
        if (first == null || first == Arrival.POWER_ON || !first.isDue(instructions, tick)) {
            return NOTHING;
        }
        return arrivals.remove().bytes;
    }

    /// Anything not due now never will be, while neither instructions nor time advance.
    @Override
    public boolean hasEnded(boolean sourceEnded) {
        return true;
    }

    @Override
    public void powerOn() {
        while (!arrivals.isEmpty() && arrivals.remove() != Arrival.POWER_ON) {
            // came after the end of the run before
        }
    }
}
