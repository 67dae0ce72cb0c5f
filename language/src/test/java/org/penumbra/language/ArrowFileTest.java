// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Arrow files, read back by their footer, and by pyarrow where it is installed.
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ArrowFileTest {
    private static final int ROWS = 70_001;
    private static final List<ArrowFile.Column> COLUMNS = List.of(new ArrowFile.Column("kind", true),
            new ArrowFile.Column("pc", false), new ArrowFile.Column("cause", true), new ArrowFile.Column("gva", false));

    /// Every third row has no cause, every fourth no address.
    private static ValueMap row(int i) {
        var row = new ValueMap().put("kind", "exit").put("pc", Long.MIN_VALUE + i);
        if (i % 3 != 0) {
            row.put("cause", "é" + i % 10);
        }
        return i % 4 != 0 ? row.put("gva", i) : row;
    }

    private static byte[] file() throws IOException {
        var out = new ByteArrayOutputStream();
        ArrowFile.write(out, COLUMNS, ROWS, ArrowFileTest::row);
        return out.toByteArray();
    }

    /// A flatbuffer's table, as its specification says.
    private record Table(ByteBuffer bytes, int at) {
        static Table root(ByteBuffer bytes, int from) {
            return new Table(bytes, from + bytes.getInt(from));
        }

        private int place(int slot) {
            int fields = at - bytes.getInt(at);
            return 4 + 2 * slot < bytes.getShort(fields) ? at + bytes.getShort(fields + 4 + 2 * slot) : at;
        }

        private int target(int slot) {
            return place(slot) + bytes.getInt(place(slot));
        }

        Table table(int slot) {
            return new Table(bytes, target(slot));
        }

        int length(int slot) {
            return bytes.getInt(target(slot));
        }

        int element(int slot, int index, int size) {
            return target(slot) + 4 + index * size;
        }

        Table tableOf(int slot, int index) {
            int element = element(slot, index, 4);
            return new Table(bytes, element + bytes.getInt(element));
        }

        String text(int slot) {
            byte[] text = new byte[length(slot)];
            bytes.get(target(slot) + 4, text);
            return new String(text, StandardCharsets.UTF_8);
        }
    }

    @Test
    void allValuesAreWhereTheFooterSays() throws IOException {
        byte[] file = file();
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals("ARROW1\0\0", new String(file, 0, 8, StandardCharsets.US_ASCII));
        assertEquals("ARROW1", new String(file, file.length - 6, 6, StandardCharsets.US_ASCII));
        int length = bytes.getInt(file.length - 10);
        Table footer = Table.root(bytes, file.length - 10 - length);
        assertEquals(COLUMNS.size(), footer.table(1).length(1));
        for (int i = 0; i < COLUMNS.size(); i++) {
            Table field = footer.table(1).tableOf(1, i);
            assertEquals(COLUMNS.get(i).name(), field.text(0));
            assertEquals(COLUMNS.get(i).text() ? 5 : 2, bytes.get(field.place(2)));
        }
        assertEquals(2, footer.length(3));
        int row = 0;
        for (int i = 0; i < 2; i++) {
            int block = footer.element(3, i, 24);
            int offset = (int) bytes.getLong(block);
            int body = offset + bytes.getInt(block + 8);
            assertEquals(-1, bytes.getInt(offset));
            assertEquals(body, offset + 8 + bytes.getInt(offset + 4));
            Table batch = Table.root(bytes, offset + 8).table(2);
            int count = (int) bytes.getLong(batch.place(0));
            for (int j = 0; j < count; j++, row++) {
                ValueMap expected = row(row);
                assertEquals(expected.get("pc"), value(batch, body, 4, j));
                assertEquals(expected.get("cause") != null, isThere(batch, body, 5, j));
                assertEquals(expected.get("cause") == null ? "" : expected.get("cause"), text(batch, body, 6, j));
                assertEquals(expected.get("gva") != null, isThere(batch, body, 8, j));
            }
            assertEquals(bytes.getLong(block + 16) + body, i == 0 ? (int) bytes.getLong(block + 24) : file.length - 18
                    - length);
            assertEquals(0, bytes.getLong(batch.element(1, 1, 16) + 8));
            assertEquals((count + 2) / 3, bytes.getLong(batch.element(1, 2, 16) + 8), 1);
        }
        assertEquals(ROWS, row);
    }

    private static int buffer(Table batch, int body, int index) {
        return body + (int) batch.bytes.getLong(batch.element(2, index, 16));
    }

    private static long value(Table batch, int body, int index, int row) {
        return batch.bytes.getLong(buffer(batch, body, index) + 8 * row);
    }

    private static boolean isThere(Table batch, int body, int index, int row) {
        return (batch.bytes.get(buffer(batch, body, index) + row / 8) >> row % 8 & 1) != 0;
    }

    private static String text(Table batch, int body, int index, int row) {
        int from = batch.bytes.getInt(buffer(batch, body, index) + 4 * row);
        byte[] text = new byte[batch.bytes.getInt(buffer(batch, body, index) + 4 * row + 4) - from];
        batch.bytes.get(buffer(batch, body, index + 1) + from, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    @Test
    void pyarrowReadsIt(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("rows.arrow"), file());
        Path out = folder.resolve("out");
        Process python;
        try {
            python = new ProcessBuilder("python3", "-c", """
                    import sys
                    try:
                        import pyarrow.ipc
                    except ImportError:
                        sys.exit(77)
                    table = pyarrow.ipc.open_file(sys.argv[1]).read_all()
                    table.validate(full=True)
                    print(table.num_rows, table['cause'].null_count, table['gva'].null_count, table['pc'][5].as_py(),
                          table['cause'][7].as_py(), table['gva'][70000].as_py(), table['gva'][69999].as_py(),
                          table.schema.names)
                    """, file.toString()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        } catch (IOException e) {
            assumeTrue(false, "python3 is not installed");
            return;
        }
        assertTrue(python.waitFor(100, TimeUnit.SECONDS));
        assumeTrue(python.exitValue() != 77, "pyarrow is not installed");
        assertEquals("70001 23334 17501 -9223372036854775803 é7 None 69999 ['kind', 'pc', 'cause', 'gva']\n",
                Files.readString(out));
    }
}
