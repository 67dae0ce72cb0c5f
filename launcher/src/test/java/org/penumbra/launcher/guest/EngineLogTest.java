// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

final class EngineLogTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final EngineLog log = new EngineLog(new PrintStream(bytes, true, StandardCharsets.UTF_8));

    private void publish(String message) {
        LogRecord entry = new LogRecord(Level.INFO, message);
        entry.setLoggerName("engine");
        log.publish(entry);
    }

    @Test
    void compilationFailureIsOneLineWithoutItsStackTrace() {
        publish("opt fail         id=7     region 0x80000000  |AST  12\nBailout: graph too big\n  at some.Class.method\n  at another");
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertEquals(1, text.lines().count(), text);
        assertTrue(text.startsWith("penumbra: warning: "), text);
        assertTrue(text.contains("region 0x80000000") && text.contains("graph too big") && !text.contains("some.Class"), text);
    }

    @Test
    void manyFailuresAreNotAFlood() {
        for (int i = 0; i < 100; i++) {
            publish("opt fail region " + i);
        }
        assertEquals(4, bytes.toString(StandardCharsets.UTF_8).lines().count());
    }
}
