// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import org.penumbra.code.CodePage;
import org.penumbra.code.PackedInstruction;
import org.penumbra.exits.Measurement;
import org.penumbra.hart.AtomicUnit;
import org.penumbra.hart.CacheBlockOp;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.TrapCause;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.FloatUnit;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.UpperOp;
import org.penumbra.isa.fp.FloatStatus;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.monitor.Monitor;

/// Executes any single instruction according to its format: the generic path, for instructions too rare for a case in
/// the interpreter's loop.
public final class Execution {
    private static final int PAUSE = 0x0100_000f;
    /// The field fm of `fence.tso`, and PW and SR of any fence.
    private static final int FENCE_TSO = 8;
    private static final int PREDECESSOR_STORES = 1 << 24;
    private static final int SUCCESSOR_LOADS = 1 << 21;

    private final Hart hart;
    private final Monitor monitor;
    private final AtomicUnit.StoreListener stores;
    private final long[] x;
    private final boolean parallel;
    private final long indexMask;

    public Execution(Hart hart, Monitor monitor) {
        this(hart, monitor, monitor);
    }

    /// @param stores notified of atomic stores, which it passes on to the monitor
    Execution(Hart hart, Monitor monitor, AtomicUnit.StoreListener stores) {
        this.hart = hart;
        this.monitor = monitor;
        this.stores = stores;
        this.x = hart.registers;
        this.parallel = hart.isParallel();
        this.indexMask = ShadowTlb.indexMask(hart.spaces().entries());
    }

    /// Packed form of the instruction at a half-word of a page. The page is a code page from now on.
    long decode(CodePage page, int slot) {
        monitor.decoded(page);
        return pack(page, slot);
    }

    /// The word of a half-word, see [CodePage#words].
    public static long pack(CodePage page, int slot) {
        return crossesPage(page, slot) ? PackedInstruction.PAGE_CROSSING : pack(read(page, slot), slot);
    }

    private static long pack(Instruction i, int slot) {
        return PackedInstruction.pack(i, slot, isMarker(i) || isPause(i));
    }

    /// Whether the instruction that starts at a half-word continues in the next page.
    public static boolean crossesPage(CodePage page, int slot) {
        return slot == CodePage.SLOTS - 1 && (HostMemory.getByte(page.hostAddress() + 2L * slot) & 3) == 3;
    }

    /// Decodes an instruction that lies entirely within a page.
    public static Instruction read(CodePage page, int slot) {
        long address = page.hostAddress() + 2L * slot;
        int low = HostMemory.getShort(address) & 0xffff;
        return page.instructions().decode((low & 3) == 3 ? HostMemory.getInt(address) : low);
    }

    /// Decodes an instruction that starts in one page and ends in another.
    public static Instruction read(CodePage page, CodePage next) {
        int low = HostMemory.getShort(page.hostAddress() + 2L * (CodePage.SLOTS - 1)) & 0xffff;
        return page.instructions().decode(HostMemory.getShort(next.hostAddress()) << 16 | low);
    }

    /// Whether an instruction is a measurement mark, which is always executed here.
    public static boolean isMarker(Instruction i) {
        return i.op() == ImmediateOp.SLTI && i.rd() == 0 && i.rs1() == 0 && Measurement.marks(i.immediate());
    }

    /// Whether it is `pause` (Zihintpause), which is encoded as a `fence` that orders nothing.
    public static boolean isPause(Instruction i) {
        return i.bits() == PAUSE;
    }

    /// Whether compiled code may have an instruction executed by [#stepWithin].
    public static boolean isStepped(Instruction i) {
        return i.op() instanceof CsrOp || i.op() instanceof SystemOp op && switch (op) {
            case SFENCE_VMA, SINVAL_VMA, SFENCE_W_INVAL, SFENCE_INVAL_IR, CBO_INVAL, CBO_CLEAN, CBO_FLUSH, CBO_ZERO ->
                true;
            default -> endsRegion(i);
        };
    }

    /// Whether control goes on elsewhere behind an instruction for [#isStepped]: a call of a more privileged mode, or
    /// the return from one.
    public static boolean endsRegion(Instruction i) {
        return i.op() == SystemOp.ECALL || i.op() == SystemOp.SRET || i.op() == SystemOp.MRET;
    }

    /// Whether an instruction is a `fence` that orders earlier stores before later loads.
    public static boolean ordersStoresBeforeLoads(Instruction i) {
        boolean tso = i.bits() >>> 28 == FENCE_TSO;
        return i.op() == SystemOp.FENCE && !tso && (i.bits() & PREDECESSOR_STORES) != 0
                && (i.bits() & SUCCESSOR_LOADS) != 0;
    }

    /// Fetches the instruction at `pc`, which lies in `page`.
    ///
    /// @return null, with a trap pending, if its second half is in a page that cannot be fetched from
    /// @throws GuestTrap if memory protection denies the fetch of either half
    static Instruction fetch(Monitor monitor, CodePage page, long pc) {
        int slot = CodePage.slot(pc);
        monitor.checkFetch(page, pc);
        if (!crossesPage(page, slot)) {
            Instruction i = read(page, slot);
            if (i.length() == 4) {
                monitor.checkFetch(page, pc + 2);
            }
            return i;
        }
        CodePage next = monitor.fetch(pc + 2);
        if (next == null) {
            return null;
        }
        monitor.checkFetch(next, pc + 2);
        return read(page, next);
    }

    /// Executes the instruction at the hart's pc, which lies in the given page.
    ///
    /// @return true if it trapped or changed control flow or state: the hart's pc and count are then those of the next
    ///         instruction. False if the caller has to count it and advance past it
    boolean execute(CodePage page) {
        if (page.isGuarded() && monitor.stopsHere()) {
            return true;
        }
        try {
            Instruction i = fetch(monitor, page, hart.pc);
            if (i == null) {
                return true;
            }
            // The word at a guarded page's slot does not encode the length, so the caller must not advance past it.
            return execute(i) || page.isGuarded() && transfer(hart.pc + i.length());
        } catch (GuestTrap trap) {
            hart.raise(trap);
            return true;
        }
    }

    /// Executes the instruction at the hart's pc, as returned by [#fetch]. Afterwards the hart's pc and count are those
    /// of the next instruction, or a trap is pending.
    void step(Instruction i) {
        try {
            if (!execute(i)) {
                transfer(hart.pc + i.length());
            }
        } catch (GuestTrap trap) {
            hart.raise(trap);
        }
    }

    /// The same for compiled code, if [#isStepped] holds.
    ///
    /// @param usesFloat whether that code relies on mstatus.FS being dirty
    /// @return whether it may go on behind the instruction: no yield is requested, as all do that change how code is
    ///         fetched, and control has not gone elsewhere
    public boolean stepWithin(Instruction i, boolean usesFloat) {
        long next = hart.pc + i.length();
        step(i);
        return !hart.yieldRequested && hart.pc == next && (!usesFloat || hart.floatDirty());
    }

    private boolean execute(Instruction i) {
        // Most of what the loop has no case for, and their operands are not looked up by their format.
        if (i.op() instanceof CsrOp op) {
            csr(i, op);
            return transfer(hart.pc + i.length());
        }
        if (i.op() instanceof SystemOp op) {
            return system(i, op);
        }
        long a = x[i.source1()];
        long b = x[i.source2()];
        switch (i.op()) {
            case CsrOp _, SystemOp _ -> throw new AssertionError(i);
            case AtomicOp op -> atomic(i, op, a, b);
            case FloatOp op -> floating(i, op);
            case RegisterOp op -> write(i, op.apply(a, b));
            case ImmediateOp op -> {
                write(i, op.apply(a, i.immediate()));
                if (isMarker(i)) {
                    monitor.marked(i.immediate());
                }
            }
            case UpperOp op -> upper(i, op);
            case LoadOp op -> load(i, op, a + i.immediate());
            case StoreOp op -> store(i, op, a + i.immediate(), b);
            case BranchOp op -> {
                return transfer(hart.pc + (op.test(a, b) ? i.immediate() : i.length()));
            }
            case JumpOp op -> {
                long target = op.target(hart.pc, a, i.immediate());
                write(i, hart.pc + i.length());
                return transfer(target);
            }
        }
        return hart.trapPending();
    }

    private void write(Instruction i, long value) {
        int destination = i.destination();
        if (destination != 0) {
            x[destination] = value;
        }
    }

    private boolean transfer(long target) {
        hart.pc = target;
        hart.remaining--;
        return true;
    }

    private void upper(Instruction i, UpperOp op) {
        if (op.floating()) {
            requireFloat(i);
            hart.dirtyFloat();
        }
        write(i, op.apply(hart.pc, i.immediate()));
    }

    private void load(Instruction i, LoadOp op, long gva) {
        if (op.floating()) {
            requireFloat(i);
        }
        long raw = monitor.load(gva, op.size());
        if (hart.trapPending()) {
            return;
        }
        write(i, op.extend(raw));
        if (op.floating()) {
            hart.dirtyFloat();
        }
    }

    private void store(Instruction i, StoreOp op, long gva, long value) {
        if (op.floating()) {
            requireFloat(i);
        }
        monitor.store(gva, op.size(), value);
    }

    private void atomic(Instruction i, AtomicOp op, long computed, long operand) {
        long gva = hart.accessed(computed);
        long hit = parallel && !op.paired() ? hit(op, gva) : 0;
        if (hit != 0) {
            write(i, AtomicUnit.performShared(hart, op, hit, operand, x[i.source3()]));
            return;
        }
        if (parallel) {
            monitor.atomically(op.paired(), () -> missed(i, op, gva, operand));
        } else {
            missed(i, op, gva, operand);
        }
    }

    private void missed(Instruction i, AtomicOp op, long gva, long operand) {
        long address = monitor.atomic(gva, op.size(), !op.loadReserved());
        if (address != 0 && op.paired()) {
            AtomicUnit.performPaired(hart, i, gva, address, stores);
        } else if (address != 0 && parallel) {
            write(i, AtomicUnit.performShared(hart, op, gva, address, operand, x[i.source3()], stores));
        } else if (address != 0) {
            write(i, AtomicUnit.perform(hart, op, gva, address, operand, x[i.source3()], stores));
        } else if (op.storeConditional()) {
            hart.reservation = Hart.NO_RESERVATION;
        }
    }

    /// Performs a packed atomic operation if it is aligned and hits the TLB.
    /// @return whether it has; if not, nothing was done
    boolean atomic(long w) {
        AtomicOp op = PackedInstruction.atomicOperation(w);
        long hit = hit(op, x[PackedInstruction.rs1(w)]);
        if (hit == 0) {
            return false;
        }
        long operand = x[PackedInstruction.rs2(w)];
        long compared = x[PackedInstruction.rs3(w)];
        x[PackedInstruction.rd(w)] = parallel ? AtomicUnit.performShared(hart, op, hit, operand, compared)
                : AtomicUnit.perform(hart, op, hit, operand, compared);
        return true;
    }

    /// Host address of an atomic access, or 0 if the monitor has to look at it. Where pointers are masked, one with
    /// bits to ignore does not hit.
    private long hit(AtomicOp op, long gva) {
        return ShadowTlb.aligned(hart.dataTlb, indexMask, gva, op.size(), op.loadReserved());
    }

    private void requireFloat(Instruction i) {
        if (!hart.floatEnabled()) {
            throw TrapCause.illegal(i.bits());
        }
    }

    private void floating(Instruction i, FloatOp op) {
        requireFloat(i);
        FloatStatus status = hart.floatStatus;
        int mode = FloatUnit.mode(i.rm(), status);
        if (FloatUnit.isReserved(mode)) {
            throw TrapCause.illegal(i.bits());
        }
        int flags = status.flags;
        write(i, FloatUnit.compute(op, x, i.source1(), i.source2(), i.source3(), mode, status));
        if (op.format().writesFloat() || status.flags != flags) {
            hart.dirtyFloat();
        }
    }

    /// Executes a packed floating-point operation when mstatus.FS is already dirty.
    /// @return false, having done nothing, if its rounding mode is reserved
    boolean floating(long w, long[] x) {
        FloatStatus status = hart.floatStatus;
        int mode = FloatUnit.mode(PackedInstruction.roundingMode(w), status);
        if (FloatUnit.isReserved(mode)) {
            return false;
        }
        x[PackedInstruction.rd(w)] = FloatUnit.compute(PackedInstruction.floatOperation(w), x,
                PackedInstruction.rs1(w), PackedInstruction.rs2(w), PackedInstruction.rs3(w), mode, status);
        return true;
    }

    private void csr(Instruction i, CsrOp op) {
        boolean writes = op.writes(i.rs1());
        int csr = hart.csrs.check((int) i.immediate(), writes, i.bits());
        long operand = op.immediateSource() ? i.rs1() : x[i.rs1()];
        long old = op.reads(i.rd()) ? hart.csrs.read(csr) : 0;
        if (writes) {
            boolean update = op != CsrOp.CSRRW && op != CsrOp.CSRRWI;
            hart.csrs.write(csr, op.combine(update ? hart.csrs.readForUpdate(csr) : old, operand));
        }
        if (i.rd() != 0) {
            x[i.rd()] = old;
        }
    }

    private boolean system(Instruction i, SystemOp op) {
        long next = hart.pc + i.length();
        switch (op) {
            case FENCE -> {
                HostMemory.fullFence();
                if (isPause(i)) {
                    hart.pause();
                }
            }
            // A hart that runs loses its reservation with its turn only. Without one there is nothing to wait for.
            case WRS_NTO, WRS_STO -> {
                if (hart.reservation != Hart.NO_RESERVATION) {
                    hart.pause();
                }
            }
            // Stores to decoded code drop it at once for all harts, so nothing remains to be synchronised.
            case FENCE_I -> { }
            // Recorded rather than thrown: unwinding a host exception would take longer than everything else here.
            case ECALL -> hart.raise(hart.callCause(), 0);
            case EBREAK -> hart.raise(TrapCause.BREAKPOINT, hart.pc);
            case MRET -> {
                hart.machineReturn(i.bits());
                return retire();
            }
            case SRET -> {
                hart.supervisorReturn(i.bits());
                return retire();
            }
            case WFI -> {
                hart.checkWait(i.bits());
                hart.waiting = true;
                hart.yieldRequested = true;
                return transfer(next);
            }
            case SFENCE_VMA, SINVAL_VMA -> {
                hart.supervisorFence(x[i.rs1()], i.rs1() != 0, x[i.rs2()], i.rs2() != 0, i.bits());
                return transfer(next);
            }
            case SFENCE_W_INVAL, SFENCE_INVAL_IR -> {
                hart.supervisorFenceOrdering(i.bits());
                return transfer(next);
            }
            case HFENCE_VVMA, HINVAL_VVMA -> {
                hart.guestFence(x[i.rs1()], i.rs1() != 0, x[i.rs2()], i.rs2() != 0, i.bits());
                return transfer(next);
            }
            case HFENCE_GVMA, HINVAL_GVMA -> {
                hart.secondStageFence(x[i.rs1()] << 2, i.rs1() != 0, x[i.rs2()], i.rs2() != 0, i.bits());
                return transfer(next);
            }
            case HLV_B, HLV_BU, HLV_H, HLV_HU, HLVX_HU, HLV_W, HLV_WU, HLVX_WU, HLV_D, HSV_B, HSV_H, HSV_W, HSV_D ->
                guest(i, op);
            case CBO_INVAL, CBO_CLEAN, CBO_FLUSH, CBO_ZERO -> cacheBlock(i, op);
            case ILLEGAL -> throw TrapCause.illegal(i.bits());
        }
        return hart.trapPending();
    }

    /// Accesses the memory of a hypervisor's guest.
    private void guest(Instruction i, SystemOp op) {
        hart.hypervisor.checkOwn(true, i.bits());
        hart.hypervisor.beginAccess(op == SystemOp.HLVX_HU || op == SystemOp.HLVX_WU);
        try {
            if (op.store() != null) {
                monitor.store(x[i.rs1()], op.store().size(), x[i.rs2()]);
            } else {
                long raw = monitor.load(x[i.rs1()], op.load().size());
                if (!hart.trapPending()) {
                    write(i, op.load().extend(raw));
                }
            }
        } finally {
            hart.hypervisor.endAccess();
        }
    }

    private boolean retire() {
        hart.reservation = Hart.NO_RESERVATION;
        hart.remaining--;
        return true;
    }

    private void cacheBlock(Instruction i, SystemOp op) {
        hart.checkCacheBlock(switch (op) {
            case CBO_INVAL -> CacheBlockOp.INVALIDATE;
            case CBO_ZERO -> CacheBlockOp.ZERO;
            case CBO_FLUSH -> CacheBlockOp.FLUSH;
            default -> CacheBlockOp.CLEAN;
        }, i.bits());
        monitor.cacheBlock(x[i.rs1()], op == SystemOp.CBO_ZERO);
    }
}
