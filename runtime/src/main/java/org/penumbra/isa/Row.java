// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.Locale;

/// What the row of an instruction states about it besides its meaning.
public record Row(String mnemonic, Extension extension, Format format, Pattern pattern) {
    static Row of(String name, Extension extension, Format format, String pattern) {
        return new Row(mnemonic(name), extension, format, new Pattern(pattern));
    }

    /// Assembler's name of the row `name`: `SFENCE_VMA` is `sfence.vma`.
    static String mnemonic(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
