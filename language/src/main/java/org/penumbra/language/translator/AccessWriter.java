// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.mmu.ShadowTlb;

/// Writes the bytecode of loads, stores and atomic operations: the shadow TLB probe and the access inline, the miss out
/// of line.
final class AccessWriter {
    /// Number of local variables it needs.
    static final int LOCALS = 9;

    private static final long PAGE_MASK = -4096;
    private static final int PAGE_SHIFT = 12;

    private final RegionWriter region;
    private final GuestRegisters registers;
    private final CodeBuilder code;
    private final ClassDesc self;
    private final AccessSites sites;
    private final MemoryAccess memory;
    private final boolean leavesOnMiss;
    private final long indexMask;
    private final int tlb;
    private final int gva;
    private final int entry;
    private final int raw;
    private final int outcome;

    /// @param form       with [CodeForm#OPTIMISED] a miss leaves the region. A call there would cost the hot path: C2
    ///                   keeps a value in memory all the time that lives across a call somewhere
    /// @param firstLocal first local variable it may use
    AccessWriter(RegionWriter region, GuestRegisters registers, CodeBuilder code, ClassDesc self, AccessSites sites,
            CodeForm form, int firstLocal) {
        this.region = region;
        this.registers = registers;
        this.code = code;
        this.self = self;
        this.sites = sites;
        this.leavesOnMiss = form == CodeForm.OPTIMISED;
        this.memory = new MemoryAccess(code, self);
        this.indexMask = ShadowTlb.indexMask(sites.hart.spaces().entries());
        this.tlb = firstLocal;
        this.gva = firstLocal + 2;
        this.entry = firstLocal + 4;
        this.raw = firstLocal + 6;
        this.outcome = firstLocal + 8;
    }

    /// Writes the initialisation at the region's entry.
    void enter() {
        region.hart().getfield(Descriptors.HART, "dataTlb", CD_long).lstore(tlb);
    }

    void load(long pc, Instruction i, LoadOp op, int before) {
        int rd = i.destination();
        int site = sites.add(pc, i.length(), before, op.size());
        Label miss = code.newLabel();
        Label done = code.newLabel();
        long unsaved = registers.unsaved();
        address(i);
        find(ShadowTlb.LOAD_TAG, op.size(), false, miss);
        memory.begin();
        hostAddress();
        memory.load(op.size());
        extend(op, rd);
        code.labelBinding(done);
        if (leavesOnMiss) {
            leave(miss, pc, before, unsaved);
            return;
        }
        region.later(() -> {
            code.labelBinding(miss);
            registers.save(unsaved);
            code.getstatic(self, "SITES", Descriptors.SITES).lload(gva).loadConstant(site).lload(region.remaining())
                    .invokevirtual(Descriptors.SITES, "load", Descriptors.MISSED_LOAD);
            code.dup().istore(outcome).iflt(region.leaveLabel());
            code.getstatic(self, "SITES", Descriptors.SITES).getfield(Descriptors.SITES, "raw", CD_long);
            extend(op, rd);
            code.iload(outcome).ifeq(done);
            registers.save(1L << rd & ~1L);
            code.goto_(region.leaveLabel());
        });
    }

    void store(long pc, Instruction i, StoreOp op, int before) {
        int rs2 = i.source2();
        int site = sites.add(pc, i.length(), before, op.size());
        Label miss = code.newLabel();
        Label done = code.newLabel();
        long unsaved = registers.unsaved();
        address(i);
        find(ShadowTlb.STORE_TAG, op.size(), false, miss);
        memory.begin();
        hostAddress();
        registers.read(rs2);
        memory.store(op.size());
        code.labelBinding(done);
        if (leavesOnMiss) {
            leave(miss, pc, before, unsaved);
            return;
        }
        region.later(() -> {
            code.labelBinding(miss);
            registers.save(unsaved);
            code.getstatic(self, "SITES", Descriptors.SITES).lload(gva);
            registers.read(rs2);
            code.loadConstant(site).lload(region.remaining())
                    .invokevirtual(Descriptors.SITES, "store", Descriptors.MISSED_STORE);
            code.ifeq(done).goto_(region.leaveLabel());
        });
    }

    /// Misses are left to the interpreter.
    void atomic(long pc, Instruction i, AtomicOp op, int before) {
        Label miss = code.newLabel();
        long unsaved = registers.unsaved();
        registers.read(i.source1());
        code.lstore(gva);
        find(op.loadReserved() ? ShadowTlb.LOAD_TAG : ShadowTlb.STORE_TAG, op.size(), true, miss);
        region.hart().getstatic(Descriptors.ATOMIC, op.name(), Descriptors.ATOMIC);
        hostAddress();
        registers.read(i.source2());
        code.invokestatic(Descriptors.ATOMIC_UNIT, "perform", Descriptors.PERFORM);
        registers.write(i.destination());
        leave(miss, pc, before, unsaved);
    }

    /// Writes a miss that the interpreter handles.
    private void leave(Label miss, long pc, int before, long unsaved) {
        region.later(() -> {
            code.labelBinding(miss);
            code.aload(0).dup().getfield(Descriptors.CODE, "misses", CD_int).iconst_1().iadd()
                    .putfield(Descriptors.CODE, "misses", CD_int);
            region.interpret(pc, before, unsaved);
        });
    }

    private void address(Instruction i) {
        registers.read(i.source1());
        if (i.immediate() != 0) {
            code.loadConstant(i.immediate()).ladd();
        }
        code.lstore(gva);
    }

    /// Jumps to `miss` unless the access to the address in `gva` hits; leaves the entry's address in `entry`.
    ///
    /// @param aligned whether misaligned accesses miss
    private void find(int tag, int size, boolean aligned, Label miss) {
        code.lload(tlb).lload(gva).loadConstant(PAGE_SHIFT - ShadowTlb.ENTRY_SHIFT).lushr().loadConstant(indexMask)
                .land()
                .ladd().lstore(entry);
        memory.begin();
        field(tag);
        memory.load(Long.BYTES);
        code.lload(gva);
        if (aligned) {
            code.loadConstant(PAGE_MASK | size - 1).land();
        } else {
            if (size > 1) {
                code.loadConstant(size - 1L).ladd();
            }
            code.loadConstant(PAGE_MASK).land();
        }
        code.lcmp().ifne(miss);
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

    /// Pops the loaded value, extends it and writes the destination register.
    private void extend(LoadOp op, int rd) {
        code.lstore(raw);
        RowCode.of(op, "extend").emit(code, Descriptors.EXTEND, () -> code.lload(raw), null, region.free());
        registers.write(rd);
    }
}
