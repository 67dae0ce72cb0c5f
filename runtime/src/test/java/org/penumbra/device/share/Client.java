// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The guest's side of the protocol: sends messages, and reads the answers.
final class Client {
    static final int RDONLY = 0;
    static final int WRONLY = 1;
    static final int RDWR = 2;

    final FileServer server;
    private int tag;

    Client(FileServer server) {
        this.server = server;
    }

    /// A client that has agreed on a version and attached to the folder as fid 0.
    static Client attached(SharedFolder folder) {
        Client client = new Client(new FileServer(folder));
        client.ok(FileServer.TVERSION, 1 << 20, "9P2000.L");
        client.ok(FileServer.TATTACH, 0, -1, "root", "", 0);
        return client;
    }

    /// Bytes of a message. An Integer takes four, a Long eight, a Short two and a Byte one; a String or `byte[]` is a string.
    byte[] message(int type, Object... fields) {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(0).put((byte) type).putShort((short) ++tag);
        for (Object field : fields) {
            switch (field) {
                case Byte value -> bytes.put(value);
                case Short value -> bytes.putShort(value);
                case Integer value -> bytes.putInt(value);
                case Long value -> bytes.putLong(value);
                case String text -> string(bytes, text.getBytes(StandardCharsets.UTF_8));
                case byte[] text -> string(bytes, text);
                case ByteBuffer data -> bytes.put(data.duplicate());
                default -> throw new IllegalArgumentException(field.getClass().getName());
            }
        }
        bytes.putInt(0, bytes.position());
        byte[] message = new byte[bytes.position()];
        bytes.get(0, message);
        return message;
    }

    private static void string(ByteBuffer bytes, byte[] text) {
        bytes.putShort((short) text.length).put(text);
    }

    /// Sends a message as it is.
    ByteBuffer send(byte[] message, long room) {
        ByteBuffer answer = server.answer(message, message.length, room);
        return ByteBuffer.wrap(answer.array(), 0, answer.limit()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Sends a message that works, and gives what follows the header of the answer.
    ByteBuffer ok(int type, Object... fields) {
        ByteBuffer answer = send(message(type, fields), 1 << 20);
        int got = answer.get(4);
        assertEquals(type + 1, got, got == FileServer.RLERROR ? "error " + answer.getInt(7) : "type");
        assertEquals(answer.limit(), answer.getInt(0));
        assertEquals((short) tag, answer.getShort(5));
        return answer.position(7);
    }

    /// Sends a message that fails, and gives the error's number.
    int error(int type, Object... fields) {
        return errno(send(message(type, fields), 1 << 20));
    }

    static int errno(ByteBuffer answer) {
        assertEquals(FileServer.RLERROR, answer.get(4));
        assertEquals(11, answer.limit());
        return answer.getInt(7);
    }

    /// Lets a new fid stand for what a path leads to.
    void walk(int from, int to, String... names) {
        List<Object> fields = new ArrayList<>(List.of(from, to, (short) names.length));
        fields.addAll(List.of(names));
        assertEquals(names.length, ok(FileServer.TWALK, fields.toArray()).getShort());
    }

    void open(int fid, int flags) {
        ok(FileServer.TLOPEN, fid, flags);
    }

    void clunk(int fid) {
        ok(FileServer.TCLUNK, fid);
    }

    byte[] read(int fid, long offset, int count) {
        ByteBuffer answer = ok(FileServer.TREAD, fid, offset, count);
        byte[] data = new byte[answer.getInt()];
        answer.get(data);
        return data;
    }

    int write(int fid, long offset, byte[] data) {
        return ok(FileServer.TWRITE, fid, offset, data.length, ByteBuffer.wrap(data)).getInt();
    }

    /// An entry of a directory.
    record Entry(String name, int type, long inode, long next) {
    }

    List<Entry> entries(int fid, long offset, int count) {
        ByteBuffer answer = ok(FileServer.TREADDIR, fid, offset, count);
        List<Entry> entries = new ArrayList<>();
        assertEquals(answer.getInt(), answer.remaining());
        while (answer.hasRemaining()) {
            answer.get();
            answer.getInt();
            long inode = answer.getLong();
            long next = answer.getLong();
            int type = answer.get();
            byte[] name = new byte[answer.getShort()];
            answer.get(name);
            entries.add(new Entry(new String(name, StandardCharsets.UTF_8), type, inode, next));
        }
        return entries;
    }

    /// What Rgetattr tells.
    record Status(long qid, int mode, int uid, int gid, long links, long size, long modified) {
    }

    Status status(int fid) {
        ByteBuffer answer = ok(FileServer.TGETATTR, fid, 0x7ffL);
        int start = answer.position() + 8 + 13;
        return new Status(answer.getLong(start - 8), answer.getInt(start), answer.getInt(start + 4), answer.getInt(start + 8),
                answer.getLong(start + 12), answer.getLong(start + 28), answer.getLong(start + 68));
    }

    /// Tsetattr with what `valid` names taken from the other arguments.
    Object[] change(int fid, int valid, int mode, int owner, long size, long time) {
        return new Object[] {fid, valid, mode, owner, owner, size, time, 5L, time, 7L};
    }
}
