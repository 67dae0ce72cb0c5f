// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import org.penumbra.interpreter.Interpreter;
import org.penumbra.language.engine.RegionExplorer.Stop;
import org.penumbra.options.EngineMode;

/// The engine's tuning values, each with its reason.
///
/// @param hot           arrivals at a jump target after which the engine examines it; the count then starts again.
///                      What matters is [#worth]
/// @param worth         instructions interpreted on account of a place after which it is translated. 3 million made a
///                      boot of Debian take 10 % more processor time and 1 million 30 %, because its execution is
///                      spread over much code; neither was faster
/// @param worthOfPrograms the same in user mode. A boot spends little there, and a program that runs for a second wants
///                      its code soon: 300,000 take the interpreter some 3 ms, and C1 5 ms on the other core for the
///                      region
/// @param reach         most instructions that one arrival accounts for
/// @param exitWeight    weight of an arrival by leaving a region: continuing in the interpreter costs more than the
///                      interpretation alone
/// @param sample        instructions stepped to sample control flow before a region is planned: 0.3 ms
/// @param again         further arrivals before retrying a region that was not ready or could not be entered
/// @param translating   translations awaiting C1 at a time. With three, a region is ready after 12 to 25 ms; without a
///                      limit it took 5 s when everything became hot at once
/// @param improveAfter  instructions executed in a region's quick form before C2 compiles its optimised form: 10 to 50
///                      ms, some of what C2 takes for it on the other core
/// @param improveProgramsAfter the same in user mode: with 5 million, C2 was idle in a program's first quarter of a
///                      second
/// @param improving     optimised forms awaited at a time: the hottest region should not wait for many
/// @param promoteAfter  instructions executed in a translated region before partial evaluation is tried. They take two
///                      seconds, about as long as the compilation, which saves a fifth of the time on average
/// @param reviewAfter   instructions after which to check again whether a promoted region is compiled, or faster
/// @param compiling     partial evaluations awaited at a time
/// @param promotion     instructions stepped before a partial evaluation is planned
/// @param stays         stays in a partially evaluated region after which to check whether it is too small
/// @param growths       how often a region may be rebuilt for that reason
/// @param atOnce        whether translated regions are entered before they are compiled, and promoted regardless of
///                      other compilations; for tests
record Tuning(int hot, long worth, long worthOfPrograms, int reach, int exitWeight, int sample, int again,
        int translating, long improveAfter, long improveProgramsAfter, int improving, long promoteAfter,
        long reviewAfter, int compiling, int promotion, int stays, int growths, boolean atOnce) {

    /// Limits of a region in the quick form. Up to 128 instructions, for which C1 takes some 5 ms: a program needs some
    /// thirty regions in its first quarter of a second. Calls two deep, because many copies of a function fill the code
    /// cache. Nothing that is executed less than once in a hundred stays.
    static final RegionExplorer.Limits TRANSLATED = new RegionExplorer.Limits(128, 4, 2, 0.01, false, Stop.AT_REGIONS);
    /// The same for the optimised form, in which loops that spread over several quick regions become one: at each
    /// change of region all registers pass through the hart, some 20 ns. C2 takes 60 to 140 ms for it.
    static final RegionExplorer.Limits OPTIMISED = new RegionExplorer.Limits(256, 4, 3, 0.01, false, Stop.AT_OPTIMISED);
    /// The same for partial evaluation.
    static final RegionExplorer.Limits COMPILED = new RegionExplorer.Limits(400, 4, 5, 0.001, false, Stop.NOWHERE);
    /// The same for modes that compile everything at once, needed or not.
    static final RegionExplorer.Limits EVERYTHING = new RegionExplorer.Limits(48, 4, 5, 0.001, true, Stop.NOWHERE);

    private static final Tuning DEFAULT = new Tuning(300, 10_000_000, 300_000, 50, 10, 600, 64, 3, 5_000_000,
            1_000_000, 3, 1_000_000_000, 20_000_000, 1, 3000, 20_000, 3, false);

    /// The values for a mode.
    ///
    /// @param eager whether the default mode compiles everything that has become hot: for tests, whose programs are
    ///              short
    static Tuning of(EngineMode mode, boolean eager) {
        return switch (mode) {
            case INTERPRETER -> DEFAULT.withHot(Interpreter.NEVER);
            case TRANSLATED, IMMEDIATE -> DEFAULT.withHot(1);
            case DEFAULT, OPTIMISED, QUICK -> eager
                    ? new Tuning(40, 0, 0, 50, 1, 300, 64, 1000, 50, 50, 1000, 100, 50, 2, 300, 64, 3, true)
                    : DEFAULT;
        };
    }

    private Tuning withHot(int arrivals) {
        return new Tuning(arrivals, worth, worthOfPrograms, reach, exitWeight, sample, again, translating, improveAfter,
                improveProgramsAfter, improving, promoteAfter, reviewAfter, compiling, promotion, stays, growths, true);
    }
}
