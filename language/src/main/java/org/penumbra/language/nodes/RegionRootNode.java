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

/// Hot guest code as one compilation unit: basic blocks with the registers they use in the frame.
///
/// It is entered with the hart's state in the hart and at least [#size] instructions left to run, and leaves the same
/// way, at a block's end or, after the monitor was asked, in the middle. Only the block's index is a local of the
/// exploded loop; see [LoopExplosionKind#MERGE_EXPLODE].
public final class RegionRootNode extends RootNode {
    public static final Object RAN = new Object();
    static final Object NOT_COMPILED = new Object();
    public static final Object ELSEWHERE = new Object();

    /// Instructions that an exit through deoptimisation costs, roughly, and exits from which on that matters.
    private static final long EXIT_COST = 50_000;
    private static final int SOME_EXITS = 16;

    /// Enough to pass every threshold of the engine at once.
    private static final int HOT = 1 << 24;

    private final Hart hart;
    private final Runnable compilationBegins;
    private final String name;
    private final long pc;
    private final int size;
    private final boolean interpretable;
    private final ColdExits coldExits;
    private boolean outgrown;
    private int exitsSinceOutgrown;
    private long outgrownAt;
    private boolean tedious;
    @Children private final BasicBlockNode[] blocks;
    @CompilationFinal(dimensions = 1) private final int[] live;
    @CompilationFinal(dimensions = 1) private final int[] written;

    /// @param compilationBegins run by the compiling thread before it compiles this
    /// @param size              instructions in all blocks, the longest way between two looks at the budget
    /// @param interpretable     whether to run before being compiled
    public RegionRootNode(TruffleLanguage<?> language, Hart hart, Runnable compilationBegins, String name, long pc, int size,
            boolean interpretable, ColdExits coldExits, BasicBlockNode[] blocks, int[] live, int[] written) {
        super(language, Slots.DESCRIPTOR);
        this.hart = hart;
        this.compilationBegins = compilationBegins;
        this.name = name;
        this.pc = pc;
        this.size = size;
        this.interpretable = interpretable;
        this.coldExits = coldExits;
        this.blocks = blocks;
        this.live = live;
        this.written = written;
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

    /// @return whether the region was run; [#NOT_COMPILED] when there is no compiled code yet, [#ELSEWHERE] when the
    ///         hart's pc is another
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

    /// @return the pc to go on at
    @ExplodeLoop(kind = LoopExplosionKind.MERGE_EXPLODE)
    private long run(VirtualFrame frame) {
        int block = 0;
        next:
        while (true) {
            CompilerAsserts.partialEvaluationConstant(block);
            BasicBlockNode node = blocks[block];
            node.execute(frame);
            TerminatorNode terminator = node.terminator;
            if (terminator instanceof TerminatorNode.Branch branch) {
                if (injectBranchProbability(branch.probability, branch.test(frame))) {
                    Edge edge = branch.taken;
                    if (leaves(frame, edge)) {
                        return edge.pc();
                    }
                    block = edge.block();
                    continue next;
                } else {
                    Edge edge = branch.fallThrough;
                    if (leaves(frame, edge)) {
                        return edge.pc();
                    }
                    block = edge.block();
                    continue next;
                }
            } else if (terminator instanceof TerminatorNode.Jump jump) {
                Edge edge = jump.target;
                if (leaves(frame, edge)) {
                    return edge.pc();
                }
                block = edge.block();
                continue next;
            } else {
                TerminatorNode.Indirect indirect = (TerminatorNode.Indirect) terminator;
                indirect.jump(frame);
                if (indirect.blocks.length == 0 || spent(frame)) {
                    return frame.getLongStatic(Slots.TARGET);
                }
                int low = 0;
                int high = indirect.blocks.length;
                while (high - low > 1) {
                    int middle = low + high >>> 1;
                    if (frame.getLongStatic(Slots.TARGET) < indirect.pcs[middle]) {
                        high = middle;
                        continue;
                    } else {
                        low = middle;
                        continue;
                    }
                }
                if (frame.getLongStatic(Slots.TARGET) == indirect.pcs[low]) {
                    block = indirect.blocks[low];
                    low = 0;
                    high = 0;
                    continue next;
                }
                return frame.getLongStatic(Slots.TARGET);
            }
        }
    }

    /// Whether control leaves the region along an edge: always, or because the budget is spent.
    private boolean leaves(VirtualFrame frame, Edge edge) {
        if (edge.block() == Edge.OUTSIDE) {
            if (edge.cold()) {
                CompilerDirectives.transferToInterpreter();
                leftCold(edge.pc());
            }
            return true;
        }
        return edge.check() && spent(frame);
    }

    /// Counts an exit through deoptimisation; never part of compiled code.
    void leftCold(long at) {
        if (coldExits.reached(at) && !outgrown) {
            outgrown = true;
            outgrownAt = hart.instret();
        }
        if (outgrown && ++exitsSinceOutgrown >= SOME_EXITS) {
            tedious = hart.instret() - outgrownAt < EXIT_COST * exitsSinceOutgrown;
        }
    }

    /// Whether places believed cold have turned out not to be.
    public boolean outgrown() {
        return outgrown;
    }

    /// Whether it is left through deoptimisation so often that the interpreter is faster.
    public boolean tedious() {
        return tedious;
    }

    private boolean spent(VirtualFrame frame) {
        return injectBranchProbability(SLOWPATH_PROBABILITY, frame.getLongStatic(Slots.REMAINING) < size);
    }
}
