// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.SplittableRandom;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.ScatteredFrames;
import org.penumbra.monitor.Monitor;
import org.penumbra.paging.ModelOptions;

/// The host changing its mind about where guest pages lie: every so many instructions it takes the frame of one away and
/// gives another for it, content kept, as reclaim and migration do.
///
/// Which page that is depends on the seed, on the instructions retired and on the pages touched so far only, so that every
/// run is the same.
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

    /// Begins anew, with RAM cleared.
    ///
    /// @param instructions retired by now
    void restart(long instructions) {
        random = new SplittableRandom(seed);
        next = interval == 0 ? Long.MAX_VALUE : instructions + interval;
    }

    /// The number of instructions at which it wants to be asked again.
    long next() {
        return next;
    }

    /// Moves the pages whose time has come.
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
