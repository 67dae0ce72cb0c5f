// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import java.util.Map;
import java.util.TreeMap;
import org.penumbra.hart.AtomicUnit;
import org.penumbra.hart.Hart;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.FloatUnit;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.fp.FloatStatus;
import org.penumbra.monitor.Monitor;

/// The effects of one instruction on registers, CSRs and memory, as the fields of a commit log line.
///
/// Spike lists registers and CSRs by number and then by file, then loads, then stores, and names the CSR that holds the
/// bits where an instruction writes a view of it.
final class CommitEffects implements AtomicUnit.StoreListener {
    private static final int INTEGER_FILE = 0;
    private static final int FLOAT_FILE = 1;
    private static final int CSR_FILE = 4;
    private static final int FFLAGS = 0x001;
    private static final int FRM = 0x002;
    private static final int FCSR = 0x003;
    private static final int SSTATUS = 0x100;
    private static final int SIE = 0x104;
    private static final int SIP = 0x144;
    private static final int MSTATUS = 0x300;
    private static final int MIE = 0x304;
    private static final int MIP = 0x344;
    private static final int CACHE_BLOCK = 64;

    private final Hart hart;
    private final Monitor monitor;
    private final long[] x;
    private final FloatStatus scratch = new FloatStatus();
    private final Map<Integer, Long> written = new TreeMap<>();
    private long status;
    private long gva;
    private long operand;
    private boolean storedAtomically;
    private long stored;
    /// What was stored before that, for a pair.
    private long firstStored;
    private boolean raisesFlags;

    CommitEffects(Hart hart, Monitor monitor) {
        this.hart = hart;
        this.monitor = monitor;
        this.x = hart.registers;
    }

    /// Records the operands of the next instruction.
    void before(Instruction i) {
        status = hart.status.read();
        storedAtomically = false;
        raisesFlags = i.op() instanceof FloatOp op && raisesFlags(i, op);
        boolean displaced = i.op() instanceof LoadOp || i.op() instanceof StoreOp;
        gva = hart.accessed(x[i.source1()] + (displaced ? i.immediate() : 0));
        operand = x[i.source2()];
    }

    /// Whether the operation raises flags, already set or not: found by computing it again with clear flags.
    private boolean raisesFlags(Instruction i, FloatOp op) {
        int mode = FloatUnit.mode(i.rm(), hart.floatStatus);
        if (FloatUnit.isReserved(mode)) {
            return false;
        }
        scratch.flags = 0;
        FloatUnit.compute(op, x, i.source1(), i.source2(), i.source3(), mode, scratch);
        return scratch.flags != 0;
    }

    /// Appends the effects of the instruction, which has been retired.
    void after(Instruction i, StringBuilder text) {
        written.clear();
        registers(i);
        for (var entry : written.entrySet()) {
            int number = entry.getKey() >> 4;
            switch (entry.getKey() & 15) {
                case CSR_FILE -> text.append(" c").append(number).append('_').append(hart.csrs.name(number))
                        .append(' ');
                case FLOAT_FILE -> register('f', number, text);
                default -> register('x', number, text);
            }
            CommitLog.hex(text, entry.getValue(), 16);
        }
        memory(i, text);
    }

    private static void register(char file, int number, StringBuilder text) {
        text.append(' ').append(file).append(number).append(number < 10 ? "  " : " ");
    }

    private void registers(Instruction i) {
        if (i.destination() != 0) {
            int file = i.destination() >= Hart.FLOATS ? FLOAT_FILE : INTEGER_FILE;
            written.put(i.rd() << 4 | file, x[i.destination()]);
            if (i.op() instanceof AtomicOp op && op.paired()) {
                written.put(i.rd() + 1 << 4 | file, x[i.destination() + 1]);
            }
        }
        if (raisesFlags) {
            csr(FFLAGS);
        }
        if (i.op() instanceof CsrOp op && op.writes(i.rs1())) {
            int number = hart.csrs.accessed((int) i.immediate());
            switch (number) {
                case FCSR -> {
                    csr(FFLAGS);
                    csr(FRM);
                }
                case SSTATUS -> csr(MSTATUS);
                case SIE -> csr(MIE);
                case SIP -> csr(MIP);
                default -> csr(number);
            }
        }
        // Floating-point state becomes dirty without being listed.
        if (i.op() == SystemOp.MRET || i.op() == SystemOp.SRET || hart.status.read() != status) {
            csr(MSTATUS);
        }
    }

    private void csr(int number) {
        written.put(number << 4 | CSR_FILE, hart.csrs.read(number));
    }

    private void memory(Instruction i, StringBuilder text) {
        switch (i.op()) {
            case LoadOp _ -> load(text);
            case StoreOp op -> store(gva, op.size(), operand, text);
            case AtomicOp op -> atomic(op, text);
            case SystemOp op when op.load() != null -> load(text);
            case SystemOp op when op.store() != null -> store(gva, op.store().size(), operand, text);
            case SystemOp op when op == SystemOp.CBO_ZERO -> {
                for (int at = 0; at < CACHE_BLOCK; at++) {
                    store((gva & -CACHE_BLOCK) + at, 1, 0, text);
                }
            }
            default -> { }
        }
    }

    private void atomic(AtomicOp op, StringBuilder text) {
        if (!op.storeConditional()) {
            load(text);
        }
        if (storedAtomically && op.paired()) {
            store(gva, Long.BYTES, firstStored, text);
            store(gva + Long.BYTES, Long.BYTES, stored, text);
        } else if (storedAtomically) {
            store(gva, op.size(), stored, text);
        }
    }

    @Override
    public void beforeAtomicStore(long address, int size, long value) {
        storedAtomically = true;
        firstStored = stored;
        stored = value;
        monitor.beforeAtomicStore(address, size, value);
    }

    @Override
    public void storedAtomically(long address, int size) {
        monitor.storedAtomically(address, size);
    }

    private void load(StringBuilder text) {
        CommitLog.hex(text.append(" mem "), gva, 16);
    }

    private static void store(long gva, int size, long value, StringBuilder text) {
        CommitLog.hex(CommitLog.hex(text.append(" mem "), gva, 16).append(' '), value, 2 * size);
    }
}
