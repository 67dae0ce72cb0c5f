// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.penumbra.hart.Hart;
import org.penumbra.interpreter.Execution;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.language.translator.Bytecode.Label;
import org.penumbra.language.translator.SharedChecks.Check;
import org.penumbra.mmu.ShadowTlb;

/// Writes the bytecode of loads, stores and atomic operations: the shadow TLB probe and the access inline, the miss out
/// of line.
final class AccessWriter {
    private static final long PAGE_MASK = -4096;
    private static final int PAGE_SHIFT = 12;

    private final RegionWriter region;
    private final GuestRegisters registers;
    private final Bytecode code;
    private final AccessSites sites;
    private final MemoryAccess memory;
    private final boolean leavesOnMiss;
    /// Whether other harts see in which order accesses are made.
    private final boolean ordered;
    private final long indexMask;
    private final int tlb;
    private final int gva;
    private final int entry;
    private final int raw;
    private final int outcome;
    private final SharedChecks checks;
    /// Local variable of each base register with shared checks: its host address, or 0 if that is not known.
    private final int[] hosts = new int[Hart.SINK];
    /// Local variables of each base register that walks: the page of its last load or store, and that page's addend.
    private final int[] loadPages = new int[Hart.SINK];
    private final int[] storePages = new int[Hart.SINK];
    private final int free;

    /// @param form       with [CodeForm#OPTIMISED] a miss leaves the region. A call there would cost the hot path: C2
    ///                   keeps a value in memory all the time that lives across a call somewhere
    /// @param firstLocal first local variable it may use
    AccessWriter(RegionWriter region, GuestRegisters registers, Bytecode code, AccessSites sites,
            CodeForm form, SharedChecks checks, int firstLocal) {
        this.region = region;
        this.registers = registers;
        this.code = code;
        this.sites = sites;
        this.ordered = sites.hart.isParallel();
        this.leavesOnMiss = form == CodeForm.OPTIMISED;
        this.memory = new MemoryAccess(code);
        this.indexMask = ShadowTlb.indexMask(sites.hart.spaces().entries());
        this.tlb = firstLocal;
        this.gva = firstLocal + 2;
        this.entry = firstLocal + 4;
        this.raw = firstLocal + 6;
        this.outcome = firstLocal + 8;
        this.checks = checks;
        int next = reserve(hosts, checks.bases(), firstLocal + 9, 2);
        next = reserve(loadPages, checks.walkingLoads(), next, 4);
        this.free = reserve(storePages, checks.walkingStores(), next, 4);
    }

    /// Gives registers local variables.
    /// @return the next unused one
    private static int reserve(int[] locals, int registers, int first, int slots) {
        int next = first;
        for (int rest = registers; rest != 0; rest &= rest - 1) {
            locals[Integer.numberOfTrailingZeros(rest)] = next;
            next += slots;
        }
        return next;
    }

    private static void each(int registers, IntConsumer action) {
        for (int rest = registers; rest != 0; rest &= rest - 1) {
            action.accept(Integer.numberOfTrailingZeros(rest));
        }
    }

    /// First local variable that it does not use.
    int free() {
        return free;
    }

    /// Writes the initialisation at the region's entry.
    void enter() {
        region.hart().getfield(Descriptors.DATA_TLB).lstore(tlb);
        forgetAll();
        // Addends have no meaning without their pages; the verifier wants a value.
        each(checks.walkingLoads(), r -> code.lconst_0().lstore(loadPages[r] + 2));
        each(checks.walkingStores(), r -> code.lconst_0().lstore(storePages[r] + 2));
    }

    /// The number of an instruction that may be left to the monitor or the interpreter.
    ///
    /// @param before instructions of its block before it
    /// @param size   of its access, in bytes
    int site(long pc, Instruction i, int before, int size) {
        return sites.add(pc, i.length(), before, size);
    }

    /// @param check how the access is checked
    void load(long pc, Instruction i, LoadOp op, int before, Check check) {
        int rd = i.destination();
        int site = site(pc, i, before, op.size());
        Label miss = code.newLabel();
        Label done = code.newLabel();
        long unsaved = registers.unsaved();
        access(i, check, ShadowTlb.LOAD_TAG, op.size(), miss, done, address -> {
            memory.begin();
            address.run();
            memory.load(op.size());
            code.lstore(raw);
            if (ordered) {
                memory.loadFence();
            }
        });
        extend(op, rd);
        if (leavesOnMiss) {
            region.interpret(miss, site, unsaved);
            return;
        }
        region.later(() -> {
            code.labelBinding(miss);
            registers.save(unsaved);
            code.getstatic(Descriptors.OWN_SITES).lload(gva).loadConstant(site).lload(region.remaining())
                    .invokevirtual(Descriptors.MISSED_LOAD);
            code.dup().istore(outcome).iflt(region.leaveLabel());
            code.getstatic(Descriptors.OWN_SITES).getfield(Descriptors.RAW).lstore(raw);
            forgetAll();
            code.iload(outcome).ifeq(done);
            extend(op, rd);
            registers.save(1L << rd & ~1L);
            code.goto_(region.leaveLabel());
        });
    }

    void store(long pc, Instruction i, StoreOp op, int before, Check check) {
        int rs2 = i.source2();
        int site = site(pc, i, before, op.size());
        Label miss = code.newLabel();
        Label done = code.newLabel();
        long unsaved = registers.unsaved();
        access(i, check, ShadowTlb.STORE_TAG, op.size(), miss, done, address -> {
            if (ordered) {
                memory.storeFence();
            }
            memory.begin();
            address.run();
            registers.read(rs2);
            memory.store(op.size());
        });
        if (leavesOnMiss) {
            region.interpret(miss, site, unsaved);
            return;
        }
        region.later(() -> {
            code.labelBinding(miss);
            registers.save(unsaved);
            code.getstatic(Descriptors.OWN_SITES).lload(gva);
            registers.read(rs2);
            code.loadConstant(site).lload(region.remaining())
                    .invokevirtual(Descriptors.MISSED_STORE);
            forgetAll();
            code.ifeq(done).goto_(region.leaveLabel());
        });
    }

    /// Writes the check of an access and the access itself. Control comes to `done` afterwards, unless it goes to
    /// `miss`.
    ///
    /// @param tag      that the access itself needs
    /// @param performs writes the access; gets what pushes its host address
    private void access(Instruction i, Check check, int tag, int size, Label miss, Label done,
            Consumer<Runnable> performs) {
        if (check.kind() == SharedChecks.Kind.ALONE) {
            find(i, tag, size, miss);
            performs.accept(this::hostAddress);
            code.labelBinding(done);
            return;
        }
        if (check.kind() == SharedChecks.Kind.WALKING) {
            walk(i, tag == ShadowTlb.LOAD_TAG ? loadPages : storePages, tag, size, miss, performs);
            code.labelBinding(done);
            return;
        }
        int host = hosts[i.source1()];
        Label found = code.newLabel();
        Label apart = code.newLabel();
        if (check.kind() == SharedChecks.Kind.FIRST) {
            findAll(i, check, apart);
            code.lstore(host);
        } else {
            Label unknown = code.newLabel();
            code.lload(host).lconst_0().lcmp().ifeq(unknown);
            region.later(() -> {
                code.labelBinding(unknown);
                findAll(i, check, apart);
                code.lstore(host).goto_(found);
            });
        }
        code.labelBinding(found);
        performs.accept(() -> {
            code.lload(host);
            plus(i.immediate());
        });
        code.labelBinding(done);
        region.later(() -> {
            code.labelBinding(apart);
            forget(i.source1());
            find(i, tag, size, miss);
            performs.accept(this::hostAddress);
            code.goto_(done);
        });
    }

    /// Writes an access that is likely on the page of the one before: where it is, and aligned, its page is all there
    /// is to compare.
    ///
    /// @param pages by register, the local variable of that page; the next one has its addend
    private void walk(Instruction i, int[] pages, int tag, int size, Label miss, Consumer<Runnable> performs) {
        int page = pages[i.source1()];
        Label found = code.newLabel();
        Label elsewhere = code.newLabel();
        registers.read(i.source1());
        plus(i.immediate());
        code.lstore(gva);
        code.lload(gva).loadConstant(PAGE_MASK | size - 1).land().lload(page).lcmp().ifne(elsewhere);
        code.labelBinding(found);
        performs.accept(() -> code.lload(gva).lload(page + 2).ladd());
        region.later(() -> {
            code.labelBinding(elsewhere);
            place();
            compare(tag, size, miss);
            code.lload(gva).loadConstant(PAGE_MASK).land().lstore(page);
            memory.begin();
            field(ShadowTlb.ADDEND);
            memory.load(Long.BYTES);
            code.lstore(page + 2).goto_(found);
        });
    }

    /// Pushes the host address of the base register, if one page holds all that the check covers and permits it; else
    /// jumps.
    private void findAll(Instruction i, Check check, Label apart) {
        registers.read(i.source1());
        plus(check.low());
        code.lstore(gva);
        place();
        if (check.loads()) {
            compare(ShadowTlb.LOAD_TAG, check.high() - check.low(), apart);
        }
        if (check.stores()) {
            compare(ShadowTlb.STORE_TAG, check.high() - check.low(), apart);
        }
        memory.begin();
        field(ShadowTlb.ADDEND);
        memory.load(Long.BYTES);
        registers.read(i.source1());
        code.ladd();
    }

    /// Writes that no check holds for a register's value.
    void forget(int register) {
        code.lconst_0().lstore(hosts[register]);
    }

    /// Writes that no check holds: a miss may have replaced any entry.
    private void forgetAll() {
        each(checks.bases(), this::forget);
        each(checks.walkingLoads(), r -> code.loadConstant(ShadowTlb.INVALID).lstore(loadPages[r]));
        each(checks.walkingStores(), r -> code.loadConstant(ShadowTlb.INVALID).lstore(storePages[r]));
    }

    /// Misses are left to the interpreter.
    void atomic(long pc, Instruction i, AtomicOp op, int before) {
        Label miss = code.newLabel();
        long unsaved = registers.unsaved();
        registers.read(i.source1());
        code.lstore(gva);
        place();
        tag(op.loadReserved() ? ShadowTlb.LOAD_TAG : ShadowTlb.STORE_TAG);
        code.lload(gva).loadConstant(PAGE_MASK | op.size() - 1).land().lcmp().ifne(miss);
        region.hart().getstatic(Descriptors.constant(op));
        hostAddress();
        registers.read(i.source2());
        registers.read(i.source3());
        code.invokestatic(ordered ? Descriptors.PERFORM_SHARED : Descriptors.PERFORM);
        registers.write(i.destination());
        region.interpret(miss, site(pc, i, before, op.size()), unsaved);
    }

    /// An instruction that the interpreter executes in the middle of the region. It may change which translations hold.
    void step(long pc, Instruction i, int before) {
        registers.endBlock();
        registers.pass(i.source1());
        registers.pass(i.source2());
        code.getstatic(Descriptors.OWN_SITES).loadConstant(sites.add(pc, i, before)).lload(region.remaining())
                .invokevirtual(Descriptors.STEP).dup().istore(outcome).iflt(region.leaveLabel());
        if (i.destination() != 0) {
            registers.take(i.destination());
        }
        code.iload(outcome).ifne(region.leaveLabel());
        enter();
    }

    /// A `fence`. The host makes the accesses of a thread in their order, except that a load may be made before earlier
    /// stores; only what forbids that needs an instruction there.
    void fence(Instruction i) {
        if (ordered && Execution.ordersStoresBeforeLoads(i)) {
            memory.fullFence();
        }
    }

    /// Jumps to `miss` unless an access hits; leaves its address in `gva` and the entry's in `entry`.
    private void find(Instruction i, int tag, int size, Label miss) {
        registers.read(i.source1());
        plus(i.immediate());
        code.lstore(gva);
        place();
        compare(tag, size, miss);
    }

    /// Adds a constant to the value on the stack.
    private void plus(long offset) {
        if (offset != 0) {
            code.loadConstant(offset).ladd();
        }
    }

    /// Sets `entry` to the address of the entry for `gva`.
    private void place() {
        code.lload(tlb).lload(gva).loadConstant(PAGE_SHIFT - ShadowTlb.ENTRY_SHIFT).lushr().loadConstant(indexMask)
                .land()
                .ladd().lstore(entry);
    }

    /// Jumps unless the entry's tag is that of `size` bytes from `gva` on.
    private void compare(int tag, int size, Label miss) {
        tag(tag);
        code.lload(gva);
        plus(size - 1L);
        code.loadConstant(PAGE_MASK).land().lcmp().ifne(miss);
    }

    private void tag(int tag) {
        memory.begin();
        field(tag);
        memory.load(Long.BYTES);
    }

    /// Pushes the address of a field of the entry found.
    private void field(int offset) {
        code.lload(entry);
        if (offset != 0) {
            code.loadConstant((long) offset).ladd();
        }
    }

    /// Pushes the host address of a hit.
    private void hostAddress() {
        memory.begin();
        field(ShadowTlb.ADDEND);
        memory.load(Long.BYTES);
        code.lload(gva).ladd();
    }

    /// Extends the loaded value and writes the destination register.
    private void extend(LoadOp op, int rd) {
        RowCode.of(op, "extend", Descriptors.EXTEND).emit(code, () -> code.lload(raw), null, region.free());
        registers.write(rd);
    }
}
