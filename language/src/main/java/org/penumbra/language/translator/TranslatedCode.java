// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

/// A region as bytecode of the host: one hidden class, of which there is one object.
public abstract class TranslatedCode {
    /// For the generated classes.
    protected TranslatedCode() {
    }

    /// Runs the region from the hart's state and leaves the state there. Does nothing when the hart's pc is not the region's
    /// entry.
    public abstract void run();
}
