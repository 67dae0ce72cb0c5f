// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.TruffleLanguage;
import com.oracle.truffle.api.dsl.GenerateAOT;
import com.oracle.truffle.api.nodes.NodeUtil;
import java.util.ArrayList;
import org.penumbra.interpreter.Execution;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.UpperOp;
import org.penumbra.language.region.Block;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.language.region.SideExits;
import org.penumbra.monitor.Monitor;

/// Creates the Truffle nodes of planned regions, for partial evaluation.
public final class RegionAssembler {
    private final TruffleLanguage<?> language;
    private final Monitor monitor;
    private final Execution execution;
    private final Runnable compilationBegins;
    private final boolean immediate;
    private final SideExits sideExits;

    /// @param compilationBegins called on the compiling thread
    /// @param immediate         whether to run before being compiled, without uncommon traps
    /// @param sideExits         notified of exits through deoptimisation
    public RegionAssembler(TruffleLanguage<?> language, Monitor monitor, Runnable compilationBegins, boolean immediate,
            SideExits sideExits) {
        this.language = language;
        this.monitor = monitor;
        this.execution = new Execution(monitor.hart(), monitor);
        this.compilationBegins = compilationBegins;
        this.immediate = immediate;
        this.sideExits = sideExits;
    }

    /// @param name for profilers
    public RegionRootNode assemble(RegionPlan plan, String name) {
        BasicBlockNode[] blocks = plan.blocks().stream().map(block -> block(block, plan.usesFloat()))
                .toArray(BasicBlockNode[]::new);
        var root = new RegionRootNode(language, monitor.hart(), compilationBegins, name, plan, immediate, sideExits,
                blocks);
        root.getCallTarget();
        // Replacing nodes requires the lock of their tree.
        root.atomic(() -> {
            for (GenerateAOT.Provider node : NodeUtil.findAllNodeInstances(root, GenerateAOT.Provider.class)) {
                node.prepareForAOT(language, root);
            }
        });
        return root;
    }

    private BasicBlockNode block(Block block, boolean usesFloat) {
        var nodes = new ArrayList<InstructionNode>();
        int before = 0;
        for (Block.Step step : block.steps()) {
            InstructionNode node = node(step.pc(), step.instruction(), before++, usesFloat);
            if (node != null) {
                nodes.add(node);
            }
        }
        return new BasicBlockNode(nodes.toArray(InstructionNode[]::new), block.terminator(), before);
    }

    /// The node of an instruction, or null for a no-op.
    private InstructionNode node(long pc, Instruction i, int before, boolean usesFloat) {
        return switch (i.op()) {
            case RegisterOp op -> i.destination() == 0 ? null : new RegisterNode(op, i);
            case ImmediateOp op -> i.destination() == 0 ? null : new ImmediateNode(op, i);
            case UpperOp op -> new ConstantNode(i.destination(), op.apply(pc, i.immediate()));
            case LoadOp op -> LoadNodeGen.create(op, i, exit(pc, i, before));
            case StoreOp op -> StoreNodeGen.create(op, i, exit(pc, i, before));
            case AtomicOp op -> AtomicNodeGen.create(op, i, exit(pc, i, before));
            case FloatOp op -> FloatNodeGen.create(op, i, exit(pc, i, before));
            case JumpOp op -> op == JumpOp.JAL && i.destination() != 0
                    ? new ConstantNode(i.destination(), pc + i.length()) : null;
            case BranchOp op -> null;
            case SystemOp op when Execution.isStepped(i) -> new StepNode(i, execution, usesFloat, exit(pc, i, before));
            case SystemOp op -> monitor.hart().isParallel() && Execution.ordersStoresBeforeLoads(i) ? new FenceNode()
                    : null;
            case CsrOp op -> new StepNode(i, execution, usesFloat, exit(pc, i, before));
        };
    }

    private MonitorNode exit(long pc, Instruction i, int before) {
        return new MonitorNode(monitor, pc, i.length(), before, !immediate && !sideExits.warm(pc));
    }
}
