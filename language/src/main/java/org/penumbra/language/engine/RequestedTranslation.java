// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.lang.reflect.Method;
import org.penumbra.hart.Hart;
import org.penumbra.language.translator.TranslatedCode;

/// A region as bytecode that HotSpot's compilers compile on request: first in its quick form by C1, later, if it runs
/// long enough, in its optimised form by C2.
///
/// C2 goes by a profile. The JVM's interpreter gathers it in short visits, in place of entries to the quick form.
final class RequestedTranslation implements CompiledCode {
    /// Visits of the JVM's interpreter to the optimised form. C2 regards branches with less than forty executions as
    /// not profiled.
    static final int VISITS = 64;
    /// Instructions per TLB miss from which the optimised form is the faster one: a miss there costs the time of some
    /// hundred.
    private static final int SELDOM = 1000;
    /// Instructions after which a visit may end: those of a loop would take the JVM's interpreter long.
    private static final int VISIT = 400;

    private final Hart hart;
    private final int size;
    private TranslatedCode code;
    private final Method method;
    private boolean ready;
    private Stage stage = Stage.QUICK;
    /// The form not in use: that to change to, then that to go back to; null if there is none.
    private TranslatedCode other;
    private Method optimisedMethod;
    private int visits;

    /// Which form is in use.
    private enum Stage {
        /// The quick one.
        QUICK,
        /// The quick one, until the optimised one is compiled.
        CHANGING,
        /// The optimised one, not known to be right.
        TRIED,
        /// One that stays.
        LAST
    }

    /// @param quick the region in its quick form
    /// @param size  of the region, in instructions
    RequestedTranslation(Hart hart, TranslatedCode quick, int size) {
        this.hart = hart;
        this.size = size;
        this.code = quick;
        this.method = method(quick);
    }

    private static Method method(TranslatedCode code) {
        try {
            return code.getClass().getDeclaredMethod("run");
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void request() {
        HotSpotCompilers.request(method, HotSpotCompilers.FIRST);
    }

    @Override
    public boolean isReady() {
        if (!ready) {
            ready = HotSpotCompilers.isCompiled(method, HotSpotCompilers.FIRST);
        }
        return ready;
    }

    /// Starts the change to the optimised form of the same region.
    ///
    /// @param optimised null if there is none
    void improve(TranslatedCode optimised) {
        stage = optimised == null ? Stage.LAST : Stage.CHANGING;
        if (optimised != null) {
            other = optimised;
            optimisedMethod = method(optimised);
            visits = VISITS;
            HotSpotCompilers.profile(optimisedMethod);
        }
    }

    /// Whether the change has been started and is not complete.
    boolean isImproving() {
        return stage == Stage.CHANGING;
    }

    /// Whether the optimised form is in use, and not known to be right.
    boolean isImproved() {
        return stage == Stage.TRIED;
    }

    /// Whether its form is the last one.
    boolean isLast() {
        return stage == Stage.LAST;
    }

    /// Completes the change if C2 is done.
    /// @return whether it is complete
    boolean completes() {
        if (isImproving() && visits == 0 && HotSpotCompilers.isCompiled(optimisedMethod, HotSpotCompilers.SECOND)) {
            TranslatedCode quick = code;
            code = other;
            other = quick;
            stage = Stage.TRIED;
        }
        return isImproved();
    }

    /// Decides whether the optimised form is right for the region. It is left on each TLB miss, so a region that misses
    /// often goes back to its quick form.
    ///
    /// @param instructions executed in the optimised form
    /// @return whether it goes back
    boolean retreats(long instructions) {
        boolean often = code.misses > instructions / SELDOM;
        if (often) {
            code = other;
        }
        other = null;
        stage = Stage.LAST;
        return often;
    }

    @Override
    public TranslatedCode direct() {
        return ready && visits == 0 ? code : null;
    }

    @Override
    public boolean run() {
        if (visits == 0) {
            code.run();
        } else {
            visit();
            if (--visits == 0) {
                HotSpotCompilers.request(optimisedMethod, HotSpotCompilers.SECOND);
            }
        }
        return true;
    }

    /// Runs the optimised form in the JVM's interpreter, with a small budget: a region is left where its loops find too
    /// little.
    private void visit() {
        long rest = hart.setAside(Math.min(hart.remaining, size + VISIT));
        other.run();
        hart.giveBack(rest);
    }
}
