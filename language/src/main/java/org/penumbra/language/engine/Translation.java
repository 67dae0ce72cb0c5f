// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import org.penumbra.hart.Hart;
import org.penumbra.language.translator.TranslatedCode;

/// A region as bytecode that HotSpot's compilers take up.
///
/// The JVM's interpreter takes thirty times as long for it as ours for the guest's code, so it is not entered before it has
/// been compiled, by the first compiler as a rule.
final class Translation implements CompiledCode {
    /// Calls that pass HotSpot's threshold for its first compiler (Tier3InvocationThreshold, 200, looked at every 128 calls)
    /// when its queue is short; ten microseconds.
    static final int CALLS_TO_COMPILE = 256;
    /// How often to call so many times again, should the threshold have been raised for a long queue.
    private static final int MOST_REQUESTS = 16;
    /// Time between two questions.
    private static final long PATIENCE_NANOS = 500_000;
    /// Without the JVM's answer: the share of the time of the first calls, which were interpreted, that compiled ones take at
    /// most, and after how long it is taken for compiled anyway.
    private static final int FASTER = 3;
    private static final long LONGEST_WAIT_NANOS = 200_000_000;
    private static final long NOWHERE = -1;

    private final Hart hart;
    private final TranslatedCode code;
    private final long begun = System.nanoTime();
    private boolean ready;
    private int requests;
    private long askedAt;
    /// What the first calls took.
    private long interpretedNanos;

    /// @param atOnce whether it may be entered before it is compiled: for tests
    Translation(Hart hart, TranslatedCode code, boolean atOnce) {
        this.hart = hart;
        this.code = code;
        this.ready = atOnce;
    }

    @Override
    public void request() {
        if (!ready) {
            interpretedNanos = call();
            askedAt = System.nanoTime();
        }
    }

    @Override
    public boolean isReady() {
        if (ready) {
            return true;
        }
        long now = System.nanoTime();
        if (now - askedAt < PATIENCE_NANOS) {
            return false;
        }
        askedAt = now;
        if (HotSpotMethods.AVAILABLE) {
            ready = HotSpotMethods.isCompiled(code.getClass(), "run");
            if (!ready && requests < MOST_REQUESTS) {
                call();
            }
        } else {
            ready = call() < interpretedNanos / FASTER || now - begun > LONGEST_WAIT_NANOS;
        }
        return ready;
    }

    /// Calls the code often, with the hart where no region starts, so that nothing is done.
    /// @return how long that takes
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

    @Override
    public boolean run() {
        code.run();
        return true;
    }
}
