// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.io.PrintStream;
import org.junit.jupiter.api.Test;

/// The run that the start-up cache is made from. A build goes on without it, so that only this notices when it breaks.
class TrainingTest {

    @Test
    void theTrainingRunsToItsEnd() {
        PrintStream out = System.out;
        try {
            assertDoesNotThrow(() -> Training.main(new String[0]));
        } finally {
            System.setOut(out);
        }
    }
}
