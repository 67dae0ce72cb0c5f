// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import org.penumbra.language.translator.TranslatedCode;

/// A region's code from one of the host's compilers, as the engine uses it: requested, awaited, entered.
interface CompiledCode {
    /// Starts compiling it in the background.
    void request();

    /// Whether the compiled code is ready. The check may take a microsecond and may call the code with the hart's pc
    /// set to where no region starts.
    boolean isReady();

    /// Translated code that may be run in place of [#run] from now on, or null.
    default TranslatedCode direct() {
        return null;
    }

    /// Runs the region from the hart's pc, which is its entry.
    ///
    /// @return false, having done nothing, if it is not compiled yet
    boolean run();
}
