// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.gdb;

import java.util.HashMap;
import java.util.Map;
import org.penumbra.hart.Hart;
import org.penumbra.hart.csr.CsrFile;
import org.penumbra.isa.Disassembler;

/// The registers of a hart as gdb knows them: by number, and in the XML of its target description (GDB manual, section
/// G.5.11, "RISC-V Features").
final class TargetDescription {
    /// Registers in a `g` packet: x0 to x31 and pc.
    static final int GENERAL = 33;
    private static final int PC = 32;
    private static final int FLOATS = 33;
    /// CSR n has this number more.
    private static final int CSRS = 65;
    private static final int CSR_NUMBERS = 4096;
    private static final int FCSR = 3;
    private static final int PRIVILEGE = CSRS + CSR_NUMBERS;
    private static final int FLOAT_STATUS_BITS = 32;

    private final Map<Integer, String> names = new HashMap<>();
    private final Map<Integer, Integer> narrow = new HashMap<>();
    private final String xml;

    TargetDescription(CsrFile csrs) {
        var text = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
                + "<target version=\"1.0\"><architecture>riscv:rv64</architecture>");
        text.append("<feature name=\"org.gnu.gdb.riscv.cpu\">");
        for (int i = 0; i < Hart.FLOATS; i++) {
            String type = i == 1 ? "code_ptr" : i == 2 || i == 3 || i == 4 || i == 8 ? "data_ptr" : "int";
            register(text, i, Disassembler.integerRegister(i).equals("s0") ? "fp" : Disassembler.integerRegister(i),
                    "x" + i, 64, type, null);
        }
        register(text, PC, "pc", "pc", 64, "code_ptr", null);
        text.append("</feature><feature name=\"org.gnu.gdb.riscv.fpu\"><union id=\"riscv_double\">"
                + "<field name=\"float\" type=\"ieee_single\"/><field name=\"double\" type=\"ieee_double\"/></union>");
        for (int i = 0; i < Hart.FLOATS; i++) {
            register(text, FLOATS + i, Disassembler.floatRegister(i), "f" + i, 64, "riscv_double", null);
        }
        for (int number = 1; number <= FCSR; number++) {
            register(text, CSRS + number, csrs.name(number), csrs.name(number), FLOAT_STATUS_BITS, "int", "float");
        }
        text.append("</feature><feature name=\"org.gnu.gdb.riscv.csr\">");
        for (int number = FCSR + 1; number < CSR_NUMBERS; number++) {
            if (csrs.exists(number)) {
                register(text, CSRS + number, csrs.name(number), csrs.name(number), 64, "int", "csr");
            }
        }
        text.append("</feature><feature name=\"org.gnu.gdb.riscv.virtual\">");
        register(text, PRIVILEGE, "priv", "privilege", 64, "int", "general");
        xml = text.append("</feature></target>").toString();
    }

    private void register(StringBuilder text, int number, String shown, String name, int bits, String type,
            String group) {
        names.put(number, name);
        if (bits != 64) {
            narrow.put(number, bits);
        }
        text.append("<reg name=\"").append(shown).append("\" bitsize=\"").append(bits).append("\" regnum=\"")
                .append(number).append("\" type=\"").append(type).append('"');
        if (group != null) {
            text.append(" group=\"").append(group).append('"');
        }
        text.append("/>");
    }

    String xml() {
        return xml;
    }

    /// Our name of a register, or null if there is none with that number.
    String name(int number) {
        return names.get(number);
    }

    /// Bytes of a register.
    int bytes(int number) {
        return narrow.getOrDefault(number, 64) / 8;
    }
}
