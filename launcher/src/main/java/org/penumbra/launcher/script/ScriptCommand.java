// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.script;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.SourceSection;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.FileSystem;
import org.graalvm.polyglot.io.IOAccess;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.penumbra.launcher.cli.EndHook;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.EngineLog;
import org.penumbra.launcher.guest.Guest;
import org.penumbra.launcher.guest.MachineOptions;
import org.penumbra.launcher.linux.DebianFiles;
import org.penumbra.launcher.terminal.Console;
import org.penumbra.options.EngineMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `penumbra script`: drives machines from JavaScript or Python.
@Command(name = "script", sortOptions = false, mixinStandardHelpOptions = false,
        description = "Run a script in JavaScript or Python that drives machines through the object 'penumbra'.%n",
        footer = {
            "",
            "JavaScript and Python are fetched on first use, through Maven, into the user's cache directory.",
            "A script sees the machines it makes, files below its own and the current directory, and what the",
            "options name; nothing else of this computer.",
            "",
            "Examples:",
            "  penumbra script boot.js",
            "  penumbra script --write . faults.py -- firmware.elf 44",
            "",
            "In boot.js:",
            "  const m = penumbra.machine({ kernel: 'debian', memory: '512M' })",
            "  m.console.expect('~ #')",
            "  m.console.send('uname -a\\n')",
            "  console.log(m.console.expect('~ #'), m.harts[0].hex.pc)",
            "",
            "Exit status: 0, or what the script exits with; 1 for an error in the script, 64 to 75 for one that",
            "a machine reports, as those of run; 66 where the script or its language cannot be had."})
public final class ScriptCommand implements Callable<Integer> {

    private static final int SCRIPT_ERROR = 1;
    private static final String OBJECT = "penumbra";

    @Option(names = "--read", paramLabel = "DIR", description =
            "A directory that the script may read (may be repeated).")
    private List<Path> readable = new ArrayList<>();

    @Option(names = "--write", paramLabel = "DIR", description =
            "A directory that the script may write to (may be repeated).")
    private List<Path> writable = new ArrayList<>();

    @Option(names = "--allow-all", description = "Let the script do what you may: files, processes, network, Java.")
    private boolean allowAll;

    @Option(names = "--option", paramLabel = "KEY=VALUE", description = "Set an option of the polyglot engine.")
    private Map<String, String> polyglotOptions = new LinkedHashMap<>();

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    @Parameters(index = "0", paramLabel = "FILE", description = "The script: .js, .mjs or .py.")
    private Path file;

    @Parameters(index = "1..*", paramLabel = "ARGS", arity = "0..*", description = "Arguments of the script, after --.")
    private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        PrintStream err = System.err;
        ScriptLanguages.Language language = ScriptLanguages.of(file);
        byte[] text = Guest.read(file);
        ScriptLanguages.use(language, err);
        Console out = Console.standardOutput();
        EndHook flush = new EndHook("flush", out::flushAtEnd);
        try (Context context = context(language, out, err); var guests = new ScriptGuests(err)) {
            return run(context, language, new String(text, StandardCharsets.UTF_8), guests);
        } catch (IOException e) {
            throw new Failure(ExitStatus.NO_INPUT, e.getMessage() + ": is no directory that can be read");
        } finally {
            flush.remove();
            out.finish();
        }
    }

    private Context context(ScriptLanguages.Language language, Console out, PrintStream err) throws IOException {
        Map<String, String> options = MachineOptions.polyglot(EngineMode.DEFAULT);
        options.remove("engine.MultiTier"); // scripts are not guest code
        options.putAll(polyglotOptions);
        List<Path> reads = new ArrayList<>(readable);
        reads.add(Path.of(""));
        reads.add(file.toAbsolutePath().getParent());
        Path cache = DebianFiles.userCache();
        if (Files.isDirectory(cache)) {
            reads.add(cache);
        }
        reads.add(Path.of(System.getProperty("java.io.tmpdir")));
        IOAccess io = allowAll ? IOAccess.ALL : IOAccess.newBuilder()
                .fileSystem(FileSystem.allowInternalResourceAccess(ScriptFiles.of(reads, writable))).build();
        try {
            return MachineOptions.context(() -> {
                Context.Builder builder = Context.newBuilder("riscv", language.id).allowExperimentalOptions(true)
                        .in(InputStream.nullInputStream()).out(out).err(err).logHandler(new EngineLog(err))
                        .arguments(language.id, scriptArguments(language));
                return (allowAll ? builder.allowAllAccess(true) : builder.allowPolyglotAccess(PolyglotAccess.ALL))
                        .allowIO(io);
            }, options);
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitStatus.USAGE, e.getMessage().lines().findFirst().orElse("wrong option"));
        }
    }

    /// In Python, the first argument is the script.
    private String[] scriptArguments(ScriptLanguages.Language language) {
        List<String> all = new ArrayList<>(arguments);
        if (language == ScriptLanguages.Language.PYTHON) {
            all.addFirst(file.toString());
        }
        return all.toArray(String[]::new);
    }

    private int run(Context context, ScriptLanguages.Language language, String text, ScriptGuests guests) {
        try {
            context.getPolyglotBindings().putMember("penumbra.guests", (ProxyExecutable) guests::options);
            Value object = context.eval("riscv", OBJECT);
            if (language == ScriptLanguages.Language.PYTHON) {
                object = context.eval(source(language, "penumbra.py", prelude(), null)).execute(object);
            }
            context.getBindings(language.id).putMember(OBJECT, object);
            context.eval(source(language, file.toString(), text,
                    language == ScriptLanguages.Language.JAVASCRIPT ? "application/javascript+module" : null));
            return ExitStatus.OK;
        } catch (PolyglotException e) {
            return status(e);
        }
    }

    private static Source source(ScriptLanguages.Language language, String name, String text, String type) {
        try {
            return Source.newBuilder(language.id, text, name).mimeType(type).build();
        } catch (IOException e) {
            throw new AssertionError("a source of text reads no file", e);
        }
    }

    private static String prelude() {
        try (InputStream in = ScriptCommand.class.getResourceAsStream("penumbra.py")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError("it is in our own jar", e);
        }
    }

    /// The exit status, or a failure that says what is wrong, and where in the script.
    private int status(PolyglotException e) {
        if (e.isExit()) {
            return e.getExitStatus();
        }
        Value error = e.getGuestObject();
        Failure failure = Guest.failure(e);
        if (e.isInternalError() || e.isCancelled() || e.isInterrupted() || e.isResourceExhausted()) {
            throw failure;
        }
        boolean ours = error != null && error.hasMember("exitStatus") && error.getMember("exitStatus").fitsInInt();
        throw new Failure(ours ? failure.status() : SCRIPT_ERROR, place(e) + failure.getMessage());
    }

    /// The innermost line of the script that led to an error.
    private String place(PolyglotException e) {
        SourceSection section = e.getSourceLocation();
        if (section == null || !section.getSource().getName().equals(file.toString())) {
            section = null;
            for (PolyglotException.StackFrame frame : e.getPolyglotStackTrace()) {
                SourceSection at = frame.isGuestFrame() ? frame.getSourceLocation() : null;
                if (at != null && at.getSource().getName().equals(file.toString())) {
                    section = at;
                    break;
                }
            }
        }
        // Python reports the whole module as the location of its errors.
        boolean exact = section != null && section.hasLines() && section.getStartLine() == section.getEndLine();
        int line = exact ? section.getStartLine() : tracedLine(e.getGuestObject());
        return line == 0 ? file + ": " : file + ":" + line + ": ";
    }

    /// The innermost line of the script in the traceback that a Python exception carries; 0 if there is none.
    private int tracedLine(Value error) {
        int line = 0;
        Value trace = error == null ? null : error.getMember("__traceback__");
        for (; trace != null && !trace.isNull(); trace = trace.getMember("tb_next")) {
            Value name = trace.getMember("tb_frame").getMember("f_code").getMember("co_filename");
            if (file.toString().equals(name.asString())) {
                line = trace.getMember("tb_lineno").asInt();
            }
        }
        return line;
    }
}
