// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

/// The forms in which a region can be translated.
public enum CodeForm {
    /// For HotSpot's first compiler: guest registers stay in the hart between blocks. Compiled in a few milliseconds.
    QUICK,
    /// For its second compiler: guest registers are local variables throughout.
    OPTIMISED
}
