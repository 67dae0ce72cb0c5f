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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.graalvm.options.OptionDescriptors;
import org.penumbra.device.board.VirtMap;
import org.penumbra.interpreter.CommitLog;
import org.penumbra.language.engine.Engine;
import org.penumbra.language.engine.EngineMode;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.image.Blob;
import org.penumbra.machine.image.Boot;
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
            Boot boot = boot(env, source);
            var config = new MachineConfig(options.get(RiscvOptions.model), options.get(RiscvOptions.memory),
                    options.get(RiscvOptions.clock), options.get(RiscvOptions.maxInstructions),
                    options.get(RiscvOptions.tlbEntries), options.get(RiscvOptions.harts),
                    RiscvOptions.hart(options), RiscvOptions.model(options), LinuxPeripherals.of(env), env.in(), env.out());
            var machine = new Machine(config, boot, InputJournals.of(env));
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

    /// The source, or the programs in the options' files, with what the options add to it.
    private static Boot boot(Env env, Source source) throws ImageException {
        var options = env.getOptions();
        Boot boot = program(env, source).withCommandLine(options.get(RiscvOptions.append)).withData(data(env));
        String initrd = options.get(RiscvOptions.initrd);
        return initrd.isEmpty() ? boot : boot.withRamDisk(Blob.of(initrd, contents(env, initrd)));
    }

    private static Boot program(Env env, Source source) throws ImageException {
        String kernel = env.getOptions().get(RiscvOptions.kernel);
        String bios = env.getOptions().get(RiscvOptions.bios);
        byte[] bytes = source.getBytes().toByteArray();
        boolean raw = env.getOptions().get(RiscvOptions.raw);
        if (kernel.isEmpty() && bios.isEmpty()) {
            if (bytes.length > 0 && !raw && !ElfImage.looksLikeElf(bytes) && !LinuxImage.looksLikeLinux(bytes)) {
                throw new RiscvException(source.getName() + ": is neither an ELF file nor a Linux kernel; --raw (riscv.raw) runs "
                        + "any file as instructions for 0x" + Long.toHexString(VirtMap.RAM), RiscvException.BAD_IMAGE);
            }
            return Boot.of(LinuxImage.looksLikeLinux(bytes) ? LinuxImage.parse(source.getName(), Contents.of(bytes))
                    : Image.parse(source.getName(), bytes, VirtMap.RAM));
        }
        if (bytes.length > 0) {
            throw new IllegalArgumentException(source.getName() + ": there is a " + (bios.isEmpty() ? "kernel" : "firmware")
                    + " to start, too; name what the firmware is to start as the kernel");
        }
        Image payload = kernel.isEmpty() ? null
                : Image.payload(kernel, contents(env, kernel), raw || !bios.isEmpty() ? Boot.PAYLOAD : 0);
        return bios.isEmpty() ? Boot.supervised(payload) : Boot.firmware(Image.of(bios, contents(env, bios), VirtMap.RAM), payload);
    }

    private static List<Boot.Placed> data(Env env) throws ImageException {
        List<Boot.Placed> data = new ArrayList<>();
        for (String line : env.getOptions().get(RiscvOptions.load).lines().toList()) {
            int at = line.lastIndexOf('@');
            String file = at < 0 ? line : line.substring(0, at);
            data.add(new Boot.Placed(Blob.of(file, contents(env, file)), address(line, line.substring(at + 1))));
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
