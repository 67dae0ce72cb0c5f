// SPDX-License-Identifier: Apache-2.0
package org.penumbra.format;

import java.util.regex.Pattern;

/// Output that was written for a terminal.
public final class TerminalText {
    /// Colours, and a shell's question for the position of its cursor.
    private static final Pattern SEQUENCE = Pattern.compile("\u001b\\[[0-9;?]*[A-Za-z]");

    private TerminalText() {
    }

    /// A text without the sequences that control a terminal. One that has only begun stays.
    public static String plain(CharSequence text) {
        return SEQUENCE.matcher(text).replaceAll("");
    }
}
