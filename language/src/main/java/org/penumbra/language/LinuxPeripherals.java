// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.TruffleFile;
import com.oracle.truffle.api.TruffleLanguage.Env;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.graalvm.options.OptionValues;
import org.penumbra.device.net.UserNetwork;
import org.penumbra.device.share.SharedFolder;
import org.penumbra.device.virtio.Disk;
import org.penumbra.device.virtio.Network;
import org.penumbra.device.virtio.OverlayBudget;
import org.penumbra.device.virtio.TerminalSize;
import org.penumbra.machine.AddedDevice;
import org.penumbra.machine.Attachments;
import org.penumbra.machine.Peripherals;
import org.penumbra.options.ClockSource;
import org.penumbra.options.HostPath;
import org.penumbra.options.NetworkKind;
import org.penumbra.options.Settings;
import org.penumbra.options.VirtioInterface;

/// The peripherals of a machine, opened as the options say and closed with the context.
final class LinuxPeripherals {
    private LinuxPeripherals() {
    }

    /// @throws RiscvException where the host does not have what is asked for
    /// @throws IllegalArgumentException one line, for options that make no sense
    static Peripherals of(Env env, OptionValues options) {
        var named = new Attachments(RiscvOptions.get(options, Settings.DRIVE),
                RiscvOptions.get(options, Settings.NET) == NetworkKind.USER,
                RiscvOptions.get(options, Settings.FORWARD),
                RiscvOptions.get(options, Settings.SHARE));
        return new Peripherals(disks(env, named.disks()),
                network(env, named, RiscvOptions.get(options, Settings.CLOCK)),
                share(env, named.share()), terminal(RiscvOptions.get(options, Settings.TERMINAL)),
                RiscvOptions.get(options, Settings.VIRTIO) == VirtioInterface.LEGACY,
                RiscvOptions.get(options, Settings.RESET_ENDS), RiscvOptions.date(options), named, List.of(),
                complaints(env));
    }

    /// The same peripherals for another machine, which continues from a snapshot.
    ///
    /// @param terminal its size, or empty for the usual one
    /// @throws RiscvException where the host no longer has what is asked for
    static Peripherals again(Env env, Peripherals old, ClockSource clock, String terminal) {
        Attachments named = old.attachments();
        TerminalSize size = old.terminal() == null ? null : terminal.isEmpty() ? new TerminalSize()
                : terminal(terminal);
        return new Peripherals(disks(env, named.disks()), network(env, named, clock), share(env, named.share()), size,
                old.legacyVirtio(), old.resetEnds(), old.date(), named,
                old.added().stream().map(AddedDevice::again).toList(), complaints(env));
    }

    private static Consumer<String> complaints(Env env) {
        var err = new PrintStream(env.err(), true);
        return line -> err.println("penumbra: " + line);
    }

    /// Asks the context's file system, which disks and shares go past, whether what a specification names may be used.
    ///
    /// @throws RiscvException if it may not
    private static void permit(Env env, String specification) {
        HostPath path = HostPath.parse(specification);
        try {
            TruffleFile file = env.getPublicTruffleFile(path.name());
            if (file.isReadable() && (!path.writable() || file.isWritable())) {
                return;
            }
        } catch (SecurityException | UnsupportedOperationException | IllegalArgumentException refused) {
            // As if it were not there.
        }
        throw new RiscvException(path.name() + ": this context may not " + (path.writable() ? "write" : "read")
                + " it (scripts: --read, --write)", RiscvException.NO_SUCH_FILE);
    }

    private static List<Disk> disks(Env env, String files) {
        List<Disk> disks = new ArrayList<>();
        var budget = OverlayBudget.halfOfTheHeap();
        for (String file : files.lines().toList()) {
            try {
                Disk disk = Disk.of(file, budget);
                env.registerOnDispose(disk);
                permit(env, file);
                disks.add(disk);
            } catch (IOException | InvalidPathException failed) {
                throw new RiscvException(failed.getMessage(), RiscvException.NO_SUCH_FILE);
            }
        }
        return disks;
    }

    /// @return null for none
    private static Network network(Env env, Attachments named, ClockSource clock) {
        var forwards = UserNetwork.forwards(named.forwards());
        if (!named.network()) {
            if (!forwards.isEmpty()) {
                throw new IllegalArgumentException("ports are forwarded, but there is no network");
            }
            return null;
        }
        if (!env.isSocketIOAllowed()) {
            throw new RiscvException("a network is only for contexts that may open sockets (scripts: --allow-all)",
                    RiscvException.USAGE);
        }
        if (clock != ClockSource.HOST) {
            throw new IllegalArgumentException("the network is outside of the machine and needs the clock host");
        }
        try {
            Network network = UserNetwork.open(forwards);
            env.registerOnDispose(network);
            return network;
        } catch (IOException taken) {
            throw new RiscvException(taken.getMessage(), RiscvException.USAGE);
        }
    }

    /// @return null for none
    private static SharedFolder share(Env env, String specification) {
        if (specification.isEmpty()) {
            return null;
        }
        try {
            SharedFolder folder = SharedFolder.of(specification);
            env.registerOnDispose(folder);
            permit(env, specification);
            return folder;
        } catch (IOException failed) {
            throw new RiscvException(failed.getMessage(), RiscvException.NO_SUCH_FILE);
        }
    }

    /// @return null for none
    private static TerminalSize terminal(String text) {
        if (text.isEmpty()) {
            return null;
        }
        String[] columnsAndRows = text.split("x");
        var size = new TerminalSize();
        size.set(Integer.parseInt(columnsAndRows[0]), Integer.parseInt(columnsAndRows[1]));
        return size;
    }
}
