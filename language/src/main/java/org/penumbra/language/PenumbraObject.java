// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.nodes.Node;
import java.util.List;
import org.penumbra.machine.AddedDevice;
import org.penumbra.machine.MachineSnapshot;
import org.penumbra.options.Setting;
import org.penumbra.options.Settings;

/// The entry point for scripts: `penumbra.machine({image: 'firmware.elf', model: 'ssp'})` builds one, with the options
/// of `penumbra run` and `penumbra linux` in the form `rootBuffer` or `root_buffer`; instead of `image`, a file,
/// `bytes` passes the image itself and `kernel` a Linux kernel. `load(file, {model, …})` returns a machine that
/// continues from a saved snapshot. `hex(n)` and `unsigned(n)` show 64 bits.
final class PenumbraObject extends MemberObject {
    static final String NAME = "penumbra";
    /// Where a launcher that has guests by name, such as the kernel `debian`, puts a function from the name and the
    /// memory to options.
    static final String GUESTS = "penumbra.guests";

    private final MachineFactory factory;

    PenumbraObject(MachineFactory factory) {
        this.factory = factory;
        method("machine", this::machine);
        method("load", this::load);
        method("hex", (arguments, _) -> {
            Arguments.count(arguments, 1);
            return "0x" + Long.toHexString(Arguments.number(arguments[0]));
        });
        method("unsigned", (arguments, _) -> {
            Arguments.count(arguments, 1);
            return new Unsigned(Arguments.number(arguments[0]));
        });
    }

    @Override
    String describe() {
        return NAME;
    }

    private Object machine(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException, UnsupportedMessageException {
        Arguments.count(arguments, 1);
        return build(ScriptOptions.of(factory.env().getOptions(), arguments[0]));
    }

    private Object load(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1, 2);
        try (MachineSnapshot snapshot = factory.load(Arguments.text(arguments[0]))) {
            ScriptOptions recorded = ScriptOptions.of(factory.env().getOptions(), null).as(snapshot.config());
            return new SnapshotObject(factory, recorded, snapshot, null)
                    .fork(arguments.length > 1 ? new Object[] {arguments[1]} : new Object[0]);
        }
    }

    private ScriptMachine build(ScriptOptions options) throws UnsupportedTypeException, UnsupportedMessageException {
        String image = options.takeText("image");
        Object bytes = options.take("bytes");
        List<AddedDevice> devices = options.takeDevices();
        options.machine();
        if (!RiscvOptions.get(options, Settings.SNAPSHOT).isEmpty()) {
            throw new RiscvException("penumbra.load(file, {…}) gives the machine of a snapshot",
                    RiscvException.USAGE);
        }
        boolean kernel = !RiscvOptions.get(options, Settings.KERNEL).isEmpty();
        boolean named = kernel || !RiscvOptions.get(options, Settings.BIOS).isEmpty();
        if ((image != null ? 1 : 0) + (bytes != null ? 1 : 0) + (named ? 1 : 0) != 1) {
            throw new RiscvException("a machine is made of one of image, bytes and kernel", RiscvException.USAGE);
        }
        if (kernel) {
            named(options);
        }
        var console = new ScriptConsole();
        MachineRun run = factory.make(options, image != null ? image : bytes != null ? "bytes" : "",
                image != null ? factory.read(image) : bytes != null ? Arguments.bytes(bytes) : new byte[0],
                devices == null ? List.of() : devices, null, console);
        return new ScriptMachine(factory, options, run, console);
    }

    /// Lets the launcher resolve a kernel's name to its files.
    private void named(ScriptOptions options) {
        String name = RiscvOptions.get(options, Settings.KERNEL);
        Object guests = factory.env().isPolyglotBindingsAccessAllowed() ? factory.env().importSymbol(GUESTS) : null;
        if (guests == null || name.contains("/") || name.contains(".")) {
            return;
        }
        InteropLibrary interop = InteropLibrary.getUncached();
        try {
            Object answer = interop.execute(guests, name, RiscvOptions.get(options, Settings.MEMORY),
                    RiscvOptions.get(options, Settings.APPEND));
            if (interop.isNull(answer)) {
                return;
            }
            for (Setting<?> option : List.of(Settings.KERNEL, Settings.INITRD, Settings.APPEND)) {
                if (interop.isHashEntryReadable(answer, option.name())) {
                    options.give(RiscvOptions.key(option),
                            Arguments.text(interop.readHashValue(answer, option.name())));
                }
            }
        } catch (InteropException e) {
            throw new RiscvException("the kernel '" + name + "' cannot be had (" + e.getMessage() + ")",
                    RiscvException.NO_SUCH_FILE);
        }
    }
}
