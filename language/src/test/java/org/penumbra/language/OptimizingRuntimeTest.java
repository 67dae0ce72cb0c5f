// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.oracle.truffle.api.CallTarget;
import com.oracle.truffle.api.CompilerDirectives;
import com.oracle.truffle.api.Truffle;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.nodes.RootNode;
import org.graalvm.polyglot.Context;
import org.junit.jupiter.api.Test;

/// The tests run on the optimizing Truffle runtime: falling back to the interpreter is only a warning, and would
/// leave everything about compiled code untested.
final class OptimizingRuntimeTest {

    @Test
    void testsRunOnTheOptimizingRuntime() {
        assertEquals("HotSpotTruffleRuntime", Truffle.getRuntime().getClass().getSimpleName());
    }

    @Test
    void whatIsCalledOftenGetsCompiled() {
        try (Context context = Context.newBuilder().allowExperimentalOptions(true)
                .option("engine.BackgroundCompilation", "false").option("engine.CompilationFailureAction", "Throw")
                .option("engine.CompileImmediately", "true").build()) {
            context.initialize(RiscvLanguage.ID);
            context.enter();
            CallTarget target = new RootNode(null) {
                @Override
                public Object execute(VirtualFrame frame) {
                    return CompilerDirectives.inCompiledCode();
                }
            }.getCallTarget();
            boolean compiled = false;
            for (int i = 0; i < 10 && !compiled; i++) {
                compiled = (boolean) target.call();
            }
            assertTrue(compiled, "ten calls under engine.CompileImmediately and still interpreted");
            context.leave();
        }
    }
}
