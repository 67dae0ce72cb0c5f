// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

/// Addresses as users write them.
final class AddressText {
    private AddressText() {
    }

    /// The address that a text names.
    ///
    /// @param text    a symbol, or a number, in decimal or after `0x`
    /// @param symbols addresses by name
    /// @throws RiscvException if it is neither
    static long parse(String text, ValueMap symbols) {
        if (symbols.get(text) instanceof Number address) {
            return address.longValue();
        }
        try {
            return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new RiscvException("'" + text + "' is neither an address nor a symbol", RiscvException.USAGE);
        }
    }
}
