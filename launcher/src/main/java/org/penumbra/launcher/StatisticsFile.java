// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.graalvm.polyglot.Value;

/// Statistics of a machine as JSON.
final class StatisticsFile {

    private StatisticsFile() {
    }

    /// Sees whether files can be written before anything is done that takes long.
    ///
    /// @param files some of which may be null
    /// @throws Failure 73 when one cannot
    static void check(Path... files) {
        for (Path file : files) {
            if (file != null && (Files.isDirectory(file)
                    || !Files.isWritable(Files.exists(file) ? file : file.toAbsolutePath().getParent()))) {
                throw new Failure(ExitStatus.CANNOT_WRITE, file + ": cannot be written");
            }
        }
    }

    /// @throws Failure 73 when the file cannot be written
    static void write(Path file, JsonObject statistics) {
        write(file, new GsonBuilder().setPrettyPrinting().serializeNulls().serializeSpecialFloatingPointValues().create()
                .toJson(statistics) + "\n");
    }

    /// @throws Failure 73 when the file cannot be written
    static void write(Path file, JsonArray results) {
        write(file, new GsonBuilder().setPrettyPrinting().create().toJson(results) + "\n");
    }

    /// @throws Failure 73 when the file cannot be written
    static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new Failure(ExitStatus.CANNOT_WRITE, file + ": cannot be written (" + e.getMessage() + ")");
        }
    }

    /// The same object in JSON's terms. Whole numbers stay whole.
    static JsonObject of(Value object) {
        JsonObject json = new JsonObject();
        for (String name : object.getMemberKeys()) {
            json.add(name, element(object.getMember(name)));
        }
        return json;
    }

    private static JsonElement element(Value value) {
        if (value.isNull()) {
            return JsonNull.INSTANCE;
        } else if (value.isBoolean()) {
            return new JsonPrimitive(value.asBoolean());
        } else if (value.isString()) {
            return new JsonPrimitive(value.asString());
        } else if (value.fitsInLong()) {
            return new JsonPrimitive(value.asLong());
        } else if (value.fitsInDouble()) {
            return new JsonPrimitive(value.asDouble());
        } else if (value.hasArrayElements()) {
            JsonArray array = new JsonArray();
            for (long i = 0; i < value.getArraySize(); i++) {
                array.add(element(value.getArrayElement(i)));
            }
            return array;
        }
        return of(value);
    }
}
