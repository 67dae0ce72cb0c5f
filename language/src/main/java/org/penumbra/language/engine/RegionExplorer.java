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

/// Chooses the code of a region from what has been executed so far: from its entry along direct jumps, calls and, where
/// calls return to, returns.
final class RegionExplorer {
    private static final int MAXIMUM_TARGETS = 64;
    /// Executions for each entry that a place is taken to have where regions were often left.
    private static final double WARM = 0.05;
    /// Share from which on an indirect call is followed.
    private static final double NOW_AND_THEN = 0.05;
    /// Share from which on a return to a caller that the region did not come from is followed.
    private static final double OFTEN = 0.4;
    /// Executions of a branch that make the sample trustworthy.
    private static final int ENOUGH = 1000;
    private static final int RETURN_ADDRESS = 1;
    private static final int ALTERNATE_LINK = 5;

    private final Monitor monitor;
    private final Hart hart;
    private final LongPredicate covered;
    private final SideExits sideExits;

    /// How much a region may take in.
    ///
    /// @param instructions at most so many
    /// @param pages        in so many pages
    /// @param calls        so many calls deep
    /// @param seldom       places executed less often than this for each entry are left out
    /// @param everything   whether to take in code that has not been executed yet as well
    record Limits(int instructions, int pages, int calls, double seldom, boolean everything) {
        Limits within(int morePages) {
            return new Limits(instructions, Math.min(pages, morePages), calls, seldom, everything);
        }

        Limits atMost(int fewerInstructions) {
            return new Limits(fewerInstructions, pages, calls, seldom, everything);
        }
    }

    /// @param covered   whether a region has a block that starts at this pc; where everything is compiled at once, only
    ///                  the entry of a new one may be such a place, or most code would be compiled many times over
    /// @param sideExits known so far
    RegionExplorer(Monitor monitor, LongPredicate covered, SideExits sideExits) {
        this.monitor = monitor;
        this.hart = monitor.hart();
        this.covered = covered;
        this.sideExits = sideExits;
    }

    /// Sees which code a region that starts at `entry` takes in.
    ///
    /// @param profile what is known of where control goes
    Exploration explore(long entry, Profile profile, Limits limits) {
        var exploration = new Exploration(entry, profile, limits);
        exploration.explore();
        return exploration;
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

    /// A successor of an instruction, and the share of its executions that go there.
    private record Successor(Place to, double share) {
    }

    /// A place to be taken in, and how often it is executed for each entry of the region, roughly.
    private record Candidate(Place place, double weight, int order) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            int byWeight = Double.compare(other.weight, weight);
            return byWeight != 0 ? byWeight : Integer.compare(order, other.order);
        }
    }

    /// One region in the making.
    final class Exploration {
        private final Place entry;
        private final Profile profile;
        private final Limits limits;
        private final Map<Place, Instruction> code = new HashMap<>();
        /// Where a function returns to besides the place its call came from, by that call: behind the calls of itself.
        private final Map<Call, Set<Place>> recursions = new HashMap<>();
        /// Ways on from the ends of blocks, once all code is known.
        private final Map<Place, List<Successor>> onward = new HashMap<>();
        private final Set<Place> leaders = new HashSet<>();
        private final Map<Long, CodePage> pages = new LinkedHashMap<>();
        private final List<Place> starts = new ArrayList<>();
        private final Map<Place, Integer> index = new HashMap<>();
        /// A call of a function that leads back to the entry.
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
            return new RegionPlan(entry.pc, List.copyOf(blocks), size, registers(reads | writes), registers(writes), usesFloat,
                    tags, pages.values().toArray(CodePage[]::new));
        }

        // ---- which instructions

        /// Takes in what is executed most, until the region is full or the rest is executed too seldom.
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

        /// Whether another region is to have the code at `place`.
        private boolean isElsewhere(Place place) {
            return limits.everything && !place.equals(entry) && covered.test(place.pc);
        }

        private static boolean endsBlock(Instruction i) {
            return i.op() instanceof BranchOp || i.op() instanceof JumpOp;
        }

        /// Where control goes from the end of a block, once everything has been taken in.
        private List<Successor> onward(Place last) {
            return onward.computeIfAbsent(last, unused -> successors(last, code.get(last)));
        }

        /// Where control may go from an instruction that ends a block, as far as is known.
        private List<Successor> successors(Place place, Instruction i) {
            Place next = place.at(place.pc + i.length());
            Place target = place.at(place.pc + i.immediate());
            if (i.op() instanceof BranchOp) {
                double taken = profile.taken(place.pc, 0.5);
                return List.of(new Successor(target, taken), new Successor(next, 1 - taken));
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

        /// A call is followed into a copy of the function's code for it; a call of a function that is being called already
        /// leads back to the code there, so that recursion is a loop.
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
                if (page == null || page.isGuarded() || pages.size() == limits.pages || conflicts(pc)) {
                    return null;
                }
            }
            int slot = CodePage.slot(pc);
            if (page.word(slot) == 0 && !limits.everything || Execution.crossesPage(page, slot)) {
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
            if (!endsBlock(i)) {
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

        /// @param cold whether the edge is hardly ever taken
        private Edge edge(int from, Place to, boolean cold) {
            Integer block = index.get(to);
            return block == null ? new Edge(Edge.OUTSIDE, to.pc, false, cold && !limits.everything && !sideExits.warm(to.pc))
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
