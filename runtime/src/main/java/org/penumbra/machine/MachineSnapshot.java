// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.Measurement;
import org.penumbra.machine.image.Boot;
import org.penumbra.machine.image.Image;
import org.penumbra.memory.GuestMemory;

/// A machine's state between two instructions.
///
/// A machine with the same model, options and TLB continues from it exactly, counts included. Under another model, or
/// from a file, which has architectural state only (harts, devices, time and RAM), translations begin cold.
public final class MachineSnapshot implements AutoCloseable {
    private final MachineConfig config;
    private final Boot boot;
    final byte[] state;
    final SavedPages pages;
    /// Of each hart.
    final List<ExitStatistics> counts;
    /// See [Machine#counted].
    final long[] countedFrom;
    final Measurement measurement;
    /// State of TLBs and of the model's tables, or null if it is not known.
    final byte[] translations;
    private final long instructions;

    MachineSnapshot(MachineConfig config, Boot boot, byte[] state, SavedPages pages,
            List<ExitStatistics> counts, long[] countedFrom, Measurement measurement, long instructions,
            byte[] translations) {
        this.countedFrom = countedFrom;
        this.translations = translations;
        this.config = config;
        this.boot = boot;
        this.state = state;
        this.pages = pages;
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
        return pages.count() * GuestMemory.PAGE_SIZE;
    }

    /// Releases at once what it holds outside the Java heap. It cannot be used afterwards.
    @Override
    public void close() {
        pages.close();
    }

    /// SHA-256 over everything but the counts, in hexadecimal: machines with equal hashes continue identically.
    public String hash() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(state);
            // In address order, independent of the order of touches.
            byte[] content = new byte[(int) GuestMemory.PAGE_SIZE];
            for (int i : pages.byAddress()) {
                digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(pages.index(i)).flip());
                pages.read(i, content, 0);
                digest.update(content);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
