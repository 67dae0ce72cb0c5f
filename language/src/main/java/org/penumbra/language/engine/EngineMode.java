// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

/// How guest code is executed; the result is the same to the bit.
public enum EngineMode {
    /// Never compiled.
    INTERPRETER,
    /// Every region entered at once, translated to bytecode of the host; for tests.
    TRANSLATED,
    /// Every region entered at once through partial evaluation, and compiled before it runs; for tests.
    IMMEDIATE,
    /// Interpreted until worth translating, translated until worth partial evaluation.
    DEFAULT
}
