// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.lz4.Lz4Compressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import org.penumbra.device.virtio.TerminalSize;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.Measurement;
import org.penumbra.format.SnapshotMark;
import org.penumbra.hart.HartConfig;
import org.penumbra.machine.image.Boot;
import org.penumbra.machine.image.Image;
import org.penumbra.machine.image.SnapshotImage;
import org.penumbra.machine.image.SymbolTable;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.SparseRegion;
import org.penumbra.options.ClockSource;
import org.penumbra.options.CpuName;
import org.penumbra.options.Setting;
import org.penumbra.paging.ModelOptions;
import org.penumbra.snapshot.StateException;

/// The file format of snapshots: a line that identifies it, a version, and chunks of at most 1 MiB, each compressed
/// (LZ4) and with a checksum (CRC-32C), ended by an empty chunk; then the contents of pages that are not zero, and
/// their checksum. The chunks hold the configuration, the state, and which pages they are.
///
/// Pages are as they are, since they are nearly all of the file: in a Java that has just started, to unpack those of a
/// Linux (60 MB, a third of that if packed) took 1.1 s of a processor; to read them takes a tenth of that.
///
/// Counts and marked parts are not saved: a machine restored from a file counts from zero.
public final class SnapshotFile {
    private static final int VERSION = 8;
    /// No date is before 1970.
    private static final long NO_DATE = -1;
    private static final int CHUNK = 1 << 20;
    /// Pages are read in parts of so many bytes.
    private static final int PART = 16 << 20;
    private static final int PAGE = (int) GuestMemory.PAGE_SIZE;
    /// It holds what guests have written to their disks.
    private static final int LARGEST_STATE = 1 << 30;

    private SnapshotFile() {
    }

    public static void write(MachineSnapshot snapshot, OutputStream target) throws IOException {
        var raw = new DataOutputStream(target);
        raw.write(SnapshotMark.bytes());
        raw.writeInt(VERSION);
        var out = new DataOutputStream(new Chunks(raw));
        writeConfig(out, snapshot.config());
        writeImage(out, snapshot.image());
        out.writeBoolean(snapshot.boot().supervised());
        out.writeLong(snapshot.instructions());
        out.writeInt(snapshot.state.length);
        out.write(snapshot.state);
        SavedPages pages = snapshot.pages;
        out.writeInt(pages.count());
        for (int i = 0; i < pages.count(); i++) {
            out.writeInt(pages.index(i));
        }
        out.flush();
        out.close();
        var sum = new CRC32C();
        byte[] some = new byte[CHUNK];
        int length = 0;
        for (int i = 0; i < pages.count(); i++) {
            pages.read(i, some, length);
            length += PAGE;
            if (length == CHUNK || i == pages.count() - 1) {
                sum.update(some, 0, length);
                target.write(some, 0, length);
                length = 0;
            }
        }
        raw.writeInt((int) sum.getValue());
        raw.flush();
    }

    /// Reads a snapshot. Its configuration has no disks, network or share, only their names: the caller
    /// opens them before the machine continues.
    ///
    /// @throws StateException with a short description of what is wrong
    public static MachineSnapshot read(ReadableByteChannel source) throws IOException {
        var raw = new DataInputStream(Channels.newInputStream(source));
        try {
            if (!SnapshotMark.starts(raw.readNBytes(SnapshotMark.LENGTH))) {
                throw new StateException("it is no snapshot of Penumbra");
            }
            int version = raw.readInt();
            if (version != VERSION) {
                throw new StateException("it has version " + version + " of the format, this Penumbra reads " + VERSION
                        + "; make it again");
            }
            return read(new DataInputStream(new Unpacked(raw)), source);
        } catch (EOFException e) {
            throw new StateException("it ends too early");
        } catch (MalformedInputException | IllegalArgumentException | NegativeArraySizeException e) {
            throw new StateException("it is damaged");
        }
    }

    private static MachineSnapshot read(DataInputStream in, ReadableByteChannel source) throws IOException {
        MachineConfig config = readConfig(in);
        Image image = readImage(in);
        var boot = new Boot(null, image, in.readBoolean(), null, "", List.of());
        long instructions = in.readLong();
        byte[] state = new byte[count(in, LARGEST_STATE)];
        in.readFully(state);
        int most = (int) (config.memory() >>> GuestMemory.PAGE_SHIFT);
        int[] indices = new int[count(in, most)];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = count(in, most - 1);
        }
        if (in.read() >= 0) {
            throw new StateException("it is damaged");
        }
        SavedPages pages = new SavedPages(indices, readPages(indices.length, source));
        List<ExitStatistics> counts = new ArrayList<>();
        for (int i = 0; i < config.harts(); i++) {
            counts.add(new ExitStatistics());
        }
        return new MachineSnapshot(config, boot, state, pages, counts, new long[config.harts()],
                new Measurement(System.nanoTime()), instructions, null);
    }

    private static SparseRegion readPages(int count, ReadableByteChannel source) throws IOException {
        var region = new SparseRegion(Math.max(1, count) * GuestMemory.PAGE_SIZE);
        var sum = new CRC32C();
        if (count > 0) {
            for (ByteBuffer part : region.buffers(PART)) {
                fill(part, source);
                sum.update(part.flip());
            }
        }
        ByteBuffer expected = ByteBuffer.allocate(Integer.BYTES);
        fill(expected, source);
        if (expected.flip().getInt() != (int) sum.getValue()) {
            throw new StateException("it is damaged");
        }
        return region;
    }

    private static void fill(ByteBuffer buffer, ReadableByteChannel source) throws IOException {
        while (buffer.hasRemaining()) {
            if (source.read(buffer) < 0) {
                throw new EOFException();
            }
        }
    }

    private static int count(DataInputStream in, int most) throws IOException {
        int value = in.readInt();
        if (value < 0 || value > most) {
            throw new StateException("it is damaged");
        }
        return value;
    }

    private static void writeConfig(DataOutputStream out, MachineConfig config) throws IOException {
        out.writeUTF(config.model());
        out.writeLong(config.memory());
        out.writeInt(config.clock().ordinal());
        out.writeInt(config.tlbEntries());
        out.writeInt(config.harts());
        HartConfig hart = config.hart();
        out.writeInt(hart.virtualAddressBits());
        out.writeInt(hart.asidBits());
        out.writeBoolean(hart.svade());
        out.writeBoolean(hart.svadu());
        out.writeBoolean(hart.updating());
        out.writeBoolean(hart.svvptc());
        out.writeInt(hart.cpu().ordinal());
        for (Setting<?> setting : ModelOptions.SETTINGS) {
            out.writeUTF(text(config.modelOptions(), setting));
        }
        out.writeLong(config.modelOptions().seed());
        out.writeBoolean(config.peripherals().terminal() != null);
        out.writeBoolean(config.peripherals().legacyVirtio());
        out.writeBoolean(config.peripherals().resetEnds());
        out.writeLong(config.peripherals().date().orElse(NO_DATE));
        Attachments attachments = config.peripherals().attachments();
        out.writeUTF(attachments.disks());
        out.writeBoolean(attachments.network());
        out.writeUTF(attachments.forwards());
        out.writeUTF(attachments.share());
    }

    private static MachineConfig readConfig(DataInputStream in) throws IOException {
        MachineConfig standard = MachineConfig.standard();
        String model = in.readUTF();
        long memory = in.readLong();
        var clock = one(ClockSource.values(), in.readInt());
        int tlbEntries = in.readInt();
        int harts = in.readInt();
        var hart = new HartConfig(in.readInt(), in.readInt(), in.readBoolean(), in.readBoolean(),
                in.readBoolean(), in.readBoolean(), one(CpuName.values(), in.readInt()));
        ModelOptions options = ModelOptions.DEFAULTS;
        for (Setting<?> setting : ModelOptions.SETTINGS) {
            options = with(options, setting, in.readUTF());
        }
        options = options.withSeed(in.readLong());
        boolean terminal = in.readBoolean();
        boolean legacy = in.readBoolean();
        boolean resetEnds = in.readBoolean();
        long date = in.readLong();
        var attachments = new Attachments(in.readUTF(), in.readBoolean(), in.readUTF(), in.readUTF());
        var peripherals = new Peripherals(List.of(), null, null, terminal ? new TerminalSize() : null, legacy,
                resetEnds, date == NO_DATE ? OptionalLong.empty() : OptionalLong.of(date), attachments, List.of(),
                line -> { });
        return new MachineConfig(model, memory, clock, standard.maximumInstructions(), tlbEntries, harts, hart, options,
                peripherals, standard.in(), standard.out());
    }

    private static <T> String text(ModelOptions options, Setting<T> setting) {
        return setting.text(options.get(setting));
    }

    /// @throws IllegalArgumentException if the text is no value
    private static <T> ModelOptions with(ModelOptions options, Setting<T> setting, String text) {
        return options.with(setting, setting.parse(text));
    }

    private static <E> E one(E[] all, int index) {
        if (index < 0 || index >= all.length) {
            throw new StateException("it is damaged");
        }
        return all[index];
    }

    private static void writeImage(DataOutputStream out, Image image) throws IOException {
        out.writeUTF(image.name());
        out.writeLong(image.entry());
        out.writeBoolean(image.isKernel());
        out.writeLong(image.tohost().orElse(0));
        out.writeLong(image.fromhost().orElse(0));
        List<SymbolTable.Symbol> symbols = image.symbols().all();
        out.writeInt(symbols.size());
        for (SymbolTable.Symbol symbol : symbols) {
            byte[] name = symbol.name().getBytes(StandardCharsets.UTF_8);
            out.writeInt(name.length);
            out.write(name);
            out.writeLong(symbol.value());
            out.writeLong(symbol.size());
            out.writeByte(symbol.kind().ordinal());
        }
    }

    private static Image readImage(DataInputStream in) throws IOException {
        String name = in.readUTF();
        long entry = in.readLong();
        boolean kernel = in.readBoolean();
        OptionalLong tohost = word(in.readLong());
        OptionalLong fromhost = word(in.readLong());
        int count = count(in, 1 << 24);
        List<SymbolTable.Symbol> symbols = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] text = new byte[count(in, CHUNK)];
            in.readFully(text);
            symbols.add(new SymbolTable.Symbol(new String(text, StandardCharsets.UTF_8), in.readLong(), in.readLong(),
                    one(SymbolTable.Kind.values(), in.readByte())));
        }
        return new SnapshotImage(name, entry, kernel, tohost, fromhost, new SymbolTable(symbols));
    }

    private static OptionalLong word(long address) {
        return address == 0 ? OptionalLong.empty() : OptionalLong.of(address);
    }

    /// Compresses the output, one chunk at a time.
    private static final class Chunks extends OutputStream {
        private final DataOutputStream out;
        private final Lz4Compressor compressor = new Lz4Compressor();
        private final byte[] packed = new byte[compressor.maxCompressedLength(CHUNK)];
        private final ByteArrayOutputStream chunk = new ByteArrayOutputStream(CHUNK);

        Chunks(DataOutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            for (int done = 0; done < length;) {
                int part = Math.min(length - done, CHUNK - chunk.size());
                chunk.write(bytes, offset + done, part);
                done += part;
                if (chunk.size() == CHUNK) {
                    pack();
                }
            }
        }

        private void pack() throws IOException {
            byte[] bytes = chunk.toByteArray();
            chunk.reset();
            int length = compressor.compress(bytes, 0, bytes.length, packed, 0, packed.length);
            var sum = new CRC32C();
            sum.update(packed, 0, length);
            out.writeInt(bytes.length);
            out.writeInt(length);
            out.writeInt((int) sum.getValue());
            out.write(packed, 0, length);
        }

        @Override
        public void close() throws IOException {
            if (chunk.size() > 0) {
                pack();
            }
            out.writeInt(0);
            out.flush();
        }
    }

    /// Decompresses what [Chunks] has written.
    private static final class Unpacked extends InputStream {
        private final DataInputStream in;
        private final Lz4Decompressor decompressor = new Lz4Decompressor();
        private ByteArrayInputStream chunk = new ByteArrayInputStream(new byte[0]);

        Unpacked(DataInputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (chunk.available() == 0 && !unpack()) {
                return -1;
            }
            return chunk.read(target, offset, length);
        }

        private boolean unpack() throws IOException {
            int length = count(in, CHUNK);
            if (length == 0) {
                return false;
            }
            byte[] packed = new byte[count(in, 2 * CHUNK)];
            int expected = in.readInt();
            in.readFully(packed);
            var sum = new CRC32C();
            sum.update(packed);
            byte[] bytes = new byte[length];
            if ((int) sum.getValue() != expected
                    || decompressor.decompress(packed, 0, packed.length, bytes, 0, length) != length) {
                throw new StateException("it is damaged");
            }
            chunk = new ByteArrayInputStream(bytes);
            return true;
        }
    }
}
