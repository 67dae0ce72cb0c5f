// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.device.board.VirtMap;
import org.penumbra.hart.Hart;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;

final class LinuxImageTest {
    private static final long MEMORY = 32L << 20;
    private static final long KERNEL = VirtMap.RAM + 0x20_0000;

    private static LinuxImage parse(byte[] file) throws ImageException {
        return LinuxImage.parse("kernel", Contents.of(file));
    }

    private static Machine machine(LinuxImage image, long memory) throws ImageException {
        return machine(Boot.of(image), memory);
    }

    private static Machine machine(Boot boot, long memory) throws ImageException {
        return new Machine(MachineConfig.standard().withMemory(memory), boot);
    }

    private static Boot with(LinuxImage image, Contents disk, String name) throws ImageException {
        return Boot.of(image).withRamDisk(Blob.of(name, disk));
    }

    private static byte[] read(Machine machine, long gpa, int length) {
        byte[] bytes = new byte[length];
        machine.memory().read(gpa, bytes, 0, length);
        return bytes;
    }

    private static void assertRefused(String part, byte[] file) {
        var refused = assertThrows(ImageException.class, () -> machine(parse(file), MEMORY));
        assertEquals(ImageException.Reason.BAD_IMAGE, refused.reason());
        assertTrue(refused.getMessage().startsWith("kernel: ") && refused.getMessage().contains(part), refused.getMessage());
    }

    @Test
    void kernelIsEnteredInSupervisorModeWithHartAndTree() throws ImageException {
        byte[] file = new KernelBuilder().build();
        Machine machine = machine(parse(file), MEMORY);
        Hart hart = machine.hart();
        assertEquals(KERNEL, hart.pc);
        assertEquals(Hart.SUPERVISOR, hart.privilege);
        assertEquals(0, hart.registers[10]);
        assertEquals(0, hart.satp());
        assertEquals(7, hart.csrs.read(hart.csrs.number("scounteren")), "user mode reads the time");
        assertArrayEquals(new byte[] {(byte) 0xd0, 0x0d, (byte) 0xfe, (byte) 0xed}, read(machine, hart.registers[11], 4));
        assertArrayEquals(file, read(machine, KERNEL, file.length));
    }

    @Test
    void kernelRunsAgainAfterReset() throws ImageException {
        Machine machine = machine(parse(new KernelBuilder().build()), MEMORY);
        machine.hart().pc = 0;
        machine.hart().privilege = Hart.USER;
        machine.powerOn();
        assertEquals(KERNEL, machine.hart().pc);
        assertEquals(Hart.SUPERVISOR, machine.hart().privilege);
    }

    @Test
    void initialRamDiskAndCommandLineAreInTheTree() throws ImageException {
        byte[] disk = "a RAM disk".getBytes(StandardCharsets.US_ASCII);
        var image = with(parse(new KernelBuilder().build()), Contents.of(disk), "disk").withCommandLine("quiet words");
        Machine machine = machine(image, MEMORY);
        long at = image.ramDiskAddress(MEMORY);
        assertArrayEquals(disk, read(machine, at, disk.length));
        assertTrue(at + disk.length <= machine.hart().registers[11], "the disk lies before the tree");
        String tree = new String(read(machine, machine.hart().registers[11], 8192), StandardCharsets.ISO_8859_1);
        assertTrue(tree.contains("quiet words\0"));
        assertTrue(tree.contains("linux,initrd-start"));
        var start = new StringBuilder();
        for (int shift = 56; shift >= 0; shift -= 8) {
            start.append((char) (at >>> shift & 0xff));
        }
        assertTrue(tree.contains(start), "the address of the disk is in the tree");
    }

    @Test
    void compressedKernelsAreUnpacked() throws ImageException {
        byte[] plain = new KernelBuilder().build();
        byte[] gzip = KernelBuilder.gzip(plain);
        byte[] zstd = KernelBuilder.zstd(plain);
        byte[] xz = KernelBuilder.xz(plain);
        for (byte[] file : new byte[][] {gzip, zstd, xz, KernelBuilder.zboot(gzip, "gzip"), KernelBuilder.zboot(zstd, "zstd"),
                KernelBuilder.zboot(xz, "xzkern")}) {
            assertTrue(LinuxImage.looksLikeLinux(file));
            assertArrayEquals(plain, read(machine(parse(file), MEMORY), KERNEL, plain.length));
        }
    }

    @Test
    void nothingBehindTheSizeInTheHeaderOfACompressedKernelIsLoaded() throws ImageException {
        byte[] plain = Arrays.copyOf(new KernelBuilder().imageSize(4096).build(), 3 << 12);
        Arrays.fill(plain, 2048, plain.length, (byte) 7);
        Machine machine = machine(parse(KernelBuilder.gzip(plain)), MEMORY);
        byte[] loaded = read(machine, KERNEL, plain.length);
        assertArrayEquals(Arrays.copyOf(plain, 4096), Arrays.copyOf(loaded, 4096));
        assertArrayEquals(new byte[2 << 12], Arrays.copyOfRange(loaded, 4096, plain.length));
    }

    @Test
    void compressedOldKernelsAreLoadedWhole() throws ImageException {
        byte[] plain = Arrays.copyOf(new KernelBuilder().textOffset(0).imageSize(0).build(), 3 << 12);
        Arrays.fill(plain, 2048, plain.length, (byte) 7);
        assertArrayEquals(plain, read(machine(parse(KernelBuilder.zstd(plain)), MEMORY), KERNEL, plain.length));
    }

    @Test
    void filesAreReadAgainAfterAResetAndMustNotHaveChanged(@TempDir Path folder) throws Exception {
        byte[] plain = Arrays.copyOf(new KernelBuilder().build(), 200_000);
        byte[] disk = new byte[100_000];
        Arrays.fill(plain, 2048, plain.length, (byte) 7);
        Arrays.fill(disk, (byte) 9);
        Path kernelFile = Files.write(folder.resolve("kernel"), plain);
        Path diskFile = Files.write(folder.resolve("disk"), disk);
        try (var kernel = Files.newByteChannel(kernelFile); var initrd = Files.newByteChannel(diskFile)) {
            var image = with(LinuxImage.parse("kernel", Contents.of(kernel)), Contents.of(initrd), "disk");
            Machine machine = machine(image, MEMORY);
            assertArrayEquals(plain, read(machine, KERNEL, plain.length));
            assertArrayEquals(disk, read(machine, image.ramDiskAddress(MEMORY), disk.length));
            machine.memory().store(KERNEL, 8, -1);
            machine.powerOn();
            assertArrayEquals(plain, read(machine, KERNEL, plain.length));
            Files.write(diskFile, new byte[99_999]);
            assertTrue(assertThrows(ReloadException.class, machine::powerOn).getMessage().startsWith("disk: has been changed"));
            Files.write(kernelFile, new KernelBuilder().imageSize(1 << 20).build());
            assertTrue(assertThrows(ReloadException.class, machine::powerOn).getMessage().startsWith("kernel: has been changed"));
        }
    }

    @Test
    void otherFilesAreRefusedWithTheirKind() {
        assertRefused("empty", new byte[0]);
        assertRefused("an ELF file", Arrays.copyOf(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}, 100));
        assertRefused("lz4", Arrays.copyOf(new byte[] {4, 0x22, 0x4d, 0x18}, 100));
        assertRefused("cpio", Arrays.copyOf("070701".getBytes(StandardCharsets.US_ASCII), 100));
        assertRefused("another machine", Arrays.copyOf(new byte[] {'M', 'Z'}, 100));
        assertRefused("unknown kind", new KernelBuilder().magic2(0x644d_5241).build()); // that of ARM64
        assertRefused("unknown kind", new byte[100]);
        assertRefused("lzma", KernelBuilder.zboot(new byte[100], "lzma"));
        assertRefused("big-endian", new KernelBuilder().flags(1).build());
    }

    @Test
    void damagedFilesAreRefused() {
        byte[] plain = new byte[1 << 16];
        new java.util.Random(1).nextBytes(plain);
        byte[] header = new KernelBuilder().imageSize(plain.length).build();
        System.arraycopy(header, 0, plain, 0, header.length);
        for (byte[] cut : new byte[][] {KernelBuilder.gzip(plain), KernelBuilder.zstd(plain), KernelBuilder.xz(plain)}) {
            assertRefused("damaged", Arrays.copyOf(cut, cut.length / 2));
            for (int i = 4; i < cut.length; i += 97) {
                cut[i] ^= 0x55;
            }
            assertThrows(ImageException.class, () -> machine(parse(cut), MEMORY));
        }
        byte[] packed = KernelBuilder.gzip(new KernelBuilder().build());
        byte[] wrapped = KernelBuilder.zboot(packed, "gzip");
        assertRefused("cut short", Arrays.copyOf(wrapped, wrapped.length - 1));
        assertRefused("damaged header", new KernelBuilder().textOffset(-4096).build());
        assertRefused("damaged header", new KernelBuilder().imageSize(Long.MAX_VALUE).build());
        assertRefused("damaged header", new KernelBuilder().textOffset(0x20_0001).build());
    }

    @Test
    void everyCutOfAKernelIsRefusedOrTaken() {
        byte[] file = new KernelBuilder().build();
        for (int length = 0; length < 64; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertFalse(LinuxImage.looksLikeLinux(cut));
            assertThrows(ImageException.class, () -> parse(cut));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {64 << 10, 1 << 20, 4 << 20, 6 << 20})
    void tooLittleMemoryForTheKernelIsSaidInOneLine(long memory) throws ImageException {
        var image = parse(new KernelBuilder().imageSize(4 << 20).build());
        var refused = assertThrows(ImageException.class, () -> machine(image, memory));
        assertEquals(ImageException.Reason.NO_MEMORY, refused.reason());
        assertTrue(refused.getMessage().contains("--memory 512M"), refused.getMessage());
    }

    @Test
    void ramDiskThatDoesNotFitIsNamed() throws ImageException {
        var image = with(parse(new KernelBuilder().build()), Contents.of(new byte[40 << 20]), "disk.cpio");
        var refused = assertThrows(ImageException.class, () -> machine(image, MEMORY));
        assertTrue(refused.getMessage().startsWith("disk.cpio: ") && refused.getMessage().contains("--memory "),
                refused.getMessage());
    }

    @Test
    void ramDiskThatDoesNotFitTwiceIsNamedUnlessItIsCompressed() throws ImageException {
        byte[] disk = new byte[17 << 20];
        var image = with(parse(new KernelBuilder().build()), Contents.of(disk), "disk.cpio");
        machine(image, MEMORY);
        System.arraycopy("070701".getBytes(StandardCharsets.US_ASCII), 0, disk, 0, 6);
        assertThrows(ImageException.class, () -> machine(image, MEMORY));
    }

    /// Zeros, but for the start of an archive.
    private static Contents archive(long length) {
        byte[] magic = "070701".getBytes(StandardCharsets.US_ASCII);
        return new Contents() {
            @Override
            int read(long position, byte[] target, int offset, int count) {
                int part = (int) Math.min(count, length - position);
                for (int i = 0; i < part && position + i < magic.length; i++) {
                    target[offset + i] = magic[(int) position + i];
                }
                return part > 0 ? part : -1;
            }

            @Override
            long length() {
                return length;
            }
        };
    }

    private static void load(Boot image, long memory) throws ImageException {
        image.load(new GuestMemoryWriter() {
            @Override
            public boolean contains(long gpa, long length) {
                return true;
            }

            @Override
            public void write(long gpa, byte[] source, int offset, int length) {
                assertTrue(gpa >= VirtMap.RAM && gpa + length <= VirtMap.RAM + memory);
            }
        }, memory);
    }

    @Test
    void ramDiskThatIsUnpackedMayLieBelowWhereItIsUnpacked() throws ImageException {
        var image = with(parse(new KernelBuilder().build()), archive(600L << 20), "disk.cpio");
        load(image, 8L << 30);
        var refused = assertThrows(ImageException.class, () -> load(image, 1L << 30));
        assertTrue(refused.getMessage().endsWith("give --memory 2048M"), refused.getMessage());
        load(image, 2L << 30);
        var huge = with(parse(new KernelBuilder().build()), archive(1100L << 20), "disk.cpio");
        assertTrue(assertThrows(ImageException.class, () -> load(huge, 16L << 30)).getMessage().endsWith("make it smaller"));
    }

    @Test
    void oldKernelsWithoutOffsetsGoToTheUsualPlace() throws ImageException {
        var image = parse(new KernelBuilder().textOffset(0).imageSize(0).build());
        assertEquals(KERNEL, image.entry());
    }
}
