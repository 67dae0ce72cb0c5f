// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

/// The forms in which a region can be translated.
public enum CodeForm {
    /// For HotSpot's first compiler: guest registers stay in the hart between blocks. Compiled in a few milliseconds.
    QUICK("Quick_"),
    /// For its second compiler: guest registers are local variables throughout.
    OPTIMISED("Region_");

    private final String prefix;

    CodeForm(String prefix) {
        this.prefix = prefix;
    }

    /// With which the names of its classes begin; compiler-directives.json names them.
    String prefix() {
        return prefix;
    }
}
