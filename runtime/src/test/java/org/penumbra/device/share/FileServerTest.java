// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.penumbra.device.share.FileServer.*;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.snapshot.StateException;
import org.penumbra.snapshot.StateReader;
import org.penumbra.snapshot.StateWriter;

final class FileServerTest {
    private static final int ENOENT = 2;
    private static final int ENOTDIR = 20;
    private static final int EISDIR = 21;
    private static final int ENOTEMPTY = 39;
    private static final int ELOOP = 40;
    private static final int CREAT_EXCL = HostCalls.CREATE | HostCalls.EXCLUSIVE;
    private static final int FIDS = 40;

    @TempDir
    private Path directory;
    private Path root;
    private SharedFolder folder;
    private Client client;

    @BeforeEach
    void share() throws IOException {
        assumeTrue(HostCalls.areThere(), "needs Linux");
        root = Files.createDirectory(directory.resolve("root"));
        Files.writeString(directory.resolve("secret"), "secret");
        Files.createDirectories(root.resolve("a/b"));
        Files.writeString(root.resolve("file"), "hello");
        open(true);
    }

    private void open(boolean writable) throws IOException {
        close();
        folder = SharedFolder.open(root.toString(), writable, FIDS);
        client = Client.attached(folder);
    }

    @AfterEach
    void close() {
        if (folder != null) {
            folder.close();
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    private String contents(String name) throws IOException {
        return Files.readString(root.resolve(name));
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    // --- Files -------------------------------------------------------------------------------------------------------------

    @Test
    void aFileIsReadAndWritten() throws IOException {
        client.walk(0, 1, "file");
        client.open(1, Client.RDWR);
        assertArrayEquals(ascii("hello"), client.read(1, 0, 100));
        assertArrayEquals(ascii("lo"), client.read(1, 3, 100));
        assertEquals(0, client.read(1, 5, 100).length);
        assertEquals(5, client.write(1, 5, ascii(" ther")));
        assertEquals("hello ther", contents("file"));
        assertEquals(10, client.status(1).size());
        client.ok(TFSYNC, 1, 0);
        client.clunk(1);
        assertEquals(Errno.EBADF, client.error(TREAD, 1, 0L, 1));
    }

    @Test
    void aFileIsCreatedWithThePermissionsAskedForWhateverOurMask() throws IOException {
        client.walk(0, 1);
        client.ok(TLCREATE, 1, "new", CREAT_EXCL | Client.RDWR, 0100666, 0);
        assertEquals(3, client.write(1, 0, ascii("new")));
        assertEquals("new", contents("new"));
        assertEquals("rw-rw-rw-", PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("new"))));
        client.walk(0, 2);
        assertEquals(Errno.EEXIST, client.error(TLCREATE, 2, "new", CREAT_EXCL, 0666, 0));
        client.ok(TLCREATE, 2, "new", HostCalls.CREATE | Client.RDONLY, 0600, 0);
        assertArrayEquals(ascii("new"), client.read(2, 0, 9));
        client.ok(TMKDIR, 0, "dir", 0777, 0);
        assertEquals("rwxrwxrwx", PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("dir"))));
        assertEquals(Errno.EEXIST, client.error(TMKDIR, 0, "dir", 0777, 0));
    }

    /// A program may make itself a file that nobody may write, and write it.
    @Test
    void whoCreatedAFileMayWriteItWhateverItsPermissions() throws IOException {
        client.walk(0, 1);
        client.ok(TLCREATE, 1, "new", CREAT_EXCL | Client.WRONLY, 0400, 0);
        client.write(1, 0, ascii("0123456789"));
        client.ok(TSETATTR, client.change(1, Attributes.SIZE, 0, 0, 4, 0));
        assertEquals("0123", contents("new"));
    }

    @Test
    void aFileBeyondFourGigabytesIsRead() throws IOException {
        long far = (1L << 32) + 4711;
        try (RandomAccessFile file = new RandomAccessFile(root.resolve("big").toFile(), "rw")) {
            file.seek(far);
            file.write(ascii("end"));
        }
        client.walk(0, 1, "big");
        assertEquals(far + 3, client.status(1).size());
        client.open(1, Client.RDWR);
        assertArrayEquals(ascii("end"), client.read(1, far, 10));
        client.write(1, far + 3, ascii("!"));
        assertArrayEquals(ascii("d!"), client.read(1, far + 2, 10));
        assertEquals(Errno.EINVAL, client.error(TREAD, 1, -1L, 10));
        client.ok(TSETATTR, client.change(1, Attributes.SIZE, 0, 0, far + 1, 0));
        assertEquals(far + 1, Files.size(root.resolve("big")));
    }

    @Test
    void anOpenFileOutlivesItsName() throws IOException {
        client.walk(0, 1, "file");
        client.open(1, Client.RDWR);
        client.ok(TUNLINKAT, 0, "file", 0);
        assertFalse(Files.exists(root.resolve("file")));
        assertArrayEquals(ascii("hello"), client.read(1, 0, 10));
        client.write(1, 0, ascii("J"));
        assertArrayEquals(ascii("Jello"), client.read(1, 0, 10));
        assertEquals(0, client.status(1).links());
        client.ok(TSETATTR, client.change(1, Attributes.SIZE, 0, 0, 2, 0));
        assertEquals(2, client.status(1).size());
    }

    @Test
    void aFidFollowsItsFileThroughRenames() throws IOException {
        Files.writeString(root.resolve("a/b/deep"), "deep");
        client.walk(0, 1, "a", "b", "deep");
        client.walk(0, 2, "a");
        client.ok(TRENAMEAT, 0, "a", 0, "z");
        client.open(1, Client.RDONLY);
        assertArrayEquals(ascii("deep"), client.read(1, 0, 10));
        client.ok(TRENAMEAT, 2, "b", 0, "top");
        assertEquals("deep", contents("top/deep"));
        client.ok(TRENAMEAT, 0, "file", 2, "file");
        assertEquals("hello", contents("z/file"));
        Files.writeString(root.resolve("z/other"), "other");
        client.ok(TRENAMEAT, 2, "other", 2, "file");
        assertEquals("other", contents("z/file"), "a rename takes the place of what was there");
        assertEquals(ENOENT, client.error(TRENAMEAT, 0, "nothing", 0, "x"));
        assertEquals(Errno.EINVAL, client.error(TRENAMEAT, 0, "z", 2, "inside itself"));
    }

    @Test
    void attributesAreToldAndChanged() throws IOException {
        client.walk(0, 1, "file");
        Client.Status status = client.status(1);
        assertEquals(0100000, status.mode() & 0170000);
        assertEquals(0, status.uid(), "the host user is root to the guest");
        assertEquals(5, status.size());
        assertEquals(1, status.links());
        client.ok(TSETATTR, client.change(1, Attributes.MODE, 0640, 0, 0, 0));
        assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("file"))));
        client.ok(TSETATTR, client.change(1, Attributes.MTIME | Attributes.MTIME_SET, 0, 0, 0, 1_000_000_000L));
        assertEquals(1_000_000_000L, client.status(1).modified());
        assertEquals(FileTime.from(java.time.Instant.ofEpochSecond(1_000_000_000L, 7)), Files.getLastModifiedTime(root.resolve("file")));
        client.ok(TSETATTR, client.change(1, Attributes.MTIME, 0, 0, 0, 0));
        assertTrue(client.status(1).modified() > 1_000_000_000L, "without a time it is the present one");
        client.ok(TSETATTR, client.change(1, Attributes.UID | Attributes.GID, 0, 0, 0, 0));
        assertEquals(Errno.EPERM, client.error(TSETATTR, client.change(1, Attributes.UID, 0, 1000, 0, 0)));
        assertEquals(Errno.EPERM, client.error(TSETATTR, client.change(1, Attributes.MODE, 04755, 0, 0, 0)), "no setuid for the host");
        client.ok(TMKDIR, 0, "sticky", 07777, 0);
        assertEquals("1777", permissions("sticky"));
    }

    private String permissions(String name) throws IOException {
        return Integer.toOctalString((int) Files.getAttribute(root.resolve(name), "unix:mode") & 07777);
    }

    @Test
    void aFileHasSeveralNames() throws IOException {
        client.walk(0, 1, "file");
        client.walk(0, 2, "a");
        client.ok(TLINK, 2, 1, "again");
        assertEquals("hello", contents("a/again"));
        assertEquals(2, client.status(1).links());
        client.walk(0, 3, "a", "again");
        assertEquals(client.status(1).qid(), client.status(3).qid());
        assertNotEquals(client.status(0).qid(), client.status(3).qid());
        assertEquals(Errno.EEXIST, client.error(TLINK, 0, 1, "a"));
    }

    @Test
    void pipesAndSocketsHaveNamesAndDevicesNone() throws Exception {
        client.ok(TMKNOD, 0, "pipe", 0010600, 0, 0, 0);
        client.ok(TMKNOD, 0, "socket", 0140600, 0, 0, 0);
        assertEquals(Errno.EPERM, client.error(TMKNOD, 0, "null", 0020666, 1, 3, 0));
        client.walk(0, 1, "pipe");
        assertEquals(0010600, client.status(1).mode());
        assertEquals(Errno.EINVAL, client.error(TLOPEN, 1, Client.RDONLY), "nobody waits for a writer on the host");
        client.walk(0, 2);
        assertEquals(Errno.EINVAL, client.error(TLCREATE, 2, "pipe", HostCalls.CREATE | Client.RDONLY, 0600, 0));
        client.ok(TUNLINKAT, 0, "pipe", 0);
    }

    @Test
    void theFileSystemIsDescribed() {
        ByteBuffer answer = client.ok(TSTATFS, 0);
        assertEquals(0x01021997, answer.getInt());
        long block = answer.getInt();
        long blocks = answer.getLong();
        long free = answer.getLong();
        assertEquals(root.toFile().getTotalSpace(), block * blocks);
        assertTrue(free > 0 && free <= blocks);
        assertEquals(255, answer.getInt(answer.limit() - 4));
    }

    @Test
    void locksAreGranted() {
        client.walk(0, 1, "file");
        client.open(1, Client.RDWR);
        assertEquals(0, client.ok(TLOCK, 1, (byte) 1, 0, 0L, 0L, 99, "guest").get());
        assertEquals(2, client.ok(TGETLOCK, 1, (byte) 1, 0L, 0L, 99, "guest").get());
    }

    // --- Directories -------------------------------------------------------------------------------------------------------

    @Test
    void aThousandFilesAreListedOnceEachHoweverSmallTheAnswers() throws IOException {
        TreeSet<String> expected = new TreeSet<>(List.of(".", "..", "a", "file"));
        for (int i = 0; i < 1000; i++) {
            Files.createFile(root.resolve("entry-" + i));
            expected.add("entry-" + i);
        }
        for (int count : new int[] {64, 700, 4096, 1 << 19}) {
            client.walk(0, 1);
            client.open(1, Client.RDONLY);
            List<String> found = new ArrayList<>();
            List<Client.Entry> some = client.entries(1, 0, count);
            while (!some.isEmpty()) {
                some.forEach(entry -> found.add(entry.name()));
                some = client.entries(1, some.getLast().next(), count);
            }
            assertEquals(expected.size(), found.size());
            assertEquals(expected, new TreeSet<>(found));
            client.clunk(1);
        }
        client.walk(0, 1);
        client.open(1, Client.RDONLY);
        assertEquals(Errno.EINVAL, client.error(TREADDIR, 1, 0L, 20), "no room for an entry is no end");
    }

    /// What `rm -r` does.
    @Test
    void entriesAreFoundThoughThoseBeforeHaveGone() throws IOException {
        for (int i = 0; i < 300; i++) {
            Files.createFile(root.resolve("a/b/" + i));
        }
        client.walk(0, 1, "a", "b");
        client.walk(1, 2);
        client.open(2, Client.RDONLY);
        long offset = 0;
        for (List<Client.Entry> some = client.entries(2, 0, 500); !some.isEmpty(); some = client.entries(2, offset, 500)) {
            for (Client.Entry entry : some) {
                if (!entry.name().startsWith(".")) {
                    client.ok(TUNLINKAT, 1, entry.name(), 0);
                }
                offset = entry.next();
            }
        }
        client.walk(0, 3, "a");
        assertEquals(EISDIR, client.error(TUNLINKAT, 0, "a", 0));
        assertEquals(ENOTEMPTY, client.error(TUNLINKAT, 0, "a", HostCalls.REMOVE_DIRECTORY));
        client.ok(TUNLINKAT, 3, "b", HostCalls.REMOVE_DIRECTORY);
        client.ok(TUNLINKAT, 0, "a", HostCalls.REMOVE_DIRECTORY);
    }

    @Test
    void entriesTellTypeAndInodeAndNothingOfWhatIsAbove() throws IOException {
        Files.createSymbolicLink(root.resolve("link"), Path.of("file"));
        client.walk(0, 1);
        client.open(1, Client.RDONLY);
        for (Client.Entry entry : client.entries(1, 0, 4096)) {
            assertEquals(switch (entry.name()) {
                case "file" -> 8;
                case "link" -> 10;
                default -> 4;
            }, entry.type(), entry.name());
            Path path = entry.name().equals("..") ? root : root.resolve(entry.name());
            assertEquals(Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS), entry.inode(), entry.name());
        }
    }

    @Test
    void aWalkStopsWhereANameIsNotThere() {
        ByteBuffer answer = client.ok(TWALK, 0, 1, (short) 3, "a", "b", "c");
        assertEquals(2, answer.getShort());
        assertEquals(2 * 13, answer.remaining());
        assertEquals(Errno.EBADF, client.error(TCLUNK, 1), "only a whole walk makes a fid");
        assertEquals(ENOENT, client.error(TWALK, 0, 1, (short) 1, "nothing"));
        assertEquals(1, client.ok(TWALK, 0, 1, (short) 2, "file", "below").getShort());
        client.walk(0, 1, "a");
        client.walk(1, 1, "b");
        client.walk(1, 2);
        assertEquals(client.status(1).qid(), client.status(2).qid());
        assertEquals(Errno.EINVAL, client.error(TWALK, 0, 1, (short) 0), "the number is in use");
    }

    // --- Nothing outside ---------------------------------------------------------------------------------------------------

    @Test
    void symbolicLinksAreReadAndNeverFollowed() throws IOException {
        client.ok(TSYMLINK, 0, "out", directory.resolve("secret").toString(), 0);
        client.ok(TSYMLINK, 0, "up", "..", 0);
        client.walk(0, 1, "out");
        assertEquals(0120000, client.status(1).mode() & 0170000);
        ByteBuffer target = client.ok(TREADLINK, 1);
        byte[] text = new byte[target.getShort()];
        target.get(text);
        assertArrayEquals(ascii(directory.resolve("secret").toString()), text);
        assertEquals(Errno.EINVAL, client.error(TLOPEN, 1, Client.RDWR));
        assertEquals(1, client.ok(TWALK, 0, 2, (short) 2, "up", "secret").getShort(), "a link is no directory");
        client.walk(0, 3);
        assertEquals(ELOOP, client.error(TLCREATE, 3, "out", HostCalls.CREATE | HostCalls.TRUNCATE | Client.RDWR, 0600, 0));
        client.walk(0, 4, "up");
        assertEquals(ENOTDIR, client.error(TLCREATE, 4, "new", CREAT_EXCL, 0600, 0));
        assertEquals(ENOTDIR, client.error(TMKDIR, 4, "new", 0700, 0));
        assertEquals(ENOTDIR, client.error(TUNLINKAT, 4, "secret", 0));
        assertEquals(ENOTDIR, client.error(TRENAMEAT, 4, "secret", 0, "mine"));
        assertEquals(ENOTDIR, client.error(TLINK, 4, 1, "new"));
        client.error(TSETATTR, client.change(1, Attributes.MODE, 0777, 0, 0, 0));
        assertEquals(Errno.EINVAL, client.error(TSETATTR, client.change(1, Attributes.SIZE, 0, 0, 0, 0)));
        client.ok(TSETATTR, client.change(1, Attributes.MTIME | Attributes.MTIME_SET, 0, 0, 0, 1L));
        assertEquals("secret", Files.readString(directory.resolve("secret")));
        assertTrue(Files.getLastModifiedTime(directory.resolve("secret")).toMillis() > 10_000);
    }

    @Test
    void theWayUpEndsAtTheFolder() throws IOException {
        client.walk(0, 1, "a", "b", "..", "..", "..", "..");
        assertEquals(client.status(0).qid(), client.status(1).qid());
        client.walk(0, 2, "a", "b");
        client.walk(2, 3, "..");
        client.walk(0, 4, "a");
        assertEquals(client.status(4).qid(), client.status(3).qid());
        Files.move(root.resolve("a/b"), directory.resolve("moved"));
        client.walk(2, 5, "..");
        assertEquals(client.status(0).qid(), client.status(5).qid(), "what was moved out leads back");
    }

    /// A directory that another guest of the same folder turns into a link while a fid stands for it.
    @Test
    void aDirectoryThatBecomesALinkLeadsNowhere() throws IOException {
        client.walk(0, 1, "a");
        Files.move(root.resolve("a"), root.resolve("was"));
        Files.createSymbolicLink(root.resolve("a"), directory);
        client.ok(TMKDIR, 1, "made", 0700, 0);
        assertTrue(Files.isDirectory(root.resolve("was/made")));
        assertEquals(1, client.ok(TWALK, 0, 2, (short) 2, "a", "secret").getShort());
    }

    @Test
    void namesThatLeadElsewhereAreRefused() throws IOException {
        client.walk(0, 1, "file");
        client.walk(0, 9);
        for (byte[] name : new byte[][] {ascii(""), ascii("."), ascii("../secret"), ascii("a/b"), ascii("/"), {'x', 0, 'y'}, {0}}) {
            assertEquals(Errno.EINVAL, client.error(TWALK, 0, 2, (short) 1, name));
            refused(name);
        }
        refused(ascii(".."));
        assertEquals(Errno.EINVAL, client.error(TSYMLINK, 0, "link", new byte[] {'a', 0}, 0));
        assertEquals(Errno.ENAMETOOLONG, client.error(TWALK, 0, 2, (short) 1, "x".repeat(256)));
        assertEquals(Errno.ENAMETOOLONG, client.error(TMKDIR, 0, "x".repeat(60_000), 0700, 0));
        try (Stream<Path> all = Files.list(directory)) {
            assertEquals(2, all.count());
        }
    }

    private void refused(byte[] name) {
        assertEquals(Errno.EINVAL, client.error(TLCREATE, 9, name, CREAT_EXCL, 0600, 0));
        assertEquals(Errno.EINVAL, client.error(TMKDIR, 0, name, 0700, 0));
        assertEquals(Errno.EINVAL, client.error(TSYMLINK, 0, name, "to", 0));
        assertEquals(Errno.EINVAL, client.error(TMKNOD, 0, name, 0010600, 0, 0, 0));
        assertEquals(Errno.EINVAL, client.error(TLINK, 0, 1, name));
        assertEquals(Errno.EINVAL, client.error(TRENAMEAT, 0, name, 0, "x"));
        assertEquals(Errno.EINVAL, client.error(TRENAMEAT, 0, "file", 0, name));
        assertEquals(Errno.EINVAL, client.error(TUNLINKAT, 0, name, 0));
    }

    @Test
    void aFolderIsReadOnlyUnlessItIsToBeWritten() throws IOException {
        open(false);
        client.walk(0, 1, "file");
        assertEquals(Errno.EROFS, client.error(TLOPEN, 1, Client.WRONLY));
        assertEquals(Errno.EROFS, client.error(TLOPEN, 1, Client.RDWR));
        assertEquals(Errno.EROFS, client.error(TLOPEN, 1, HostCalls.TRUNCATE));
        client.open(1, Client.RDONLY);
        assertArrayEquals(ascii("hello"), client.read(1, 0, 10));
        client.walk(0, 2);
        assertEquals(Errno.EROFS, client.error(TLCREATE, 2, "new", HostCalls.CREATE, 0600, 0));
        assertEquals(Errno.EROFS, client.error(TMKDIR, 0, "new", 0700, 0));
        assertEquals(Errno.EROFS, client.error(TSYMLINK, 0, "new", "to", 0));
        assertEquals(Errno.EROFS, client.error(TMKNOD, 0, "new", 0010600, 0, 0, 0));
        assertEquals(Errno.EROFS, client.error(TLINK, 0, 1, "new"));
        assertEquals(Errno.EROFS, client.error(TRENAMEAT, 0, "file", 0, "new"));
        assertEquals(Errno.EROFS, client.error(TUNLINKAT, 0, "file", 0));
        assertEquals(Errno.EROFS, client.error(TSETATTR, client.change(1, Attributes.MODE, 0777, 0, 0, 0)));
        assertEquals(Errno.EROFS, client.error(TWRITE, 1, 0L, 1, ByteBuffer.wrap(new byte[1])));
        assertEquals("hello", contents("file"));
    }

    // --- A guest that means ill ----------------------------------------------------------------------------------------------

    @Test
    void fidsAreBoundedAndReleased() throws IOException {
        long before = descriptors();
        for (int i = 1; i < FIDS; i++) {
            client.walk(0, i, "file");
            client.open(i, Client.RDONLY);
        }
        assertEquals(Errno.ENFILE, client.error(TWALK, 0, FIDS, (short) 0));
        assertEquals(Errno.ENFILE, client.error(TATTACH, FIDS, -1, "", "", 0));
        for (int i = 0; i < 1000; i++) {
            client.error(TWALK, 0, FIDS, (short) 2, "a", "b");
            client.error(TWALK, 0, 1, (short) 1, "a");
            client.error(TLOPEN, 1, 0);
        }
        assertEquals(before + 2 * (FIDS - 1), descriptors());
        client.server.reset();
        assertEquals(before - 1, descriptors());
        assertEquals(Errno.EPROTO, client.error(TCLUNK, 0), "after a reset the guest has to begin again");
        folder.close();
        assertTrue(descriptors() < before - 1);
    }

    @Test
    void failuresLeaveNoFileOpen() throws IOException {
        Files.createSymbolicLink(root.resolve("link"), Path.of("file"));
        client.walk(0, 1, "file");
        client.walk(0, 2);
        long before = descriptors();
        for (int i = 0; i < 10; i++) {
            assertEquals(1, client.ok(TWALK, 0, 3, (short) 2, "a", "none").getShort());
            client.error(TWALK, 0, 3, (short) 1, "none");
            client.error(TWALK, 1, 3, (short) 1, "..");
            client.error(TLCREATE, 2, "link", HostCalls.CREATE, 0600, 0);
            client.error(TLCREATE, 1, "below", CREAT_EXCL, 0600, 0);
            client.error(TMKDIR, 0, "a", 0700, 0);
            client.send(client.message(TWALK, 0, 3, (short) 2, "a", "b"), 20);
            assertEquals(before, descriptors());
        }
        client.ok(TVERSION, 8192, "9P2000.L");
        assertEquals(before - 3, descriptors(), "a new session forgets the files of the old one");
    }

    @Test
    void onlyAVersionIsTakenFirst() {
        Client fresh = new Client(new FileServer(folder));
        assertEquals(Errno.EPROTO, fresh.error(TATTACH, 0, -1, "", "", 0));
        assertEquals(Errno.EMSGSIZE, fresh.error(TVERSION, 100, "9P2000.L"));
        ByteBuffer unknown = fresh.ok(TVERSION, 8192, "9P2000.u");
        assertEquals(8192, unknown.getInt());
        assertEquals(7, unknown.getShort());
        assertEquals(Errno.EPROTO, fresh.error(TATTACH, 0, -1, "", "", 0));
        assertEquals(SharedFolder.LONGEST_MESSAGE, fresh.ok(TVERSION, -1, "9P2000.L").getInt());
        assertEquals(4096, fresh.ok(TVERSION, 4096, "9P2000.L").getInt());
        fresh.ok(TATTACH, 0, -1, "", "", 0);
        assertEquals(Errno.EPROTO, fresh.error(TWRITE, 0, 0L, 5000, ByteBuffer.wrap(new byte[5000])), "longer than agreed");
    }

    @Test
    void messagesThatEndTooEarlyAreRefused() {
        client.walk(0, 1, "file");
        client.open(1, Client.RDWR);
        byte[] whole = client.message(TWRITE, 1, 0L, 3, ByteBuffer.wrap(ascii("abc")));
        for (int length = 0; length < whole.length; length++) {
            byte[] part = java.util.Arrays.copyOf(whole, length);
            assertEquals(Errno.EPROTO, Client.errno(client.send(part, 100)));
            if (length >= 4) {
                part[0] = (byte) length; // a size that is right, and fields that are not there
                assertEquals(Errno.EPROTO, Client.errno(client.send(part, 100)));
            }
        }
        assertEquals(Errno.EPROTO, client.error(TWRITE, 1, 0L, -1, ByteBuffer.wrap(new byte[10])));
        assertEquals(Errno.EPROTO, client.error(TWRITE, 1, 0L, 1 << 30, ByteBuffer.wrap(new byte[10])));
        assertEquals(Errno.EPROTO, client.error(TWALK, 0, 2, (short) 3, "a"));
        assertEquals(Errno.EINVAL, client.error(TWALK, 0, 2, (short) -1));
        assertEquals(5, client.status(1).size());
    }

    @Test
    void answersFitTheRoomThereIs() {
        client.walk(0, 1, "file");
        client.open(1, Client.RDONLY);
        assertEquals(0, client.send(client.message(TREAD, 1, 0L, 5), 10).limit());
        assertEquals(11 + 3, client.send(client.message(TREAD, 1, 0L, -1), 14).limit());
        assertEquals(Errno.EMSGSIZE, Client.errno(client.send(client.message(TGETATTR, 1, -1L), 50)));
        assertEquals(Errno.EMSGSIZE, Client.errno(client.send(client.message(TWALK, 0, 2, (short) 1, "a"), 15)));
        client.walk(0, 2, "a");
    }

    @Test
    void unknownMessagesAndFidsAreErrors() {
        for (int type = 0; type < 256; type++) {
            ByteBuffer answer = client.send(client.message(type), 4096);
            boolean flush = type == TFLUSH;
            assertEquals(flush ? TFLUSH + 1 : RLERROR, answer.get(4), "type " + type);
        }
        client.ok(TVERSION, 1 << 20, "9P2000.L");
        client.ok(TATTACH, 0, -1, "root", "", 0);
        for (int type : new int[] {TSTATFS, TGETATTR, TSETATTR, TLOPEN, TLCREATE, TREAD, TWRITE, TREADDIR, TREADLINK, TFSYNC,
            TSYMLINK, TMKNOD, TMKDIR, TLINK, TRENAMEAT, TUNLINKAT, TLOCK, TGETLOCK, TCLUNK, TWALK}) {
            assertEquals(Errno.EBADF, client.error(type, 77, ByteBuffer.allocate(100)), "type " + type);
        }
        assertEquals(Errno.EOPNOTSUPP, client.error(20, 0, 0, "x"), "Trename");
        assertEquals(Errno.EOPNOTSUPP, client.error(30, 0, 1, "user.x"), "Txattrwalk");
        assertEquals(ENOTDIR, notDirectory());
    }

    private int notDirectory() {
        client.walk(0, 1, "file");
        client.open(1, Client.RDONLY);
        assertEquals(Errno.EINVAL, client.error(TREADLINK, 0));
        client.walk(0, 2);
        client.open(2, Client.RDONLY);
        assertEquals(EISDIR, client.error(TREAD, 2, 0L, 10));
        return client.error(TREADDIR, 1, 0L, 100);
    }

    @Test
    void noiseNeitherBreaksTheServerNorLeavesTheFolder() throws IOException {
        Random random = new Random(4711);
        int[] types = IntStream.rangeClosed(0, 127).filter(type -> type % 2 == 0).toArray();
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(60)];
            random.nextBytes(noise);
            ByteBuffer fields = ByteBuffer.wrap(noise);
            if (noise.length >= 4) {
                fields.order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(0, random.nextInt(3)); // a fid that may be there
            }
            int type = types[random.nextInt(types.length)];
            if (type != TVERSION && type != TSETATTR) {
                client.send(client.message(type, fields), random.nextInt(200));
            }
            if (i % 100 == 0) {
                client.send(client.message(TVERSION, 1 << 20, "9P2000.L"), 200);
                client.send(client.message(TATTACH, random.nextInt(3), -1, "", "", 0), 200);
            }
        }
        assertEquals("secret", Files.readString(directory.resolve("secret")));
        try (Stream<Path> all = Files.list(directory)) {
            assertEquals(2, all.count());
        }
    }

    @Test
    void whatCannotBeSharedIsNamed() {
        assertEquals(root + "/none: no such folder; check the path",
                assertThrows(IOException.class, () -> SharedFolder.of(root + "/none")).getMessage());
        assertEquals(root + "/file: is no folder; name one to share",
                assertThrows(IOException.class, () -> SharedFolder.of(root + "/file,write")).getMessage());
        assertEquals("'' names no folder to share", assertThrows(IOException.class, () -> SharedFolder.of("")).getMessage());
    }

    @Test
    void filesOfSeveralFileSystemsAreToldApart() throws IOException {
        Reply reply = new Reply(4096);
        FileStatus.Time time = new FileStatus.Time(0, 0);
        for (long device : new long[] {1, 2, 1}) {
            reply.qid(new FileStatus(0100644, 42, device, 0, 0, 1, 0, 0, 4096, 0, time, time, time));
        }
        assertEquals(reply.bytes().getLong(5), reply.bytes().getLong(5 + 2 * 13));
        assertNotEquals(reply.bytes().getLong(5), reply.bytes().getLong(5 + 13));
    }

    // --- Snapshots ---------------------------------------------------------------------------------------------------------

    private byte[] taken() {
        var state = new StateWriter();
        client.server.transfer(state);
        return state.toByteArray();
    }

    @Test
    void aGuestFindsItsFilesAgainAfterASnapshotUnlessOneIsOpenOrGone() throws IOException {
        client.walk(0, 1, "a", "b");
        client.walk(0, 2, "file");
        byte[] taken = taken();
        client.walk(0, 3, "a");
        close();
        folder = SharedFolder.open(root.toString(), true, FIDS);
        client = new Client(new FileServer(folder));
        client.server.transfer(new StateReader(taken));
        client.walk(1, 3);
        client.clunk(3);
        client.open(2, Client.RDONLY);
        assertArrayEquals(ascii("hello"), client.read(2, 0, 100));
        assertEquals("the guest has a file of the shared folder open; it must close it first",
                assertThrows(StateException.class, this::taken).getMessage());
        client.clunk(2);
        Files.delete(root.resolve("file"));
        var reader = new StateReader(taken);
        assertEquals("a file of the shared folder is not there any more (error number 2)",
                assertThrows(StateException.class, () -> client.server.transfer(reader)).getMessage());
    }
}
