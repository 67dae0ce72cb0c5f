// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import com.oracle.truffle.api.TruffleLanguage;
import java.util.HashMap;
import java.util.Map;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.interpreter.Interpreter;
import org.penumbra.machine.Machine;
import org.penumbra.machine.image.SymbolTable;
import org.penumbra.monitor.Monitor;

/// Runs a hart: regions where there are compiled ones, the interpreter elsewhere, until the machine has to attend to it.
///
/// Each hart of a machine has an engine of its own: its state is constant in its compiled code then, and that of a machine
/// with one hart pays nothing for there being others.
public final class Engine {
    /// Arrivals at a jump target that call the engine's attention to it, once more and once more.
    private static final int HOT = 2000;
    /// Instructions interpreted on account of a place that make it the entry of a region: compiling one takes as long as
    /// interpreting a hundred million, and slows the interpreter down where processors share a core. A kernel that boots
    /// arrives at thousands of places more than [#HOT] times, and at a few dozen so often that this matters.
    private static final long WORTH = 80_000_000;
    /// The same for the first region, which pays for the start of the compiler as well. No place in a boot of Debian is worth
    /// that: with one threshold, and a hundred instructions for an arrival, two were, too late to be entered before its end.
    private static final long WORTH_FIRST = 200_000_000;
    /// Instructions that an arrival accounts for at most.
    private static final int REACH = 50;
    /// Further arrivals before asking again for a region that was not compiled or could not be entered.
    private static final int AGAIN = 64;
    /// How often to ask whether a region that has the place inside is compiled.
    private static final int MOST_DEFERRALS = 200;
    /// Blocks remembered of regions until those of dropped ones are forgotten.
    private static final int MOST_COVERING = 200_000;
    /// Regions awaiting compilation at a time. While there are so many, places ask again after [#HOT] arrivals: what
    /// the awaited ones do not take over is hot still when they are there.
    private static final int MOST_AWAITED = 2;
    /// After so long a region that is still not compiled never will be, and is awaited no more.
    private static final long LONGEST_WAIT_NANOS = 20_000_000_000L;
    /// Instructions executed one by one to see where control goes, before a region is built.
    private static final int SAMPLE = 3000;
    /// Stays in a region after which to see whether it holds too little, and how often it may be built anew for that.
    private static final int STAYS = 20_000;
    private static final int MOST_GROWTHS = 3;
    /// [#SAMPLE], [#STAYS] and [#HOT] of an eager engine, which compiles whatever has become hot: for tests, whose programs
    /// are short.
    private static final int EAGER_SAMPLE = 300;
    private static final int EAGER_STAYS = 64;
    private static final int EAGER_HOT = 40;

    private final Machine machine;
    private final Hart hart;
    private final Monitor monitor;
    private final Interpreter interpreter;
    private final RegionBuilder builder;
    private final CompilationClock clock = new CompilationClock();
    private final Profile profile = new Profile();
    /// By the start of a basic block, the region that took it in last.
    private final Map<Long, Region> covering = new HashMap<>();
    /// Regions whose compilation was asked for and is not known to be done, with the time of asking.
    private final Map<Region, Long> awaited = new HashMap<>();
    private final Map<Long, Account> accounts = new HashMap<>();
    private final EngineMode mode;
    private final boolean eager;
    private final int hot;
    private long regions;
    private long interpreted;
    private long entries;

    /// What was interpreted because of one place, and when that was last added to.
    private static final class Account {
        private long instructions;
        private long since;

        Account(long now) {
            since = now;
        }
    }

    /// @param monitor of the hart
    /// @param eager   whether the default mode compiles soon and without limit
    public Engine(TruffleLanguage<?> language, Machine machine, Monitor monitor, EngineMode mode, boolean eager) {
        this.machine = machine;
        this.hart = monitor.hart();
        this.monitor = monitor;
        this.mode = mode;
        this.eager = eager;
        this.hot = switch (mode) {
            case INTERPRETER -> Interpreter.NEVER;
            case IMMEDIATE -> 1;
            case DEFAULT -> eager ? EAGER_HOT : HOT;
        };
        this.interpreter = new Interpreter(hart, monitor, hot);
        this.builder = new RegionBuilder(language, monitor, clock, mode == EngineMode.IMMEDIATE, this::covered);
    }

    /// Number of regions built.
    public long regions() {
        return regions;
    }

    /// Processor time that compiling them has taken, as far as it can be seen; see [CompilationClock].
    public double compilerSeconds() {
        return clock.seconds();
    }

    /// Instructions that the interpreter has executed.
    public long interpreted() {
        return interpreted;
    }

    /// How often compiled code was entered.
    public long entries() {
        return entries;
    }

    /// Runs until the hart wants attention or its count of instructions is used up; see [Machine#attend].
    public void run() {
        while (!hart.attention && hart.remaining > 0) {
            CodePage page = monitor.fetch(hart.pc);
            if (page != null && !(mode != EngineMode.INTERPRETER && ranRegion(page))) {
                long before = hart.remaining;
                interpreter.run();
                interpreted += before - hart.remaining;
            }
        }
    }

    /// Runs a region at the hart's pc, or makes one.
    /// @return whether the hart has moved on
    private boolean ranRegion(CodePage page) {
        int slot = CodePage.slot(hart.pc);
        Region region = Region.at(hart, hart.pc, page.unit(slot));
        if (region == null && page.restless(hart.instret())) {
            page.heat[slot] = 0;
            return false;
        }
        if (region == null) {
            if (mode == EngineMode.DEFAULT) {
                return ++page.heat[slot] >= hot && isWorthwhile(page, slot) && !deferred(page, slot) && !busy(page, slot)
                        && sampleAndBuild(page, slot);
            }
            build(page, slot, builder.explore(hart.pc, profile, true));
            region = Region.at(hart, hart.pc, page.unit(slot));
            if (region == null) {
                return false;
            }
        }
        if ((region.unfit() || region.stunted) && mode == EngineMode.DEFAULT && region.valid()) {
            region = succeeded(page, slot, region);
        }
        if (region.enterable()) {
            long before = hart.remaining;
            if (!region.tedious() && region.enter()) {
                entries++;
                if (region.departures != null && region.departures.add(hart.pc, before - hart.remaining)) {
                    grow(region);
                }
                // Its first instruction may be one that the interpreter has to execute: an atomic one that misses the TLB.
                return hart.remaining != before || hart.attention;
            }
        } else if (!region.valid()) {
            page.setUnit(slot, Region.without(region, page.unit(slot)));
        }
        page.heat[slot] = (short) Math.max(0, hot - AGAIN);
        return false;
    }

    /// Whether a region holds a block that starts at `pc`.
    private boolean covered(long pc) {
        Region region = covering.get(pc);
        return region != null && region.valid();
    }

    /// Has a region built anew that is left soon after it is entered, with what has been learnt of the code around it.
    private void grow(Region region) {
        builder.include(region.departures.frequent());
        region.departures = null;
        region.stunted = true;
        sample();
    }

    private void watch(Region region) {
        if (region.growths < MOST_GROWTHS) {
            region.departures = new Departures(eager ? EAGER_STAYS : STAYS);
        }
    }

    /// The region to run in place of an outgrown one: its successor as soon as that is compiled.
    private Region succeeded(CodePage page, int slot, Region region) {
        if (region.arrivals++ % AGAIN != 0) {
            return region;
        }
        if (region.successor == null) {
            boolean onlyStunted = !region.unfit();
            if (onlyStunted && isBusy()) {
                return region;
            }
            RegionBuilder.Building building = builder.explore(region.pc(), profile, !region.spreadTooFar());
            if (onlyStunted && building.size() <= region.size()) {
                region.stunted = false;
                return region;
            }
            region.successor = building.finish(name(region.pc()));
            if (region.successor != null) {
                regions++;
                region.successor.growths = region.growths + (onlyStunted ? 1 : 0);
                watch(region.successor);
                await(region.successor);
            }
        } else if (region.successor.compiled()) {
            region.successor.sibling = Region.without(region, page.unit(slot));
            page.setUnit(slot, region.successor);
            return region.successor;
        }
        return region;
    }

    /// Whether so much has been interpreted on account of the hart's pc that a region will be worth its compilation.
    private boolean isWorthwhile(CodePage page, int slot) {
        if (eager) {
            return true;
        }
        if (accounts.size() > MOST_COVERING) {
            accounts.clear();
        }
        long now = hart.instret();
        Account account = accounts.computeIfAbsent(hart.pc, unused -> new Account(now));
        account.instructions += Math.min(now - account.since, (long) hot * REACH);
        account.since = now;
        if (account.instructions >= (regions == 0 ? WORTH_FIRST : WORTH)) {
            return true;
        }
        page.heat[slot] = 0;
        return false;
    }

    /// Whether the pc lies in a region whose code is still awaited: then it may never be an entry of its own.
    private boolean deferred(CodePage page, int slot) {
        Region region = covering.get(hart.pc);
        if (region == null || !region.valid() || region.compiled() || region.deferrals++ >= MOST_DEFERRALS) {
            return false;
        }
        page.heat[slot] = 0;
        return true;
    }

    /// Whether the place has to ask again later, because the compiler has enough to do.
    private boolean busy(CodePage page, int slot) {
        if (!isBusy()) {
            return false;
        }
        page.heat[slot] = 0;
        return true;
    }

    private boolean isBusy() {
        if (awaited.size() < MOST_AWAITED) {
            return false;
        }
        long now = System.nanoTime();
        awaited.entrySet().removeIf(entry -> !entry.getKey().valid() || entry.getKey().compiled()
                || now - entry.getValue() > LONGEST_WAIT_NANOS);
        return awaited.size() >= MOST_AWAITED;
    }

    private void await(Region region) {
        region.requestCompilation();
        awaited.put(region, System.nanoTime());
    }

    private boolean sampleAndBuild(CodePage page, int slot) {
        long pc = hart.pc;
        sample();
        if (hart.attention) {
            return true;
        }
        RegionBuilder.Building building = builder.explore(pc, profile, true);
        long better = building.betterEntry();
        CodePage other = better == pc ? null : hart.fetchTlb.lookup(better);
        if (other == null) {
            build(page, slot, building);
            return true;
        }
        page.heat[slot] = 0;
        int start = CodePage.slot(better);
        Region there = Region.at(hart, better, other.unit(start));
        if (there == null) {
            build(other, start, builder.explore(better, profile, true));
        } else if (there.compiled() && there.deferrals++ >= MOST_DEFERRALS) {
            build(page, slot, building);
        }
        return true;
    }

    private void sample() {
        long before = hart.remaining;
        profile.sample(hart, interpreter, eager ? EAGER_SAMPLE : SAMPLE);
        interpreted += before - hart.remaining;
    }

    private void build(CodePage page, int slot, RegionBuilder.Building building) {
        Region region = building.finish(name(building.entry()));
        if (region == null) {
            page.heat[slot] = Short.MIN_VALUE;
            return;
        }
        regions++;
        region.sibling = Region.few(hart, page.unit(slot));
        page.setUnit(slot, region);
        if (covering.size() > MOST_COVERING) {
            covering.values().removeIf(other -> !other.valid());
        }
        for (long block : region.blocks()) {
            covering.put(block, region);
        }
        if (mode == EngineMode.DEFAULT) {
            watch(region);
            await(region);
            page.heat[slot] = (short) Math.max(0, hot - AGAIN);
        }
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
