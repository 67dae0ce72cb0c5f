// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.TruffleLanguage.Env;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.graalvm.options.OptionValues;
import org.penumbra.device.net.UserNetwork;
import org.penumbra.device.share.SharedFolder;
import org.penumbra.device.virtio.Disk;
import org.penumbra.device.virtio.Network;
import org.penumbra.device.virtio.OverlayBudget;
import org.penumbra.device.virtio.TerminalSize;
import org.penumbra.machine.MachineConfig.ClockSource;
import org.penumbra.machine.Peripherals;

/// The peripherals of a machine, opened as the options say and closed with the context.
final class LinuxPeripherals {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");

    private LinuxPeripherals() {
    }

    /// @throws RiscvException where the host does not have what is asked for
    /// @throws IllegalArgumentException one line, for options that make no sense
    static Peripherals of(Env env, OptionValues options) {
        var err = new PrintStream(env.err(), true);
        return new Peripherals(disks(env, options.get(RiscvOptions.drive)), network(env, options),
                share(env, options.get(RiscvOptions.share)), terminal(options.get(RiscvOptions.terminal)),
                options.get(RiscvOptions.virtio) == RiscvOptions.VirtioInterface.LEGACY,
                        options.get(RiscvOptions.resetEnds),
                RiscvOptions.date(options),
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
        var forwards = UserNetwork.forwards(options.get(RiscvOptions.forward));
        if (options.get(RiscvOptions.net) == RiscvOptions.NetworkKind.NONE) {
            if (!forwards.isEmpty()) {
                throw new IllegalArgumentException("ports are forwarded, but there is no network");
            }
            return null;
        }
        if (options.get(RiscvOptions.clock) != ClockSource.HOST) {
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
        var match = SIZE.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no size of a terminal such as 80x24");
        }
        var size = new TerminalSize();
        size.set(Integer.parseInt(match.group(1)), Integer.parseInt(match.group(2)));
        return size;
    }
}
