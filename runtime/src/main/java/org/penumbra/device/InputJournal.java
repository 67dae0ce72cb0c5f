// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.IOException;
import java.util.function.Supplier;

/// Records when input came, in guest instructions, so that it can be replayed at the same instructions.
///
/// The text form: a title line, then for each arrival a line with the instructions retired by all harts, the tick of
/// guest time, and the bytes in hexadecimal. [#POWER_ON] marks a power cycle of the machine, which restarts both
/// numbers.
public interface InputJournal {
    String TITLE = "penumbra-input 1";
    String POWER_ON = "power-on";

    /// The input that has arrived; may be empty.
    ///
    /// @param instructions retired by all harts so far
    /// @param tick         of guest time
    /// @param source       the input itself
    /// @throws IOException if the journal cannot be written
    byte[] arrived(long instructions, long tick, Supplier<byte[]> source) throws IOException;

    /// Whether nothing can arrive as long as neither instructions nor time advance.
    ///
    /// @param sourceEnded whether the input itself has
    boolean hasEnded(boolean sourceEnded);

    /// Called when the machine was power-cycled.
    void powerOn() throws IOException;

    /// Whether input that was typed and has not arrived stays so when a snapshot is restored.
    default boolean keepsTyped() {
        return false;
    }

    /// No journal: input arrives when it does.
    InputJournal NONE = new InputJournal() {
        @Override
        public byte[] arrived(long instructions, long tick, Supplier<byte[]> source) {
            return source.get();
        }

        @Override
        public boolean hasEnded(boolean sourceEnded) {
            return sourceEnded;
        }

        @Override
        public void powerOn() {
            // nothing to record
        }
    };
}
