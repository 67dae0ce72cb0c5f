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
    private static final int VISITS = 64;
    /// Instructions after which a visit may end: those of a loop would take the JVM's interpreter long.
    private static final int VISIT = 400;
    /// Entries between two checks whether C2 is done.
    private static final int PATIENCE = 64;

    private final Hart hart;
    private final int size;
    private TranslatedCode code;
    private final Method method;
    private boolean ready;
    /// The form that will replace `code`, or null.
    private TranslatedCode next;
    private Method nextMethod;
    private int visits;
    private int entries;

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

    /// Starts the change to another form of the same region.
    void improve(TranslatedCode optimised) {
        next = optimised;
        nextMethod = method(optimised);
        visits = VISITS;
        HotSpotCompilers.profile(nextMethod);
    }

    @Override
    public boolean run() {
        if (next != null && changing()) {
            return true;
        }
        code.run();
        return true;
    }

    /// @return whether the region has been run
    private boolean changing() {
        if (visits > 0) {
            visit();
            if (--visits == 0) {
                HotSpotCompilers.request(nextMethod, HotSpotCompilers.SECOND);
            }
            return true;
        }
        if (++entries % PATIENCE == 0 && HotSpotCompilers.isCompiled(nextMethod, HotSpotCompilers.SECOND)) {
            code = next;
            next = null;
        }
        return false;
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
