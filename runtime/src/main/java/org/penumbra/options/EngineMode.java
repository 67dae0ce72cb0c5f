// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

/// How guest code is executed. All modes give bit-identical results.
public enum EngineMode {
    /// Code is interpreted until translation pays off, and translated until partial evaluation pays off.
    DEFAULT,
    /// Never compiled.
    INTERPRETER,
    /// Like the default, without partial evaluation.
    OPTIMISED,
    /// Like the default, without partial evaluation and without the translations that take C2's time. Where HotSpot
    /// takes no requests for compilation, it compiles these, too.
    QUICK,
    /// All code is translated to host bytecode at once, and entered before that is compiled; for tests.
    TRANSLATED,
    /// All code is partially evaluated at once, and compiled before it runs; for tests.
    IMMEDIATE;

    /// Whether code is compiled once that pays off, rather than never or at once.
    public boolean isAdaptive() {
        return this == DEFAULT || this == OPTIMISED || this == QUICK;
    }
}
