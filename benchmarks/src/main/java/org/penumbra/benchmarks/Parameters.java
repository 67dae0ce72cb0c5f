// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import java.nio.ByteBuffer;
import java.util.Objects;

/// How a workload runs: the block at the symbol `bench_params` of its ELF file (`struct bench_params` in
/// `guest/kernels/kernel.h`), read from and patched into the file's bytes.
///
/// @param mode       the privilege of the kernel
/// @param rounds     how many rounds are run and announced
/// @param iterations how often a round calls the kernel
/// @param seed       of the order of the physical frames that back the pages in supervisor and user mode
/// @param levels     of the page tables: 3, 4 or 5, for Sv39, Sv48 and Sv57
public record Parameters(Mode mode, long rounds, long iterations, long seed, int levels) {

    /// The privilege a kernel runs in.
    public enum Mode {
        /// Machine mode, physical addresses.
        BARE,
        /// Supervisor mode under page tables of 4 KiB pages over scattered frames.
        S,
        /// User mode under the same page tables; console and end through calls to the supervisor.
        U
    }

    private static final String SYMBOL = "bench_params";
    private static final long MAGIC = 0x616272626d6e6570L;
    private static final int BYTES = 48;

    public Parameters {
        Objects.requireNonNull(mode);
        if (rounds < 0 || iterations < 0) {
            throw new IllegalArgumentException("rounds and iterations are not negative");
        }
        if (levels < 3 || levels > 5) {
            throw new IllegalArgumentException("page tables have 3 to 5 levels, not " + levels);
        }
    }

    public Parameters with(Mode newMode) {
        return new Parameters(newMode, rounds, iterations, seed, levels);
    }

    public Parameters withRounds(long newRounds) {
        return new Parameters(mode, newRounds, iterations, seed, levels);
    }

    public Parameters withIterations(long newIterations) {
        return new Parameters(mode, rounds, newIterations, seed, levels);
    }

    public Parameters withSeed(long newSeed) {
        return new Parameters(mode, rounds, iterations, newSeed, levels);
    }

    public Parameters withLevels(int newLevels) {
        return new Parameters(mode, rounds, iterations, seed, newLevels);
    }

    /// Reads the block of an ELF file.
    ///
    /// @throws IllegalArgumentException if the file has none
    public static Parameters of(byte[] image) {
        ByteBuffer block = block(image);
        return new Parameters(Mode.values()[(int) block.getLong(8)], block.getLong(16), block.getLong(24),
                block.getLong(32), (int) block.getLong(40));
    }

    /// Writes the block of an ELF file in place.
    ///
    /// @throws IllegalArgumentException if the file has none
    void patch(byte[] image) {
        block(image).putLong(8, mode.ordinal()).putLong(16, rounds).putLong(24, iterations).putLong(32, seed)
                .putLong(40, levels);
    }

    private static ByteBuffer block(byte[] image) {
        ByteBuffer block = PatchableImage.block(image, SYMBOL, BYTES);
        if (block.getLong(0) != MAGIC) {
            throw new IllegalArgumentException(SYMBOL + " does not start with its magic number");
        }
        return block;
    }
}
