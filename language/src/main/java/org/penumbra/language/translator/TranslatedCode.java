// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

/// A region as host bytecode: the one instance of a hidden class.
public abstract class TranslatedCode {
    /// Accesses that missed the shadow TLB and were therefore left to the interpreter.
    public int misses;
    /// The hart's register file.
    protected final long[] registers;

    /// For the generated classes.
    protected TranslatedCode(long[] registers) {
        this.registers = registers;
    }

    /// Runs the region on the hart's state. Does nothing if the hart's pc is not the region's entry.
    public abstract void run();
}
