// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.penumbra.hart.GuestAssembler;
import org.penumbra.options.CpuName;
import org.penumbra.tests.fuzz.FuzzRun.Way;

/// Accesses of a hypervisor's guests through random tables of two stages, under random status bits: what they give, their
/// traps and what they leave in the tables is the same in every way of execution.
///
/// A step changes an entry, executes the fences, sets the CSRs and makes one access: by `hlv`, `hlvx` or `hsv`, or in VS or
/// VU mode by a load, a store or a fetch.
@Timeout(600)
final class TwoStageFuzzTest {
    private static final int STEPS = 600;
    private static final int STEP = 80;
    private static final int RESULT = 48;

    private static final long CODE = Layout.HARNESS;
    private static final long STEPS_AT = CODE + 0x10_0000;
    private static final long TABLES = CODE + 0x20_0000;
    private static final long RESULTS = CODE + 0x40_0000;
    private static final long FRAMES = CODE + 0x60_0000;
    private static final int FRAME_COUNT = 16;
    /// Pages of [#TABLES]: the second stage's root (4), middle, low table; the first's root, middle, low table.
    private static final int SECOND_ROOT = 0, SECOND_MIDDLE = 4, SECOND_LOW = 5, FIRST_ROOT = 6, FIRST_MIDDLE = 7, FIRST_LOW = 8;
    private static final int TABLE_PAGES = 9;
    /// Guest-physical: where the second stage's low table maps pages, from which on it has the first stage's tables.
    private static final long GUEST = 0x4000_0000L;
    private static final int GUEST_TABLES = 64;
    private static final int GUEST_PAGES = 32;
    /// Guest-virtual: what the first stage's low table maps.
    private static final long WINDOW = 0x1_0000_0000L;
    /// The code, for VS mode and for VU mode.
    private static final long SUPERVISOR_ALIAS = 0x8000_0000L;
    private static final long USER_ALIAS = 0xc000_0000L;
    private static final long ECALL = 0x73;

    private static final String[] INSTRUCTIONS = {"hlv.b a0, (a1)", "hlv.bu a0, (a1)", "hlv.h a0, (a1)", "hlv.hu a0, (a1)",
        "hlv.w a0, (a1)", "hlv.wu a0, (a1)", "hlv.d a0, (a1)", "hlvx.hu a0, (a1)", "hlvx.wu a0, (a1)", "hsv.b a2, (a1)",
        "hsv.h a2, (a1)", "hsv.w a2, (a1)", "hsv.d a2, (a1)"};
    private static final String[] FIELDS = {"mcause", "mtval", "mtval2", "mtinst", "mstatus", "the value loaded"};
    private static final int[] SIZES = {1, 1, 2, 2, 4, 4, 8, 2, 4, 1, 2, 4, 8};

    private static String text() {
        var text = new StringBuilder("""
                start:
                    csrr t0, mhartid
                    beqz t0, first
                park:
                    wfi
                    j park
                first:
                    la t0, handler
                    csrw mtvec, t0
                    li t0, -1
                    csrw pmpaddr0, t0
                    li t0, 0x1f
                    csrw pmpcfg0, t0
                    # ADUE, which QEMU has always, and PBMTE.
                    li t0, ENVIRONMENT
                    csrw menvcfg, t0
                    csrw henvcfg, t0
                    csrw medeleg, zero
                    # A mode in satp, which only QEMU looks at where a guest's access faults.
                    li t0, 8
                    slli t0, t0, 60
                    csrw satp, t0
                    li s0, STEPS_AT
                    li s1, STEPS_END
                    li s2, RESULTS
                next:
                    beq s0, s1, done
                    ld t0, 0(s0)
                    ld t1, 8(s0)
                    sd t1, 0(t0)
                    ld t0, 16(s0)
                    csrw vsatp, t0
                    ld t0, 24(s0)
                    csrw hgatp, t0
                    ld t0, 32(s0)
                    csrw vsstatus, t0
                    ld t0, 40(s0)
                    csrw hstatus, t0
                    hfence.gvma zero, zero
                    hfence.vvma zero, zero
                    ld t0, 48(s0)
                    csrw mstatus, t0
                    ld a1, 56(s0)
                    ld a2, 64(s0)
                    ld t0, 72(s0)
                    li a0, 0
                    csrw mtval2, zero
                    csrw mtinst, zero
                    jr t0
                guest_fetch:
                    csrw mepc, a1
                    mret
                guest_load:
                    la t0, load_there
                    j enter
                guest_store:
                    la t0, store_there
                enter:
                    # a3: where the mode has the code.
                    csrr t1, mstatus
                    srli t1, t1, 11
                    andi t1, t1, 1
                    li a3, USER_ALIAS-CODE
                    beqz t1, user
                    li a3, SUPERVISOR_ALIAS-CODE
                user:
                    add t0, t0, a3
                    csrw mepc, t0
                    mret
                load_there:
                    ld a0, 0(a1)
                    ecall
                store_there:
                    sd a2, 0(a1)
                    ecall
                .align 8
                handler:
                    csrr t0, mcause
                    sd t0, 0(s2)
                    csrr t0, mtval
                    sd t0, 8(s2)
                    csrr t0, mtval2
                    sd t0, 16(s2)
                    # Only pseudo-instructions: QEMU transforms others.
                    csrr t0, mtinst
                    li t1, 0x3000
                    beq t0, t1, pseudo
                    li t1, 0x3020
                    beq t0, t1, pseudo
                    li t0, 0
                pseudo:
                    sd t0, 24(s2)
                    csrr t0, mstatus
                    li t1, STATUS_COMPARED
                    and t0, t0, t1
                    sd t0, 32(s2)
                    sd a0, 40(s2)
                    csrw mstatus, zero
                    addi s0, s0, 80
                    addi s2, s2, 48
                    j next
                done:
                    li a0, RESULTS
                    li a1, RESULTS_END
                    jal ra, print
                    li a0, TABLES
                    li a1, TABLES_END
                    jal ra, print
                    li a0, FRAMES
                    li a1, FRAMES_END
                    jal ra, print
                    li t0, 0x100000
                    li t1, 0x5555
                    sw t1, 0(t0)
                stop:
                    j stop
                """);
        for (int i = 0; i < INSTRUCTIONS.length; i++) {
            text.append("access").append(i).append(":\n").append(INSTRUCTIONS[i]).append("\necall\n");
        }
        return text + Harness.PRINT_FUNCTION;
    }

    /// An image of random tables and steps.
    private static final class Program {
        private final SplittableRandom random;
        private final ByteBuffer tables = ByteBuffer.allocate(TABLE_PAGES * 4096).order(ByteOrder.LITTLE_ENDIAN);

        Program(long seed) {
            random = new SplittableRandom(seed);
        }

        private static long page(int index) {
            return TABLES + 4096L * index;
        }

        private void put(int page, int index, long address, long bits) {
            tables.putLong(page * 4096 + 8 * index, address >>> 12 << 10 | bits);
        }

        /// Bits of a leaf: often all that is needed, else anything but reserved bits, which QEMU does not look at.
        private long flags(boolean second) {
            long flags = random.nextInt(3) != 0 ? 0xcf : random.nextInt(256) | 1 & random.nextInt();
            if (second ? random.nextInt(8) != 0 : random.nextBoolean()) {
                flags |= 16;
            }
            // A pointer would lead to data.
            return (flags & 0xe) == 0 ? flags | 2 : flags;
        }

        private long frame() {
            return FRAMES + 4096L * random.nextInt(FRAME_COUNT);
        }

        private long guestPage() {
            return GUEST + 4096L * random.nextInt(GUEST_PAGES);
        }

        private void makeTables() {
            put(SECOND_ROOT, (int) (GUEST >>> 30), page(SECOND_MIDDLE), 1);
            put(SECOND_ROOT, 2, CODE, 0xdf);
            put(SECOND_ROOT, 5, CODE, flags(true));
            put(SECOND_MIDDLE, 0, page(SECOND_LOW), 1);
            for (int i = 1; i < 8; i++) {
                put(SECOND_MIDDLE, i, FRAMES & -(2L << 20), flags(true));
            }
            for (int i = 0; i < GUEST_PAGES; i++) {
                put(SECOND_LOW, i, frame(), flags(true));
            }
            for (int i = 0; i < 3; i++) {
                put(SECOND_LOW, GUEST_TABLES + i, page(FIRST_ROOT + i), 0xd7);
            }
            put(FIRST_ROOT, 2, SUPERVISOR_ALIAS, 0xcf);
            put(FIRST_ROOT, 3, SUPERVISOR_ALIAS, 0xdf);
            put(FIRST_ROOT, 4, GUEST + 4096L * (GUEST_TABLES + 1), 1);
            put(FIRST_ROOT, 5, 0x1_4000_0000L, flags(false));
            put(FIRST_MIDDLE, 0, GUEST + 4096L * (GUEST_TABLES + 2), 1);
            for (int i = 1; i < 8; i++) {
                put(FIRST_MIDDLE, i, GUEST + (2L << 20) * random.nextInt(8), flags(false));
            }
            for (int i = 0; i < GUEST_PAGES; i++) {
                put(FIRST_LOW, i, guestPage(), flags(false));
            }
        }

        /// An entry that changes, and its new value.
        private long[] change() {
            int index = random.nextInt(GUEST_PAGES);
            return switch (random.nextInt(8)) {
                case 0 -> new long[] {page(SECOND_MIDDLE) + 8 * (1 + random.nextInt(7)), FRAMES >>> 21 << 19 | flags(true)};
                case 1 -> new long[] {page(FIRST_MIDDLE) + 8 * (1 + random.nextInt(7)),
                    GUEST + (2L << 20) * random.nextInt(8) >>> 2 | flags(false)};
                // The tables of the first stage: sometimes they cannot be read or written.
                case 2 -> {
                    int table = random.nextInt(3);
                    yield new long[] {page(SECOND_LOW) + 8 * (GUEST_TABLES + table),
                        page(FIRST_ROOT + table) >>> 2 | (random.nextInt(3) == 0 ? flags(true) : 0xd7)};
                }
                case 3, 4 -> new long[] {page(SECOND_LOW) + 8L * index, frame() >>> 2 | flags(true)};
                default -> new long[] {page(FIRST_LOW) + 8L * index, guestPage() >>> 2 | flags(false)};
            };
        }

        private long address(boolean paged) {
            long offset = random.nextInt(512) * 8L;
            if (!paged) {
                return random.nextInt(16) == 0 ? 1L << 41 | offset
                        : GUEST + (random.nextInt(6) == 0 ? 2L << 20 : 4096) * random.nextInt(GUEST_PAGES / 4) + offset;
            }
            return switch (random.nextInt(8)) {
                case 0 -> WINDOW + (1 + random.nextInt(7)) * (2L << 20) + random.nextInt(16) * 4096L + offset;
                case 1 -> 0x1_4000_0000L + (FRAMES & 0x3fff_ffff) + random.nextInt(16) * 4096L + offset;
                case 2 -> random.nextInt(4) == 0 ? random.nextLong() & -8 : WINDOW + 4096L * GUEST_PAGES + offset;
                default -> WINDOW + 4096L * random.nextInt(GUEST_PAGES) + offset;
            };
        }

        byte[] image() {
            var assembler = GuestAssembler.at(CODE).define("STEPS_AT", STEPS_AT).define("STEPS_END", STEPS_AT + (long) STEPS * STEP)
                    .define("RESULTS", RESULTS).define("RESULTS_END", RESULTS + (long) STEPS * RESULT).define("TABLES", TABLES)
                    .define("TABLES_END", TABLES + TABLE_PAGES * 4096L).define("FRAMES", FRAMES)
                    .define("FRAMES_END", FRAMES + FRAME_COUNT * 4096L).define("ENVIRONMENT", 3L << 61)
                    .define("STATUS_COMPARED", 3L << 38 | 3 << 11).define("CODE", CODE).define("UART", 0x1000_0000L)
                    .define("SUPERVISOR_ALIAS", SUPERVISOR_ALIAS).define("USER_ALIAS", USER_ALIAS);
            byte[] code = assembler.assemble(text());
            makeTables();
            ByteBuffer steps = ByteBuffer.allocate(STEPS * STEP).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < STEPS; i++) {
                long[] change = change();
                boolean paged = random.nextInt(6) != 0;
                boolean secondPaged = random.nextInt(12) != 0;
                int kind = random.nextInt(INSTRUCTIONS.length + 8);
                boolean inGuest = kind >= INSTRUCTIONS.length;
                boolean user = random.nextBoolean();
                // What has no first stage cannot reach the code in VU mode elsewhere, nor tables without a second one.
                paged |= inGuest;
                secondPaged |= paged;
                long toggles = random.nextInt(4) << 18;
                long outer = random.nextInt(4) == 0 ? 1 << 19 : 0;
                int size = inGuest ? 8 : SIZES[kind];
                long gva = address(paged) + (inGuest ? 0 : random.nextInt(8 / size) * size);
                boolean fetch = inGuest && (kind - INSTRUCTIONS.length) % 4 == 3;
                String label = !inGuest ? "access" + kind : fetch ? "guest_fetch"
                        : (kind & 1) == 0 ? "guest_load" : "guest_store";
                steps.putLong(change[0]).putLong(change[1])
                        .putLong(paged ? 8L << 60 | GUEST + 4096L * GUEST_TABLES >>> 12 : 0)
                        .putLong(secondPaged ? 8L << 60 | page(SECOND_ROOT) >>> 12 : 0)
                        .putLong(toggles).putLong(user ? 0 : 1 << 8)
                        .putLong(outer | (inGuest ? 1L << 39 | (user ? 0 : 1 << 11) : 0))
                        .putLong(gva).putLong(random.nextLong() << 32 | ECALL).putLong(assembler.value(label));
            }
            ByteBuffer frames = ByteBuffer.allocate(FRAME_COUNT * 4096).order(ByteOrder.LITTLE_ENDIAN);
            while (frames.hasRemaining()) {
                frames.putLong(random.nextLong() << 32 | ECALL);
            }
            return FuzzImage.elf(List.of(new FuzzImage.Segment(CODE, code), new FuzzImage.Segment(STEPS_AT, steps.array()),
                    new FuzzImage.Segment(TABLES, tables.array()), new FuzzImage.Segment(FRAMES, frames.array())));
        }
    }

    private static void compare(long from, int images, Way... others) {
        var differences = new ArrayList<String>();
        for (long seed = from; seed < from + images; seed++) {
            byte[] image = new Program(seed).image();
            FuzzRun expected = FuzzRun.of(image, Way.INTERPRETER, CpuName.MAX);
            String[] left = expected.output().split("\n");
            assertEquals("exit 0", left[left.length - 1], () -> expected.output());
            assertTrue(left.length > STEPS, "all is printed");
            for (Way way : others) {
                FuzzRun run = FuzzRun.of(image, way, CpuName.MAX);
                String[] right = run.output().split("\n");
                for (int i = 0; i < Math.max(left.length, right.length); i++) {
                    if (i >= left.length || i >= right.length || !left[i].equals(right[i])) {
                        differences.add("seed " + seed + " " + way + ": " + place(i) + ": " + line(left, i) + " " + line(right, i));
                        break;
                    }
                }
                if (way.counts(Way.INTERPRETER) && !expected.counts().equals(run.counts())) {
                    differences.add("seed " + seed + " " + way + ": counts " + expected.counts() + " " + run.counts());
                }
            }
        }
        assertEquals(List.of(), differences);
    }

    private static String line(String[] lines, int i) {
        return i < lines.length ? lines[i] : "nothing";
    }

    private static String place(int line) {
        int fields = RESULT / Long.BYTES;
        return line < STEPS * fields ? "step " + line / fields + ", " + FIELDS[line % fields]
                : "double word " + (line - STEPS * fields) + " of tables and frames";
    }

    @Test
    void everyWayOfExecutionGivesTheSame() {
        compare(1, 3, Way.TRANSLATED, Way.DEFAULT);
    }
}
