// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.PerformanceMonitor;
import org.penumbra.options.CpuName;

/// The tables of `docs/extensions.md` are those of the code. With `-Dpenumbra.generate=true` they are written anew.
final class ExtensionsDocumentTest {
    private static final Path FILE = Path.of(System.getProperty("penumbra.root"), "docs", "extensions.md");
    private static final List<CpuName> CPUS = List.of(CpuName.RV64GC, CpuName.RVA20S64, CpuName.RVA22S64,
            CpuName.SCALAR, CpuName.MAX, CpuName.COMPARE);

    @Test
    void tablesAreThoseOfTheCode() throws IOException {
        String text = Files.readString(FILE);
        String fresh = replace(replace(text, "extensions", extensions()), "events", events());
        if (Boolean.getBoolean("penumbra.generate")) {
            Files.writeString(FILE, fresh);
        }
        assertEquals(fresh, text, "docs/extensions.md is stale; -Dpenumbra.generate=true writes it anew");
    }

    private static String replace(String text, String name, String table) {
        String begin = "<!-- table: " + name + " -->\n";
        int from = text.indexOf(begin);
        assertTrue(from >= 0, "there is no place for the table " + name);
        from += begin.length();
        return text.substring(0, from) + table + text.substring(text.indexOf("<!-- end of table -->", from));
    }

    private static String extensions() {
        var table = new StringBuilder("| extension |");
        CPUS.forEach(cpu -> table.append(" `").append(cpu.name().toLowerCase(java.util.Locale.ROOT)).append("` |"));
        table.append(" what it is |\n| --- |").append(" --- |".repeat(CPUS.size())).append(" --- |\n");
        for (Extension extension : Extension.values()) {
            if (extension != Extension.PRIVILEGED) {
                table.append("| ").append(extension.isaName()).append(" |");
                CPUS.forEach(cpu -> table.append(Profile.of(cpu).contains(extension) ? " yes |" : " |"));
                table.append(' ').append(extension.meaning()).append(" |\n");
            }
        }
        return table.toString();
    }

    private static String events() {
        var table = new StringBuilder("| event | counts |\n| --- | --- |\n");
        row(table, PerformanceMonitor.CYCLES, "cycles: retired instructions");
        row(table, PerformanceMonitor.INSTRUCTIONS, "retired instructions");
        row(table, PerformanceMonitor.LOAD_TLB_MISSES, "loads that miss the modelled TLB");
        row(table, PerformanceMonitor.STORE_TLB_MISSES, "stores and atomic operations that do");
        row(table, PerformanceMonitor.FETCH_TLB_MISSES, "fetches that do");
        row(table, PerformanceMonitor.EXITS, "hypervisor exits for any cause");
        for (ExitCause cause : ExitCause.values()) {
            row(table, PerformanceMonitor.EXIT + cause.ordinal(), "hypervisor exits: `" + cause.key() + "`");
        }
        for (FastPathEntry entry : FastPathEntry.values()) {
            row(table, PerformanceMonitor.FAST_PATH + entry.ordinal(), "entries of the machine-mode fast path: `"
                    + entry.name().toLowerCase(java.util.Locale.ROOT) + "`");
        }
        return table.toString();
    }

    private static void row(StringBuilder table, int event, String counts) {
        table.append("| `r").append(Integer.toHexString(event)).append("` | ").append(counts).append(" |\n");
    }
}
