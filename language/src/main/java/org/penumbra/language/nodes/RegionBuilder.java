// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.TruffleLanguage;
import com.oracle.truffle.api.dsl.GenerateAOT;
import com.oracle.truffle.api.nodes.NodeUtil;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.penumbra.hart.Hart;
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
import org.penumbra.mmu.CodePage;
import org.penumbra.monitor.Monitor;

/// Makes a region from what has been executed so far: from its entry along direct jumps, calls and, where calls return
/// to, returns.
public final class RegionBuilder {
    private static final int MAXIMUM_INSTRUCTIONS = 600;
    private static final int MAXIMUM_PAGES = 4;
    private static final int MAXIMUM_TARGETS = 64;
    /// Share from which on a branch's other side is left out.
    private static final double ALWAYS = 0.9999;
    private static final int RETURN_ADDRESS = 1;
    private static final int ALTERNATE_LINK = 5;

    private final TruffleLanguage<?> language;
    private final Monitor monitor;
    private final Hart hart;
    private final boolean immediate;

    /// @param immediate whether to take in code that has not been executed yet, and to run before being compiled
    public RegionBuilder(TruffleLanguage<?> language, Monitor monitor, boolean immediate) {
        this.language = language;
        this.monitor = monitor;
        this.hart = monitor.hart();
        this.immediate = immediate;
    }

    /// @param profile what is known of where control goes
    /// @return the region that starts at `entry`, or null when its first instruction is not for compiled code
    Region build(long entry, String name, Profile profile) {
        return new Building(entry, profile).finish(name);
    }

    /// One region under construction.
    private final class Building {
        private final long entry;
        private final Profile profile;
        private final Map<Long, Instruction> code = new HashMap<>();
        private final Set<Long> leaders = new LinkedHashSet<>();
        private final Set<Long> indirectTargets = new LinkedHashSet<>();
        private final Map<Long, CodePage> pages = new LinkedHashMap<>();
        private final List<Long> starts = new ArrayList<>();
        private final Map<Long, Integer> index = new HashMap<>();
        private final List<BasicBlockNode> blocks = new ArrayList<>();
        private long reads;
        private long writes;
        private boolean usesFloat;

        Building(long entry, Profile profile) {
            this.entry = entry;
            this.profile = profile;
        }

        Region finish(String name) {
            explore();
            if (!code.containsKey(entry)) {
                return null;
            }
            order();
            int size = 0;
            for (long start : starts) {
                BasicBlockNode block = block(start);
                blocks.add(block);
                size += block.retired;
            }
            var root = new RegionRootNode(language, hart, name, entry, size, immediate, blocks.toArray(BasicBlockNode[]::new),
                    registers(reads | writes), registers(writes));
            prepare(root);
            long[] tags = pages.keySet().stream().mapToLong(Long::longValue).toArray();
            return new Region(hart, entry, size, usesFloat, root.getCallTarget(), tags,
                    pages.values().toArray(CodePage[]::new), starts.stream().mapToLong(Long::longValue).toArray());
        }

        private void prepare(RegionRootNode root) {
            root.getCallTarget();
            root.atomic(() -> { // generated nodes want the lock of their tree
                for (GenerateAOT.Provider node : NodeUtil.findAllNodeInstances(root, GenerateAOT.Provider.class)) {
                    node.prepareForAOT(language, root);
                }
            });
        }

        // ---- which instructions

        private void explore() {
            var work = new ArrayDeque<Long>();
            leaders.add(entry);
            work.add(entry);
            while (!work.isEmpty()) {
                long pc = work.poll();
                while (!code.containsKey(pc) && code.size() < MAXIMUM_INSTRUCTIONS) {
                    Instruction i = instruction(pc);
                    if (i == null) {
                        break;
                    }
                    code.put(pc, i);
                    long next = pc + i.length();
                    if (i.op() instanceof BranchOp) {
                        double taken = profile.taken(pc, 0.5);
                        if (taken < ALWAYS) {
                            lead(work, next);
                        }
                        if (taken > 1 - ALWAYS) {
                            lead(work, pc + i.immediate());
                        }
                        break;
                    }
                    if (i.op() == JumpOp.JAL) {
                        lead(work, pc + i.immediate());
                        if (i.rd() != 0) {
                            indirectTargets.add(next);
                            lead(work, next);
                        }
                        break;
                    }
                    if (i.op() == JumpOp.JALR) {
                        if (isLink(i.rd())) {
                            indirectTargets.add(next);
                            lead(work, next);
                        }
                        for (long target : profile.targets(pc)) {
                            indirectTargets.add(target);
                            lead(work, target);
                        }
                        break;
                    }
                    pc = next;
                }
            }
            leaders.retainAll(code.keySet());
            indirectTargets.retainAll(code.keySet());
        }

        private void lead(ArrayDeque<Long> work, long pc) {
            leaders.add(pc);
            work.add(pc);
        }

        /// The instruction at `pc` if the region can take it in.
        private Instruction instruction(long pc) {
            CodePage page = pages.get(pc & -4096);
            boolean fresh = page == null;
            if (fresh) {
                page = hart.fetchTlb.lookup(pc);
                if (page == null || pages.size() == MAXIMUM_PAGES || conflicts(pc)) {
                    return null;
                }
            }
            int slot = (int) (pc & 4095) >>> 1;
            if (page.words[slot] == 0 && !immediate || Execution.crossesPage(page, slot)) {
                return null;
            }
            Instruction i = Execution.read(page, slot);
            if (!compilable(i)) {
                return null;
            }
            if (fresh) {
                pages.put(pc & -4096, page);
            }
            if (page.words[slot] == 0) {
                monitor.decoded(page);
                page.words[slot] = Execution.pack(page, slot);
            }
            return i;
        }

        /// Whether two pages would push each other out of the fetch TLB, so that the region could never be entered.
        private boolean conflicts(long pc) {
            int entries = hart.spaces().entries();
            for (long other : pages.keySet()) {
                if (((pc ^ other) >>> 12 & entries - 1) == 0) {
                    return true;
                }
            }
            return false;
        }

        private static boolean compilable(Instruction i) {
            return switch (i.op()) {
                case CsrOp op -> false;
                case SystemOp op -> op == SystemOp.FENCE || op == SystemOp.FENCE_I;
                default -> true;
            };
        }

        private static boolean isLink(int rd) {
            return rd == RETURN_ADDRESS || rd == ALTERNATE_LINK;
        }

        // ---- in which order

        /// Depth first from the entry, so that an edge to an earlier block may close a cycle and others cannot.
        private void order() {
            var work = new ArrayDeque<Long>();
            var postorder = new ArrayList<Long>();
            var state = new HashMap<Long, Boolean>();
            work.push(entry);
            while (!work.isEmpty()) {
                long start = work.peek();
                Boolean done = state.get(start);
                if (done == null) {
                    state.put(start, false);
                    for (long successor : successors(start)) {
                        if (!state.containsKey(successor)) {
                            work.push(successor);
                        }
                    }
                } else {
                    work.pop();
                    if (!done) {
                        state.put(start, true);
                        postorder.add(start);
                    }
                }
            }
            for (int i = postorder.size() - 1; i >= 0; i--) {
                index.put(postorder.get(i), starts.size());
                starts.add(postorder.get(i));
            }
        }

        /// Blocks that follow the one at `start`, the unlikeliest first.
        private List<Long> successors(long start) {
            long pc = last(start);
            Instruction i = code.get(pc);
            long next = pc + i.length();
            var result = new ArrayList<Long>();
            if (i.op() instanceof BranchOp) {
                result.add(pc + i.immediate());
                result.add(next);
            } else if (i.op() == JumpOp.JAL) {
                result.add(pc + i.immediate());
            } else if (i.op() == JumpOp.JALR) {
                result.addAll(targets(pc));
            } else {
                result.add(next);
            }
            result.retainAll(leaders);
            return result;
        }

        /// Blocks that the indirect jump at `pc` may go to: those seen, else every place that calls return to.
        private List<Long> targets(long pc) {
            var seen = new ArrayList<Long>();
            for (long target : profile.targets(pc)) {
                seen.add(target);
            }
            seen.retainAll(leaders);
            return seen.isEmpty() ? List.copyOf(indirectTargets) : seen;
        }

        /// pc of the last instruction of the block at `start`.
        private long last(long start) {
            long pc = start;
            while (true) {
                Instruction i = code.get(pc);
                long next = pc + i.length();
                if (i.op() instanceof BranchOp || i.op() instanceof JumpOp || leaders.contains(next)
                        || !code.containsKey(next)) {
                    return pc;
                }
                pc = next;
            }
        }

        // ---- nodes

        private BasicBlockNode block(long start) {
            var nodes = new ArrayList<InstructionNode>();
            long end = last(start);
            int retired = 0;
            for (long pc = start;; pc += code.get(pc).length()) {
                Instruction i = code.get(pc);
                reads |= i.reads();
                writes |= i.writes();
                usesFloat |= i.op().format().usesFloat();
                InstructionNode node = node(pc, i, retired++);
                if (node != null) {
                    nodes.add(node);
                }
                if (pc == end) {
                    break;
                }
            }
            return new BasicBlockNode(nodes.toArray(InstructionNode[]::new), terminator(start, end), retired);
        }

        private InstructionNode node(long pc, Instruction i, int before) {
            return switch (i.op()) {
                case RegisterOp op -> i.rd() == 0 ? null : new RegisterNode(op, i);
                case ImmediateOp op -> i.rd() == 0 ? null : new ImmediateNode(op, i);
                case UpperOp op -> new ConstantNode(i.rd(), op.apply(pc, i.immediate()));
                case LoadOp op -> LoadNodeGen.create(op, i, exit(pc, i, before));
                case StoreOp op -> StoreNodeGen.create(op, i, exit(pc, i, before));
                case AtomicOp op -> AtomicNodeGen.create(op, i, exit(pc, i, before));
                case FloatOp op -> FloatNodeGen.create(op, i, exit(pc, i, before));
                case JumpOp op -> op == JumpOp.JAL && i.rd() != 0 ? new ConstantNode(i.rd(), pc + i.length()) : null;
                case BranchOp op -> null;
                case SystemOp op -> null;
                case CsrOp op -> throw new AssertionError(i);
            };
        }

        private MonitorNode exit(long pc, Instruction i, int before) {
            return new MonitorNode(monitor, pc, i.length(), before);
        }

        private TerminatorNode terminator(long start, long pc) {
            Instruction i = code.get(pc);
            long next = pc + i.length();
            int from = index.get(start);
            if (i.op() instanceof BranchOp op) {
                Edge taken = edge(from, pc + i.immediate());
                Edge fallThrough = edge(from, next);
                double probability = profile.taken(pc, probability(taken, fallThrough));
                return new TerminatorNode.Branch(op, i.rs1(), i.rs2(), probability, taken, fallThrough);
            }
            if (i.op() == JumpOp.JAL) {
                return new TerminatorNode.Jump(edge(from, pc + i.immediate()));
            }
            if (i.op() == JumpOp.JALR) {
                long[] pcs = targets(pc).stream().limit(MAXIMUM_TARGETS).mapToLong(Long::longValue).sorted().toArray();
                int[] targets = new int[pcs.length];
                for (int k = 0; k < pcs.length; k++) {
                    targets[k] = index.get(pcs[k]);
                }
                return new TerminatorNode.Indirect(i.rd(), i.rs1(), i.immediate(), next, pcs, targets);
            }
            return new TerminatorNode.Jump(edge(from, next));
        }

        private Edge edge(int from, long pc) {
            Integer block = index.get(pc);
            return block == null ? new Edge(Edge.OUTSIDE, pc, false) : new Edge(block, pc, block <= from);
        }

        private static double probability(Edge taken, Edge fallThrough) {
            if (taken.block() == Edge.OUTSIDE) {
                return 0.01;
            }
            if (fallThrough.block() == Edge.OUTSIDE) {
                return 0.99;
            }
            return taken.check() == fallThrough.check() ? 0.5 : taken.check() ? 0.9 : 0.1;
        }

        private static int[] registers(long set) {
            int[] result = new int[Long.bitCount(set)];
            for (int k = 0; set != 0; set &= set - 1) {
                result[k++] = Long.numberOfTrailingZeros(set);
            }
            return result;
        }
    }
}
