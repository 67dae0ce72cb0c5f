// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import static com.oracle.truffle.api.CompilerDirectives.SLOWPATH_PROBABILITY;
import static com.oracle.truffle.api.CompilerDirectives.injectBranchProbability;

import com.oracle.truffle.api.CompilerAsserts;
import com.oracle.truffle.api.CompilerDirectives;
import com.oracle.truffle.api.CompilerDirectives.CompilationFinal;
import com.oracle.truffle.api.TruffleLanguage;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.nodes.ExplodeLoop;
import com.oracle.truffle.api.nodes.ExplodeLoop.LoopExplosionKind;
import com.oracle.truffle.api.nodes.LoopNode;
import com.oracle.truffle.api.nodes.RootNode;
import org.penumbra.hart.Hart;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.JumpOp;
import org.penumbra.language.region.Edge;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.language.region.SideExits;
import org.penumbra.language.region.Terminator;

/// Hot guest code as one unit of partial evaluation: basic blocks with the registers they use in the frame.
///
/// It is entered with all state in the hart and at least [RegionPlan#size] instructions left in the budget. It writes
/// the state back when it leaves, at the end of a block or, after a call of the monitor, in the middle. Only the
/// block's index is a local of the exploded loop; see [LoopExplosionKind#MERGE_EXPLODE].
public final class RegionRootNode extends RootNode {
    /// Result of [#execute] if the region was run.
    public static final Object RAN = new Object();
    /// Result if there is no compiled code yet.
    public static final Object NOT_COMPILED = new Object();
    /// Result of compiled code if the hart's pc is not the region's entry.
    public static final Object ELSEWHERE = new Object();

    /// Approximate cost of an exit through deoptimisation, in instructions, and the number of exits from which it
    /// matters.
    private static final long EXIT_COST = 50_000;
    private static final int SOME_EXITS = 16;

    /// Exceeds every threshold of the Truffle engine at once.
    private static final int HOT = 1 << 24;

    private final Hart hart;
    private final Runnable compilationBegins;
    private final String name;
    private final long pc;
    private final int size;
    private final boolean interpretable;
    private final SideExits sideExits;
    private boolean hasWarmExits;
    private int exitsSinceWarm;
    private long warmSince;
    private boolean deoptStorm;
    @Children private final BasicBlockNode[] blocks;
    @CompilationFinal(dimensions = 1) private final int[] live;
    @CompilationFinal(dimensions = 1) private final int[] written;

    /// @param compilationBegins called on the compiling thread
    /// @param interpretable     whether to run before being compiled
    RegionRootNode(TruffleLanguage<?> language, Hart hart, Runnable compilationBegins, String name, RegionPlan plan,
            boolean interpretable, SideExits sideExits, BasicBlockNode[] blocks) {
        super(language, Slots.DESCRIPTOR);
        this.hart = hart;
        this.compilationBegins = compilationBegins;
        this.name = name;
        this.pc = plan.entry();
        this.size = plan.size();
        this.interpretable = interpretable;
        this.sideExits = sideExits;
        this.blocks = blocks;
        this.live = plan.live();
        this.written = plan.written();
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    protected boolean prepareForCompilation(boolean rootCompilation, int compilationTier, boolean lastTier) {
        compilationBegins.run();
        return super.prepareForCompilation(rootCompilation, compilationTier, lastTier);
    }

    @Override
    public String toString() {
        return name;
    }

    /// @return whether the region was run; [#NOT_COMPILED] if there is no compiled code yet, [#ELSEWHERE] if the hart's
    ///         pc is not the region's entry
    @Override
    public Object execute(VirtualFrame frame) {
        if (CompilerDirectives.inInterpreter() && !interpretable) {
            LoopNode.reportLoopCount(this, HOT);
            return NOT_COMPILED;
        }
        if (injectBranchProbability(SLOWPATH_PROBABILITY, hart.pc != pc)) {
            return ELSEWHERE;
        }
        enter(frame);
        try {
            hart.pc = run(frame);
            hart.remaining = frame.getLongStatic(Slots.REMAINING);
        } catch (RegionExit exit) {
            // pc and count are in the hart.
        }
        leave(frame);
        return RAN;
    }

    @ExplodeLoop
    private void enter(VirtualFrame frame) {
        long[] registers = hart.registers;
        for (int register : live) {
            frame.setLongStatic(register, registers[register]);
        }
        frame.setLongStatic(Slots.TLB, hart.dataTlb);
        frame.setLongStatic(Slots.REMAINING, hart.remaining);
    }

    @ExplodeLoop
    private void leave(VirtualFrame frame) {
        long[] registers = hart.registers;
        for (int register : written) {
            registers[register] = frame.getLongStatic(register);
        }
    }

    /// @return the pc to continue at
    @ExplodeLoop(kind = LoopExplosionKind.MERGE_EXPLODE)
    private long run(VirtualFrame frame) {
        int block = 0;
        next:
        while (true) {
            CompilerAsserts.partialEvaluationConstant(block);
            BasicBlockNode node = blocks[block];
            node.execute(frame);
            Terminator terminator = node.terminator;
            if (terminator instanceof Terminator.Branch branch) {
                if (injectBranchProbability(branch.probability(), test(frame, branch))) {
                    Edge edge = branch.taken();
                    if (leaves(frame, edge)) {
                        return edge.pc();
                    }
                    block = edge.block();
                    continue next;
                } else {
                    Edge edge = branch.fallThrough();
                    if (leaves(frame, edge)) {
                        return edge.pc();
                    }
                    block = edge.block();
                    continue next;
                }
            } else if (terminator instanceof Terminator.Jump jump) {
                Edge edge = jump.target();
                if (leaves(frame, edge)) {
                    return edge.pc();
                }
                block = edge.block();
                continue next;
            } else {
                Terminator.Indirect indirect = (Terminator.Indirect) terminator;
                jump(frame, indirect);
                if (indirect.blocks().length == 0 || spent(frame)) {
                    return frame.getLongStatic(Slots.TARGET);
                }
                int low = 0;
                int high = indirect.blocks().length;
                while (high - low > 1) {
                    int middle = low + high >>> 1;
                    if (frame.getLongStatic(Slots.TARGET) < indirect.pcs()[middle]) {
                        high = middle;
                        continue;
                    } else {
                        low = middle;
                        continue;
                    }
                }
                if (frame.getLongStatic(Slots.TARGET) == indirect.pcs()[low]) {
                    block = indirect.blocks()[low];
                    low = 0;
                    high = 0;
                    continue next;
                }
                return frame.getLongStatic(Slots.TARGET);
            }
        }
    }

    private static boolean test(VirtualFrame frame, Terminator.Branch branch) {
        BranchOp op = branch.op();
        return op.test(Slots.read(frame, branch.rs1()), Slots.read(frame, branch.rs2()));
    }

    /// Stores the target in its slot and writes the link register.
    private static void jump(VirtualFrame frame, Terminator.Indirect indirect) {
        frame.setLongStatic(Slots.TARGET, JumpOp.JALR.target(0, Slots.read(frame, indirect.rs1()), indirect.offset()));
        Slots.write(frame, indirect.rd(), indirect.link());
    }

    /// Whether control leaves the region along an edge: always, or because the budget is used up.
    private boolean leaves(VirtualFrame frame, Edge edge) {
        if (edge.leaves()) {
            if (edge.cold()) {
                CompilerDirectives.transferToInterpreter();
                tookSideExit(edge.pc());
            }
            return true;
        }
        return edge.check() && spent(frame);
    }

    /// Counts an exit through deoptimisation; never runs in compiled code.
    void tookSideExit(long at) {
        if (sideExits.reached(at) && !hasWarmExits) {
            hasWarmExits = true;
            warmSince = hart.instret();
        }
        if (hasWarmExits && ++exitsSinceWarm >= SOME_EXITS) {
            deoptStorm = hart.instret() - warmSince < EXIT_COST * exitsSinceWarm;
        }
    }

    /// Whether side exits assumed cold have turned out to be frequent.
    public boolean hasWarmExits() {
        return hasWarmExits;
    }

    /// Whether it deoptimises so often that the interpreter is faster.
    public boolean isDeoptStorm() {
        return deoptStorm;
    }

    private boolean spent(VirtualFrame frame) {
        return injectBranchProbability(SLOWPATH_PROBABILITY, frame.getLongStatic(Slots.REMAINING) < size);
    }
}
