// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A device tree under construction, and its flattened form (Devicetree Specification 0.4, chapter 5).
///
/// Nodes and properties keep the order in which they were added, so equal machines produce equal bytes.
public final class DeviceTree {
    /// Label of the interrupt controller to which devices' interrupts go.
    public static final String INTERRUPT_CONTROLLER = "plic";

    private static final int MAGIC = 0xd00dfeed;
    private static final int VERSION = 17;
    private static final int LAST_COMPATIBLE_VERSION = 16;
    private static final int HEADER_LENGTH = 40;
    private static final int FDT_BEGIN_NODE = 1;
    private static final int FDT_END_NODE = 2;
    private static final int FDT_PROP = 3;
    private static final int FDT_END = 9;

    private final Node root = new Node(null, "");
    private final Map<String, Integer> handles = new LinkedHashMap<>();
    private final Map<String, Node> labelled = new LinkedHashMap<>();
    private final List<long[]> reservations = new ArrayList<>();

    public Node root() {
        return root;
    }

    /// The phandle of the node that carries, or will carry, a label.
    public int handle(String label) {
        return handles.computeIfAbsent(label, unused -> handles.size() + 1);
    }

    /// The label of a hart's own interrupt controller, whose cells are the numbers of `mip` bits.
    public static String hartInterrupts(int hart) {
        return "cpu" + hart + "-intc";
    }

    /// Tells the guest to leave a range of memory alone.
    public void reserve(long address, long length) {
        reservations.add(new long[] {address, length});
    }

    /// A node: properties, then children.
    public final class Node {
        private final Node parent;
        private final String name;
        private final Map<String, byte[]> properties = new LinkedHashMap<>();
        private final Map<String, Node> children = new LinkedHashMap<>();

        private Node(Node parent, String name) {
            this.parent = parent;
            this.name = name;
        }

        public DeviceTree tree() {
            return DeviceTree.this;
        }

        /// The full path, `/` for the root.
        public String path() {
            if (parent == null) {
                return "/";
            }
            return (parent.parent == null ? "" : parent.path()) + "/" + name;
        }

        /// The child with a name, added if missing.
        public Node child(String childName) {
            return children.computeIfAbsent(childName, unused -> new Node(this, childName));
        }

        /// The child `name@unit`, with the unit address in hexadecimal.
        public Node child(String childName, long unit) {
            return child(childName + "@" + Long.toHexString(unit));
        }

        public boolean has(String property) {
            return properties.containsKey(property);
        }

        /// Sets a boolean property, which is true if present.
        public Node flag(String property) {
            return bytes(property, new byte[0]);
        }

        public Node bytes(String property, byte[] value) {
            properties.put(property, value.clone());
            return this;
        }

        /// Sets a property of 32-bit cells.
        public Node cells(String property, int... values) {
            var out = new Block();
            for (int value : values) {
                out.putInt(value);
            }
            return bytes(property, out.toByteArray());
        }

        /// Sets a property of 64-bit values, two cells each.
        public Node longs(String property, long... values) {
            var out = new Block();
            for (long value : values) {
                out.putLong(value);
            }
            return bytes(property, out.toByteArray());
        }

        /// Sets a string, or a list of them.
        public Node strings(String property, String... values) {
            var out = new Block();
            for (String value : values) {
                out.putString(value);
            }
            return bytes(property, out.toByteArray());
        }

        /// Sets `reg` to one range, under a parent with two address and two size cells.
        public Node reg(long base, long size) {
            return longs("reg", base, size);
        }

        /// Sets `interrupts` to one source of the interrupt controller with the given label.
        public Node interrupt(String controller, int source) {
            return cells("interrupt-parent", handle(controller)).cells("interrupts", source);
        }

        /// Gives the node the phandle of a label.
        ///
        /// @throws IllegalStateException if another node has the label
        public Node label(String label) {
            Node other = labelled.putIfAbsent(label, this);
            if (other != null && other != this) {
                throw new IllegalStateException("device tree label " + label + " is on " + other.path() + " and "
                        + path());
            }
            return cells("phandle", handle(label));
        }

        private void write(Block structure, Strings strings) {
            structure.putInt(FDT_BEGIN_NODE);
            structure.putString(name);
            structure.align(4);
            properties.forEach((property, value) -> {
                structure.putInt(FDT_PROP);
                structure.putInt(value.length);
                structure.putInt(strings.offset(property));
                structure.writeBytes(value);
                structure.align(4);
            });
            children.values().forEach(child -> child.write(structure, strings));
            structure.putInt(FDT_END_NODE);
        }
    }

    /// The flattened tree, version 17.
    ///
    /// @throws IllegalStateException if a phandle was used whose node does not exist
    public byte[] flatten() {
        handles.keySet().forEach(label -> {
            if (!labelled.containsKey(label)) {
                throw new IllegalStateException("no device tree node has the label " + label);
            }
        });
        var reserved = new Block();
        reservations.forEach(range -> {
            reserved.putLong(range[0]);
            reserved.putLong(range[1]);
        });
        reserved.putLong(0);
        reserved.putLong(0);
        var structure = new Block();
        var strings = new Strings();
        root.write(structure, strings);
        structure.putInt(FDT_END);

        int structureOffset = HEADER_LENGTH + reserved.size();
        int stringsOffset = structureOffset + structure.size();
        var out = new Block();
        out.putInt(MAGIC);
        out.putInt(stringsOffset + strings.block.size() + 7 & -8);
        out.putInt(structureOffset);
        out.putInt(stringsOffset);
        out.putInt(HEADER_LENGTH);
        out.putInt(VERSION);
        out.putInt(LAST_COMPATIBLE_VERSION);
        out.putInt(0); // boot_cpuid_phys
        out.putInt(strings.block.size());
        out.putInt(structure.size());
        out.writeBytes(reserved.toByteArray());
        out.writeBytes(structure.toByteArray());
        out.writeBytes(strings.block.toByteArray());
        out.align(8);
        return out.toByteArray();
    }

    /// Property names, each once.
    private static final class Strings {
        private final Block block = new Block();
        private final Map<String, Integer> offsets = new LinkedHashMap<>();

        int offset(String name) {
            return offsets.computeIfAbsent(name, unused -> {
                int offset = block.size();
                block.putString(name);
                return offset;
            });
        }
    }

    /// Big-endian bytes.
    private static final class Block extends ByteArrayOutputStream {
        void putInt(int value) {
            write(value >>> 24);
            write(value >>> 16);
            write(value >>> 8);
            write(value);
        }

        void putLong(long value) {
            putInt((int) (value >>> 32));
            putInt((int) value);
        }

        void putString(String value) {
            writeBytes(value.getBytes(StandardCharsets.UTF_8));
            write(0);
        }

        void align(int alignment) {
            while ((size() & alignment - 1) != 0) {
                write(0);
            }
        }
    }
}
