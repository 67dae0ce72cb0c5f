// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

/// A file or folder of the host that a guest is given, as users write it: its name, with [#WRITE] behind it if the
/// guest may change it.
public record HostPath(String name, boolean writable) {
    /// Behind the name of what the guest may change.
    public static final String WRITE = ",write";

    public static HostPath parse(String text) {
        boolean writable = text.endsWith(WRITE);
        return new HostPath(writable ? text.substring(0, text.length() - WRITE.length()) : text, writable);
    }

    /// As users write it.
    @Override
    public String toString() {
        return writable ? name + WRITE : name;
    }
}
