// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.penumbra.hart.HartConfig;
import org.penumbra.memory.GuestMemory;
import org.penumbra.paging.ModelOptions;

/// The configuration of a machine.
///
/// @param model           name of the translation model
/// @param memory          bytes of RAM, a multiple of 4 KiB, 64 KiB to [GuestMemory#MAXIMUM_SIZE]
/// @param clock           what `mtime` derives from
/// @param maximumInstructions after which a run ends with [Outcome#INSTRUCTION_LIMIT]; `Long.MAX_VALUE` for never
/// @param tlbEntries      modelled TLB entries per address space and privilege, a power of two, 1 to 65536
/// @param harts           how many, 1 to [#MAXIMUM_HARTS]
/// @param hart            selectable extensions and widths
/// @param modelOptions    options of the models
/// @param peripherals     of a Linux machine
/// @param in              console input, or null for none
/// @param out             console output
public record MachineConfig(String model, long memory, ClockSource clock, long maximumInstructions, int tlbEntries,
        int harts, HartConfig hart, ModelOptions modelOptions, Peripherals peripherals, InputStream in,
                OutputStream out) {
    public static final long DEFAULT_MEMORY = 256L << 20;
    public static final long MINIMUM_MEMORY = 64L << 10;
    public static final int DEFAULT_TLB_ENTRIES = 1024;
    public static final int MAXIMUM_TLB_ENTRIES = 1 << 16;
    public static final int MAXIMUM_HARTS = 16;

    public enum ClockSource {
        /// Retired instructions, a hundred per tick. Waiting skips ahead, so runs are reproducible.
        INSTRUCTIONS,
        /// The host's clock.
        HOST
    }

    public MachineConfig {
        if (memory < MINIMUM_MEMORY || memory > GuestMemory.MAXIMUM_SIZE || (memory & GuestMemory.PAGE_OFFSET) != 0) {
            throw new IllegalArgumentException("memory of " + memory + " bytes: must be 64K to 16G in steps of 4K");
        }
        if (tlbEntries < 1 || tlbEntries > MAXIMUM_TLB_ENTRIES || Integer.bitCount(tlbEntries) != 1) {
            throw new IllegalArgumentException(tlbEntries + " TLB entries: must be a power of two from 1 to 65536");
        }
        if (harts < 1 || harts > MAXIMUM_HARTS) {
            throw new IllegalArgumentException(harts + " harts: must be 1 to " + MAXIMUM_HARTS);
        }
        if (maximumInstructions <= 0) {
            throw new IllegalArgumentException(maximumInstructions + " instructions at most: must be positive");
        }
    }

    /// The defaults of the command line, with a console whose output is discarded.
    public static MachineConfig standard() {
        return new MachineConfig("native", DEFAULT_MEMORY, ClockSource.INSTRUCTIONS, Long.MAX_VALUE,
                DEFAULT_TLB_ENTRIES,
                1, HartConfig.standard(), ModelOptions.DEFAULTS, Peripherals.NONE, null,
                OutputStream.nullOutputStream());
    }

    /// Random numbers for the guest, repeatable under the instruction clock.
    ///
    /// @param use the purpose, a different number for each
    RandomGenerator random(long use) {
        return clock == ClockSource.HOST ? new SecureRandom() : new SplittableRandom(use);
    }

    public MachineConfig withModel(String name) {
        return new MachineConfig(name, memory, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions,
                peripherals, in, out);
    }

    public MachineConfig withModelOptions(ModelOptions options) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, harts, hart, options,
                peripherals, in,
                out);
    }

    public MachineConfig withMemory(long bytes) {
        return new MachineConfig(model, bytes, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions,
                peripherals, in, out);
    }

    public MachineConfig withHarts(int count) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, count, hart, modelOptions,
                peripherals, in, out);
    }

    public MachineConfig withHart(HartConfig config) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, harts, config, modelOptions,
                peripherals, in, out);
    }

    public MachineConfig withConsole(InputStream input, OutputStream output) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions,
                peripherals, input, output);
    }

    public MachineConfig withPeripherals(Peripherals devices) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions,
                devices, in, out);
    }
}
