// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// The host's system calls on files by descriptor, on Linux. Java's own library follows paths, and what a path leads to
/// can be changed by other programs that write to the folder; a descriptor stays with its file.
///
/// Names are bytes without a zero at their end. Every call that fails throws with the host's error number.
final class HostCalls implements AutoCloseable {
    static final int READ_ONLY = 0;
    static final int ACCESS_MODE = 3;
    static final int CREATE = 0100;
    static final int EXCLUSIVE = 0200;
    static final int TRUNCATE = 01000;
    static final int APPEND = 02000;
    static final int NONBLOCK = 04000;
    static final int SYNC = 04010000;
    static final int CLOSE_ON_EXEC = 02000000;
    /// The descriptor only names the file: nothing is opened, so that even a pipe or a device does no harm.
    static final int PATH = 010000000;
    static final int DIRECTORY = isArm() ? 040000 : 0200000;
    static final int NO_FOLLOW = isArm() ? 0100000 : 0400000;
    static final int REMOVE_DIRECTORY = 0x200;
    /// Of a time: the present one, or no change.
    static final long NOW = (1L << 30) - 1;
    static final long OMIT = (1L << 30) - 2;

    /// Where numbers are in what [#fileSystem] gives: the fields of `struct statvfs`.
    static final int BLOCK_SIZE = 1;
    static final int BLOCKS = 2;
    static final int FREE_FILES = 6;
    static final int FILE_SYSTEM_ID = 8;
    static final int LONGEST_ENTRY = 10;

    private static final int AT_FDCWD = -100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_SYMLINK_FOLLOW = 0x400;
    private static final int STATX_BASIC = 0x7ff;
    private static final int LONGEST_NAME = 4096;
    private static final int FILE_SYSTEM_BYTES = 256;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

    private static final MethodHandle OPENAT = variadic("openat", INT, 3, INT, POINTER, INT, INT);
    private static final MethodHandle DUP = function("dup", INT, INT);
    private static final MethodHandle CLOSE = function("close", INT, INT);
    private static final MethodHandle STATX = function("statx", INT, INT, POINTER, INT, INT, POINTER);
    private static final MethodHandle PREAD = function("pread", LONG, INT, POINTER, LONG, LONG);
    private static final MethodHandle PWRITE = function("pwrite", LONG, INT, POINTER, LONG, LONG);
    private static final MethodHandle LSEEK = function("lseek", LONG, INT, LONG, INT);
    private static final MethodHandle GETDENTS = function("getdents64", LONG, INT, POINTER, LONG);
    private static final MethodHandle READLINKAT = function("readlinkat", LONG, INT, POINTER, POINTER, LONG);
    private static final MethodHandle MKDIRAT = function("mkdirat", INT, INT, POINTER, INT);
    private static final MethodHandle MKNODAT = function("mknodat", INT, INT, POINTER, INT, LONG);
    private static final MethodHandle SYMLINKAT = function("symlinkat", INT, POINTER, INT, POINTER);
    private static final MethodHandle LINKAT = function("linkat", INT, INT, POINTER, INT, POINTER, INT);
    private static final MethodHandle UNLINKAT = function("unlinkat", INT, INT, POINTER, INT);
    private static final MethodHandle RENAMEAT = function("renameat", INT, INT, POINTER, INT, POINTER);
    private static final MethodHandle FCHMODAT = function("fchmodat", INT, INT, POINTER, INT, INT);
    private static final MethodHandle TRUNCATE_PATH = function("truncate", INT, POINTER, LONG);
    private static final MethodHandle FTRUNCATE = function("ftruncate", INT, INT, LONG);
    private static final MethodHandle UTIMENSAT = function("utimensat", INT, INT, POINTER, POINTER, INT);
    private static final MethodHandle FSYNC = function("fsync", INT, INT);
    private static final MethodHandle FDATASYNC = function("fdatasync", INT, INT);
    private static final MethodHandle FSTATVFS = function("fstatvfs", INT, INT, POINTER);
    private static final MethodHandle GETEUID = function("geteuid", INT);
    private static final MethodHandle GETEGID = function("getegid", INT);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = arena.allocate(STATE);
    private final MemorySegment name = arena.allocate(LONGEST_NAME + 1);
    private final MemorySegment otherName = arena.allocate(LONGEST_NAME + 1);
    private final MemorySegment small = arena.allocate(Math.max(FileStatus.BYTES, FILE_SYSTEM_BYTES), 8);
    private final MemorySegment data;

    /// @param room bytes that one read or write moves at most, more than a name of a file can have
    HostCalls(int room) {
        data = arena.allocate(room, 8);
    }

    /// Flags of an open by the protocol that the host is given. The rest is the guest's own affair, or done otherwise.
    static int openFlags(int wanted) {
        return wanted & (ACCESS_MODE | TRUNCATE | APPEND | SYNC);
    }

    /// Whether an open with these flags may change the file.
    static boolean changes(int flags) {
        return (flags & (ACCESS_MODE | TRUNCATE)) != READ_ONLY;
    }

    static boolean writes(int flags) {
        return (flags & ACCESS_MODE) != READ_ONLY;
    }

    /// Whether this computer has these calls.
    static boolean areThere() {
        return System.getProperty("os.name").equals("Linux")
                && Linker.nativeLinker().defaultLookup().find("statx").isPresent()
                && Linker.nativeLinker().defaultLookup().find("getdents64").isPresent();
    }

    private static boolean isArm() {
        String architecture = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return architecture.equals("aarch64") || architecture.startsWith("arm");
    }

    private static MethodHandle function(String symbol, MemoryLayout result, MemoryLayout... parameters) {
        return handle(symbol, FunctionDescriptor.of(result, parameters), Linker.Option.captureCallState("errno"));
    }

    private static MethodHandle variadic(String symbol, MemoryLayout result, int fixed, MemoryLayout... parameters) {
        return handle(symbol, FunctionDescriptor.of(result, parameters), Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(fixed));
    }

    private static MethodHandle handle(String symbol, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(symbol), type, options);
    }

    /// One call, whose method handle throws what it likes.
    private interface Call {
        long run() throws Throwable;
    }

    private long checked(Call call) throws ShareException {
        try {
            long result = call.run();
            if (result < 0) {
                throw new ShareException((int) ERRNO.get(state, 0L));
            }
            return result;
        } catch (ShareException | RuntimeException | Error failed) {
            throw failed;
        } catch (Throwable failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static MemorySegment put(byte[] text, MemorySegment into) throws ShareException {
        if (text.length > LONGEST_NAME) {
            throw new ShareException(Errno.ENAMETOOLONG);
        }
        MemorySegment.copy(text, 0, into, ValueLayout.JAVA_BYTE, 0, text.length);
        into.set(ValueLayout.JAVA_BYTE, text.length, (byte) 0);
        return into;
    }

    /// A path that leads to the very file of a descriptor, whatever became of its name.
    private MemorySegment self(int descriptor) throws ShareException {
        return put(("/proc/self/fd/" + descriptor).getBytes(StandardCharsets.US_ASCII), otherName);
    }

    /// Opens a path of the host's user, following links.
    int open(String path, int flags) throws ShareException {
        MemorySegment at = put(path.getBytes(StandardCharsets.UTF_8), name);
        return (int) checked(() -> (int) OPENAT.invokeExact(state, AT_FDCWD, at, flags | CLOSE_ON_EXEC, 0));
    }

    /// Opens what a directory has under a name, not following a link.
    int openAt(int directory, byte[] entry, int flags, int mode) throws ShareException {
        MemorySegment at = put(entry, name);
        return (int) checked(() -> (int) OPENAT.invokeExact(state, directory, at, flags | NO_FOLLOW | CLOSE_ON_EXEC,
                mode));
    }

    /// Opens the file of a descriptor again, for another use.
    int reopen(int descriptor, int flags) throws ShareException {
        MemorySegment at = self(descriptor);
        return (int) checked(() -> (int) OPENAT.invokeExact(state, AT_FDCWD, at, flags | CLOSE_ON_EXEC, 0));
    }

    /// The current path of a descriptor's file; after its removal, a path that does not exist.
    String place(int descriptor) throws ShareException {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
        } catch (IOException failed) {
            throw new ShareException(Errno.ENOENT);
        }
    }

    /// Another descriptor of the same file.
    int duplicate(int descriptor) throws ShareException {
        return (int) checked(() -> (int) DUP.invokeExact(state, descriptor));
    }

    void close(int descriptor) {
        try {
            int _ = (int) CLOSE.invokeExact(state, descriptor);
        } catch (RuntimeException | Error failed) {
            throw failed;
        } catch (Throwable failed) {
            throw new IllegalStateException(failed);
        }
    }

    FileStatus status(int descriptor) throws ShareException {
        MemorySegment empty = put(new byte[0], name);
        checked(() -> (int) STATX.invokeExact(state, descriptor, empty, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW,
                STATX_BASIC, small));
        return FileStatus.of(small);
    }

    /// Reads bytes of a file, fewer at its end.
    ///
    /// @param target where they go, from its position on
    int read(int descriptor, long position, ByteBuffer target, int length) throws ShareException {
        int most = (int) Math.min(length, data.byteSize());
        int count = (int) checked(() -> (long) PREAD.invokeExact(state, descriptor, data, (long) most, position));
        target.put(data.asSlice(0, count).asByteBuffer());
        return count;
    }

    /// Writes bytes from the position of `source` on, which moves behind what was written.
    int write(int descriptor, long position, ByteBuffer source, int length) throws ShareException {
        int most = (int) Math.min(length, data.byteSize());
        MemorySegment.copy(MemorySegment.ofBuffer(source), 0, data, 0, most);
        int count = (int) checked(() -> (long) PWRITE.invokeExact(state, descriptor, data, (long) most, position));
        source.position(source.position() + count);
        return count;
    }

    /// Entries of a directory in the form of getdents64(2), as many as fit.
    ///
    /// @param from where to go on: 0, or what an entry gives for the one behind it
    /// @return empty at the end
    ByteBuffer entries(int descriptor, long from, int room) throws ShareException {
        int most = (int) Math.min(room, data.byteSize());
        checked(() -> (long) LSEEK.invokeExact(state, descriptor, from, 0));
        int count = (int) checked(() -> (long) GETDENTS.invokeExact(state, descriptor, data, (long) most));
        return data.asSlice(0, count).asByteBuffer();
    }

    /// Where a symbolic link, opened by [#PATH], leads to.
    byte[] target(int link) throws ShareException {
        MemorySegment empty = put(new byte[0], name);
        long count = checked(() -> (long) READLINKAT.invokeExact(state, link, empty, data, data.byteSize()));
        return data.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
    }

    void makeDirectory(int directory, byte[] entry, int mode) throws ShareException {
        MemorySegment at = put(entry, name);
        checked(() -> (int) MKDIRAT.invokeExact(state, directory, at, mode));
    }

    /// Makes a pipe or a socket's name.
    void makeNode(int directory, byte[] entry, int mode) throws ShareException {
        MemorySegment at = put(entry, name);
        checked(() -> (int) MKNODAT.invokeExact(state, directory, at, mode, 0L));
    }

    void makeLink(int directory, byte[] entry, byte[] target) throws ShareException {
        MemorySegment at = put(entry, name);
        MemorySegment to = put(target, otherName);
        checked(() -> (int) SYMLINKAT.invokeExact(state, to, directory, at));
    }

    /// Gives a file one more name.
    void link(int descriptor, int directory, byte[] entry) throws ShareException {
        MemorySegment at = put(entry, name);
        MemorySegment from = self(descriptor);
        checked(() -> (int) LINKAT.invokeExact(state, AT_FDCWD, from, directory, at, AT_SYMLINK_FOLLOW));
    }

    void unlink(int directory, byte[] entry, int flags) throws ShareException {
        MemorySegment at = put(entry, name);
        checked(() -> (int) UNLINKAT.invokeExact(state, directory, at, flags));
    }

    void rename(int from, byte[] old, int to, byte[] fresh) throws ShareException {
        MemorySegment at = put(old, name);
        MemorySegment behind = put(fresh, otherName);
        checked(() -> (int) RENAMEAT.invokeExact(state, from, at, to, behind));
    }

    void changeMode(int descriptor, int mode) throws ShareException {
        MemorySegment at = self(descriptor);
        checked(() -> (int) FCHMODAT.invokeExact(state, AT_FDCWD, at, mode, 0));
    }

    /// Sets the length of a file that need not be open.
    void truncate(int descriptor, long length) throws ShareException {
        MemorySegment at = self(descriptor);
        checked(() -> (int) TRUNCATE_PATH.invokeExact(state, at, length));
    }

    /// Sets the length of a file that is open for writing.
    void truncateOpen(int descriptor, long length) throws ShareException {
        checked(() -> (int) FTRUNCATE.invokeExact(state, descriptor, length));
    }

    /// @param accessed nanoseconds may be [#NOW] or [#OMIT]
    void changeTimes(int descriptor, FileStatus.Time accessed, FileStatus.Time modified) throws ShareException {
        MemorySegment at = self(descriptor);
        small.set(LONG, 0, accessed.seconds());
        small.set(LONG, 8, accessed.nanoseconds());
        small.set(LONG, 16, modified.seconds());
        small.set(LONG, 24, modified.nanoseconds());
        checked(() -> (int) UTIMENSAT.invokeExact(state, AT_FDCWD, at, small, 0));
    }

    void synchronise(int descriptor, boolean dataOnly) throws ShareException {
        checked(() -> dataOnly ? (int) FDATASYNC.invokeExact(state, descriptor)
                : (int) FSYNC.invokeExact(state, descriptor));
    }

    /// Numbers of the file system: block size (of input and output, then the one that counts), blocks, free ones, those
    /// free to all, files, free ones, those free to all, id, flags, longest name.
    long[] fileSystem(int descriptor) throws ShareException {
        checked(() -> (int) FSTATVFS.invokeExact(state, descriptor, small));
        return small.asSlice(0, (LONGEST_ENTRY + 1) * 8L).toArray(LONG);
    }

    int user() throws ShareException {
        return (int) checked(() -> Integer.toUnsignedLong((int) GETEUID.invokeExact(state)));
    }

    int group() throws ShareException {
        return (int) checked(() -> Integer.toUnsignedLong((int) GETEGID.invokeExact(state)));
    }

    @Override
    public void close() {
        arena.close();
    }
}
