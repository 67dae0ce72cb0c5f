// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

/// Counts of an engine's work. None of them is architectural: they depend on how long compilers take.
public final class EngineCounts {
    long interpreted;
    long entries;
    long translations;
    long translatedEntries;
    long translatedInstructions;
    long improvements;
    long evaluations;
    long promotions;
    long reversions;

    EngineCounts() {
    }

    void entered(boolean translated, long instructions) {
        if (translated) {
            chained(1, instructions);
        } else {
            entries++;
        }
    }

    void chained(long regions, long instructions) {
        entries += regions;
        translatedEntries += regions;
        translatedInstructions += instructions;
    }

    /// Instructions executed by the interpreter.
    public long interpreted() {
        return interpreted;
    }

    /// How often compiled code of any tier was entered.
    public long entries() {
        return entries;
    }

    /// Regions translated to bytecode.
    public long translations() {
        return translations;
    }

    /// How often translated regions were entered.
    public long translatedEntries() {
        return translatedEntries;
    }

    /// Instructions executed in translated regions.
    public long translatedInstructions() {
        return translatedInstructions;
    }

    /// Regions whose optimised form, compiled by C2, was put into use.
    public long improvements() {
        return improvements;
    }

    /// Regions built for partial evaluation.
    public long evaluations() {
        return evaluations;
    }

    /// Regions whose partially evaluated code was put into use.
    public long promotions() {
        return promotions;
    }

    /// Regions whose translated code turned out to be faster than the partially evaluated one.
    public long reversions() {
        return reversions;
    }
}
