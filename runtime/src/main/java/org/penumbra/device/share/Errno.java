// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

/// Error numbers of Linux that 9P2000.L uses, those that this server gives by itself. Linux has the same on all hosts
/// that Java runs on, so the host's own are handed on as they are.
final class Errno {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EIO = 5;
    static final int EBADF = 9;
    static final int EACCES = 13;
    static final int EEXIST = 17;
    static final int ENOTDIR = 20;
    static final int EINVAL = 22;
    static final int ENFILE = 23;
    static final int EROFS = 30;
    static final int ENAMETOOLONG = 36;
    static final int EPROTO = 71;
    static final int EMSGSIZE = 90;
    static final int EOPNOTSUPP = 95;

    private Errno() {
    }
}
