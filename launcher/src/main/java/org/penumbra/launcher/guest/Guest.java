// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.graalvm.polyglot.io.IOAccess;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Versions;

/// One machine with an image loaded, through the polyglot API. All its errors are thrown as [Failure].
public final class Guest implements AutoCloseable {

    private static final String LANGUAGE = "riscv";
    private static final String MIME_TYPE = "application/x-riscv-elf";
    private static final long MAX_IMAGE = 1L << 30;

    private final Engine engine;
    private final Context context;
    private final Value machine;
    /// Whether the process is ending.
    private volatile boolean ending;

    private Guest(Engine engine, Context context, Value machine) {
        this.engine = engine;
        this.context = context;
        this.machine = machine;
    }

    /// Builds a machine and loads the image.
    ///
    /// @param name of the image, for messages
    /// @throws Failure 64 for an option the language refuses, 65 for a bad image
    public static Guest load(String name, byte[] image, Map<String, String> options, InputStream in, OutputStream out,
            PrintStream err) {
        Engine engine;
        Context context;
        try {
            context = MachineOptions.context(() -> Context.newBuilder(LANGUAGE).allowExperimentalOptions(true)
                    .allowIO(IOAccess.ALL).allowCreateThread(true).in(in).out(out).err(err)
                    .logHandler(new EngineLog(err)), options);
            engine = context.getEngine();
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitStatus.USAGE, firstLine(e.getMessage()));
        }
        try {
            Source source = Source.newBuilder(LANGUAGE, ByteSequence.create(image), name).mimeType(MIME_TYPE).build();
            return new Guest(engine, context, context.eval(source));
        } catch (PolyglotException e) {
            Failure failure = failure(e);
            close(context);
            throw failure;
        } catch (IOException e) {
            throw new AssertionError("a source of bytes reads no file", e);
        }
    }

    /// Runs the guest until it exits.
    ///
    /// @return its exit status
    public int run() {
        try {
            return ExitStatus.ofGuest(machine.invokeMember("run").asInt());
        } catch (PolyglotException e) {
            if (e.isExit()) {
                return e.getExitStatus();
            }
            throw failure(e);
        }
    }

    /// Makes [#run], in another thread, end with [ExitStatus#INTERRUPTED], as the process ends. Statistics are
    /// available afterwards.
    ///
    /// @return false if it did not end within the limit
    boolean interrupt(Duration limit) {
        ending = true;
        try {
            context.interrupt(limit);
            return true;
        } catch (TimeoutException _) {
            return false;
        }
    }

    /// The machine's statistics so far, an object of numbers, strings and such objects.
    public Value statistics() {
        return machine.getMember("statistics");
    }

    /// Tells the guest, while it runs in another thread, the size of the terminal that shows its console.
    public void resize(int columns, int rows) {
        machine.invokeMember("resize", columns, rows);
    }

    /// Receives how writing a snapshot went.
    @FunctionalInterface
    public interface Saved {
        /// @param bytes of the file
        /// @param failed a line about what went wrong, or null
        void told(long bytes, String failed);
    }

    /// Writes a snapshot, soon if the guest runs, which then continues. May be called on any thread.
    ///
    /// @param told called, on the guest's thread if it runs, when it has been written or could not be
    public void save(Path file, Saved told) {
        machine.invokeMember("save", file.toString(), (ProxyExecutable) result -> {
            if (result[0].isString()) {
                told.told(0, result[0].asString());
            } else {
                told.told(result[0].asLong(), null);
            }
            return null;
        });
    }

    /// Passes the statistics to a listener: soon, on the guest's thread, if it runs. May be called on any thread.
    public void look(Consumer<Value> listener) {
        machine.invokeMember("look", (ProxyExecutable) statistics -> {
            listener.accept(statistics[0]);
            return null;
        });
    }

    /// Lets gdb connect to a port.
    ///
    /// @return the port, another one if gdb could connect already
    /// @throws Failure 64 if it cannot be had
    public int listen(int port) {
        return told("gdb", port).asInt();
    }

    /// Adds symbols of an ELF file or a System.map.
    ///
    /// @throws Failure 65 or 66 if there are none
    public void addSymbols(Path file) {
        told("addSymbols", file.toString());
    }

    /// Begins to sample where the guest is.
    public void profile() {
        machine.invokeMember("profile");
    }

    /// Writes what has been sampled.
    ///
    /// @throws Failure 73 if it cannot be written
    public void writeProfile(Path file) {
        told("profile", file.toString());
    }

    /// Calls a function of the machine.
    private Value told(String function, Object argument) {
        try {
            return machine.invokeMember(function, argument);
        } catch (PolyglotException e) {
            throw failure(e);
        }
    }

    public Engine engine() {
        return engine;
    }

    /// Prints a notice if guest code is compiled by the JVM's own compilers only.
    public static void warnWithoutCompiler(Engine engine, PrintStream err) {
        if (!Versions.isOptimizing(engine)) {
            err.println("penumbra: this Java has no Graal compiler, without which some guest code is slower");
        }
    }

    /// Ends the guest and releases its memory. Not needed when the process ends: Truffle then flushes the engine's
    /// log itself, and prints stack traces if it is closed at the same time.
    @Override
    public void close() {
        if (!ending) {
            close(context);
        }
    }

    private static void close(Context context) {
        try {
            context.close(true);
        } catch (PolyglotException _) {
            // The outcome is already known.
        }
    }

    /// Reads an image from a file.
    ///
    /// @throws Failure 65 for one that is far too large, 66 for one that cannot be read
    public static byte[] read(Path image) {
        try {
            if (Files.isDirectory(image)) {
                throw new Failure(ExitStatus.NO_INPUT, image + ": is a directory");
            }
            if (Files.size(image) > MAX_IMAGE) {
                throw new Failure(ExitStatus.BAD_IMAGE, image + ": larger than 1 GiB");
            }
            return Files.readAllBytes(image);
        } catch (IOException e) {
            throw unreadable(image, e);
        }
    }

    /// The first bytes of a file, or all of a shorter one.
    ///
    /// @throws Failure 66 for one that cannot be read
    public static byte[] head(Path file, int length) {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(length);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static Failure unreadable(Path file, IOException e) {
        return new Failure(ExitStatus.NO_INPUT, file + (e instanceof NoSuchFileException ? ": no such file"
                : ": cannot be read (" + e.getMessage() + ")"));
    }

    public static Failure failure(PolyglotException e) {
        if (e.isCancelled() || e.isInterrupted()) {
            return new Failure(ExitStatus.INTERRUPTED, "interrupted");
        }
        if (e.isResourceExhausted()) {
            return new Failure(ExitStatus.INTERNAL, "the host ran out of memory or stack");
        }
        if (e.isInternalError() || e.isHostException()) {
            return Failure.of(e);
        }
        Value error = e.getGuestObject();
        int status = error != null && error.hasMember("exitStatus")
                ? error.getMember("exitStatus").asInt()
                : ExitStatus.INTERNAL;
        return new Failure(status, firstLine(e.getMessage()));
    }

    private static String firstLine(String text) {
        return text == null ? "unknown problem" : text.lines().findFirst().orElse("");
    }
}
