// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// Writes rows as an Arrow file, which pandas, polars, DuckDB and others read without conversion: numbers as signed
/// 64-bit integers, texts as UTF-8, null where a row has no such column.
///
/// Source: Arrow Columnar Format 1.5, "IPC File Format", with the tables of its Schema.fbs, Message.fbs and File.fbs.
/// Slots are a table's fields in the order of those files.
final class ArrowFile {
    private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
    private static final int CONTINUATION = -1;
    private static final short VERSION_5 = 4;
    private static final short LITTLE_ENDIAN = 0;
    private static final byte HEADER_SCHEMA = 1;
    private static final byte HEADER_BATCH = 3;
    private static final byte TYPE_INT = 2;
    private static final byte TYPE_UTF8 = 5;
    private static final int WIDTH = 64;
    private static final int ALIGNMENT = 8;
    /// Rows of a record batch, which is what is held in memory.
    private static final int BATCH = 1 << 16;

    private final OutputStream out;
    private final List<Column> columns;
    private final List<Block> blocks = new ArrayList<>();
    private long written;

    /// @param text whether it holds texts, not numbers
    record Column(String name, boolean text) {
    }

    /// Where a record batch is: its metadata, then its body.
    private record Block(long offset, int metadata, long body) {
    }

    private ArrowFile(OutputStream out, List<Column> columns) {
        this.out = out;
        this.columns = columns;
    }

    /// @param rows  their number
    /// @param table gives a row by its index
    static void write(OutputStream out, List<Column> columns, int rows, IntFunction<ValueMap> table)
            throws IOException {
        var file = new ArrowFile(out, columns);
        file.put(MAGIC);
        file.align();
        file.message(HEADER_SCHEMA, 0, file::schema);
        for (int from = 0; from < rows; from += BATCH) {
            file.batch(from, Math.min(rows, from + BATCH), table);
        }
        file.end();
    }

    /// What writes a table into a builder.
    private interface Part {
        /// @return its offset
        int in(FlatBufferBuilder builder);
    }

    // ---- record batches

    private void batch(int from, int to, IntFunction<ValueMap> table) throws IOException {
        int count = to - from;
        var values = new Object[columns.size()][count];
        for (int row = 0; row < count; row++) {
            ValueMap map = table.apply(from + row);
            for (int i = 0; i < columns.size(); i++) {
                values[i][row] = map.get(columns.get(i).name());
            }
        }
        List<byte[]> buffers = new ArrayList<>();
        long[] nulls = new long[columns.size()];
        for (int i = 0; i < columns.size(); i++) {
            nulls[i] = add(buffers, columns.get(i), values[i]);
        }
        long body = buffers.stream().mapToLong(buffer -> aligned(buffer.length)).sum();
        long offset = written;
        message(HEADER_BATCH, body, builder -> batch(builder, count, nulls, buffers));
        blocks.add(new Block(offset, (int) (written - offset), body));
        for (byte[] buffer : buffers) {
            put(buffer);
            align();
        }
    }

    /// Adds a column's buffers: which values there are, and these, for texts with their ends before them.
    ///
    /// @return how many are null
    private static long add(List<byte[]> buffers, Column column, Object[] values) {
        byte[] there = new byte[(values.length + 7) / 8];
        ByteBuffer numbers = ByteBuffer.allocate(column.text() ? Integer.BYTES * (values.length + 1)
                : Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        var texts = new ByteArrayOutputStream();
        long nulls = 0;
        if (column.text()) {
            numbers.putInt(0);
        }
        for (int row = 0; row < values.length; row++) {
            if (values[row] == null) {
                nulls++;
            } else {
                there[row >> 3] |= (byte) (1 << (row & 7));
            }
            if (!column.text()) {
                numbers.putLong(values[row] == null ? 0 : ((Number) values[row]).longValue());
            } else {
                texts.writeBytes((values[row] == null ? "" : values[row].toString()).getBytes(StandardCharsets.UTF_8));
                numbers.putInt(texts.size());
            }
        }
        buffers.add(there);
        buffers.add(numbers.array());
        if (column.text()) {
            buffers.add(texts.toByteArray());
        }
        return nulls;
    }

    private static int batch(FlatBufferBuilder builder, int count, long[] nulls, List<byte[]> buffers) {
        builder.startVector(2 * Long.BYTES, nulls.length, Long.BYTES);
        for (int i = nulls.length - 1; i >= 0; i--) {
            builder.putLong(nulls[i]);
            builder.putLong(count);
        }
        int nodes = builder.endVector();
        builder.startVector(2 * Long.BYTES, buffers.size(), Long.BYTES);
        long end = buffers.stream().mapToLong(buffer -> aligned(buffer.length)).sum();
        for (int i = buffers.size() - 1; i >= 0; i--) {
            end -= aligned(buffers.get(i).length);
            builder.putLong(buffers.get(i).length);
            builder.putLong(end);
        }
        int places = builder.endVector();
        builder.startTable(4);
        builder.addLong(0, count, 0);
        builder.addOffset(1, nodes, 0);
        builder.addOffset(2, places, 0);
        return builder.endTable();
    }

    // ---- the rest of the file

    private int schema(FlatBufferBuilder builder) {
        int[] fields = columns.stream().mapToInt(column -> field(builder, column)).toArray();
        int all = builder.createVectorOfTables(fields);
        builder.startTable(4);
        builder.addShort(0, LITTLE_ENDIAN, 0);
        builder.addOffset(1, all, 0);
        return builder.endTable();
    }

    private static int field(FlatBufferBuilder builder, Column column) {
        int name = builder.createString(column.name());
        int children = builder.createVectorOfTables(new int[0]);
        builder.startTable(2);
        if (!column.text()) {
            builder.addInt(0, WIDTH, 0);
            builder.addBoolean(1, true, false); // signed
        }
        int type = builder.endTable();
        builder.startTable(7);
        builder.addOffset(0, name, 0);
        builder.addBoolean(1, true, false); // it may be null
        builder.addByte(2, column.text() ? TYPE_UTF8 : TYPE_INT, 0);
        builder.addOffset(3, type, 0);
        builder.addOffset(5, children, 0);
        return builder.endTable();
    }

    private void message(byte type, long body, Part part) throws IOException {
        var builder = new FlatBufferBuilder();
        int header = part.in(builder);
        builder.startTable(5);
        builder.addShort(0, VERSION_5, 0);
        builder.addByte(1, type, 0);
        builder.addOffset(2, header, 0);
        builder.addLong(3, body, 0);
        builder.finish(builder.endTable());
        byte[] bytes = builder.sizedByteArray();
        number(CONTINUATION);
        number((int) aligned(bytes.length));
        put(bytes);
        align();
    }

    private void end() throws IOException {
        number(CONTINUATION);
        number(0);
        var builder = new FlatBufferBuilder();
        int schema = schema(builder);
        builder.startVector(3 * Long.BYTES, blocks.size(), Long.BYTES);
        for (Block block : blocks.reversed()) {
            builder.putLong(block.body());
            builder.pad(Integer.BYTES);
            builder.putInt(block.metadata());
            builder.putLong(block.offset());
        }
        int batches = builder.endVector();
        builder.startTable(5);
        builder.addShort(0, VERSION_5, 0);
        builder.addOffset(1, schema, 0);
        builder.addOffset(3, batches, 0);
        builder.finish(builder.endTable());
        byte[] footer = builder.sizedByteArray();
        put(footer);
        number(footer.length);
        put(MAGIC);
    }

    private static long aligned(long length) {
        return length + ALIGNMENT - 1 & -ALIGNMENT;
    }

    private void number(int value) throws IOException {
        put(ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    private void align() throws IOException {
        put(new byte[(int) (aligned(written) - written)]);
    }

    private void put(byte[] bytes) throws IOException {
        out.write(bytes);
        written += bytes.length;
    }
}
