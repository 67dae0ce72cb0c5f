// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Symbols as `nm` lists them, which is the form of a kernel's `System.map` and `/proc/kallsyms` as well.
public final class SymbolMap {
    private static final Pattern LINE = Pattern.compile("([0-9a-f]{8,16}) ([A-Za-z]) (\\S+).*");

    private SymbolMap() {
    }

    /// @throws ImageException if no line names a symbol
    public static SymbolTable parse(String name, byte[] contents) throws ImageException {
        List<SymbolTable.Symbol> symbols = new ArrayList<>();
        new String(contents, StandardCharsets.UTF_8).lines().forEach(line -> {
            Matcher match = LINE.matcher(line);
            if (match.matches()) {
                boolean code = "TtWw".contains(match.group(2));
                symbols.add(new SymbolTable.Symbol(match.group(3), Long.parseUnsignedLong(match.group(1), 16), 0,
                        code ? SymbolTable.Kind.FUNCTION : SymbolTable.Kind.OBJECT));
            }
        });
        if (symbols.isEmpty()) {
            throw new ImageException(ImageException.Reason.BAD_IMAGE,
                    name + ": is neither an ELF file nor a list of symbols such as System.map");
        }
        return new SymbolTable(symbols);
    }
}
