// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// Reads a flattened device tree back, as strictly as the specification asks: path and property name to bytes.
final class DeviceTreeReader {
    private final ByteBuffer in;
    private final int strings;
    final Map<String, byte[]> properties = new HashMap<>();

    DeviceTreeReader(byte[] flattened) {
        in = ByteBuffer.wrap(flattened);
        check(in.getInt(0) == 0xd00dfeed, "magic");
        check(in.getInt(4) == flattened.length, "total size");
        check(in.getInt(20) == 17 && in.getInt(24) == 16, "version");
        int structure = in.getInt(8);
        strings = in.getInt(12);
        check(structure % 4 == 0 && in.getInt(16) % 8 == 0, "alignment");
        in.position(structure);
        check(in.getInt() == 1, "root node");
        node("");
        check(in.getInt() == 9, "end");
        check(in.position() - structure == in.getInt(36), "size of the structure block");
    }

    byte[] bytes(String path, String property) {
        byte[] value = properties.get(path + ":" + property);
        check(value != null, path + ":" + property + " is missing");
        return value;
    }

    String string(String path, String property) {
        byte[] value = bytes(path, property);
        return new String(value, 0, value.length - 1, StandardCharsets.UTF_8).replace('\0', ' ');
    }

    int cell(String path, String property, int index) {
        return ByteBuffer.wrap(bytes(path, property)).getInt(4 * index);
    }

    private void node(String parent) {
        String name = text(in.position());
        in.position(align(in.position() + name.length() + 1));
        String path = parent.equals("/") || parent.isEmpty() ? "/" + name : parent + "/" + name;
        for (int token = in.getInt(); token != 2; token = in.getInt()) {
            if (token == 1) {
                node(path);
            } else {
                check(token == 3, "token " + token);
                byte[] value = new byte[in.getInt()];
                String property = text(strings + in.getInt());
                in.get(value);
                in.position(align(in.position()));
                properties.put(path + ":" + property, value);
            }
        }
    }

    private String text(int at) {
        int end = at;
        while (in.get(end) != 0) {
            end++;
        }
        return new String(in.array(), at, end - at, StandardCharsets.UTF_8);
    }

    private static int align(int position) {
        return position + 3 & -4;
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("device tree: " + what);
        }
    }
}
