// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.oracle.truffle.api.Truffle;
import org.junit.jupiter.api.Test;

/// The tests run on the optimizing Truffle runtime: falling back to the interpreter is only a warning, and would
/// leave everything about compiled code untested.
final class OptimizingRuntimeTest {

    @Test
    void testsRunOnTheOptimizingRuntime() {
        assertEquals("HotSpotTruffleRuntime", Truffle.getRuntime().getClass().getSimpleName());
    }
}
