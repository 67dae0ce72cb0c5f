// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.penumbra.device.share.Fids.Fid;
import org.penumbra.snapshot.State;
import org.penumbra.snapshot.StateException;

/// Serves a [SharedFolder] by the protocol 9P2000.L, the form of Plan 9's 9P that Linux speaks: a message of the guest
/// is answered at once by one of ours. Names of messages and of their fields are the protocol's.
///
/// What is created belongs to the user who runs this, who is root to the guest; nothing can be given to anybody else,
/// and no file gets the bits that lend a program its owner. There are no extended attributes and no devices. Locks are
/// always granted: those of one guest are kept by its own kernel, and other guests' are not seen. Whatever makes no
/// sense is answered by an Rlerror.
public final class FileServer {
    /// What every message begins with: its size, type and tag.
    static final int HEADER = 7;
    /// What is before the data in an Rread and an Rreaddir; a whole Rlerror.
    static final int OVERHEAD = HEADER + 4;
    static final int LEAST_MESSAGE = 4096;

    static final int RLERROR = 7;
    static final int TSTATFS = 8;
    static final int TLOPEN = 12;
    static final int TLCREATE = 14;
    static final int TSYMLINK = 16;
    static final int TMKNOD = 18;
    static final int TREADLINK = 22;
    static final int TGETATTR = 24;
    static final int TSETATTR = 26;
    static final int TREADDIR = 40;
    static final int TFSYNC = 50;
    static final int TLOCK = 52;
    static final int TGETLOCK = 54;
    static final int TLINK = 70;
    static final int TMKDIR = 72;
    static final int TRENAMEAT = 74;
    static final int TUNLINKAT = 76;
    static final int TVERSION = 100;
    static final int TATTACH = 104;
    static final int TFLUSH = 108;
    static final int TWALK = 110;
    static final int TREAD = 116;
    static final int TWRITE = 118;
    static final int TCLUNK = 120;

    private static final String VERSION = "9P2000.L";
    private static final int NO_TAG = 0xffff;
    private static final int MOST_NAMES = 16;
    private static final int LOCK_SUCCESS = 0;
    private static final int UNLOCKED = 2;
    private static final int V9FS_MAGIC = 0x0102_1997;
    /// Of a directory's entry in an Rreaddir, without its name.
    private static final int ENTRY = Reply.QID + 8 + 1 + 2;
    private static final int DT_DIRECTORY = 4;
    private static final int DT_LINK = 10;
    /// Of an entry that the host gives: where its fields are.
    private static final int NEXT_OFFSET = 8;
    private static final int LENGTH_OFFSET = 16;
    private static final int TYPE_OFFSET = 18;
    private static final int NAME_OFFSET = 19;

    private final SharedFolder folder;
    private final HostCalls host;
    private final Fids fids;
    private final Walk walk;
    private final Attributes attributes;
    private final Reply reply = new Reply(SharedFolder.LONGEST_MESSAGE);
    /// The longest message agreed on; 0 before Tversion.
    private int longest;

    public FileServer(SharedFolder folder) {
        this.folder = folder;
        this.host = folder.host();
        this.fids = folder.fids();
        try {
            this.walk = new Walk(host, folder.root());
            this.attributes = new Attributes(host);
        } catch (ShareException failed) {
            throw new IllegalStateException("an open folder tells its status", failed);
        }
    }

    /// Forgets the guest's files.
    public void reset() {
        fids.clear();
        longest = 0;
    }

    /// The longest message that is taken, in bytes.
    public static int longestMessage() {
        return SharedFolder.LONGEST_MESSAGE;
    }

    /// Answers one message.
    ///
    /// @param length bytes of it
    /// @param room   for the answer
    /// @return the answer, valid until the next call; empty where there is no room for any
    public ByteBuffer answer(byte[] message, int length, long room) {
        ByteBuffer bytes = reply.bytes().clear();
        if (room < OVERHEAD) {
            return bytes.limit(0);
        }
        bytes.limit((int) Math.min(room, bytes.capacity())).position(HEADER);
        Request request = new Request(message, length);
        int tag = NO_TAG;
        int answered = RLERROR;
        try {
            int size = request.four();
            int type = request.one();
            tag = request.two();
            if (size < HEADER || size > length || (longest == 0 ? type != TVERSION : size > longest)) {
                throw new ShareException(Errno.EPROTO);
            }
            dispatch(type, request);
            answered = type + 1;
        } catch (ShareException failed) {
            bytes.position(HEADER).putInt(failed.errno());
        } catch (BufferOverflowException noRoom) {
            bytes.position(HEADER).putInt(Errno.EMSGSIZE);
        }
        bytes.putInt(0, bytes.position()).put(4, (byte) answered).putShort(5, (short) tag);
        return bytes.flip();
    }

    private void dispatch(int type, Request request) throws ShareException {
        switch (type) {
            case TVERSION -> version(request);
            case TATTACH -> attach(request);
            case TFLUSH -> { } // everything before has been answered
            case TWALK -> walk(request);
            case TCLUNK -> fids.remove(request.four());
            case TSTATFS -> statfs(fids.get(request.four()));
            case TGETATTR -> attributes.write(reply, host.status(fids.get(request.four()).descriptor()));
            case TSETATTR -> attributes.change(changed(request.four()), request);
            case TLOPEN -> lopen(request);
            case TLCREATE -> lcreate(request);
            case TREAD -> read(request);
            case TWRITE -> write(request);
            case TREADDIR -> readdir(request);
            case TREADLINK -> readlink(fids.get(request.four()).descriptor());
            case TFSYNC -> host.synchronise(fids.get(request.four()).open(), request.four() != 0);
            case TSYMLINK -> symlink(request);
            case TMKNOD -> mknod(request);
            case TMKDIR -> mkdir(request);
            case TLINK -> link(request);
            case TRENAMEAT -> renameat(request);
            case TUNLINKAT -> unlinkat(request);
            case TLOCK -> {
                fids.get(request.four());
                reply.one(LOCK_SUCCESS);
            }
            case TGETLOCK -> getlock(request);
            // Trename and Tremove are for servers without Trenameat and Tunlinkat. Extended attributes are not offered.
            default -> throw new ShareException(Errno.EOPNOTSUPP);
        }
    }

    // --- A session
    // ---------------------------------------------------------------------------------------------------------

    private void version(Request request) throws ShareException {
        int most = request.four();
        boolean known = new String(request.string(), StandardCharsets.ISO_8859_1).equals(VERSION);
        reset();
        int agreed = Integer.compareUnsigned(most, SharedFolder.LONGEST_MESSAGE) < 0 ? most
                : SharedFolder.LONGEST_MESSAGE;
        if (known && agreed < LEAST_MESSAGE) {
            throw new ShareException(Errno.EMSGSIZE);
        }
        longest = known ? agreed : 0;
        reply.four(agreed).string((known ? VERSION : "unknown").getBytes(StandardCharsets.ISO_8859_1));
    }

    private void attach(Request request) throws ShareException {
        int fid = request.four();
        fids.requireFree(fid);
        fids.add(fid, host.duplicate(folder.root()));
        reply.qid(walk.rootStatus());
    }

    /// Follows names one by one. What was found counts although a later name is not there; the new fid is made only at
    /// the end of the walk.
    private void walk(Request request) throws ShareException {
        int number = request.four();
        Fid from = fids.get(number);
        int to = request.four();
        int count = request.two();
        if (count > MOST_NAMES || to == number && from.isOpen()) {
            throw new ShareException(Errno.EINVAL);
        }
        byte[][] names = new byte[count][];
        for (int i = 0; i < count; i++) {
            names[i] = request.string();
        }
        if (to != number) {
            fids.requireFree(to);
        }
        reply.two(0);
        int at = host.duplicate(from.descriptor());
        int found = 0;
        try {
            for (; found < count; found++) {
                int next = walk.step(at, names[found]);
                host.close(at);
                at = next;
                reply.qid(host.status(at));
            }
        } catch (ShareException failed) {
            if (found == 0) {
                host.close(at);
                throw failed;
            }
        } catch (BufferOverflowException noRoom) {
            host.close(at);
            throw noRoom;
        }
        reply.bytes().putShort(HEADER, (short) found);
        if (found < count) {
            host.close(at);
            return;
        }
        if (to == number) {
            fids.remove(to);
        }
        fids.add(to, at);
    }

    private void statfs(Fid fid) throws ShareException {
        long[] numbers = host.fileSystem(fid.descriptor());
        reply.four(V9FS_MAGIC).four((int) numbers[HostCalls.BLOCK_SIZE]);
        for (int i = HostCalls.BLOCKS; i <= HostCalls.FREE_FILES; i++) {
            reply.eight(numbers[i]);
        }
        reply.eight(numbers[HostCalls.FILE_SYSTEM_ID]).four((int) numbers[HostCalls.LONGEST_ENTRY]);
    }

    // --- Files
    // -------------------------------------------------------------------------------------------------------------

    private void lopen(Request request) throws ShareException {
        Fid fid = fids.get(request.four());
        int flags = HostCalls.openFlags(request.four());
        FileStatus status = host.status(fid.descriptor());
        // A pipe would keep us waiting, and a device is the host's; the guest's kernel has its own of either.
        if (fid.isOpen() || !status.isDirectory() && status.type() != FileStatus.REGULAR) {
            throw new ShareException(Errno.EINVAL);
        }
        if (HostCalls.changes(flags)) {
            requireWritable();
        }
        fid.opened(host.reopen(fid.descriptor(), flags), HostCalls.writes(flags));
        reply.qid(status).four(0);
    }

    private void lcreate(Request request) throws ShareException {
        Fid fid = fids.get(request.four());
        byte[] name = Walk.requireName(request.string());
        int wanted = request.four();
        int mode = request.four() & FileStatus.PERMISSIONS;
        requireWritable();
        if (fid.isOpen()) {
            throw new ShareException(Errno.EINVAL);
        }
        int flags = HostCalls.openFlags(wanted);
        int open = create(fid.descriptor(), name, flags | HostCalls.NONBLOCK, mode,
                (wanted & HostCalls.EXCLUSIVE) != 0);
        try {
            FileStatus status = host.status(open);
            if (status.type() != FileStatus.REGULAR) {
                throw new ShareException(Errno.EINVAL);
            }
            reply.qid(status).four(0);
        } catch (ShareException | BufferOverflowException failed) {
            host.close(open);
            throw failed;
        }
        fids.replace(fid, open, HostCalls.writes(flags));
    }

    private int create(int directory, byte[] name, int flags, int mode, boolean exclusive) throws ShareException {
        int open;
        try {
            open = host.openAt(directory, name, flags | HostCalls.CREATE | HostCalls.EXCLUSIVE, mode);
        } catch (ShareException failed) {
            if (exclusive || failed.errno() != Errno.EEXIST) {
                throw failed;
            }
            return host.openAt(directory, name, flags, 0);
        }
        return permitted(open, mode);
    }

    /// Gives a new file all the permissions asked for: the guest has applied its mask, ours is of no concern to it.
    private int permitted(int descriptor, int mode) throws ShareException {
        try {
            host.changeMode(descriptor, mode);
            return descriptor;
        } catch (ShareException failed) {
            host.close(descriptor);
            throw failed;
        }
    }

    private void readlink(int link) throws ShareException {
        if (host.status(link).type() != FileStatus.LINK) {
            throw new ShareException(Errno.EINVAL);
        }
        reply.string(host.target(link));
    }

    private void read(Request request) throws ShareException {
        int file = fids.get(request.four()).open();
        long offset = request.eight();
        int count = Math.min(reply.bytes().remaining() - 4, request.count());
        reply.four(0);
        int done = host.read(file, offset, reply.bytes(), count);
        reply.bytes().putInt(HEADER, done);
    }

    private void write(Request request) throws ShareException {
        int file = fids.get(request.four()).open();
        long offset = request.eight();
        int count = request.four();
        requireWritable();
        reply.four(host.write(file, offset, request.data(count), count));
    }

    /// Entries of a directory; the offset of each is where the next request goes on.
    private void readdir(Request request) throws ShareException {
        int directory = fids.get(request.four()).open();
        long offset = request.eight();
        int room = Math.min(reply.bytes().remaining() - 4, request.count());
        long device = host.status(directory).device();
        ByteBuffer entries = host.entries(directory, offset, room).order(ByteOrder.LITTLE_ENDIAN);
        reply.four(0);
        int start = reply.bytes().position();
        for (int at = 0; at < entries.limit(); at += Short.toUnsignedInt(entries.getShort(at + LENGTH_OFFSET))) {
            byte[] name = name(entries, at + NAME_OFFSET);
            if (reply.bytes().position() - start + ENTRY + name.length > room) {
                break;
            }
            int type = entries.get(at + TYPE_OFFSET);
            if (Walk.isParent(name)) {
                reply.qid(walk.rootStatus()); // a place to be walked to, and not to be told of from here
            } else {
                reply.qid(type == DT_DIRECTORY ? Reply.QID_DIRECTORY : type == DT_LINK ? Reply.QID_LINK : 0, 0,
                        entries.getLong(at), device);
            }
            reply.eight(entries.getLong(at + NEXT_OFFSET)).one(type).string(name);
        }
        int done = reply.bytes().position() - start;
        if (done == 0 && entries.limit() > 0) {
            throw new ShareException(Errno.EINVAL); // no room for a single one
        }
        reply.bytes().putInt(HEADER, done);
    }

    private static byte[] name(ByteBuffer entries, int at) {
        int end = at;
        while (entries.get(end) != 0) {
            end++;
        }
        byte[] name = new byte[end - at];
        entries.get(at, name);
        return name;
    }

    private void getlock(Request request) throws ShareException {
        fids.get(request.four());
        request.one();
        reply.one(UNLOCKED).eight(request.eight()).eight(request.eight()).four(request.four()).string(request.string());
    }

    // --- Directories
    // -------------------------------------------------------------------------------------------------------

    private void symlink(Request request) throws ShareException {
        int directory = changed(request.four()).descriptor();
        byte[] name = Walk.requireName(request.string());
        host.makeLink(directory, name, requireText(request.string()));
        created(directory, name, 0);
    }

    private void mknod(Request request) throws ShareException {
        int directory = changed(request.four()).descriptor();
        byte[] name = Walk.requireName(request.string());
        int mode = request.four();
        int type = mode & FileStatus.TYPE;
        if (type != FileStatus.FIFO && type != FileStatus.SOCKET) {
            throw new ShareException(Errno.EPERM);
        }
        host.makeNode(directory, name, type | mode & FileStatus.PERMISSIONS);
        created(directory, name, mode);
    }

    private void mkdir(Request request) throws ShareException {
        int directory = changed(request.four()).descriptor();
        byte[] name = Walk.requireName(request.string());
        int mode = request.four();
        host.makeDirectory(directory, name, mode & FileStatus.PERMISSIONS);
        created(directory, name, mode);
    }

    /// Answers with what has been made under a name.
    ///
    /// @param mode whose permissions it gets, 0 for a link, which has none
    private void created(int directory, byte[] name, int mode) throws ShareException {
        int made = host.openAt(directory, name, HostCalls.PATH, 0);
        try {
            if (mode != 0) {
                host.changeMode(made, mode & FileStatus.PERMISSIONS);
            }
            reply.qid(host.status(made));
        } finally {
            host.close(made);
        }
    }

    private void link(Request request) throws ShareException {
        Fid directory = changed(request.four());
        Fid file = fids.get(request.four());
        host.link(file.descriptor(), directory.descriptor(), Walk.requireName(request.string()));
    }

    private void renameat(Request request) throws ShareException {
        Fid from = changed(request.four());
        byte[] old = Walk.requireName(request.string());
        Fid to = fids.get(request.four());
        host.rename(from.descriptor(), old, to.descriptor(), Walk.requireName(request.string()));
    }

    private void unlinkat(Request request) throws ShareException {
        Fid directory = changed(request.four());
        byte[] name = Walk.requireName(request.string());
        host.unlink(directory.descriptor(), name, request.four() & HostCalls.REMOVE_DIRECTORY);
    }

    /// A file that the request is to change.
    private Fid changed(int number) throws ShareException {
        Fid fid = fids.get(number);
        requireWritable();
        return fid;
    }

    private void requireWritable() throws ShareException {
        if (!folder.isWritable()) {
            throw new ShareException(Errno.EROFS);
        }
    }

    private static byte[] requireText(byte[] text) throws ShareException {
        for (byte letter : text) {
            if (letter == 0) {
                throw new ShareException(Errno.EINVAL);
            }
        }
        return text;
    }

    /// Saves the guest's files by their places in the folder, or finds them again.
    ///
    /// @throws StateException where the guest has a file open, or one that is not there
    public void transfer(State state) {
        longest = state.number(longest);
        try {
            if (state.restores()) {
                fids.clear();
                for (long left = state.number(0L); left > 0; left--) {
                    fids.add(state.number(0), walk.to(new String(state.block(null), StandardCharsets.UTF_8)));
                }
            } else {
                state.number((long) fids.size());
                fids.save(state, walk);
            }
        } catch (ShareException failed) {
            throw new StateException("a file of the shared folder is not there any more (error number "
                    + failed.errno() + ")");
        }
    }
}
