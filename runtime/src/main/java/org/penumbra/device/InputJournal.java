// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.IOException;
import java.util.function.Supplier;

/// When input came, told in guest instructions, so that the same input can come at the same instructions again.
///
/// As a text: a line that says what it is, then for each arrival a line with the instructions that all harts had
/// retired, the tick of guest time, and the bytes in hexadecimal. [#POWER_ON] stands for the machine being switched off
/// and on, which begins both numbers anew.
public interface InputJournal {
    String TITLE = "penumbra-input 1";
    String POWER_ON = "power-on";

    /// What has arrived, empty for nothing.
    ///
    /// @param instructions retired by all harts so far
    /// @param tick         of guest time
    /// @param source       the input itself
    /// @throws IOException where the journal cannot be written
    byte[] arrived(long instructions, long tick, Supplier<byte[]> source) throws IOException;

    /// Whether nothing can arrive as long as neither instructions nor time go on.
    ///
    /// @param sourceEnded whether the input itself has
    boolean hasEnded(boolean sourceEnded);

    /// The machine was switched off and on.
    void powerOn() throws IOException;

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
            // nothing to note
        }
    };
}
