// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import org.penumbra.options.HostPath;

/// A folder of the host that a guest is given. It is never left: all is done from its descriptor on, a name at a time,
/// and no symbolic link is followed (the guest follows them itself, among its own files).
public final class SharedFolder implements Closeable {
    /// The longest message, in bytes: what Linux makes of 125 pages.
    static final int LONGEST_MESSAGE = 512_000;
    private static final int MOST_FIDS = 4096;
    /// Files that a fid can keep open.
    private static final int FILES_OF_A_FID = 2;

    private final HostCalls host;
    private final int root;
    private final boolean writable;
    private final Fids fids;
    private boolean closed;

    private SharedFolder(HostCalls host, int root, boolean writable, int mostFids) {
        this.host = host;
        this.root = root;
        this.writable = writable;
        this.fids = new Fids(host, mostFids);
    }

    /// Opens a folder.
    ///
    /// @param specification see [HostPath]
    /// @throws IOException with one line that names the folder and the fault
    public static SharedFolder of(String specification) throws IOException {
        HostPath folder = HostPath.parse(specification);
        return open(folder.name(), folder.writable(), mostFids());
    }

    static SharedFolder open(String path, boolean writable, int mostFids) throws IOException {
        if (!HostCalls.areThere()) {
            throw new IOException(path + ": folders can be shared on Linux only; give a disk image instead");
        }
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new IOException("'" + path.replace("\0", "\\0") + "' names no folder to share");
        }
        HostCalls host = new HostCalls(LONGEST_MESSAGE);
        try {
            int root = host.open(path, HostCalls.PATH | HostCalls.DIRECTORY);
            // needs /proc, and the right to read
            host.close(host.reopen(root, HostCalls.READ_ONLY | HostCalls.DIRECTORY));
            return new SharedFolder(host, root, writable, mostFids);
        } catch (ShareException failed) {
            host.close();
            throw new IOException(path + ": " + switch (failed.errno()) {
                case Errno.ENOENT -> "no such folder; check the path";
                case Errno.ENOTDIR -> "is no folder; name one to share";
                case Errno.EACCES -> "cannot be read; check its permissions";
                default -> "cannot be shared (error number " + failed.errno() + ")";
            });
        }
    }

    /// A quarter of what this process may open, so that a guest does not take what the rest of it needs.
    private static int mostFids() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? Math.clamp(system.getMaxFileDescriptorCount() / 4 / FILES_OF_A_FID, 16, MOST_FIDS) : MOST_FIDS;
    }

    HostCalls host() {
        return host;
    }

    /// The folder's descriptor, opened by [HostCalls#PATH].
    int root() {
        return root;
    }

    public boolean isWritable() {
        return writable;
    }

    /// The files that the guest works with, which end with the folder.
    Fids fids() {
        return fids;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            fids.clear();
            host.close(root);
            host.close();
        }
    }
}
