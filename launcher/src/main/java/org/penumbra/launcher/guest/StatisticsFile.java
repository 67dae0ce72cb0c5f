// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.graalvm.polyglot.Value;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

/// Statistics of a machine as JSON.
public final class StatisticsFile {

    private StatisticsFile() {
    }

    /// Checks whether files can be written, before anything that takes long.
    ///
    /// @param files some of which may be null
    /// @throws Failure 73 if one cannot
    public static void check(Path... files) {
        for (Path file : files) {
            if (file != null && (Files.isDirectory(file)
                    || !Files.isWritable(Files.exists(file) ? file : file.toAbsolutePath().getParent()))) {
                throw new Failure(ExitStatus.CANNOT_WRITE, file + ": cannot be written");
            }
        }
    }

    /// @throws Failure 73 when the file cannot be written
    public static void write(Path file, JsonElement results) {
        var builder = new GsonBuilder().setPrettyPrinting();
        if (results.isJsonObject()) {
            builder.serializeNulls().serializeSpecialFloatingPointValues();
        }
        write(file, builder.create().toJson(results) + "\n");
    }

    /// @throws Failure 73 when the file cannot be written
    public static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new Failure(ExitStatus.CANNOT_WRITE, file + ": cannot be written (" + e.getMessage() + ")");
        }
    }

    /// Writes several files; if one cannot be written, the others still are.
    ///
    /// @param writes one action per file; null for a file that is not wanted
    /// @throws Failure the first one's
    public static void writeAll(Runnable... writes) {
        Failure first = null;
        for (Runnable write : writes) {
            try {
                if (write != null) {
                    write.run();
                }
            } catch (Failure e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /// Checks whether all output has been accepted.
    ///
    /// @param out standard output, or a stream in its place
    /// @throws Failure if not: 141 if the reader has closed the pipe, else 73
    public static void requireWritten(PrintStream out) {
        if (!out.checkError()) {
            return;
        }
        String reason = "";
        try {
            if (out == System.out) {
                new FileOutputStream(FileDescriptor.out).write('\n'); // the stream does not report the reason
            }
        } catch (IOException e) {
            reason = e.getMessage();
        }
        throw reason.equals("Broken pipe") ? new Failure(ExitStatus.OUTPUT_CLOSED, "the reader of the results has gone")
                : new Failure(ExitStatus.CANNOT_WRITE, "standard output cannot be written (" + reason + ")");
    }

    /// The same object as JSON. Integers stay integers.
    public static JsonObject of(Value object) {
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
