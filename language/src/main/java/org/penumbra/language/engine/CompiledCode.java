// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

/// Code that one of the host's compilers makes of a region, as far as the engine knows it: asked for, awaited, entered.
interface CompiledCode {
    /// Has it compiled in the background.
    void request();

    /// Whether the compiled code is there. It may take a microsecond to find out, and a call of the code with the hart's pc
    /// where no region starts.
    boolean isReady();

    /// Runs the region from the hart's pc, which is its entry.
    ///
    /// @return false when it is not compiled yet and nothing was done
    boolean run();
}
