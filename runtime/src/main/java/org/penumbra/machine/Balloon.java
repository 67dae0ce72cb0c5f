// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.ScatteredFrames;
import org.penumbra.monitor.Monitor;
import org.penumbra.paging.ModelOptions;
import org.penumbra.snapshot.State;

/// Simulates a host that moves guest pages: at a fixed interval of instructions, one page gets another host frame with
/// its content unchanged, as in reclaim and migration.
///
/// Which page moves depends only on the seed, the instructions retired and the pages touched so far, so runs are
/// reproducible.
final class Balloon {
    private final GuestMemory memory;
    private final long interval;
    private final long seed;
    private SplittableRandom random;
    private long next;
    /// Numbers of touched pages at each move so far: a generator tells nothing of its state.
    private int[] bounds = new int[16];
    private int moves;

    Balloon(GuestMemory memory, ModelOptions options) {
        this.memory = memory;
        this.interval = memory.frames() instanceof ScatteredFrames ? options.balloon() : 0;
        this.seed = options.seed();
        restart(0);
    }

    /// Starts over, with RAM cleared.
    ///
    /// @param instructions retired by now
    void restart(long instructions) {
        random = new SplittableRandom(seed);
        moves = 0;
        next = interval == 0 ? Long.MAX_VALUE : instructions + interval;
    }

    /// The instruction count at which it must be called again.
    long next() {
        return next;
    }

    /// Moves the pages that are due.
    ///
    /// @param instructions retired by now
    /// @param running      monitor of the hart whose turn it is
    void advance(long instructions, Monitor running) {
        while (next <= instructions) {
            next += interval;
            move((ScatteredFrames) memory.frames(), running);
        }
    }

    private void move(ScatteredFrames frames, Monitor running) {
        if (frames.touched() > 0) {
            if (moves == bounds.length) {
                bounds = Arrays.copyOf(bounds, 2 * moves);
            }
            bounds[moves++] = frames.touched();
            long page = frames.touched(random.nextInt(frames.touched()));
            long old = frames.move(page);
            running.hostPageMoved(memory.base() + page * GuestMemory.PAGE_SIZE, old);
        }
    }

    /// Saves its state, or restores it.
    void transfer(State state) {
        next = state.number(next);
        moves = state.number(moves);
        bounds = Arrays.copyOf(bounds, Math.max(bounds.length, moves));
        state.numbers(bounds, moves);
        if (state.restores()) {
            random = new SplittableRandom(seed);
            for (int i = 0; i < moves; i++) {
                random.nextInt(bounds[i]);
            }
        }
    }
}
