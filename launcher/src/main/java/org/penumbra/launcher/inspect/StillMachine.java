// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.inspect;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.IOAccess;
import org.graalvm.polyglot.proxy.ProxyHashMap;
import org.penumbra.format.SnapshotMark;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.Guest;

/// A machine that is only looked at, from an image or a snapshot.
final class StillMachine implements AutoCloseable {
    private static final String MEMORY = "1G";

    private final Context context;
    private final Value machine;

    private StillMachine(Context context, Value machine) {
        this.context = context;
        this.machine = machine;
    }

    /// @param raw whether any file is taken as instructions
    /// @throws Failure 65 for a bad image, 66 for a file that is not there
    static StillMachine of(Path file, boolean raw) {
        Context context = Context.newBuilder("riscv").allowExperimentalOptions(true).allowIO(IOAccess.ALL)
                .option("engine.WarnInterpreterOnly", "false").option("riscv.engine", "interpreter").build();
        try {
            Value penumbra = context.eval("riscv", "penumbra");
            return new StillMachine(context, isSnapshot(file) ? penumbra.invokeMember("load", file.toString())
                    : penumbra.invokeMember("machine", ProxyHashMap.from(Map.of("image", file.toString(), "memory",
                            MEMORY, "raw", raw))));
        } catch (PolyglotException e) {
            // Before the context is closed, after which the exception tells of a cancelled one.
            var failure = Guest.failure(e);
            context.close(true);
            throw failure;
        }
    }

    private static boolean isSnapshot(Path file) {
        return SnapshotMark.starts(Guest.head(file, SnapshotMark.LENGTH));
    }

    Value value() {
        return machine;
    }

    /// The address that a text names: a number or a symbol.
    ///
    /// @throws Failure 64 if it names none
    long address(String text) {
        try {
            return machine.invokeMember("address", text).asLong();
        } catch (PolyglotException e) {
            throw Guest.failure(e);
        }
    }

    /// Names of the functions by address.
    Map<Long, String> functions() {
        Map<Long, String> functions = new TreeMap<>(Long::compareUnsigned);
        Value all = machine.getMember("functions");
        for (long i = 0; i < all.getArraySize(); i++) {
            Value function = all.getArrayElement(i);
            functions.put(function.getMember("address").asLong(), function.getMember("name").asString());
        }
        return functions;
    }

    @Override
    public void close() {
        context.close(true);
    }
}
