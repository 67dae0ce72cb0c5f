// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.TruffleFile;
import com.oracle.truffle.api.TruffleLanguage.Env;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.graalvm.options.OptionValues;
import org.penumbra.device.VirtMap;
import org.penumbra.interpreter.CommitLog;
import org.penumbra.language.nodes.Engine;
import org.penumbra.language.nodes.EngineMode;
import org.penumbra.machine.Contents;
import org.penumbra.machine.ElfImage;
import org.penumbra.machine.Image;
import org.penumbra.machine.ImageException;
import org.penumbra.machine.LinuxImage;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.Peripherals;

/// Makes machines as options say.
///
/// @param env of the context, whose files they are
record MachineFactory(RiscvLanguage language, Env env) {
    /// Builds a machine and loads an image into it.
    ///
    /// @param bytes of the image; empty where the options name a kernel
    /// @throws RiscvException where that cannot be
    MachineRun make(OptionValues options, String name, byte[] bytes, InputStream in, OutputStream out) {
        try {
            return make(options, image(options, name, bytes), in, out);
        } catch (ImageException e) {
            throw RiscvException.of(e);
        }
    }

    /// All bytes of a file.
    ///
    /// @throws RiscvException where it cannot be read
    byte[] read(String name) {
        try {
            TruffleFile file = env.getPublicTruffleFile(name);
            if (file.isDirectory()) {
                throw new RiscvException(name + ": is a directory", RiscvException.NO_SUCH_FILE);
            }
            if (file.isRegularFile() && file.size() > Image.LARGEST_FILE) {
                throw new RiscvException(name + ": is larger than " + (Image.LARGEST_FILE >> 20) + " MiB", RiscvException.BAD_IMAGE);
            }
            return file.readAllBytes();
        } catch (NoSuchFileException missing) {
            throw new RiscvException(name + ": no such file", RiscvException.NO_SUCH_FILE);
        } catch (IOException | SecurityException | UnsupportedOperationException | IllegalArgumentException failed) {
            throw new RiscvException(name + ": cannot be read (" + failed.getMessage() + ")", RiscvException.NO_SUCH_FILE);
        }
    }

    private MachineRun make(OptionValues options, Image image, InputStream in, OutputStream out) throws ImageException {
        try {
            var config = new MachineConfig(options.get(RiscvOptions.model), options.get(RiscvOptions.memory),
                    options.get(RiscvOptions.clock), options.get(RiscvOptions.maxInstructions),
                    options.get(RiscvOptions.tlbEntries), options.get(RiscvOptions.harts),
                    RiscvOptions.hart(options), RiscvOptions.model(options),
                    image instanceof LinuxImage ? LinuxPeripherals.of(env, options) : Peripherals.NONE, in, out);
            var machine = new Machine(config, image);
            EngineMode mode = options.get(RiscvOptions.engine);
            boolean eager = options.get(RiscvOptions.eager);
            return new MachineRun(machine, monitor -> new Engine(language, machine, monitor, mode, eager), mode,
                    log(options.get(RiscvOptions.trace), machine));
        } catch (IllegalArgumentException e) {
            throw new RiscvException(e.getMessage(), RiscvException.USAGE);
        } catch (OutOfMemoryError e) {
            throw new RiscvException(e.getMessage() + "; give less --memory", RiscvException.USAGE);
        }
    }

    /// The source, or the kernel in the options' file, as an image; for a Linux kernel with what the options add to it.
    private Image image(OptionValues options, String name, byte[] bytes) throws ImageException {
        String kernel = options.get(RiscvOptions.kernel);
        String initrd = options.get(RiscvOptions.initrd);
        String append = options.get(RiscvOptions.append);
        if (!kernel.isEmpty()) {
            return linux(LinuxImage.parse(kernel, contents(kernel)), initrd, append);
        }
        // Who names either wants a kernel, and wants to hear why a file is none.
        if (!initrd.isEmpty() || !append.isEmpty() || LinuxImage.looksLikeLinux(bytes)) {
            return linux(LinuxImage.parse(name, Contents.of(bytes)), initrd, append);
        }
        if (bytes.length > 0 && !options.get(RiscvOptions.raw) && !ElfImage.looksLikeElf(bytes)) {
            throw new RiscvException(name + ": is neither an ELF file nor a Linux kernel; --raw (riscv.raw) runs any file as "
                    + "instructions for 0x" + Long.toHexString(VirtMap.RAM), RiscvException.BAD_IMAGE);
        }
        return Image.parse(name, bytes, VirtMap.RAM);
    }

    private Image linux(LinuxImage kernel, String initrd, String append) throws ImageException {
        LinuxImage linux = kernel.withCommandLine(append);
        return initrd.isEmpty() ? linux : linux.withInitrd(initrd, contents(initrd));
    }

    /// What a file holds, open until the context is closed.
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
            throw new RiscvException(name + ": cannot be read (" + failed.getMessage() + ")", RiscvException.NO_SUCH_FILE);
        } catch (OutOfMemoryError tooLarge) {
            throw new RiscvException(name + ": is too large", RiscvException.BAD_IMAGE);
        }
    }

    /// @return null where no file is named
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
