// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.graalvm.polyglot.proxy.ProxyObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.launcher.cli.Failure;

final class StatisticsFileTest {

    private static ProxyObject object(Map<String, Object> members) {
        return ProxyObject.fromMap(new TreeMap<>(members));
    }

    @Test
    void nestedObjectsBecomeJson() {
        try (Context context = Context.newBuilder().option("engine.WarnInterpreterOnly", "false").build()) {
            JsonObject json = StatisticsFile.of(context.asValue(object(Map.of(
                    "model", "native",
                    "instructions", Long.MAX_VALUE,
                    "hostSeconds", 1.25,
                    "harts", ProxyArray.fromArray(object(Map.of("id", 0)), object(Map.of("id", 1))),
                    "tlb", object(Map.of("misses", 3, "entries", 1024))))));
            assertEquals("{\"harts\":[{\"id\":0},{\"id\":1}],\"hostSeconds\":1.25,\"instructions\":9223372036854775807,\"model\":\"native\","
                    + "\"tlb\":{\"entries\":1024,\"misses\":3}}", json.toString());
        }
    }

    @Test
    void fileEndsWithANewline(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("s.json");
        JsonObject json = new JsonObject();
        json.addProperty("instructions", 5);
        StatisticsFile.write(file, json);
        assertEquals("{\n  \"instructions\": 5\n}\n", Files.readString(file));
    }

    @Test
    void unwritableFileIsStatus73(@TempDir Path directory) {
        Failure failure = assertThrows(Failure.class,
                () -> StatisticsFile.write(directory.resolve("no/such/s.json"), new JsonObject()));
        assertEquals(73, failure.status());
    }
}
