// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import com.oracle.truffle.api.TruffleLanguage;
import com.oracle.truffle.api.dsl.GenerateAOT;
import com.oracle.truffle.api.nodes.NodeUtil;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.LongPredicate;
import org.penumbra.code.CodePage;
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
import org.penumbra.language.nodes.AtomicNodeGen;
import org.penumbra.language.nodes.BasicBlockNode;
import org.penumbra.language.nodes.ColdExits;
import org.penumbra.language.nodes.ConstantNode;
import org.penumbra.language.nodes.Edge;
import org.penumbra.language.nodes.FloatNodeGen;
import org.penumbra.language.nodes.ImmediateNode;
import org.penumbra.language.nodes.InstructionNode;
import org.penumbra.language.nodes.LoadNodeGen;
import org.penumbra.language.nodes.MonitorNode;
import org.penumbra.language.nodes.RegionRootNode;
import org.penumbra.language.nodes.RegisterNode;
import org.penumbra.language.nodes.StoreNodeGen;
import org.penumbra.language.nodes.TerminatorNode;
import org.penumbra.monitor.Monitor;

/// Makes a region from what has been executed so far: from its entry along direct jumps, calls and, where calls return
/// to, returns.
public final class RegionBuilder {
    private static final int MAXIMUM_INSTRUCTIONS = 400;
    /// The same where everything is compiled, needed or not.
    private static final int MAXIMUM_IMMEDIATE_INSTRUCTIONS = 48;
    private static final int MAXIMUM_PAGES = 4;
    private static final int MAXIMUM_TARGETS = 64;
    private static final int MAXIMUM_DEPTH = 5;
    /// Executions for each entry below which a place is left out.
    private static final double SELDOM = 0.001;
    /// The same that a place is taken to have where regions were often left.
    private static final double WARM = 0.05;
    /// Share from which on an indirect call is followed.
    private static final double NOW_AND_THEN = 0.05;
    /// Share from which on a return to a caller that the region did not come from is followed.
    private static final double OFTEN = 0.4;
    /// Executions of a branch that make the sample trustworthy.
    private static final int ENOUGH = 1000;
    private static final int RETURN_ADDRESS = 1;
    private static final int ALTERNATE_LINK = 5;

    private final TruffleLanguage<?> language;
    private final Monitor monitor;
    private final Hart hart;
    private final CompilationClock clock;
    private final boolean immediate;
    private final int maximumInstructions;
    private final LongPredicate covered;
    private final ColdExits coldExits = new ColdExits();

    /// @param clock     told of compilations
    /// @param immediate whether to take in code that has not been executed yet, and to run before being compiled
    /// @param covered   whether a region has a block that starts at this pc; where everything is compiled at once, only
    ///                  the entry of a new one may be such a place, or most code would be compiled many times over
    RegionBuilder(TruffleLanguage<?> language, Monitor monitor, CompilationClock clock, boolean immediate, LongPredicate covered) {
        this.language = language;
        this.monitor = monitor;
        this.hart = monitor.hart();
        this.clock = clock;
        this.immediate = immediate;
        this.covered = covered;
        this.maximumInstructions = immediate ? MAXIMUM_IMMEDIATE_INSTRUCTIONS : MAXIMUM_INSTRUCTIONS;
    }

    /// Sees which code a region that starts at `entry` takes in.
    ///
    /// @param profile what is known of where control goes
    /// @param spread  whether it may take in code of other pages
    Building explore(long entry, Profile profile, boolean spread) {
        var building = new Building(entry, profile, spread ? MAXIMUM_PAGES : 1);
        building.explore();
        return building;
    }

    /// Has the regions to come take in the code at these places, where others were often left.
    void include(long[] exits) {
        for (long exit : exits) {
            coldExits.warmed(exit);
        }
    }

    /// A call that has been followed: where it returns to, and the call around it.
    private record Call(long returnPc, long callee, Call outer) {
        /// How many calls deep the region is here.
        static int depth(Call call) {
            return call == null ? 0 : 1 + depth(call.outer);
        }

    }

    /// A pc reached through certain calls. A function is taken in once for each place it is called from, so that its
    /// returns are known and loops have one entry each.
    private record Place(long pc, Call call) {
        Place at(long other) {
            return new Place(other, call);
        }
    }

    /// A way on from an instruction, and the share of its executions that take it.
    private record Way(Place to, double share) {
    }

    /// A place to be taken in, and how often it is executed for each entry of the region, roughly.
    private record Lead(Place place, double weight, int order) implements Comparable<Lead> {
        @Override
        public int compareTo(Lead other) {
            int byWeight = Double.compare(other.weight, weight);
            return byWeight != 0 ? byWeight : Integer.compare(order, other.order);
        }
    }

    /// One region under construction.
    final class Building {
        private final Place entry;
        private final Profile profile;
        private final int maximumPages;
        private final Map<Place, Instruction> code = new HashMap<>();
        /// Where a function returns to besides the place its call came from, by that call: behind the calls of itself.
        private final Map<Call, Set<Place>> recursions = new HashMap<>();
        /// Ways on from the ends of blocks, once all code is known.
        private final Map<Place, List<Way>> onward = new HashMap<>();
        private final Set<Place> leaders = new HashSet<>();
        private final Map<Long, CodePage> pages = new LinkedHashMap<>();
        private final List<Place> starts = new ArrayList<>();
        private final Map<Place, Integer> index = new HashMap<>();
        private final List<BasicBlockNode> blocks = new ArrayList<>();
        /// A call of a function that leads back to the entry.
        private Call recursive;
        private long reads;
        private long writes;
        private boolean usesFloat;

        private Building(long entry, Profile profile, int maximumPages) {
            this.maximumPages = maximumPages;
            this.entry = new Place(entry, null);
            this.profile = profile;
        }

        long entry() {
            return entry.pc;
        }

        /// Where a region had better start: at the recursive function that the entry is inside of, so that one region holds
        /// all of it. Without such a function, at the entry.
        long betterEntry() {
            return recursive == null ? entry.pc : recursive.callee;
        }

        /// Number of instructions taken in.
        int size() {
            return code.size();
        }

        /// @return the region, or null when its first instruction is not for compiled code
        Region finish(String name) {
            if (!code.containsKey(entry)) {
                return null;
            }
            order();
            int size = 0;
            for (Place start : starts) {
                BasicBlockNode block = block(start);
                blocks.add(block);
                size += block.retired;
            }
            var root = new RegionRootNode(language, hart, clock::compilationBegins, name, entry.pc, size, immediate, coldExits,
                    blocks.toArray(BasicBlockNode[]::new), registers(reads | writes), registers(writes));
            prepare(root);
            long[] tags = pages.keySet().stream().mapToLong(Long::longValue).toArray();
            return new Region(hart, entry.pc, size, usesFloat, root, tags, pages.values().toArray(CodePage[]::new),
                    starts.stream().mapToLong(Place::pc).toArray());
        }

        private void prepare(RegionRootNode root) {
            root.getCallTarget();
            // The nodes insist on the lock of the tree they are in.
            root.atomic(() -> {
                for (GenerateAOT.Provider node : NodeUtil.findAllNodeInstances(root, GenerateAOT.Provider.class)) {
                    node.prepareForAOT(language, root);
                }
            });
        }

        // ---- which instructions

        /// Takes in what is executed most, until the region is full or the rest is executed too seldom.
        private void explore() {
            var work = new PriorityQueue<Lead>();
            int order = 0;
            work.add(new Lead(entry, 1, order++));
            while (!work.isEmpty()) {
                Lead lead = work.poll();
                Place place = lead.place;
                if (isElsewhere(place)) {
                    continue;
                }
                leaders.add(place);
                while (!code.containsKey(place) && code.size() < maximumInstructions) {
                    Instruction i = instruction(place.pc);
                    if (i == null) {
                        break;
                    }
                    code.put(place, i);
                    if (place.pc == entry.pc && place.call != null && recursive == null) {
                        recursive = place.call;
                    }
                    if (endsBlock(i)) {
                        for (Way way : ways(place, i)) {
                            double weight = way.share * lead.weight;
                            if (coldExits.warm(way.to.pc)) {
                                weight = Math.max(weight, WARM);
                            }
                            if (weight >= SELDOM || immediate) {
                                work.add(new Lead(way.to, weight, order++));
                            }
                        }
                        if (isRecursive(place, i)) {
                            work.add(new Lead(place.at(place.pc + i.length()), lead.weight, order++));
                        }
                        break;
                    }
                    place = place.at(place.pc + i.length());
                    if (isElsewhere(place)) {
                        break;
                    }
                }
            }
            leaders.retainAll(code.keySet());
        }

        /// Whether another region is to have the code at `place`.
        private boolean isElsewhere(Place place) {
            return immediate && !place.equals(entry) && covered.test(place.pc);
        }

        private static boolean endsBlock(Instruction i) {
            return i.op() instanceof BranchOp || i.op() instanceof JumpOp;
        }

        /// Where control goes from the end of a block, once everything has been taken in.
        private List<Way> onward(Place last) {
            return onward.computeIfAbsent(last, unused -> ways(last, code.get(last)));
        }

        /// Where control may go from an instruction that ends a block, as far as is known.
        private List<Way> ways(Place place, Instruction i) {
            Place next = place.at(place.pc + i.length());
            Place target = place.at(place.pc + i.immediate());
            if (i.op() instanceof BranchOp) {
                double taken = profile.taken(place.pc, 0.5);
                return List.of(new Way(target, taken), new Way(next, 1 - taken));
            }
            if (i.op() == JumpOp.JAL) {
                if (!isLink(i.rd())) {
                    return List.of(new Way(target, 1));
                }
                return called(place, next, target.pc, 1);
            }
            var ways = new ArrayList<Way>();
            if (i.rd() == 0 && isLink(i.rs1())) {
                recursions.getOrDefault(place.call, Set.of()).forEach(back -> ways.add(new Way(back, 0.5)));
                if (place.call != null) {
                    ways.add(new Way(new Place(place.call.returnPc, place.call.outer), 1));
                    return ways;
                }
            }
            long[] targets = profile.targets(place.pc);
            for (int k = 0; k < targets.length && k < MAXIMUM_TARGETS; k++) {
                double share = profile.share(place.pc, targets[k]);
                if (isLink(i.rd())) {
                    if (share > NOW_AND_THEN) {
                        ways.addAll(called(place, next, targets[k], share));
                    }
                } else if (i.rd() != 0 || !isLink(i.rs1()) || share > OFTEN) {
                    var way = new Way(place.at(targets[k]), share);
                    if (ways.stream().noneMatch(other -> other.to.equals(way.to))) {
                        ways.add(way);
                    }
                }
            }
            return ways;
        }

        /// A call is followed into a copy of the function's code for it; a call of a function that is being called already
        /// leads back to the code there, so that recursion is a loop.
        private List<Way> called(Place place, Place next, long callee, double share) {
            Call active = place.call;
            while (active != null && active.callee != callee) {
                active = active.outer;
            }
            if (active != null || callee == entry.pc) {
                recursions.computeIfAbsent(active, unused -> new LinkedHashSet<>()).add(next);
                return List.of(new Way(new Place(callee, active), share));
            }
            if (Call.depth(place.call) >= MAXIMUM_DEPTH) {
                return List.of();
            }
            return List.of(new Way(new Place(callee, new Call(next.pc, callee, place.call)), share));
        }

        /// Whether the region itself will return behind this call.
        private boolean isRecursive(Place place, Instruction call) {
            Place next = place.at(place.pc + call.length());
            return recursions.values().stream().anyMatch(backs -> backs.contains(next));
        }

        /// The instruction at `pc` if the region can take it in.
        private Instruction instruction(long pc) {
            CodePage page = pages.get(CodePage.page(pc));
            boolean fresh = page == null;
            if (fresh) {
                page = hart.fetchTlb.lookup(pc);
                if (page == null || page.isGuarded() || pages.size() == maximumPages || conflicts(pc)) {
                    return null;
                }
            }
            int slot = CodePage.slot(pc);
            if (page.word(slot) == 0 && !immediate || Execution.crossesPage(page, slot)) {
                return null;
            }
            Instruction i = Execution.read(page, slot);
            if (!compilable(i)) {
                return null;
            }
            if (fresh) {
                pages.put(CodePage.page(pc), page);
            }
            if (page.word(slot) == 0) {
                monitor.decoded(page);
                page.setWord(slot, Execution.pack(page, slot));
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

        private boolean compilable(Instruction i) {
            return switch (i.op()) {
                case CsrOp op -> false;
                // A hart that pauses gives its turn to another, if there is one.
                case SystemOp op -> op == SystemOp.FENCE && (hart.isAlone() || !Execution.isPause(i)) || op == SystemOp.FENCE_I;
                default -> !Execution.isMarker(i);
            };
        }

        private static boolean isLink(int rd) {
            return rd == RETURN_ADDRESS || rd == ALTERNATE_LINK;
        }

        // ---- in which order

        /// Depth first from the entry, so that an edge to an earlier block may close a cycle and others cannot.
        private void order() {
            var work = new ArrayDeque<Place>();
            var postorder = new ArrayList<Place>();
            var done = new HashMap<Place, Boolean>();
            work.push(entry);
            while (!work.isEmpty()) {
                Place start = work.peek();
                Boolean finished = done.get(start);
                if (finished == null) {
                    done.put(start, false);
                    for (Place successor : successors(start)) {
                        if (!done.containsKey(successor)) {
                            work.push(successor);
                        }
                    }
                } else {
                    work.pop();
                    if (!finished) {
                        done.put(start, true);
                        postorder.add(start);
                    }
                }
            }
            for (int i = postorder.size() - 1; i >= 0; i--) {
                index.put(postorder.get(i), starts.size());
                starts.add(postorder.get(i));
            }
        }

        /// Blocks that follow the one at `start`.
        private List<Place> successors(Place start) {
            Place last = last(start);
            Instruction i = code.get(last);
            var result = new ArrayList<Place>();
            if (endsBlock(i)) {
                for (Way way : onward(last)) {
                    result.add(way.to);
                }
            } else {
                result.add(last.at(last.pc + i.length()));
            }
            result.retainAll(leaders);
            return result;
        }

        /// The last instruction of the block at `start`.
        private Place last(Place start) {
            Place place = start;
            while (true) {
                Instruction i = code.get(place);
                Place next = place.at(place.pc + i.length());
                if (endsBlock(i) || leaders.contains(next) || !code.containsKey(next)) {
                    return place;
                }
                place = next;
            }
        }

        // ---- nodes

        private BasicBlockNode block(Place start) {
            var nodes = new ArrayList<InstructionNode>();
            Place end = last(start);
            int retired = 0;
            for (Place place = start;; place = place.at(place.pc + code.get(place).length())) {
                Instruction i = code.get(place);
                reads |= i.reads();
                writes |= i.writes();
                usesFloat |= i.op().format().usesFloat();
                InstructionNode node = node(place.pc, i, retired++);
                if (node != null) {
                    nodes.add(node);
                }
                if (place.equals(end)) {
                    break;
                }
            }
            return new BasicBlockNode(nodes.toArray(InstructionNode[]::new), terminator(index.get(start), end), retired);
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
            return new MonitorNode(monitor, pc, i.length(), before, !immediate && !coldExits.warm(pc));
        }

        private TerminatorNode terminator(int from, Place place) {
            Instruction i = code.get(place);
            Place next = place.at(place.pc + i.length());
            if (!endsBlock(i)) {
                return new TerminatorNode.Jump(edge(from, next, false));
            }
            List<Way> ways = onward(place);
            if (i.op() instanceof BranchOp op) {
                double taken = ways.get(0).share;
                boolean known = profile.observed(place.pc) >= ENOUGH;
                return new TerminatorNode.Branch(op, i.rs1(), i.rs2(), taken,
                        edge(from, ways.get(0).to, known && taken < SELDOM),
                        edge(from, ways.get(1).to, known && taken > 1 - SELDOM));
            }
            if (i.op() == JumpOp.JAL) {
                return new TerminatorNode.Jump(edge(from, ways.isEmpty() ? place.at(place.pc + i.immediate())
                        : ways.get(0).to, false));
            }
            List<Place> targets = ways.stream().map(Way::to).filter(index::containsKey)
                    .sorted(Comparator.comparingLong(Place::pc)).toList();
            return new TerminatorNode.Indirect(i.rd(), i.rs1(), i.immediate(), next.pc,
                    targets.stream().mapToLong(Place::pc).toArray(), targets.stream().mapToInt(index::get).toArray());
        }

        /// @param cold whether the edge is hardly ever taken
        private Edge edge(int from, Place to, boolean cold) {
            Integer block = index.get(to);
            return block == null ? new Edge(Edge.OUTSIDE, to.pc, false, cold && !immediate && !coldExits.warm(to.pc))
                    : new Edge(block, to.pc, block <= from, false);
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
