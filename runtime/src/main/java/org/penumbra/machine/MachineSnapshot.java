// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.Measurement;
import org.penumbra.machine.image.Boot;
import org.penumbra.machine.image.Image;

/// A machine's state between two instructions.
///
/// A machine with the same model, options and TLB continues from it exactly, counts included. Under another model, or
/// from a file, which has architectural state only (harts, devices, time and RAM), translations begin cold.
public final class MachineSnapshot {
    private final MachineConfig config;
    private final Boot boot;
    final byte[] state;
    /// Indices of the RAM pages that are not all zero, in the order they were touched, and their contents.
    final int[] pages;
    final byte[][] contents;
    /// Of each hart.
    final List<ExitStatistics> counts;
    final Measurement measurement;
    /// State of TLBs and of the model's tables, or null if it is not known.
    final byte[] translations;
    private final long instructions;
    private Map<Integer, byte[]> byPage;

    MachineSnapshot(MachineConfig config, Boot boot, byte[] state, int[] pages, byte[][] contents,
            List<ExitStatistics> counts, Measurement measurement, long instructions,
            byte[] translations) {
        this.translations = translations;
        this.config = config;
        this.boot = boot;
        this.state = state;
        this.pages = pages;
        this.contents = contents;
        this.counts = List.copyOf(counts);
        this.measurement = measurement;
        this.instructions = instructions;
    }

    /// The configuration of its machine.
    public MachineConfig config() {
        return config;
    }

    /// What the machine was booted with.
    public Boot boot() {
        return boot;
    }

    public Image image() {
        return boot.image();
    }

    /// Instructions retired by all harts when it was taken.
    public long instructions() {
        return instructions;
    }

    /// Bytes of RAM that it holds.
    public long size() {
        return (long) pages.length << 12;
    }

    /// Contents by page index.
    Map<Integer, byte[]> byPage() {
        if (byPage == null) {
            byPage = HashMap.newHashMap(pages.length);
            for (int i = 0; i < pages.length; i++) {
                byPage.put(pages[i], contents[i]);
            }
        }
        return byPage;
    }

    /// SHA-256 over everything but the counts, in hexadecimal: machines with equal hashes continue identically.
    public String hash() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(state);
            // In address order, independent of the order of touches.
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
