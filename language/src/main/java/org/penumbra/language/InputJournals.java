// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.TruffleFile;
import com.oracle.truffle.api.TruffleLanguage.Env;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.graalvm.options.OptionValues;
import org.penumbra.device.InputJournal;
import org.penumbra.device.InputRecorder;
import org.penumbra.device.InputReplay;
import org.penumbra.options.ClockSource;
import org.penumbra.options.Settings;

/// The journal of the console's input that the options ask for.
final class InputJournals {
    private InputJournals() {
    }

    /// @throws RiscvException where a file cannot be read or written, or is no journal
    /// @throws IllegalArgumentException one line, for options that make no sense
    static InputJournal of(Env env, OptionValues options) {
        String written = RiscvOptions.get(options, Settings.RECORD_INPUT);
        String followed = RiscvOptions.get(options, Settings.REPLAY_INPUT);
        if (written.isEmpty() && followed.isEmpty()) {
            return InputJournal.NONE;
        }
        if (RiscvOptions.get(options, Settings.CLOCK) != ClockSource.INSTRUCTIONS) {
            throw new IllegalArgumentException("input is recorded and replayed by instructions, which needs the clock "
                    + "instructions");
        }
        if (!written.isEmpty() && !followed.isEmpty()) {
            throw new IllegalArgumentException("input cannot be recorded and replayed in one run");
        }
        return written.isEmpty() ? replay(env, followed) : recorder(env, written);
    }

    private static InputJournal recorder(Env env, String file) {
        try {
            Writer out = env.getPublicTruffleFile(file).newBufferedWriter(StandardCharsets.US_ASCII);
            env.registerOnDispose(out);
            return new InputRecorder(out);
        } catch (IOException | SecurityException | UnsupportedOperationException | IllegalArgumentException e) {
            String reason = e instanceof NoSuchFileException ? "no such directory" : e.getMessage();
            throw new RiscvException(file + ": cannot be written (" + reason + ")", RiscvException.CANNOT_WRITE);
        }
    }

    private static InputJournal replay(Env env, String name) {
        TruffleFile file = env.getPublicTruffleFile(name);
        List<String> lines;
        try (var reader = file.newBufferedReader(StandardCharsets.ISO_8859_1)) {
            lines = reader.lines().toList();
        } catch (NoSuchFileException missing) {
            throw new RiscvException(name + ": no such file", RiscvException.NO_SUCH_FILE);
        } catch (IOException | UncheckedIOException | SecurityException e) {
            throw new RiscvException(name + ": cannot be read (" + e.getMessage() + ")", RiscvException.NO_SUCH_FILE);
        }
        try {
            return new InputReplay(lines);
        } catch (IllegalArgumentException e) {
            throw new RiscvException(name + ": " + e.getMessage(), RiscvException.BAD_IMAGE);
        }
    }
}
