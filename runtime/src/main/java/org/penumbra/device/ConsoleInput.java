// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

/// Console input as devices request it. Checking is very cheap while there is none.
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

    /// Whether [#take] will return a byte.
    boolean hasInput();

    /// The next byte, 0 to 255, or -1 while there is none.
    int take();

    /// Returns bytes that were taken but not seen by the guest, to be taken again first.
    void giveBack(byte[] bytes);

    /// Whether no more input will come; known only after an unsuccessful request.
    boolean hasEnded();
}
