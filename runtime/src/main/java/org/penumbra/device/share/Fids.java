// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.penumbra.snapshot.State;
import org.penumbra.snapshot.StateException;

/// The files that the guest has given numbers of its own. They stay the same files, whatever becomes of their names.
final class Fids {

    /// One of them.
    static final class Fid {
        /// Names the file; not opened, unless it was created by this fid.
        private int descriptor;
        /// The file opened for reading or writing, or -1.
        private int open = -1;
        private boolean written;

        private Fid(int descriptor) {
            this.descriptor = descriptor;
        }

        int descriptor() {
            return descriptor;
        }

        boolean isOpen() {
            return open >= 0;
        }

        /// The open file.
        int open() throws ShareException {
            if (open < 0) {
                throw new ShareException(Errno.EBADF);
            }
            return open;
        }

        /// Whether it is open for writing.
        boolean isWritten() {
            return written;
        }

        /// The file has been opened.
        void opened(int file, boolean forWriting) {
            open = file;
            written = forWriting;
        }
    }

    private final HostCalls host;
    private final int limit;
    private final Map<Integer, Fid> all = new HashMap<>();

    /// @param limit how many there can be
    Fids(HostCalls host, int limit) {
        this.host = host;
        this.limit = limit;
    }

    Fid get(int number) throws ShareException {
        Fid fid = all.get(number);
        if (fid == null) {
            throw new ShareException(Errno.EBADF);
        }
        return fid;
    }

    /// Whether another one may come, under this number.
    void requireFree(int number) throws ShareException {
        if (all.containsKey(number)) {
            throw new ShareException(Errno.EINVAL);
        }
        if (all.size() >= limit) {
            throw new ShareException(Errno.ENFILE);
        }
    }

    /// Adds a file, whose descriptor is this table's then.
    void add(int number, int descriptor) {
        all.put(number, new Fid(descriptor));
    }

    /// Lets a fid stand for another file, created and open.
    void replace(Fid fid, int open, boolean forWriting) {
        host.close(fid.descriptor);
        fid.descriptor = open;
        fid.opened(open, forWriting);
    }

    void remove(int number) throws ShareException {
        close(get(number));
        all.remove(number);
    }

    void clear() {
        all.values().forEach(this::close);
        all.clear();
    }

    int size() {
        return all.size();
    }

    private void close(Fid fid) {
        if (fid.open >= 0 && fid.open != fid.descriptor) {
            host.close(fid.open);
        }
        host.close(fid.descriptor);
    }

    /// Writes the number and place of each.
    ///
    /// @throws StateException where one is open
    void save(State state, Walk walk) throws ShareException {
        for (var entry : new TreeMap<>(all).entrySet()) {
            if (entry.getValue().isOpen()) {
                throw new StateException("the guest has a file of the shared folder open; it must close it first");
            }
            state.number(entry.getKey());
            state.block(walk.place(entry.getValue().descriptor()).getBytes(StandardCharsets.UTF_8));
        }
    }
}
