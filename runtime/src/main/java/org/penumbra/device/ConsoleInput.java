// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

/// What the host's user types, as devices ask for it. Asking costs next to nothing while there is none.
public interface ConsoleInput {
    /// No input, ever.
    ConsoleInput NONE = new ConsoleInput() {
        @Override
        public boolean hasInput() {
            return false;
        }

        @Override
        public int take() {
            return -1;
        }

        @Override
        public void giveBack(byte[] bytes) {
            // nobody is to have them
        }

        @Override
        public boolean hasEnded() {
            return true;
        }
    };

    /// Whether [#take] gives a byte.
    boolean hasInput();

    /// The next byte, 0 to 255, or -1 while there is none.
    int take();

    /// Puts bytes that were taken, and that the guest has not seen, before those to come.
    void giveBack(byte[] bytes);

    /// Whether no more will come; known no earlier than somebody has asked in vain.
    boolean hasEnded();
}
