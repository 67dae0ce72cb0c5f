// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.InteropException;
import com.oracle.truffle.api.interop.InteropLibrary;

/// A text to wait for: one that has to occur, or a regular expression of the script's language.
final class TextPattern {
    private static final InteropLibrary INTEROP = InteropLibrary.getUncached();

    private final Object pattern;
    private final String literal;

    /// @throws RiscvException for what is neither
    TextPattern(Object pattern) {
        this.pattern = pattern;
        this.literal = Arguments.textOrNull(pattern);
        if (literal == null && !INTEROP.isMemberInvocable(pattern, "exec")
                && !INTEROP.isMemberInvocable(pattern, "search")) {
            throw new RiscvException("a text to wait for is a string or a regular expression, not "
                    + INTEROP.toDisplayString(pattern), RiscvException.USAGE);
        }
    }

    /// Where the first occurrence in a text ends, or -1.
    int endIn(String text) {
        if (literal != null) {
            int at = text.indexOf(literal);
            return at < 0 ? -1 : at + literal.length();
        }
        try {
            if (INTEROP.isMemberInvocable(pattern, "exec")) { // JavaScript
                Object match = INTEROP.invokeMember(pattern, "exec", text);
                return INTEROP.isNull(match) ? -1 : INTEROP.asInt(INTEROP.readMember(match, "index"))
                        + INTEROP.asString(INTEROP.readArrayElement(match, 0)).length();
            }
            Object match = INTEROP.invokeMember(pattern, "search", text);
            return INTEROP.isNull(match) ? -1 : INTEROP.asInt(INTEROP.invokeMember(match, "end"));
        } catch (InteropException e) {
            throw new RiscvException("the text to wait for cannot be looked for (" + e.getMessage() + ")",
                    RiscvException.USAGE);
        }
    }

    @Override
    public String toString() {
        return literal != null ? "'" + literal + "'" : INTEROP.toDisplayString(pattern).toString();
    }
}
