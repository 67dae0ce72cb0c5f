// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.SplittableRandom;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.ScatteredFrames;
import org.penumbra.monitor.Monitor;
import org.penumbra.paging.ModelOptions;

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
            long page = frames.touched(random.nextInt(frames.touched()));
            long old = frames.move(page);
            running.hostPageMoved(memory.base() + page * GuestMemory.PAGE_SIZE, old);
        }
    }
}
