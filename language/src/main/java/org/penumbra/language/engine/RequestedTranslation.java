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
    /// Whether no other form will replace `code`.
    private boolean last;
    /// The quick form, once the optimised form has replaced it; else null.
    private TranslatedCode quick;
    /// The form that will replace `code`, or null.
    private TranslatedCode next;
    private Method nextMethod;
    private int visits;

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
        last = optimised == null;
        if (!last) {
            next = optimised;
            nextMethod = method(optimised);
            visits = VISITS;
            HotSpotCompilers.profile(nextMethod);
        }
    }

    /// Whether the optimised form is in use, and not known to be right.
    boolean isImproved() {
        return quick != null;
    }

    /// Whether the change has been started.
    boolean isImproving() {
        return next != null;
    }

    /// Whether its form is the last one.
    boolean isLast() {
        return last;
    }

    /// Completes the change if C2 is done.
    /// @return whether it is complete
    boolean completes() {
        if (quick == null && visits == 0 && HotSpotCompilers.isCompiled(nextMethod, HotSpotCompilers.SECOND)) {
            quick = code;
            code = next;
        }
        return quick != null;
    }

    /// Decides whether the optimised form is right for the region. It is left on each TLB miss, so a region that misses
    /// often goes back to its quick form.
    ///
    /// @param instructions executed in the optimised form
    /// @return whether it goes back
    boolean retreats(long instructions) {
        last = true;
        boolean often = code.misses > instructions / SELDOM;
        if (often) {
            code = quick;
        }
        quick = null;
        next = null;
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
                HotSpotCompilers.request(nextMethod, HotSpotCompilers.SECOND);
            }
        }
        return true;
    }

    /// Runs the next form in the JVM's interpreter, with a small budget: a region is left where its loops find too
    /// little.
    private void visit() {
        long rest = Math.max(0, hart.remaining - size - VISIT);
        hart.deadline -= rest;
        hart.remaining -= rest;
        next.run();
        hart.deadline += rest;
        hart.remaining += rest;
    }
}
