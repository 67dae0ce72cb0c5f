// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import org.penumbra.device.share.Fids.Fid;

/// What Rgetattr tells of a file, and what Tsetattr changes.
final class Attributes {
    /// All that has a place in `struct stat`.
    static final long BASIC = 0x7ff;
    static final int MODE = 1;
    static final int UID = 2;
    static final int GID = 4;
    static final int SIZE = 8;
    static final int ATIME = 0x10;
    static final int MTIME = 0x20;
    static final int ATIME_SET = 0x80;
    static final int MTIME_SET = 0x100;

    private static final int ROOT = 0;
    private static final int NOBODY = 65534;

    private final HostCalls host;
    private final int user;
    private final int group;

    Attributes(HostCalls host) throws ShareException {
        this.host = host;
        this.user = host.user();
        this.group = host.group();
    }

    void write(Reply reply, FileStatus status) {
        reply.eight(BASIC).qid(status).four(status.mode()).four(owner(status.uid(), user))
                .four(owner(status.gid(), group))
                .eight(status.links()).eight(status.raw()).eight(status.size()).eight(status.blockSize())
                        .eight(status.blocks())
                .time(status.accessed()).time(status.modified()).time(status.changed())
                .eight(0).eight(0).eight(0).eight(0); // time of birth, generation, version of the data: not told
    }

    /// Our own user is root to the guest; the host's root, if that is another one, is nobody.
    private static int owner(int id, int own) {
        return id == own ? ROOT : id == ROOT ? NOBODY : id;
    }

    void change(Fid fid, Request request) throws ShareException {
        int valid = request.four();
        int mode = request.four();
        int uid = request.four();
        int gid = request.four();
        long size = request.eight();
        var accessed = new FileStatus.Time(request.eight(), request.eight());
        var modified = new FileStatus.Time(request.eight(), request.eight());
        FileStatus status = host.status(fid.descriptor());
        if ((valid & UID) != 0 && uid != owner(status.uid(), user) || (valid & GID) != 0
                && gid != owner(status.gid(), group)) {
            throw new ShareException(Errno.EPERM);
        }
        if ((valid & MODE) != 0) {
            if ((mode & FileStatus.SET_ID & ~status.mode()) != 0) {
                throw new ShareException(Errno.EPERM);
            }
            host.changeMode(fid.descriptor(), mode & (FileStatus.PERMISSIONS | FileStatus.SET_ID));
        }
        if ((valid & SIZE) != 0) {
            resize(fid, status, size);
        }
        if ((valid & (ATIME | MTIME)) != 0) {
            host.changeTimes(fid.descriptor(), time(accessed, valid, ATIME, ATIME_SET),
                    time(modified, valid, MTIME, MTIME_SET));
        }
    }

    private void resize(Fid fid, FileStatus status, long size) throws ShareException {
        if (size < 0 || status.type() != FileStatus.REGULAR) {
            throw new ShareException(Errno.EINVAL);
        }
        if (fid.isWritten()) {
            host.truncateOpen(fid.open(), size); // whatever the permissions are now
        } else {
            host.truncate(fid.descriptor(), size);
        }
    }

    private static FileStatus.Time time(FileStatus.Time given, int valid, int changed, int set) throws ShareException {
        if ((valid & changed) == 0) {
            return new FileStatus.Time(0, HostCalls.OMIT);
        }
        if ((valid & set) == 0) {
            return new FileStatus.Time(0, HostCalls.NOW);
        }
        if (given.nanoseconds() < 0 || given.nanoseconds() >= 1_000_000_000L) {
            throw new ShareException(Errno.EINVAL);
        }
        return given;
    }
}
