// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.penumbra.hart.HartConfig;
import org.penumbra.isa.Extension;
import org.penumbra.options.ClockSource;
import org.penumbra.options.ModelName;
import org.penumbra.options.Settings;
import org.penumbra.options.TimingParameters;
import org.penumbra.paging.ModelOptions;

/// The configuration of a machine. Ranges are those of the options of the same names in [Settings].
///
/// @param model           name of the translation model
/// @param memory          bytes of RAM, a multiple of 4 KiB
/// @param clock           what `mtime` derives from
/// @param maximumInstructions after which a run ends with [Outcome.Reason#INSTRUCTION_LIMIT]; `Long.MAX_VALUE` for
///                        never
/// @param tlbEntries      modelled TLB entries per address space and privilege
/// @param harts           how many
/// @param hart            selectable extensions and widths
/// @param modelOptions    options of the models
/// @param timing          parameters of the timing model, or null for none
/// @param peripherals     of a Linux machine
/// @param in              console input, or null for none
/// @param out             console output
/// @param parallel        whether each hart runs on a thread of its own; needs the host's clock
public record MachineConfig(String model, long memory, ClockSource clock, long maximumInstructions, int tlbEntries,
        int harts, HartConfig hart, ModelOptions modelOptions, TimingParameters timing, Peripherals peripherals,
        InputStream in, OutputStream out, boolean parallel) {
    public MachineConfig {
        Settings.MEMORY.require(memory);
        Settings.TLB_ENTRIES.require(tlbEntries);
        Settings.HARTS.require(harts);
        Settings.MAX_INSTRUCTIONS.require(maximumInstructions);
        if (hart.extensions().contains(Extension.RV_H)) {
            requireHypervisor(model, timing);
        }
    }

    private static void requireHypervisor(String model, TimingParameters timing) {
        String cpus = " yet; --cpu scalar is --cpu max without it";
        if (!ModelName.of(model).runsHypervisors()) {
            throw new IllegalArgumentException("the hypervisor extension does not work under --model " + model
                    + ", only under " + ModelName.ofHypervisors().stream().map(ModelName::toString)
                            .collect(Collectors.joining(", ")) + cpus);
        }
        if (timing != null) {
            throw new IllegalArgumentException("the timing model does not know the hypervisor extension" + cpus);
        }
    }

    /// One whose harts take turns.
    public MachineConfig(String model, long memory, ClockSource clock, long maximumInstructions, int tlbEntries,
            int harts, HartConfig hart, ModelOptions modelOptions, TimingParameters timing, Peripherals peripherals,
            InputStream in, OutputStream out) {
        this(model, memory, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions, timing, peripherals, in,
                out, false);
    }

    /// One without a timing model, too.
    public MachineConfig(String model, long memory, ClockSource clock, long maximumInstructions, int tlbEntries,
            int harts, HartConfig hart, ModelOptions modelOptions, Peripherals peripherals, InputStream in,
            OutputStream out) {
        this(model, memory, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions, null, peripherals, in,
                out);
    }

    /// The defaults of the command line, with a console whose output is discarded.
    public static MachineConfig standard() {
        return new MachineConfig(ModelName.NATIVE.toString(), Settings.MEMORY.initial(), ClockSource.INSTRUCTIONS,
                Long.MAX_VALUE, Settings.TLB_ENTRIES.initial(), 1, HartConfig.standard(), ModelOptions.DEFAULTS,
                Peripherals.NONE, null, OutputStream.nullOutputStream());
    }

    /// Random numbers for the guest, repeatable under the instruction clock.
    ///
    /// @param use the purpose, a different number for each
    RandomGenerator random(long use) {
        return clock == ClockSource.HOST ? new SecureRandom() : new SplittableRandom(use);
    }

    public MachineConfig withModel(String name) {
        return new MachineConfig(name, memory, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions,
                timing, peripherals, in, out, parallel);
    }

    public MachineConfig withModelOptions(ModelOptions options) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, harts, hart, options,
                timing, peripherals, in, out, parallel);
    }

    public MachineConfig withMemory(long bytes) {
        return new MachineConfig(model, bytes, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions,
                timing, peripherals, in, out, parallel);
    }

    public MachineConfig withHarts(int count) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, count, hart, modelOptions,
                timing, peripherals, in, out, parallel);
    }

    public MachineConfig withHart(HartConfig config) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, harts, config, modelOptions,
                timing, peripherals, in, out, parallel);
    }

    public MachineConfig withConsole(InputStream input, OutputStream output) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions,
                timing, peripherals, input, output, parallel);
    }

    public MachineConfig withPeripherals(Peripherals devices) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions,
                timing, devices, in, out, parallel);
    }

    public MachineConfig withTiming(TimingParameters parameters) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions,
                parameters, peripherals, in, out, parallel);
    }

    public MachineConfig withParallel(boolean each) {
        return new MachineConfig(model, memory, clock, maximumInstructions, tlbEntries, harts, hart, modelOptions,
                timing, peripherals, in, out, each);
    }
}
