// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.options.ModelName;

/// A test of each of [Models#names], by name.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@ParameterizedTest(name = "{0}")
@MethodSource("org.penumbra.paging.Models#names")
public @interface EveryModel {

    /// What several tests know of each model. A switch without a default, so that a new model does not compile before
    /// somebody has answered for it.
    final class Facts {
        private Facts() {
        }

        /// Whether fences end in the fast path, without an exit.
        static boolean fencesInFastPath(String model) {
            return switch (ModelName.of(model)) {
                case NATIVE, TSP, TSP_UNSYNC, HAP, AGILE, FLAT, PVM -> false;
                case SSP, LSP, ASP, MSP -> true;
            };
        }
    }
}
