// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.penumbra.interpreter.Execution;
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
import org.penumbra.language.region.Block;
import org.penumbra.language.region.Edge;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.language.region.Terminator;
import org.penumbra.language.translator.Bytecode.Label;

/// Writes the single method of a region. All exits share one end.
final class RegionWriter {
    /// An indirect jump with up to this many targets compares with each; with more, it looks up the target.
    private static final int MOST_COMPARED = 3;
    private static final int FIRST_LOCAL = 1;

    private final Bytecode code;
    private final RegionPlan plan;
    private final GuestRegisters registers;
    private final int remaining;
    private final int target;
    private final int mode;
    /// First unused local variable.
    private final int free;
    private final Label[] blocks;
    /// Where to jump to continue at the pc in `target`.
    private final Label exit;
    /// Where to jump once pc and count are in the hart.
    private final Label leave;
    /// Where to jump to have the interpreter execute the instruction whose site is in `site`.
    private final Label interpret;
    private final int site;
    private boolean interprets;
    private final SharedChecks checks;
    private final AccessWriter accesses;
    /// Rare paths, written after all blocks.
    private final List<Runnable> outOfLine = new ArrayList<>();

    RegionWriter(Bytecode code, RegionPlan plan, AccessSites sites, CodeForm form) {
        this.code = code;
        this.plan = plan;
        this.registers = form == CodeForm.QUICK
                ? new RegistersInMemory(code, new MemoryAccess(code), plan, FIRST_LOCAL)
                : new RegistersInLocals(code, plan, FIRST_LOCAL);
        int next = registers.free();
        this.remaining = next;
        this.target = next + 2;
        this.mode = next + 4;
        this.site = next + 5;
        this.exit = code.newLabel();
        this.leave = code.newLabel();
        this.interpret = code.newLabel();
        this.blocks = plan.blocks().stream().map(unused -> code.newLabel()).toArray(Label[]::new);
        this.checks = new SharedChecks(plan);
        this.accesses = new AccessWriter(this, registers, code, sites, form, checks, next + 6);
        this.free = accesses.free();
    }

    void write() {
        enter();
        for (int k = 0; k < blocks.length; k++) {
            block(k);
        }
        outOfLine.forEach(Runnable::run);
        leave();
    }

    private void enter() {
        Label here = code.newLabel();
        hart().getfield(Descriptors.PC).loadConstant(plan.entry()).lcmp().ifeq(here).return_();
        code.labelBinding(here);
        registers.enter();
        accesses.enter();
        hart().getfield(Descriptors.REMAINING).lstore(remaining);
    }

    private void leave() {
        if (interprets) {
            code.labelBinding(interpret);
            code.aload(0).dup().getfield(Descriptors.MISSES).iconst_1().iadd().putfield(Descriptors.MISSES);
            code.getstatic(Descriptors.OWN_SITES).iload(site).lload(remaining).invokevirtual(Descriptors.INTERPRET)
                    .goto_(leave);
        }
        code.labelBinding(exit);
        hart().lload(target).putfield(Descriptors.PC);
        hart().lload(remaining).putfield(Descriptors.REMAINING);
        code.labelBinding(leave);
        registers.leave();
        code.return_();
    }

    private void block(int index) {
        Block block = plan.blocks().get(index);
        code.labelBinding(blocks[index]);
        registers.beginBlock();
        int before = 0;
        for (Block.Step step : block.steps()) {
            instruction(step.pc(), step.instruction(), before, checks.at(index, before));
            if (checks.forgets(index, before)) {
                accesses.forget(step.instruction().destination());
            }
            before++;
        }
        code.lload(remaining).loadConstant((long) before).lsub().lstore(remaining);
        terminate(block.terminator(), index + 1);
    }

    // ---- for the writers of instructions

    Bytecode hart() {
        return code.getstatic(Descriptors.OWN_HART);
    }

    /// Local variable that holds the budget at the start of the block.
    int remaining() {
        return remaining;
    }

    /// First unused local variable.
    int free() {
        return free;
    }

    /// Where to jump once pc and count are in the hart.
    Label leaveLabel() {
        return leave;
    }

    /// Defers a rare path, which is written after all blocks.
    void later(Runnable path) {
        outOfLine.add(path);
    }

    /// Writes what is jumped to at `from`: the region is left, and the interpreter executes the instruction of a site.
    ///
    /// @param unsaved [GuestRegisters#unsaved] at the instruction
    void interpret(Label from, int at, long unsaved) {
        later(() -> {
            code.labelBinding(from);
            interpret(at, unsaved);
        });
    }

    private void interpret(int at, long unsaved) {
        registers.save(unsaved);
        code.loadConstant(at).istore(site).goto_(interpret);
        interprets = true;
    }

    // ---- instructions

    /// @param check of a load or store
    private void instruction(long pc, Instruction i, int before, SharedChecks.Check check) {
        registers.prepare(i.source1());
        registers.prepare(i.source2());
        registers.prepare(i.source3());
        switch (i.op()) {
            case RegisterOp op -> {
                if (i.destination() != 0) {
                    RowCode.of(op, "apply", Descriptors.APPLY).emit(code, () -> registers.read(i.source1()),
                            () -> registers.read(i.source2()), free);
                    registers.write(i.destination());
                }
            }
            case ImmediateOp op -> {
                if (i.destination() != 0) {
                    RowCode.of(op, "apply", Descriptors.APPLY).emit(code, () -> registers.read(i.source1()),
                            () -> code.loadConstant(i.immediate()), free);
                    registers.write(i.destination());
                }
            }
            case UpperOp op -> constant(i.destination(), op.apply(pc, i.immediate()));
            case LoadOp op -> accesses.load(pc, i, op, before, check);
            case StoreOp op -> accesses.store(pc, i, op, before, check);
            case AtomicOp op -> accesses.atomic(pc, i, op, before);
            case FloatOp op -> floating(pc, i, op, before);
            case JumpOp op -> {
                if (op == JumpOp.JAL) {
                    constant(i.destination(), pc + i.length());
                }
            }
            case BranchOp op -> { }
            case SystemOp op -> {
                if (Execution.isStepped(i)) {
                    accesses.step(pc, i, before);
                } else {
                    accesses.fence(i);
                }
            }
            case CsrOp op -> accesses.step(pc, i, before);
        }
    }

    private void constant(int rd, long value) {
        if (rd != 0) {
            code.loadConstant(value);
            registers.write(rd);
        }
    }

    private void floating(long pc, Instruction i, FloatOp op, int before) {
        if (FloatUnit.isDynamic(i.rm())) {
            Label reserved = code.newLabel();
            code.getstatic(Descriptors.OWN_STATUS).getfield(Descriptors.ROUNDING_MODE)
                    .dup()
                    .istore(mode).loadConstant(FloatStatus.RMM).if_icmpgt(reserved);
            interpret(reserved, accesses.site(pc, i, before, 0), registers.unsaved());
            apply(i, op, () -> code.iload(mode));
        } else if (FloatUnit.isReserved(i.rm())) {
            // It traps. The condition, always false, keeps what follows reachable for the verifier.
            Label never = code.newLabel();
            code.iconst_0().ifne(never);
            interpret(accesses.site(pc, i, before, 0), registers.unsaved());
            code.labelBinding(never);
        } else {
            apply(i, op, () -> code.loadConstant(i.rm()));
        }
    }

    private void apply(Instruction i, FloatOp op, Runnable roundingMode) {
        code.getstatic(Descriptors.constant(op));
        registers.read(i.source1());
        registers.read(i.source2());
        registers.read(i.source3());
        roundingMode.run();
        code.getstatic(Descriptors.OWN_STATUS)
                .invokevirtual(Descriptors.APPLY_FLOAT);
        registers.write(i.destination());
    }

    // ---- ends of blocks

    /// @param next index of the block that is written after this one
    private void terminate(Terminator terminator, int next) {
        switch (terminator) {
            case Terminator.Branch branch -> {
                registers.endBlock();
                RowCode.of(branch.op(), "test", Descriptors.TEST).emitTest(code, () -> registers.read(branch.rs1()),
                        () -> registers.read(branch.rs2()), free, destination(branch.taken()));
                follow(branch.fallThrough(), next);
            }
            case Terminator.Jump jump -> {
                registers.endBlock();
                follow(jump.target(), next);
            }
            case Terminator.Indirect indirect -> indirect(indirect);
        }
    }

    /// Where to jump for an edge: its block, or a path that checks the budget or leaves.
    private Label destination(Edge edge) {
        if (!edge.leaves() && !edge.check()) {
            return blocks[edge.block()];
        }
        Label path = code.newLabel();
        later(() -> {
            code.labelBinding(path);
            follow(edge, -1);
        });
        return path;
    }

    /// Writes the jump along an edge.
    private void follow(Edge edge, int next) {
        if (edge.leaves()) {
            code.loadConstant(edge.pc()).lstore(target).goto_(exit);
        } else if (edge.check()) {
            Label little = code.newLabel();
            // Back by a goto: at a conditional jump back, C2 keeps what is compared for the VM's safepoint.
            code.lload(remaining).loadConstant((long) plan.size()).lcmp().iflt(little).goto_(blocks[edge.block()]);
            code.labelBinding(little).loadConstant(edge.pc()).lstore(target).goto_(exit);
        } else if (edge.block() != next) {
            code.goto_(blocks[edge.block()]);
        }
    }

    private void indirect(Terminator.Indirect jump) {
        code.getstatic(Descriptors.JALR).lconst_0();
        registers.read(jump.rs1());
        code.loadConstant(jump.offset()).invokevirtual(Descriptors.TARGET).lstore(target);
        constant(jump.rd(), jump.link());
        registers.endBlock();
        if (jump.blocks().length == 0) {
            code.goto_(exit);
            return;
        }
        code.lload(remaining).loadConstant((long) plan.size()).lcmp().iflt(exit);
        if (jump.blocks().length > MOST_COMPARED) {
            lookUp(jump);
            return;
        }
        for (int k = 0; k < jump.blocks().length; k++) {
            code.lload(target).loadConstant(jump.pcs()[k]).lcmp().ifeq(blocks[jump.blocks()[k]]);
        }
        code.goto_(exit);
    }

    /// Looks up the target by its low 32 bits; of targets that agree in them, only the first is found.
    private void lookUp(Terminator.Indirect jump) {
        var cases = new TreeMap<Integer, Label>();
        List<Runnable> checks = new ArrayList<>();
        for (int k = 0; k < jump.blocks().length; k++) {
            long pc = jump.pcs()[k];
            Label block = blocks[jump.blocks()[k]];
            if (!cases.containsKey((int) pc)) {
                Label here = code.newLabel();
                cases.put((int) pc, here);
                checks.add(() -> {
                    code.labelBinding(here);
                    code.lload(target).loadConstant(pc).lcmp().ifeq(block).goto_(exit);
                });
            }
        }
        code.lload(target).l2i().lookupswitch(exit, cases);
        checks.forEach(Runnable::run);
    }
}
