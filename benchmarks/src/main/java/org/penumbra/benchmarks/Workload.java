// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import java.util.Objects;

/// A guest program that ships with the project: a bare-metal ELF64 for the `virt` board, which runs in machine,
/// supervisor or user mode as its [Parameters] say.
///
/// It prints a line at the start and the end of every round and a last line `NAME checksum=HEX`, and ends through the
/// test finisher: 0, 1 when the checksum is not the expected one, 3 after an unexpected trap.
public record Workload(String name, Kind kind, String description) {

    /// What a workload spends its time on.
    public enum Kind {
        /// Integer arithmetic and bit manipulation.
        INTEGER,
        /// Double-precision arithmetic.
        FLOATING_POINT,
        /// Loads and stores, with and without locality.
        MEMORY,
        /// Branches, calls, and indirect jumps.
        CONTROL
    }

    public Workload {
        Objects.requireNonNull(name);
        Objects.requireNonNull(kind);
        Objects.requireNonNull(description);
    }

    /// The ELF file as it ships: machine mode, a few rounds, 20 to 50 million instructions in all.
    public byte[] image() {
        return resource(name);
    }

    static byte[] resource(String name) {
        return Resources.read("guest/" + name + ".elf");
    }

    /// The ELF file with other parameters.
    public byte[] image(Parameters parameters) {
        byte[] image = image();
        parameters.patch(image);
        return image;
    }

    /// The parameters of the ELF file as it ships.
    public Parameters parameters() {
        return Parameters.of(image());
    }
}
