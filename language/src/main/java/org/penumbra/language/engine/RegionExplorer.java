// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

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
import org.penumbra.isa.Instruction;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.language.region.Block;
import org.penumbra.language.region.Edge;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.language.region.SideExits;
import org.penumbra.language.region.Terminator;
import org.penumbra.monitor.Monitor;

/// Selects the code of a region from what has been executed so far. Starting at the entry it follows direct jumps,
/// calls, and returns to where the calls came from.
final class RegionExplorer {
    private static final int MAXIMUM_TARGETS = 64;
    /// Assumed executions per entry of a place at which regions were often left.
    private static final double WARM = 0.05;
    /// Fraction of executions from which an indirect call is followed.
    private static final double NOW_AND_THEN = 0.05;
    /// Fraction of executions from which a return to a caller outside the region's calls is followed.
    private static final double OFTEN = 0.4;
    /// Executions of a branch from which the sample is reliable.
    private static final int ENOUGH = 1000;
    private static final int RETURN_ADDRESS = 1;
    private static final int ALTERNATE_LINK = 5;

    private final Monitor monitor;
    private final Hart hart;
    private final LongPredicate covered;
    private final Started started;
    private final SideExits sideExits;

    /// Which regions are not to be copied.
    enum Stop {
        /// All of them.
        AT_REGIONS,
        /// Those in the optimised form.
        AT_OPTIMISED,
        /// None.
        NOWHERE
    }

    /// Tells where regions start.
    interface Started {
        /// @param optimised whether only regions in the optimised form count
        boolean at(long pc, boolean optimised);
    }

    /// Limits on the size of a region.
    ///
    /// @param instructions most instructions
    /// @param pages        most pages
    /// @param calls        deepest nesting of calls
    /// @param seldom       places executed less often than this per entry are left out
    /// @param everything   whether to include code that has not been executed yet
    /// @param stop         where to stop, outside of calls: else each place at which a loop's region is left gets a
    ///                     region with a copy of the loop
    record Limits(int instructions, int pages, int calls, double seldom, boolean everything, Stop stop) {
        Limits within(int morePages) {
            return new Limits(instructions, Math.min(pages, morePages), calls, seldom, everything, stop);
        }

        Limits atMost(int fewerInstructions) {
            return new Limits(fewerInstructions, pages, calls, seldom, everything, stop);
        }
    }

    /// @param covered   whether a region has a block that starts at this pc. In modes that compile everything at once,
    ///                  only a new region's entry may be such a place; otherwise most code would be compiled many times
    /// @param sideExits known so far
    RegionExplorer(Monitor monitor, LongPredicate covered, Started started, SideExits sideExits) {
        this.monitor = monitor;
        this.hart = monitor.hart();
        this.covered = covered;
        this.started = started;
        this.sideExits = sideExits;
    }

    /// Plans the region that starts at `entry`.
    ///
    /// @param profile sampled control flow
    Exploration explore(long entry, Profile profile, Limits limits) {
        var exploration = new Exploration(entry, profile, limits);
        exploration.explore();
        return exploration;
    }

    /// A call that has been followed: its return address, and the enclosing call.
    ///
    /// Its hash code is written out, as is [Place]'s: a record's goes through method handles, which are slow until they
    /// are compiled, and a program's first regions are planned before that.
    private static final class Call {
        private final long returnPc;
        private final long callee;
        private final Call outer;
        private final int hash;

        Call(long returnPc, long callee, Call outer) {
            this.returnPc = returnPc;
            this.callee = callee;
            this.outer = outer;
            this.hash = (Long.hashCode(returnPc) * 31 + Long.hashCode(callee)) * 31 + (outer == null ? 0 : outer.hash);
        }

        /// Nesting depth of calls.
        static int depth(Call call) {
            return call == null ? 0 : 1 + depth(call.outer);
        }

        static boolean same(Call one, Call other) {
            return one == other || one != null && other != null && one.hash == other.hash
                    && one.returnPc == other.returnPc && one.callee == other.callee && same(one.outer, other.outer);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Call call && same(this, call);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /// A pc in an inlining context. A function is included once per call site, so that its returns are known and each
    /// loop has one entry.
    private record Place(long pc, Call call) {
        Place at(long other) {
            return new Place(other, call);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Place place && pc == place.pc && Call.same(call, place.call);
        }

        @Override
        public int hashCode() {
            return Long.hashCode(pc) + (call == null ? 0 : call.hash);
        }
    }

    /// A successor of an instruction, and the fraction of its executions that go there.
    private record Successor(Place to, double share) {
    }

    /// A worklist item: a place to include, and roughly how often it is executed per entry of the region.
    private record Candidate(Place place, double weight, int order) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            int byWeight = Double.compare(other.weight, weight);
            return byWeight != 0 ? byWeight : Integer.compare(order, other.order);
        }
    }

    /// One region under construction.
    final class Exploration {
        private final Place entry;
        private final Profile profile;
        private final Limits limits;
        private final Map<Place, Instruction> code = new HashMap<>();
        /// For recursive functions, by the outermost call: further return addresses, after the calls of the function to
        /// itself.
        private final Map<Call, Set<Place>> recursions = new HashMap<>();
        /// Successors of the ends of blocks, once all code is known.
        private final Map<Place, List<Successor>> onward = new HashMap<>();
        private final Set<Place> leaders = new HashSet<>();
        private final Map<Long, CodePage> pages = new LinkedHashMap<>();
        private final List<Place> starts = new ArrayList<>();
        private final Map<Place, Integer> index = new HashMap<>();
        /// A call of a function that leads back to the region's entry.
        private Call recursive;
        private long reads;
        private long writes;
        private boolean usesFloat;

        private Exploration(long entry, Profile profile, Limits limits) {
            this.limits = limits;
            this.entry = new Place(entry, null);
            this.profile = profile;
        }

        long entry() {
            return entry.pc;
        }

        /// The better place to start: the entry of the recursive function that contains the region's entry, so that one
        /// region holds all of the function. Without such a function, the entry itself.
        long betterEntry() {
            return recursive == null ? entry.pc : recursive.callee;
        }

        /// Number of instructions included.
        int size() {
            return code.size();
        }

        /// @return the region, or null if its first instruction cannot be compiled
        RegionPlan plan() {
            if (!code.containsKey(entry)) {
                return null;
            }
            order();
            var blocks = new ArrayList<Block>();
            int size = 0;
            for (Place start : starts) {
                Block block = block(start);
                blocks.add(block);
                size += block.steps().size();
            }
            long[] tags = pages.keySet().stream().mapToLong(Long::longValue).toArray();
            return new RegionPlan(entry.pc, List.copyOf(blocks), size, registers(reads | writes), registers(writes),
                    usesFloat,
                    tags, pages.values().toArray(CodePage[]::new));
        }

        // ---- which instructions

        /// Includes the most frequently executed code first, until the region is full or the rest is too rarely
        /// executed.
        private void explore() {
            var work = new PriorityQueue<Candidate>();
            int order = 0;
            work.add(new Candidate(entry, 1, order++));
            while (!work.isEmpty()) {
                Candidate candidate = work.poll();
                Place place = candidate.place;
                if (isElsewhere(place)) {
                    continue;
                }
                leaders.add(place);
                while (!code.containsKey(place) && code.size() < limits.instructions) {
                    Instruction i = instruction(place.pc);
                    if (i == null) {
                        break;
                    }
                    code.put(place, i);
                    if (place.pc == entry.pc && place.call != null && recursive == null) {
                        recursive = place.call;
                    }
                    if (endsBlock(i)) {
                        for (Successor successor : successors(place, i)) {
                            double weight = successor.share * candidate.weight;
                            if (sideExits.warm(successor.to.pc)) {
                                weight = Math.max(weight, WARM);
                            }
                            if (weight >= limits.seldom || limits.everything) {
                                work.add(new Candidate(successor.to, weight, order++));
                            }
                        }
                        if (isRecursive(place, i)) {
                            work.add(new Candidate(place.at(place.pc + i.length()), candidate.weight, order++));
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

        /// Whether the code at `place` is left to another region.
        private boolean isElsewhere(Place place) {
            if (limits.everything) {
                return !place.equals(entry) && covered.test(place.pc);
            }
            return limits.stop != Stop.NOWHERE && place.call == null && place.pc != entry.pc
                    && started.at(place.pc, limits.stop == Stop.AT_OPTIMISED);
        }

        private static boolean endsBlock(Instruction i) {
            return i.op() instanceof BranchOp || i.op() instanceof JumpOp || Execution.endsRegion(i);
        }

        /// Successors of the end of a block, once all code is included.
        private List<Successor> onward(Place last) {
            return onward.computeIfAbsent(last, unused -> successors(last, code.get(last)));
        }

        /// Known successors of an instruction that ends a block.
        private List<Successor> successors(Place place, Instruction i) {
            Place next = place.at(place.pc + i.length());
            Place target = place.at(place.pc + i.immediate());
            if (i.op() instanceof BranchOp) {
                double taken = profile.taken(place.pc, 0.5);
                return List.of(new Successor(target, taken), new Successor(next, 1 - taken));
            }
            if (Execution.endsRegion(i)) {
                return List.of();
            }
            if (i.op() == JumpOp.JAL) {
                if (!isLink(i.rd())) {
                    return List.of(new Successor(target, 1));
                }
                return called(place, next, target.pc, 1);
            }
            var successors = new ArrayList<Successor>();
            if (i.rd() == 0 && isLink(i.rs1())) {
                recursions.getOrDefault(place.call, Set.of()).forEach(back -> successors.add(new Successor(back, 0.5)));
                if (place.call != null) {
                    successors.add(new Successor(new Place(place.call.returnPc, place.call.outer), 1));
                    return successors;
                }
            }
            long[] targets = profile.targets(place.pc);
            for (int k = 0; k < targets.length && k < MAXIMUM_TARGETS; k++) {
                double share = profile.share(place.pc, targets[k]);
                if (isLink(i.rd())) {
                    if (share > NOW_AND_THEN) {
                        successors.addAll(called(place, next, targets[k], share));
                    }
                } else if (i.rd() != 0 || !isLink(i.rs1()) || share > OFTEN) {
                    var successor = new Successor(place.at(targets[k]), share);
                    if (successors.stream().noneMatch(other -> other.to.equals(successor.to))) {
                        successors.add(successor);
                    }
                }
            }
            return successors;
        }

        /// A call is followed into its own copy of the function's code. A call of a function that is already being
        /// called leads back to the code there, so recursion becomes a loop.
        private List<Successor> called(Place place, Place next, long callee, double share) {
            Call active = place.call;
            while (active != null && active.callee != callee) {
                active = active.outer;
            }
            if (active != null || callee == entry.pc) {
                recursions.computeIfAbsent(active, unused -> new LinkedHashSet<>()).add(next);
                return List.of(new Successor(new Place(callee, active), share));
            }
            if (Call.depth(place.call) >= limits.calls) {
                return List.of();
            }
            return List.of(new Successor(new Place(callee, new Call(next.pc, callee, place.call)), share));
        }

        /// Whether the region itself returns to after this call.
        private boolean isRecursive(Place place, Instruction call) {
            Place next = place.at(place.pc + call.length());
            return recursions.values().stream().anyMatch(backs -> backs.contains(next));
        }

        /// The instruction at `pc`, if the region can include it.
        private Instruction instruction(long pc) {
            CodePage page = page(pc);
            if (page == null) {
                return null;
            }
            int slot = CodePage.slot(pc);
            if (page.word(slot) == 0 && !limits.everything) {
                return null;
            }
            boolean crosses = Execution.crossesPage(page, slot);
            CodePage end = crosses ? nextPage(pc) : page;
            if (end == null) {
                return null;
            }
            Instruction i = crosses ? Execution.read(page, end) : Execution.read(page, slot);
            if (!compilable(i)) {
                return null;
            }
            pages.putIfAbsent(CodePage.page(pc), page);
            pages.putIfAbsent(CodePage.page(pc + i.length() - 1), end);
            if (crosses) {
                end.endInstruction();
            }
            if (page.word(slot) == 0) {
                monitor.decoded(page);
                page.setWord(slot, Execution.pack(page, slot));
            }
            return i;
        }

        /// The page that contains `pc`, if the region has it or can take it in.
        private CodePage page(long pc) {
            CodePage page = pages.get(CodePage.page(pc));
            if (page == null) {
                page = hart.fetchTlb.lookup(pc);
                if (page == null || page.isGuarded() || pages.size() >= limits.pages || conflicts(pc)) {
                    return null;
                }
            }
            return page;
        }

        /// The page into which the instruction at `pc` continues. Only one where the next instruction has been
        /// executed: stores to it are watched then already, so the region changes nothing about that.
        private CodePage nextPage(long pc) {
            boolean fits = pages.containsKey(CodePage.page(pc)) || pages.size() + 1 < limits.pages;
            CodePage next = fits ? page(pc + 2) : null;
            return next == null || next.word(1) == 0 ? null : next;
        }

        /// Whether two pages would evict each other from the fetch TLB, so that the region could never be entered.
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
                case CsrOp op -> true;
                case AtomicOp op -> !op.paired();
                // A hart that pauses yields to another hart, if there is one.
                case SystemOp op -> op == SystemOp.FENCE && (hart.isAlone() || !Execution.isPause(i))
                        || op == SystemOp.FENCE_I || Execution.isStepped(i);
                default -> !Execution.isMarker(i);
            };
        }

        private static boolean isLink(int rd) {
            return rd == RETURN_ADDRESS || rd == ALTERNATE_LINK;
        }

        // ---- in which order

        /// Depth first from the entry, so that only edges to earlier blocks can close a cycle.
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
                    for (Place successor : following(start)) {
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
        private List<Place> following(Place start) {
            Place last = last(start);
            Instruction i = code.get(last);
            var result = new ArrayList<Place>();
            if (endsBlock(i)) {
                for (Successor successor : onward(last)) {
                    result.add(successor.to);
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

        // ---- the plan

        private Block block(Place start) {
            var steps = new ArrayList<Block.Step>();
            Place end = last(start);
            for (Place place = start;; place = place.at(place.pc + code.get(place).length())) {
                Instruction i = code.get(place);
                reads |= i.reads();
                writes |= i.writes();
                usesFloat |= i.op().format().usesFloat();
                steps.add(new Block.Step(place.pc, i));
                if (place.equals(end)) {
                    break;
                }
            }
            return new Block(List.copyOf(steps), terminator(index.get(start), end));
        }

        private Terminator terminator(int from, Place place) {
            Instruction i = code.get(place);
            Place next = place.at(place.pc + i.length());
            if (!endsBlock(i) || Execution.endsRegion(i)) {
                return new Terminator.Jump(edge(from, next, false));
            }
            List<Successor> successors = onward(place);
            if (i.op() instanceof BranchOp op) {
                double taken = successors.get(0).share;
                boolean known = profile.observed(place.pc) >= ENOUGH;
                return new Terminator.Branch(op, i.rs1(), i.rs2(), taken,
                        edge(from, successors.get(0).to, known && taken < limits.seldom),
                        edge(from, successors.get(1).to, known && taken > 1 - limits.seldom));
            }
            if (i.op() == JumpOp.JAL) {
                return new Terminator.Jump(edge(from, successors.isEmpty() ? place.at(place.pc + i.immediate())
                        : successors.get(0).to, false));
            }
            List<Place> targets = successors.stream().map(Successor::to).filter(index::containsKey)
                    .sorted(Comparator.comparingLong(Place::pc)).toList();
            return new Terminator.Indirect(i.rd(), i.rs1(), i.immediate(), next.pc,
                    targets.stream().mapToLong(Place::pc).toArray(), targets.stream().mapToInt(index::get).toArray());
        }

        /// @param cold whether the edge is very rarely taken
        private Edge edge(int from, Place to, boolean cold) {
            Integer block = index.get(to);
            return block == null ? new Edge(Edge.OUTSIDE, to.pc, false,
                    cold && !limits.everything && !sideExits.warm(to.pc))
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
