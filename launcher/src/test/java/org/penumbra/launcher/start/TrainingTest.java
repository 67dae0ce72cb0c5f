// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.start;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.io.InputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

/// The run that the start-up cache is made from. A build goes on without it, so that only this notices when it breaks.
class TrainingTest {

    @Test
    void theTrainingRunsToItsEnd() {
        PrintStream out = System.out;
        InputStream in = System.in;
        System.setIn(InputStream.nullInputStream()); // the guest would read on there, in place of the runner of the tests
        try {
            assertDoesNotThrow(() -> Training.main(new String[0]));
        } finally {
            System.setOut(out);
            System.setIn(in);
        }
    }
}
