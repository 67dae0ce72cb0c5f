// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.TruffleFile;
import com.oracle.truffle.api.TruffleLanguage.Env;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.graalvm.options.OptionValues;
import org.penumbra.device.InputJournal;
import org.penumbra.device.board.VirtMap;
import org.penumbra.interpreter.CommitLog;
import org.penumbra.language.engine.Engine;
import org.penumbra.machine.AddedDevice;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.MachineSnapshot;
import org.penumbra.machine.Peripherals;
import org.penumbra.machine.SnapshotFile;
import org.penumbra.machine.image.Blob;
import org.penumbra.machine.image.Boot;
import org.penumbra.machine.image.Contents;
import org.penumbra.machine.image.ElfImage;
import org.penumbra.machine.image.Image;
import org.penumbra.machine.image.ImageException;
import org.penumbra.machine.image.LinuxImage;
import org.penumbra.options.ClockSource;
import org.penumbra.options.EngineMode;
import org.penumbra.options.Settings;
import org.penumbra.options.SmpMode;
import org.penumbra.options.TimingParameters;
import org.penumbra.snapshot.StateException;

/// Builds machines according to options.
///
/// @param env environment of the context, used for file access
record MachineFactory(RiscvLanguage language, Env env) {
    /// Builds a machine and loads an image into it.
    ///
    /// @param bytes of the image; empty where the options name a kernel or firmware
    /// @throws RiscvException if that fails
    MachineRun make(OptionValues options, String name, byte[] bytes, InputStream in, OutputStream out) {
        return make(options, name, bytes, List.of(), in, out);
    }

    /// The same with devices that the board does not have.
    MachineRun make(OptionValues options, String name, byte[] bytes, List<AddedDevice> devices, InputStream in,
            OutputStream out) {
        try {
            RiscvOptions.requireEffects(options::hasBeenSet, RiscvOptions.get(options, Settings.MODEL));
            Boot boot = boot(options, name, bytes);
            History history = history(options, RiscvOptions.get(options, Settings.CLOCK), out);
            return run(options, history, new Machine(new MachineConfig(RiscvOptions.get(options, Settings.MODEL),
                    RiscvOptions.get(options, Settings.MEMORY),
                    RiscvOptions.get(options, Settings.CLOCK), RiscvOptions.get(options, Settings.MAX_INSTRUCTIONS),
                    RiscvOptions.get(options, Settings.TLB_ENTRIES), RiscvOptions.get(options, Settings.HARTS),
                    RiscvOptions.hart(options),
                    RiscvOptions.model(options), timing(options),
                    LinuxPeripherals.of(env, options).withAdded(devices), in,
                    history == null ? out : history.output(),
                    parallel(options, RiscvOptions.get(options, Settings.HARTS),
                            RiscvOptions.get(options, Settings.CLOCK))), boot,
                    history == null ? InputJournals.of(env, options) : history.input()));
        } catch (ImageException e) {
            throw RiscvException.of(e);
        } catch (IllegalArgumentException e) {
            throw new RiscvException(e.getMessage(), RiscvException.USAGE);
        } catch (OutOfMemoryError e) {
            throw new RiscvException(e.getMessage() + "; give less --memory", RiscvException.USAGE);
        }
    }

    /// Whether harts run in parallel.
    ///
    /// @throws IllegalArgumentException with a one-line message, if they cannot
    private boolean parallel(OptionValues options, int harts, ClockSource clock) {
        if (RiscvOptions.get(options, Settings.SMP) != SmpMode.PARALLEL) {
            return false;
        }
        String against = harts == 1 ? "one hart: give --harts"
                : clock != ClockSource.HOST ? "the clock instructions: give --clock host"
                : RiscvOptions.get(options, Settings.MAX_INSTRUCTIONS) != Long.MAX_VALUE
                        ? "a number of instructions (--max-instructions), which several threads cannot keep to"
                : !RiscvOptions.get(options, Settings.TRACE).isEmpty() ? "an exact trace (--trace)"
                : !RiscvOptions.get(options, Settings.TIMING).isEmpty() ? "the timing model (--timing)"
                : null;
        if (against != null) {
            throw new IllegalArgumentException("harts in parallel (--smp parallel) do not go with " + against);
        }
        if (!env.isCreateThreadAllowed()) {
            throw new IllegalArgumentException("harts in parallel (--smp parallel) need a context that may create "
                    + "threads: allowCreateThread(true)");
        }
        return true;
    }

    /// Parameters of the timing model that the options choose, or null for none.
    ///
    /// @throws IllegalArgumentException with a one-line message, if they are wrong
    private TimingParameters timing(OptionValues options) {
        String name = RiscvOptions.get(options, Settings.TIMING);
        String set = RiscvOptions.get(options, Settings.TIMING_SET);
        if (name.isEmpty()) {
            if (!set.isEmpty()) {
                throw new IllegalArgumentException("riscv.timing-set has no effect without riscv.timing");
            }
            if (options.hasBeenSet(RiscvOptions.key(Settings.TIMING_SAMPLE))) {
                throw new IllegalArgumentException("riscv.timing-sample has no effect without riscv.timing");
            }
            return null;
        }
        if (!RiscvOptions.get(options, Settings.TRACE).isEmpty()) {
            throw new IllegalArgumentException("riscv.timing and riscv.trace do not go together");
        }
        return (TimingParameters.isFile(name)
                ? TimingParameters.parse(name, new String(read(name), StandardCharsets.UTF_8))
                : TimingParameters.preset(name)).with(set)
                .sampled(RiscvOptions.get(options, Settings.TIMING_SAMPLE));
    }

    /// All bytes of a file.
    ///
    /// @throws RiscvException if it cannot be read
    byte[] read(String name) {
        try {
            TruffleFile file = env.getPublicTruffleFile(name);
            if (file.isDirectory()) {
                throw new RiscvException(name + ": is a directory", RiscvException.NO_SUCH_FILE);
            }
            if (file.isRegularFile() && file.size() > Image.LARGEST_FILE) {
                throw new RiscvException(name + ": is larger than " + (Image.LARGEST_FILE >> 20) + " MiB",
                        RiscvException.BAD_IMAGE);
            }
            return file.readAllBytes();
        } catch (NoSuchFileException missing) {
            throw new RiscvException(name + ": no such file", RiscvException.NO_SUCH_FILE);
        } catch (IOException | SecurityException | UnsupportedOperationException | IllegalArgumentException failed) {
            throw new RiscvException(name + ": cannot be read (" + reason(failed) + ")", RiscvException.NO_SUCH_FILE);
        }
    }

    /// The reason of a failed file access.
    static String reason(Exception e) {
        return e instanceof FileSystemException file && file.getReason() != null ? file.getReason()
                : e instanceof NoSuchFileException ? "no such file or directory" : e.getMessage();
    }

    /// Builds a machine that continues from a snapshot, with disks, network and share opened again.
    ///
    /// @param clock    the machine's
    /// @param terminal size of the terminal, or empty
    /// @param most     instructions after which its run ends
    /// @param devices  in place of those that the board does not have, or null for others like them
    /// @throws RiscvException if the options describe a different machine from the snapshot's
    MachineRun fork(OptionValues options, MachineSnapshot snapshot, ClockSource clock, String terminal, long most,
            List<AddedDevice> devices, InputStream in, OutputStream out) {
        try {
            MachineConfig config = snapshot.config();
            Peripherals old = devices == null ? config.peripherals() : config.peripherals().withAdded(List.of());
            Peripherals peripherals = LinuxPeripherals.again(env, old, clock, terminal);
            History history = history(options, clock, out);
            var other = new MachineConfig(RiscvOptions.get(options, Settings.MODEL), config.memory(), clock, most,
                    RiscvOptions.get(options, Settings.TLB_ENTRIES), config.harts(), config.hart(),
                    RiscvOptions.model(options), timing(options),
                    devices == null ? peripherals : peripherals.withAdded(devices), in,
                    history == null ? out : history.output(), parallel(options, config.harts(), clock));
            return run(options, history, Machine.of(snapshot, other,
                    history == null ? InputJournal.NONE : history.input()));
        } catch (StateException | IllegalArgumentException e) {
            throw new RiscvException("the snapshot does not fit: " + e.getMessage(), RiscvException.USAGE);
        } catch (OutOfMemoryError e) {
            throw new RiscvException(e.getMessage() + "; close machines that are not needed", RiscvException.USAGE);
        }
    }

    /// Builds the machine that continues from the snapshot named in the options, on the given console, with the last
    /// line of which it begins.
    MachineRun resume(OptionValues options, InputStream in, OutputStream out) {
        try (MachineSnapshot snapshot = load(RiscvOptions.get(options, Settings.SNAPSHOT))) {
            ClockSource clock = options.hasBeenSet(RiscvOptions.key(Settings.CLOCK))
                    ? RiscvOptions.get(options, Settings.CLOCK)
                    : snapshot.config().clock();
            long limit = RiscvOptions.get(options, Settings.MAX_INSTRUCTIONS);
            long most = limit > Long.MAX_VALUE - snapshot.instructions() ? Long.MAX_VALUE
                    : limit + snapshot.instructions();
            ScriptOptions how = ScriptOptions.of(options, null).as(snapshot.config());
            RiscvOptions.requireEffects(options::hasBeenSet, RiscvOptions.get(how, Settings.MODEL));
            MachineRun run = fork(how, snapshot, clock, RiscvOptions.get(options, Settings.TERMINAL), most, null, in,
                    out);
            run.machine().console().output().repeatLine();
            return run;
        }
    }

    /// Returns a text, or writes it to the file that an argument names.
    Object text(String text, Object[] arguments) throws UnsupportedTypeException {
        if (arguments.length == 0) {
            return text;
        }
        write(Arguments.text(arguments[0]), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
        return Nothing.INSTANCE;
    }

    /// What writes a file.
    interface Content {
        void to(OutputStream out) throws IOException;
    }

    /// Writes a file.
    ///
    /// @throws RiscvException if it cannot be written
    void write(String name, Content content) {
        try (OutputStream out = new BufferedOutputStream(env.getPublicTruffleFile(name).newOutputStream(), 1 << 16)) {
            content.to(out);
        } catch (IOException | SecurityException | UnsupportedOperationException | IllegalArgumentException e) {
            throw new RiscvException(name + ": cannot be written (" + reason(e) + ")", RiscvException.CANNOT_WRITE);
        }
    }

    /// Reads a snapshot.
    ///
    /// @throws RiscvException with a one-line message, if it is not a usable snapshot
    MachineSnapshot load(String name) {
        try (SeekableByteChannel file = env.getPublicTruffleFile(name)
                .newByteChannel(Set.of(StandardOpenOption.READ))) {
            return SnapshotFile.read(file);
        } catch (StateException e) {
            throw new RiscvException(name + ": " + e.getMessage(), RiscvException.BAD_IMAGE);
        } catch (NoSuchFileException e) {
            throw new RiscvException(name + ": no such file", RiscvException.NO_SUCH_FILE);
        } catch (IOException | SecurityException | UnsupportedOperationException | IllegalArgumentException e) {
            throw new RiscvException(name + ": cannot be read (" + reason(e) + ")", RiscvException.NO_SUCH_FILE);
        }
    }

    /// Writes a snapshot: beside the file first, so that an old one is replaced only by a complete one.
    ///
    /// @return bytes of the file
    /// @throws RiscvException if it cannot be written
    long save(MachineSnapshot snapshot, String name) {
        TruffleFile beside = null;
        try {
            TruffleFile file = env.getPublicTruffleFile(name);
            beside = env.getPublicTruffleFile(name + ".part");
            try (OutputStream out = new BufferedOutputStream(beside.newOutputStream(), 1 << 16)) {
                SnapshotFile.write(snapshot, out);
            }
            beside.move(file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            return file.size();
        } catch (IOException | SecurityException | UnsupportedOperationException | IllegalArgumentException e) {
            remove(beside);
            throw new RiscvException(name + ": the snapshot cannot be written (" + reason(e) + ")",
                    RiscvException.CANNOT_WRITE);
        }
    }

    private static void remove(TruffleFile file) {
        try {
            if (file != null) {
                file.delete();
            }
        } catch (IOException | SecurityException e) {
            // It was not created.
        }
    }

    /// @param clock the machine's
    /// @return null where the machine need not, or cannot, be set back: the host's time does not come again
    private static History history(OptionValues options, ClockSource clock, OutputStream out) {
        boolean asked = RiscvOptions.get(options, Settings.HISTORY);
        if (asked && clock == ClockSource.HOST) {
            throw new IllegalArgumentException("a machine is set back by instructions, which needs the clock "
                    + "instructions");
        }
        boolean journal = !RiscvOptions.get(options, Settings.RECORD_INPUT).isEmpty()
                || !RiscvOptions.get(options, Settings.REPLAY_INPUT).isEmpty();
        if (asked && journal) {
            throw new IllegalArgumentException("a machine that can be set back has a journal of input of its own");
        }
        return asked ? new History(out) : null;
    }

    private MachineRun run(OptionValues options, History history, Machine machine) {
        EngineMode mode = RiscvOptions.get(options, Settings.ENGINE);
        boolean eager = RiscvOptions.get(options, Settings.EAGER);
        env.registerOnDispose(machine);
        var run = new MachineRun(machine, monitor -> new Engine(language, machine, monitor, mode, eager), mode,
                log(RiscvOptions.get(options, Settings.TRACE), machine), history,
                machine.parallel() == null ? null : action -> env.newTruffleThreadBuilder(action).build());
        run.show(new GuestCode(language, env, run));
        for (AddedDevice added : machine.config().peripherals().added()) {
            if (added instanceof ScriptDevice.Plan plan) {
                plan.whenFails(run::fail);
            }
        }
        return run;
    }

    /// The source, or the programs in the files that the options name, with the options' additions.
    private Boot boot(OptionValues options, String name, byte[] bytes) throws ImageException {
        Boot boot = program(options, name, bytes).withCommandLine(RiscvOptions.get(options, Settings.APPEND))
                .withData(data(options));
        String initrd = RiscvOptions.get(options, Settings.INITRD);
        return initrd.isEmpty() ? boot : boot.withRamDisk(Blob.of(initrd, contents(initrd)));
    }

    private Boot program(OptionValues options, String name, byte[] bytes) throws ImageException {
        String kernel = RiscvOptions.get(options, Settings.KERNEL);
        String bios = RiscvOptions.get(options, Settings.BIOS);
        boolean raw = RiscvOptions.get(options, Settings.RAW);
        if (kernel.isEmpty() && bios.isEmpty()) {
            if (bytes.length > 0 && !raw && !ElfImage.looksLikeElf(bytes) && !LinuxImage.looksLikeLinux(bytes)) {
                throw new RiscvException(name + ": is neither an ELF file nor a Linux kernel; --raw (riscv.raw) runs "
                        + "any file as "
                        + "instructions for 0x" + Long.toHexString(VirtMap.RAM), RiscvException.BAD_IMAGE);
            }
            return Boot.of(LinuxImage.looksLikeLinux(bytes) ? LinuxImage.parse(name, Contents.of(bytes))
                    : Image.parse(name, bytes, VirtMap.RAM));
        }
        if (bytes.length > 0) {
            throw new IllegalArgumentException(name + ": there is a " + (bios.isEmpty() ? "kernel" : "firmware")
                    + " to start, too; name what the firmware is to start as the kernel");
        }
        Image payload = kernel.isEmpty() ? null
                : Image.payload(kernel, contents(kernel), raw || !bios.isEmpty() ? Boot.PAYLOAD : 0);
        return bios.isEmpty() ? Boot.supervised(payload)
                : Boot.firmware(Image.of(bios, contents(bios), VirtMap.RAM), payload);
    }

    private List<Boot.Placed> data(OptionValues options) throws ImageException {
        List<Boot.Placed> data = new ArrayList<>();
        for (String line : RiscvOptions.get(options, Settings.LOAD).lines().toList()) {
            int at = line.lastIndexOf('@');
            String file = at < 0 ? line : line.substring(0, at);
            data.add(new Boot.Placed(Blob.of(file, contents(file)), address(line, line.substring(at + 1))));
        }
        return data;
    }

    private static long address(String line, String text) {
        boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
        try {
            return Long.parseUnsignedLong(hexadecimal ? text.substring(2) : text, hexadecimal ? 16 : 10);
        } catch (NumberFormatException none) {
            throw new IllegalArgumentException("'" + line + "' is not FILE@ADDRESS, as in data.bin@0x88000000");
        }
    }

    /// Contents of a file, which stays open until the context is closed.
    private Contents contents(String name) {
        try {
            TruffleFile file = env.getPublicTruffleFile(name);
            if (file.isDirectory()) {
                throw new RiscvException(name + ": is a directory", RiscvException.NO_SUCH_FILE);
            }
            if (!file.isRegularFile() && file.exists()) {
                return Contents.of(file.readAllBytes()); // a pipe can be read only once
            }
            SeekableByteChannel channel = file.newByteChannel(Set.of(StandardOpenOption.READ));
            env.registerOnDispose(channel);
            return Contents.of(channel);
        } catch (NoSuchFileException missing) {
            throw new RiscvException(name + ": no such file", RiscvException.NO_SUCH_FILE);
        } catch (IOException | SecurityException | UnsupportedOperationException | IllegalArgumentException failed) {
            throw new RiscvException(name + ": cannot be read (" + reason(failed) + ")", RiscvException.NO_SUCH_FILE);
        } catch (OutOfMemoryError tooLarge) {
            throw new RiscvException(name + ": is too large", RiscvException.BAD_IMAGE);
        }
    }

    /// @return null if no file is named
    private CommitLog log(String file, Machine machine) {
        if (file.isEmpty()) {
            return null;
        }
        try {
            Writer out = new TraceFile(env.getPublicTruffleFile(file).newOutputStream());
            env.registerOnDispose(out);
            return new CommitLog(machine.monitors(), out);
        } catch (IOException | SecurityException | UnsupportedOperationException e) {
            String reason = e instanceof NoSuchFileException ? "no such directory" : e.getMessage();
            throw new RiscvException(file + ": cannot be written (" + reason + ")", RiscvException.CANNOT_WRITE);
        }
    }
}
