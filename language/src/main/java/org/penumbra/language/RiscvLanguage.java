// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CallTarget;
import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.TruffleFile;
import com.oracle.truffle.api.TruffleLanguage;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.nodes.RootNode;
import com.oracle.truffle.api.source.Source;
import java.io.IOException;
import java.io.Writer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.graalvm.options.OptionDescriptors;
import org.penumbra.device.board.VirtMap;
import org.penumbra.interpreter.CommitLog;
import org.penumbra.language.engine.Engine;
import org.penumbra.language.engine.EngineMode;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.Peripherals;
import org.penumbra.machine.image.Contents;
import org.penumbra.machine.image.ElfImage;
import org.penumbra.machine.image.Image;
import org.penumbra.machine.image.ImageException;
import org.penumbra.machine.image.LinuxImage;

/// RV64GC as a language: evaluating an image gives a [MachineObject] with the image loaded.
@TruffleLanguage.Registration(id = RiscvLanguage.ID, name = "RISC-V", implementationName = "Penumbra", version = "0.1.0",
        byteMimeTypes = RiscvLanguage.MIME_TYPE, defaultMimeType = RiscvLanguage.MIME_TYPE,
        contextPolicy = TruffleLanguage.ContextPolicy.EXCLUSIVE)
public final class RiscvLanguage extends TruffleLanguage<TruffleLanguage.Env> {
    public static final String ID = "riscv";
    public static final String MIME_TYPE = "application/x-riscv-elf";

    private static final ContextReference<Env> CONTEXT = ContextReference.create(RiscvLanguage.class);

    @Override
    protected Env createContext(Env env) {
        return env;
    }

    @Override
    protected OptionDescriptors getOptionDescriptors() {
        return new RiscvOptionsOptionDescriptors();
    }

    /// One thread runs a machine; others may tell it something meanwhile.
    @Override
    protected boolean isThreadAccessAllowed(Thread thread, boolean singleThreaded) {
        return true;
    }

    @Override
    protected CallTarget parse(ParsingRequest request) {
        return new LoadRootNode(this, request.getSource()).getCallTarget();
    }

    /// Builds a machine as the context's options say and loads the source into it.
    @TruffleBoundary
    private MachineObject load(Source source) {
        Env env = CONTEXT.get(null);
        var options = env.getOptions();
        try {
            Image image = image(env, source);
            var config = new MachineConfig(options.get(RiscvOptions.model), options.get(RiscvOptions.memory),
                    options.get(RiscvOptions.clock), options.get(RiscvOptions.maxInstructions),
                    options.get(RiscvOptions.tlbEntries), options.get(RiscvOptions.harts),
                    RiscvOptions.hart(options), RiscvOptions.model(options),
                    image instanceof LinuxImage ? LinuxPeripherals.of(env) : Peripherals.NONE, env.in(), env.out());
            var machine = new Machine(config, image, InputJournals.of(env));
            env.registerOnDispose(machine::close);
            EngineMode mode = options.get(RiscvOptions.engine);
            boolean eager = options.get(RiscvOptions.eager);
            var run = new MachineRun(machine, monitor -> new Engine(this, machine, monitor, mode, eager), mode,
                    log(env, options.get(RiscvOptions.trace), machine));
            return new MachineObject(run);
        } catch (ImageException e) {
            throw RiscvException.of(e);
        } catch (IllegalArgumentException e) {
            throw new RiscvException(e.getMessage(), RiscvException.USAGE);
        } catch (OutOfMemoryError e) {
            throw new RiscvException(e.getMessage() + "; give less --memory", RiscvException.USAGE);
        }
    }

    /// The source, or the kernel in the options' file, as an image; for a Linux kernel with what the options add to it.
    private static Image image(Env env, Source source) throws ImageException {
        var options = env.getOptions();
        String kernel = options.get(RiscvOptions.kernel);
        String initrd = options.get(RiscvOptions.initrd);
        String append = options.get(RiscvOptions.append);
        if (!kernel.isEmpty()) {
            return linux(env, LinuxImage.parse(kernel, contents(env, kernel)), initrd, append);
        }
        byte[] bytes = source.getBytes().toByteArray();
        String name = source.getName();
        // Who names either wants a kernel, and wants to hear why a file is none.
        if (!initrd.isEmpty() || !append.isEmpty() || LinuxImage.looksLikeLinux(bytes)) {
            return linux(env, LinuxImage.parse(name, Contents.of(bytes)), initrd, append);
        }
        if (bytes.length > 0 && !options.get(RiscvOptions.raw) && !ElfImage.looksLikeElf(bytes)) {
            throw new RiscvException(name + ": is neither an ELF file nor a Linux kernel; --raw (riscv.raw) runs any file as "
                    + "instructions for 0x" + Long.toHexString(VirtMap.RAM), RiscvException.BAD_IMAGE);
        }
        return Image.parse(name, bytes, VirtMap.RAM);
    }

    private static Image linux(Env env, LinuxImage kernel, String initrd, String append) throws ImageException {
        LinuxImage linux = kernel.withCommandLine(append);
        return initrd.isEmpty() ? linux : linux.withInitrd(initrd, contents(env, initrd));
    }

    /// What a file holds, open until the context is closed.
    private static Contents contents(Env env, String name) {
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
    private static CommitLog log(Env env, String file, Machine machine) {
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

    private static final class LoadRootNode extends RootNode {
        private final RiscvLanguage language;
        private final Source source;

        LoadRootNode(RiscvLanguage language, Source source) {
            super(language);
            this.language = language;
            this.source = source;
        }

        @Override
        public Object execute(VirtualFrame frame) {
            return language.load(source);
        }
    }
}
