// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.util.LinkedHashMap;
import java.util.Map;
import org.penumbra.hart.Hart;
import org.penumbra.isa.Disassembler;

/// One hart as scripts see it while it stands still: its registers under both names, pc, privilege and CSRs as numbers
/// of 64 bits, signed; float registers as their bits.
///
/// Writes of CSRs keep what is legal of the value, as CSR instructions do; privilege is 0, 1 or 3.
@ExportLibrary(InteropLibrary.class)
final class HartObject implements TruffleObject {
    private static final String PC = "pc";
    private static final String PRIVILEGE = "privilege";
    private static final String ID = "id";
    private static final int CSRS = 4096;
    private static final int READ_ONLY = 3;

    private final Hart hart;
    /// Name to index in the hart's registers.
    private final Map<String, Integer> registers = new LinkedHashMap<>();
    private final Object[] names;

    HartObject(Hart hart) {
        this.hart = hart;
        for (int i = 0; i < Hart.FLOATS; i++) {
            registers.put("x" + i, i);
            registers.put(Disassembler.integerRegister(i), i);
        }
        registers.put("fp", registers.get("s0"));
        for (int i = 0; i < Hart.FLOATS; i++) {
            registers.put("f" + i, Hart.FLOATS + i);
            registers.put(Disassembler.floatRegister(i), Hart.FLOATS + i);
        }
        var all = new java.util.ArrayList<Object>(registers.keySet());
        all.addAll(java.util.List.of(PC, PRIVILEGE, ID));
        for (int number = 0; number < CSRS; number++) {
            if (hart.csrs.exists(number)) {
                all.add(hart.csrs.name(number));
            }
        }
        names = all.toArray();
    }

    @ExportMessage
    boolean hasMembers() {
        return true;
    }

    @ExportMessage
    Object getMembers(@SuppressWarnings("unused") boolean includeInternal) {
        return new ValueList(names);
    }

    @ExportMessage
    @TruffleBoundary
    boolean isMemberReadable(String member) {
        return switch (member) {
            case PC, PRIVILEGE, ID -> true;
            default -> registers.containsKey(member) || hart.csrs.number(member) >= 0;
        };
    }

    @ExportMessage
    @TruffleBoundary
    boolean isMemberModifiable(String member) {
        return switch (member) {
            case PC, PRIVILEGE -> true;
            case ID -> false;
            default -> {
                Integer register = registers.get(member);
                int csr = hart.csrs.number(member);
                yield register != null ? register != 0 : csr >= 0 && csr >>> 10 != READ_ONLY;
            }
        };
    }

    @ExportMessage
    boolean isMemberInsertable(@SuppressWarnings("unused") String member) {
        return false;
    }

    @ExportMessage
    @TruffleBoundary
    Object readMember(String member) throws UnknownIdentifierException {
        return switch (member) {
            case PC -> hart.pc;
            case PRIVILEGE -> hart.privilege;
            case ID -> hart.id();
            default -> {
                Integer register = registers.get(member);
                if (register != null) {
                    yield hart.registers[register];
                }
                yield hart.csrs.read(csr(member));
            }
        };
    }

    @ExportMessage
    @TruffleBoundary
    void writeMember(String member, Object value) throws UnknownIdentifierException, UnsupportedMessageException,
            UnsupportedTypeException {
        if (!isMemberReadable(member)) {
            throw UnknownIdentifierException.create(member);
        }
        if (!isMemberModifiable(member)) {
            throw UnsupportedMessageException.create();
        }
        long number = Arguments.number(value);
        switch (member) {
            case PC -> {
                require((number & 1) == 0, value, "an odd pc");
                hart.pc = number;
            }
            case PRIVILEGE -> {
                require(number == Hart.USER || number == Hart.SUPERVISOR || number == Hart.MACHINE, value,
                        "privilege is 0, 1 or 3");
                hart.privilege = (int) number;
                hart.contextChanged();
            }
            default -> {
                Integer register = registers.get(member);
                if (register != null) {
                    hart.registers[register] = number;
                } else {
                    writeCsr(csr(member), number);
                }
            }
        }
        hart.attention = true;
    }

    private int csr(String name) throws UnknownIdentifierException {
        int number = hart.csrs.number(name);
        if (number < 0) {
            throw UnknownIdentifierException.create(name);
        }
        return number;
    }

    /// As if the last instruction had been the one that does it: counters then read what was written.
    private void writeCsr(int number, long value) {
        hart.remaining++;
        hart.csrs.write(number, value);
        hart.remaining--;
    }

    private static void require(boolean holds, Object value, String problem) throws UnsupportedTypeException {
        if (!holds) {
            throw UnsupportedTypeException.create(new Object[] {value}, problem);
        }
    }

    @ExportMessage
    boolean hasLanguage() {
        return true;
    }

    @ExportMessage
    Class<RiscvLanguage> getLanguage() {
        return RiscvLanguage.class;
    }

    @ExportMessage
    @TruffleBoundary
    Object toDisplayString(@SuppressWarnings("unused") boolean allowSideEffects) {
        return "hart " + hart.id() + " at pc 0x" + Long.toHexString(hart.pc);
    }
}
