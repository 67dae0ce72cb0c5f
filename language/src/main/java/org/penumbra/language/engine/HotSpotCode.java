// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import org.penumbra.language.translator.TranslatedCode;

/// A region as bytecode that HotSpot compiles. The JVM's interpreter runs it thirty times slower than our interpreter
/// runs the guest code, so it is not entered until it has been compiled.
abstract class HotSpotCode implements CompiledCode {
    final TranslatedCode code;
    private boolean ready;

    /// @param ready whether it may be entered before it is compiled
    HotSpotCode(TranslatedCode code, boolean ready) {
        this.code = code;
        this.ready = ready;
    }

    /// Looks whether it is compiled; called until it is.
    abstract boolean isCompiled();

    @Override
    public final boolean isReady() {
        if (!ready) {
            ready = isCompiled();
        }
        return ready;
    }

    @Override
    public final TranslatedCode direct() {
        return ready ? code : null;
    }

    @Override
    public final boolean run() {
        code.run();
        return true;
    }
}
