// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import org.penumbra.hart.Hart;
import org.penumbra.language.translator.TranslatedCode;

/// A region as bytecode that HotSpot compiles, where HotSpot takes no requests: see [QuickTranslation].
/// Usually C1 is done with it first.
final class Translation extends HotSpotCode {
    /// Calls that pass HotSpot's threshold for its first compiler (Tier3InvocationThreshold, 200, looked at every 128
    /// calls) when its queue is short. They take ten microseconds.
    static final int CALLS_TO_COMPILE = 256;
    /// How often to repeat those calls, in case the threshold was raised because of a long queue.
    private static final int MOST_REQUESTS = 16;
    /// Time between two checks.
    private static final long PATIENCE_NANOS = 500_000;
    /// Used if the JVM cannot be asked: compiled calls take at most this fraction of the time of the first, interpreted
    /// calls; and after this time the code is assumed to be compiled anyway.
    private static final int FASTER = 3;
    private static final long LONGEST_WAIT_NANOS = 200_000_000;
    private static final long NOWHERE = -1;

    private final Hart hart;
    private final boolean atOnce;
    private final long begun = System.nanoTime();
    private int requests;
    private long askedAt;
    /// Duration of the first calls.
    private long interpretedNanos;

    /// @param atOnce whether it may be entered before it is compiled: for tests
    Translation(Hart hart, TranslatedCode code, boolean atOnce) {
        super(code, atOnce);
        this.hart = hart;
        this.atOnce = atOnce;
    }

    @Override
    public void request() {
        if (!atOnce) {
            interpretedNanos = call();
            askedAt = System.nanoTime();
        }
    }

    @Override
    boolean isCompiled() {
        long now = System.nanoTime();
        if (now - askedAt < PATIENCE_NANOS) {
            return false;
        }
        askedAt = now;
        if (HotSpotMethods.AVAILABLE) {
            boolean compiled = HotSpotMethods.isCompiled(code.getClass(), "run");
            if (!compiled && requests < MOST_REQUESTS) {
                call();
            }
            return compiled;
        }
        return call() < interpretedNanos / FASTER || now - begun > LONGEST_WAIT_NANOS;
    }

    /// Calls the code many times with the hart at a pc where no region starts, so that the calls do nothing.
    /// @return the duration
    private long call() {
        requests++;
        long at = hart.pc;
        hart.pc = NOWHERE;
        long start = System.nanoTime();
        for (int k = 0; k < CALLS_TO_COMPILE; k++) {
            code.run();
        }
        long end = System.nanoTime();
        hart.pc = at;
        return end - start;
    }
}
