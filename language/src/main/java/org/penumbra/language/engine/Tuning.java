// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import org.penumbra.interpreter.Interpreter;

/// The engine's tuning values, each with its reason.
///
/// @param hot           arrivals at a jump's target that call the engine's attention to it, again and again. 50 and 1000
///                      gave the same times for programs of half a second under Linux: what matters is [#worth]
/// @param worth         instructions interpreted on account of a place that make it worth translating. 10 million take the
///                      interpreter 30 ms, about what translating a region and compiling it takes; 3 million cost a boot
///                      of Debian 25 % more time, since it is spread thin, and 20 million gained it nothing
/// @param reach         instructions that one arrival accounts for at most
/// @param exitWeight    how much more an arrival by leaving a region accounts for: going on in the interpreter costs more
///                      than interpreting
/// @param sample        instructions executed one by one to see where control goes before a region is planned: 0.3 ms
/// @param again         further arrivals before asking again for what was not ready or could not be entered
/// @param translating   translations awaiting HotSpot's first compiler at a time. With three a region is ready after 12 to
///                      25 ms; without a limit it took 5 s where everything became hot at once
/// @param promoteAfter  instructions executed in a translated region before partial evaluation is tried: two seconds' run,
///                      as the compilation takes about that and saves a fifth of the time on average
/// @param reviewAfter   instructions after which to look again whether a promoted region is compiled, or faster
/// @param compiling     partial evaluations awaited at a time
/// @param promotion     instructions executed one by one before a partial evaluation is planned
/// @param stays         stays in a partially evaluated region after which to see whether it holds too little
/// @param growths       how often a region may be built anew for that
/// @param atOnce        whether translated regions are entered before they are compiled, and promoted without regard to
///                      what else is compiled: for tests
record Tuning(int hot, long worth, int reach, int exitWeight, int sample, int again, int translating, long promoteAfter,
        long reviewAfter, int compiling, int promotion, int stays, int growths, boolean atOnce) {

    /// What a translated region takes in: up to 128 instructions, as the second compiler's time grows faster than the size
    /// (100 to 280 ms for 200); calls two deep, since a function in many copies fills the code cache; nothing that is
    /// executed less than once in a hundred stays.
    static final RegionExplorer.Limits TRANSLATED = new RegionExplorer.Limits(128, 4, 2, 0.01, false);
    /// The same for partial evaluation.
    static final RegionExplorer.Limits COMPILED = new RegionExplorer.Limits(400, 4, 5, 0.001, false);
    /// The same where everything is compiled at once, needed or not.
    static final RegionExplorer.Limits EVERYTHING = new RegionExplorer.Limits(48, 4, 5, 0.001, true);

    private static final Tuning DEFAULT = new Tuning(1000, 10_000_000, 50, 10, 600, 64, 3, 1_000_000_000, 20_000_000, 1, 3000, 20_000, 3,
            false);

    /// The values for a mode.
    ///
    /// @param eager whether the default mode compiles whatever has become hot, for tests, whose programs are short
    static Tuning of(EngineMode mode, boolean eager) {
        return switch (mode) {
            case INTERPRETER -> DEFAULT.withHot(Interpreter.NEVER);
            case TRANSLATED, IMMEDIATE -> DEFAULT.withHot(1);
            case DEFAULT -> eager ? new Tuning(40, 0, 50, 1, 300, 64, 1000, 100, 50, 2, 300, 64, 3, true) : DEFAULT;
        };
    }

    private Tuning withHot(int arrivals) {
        return new Tuning(arrivals, worth, reach, exitWeight, sample, again, translating, promoteAfter, reviewAfter,
                compiling, promotion, stays, growths, true);
    }
}
