// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

/// A region's code from one of the host's compilers, as the engine uses it: requested, awaited, entered.
interface CompiledCode {
    /// Starts compiling it in the background.
    void request();

    /// Whether the compiled code is ready. The check may take a microsecond and may call the code with the hart's pc
    /// set to where no region starts.
    boolean isReady();

    /// Runs the region from the hart's pc, which is its entry.
    ///
    /// @return false, having done nothing, if it is not compiled yet
    boolean run();
}
