// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.interop.UnknownKeyException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.hart.Hart;
import org.penumbra.isa.Disassembler;

/// One hart as scripts see it while it stands still: its registers under both names, pc, privilege and CSRs as numbers
/// of 64 bits, signed; float registers as their bits. Also a dictionary of them.
///
/// `unsigned`, `hex` and `doubles` show the same otherwise: as unsigned numbers, as text such as `0x80000000`, and the
/// float registers as doubles.
///
/// Writes of CSRs keep what is legal of the value, as CSR instructions do; privilege is 0, 1 or 3. `virtual` is 1 while
/// a guest of a hypervisor runs, in VS mode if privilege is 1; who writes privilege ends that.
@ExportLibrary(InteropLibrary.class)
final class HartObject implements TruffleObject {
    private static final String PC = "pc";
    private static final String PRIVILEGE = "privilege";
    private static final String ID = "id";
    private static final String VIRTUAL = "virtual";
    private static final int CSRS = 4096;
    private static final int READ_ONLY = 3;

    private final MachineRun run;
    private final Hart hart;
    private final Map<String, HartView> views = new LinkedHashMap<>();
    /// Name to index in the hart's registers.
    private final Map<String, Integer> registers = new LinkedHashMap<>();
    private final Object[] names;

    HartObject(MachineRun run, Hart hart) {
        this.run = run;
        this.hart = hart;
        for (HartView.Form form : HartView.Form.values()) {
            views.put(form.key(), new HartView(this, form));
        }
        for (int i = 0; i < Hart.FLOATS; i++) {
            registers.put("x" + i, i);
            registers.put(Disassembler.integerRegister(i), i);
        }
        registers.put("fp", registers.get("s0"));
        for (int i = 0; i < Hart.FLOATS; i++) {
            registers.put("f" + i, Hart.FLOATS + i);
            registers.put(Disassembler.floatRegister(i), Hart.FLOATS + i);
        }
        var all = new ArrayList<Object>(registers.keySet());
        all.addAll(List.of(PC, PRIVILEGE, ID));
        if (hart.hypervisor != null) {
            all.add(VIRTUAL);
        }
        for (int number = 0; number < CSRS; number++) {
            if (hart.csrs.exists(number)) {
                all.add(hart.csrs.name(number));
            }
        }
        names = all.toArray();
    }

    /// Names of everything that can be read, but for the other forms.
    List<Object> names() {
        return List.of(names);
    }

    /// Names of the CSRs, and privilege.
    List<String> csrs() {
        List<String> csrs = new ArrayList<>(List.of(PRIVILEGE));
        Arrays.stream(names).map(String.class::cast).filter(name -> hart.csrs.number(name) >= 0).forEach(csrs::add);
        return csrs;
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
            case VIRTUAL -> hart.hypervisor != null;
            default -> registers.containsKey(member) || hart.csrs.number(member) >= 0 || views.containsKey(member);
        };
    }

    /// Whether `name` is that of a float register.
    boolean isFloat(String name) {
        Integer register = registers.get(name);
        return register != null && register >= Hart.FLOATS;
    }

    /// As far as a caller can ask: see [MemberObject#isMemberModifiable].
    @ExportMessage
    @TruffleBoundary
    boolean isMemberModifiable(String member) {
        return isMemberReadable(member);
    }

    private boolean isWritable(String member) {
        return switch (member) {
            case PC, PRIVILEGE -> true;
            case ID, VIRTUAL -> false;
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
        HartView view = views.get(member);
        return view != null ? view : read(member);
    }

    /// A register's or CSR's 64 bits, or a smaller number.
    long read(String member) throws UnknownIdentifierException {
        try (var _ = run.hold()) {
            return switch (member) {
                case PC -> hart.pc;
                case PRIVILEGE -> hart.privilege;
                case ID -> hart.id();
                case VIRTUAL -> hart.virtual ? 1 : 0;
                default -> {
                    Integer register = registers.get(member);
                    yield register != null ? hart.registers[register] : hart.csrs.read(csr(member));
                }
            };
        }
    }

    @ExportMessage
    @TruffleBoundary
    void writeMember(String member, Object value) throws UnknownIdentifierException, UnsupportedTypeException {
        if (!isMemberReadable(member)) {
            throw UnknownIdentifierException.create(member);
        }
        if (!isWritable(member)) {
            throw new RiscvException("'" + member + "' of hart " + hart.id() + " cannot be written",
                    RiscvException.USAGE);
        }
        long number = Arguments.number(value);
        try (var _ = run.hold()) {
            write(member, number, value);
        }
    }

    private void write(String member, long number, Object value) throws UnknownIdentifierException,
            UnsupportedTypeException {
        switch (member) {
            case PC -> {
                require((number & 1) == 0, value, "an odd pc");
                run.machine().setPc(hart, number);
            }
            case PRIVILEGE -> {
                require(number == Hart.USER || number == Hart.SUPERVISOR || number == Hart.MACHINE, value,
                        "privilege is 0, 1 or 3");
                hart.enterMode((int) number);
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
        hart.yieldRequested = true;
        run.changed();
    }

    private int csr(String name) throws UnknownIdentifierException {
        int number = hart.csrs.number(name);
        if (number < 0) {
            throw UnknownIdentifierException.create(name);
        }
        return number;
    }

    /// Writes as the last executed instruction would have: counters then read as written.
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
    boolean hasHashEntries() {
        return true;
    }

    @ExportMessage
    long getHashSize() {
        return names.length;
    }

    @ExportMessage
    @TruffleBoundary
    boolean isHashEntryReadable(Object key) {
        String name = Arguments.textOrNull(key);
        return name != null && isMemberReadable(name);
    }

    @ExportMessage
    @TruffleBoundary
    Object readHashValue(Object key) throws UnknownKeyException {
        try {
            if (isHashEntryReadable(key)) {
                return readMember(Arguments.textOrNull(key));
            }
        } catch (UnknownIdentifierException e) {
            throw new AssertionError("asked before", e);
        }
        throw UnknownKeyException.create(key);
    }

    @ExportMessage
    @TruffleBoundary
    boolean isHashEntryModifiable(Object key) {
        return isHashEntryReadable(key);
    }

    @ExportMessage
    boolean isHashEntryInsertable(@SuppressWarnings("unused") Object key) {
        return false;
    }

    @ExportMessage
    @TruffleBoundary
    void writeHashEntry(Object key, Object value) throws UnknownKeyException, UnsupportedTypeException {
        try {
            if (isHashEntryReadable(key)) {
                writeMember(Arguments.textOrNull(key), value);
                return;
            }
        } catch (UnknownIdentifierException e) {
            throw new AssertionError("asked before", e);
        }
        throw UnknownKeyException.create(key);
    }

    @ExportMessage
    @TruffleBoundary
    Object getHashEntriesIterator() {
        return new ValueIterator(Arrays.stream(names).map(name -> {
            try {
                return (Object) new ValueList(name, read((String) name));
            } catch (UnknownIdentifierException e) {
                throw new AssertionError(e);
            }
        }).iterator());
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
