// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.lang.reflect.Method;
import org.penumbra.hart.Hart;
import org.penumbra.language.translator.CodeForm;
import org.penumbra.language.translator.TranslatedCode;

/// A region in its optimised form, which C2 compiles on request.
///
/// C2 goes by a profile. The JVM's interpreter gathers it in short visits, in place of entries to the region that this
/// one is to replace.
final class OptimisedTranslation extends HotSpotCode {
    /// Visits of the JVM's interpreter. C2 regards branches with less than forty executions as not profiled.
    static final int VISITS = 44;
    /// Instructions per TLB miss from which this form is the faster one: a miss, on which it is left, costs the time of
    /// some hundred.
    private static final int SELDOM = 1000;
    /// Instructions after which a visit may end: those of a loop would take the JVM's interpreter long.
    private static final int VISIT = 100;

    private final Hart hart;
    private final int size;
    private final Method method;
    private int visits = VISITS;

    /// @param code of form [CodeForm#OPTIMISED]
    /// @param size of the region, in instructions
    OptimisedTranslation(Hart hart, TranslatedCode code, int size) {
        super(code, false);
        this.hart = hart;
        this.size = size;
        this.method = HotSpotCompilers.method(code);
    }

    @Override
    public void request() {
        HotSpotCompilers.profile(method);
    }

    @Override
    boolean isCompiled() {
        return visits == 0 && HotSpotCompilers.isCompiled(method, HotSpotCompilers.SECOND);
    }

    /// Whether visits are due.
    boolean wantsVisits() {
        return visits > 0;
    }

    /// Runs it in the JVM's interpreter, with a small budget: a region is left where its loops find too little.
    void visit() {
        long rest = hart.setAside(Math.min(hart.remaining, size + VISIT));
        code.run();
        hart.giveBack(rest);
        if (--visits == 0) {
            HotSpotCompilers.request(method, HotSpotCompilers.SECOND);
        }
    }

    /// Whether it misses the TLB so often that the quick form is faster.
    ///
    /// @param instructions executed so far
    boolean missesOften(long instructions) {
        return code.misses > instructions / SELDOM;
    }
}
