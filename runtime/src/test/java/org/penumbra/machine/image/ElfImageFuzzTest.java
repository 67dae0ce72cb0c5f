// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Mutated programs are loaded or refused with one line; nothing else may happen.
final class ElfImageFuzzTest {
    private static final int PROGRAMS = 6_000;
    private static final long[] SPECIAL = {0, 1, -1, 7, 8, 24, 56, 64, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffffL,
        0x8000_0000L, 0xffff_ffffL, 1L << 32, 16L << 30, Long.MAX_VALUE, Long.MIN_VALUE, -8, -24, -64};

    @Test
    void mutatedProgramsNeverThrowAnythingButImageException() {
        byte[] whole = new ElfBuilder().segment(LoaderRam.BASE, new byte[40], 64).segment(LoaderRam.BASE + 0x800, new byte[8], 0x100)
                .symbol("_start", LoaderRam.BASE, 40, 2).symbol("tohost", LoaderRam.BASE + 0x800, 8, 1)
                .symbol("data", LoaderRam.BASE + 0x808, 0, 0).build();
        var ram = new LoaderRam(0x1000);
        int loaded = 0;
        int refused = 0;
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int i = 0; i < PROGRAMS; i++) {
            byte[] file = mutate(whole, random);
            try {
                Image image = Image.parse("fuzz", file, LoaderRam.BASE);
                image.load(ram, LoaderRam.BASE);
                if (image instanceof ElfImage elf) {
                    elf.symbols().at(random.nextLong());
                    elf.tohost();
                }
                loaded++;
            } catch (ImageException expected) {
                assertTrue(expected.getMessage().startsWith("fuzz: ") && expected.getMessage().contains("; ")
                        && expected.getMessage().lines().count() == 1, expected.getMessage());
                refused++;
            } catch (RuntimeException | Error bug) {
                throw new AssertionError("seed " + seed + ", program " + i + ": " + HexFormat.of().formatHex(file), bug);
            }
        }
        assertTrue(loaded > PROGRAMS / 20 && refused > PROGRAMS / 20,
                loaded + " loaded, " + refused + " refused: the mutations are too tame or too wild");
    }

    private static byte[] mutate(byte[] whole, Random random) {
        byte[] file = whole.clone();
        ByteBuffer view = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (int change = random.nextInt(1, 4); change > 0; change--) {
            int width = 1 << random.nextInt(4);
            // Most fields are at multiples of their width; the magic number stays in most programs.
            int at = random.nextInt(random.nextInt(16) == 0 ? 0 : 1, (file.length - width) / width) * width;
            long value = random.nextBoolean() ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextLong() >>> random.nextInt(64);
            switch (width) {
                case 1 -> view.put(at, (byte) value);
                case 2 -> view.putShort(at, (short) value);
                case 4 -> view.putInt(at, (int) value);
                default -> view.putLong(at, random.nextBoolean() ? value : view.getLong(at) + value);
            }
        }
        return random.nextInt(8) == 0 ? Arrays.copyOf(file, random.nextInt(file.length)) : file;
    }
}
