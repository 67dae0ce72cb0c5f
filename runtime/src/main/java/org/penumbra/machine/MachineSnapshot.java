// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.Measurement;
import org.penumbra.machine.image.Boot;
import org.penumbra.machine.image.Image;

/// A machine's state between two instructions.
///
/// It is one of the architecture: harts, devices, time and RAM, not of translations. Taking one empties the TLBs and shadow
/// tables of the machine, as a restored one's are, so that both go on alike to the last count.
public final class MachineSnapshot {
    private final MachineConfig config;
    private final Boot boot;
    final byte[] state;
    /// Indices of RAM pages that are not all zero, in the order they were touched, and what they hold.
    final int[] pages;
    final byte[][] contents;
    /// Of each hart.
    final List<ExitStatistics> counts;
    final Measurement measurement;
    private final long instructions;

    MachineSnapshot(MachineConfig config, Boot boot, byte[] state, int[] pages, byte[][] contents,
            List<ExitStatistics> counts, Measurement measurement, long instructions) {
        this.config = config;
        this.boot = boot;
        this.state = state;
        this.pages = pages;
        this.contents = contents;
        this.counts = List.copyOf(counts);
        this.measurement = measurement;
        this.instructions = instructions;
    }

    /// What it was taken of.
    public MachineConfig config() {
        return config;
    }

    /// What the machine was switched on with.
    public Boot boot() {
        return boot;
    }

    public Image image() {
        return boot.image();
    }

    /// Retired by all harts when it was taken.
    public long instructions() {
        return instructions;
    }

    /// Bytes of RAM that it holds.
    public long size() {
        return (long) pages.length << 12;
    }

    /// SHA-256 over all of it but the counts, in hexadecimal: two machines with the same go on alike.
    public String hash() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(state);
            // In the order of addresses, whatever that of the touches was.
            Integer[] order = new Integer[pages.length];
            for (int i = 0; i < order.length; i++) {
                order[i] = i;
            }
            Arrays.sort(order, Comparator.comparingInt(i -> pages[i]));
            for (int i : order) {
                digest.update(new byte[] {(byte) (pages[i] >>> 24), (byte) (pages[i] >>> 16), (byte) (pages[i] >>> 8),
                    (byte) pages[i]});
                digest.update(contents[i]);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
