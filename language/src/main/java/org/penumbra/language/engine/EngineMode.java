// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

/// How guest code is executed; the result is the same to the bit.
public enum EngineMode {
    /// Never compiled.
    INTERPRETER,
    /// Compiled before it runs; for tests.
    IMMEDIATE,
    /// Interpreted until hot.
    DEFAULT
}
