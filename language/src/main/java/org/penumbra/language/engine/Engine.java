// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import com.oracle.truffle.api.Truffle;
import com.oracle.truffle.api.TruffleLanguage;
import com.oracle.truffle.api.impl.DefaultTruffleRuntime;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.interpreter.Interpreter;
import org.penumbra.language.nodes.RegionAssembler;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.language.region.SideExits;
import org.penumbra.language.translator.CodeForm;
import org.penumbra.language.translator.TranslatedCode;
import org.penumbra.language.translator.Translator;
import org.penumbra.machine.Machine;
import org.penumbra.machine.Parallel;
import org.penumbra.machine.image.SymbolTable;
import org.penumbra.monitor.Monitor;
import org.penumbra.options.EngineMode;

/// Runs a hart, in compiled regions where there are any and in the interpreter elsewhere, until it has to return to the
/// machine.
///
/// Each hart has its own engine, so its state is a constant in its compiled code, and single-hart machines pay nothing
/// for SMP support.
public final class Engine {
    private final Machine machine;
    private final Hart hart;
    private final Monitor monitor;
    private final EngineMode mode;
    private final Tuning tuning;
    private final Interpreter interpreter;
    private final CompilationClock clock = new CompilationClock();
    private final Profile profile = new Profile();
    private final SideExits sideExits = new SideExits();
    private final RegionCache cache;
    private final RegionExplorer explorer;
    private final Translator translator;
    private final RegionAssembler assembler;
    private final TierPolicy policy;
    private EngineCounts counts = new EngineCounts();
    /// Whether the hart has just left a region.
    private boolean left;

    /// @param monitor of the hart
    /// @param eager   whether the default mode compiles soon and without limit
    public Engine(TruffleLanguage<?> language, Machine machine, Monitor monitor, EngineMode mode, boolean eager) {
        this.machine = machine;
        this.hart = monitor.hart();
        this.monitor = monitor;
        // Only the interpreter tells the timing model of what it does.
        this.mode = monitor.timed() == null || monitor.timed().samples() ? mode : EngineMode.INTERPRETER;
        this.tuning = Tuning.of(this.mode, eager);
        this.interpreter = new Interpreter(hart, monitor, tuning.hot());
        this.cache = new RegionCache(hart);
        this.explorer = new RegionExplorer(monitor, cache::covers, cache::starts, sideExits);
        this.translator = new Translator(monitor);
        this.assembler = new RegionAssembler(language, monitor, clock::compilationBegins,
                this.mode == EngineMode.IMMEDIATE, sideExits);
        this.policy = new TierPolicy(hart, this.mode, tuning, !(Truffle.getRuntime() instanceof DefaultTruffleRuntime));
    }

    /// Its counts so far.
    public EngineCounts counts() {
        return counts;
    }

    /// Counts from zero again. What has been learnt and built stays.
    public void clearCounts() {
        counts = new EngineCounts();
        clock.restart();
    }

    /// CPU time spent on partial evaluation, as far as it can be measured; see [CompilationClock].
    public double compilerSeconds() {
        return clock.seconds();
    }

    /// Runs until the hart requests a yield or its instruction budget is used up; see [Machine#attend].
    public void run() {
        do {
            while (!hart.yieldRequested && hart.remaining > 0) {
                CodePage page = monitor.fetch(hart.pc);
                if (page != null && !(compiles() && ranCompiled(page))) {
                    interpret();
                }
            }
        } while (machine.passTrap());
    }

    /// The same on a thread of the hart's own: until it has to come outside, see [Parallel#attend].
    public void run(Parallel parallel) {
        do {
            while (!hart.yieldRequested && parallel.goesOn(hart)) {
                CodePage page = monitor.fetch(hart.pc);
                if (page != null && !(compiles() && ranCompiled(page))) {
                    interpret();
                }
            }
        } while (parallel.passTrap(hart));
    }

    private boolean compiles() {
        return mode != EngineMode.INTERPRETER && !interpreter.isFollowed();
    }

    /// Executes one instruction, interpreted; a trap is left pending. The hart must be ready to run.
    public void step() {
        left = false;
        if (monitor.fetch(hart.pc) != null) {
            long before = hart.remaining;
            interpreter.step();
            counts.interpreted += before - hart.remaining;
        }
    }

    private void interpret() {
        left = false;
        long before = hart.remaining;
        interpreter.run();
        counts.interpreted += before - hart.remaining;
    }

    /// Carries out the tier policy's decision for the hart's pc.
    /// @return whether the hart has made progress
    private boolean ranCompiled(CodePage page) {
        int slot = CodePage.slot(hart.pc);
        Region region = cache.at(hart.pc, page);
        if (region == null) {
            return policy.arrived(page, slot, left) == TierPolicy.Decision.BUILD && built(page, slot);
        }
        switch (policy.arrived(region)) {
            case ENTER -> {
                policy.warm(page, slot);
                return ran(region);
            }
            case DISCARD -> {
                cache.remove(region, page);
                policy.cool(page, slot);
                return false;
            }
            case NARROW -> {
                cache.remove(region, page);
                region.retire();
                take(translated(hart.pc, Tuning.TRANSLATED.within(1)), page, slot);
                return false;
            }
            case PROMOTE -> {
                return promoted(region);
            }
            case IMPROVE -> {
                return improved(region);
            }
            case REBUILD -> {
                rebuild(region);
                return false;
            }
            case SUCCEED -> {
                succeed(region, page);
                return false;
            }
            case REVERT -> {
                revert(region, page);
                return false;
            }
            default -> {
                policy.cool(page, slot);
                return false;
            }
        }
    }

    /// Runs a region, then the regions that control reaches directly from it.
    /// @return whether the hart has made progress
    private boolean ran(Region first) {
        long start = hart.remaining;
        Region region = first;
        while (region != null) {
            long before = hart.remaining;
            if (region.mayFollow()) {
                runChain(region);
            } else if (region.enter()) {
                counts.entered(region.isTranslated(), before - hart.remaining);
                if (region.stays != null && region.stays.add(hart.pc, before - hart.remaining)) {
                    grow(region);
                }
            } else {
                break;
            }
            // The first instruction may need the interpreter: an atomic that misses the TLB.
            if (hart.yieldRequested || hart.remaining == before) {
                break;
            }
            region = cache.next();
            left = region == null;
        }
        return hart.remaining != start || hart.yieldRequested;
    }

    /// Runs translated regions as long as control goes from one directly to the next: the shortest way between them.
    ///
    /// @param first for which [Region#mayFollow] holds
    private void runChain(Region first) {
        Region region = first;
        long entries = 0;
        long instructions = 0;
        do {
            long executed = region.runDirectly();
            entries++;
            instructions += executed;
            region = executed == 0 ? null : cache.recent();
        } while (region != null && region.mayFollow());
        counts.chained(entries, instructions);
    }

    // ---- making regions

    /// Builds the first region at a place: by partial evaluation in the mode that compiles everything that way, else by
    /// translation.
    /// @return whether the hart has made progress
    private boolean built(CodePage page, int slot) {
        if (mode == EngineMode.IMMEDIATE) {
            RegionPlan plan = explorer.explore(hart.pc, profile, Tuning.EVERYTHING).plan();
            take(plan == null ? null : evaluated(plan), page, slot);
            return entered(page);
        }
        if (mode == EngineMode.TRANSLATED) {
            take(translated(hart.pc, Tuning.EVERYTHING), page, slot);
            return entered(page);
        }
        long pc = hart.pc;
        sample(tuning.sample());
        if (!hart.yieldRequested && hart.fetchTlb.lookup(pc) == page) {
            take(translated(pc, Tuning.TRANSLATED), page, slot);
        }
        return true;
    }

    private boolean entered(CodePage page) {
        Region region = cache.at(hart.pc, page);
        return region != null && region.enterable() && ran(region);
    }

    /// Adds a region to the cache, or marks the place as one where no region can start.
    private void take(Region region, CodePage page, int slot) {
        if (isOutdated()) {
            if (region != null) {
                region.retire();
            }
            policy.cool(page, slot);
            return;
        }
        if (region == null) {
            page.heat[slot] = Short.MIN_VALUE;
            return;
        }
        cache.add(region, page);
        policy.made(region);
        policy.cool(page, slot);
    }

    /// Whether what has just been planned may be of code that has changed since: another hart changes it, and drops
    /// what is decoded of it, only when this one waits for the machine's lock, which planning may do; then this one is
    /// called.
    private boolean isOutdated() {
        return hart.isParallel() && hart.yieldRequested;
    }

    /// @return null if no region can start at `pc`
    private Region translated(long pc, RegionExplorer.Limits limits) {
        Region region = translated(pc, limits, firstForm());
        counts.translations += region == null ? 0 : 1;
        return region;
    }

    /// As many instructions as the limits and the compiler allow.
    private Region translated(long pc, RegionExplorer.Limits limits, CodeForm form) {
        int longest = form == CodeForm.QUICK ? HotSpotCompilers.LONGEST_QUICK : HotSpotCompilers.LONGEST;
        RegionPlan plan = explorer.explore(pc, profile, limits).plan();
        TranslatedCode code = null;
        while (plan != null && (code = translator.translate(plan, name(pc), form, longest)) == null) {
            plan = explorer.explore(pc, profile, limits.atMost(plan.size() * 3 / 4)).plan();
        }
        return plan == null ? null : new Region(hart, plan, compiled(code, form, plan.size()));
    }

    private CompiledCode compiled(TranslatedCode code, CodeForm form, int size) {
        if (tuning.atOnce() || !HotSpotCompilers.AVAILABLE) {
            return new Translation(hart, code, tuning.atOnce());
        }
        return form == CodeForm.QUICK ? new QuickTranslation(code) : new OptimisedTranslation(hart, code, size);
    }

    /// Where regions are entered at once, for tests, each form has its turn.
    private CodeForm firstForm() {
        if (tuning.atOnce() && mode != EngineMode.QUICK) {
            return CodeForm.values()[(int) (counts.translations % CodeForm.values().length)];
        }
        return CodeForm.QUICK;
    }

    /// Builds a larger region in place of one that C1 has compiled, for C2.
    /// @return whether the hart has made progress
    private boolean improved(Region region) {
        boolean moved = resampled();
        Region successor = isMapped(region) ? translated(region.pc(), Tuning.OPTIMISED, CodeForm.OPTIMISED) : null;
        if (successor == null) {
            region.reviewAfter(tuning.improveAfter());
        } else if (isOutdated()) {
            successor.retire();
        } else {
            await(successor, region);
        }
        return moved;
    }

    /// Samples before a region is planned again.
    /// @return whether the hart has made progress
    private boolean resampled() {
        long before = hart.remaining;
        sample(tuning.promotion());
        return hart.remaining != before || hart.yieldRequested;
    }

    /// Whether a region is valid and its first page is mapped, which a sample may have changed.
    private boolean isMapped(Region region) {
        return region.startsIn(hart.fetchTlb.lookup(region.pc()));
    }

    /// Starts compiling what is to replace a region.
    private void await(Region successor, Region region) {
        region.setSuccessor(successor);
        policy.made(successor);
    }

    private Region evaluated(RegionPlan plan) {
        counts.evaluations++;
        return new Region(hart, plan, new PartialEvaluation(hart, assembler.assemble(plan, name(plan.entry()))));
    }

    private void sample(int instructions) {
        long before = hart.remaining;
        profile.sample(hart, interpreter, instructions);
        counts.interpreted += before - hart.remaining;
    }

    // ---- changing tiers

    /// Starts partial evaluation of a translated region in the background. A region inside a recursive function is left
    /// to the region that starts at the function's entry, if there is one.
    /// @return whether the hart has made progress
    private boolean promoted(Region region) {
        boolean moved = resampled();
        if (isMapped(region)) {
            var exploration = explorer.explore(region.pc(), profile, limits(region));
            long better = exploration.betterEntry();
            CodePage page = better == region.pc() ? null : hart.fetchTlb.lookup(better);
            Region there = page == null ? null : cache.at(better, page);
            if (there != null && there.valid() && there.isTranslated()) {
                region.settle();
            } else {
                evaluate(region, exploration.plan(), 0);
            }
        }
        return moved;
    }

    private static RegionExplorer.Limits limits(Region region) {
        return region.spreadTooFar() ? Tuning.COMPILED.within(1) : Tuning.COMPILED;
    }

    private void evaluate(Region region, RegionPlan plan, int growths) {
        if (plan == null || isOutdated()) {
            return; // no region can start there now
        }
        Region successor = evaluated(plan);
        successor.growths = growths;
        if (growths < tuning.growths()) {
            successor.stays = new StayStatistics(tuning.stays());
        }
        await(successor, region);
    }

    /// Rebuilds a region that is left soon after it is entered, using what has been learnt about the code around it.
    private void grow(Region region) {
        for (long exit : region.stays.frequent()) {
            sideExits.warmed(exit);
        }
        region.stays = null;
        region.tooSmall = true;
        sample(tuning.promotion());
    }

    /// Partially evaluates a region again: with ordinary exits, with fewer pages, or with more code.
    private void rebuild(Region region) {
        boolean grows = region.tooSmall && !region.hasWarmExits() && !region.spreadTooFar();
        var exploration = explorer.explore(region.pc(), profile, limits(region));
        if (grows && exploration.size() <= region.size()) {
            region.tooSmall = false;
            return;
        }
        evaluate(region, exploration.plan(), region.growths + (grows ? 1 : 0));
    }

    private void succeed(Region region, CodePage page) {
        Region successor = region.successor();
        region.setSuccessor(null);
        cache.remove(region, page);
        cache.add(successor, page);
        successor.predecessor = region.isTranslated() ? region : region.predecessor;
        if (!region.isTranslated()) {
            region.predecessor = null;
            region.retire();
        }
        if (successor.isTranslated()) {
            successor.reviewAfter(tuning.improveAfter());
            counts.improvements++;
            return;
        }
        successor.measure();
        successor.reviewAfter(tuning.reviewAfter());
        counts.promotions++;
    }

    private void revert(Region region, CodePage page) {
        Region before = region.predecessor;
        region.predecessor = null;
        cache.remove(region, page);
        region.retire();
        cache.add(before, page);
        if (region.isTranslated()) {
            before.finish(tuning.promoteAfter());
            return;
        }
        before.settle();
        counts.reversions++;
    }

    /// The symbol that the code belongs to, for profilers.
    private String name(long pc) {
        SymbolTable.Symbol symbol = machine.image().symbols().at(pc);
        if (symbol != null) {
            return symbol.value() == pc ? symbol.name() : symbol.name() + "+0x" + Long.toHexString(pc - symbol.value());
        }
        return "0x" + Long.toHexString(pc);
    }
}
