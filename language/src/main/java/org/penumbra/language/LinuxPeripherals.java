// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.TruffleLanguage.Env;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import org.graalvm.options.OptionValues;
import org.penumbra.device.net.UserNetwork;
import org.penumbra.device.share.SharedFolder;
import org.penumbra.device.virtio.Disk;
import org.penumbra.device.virtio.Network;
import org.penumbra.device.virtio.OverlayBudget;
import org.penumbra.device.virtio.TerminalSize;
import org.penumbra.machine.Peripherals;
import org.penumbra.options.ClockSource;
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
        var err = new PrintStream(env.err(), true);
        return new Peripherals(disks(env, RiscvOptions.get(options, Settings.DRIVE)), network(env, options),
                share(env, RiscvOptions.get(options, Settings.SHARE)),
                terminal(RiscvOptions.get(options, Settings.TERMINAL)),
                RiscvOptions.get(options, Settings.VIRTIO) == VirtioInterface.LEGACY,
                RiscvOptions.get(options, Settings.RESET_ENDS), RiscvOptions.date(options),
                line -> err.println("penumbra: " + line));
    }

    private static List<Disk> disks(Env env, String files) {
        List<Disk> disks = new ArrayList<>();
        var budget = OverlayBudget.halfOfTheHeap();
        for (String file : files.lines().toList()) {
            try {
                Disk disk = Disk.of(file, budget);
                env.registerOnDispose(disk);
                disks.add(disk);
            } catch (IOException | InvalidPathException failed) {
                throw new RiscvException(failed.getMessage(), RiscvException.NO_SUCH_FILE);
            }
        }
        return disks;
    }

    /// @return null for none
    private static Network network(Env env, OptionValues options) {
        var forwards = UserNetwork.forwards(RiscvOptions.get(options, Settings.FORWARD));
        if (RiscvOptions.get(options, Settings.NET) == NetworkKind.NONE) {
            if (!forwards.isEmpty()) {
                throw new IllegalArgumentException("ports are forwarded, but there is no network");
            }
            return null;
        }
        if (RiscvOptions.get(options, Settings.CLOCK) != ClockSource.HOST) {
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
