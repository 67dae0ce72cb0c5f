// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import java.nio.charset.StandardCharsets;

/// Steps from one descriptor to another that never lead out of the shared folder.
final class Walk {
    private static final byte[] PARENT = {'.', '.'};
    /// More directories in one another than a host can be asked to look through for one message.
    private static final int DEEPEST = 1024;

    private final HostCalls host;
    private final int root;
    private final FileStatus rootStatus;

    /// @param root descriptor of the folder
    Walk(HostCalls host, int root) throws ShareException {
        this.host = host;
        this.root = root;
        this.rootStatus = host.status(root);
    }

    FileStatus rootStatus() {
        return rootStatus;
    }

    /// What a directory has under a name, or the directory above for `..`. A symbolic link is the link itself.
    ///
    /// @return a descriptor, opened by [HostCalls#PATH]
    int step(int directory, byte[] entry) throws ShareException {
        return isParent(entry) ? parent(directory) : host.openAt(directory, requireName(entry), HostCalls.PATH, 0);
    }

    /// A name that can be one of an entry of a directory: one, and of something new.
    ///
    /// @throws ShareException for one that leads elsewhere
    static byte[] requireName(byte[] entry) throws ShareException {
        boolean wrong = entry.length == 0 || isParent(entry) || entry.length == 1 && entry[0] == '.';
        for (byte letter : entry) {
            wrong |= letter == '/' || letter == 0;
        }
        if (wrong) {
            throw new ShareException(Errno.EINVAL);
        }
        return entry;
    }

    static boolean isParent(byte[] entry) {
        return entry.length == 2 && entry[0] == '.' && entry[1] == '.';
    }

    /// The directory above; the folder itself above that, and above what somebody moved out of it.
    private int parent(int directory) throws ShareException {
        if (!host.status(directory).isSame(rootStatus)) {
            int above = host.openAt(directory, PARENT, HostCalls.PATH | HostCalls.DIRECTORY, 0);
            if (isInside(above)) {
                return above;
            }
            host.close(above);
        }
        return host.duplicate(root);
    }

    private boolean isInside(int directory) throws ShareException {
        int at = host.duplicate(directory);
        try {
            FileStatus here = host.status(at);
            for (int depth = 0; depth < DEEPEST && !here.isSame(rootStatus); depth++) {
                int above = host.openAt(at, PARENT, HostCalls.PATH | HostCalls.DIRECTORY, 0);
                host.close(at);
                at = above;
                FileStatus there = host.status(at);
                if (there.isSame(here)) {
                    return false; // the host's own root
                }
                here = there;
            }
            return here.isSame(rootStatus);
        } finally {
            host.close(at);
        }
    }

    /// Where a file is, from the folder on: names with slashes between, empty for the folder itself.
    ///
    /// @throws ShareException if it has been removed or moved out
    String place(int descriptor) throws ShareException {
        String top = host.place(root);
        String found = host.place(descriptor);
        if (found.equals(top)) {
            return "";
        }
        String prefix = top.endsWith("/") ? top : top + "/";
        if (!found.startsWith(prefix)) {
            throw new ShareException(Errno.ENOENT);
        }
        return found.substring(prefix.length());
    }

    /// The file at a [#place].
    ///
    /// @return a descriptor, opened by [HostCalls#PATH]
    int to(String place) throws ShareException {
        int at = host.duplicate(root);
        for (String entry : place.split("/")) {
            if (entry.isEmpty()) {
                break;
            }
            try {
                int next = step(at, entry.getBytes(StandardCharsets.UTF_8));
                host.close(at);
                at = next;
            } catch (ShareException failed) {
                host.close(at);
                throw failed;
            }
        }
        return at;
    }
}
