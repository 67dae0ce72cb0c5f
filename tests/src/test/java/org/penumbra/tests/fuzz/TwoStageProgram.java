// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.penumbra.hart.GuestAssembler;
import org.penumbra.isa.Assembler;

/// An image of random tables of two stages and of steps, each of which changes an entry, sets CSRs, executes the fences and
/// does one thing: an access by `hlv`, `hlvx` or `hsv`; a load, a store, an atomic operation or a fetch in VS or VU mode; or a privileged
/// instruction or one for a CSR, there or by the level in charge. That is machine mode, or HS mode with machine mode behind
/// it, and it takes the traps that do not go to VS mode.
///
/// The guest prints a hash of each step's trap, of each table and of each frame.
final class TwoStageProgram {
    static final int STEPS = 600;
    /// Words of a step and of its result.
    private static final int STEP = 18 * Long.BYTES;
    private static final int RESULT = 13 * Long.BYTES;

    private static final long CODE = Layout.HARNESS;
    private static final long STEPS_AT = CODE + 0x10_0000;
    private static final long TABLES = CODE + 0x20_0000;
    private static final long RESULTS = CODE + 0x40_0000;
    private static final long FRAMES = CODE + 0x60_0000;
    private static final int FRAME_COUNT = 16;
    /// Pages of [#TABLES]: the second stage's root (4), middle, low table; the first's root, middle, low table; the
    /// hypervisor's own root.
    private static final int SECOND_ROOT = 0, SECOND_MIDDLE = 4, SECOND_LOW = 5, FIRST_ROOT = 6, FIRST_MIDDLE = 7, FIRST_LOW = 8,
            OWN_ROOT = 9;
    private static final int TABLE_PAGES = 10;
    /// Lines that are printed, but for the last.
    static final int LINES = STEPS + TABLE_PAGES + FRAME_COUNT;
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
    /// What VS mode does with its traps: a call.
    private static final long GUEST_HANDLER = CODE + 16;
    /// Pieces of code that differ from image to image, of up to three instructions before an `ecall`.
    private static final int SLOTS = 64;

    private static final long SIE = 1 << 1, SPIE = 1 << 5, SPP = 1 << 8, SUM = 1 << 18, MXR = 1 << 19;
    /// Of hstatus.
    private static final long GVA = 1 << 6, SPV = 1 << 7, SPVP = 1 << 8, VTVM = 1 << 20, VTW = 1 << 21, VTSR = 1 << 22;
    /// Of mstatus.
    private static final long MPP_SUPERVISOR = 1 << 11, MACHINE_GVA = 1L << 38, MPV = 1L << 39;
    /// Interrupts of VS mode, and exceptions that may be handed to it.
    private static final long GUEST_INTERRUPTS = 0x444, GUEST_EXCEPTIONS = 0xb1ff;

    private static final String[] INSTRUCTIONS = {"hlv.b a0, (a1)", "hlv.bu a0, (a1)", "hlv.h a0, (a1)", "hlv.hu a0, (a1)",
        "hlv.w a0, (a1)", "hlv.wu a0, (a1)", "hlv.d a0, (a1)", "hsv.b a2, (a1)", "hsv.h a2, (a1)", "hsv.w a2, (a1)", "hsv.d a2, (a1)",
        "hlvx.hu a0, (a1)", "hlvx.wu a0, (a1)"};
    private static final int[] SIZES = {1, 1, 2, 2, 4, 4, 8, 1, 2, 4, 8, 2, 4};
    private static final int HLVX = 11;

    /// Where a step begins that makes one of a guest's own accesses.
    private static final String[] GUEST_ACCESSES = {"guest_load", "guest_both", "guest_both", "guest_store", "guest_store", "guest_amo",
        "guest_fetch", "guest_fetch"};

    /// Instructions that a guest executes, besides those for CSRs.
    private static final String[] PRIVILEGED = {"sret", "sfence.vma x0, x0", "sfence.vma a1, x0", "sfence.vma x0, a2", "sinval.vma a1, a2",
        "sfence.w.inval", "sfence.inval.ir", "hfence.vvma x0, x0", "hfence.gvma x0, x0", "hinval.vvma a1, a2", "hinval.gvma a1, a2", "mret",
        "hlv.d a0, (a1)", "hsv.w a2, (a1)", "hlvx.hu a0, (a1)", "fence.i", "wfi", "ebreak"};
    /// CSRs that a guest reads and writes, its own root read only. Those of counters are not visible to guests here.
    private static final String[] GUEST_CSRS = {"sstatus", "sie", "stvec", "sscratch", "sepc", "scause", "stval", "sip", "scounteren",
        "senvcfg", "hstatus", "hedeleg", "hideleg", "hie", "hip", "hvip", "hcounteren", "hgeie", "hgeip", "htval", "htinst", "henvcfg",
        "hgatp", "htimedelta", "vsstatus", "vsie", "vstvec", "vsscratch", "vsepc", "vscause", "vstval", "vsip", "vsatp", "mstatus",
        "mscratch", "medeleg", "mtval2", "cycle", "time", "instret", "hpmcounter3", "stimecmp", "vstimecmp", "satp", "mhartid"};

    /// A CSR that the level in charge writes, whether multiples of four only, and the bits of what it reads then that are compared.
    private record Written(String name, boolean aligned, long compared) {
        Written(String name, long compared) {
            this(name, false, compared);
        }
    }

    private static final List<Written> OWN_CSRS = List.of(
            new Written("hstatus", GVA | SPV | SPVP | 1 << 9 | VTVM | VTW | VTSR),
            new Written("hedeleg", GUEST_EXCEPTIONS),
            new Written("hideleg", -1),
            new Written("hie", GUEST_INTERRUPTS),
            new Written("hip", -1),
            new Written("hvip", -1),
            new Written("hcounteren", 7),
            new Written("htval", -1),
            new Written("henvcfg", 0xc1L | 2L << 61),
            new Written("htimedelta", -1),
            new Written("vsstatus", SIE | SPIE | SPP | SUM | MXR | 3 << 13),
            new Written("vsie", 0x222),
            new Written("vsip", 0x2),
            new Written("vstvec", true, -1),
            new Written("vsscratch", -1),
            new Written("vsepc", true, -1),
            new Written("vscause", -1),
            new Written("vstval", -1));

    private static String text(boolean machine, boolean detailed) {
        var text = new StringBuilder("""
                start:
                    csrr t0, mhartid
                    beqz t0, first
                    j park
                .align 8
                guest_handler:
                    ecall
                park:
                    wfi
                    j park
                first:
                    # QEMU 7.2 has no Smstateen, which would keep environments from all but machine mode.
                    la t0, without
                    csrw mtvec, t0
                    li t0, -1
                    csrw mstateen0, t0
                    csrw hstateen0, t0
                .align 4
                without:
                    la t0, handler
                    csrw xtvec, t0
                    li t0, -1
                    csrw pmpaddr0, t0
                    li t0, 0x1f
                    csrw pmpcfg0, t0
                    # ADUE, which QEMU has always, and PBMTE.
                    li t0, ENVIRONMENT
                    csrw menvcfg, t0
                    li t0, 7
                    csrw mcounteren, t0
                    li t0, OWN_ROOT
                    csrw satp, t0
                    sfence.vma zero, zero
                    # QEMU hides from a guest what of its sie and sip is not delegated here.
                    li t0, -1
                    csrw mideleg, t0
                    li s0, STEPS_AT
                    li s1, STEPS_END
                    li s2, RESULTS
                """);
        text.append(machine ? """
                    csrw medeleg, zero
                """ : """
                    li t0, -1
                    csrw medeleg, t0
                    la t0, undelegated
                    csrw mtvec, t0
                    li t0, 0x800
                    csrw mstatus, t0
                    la t0, next
                    csrw mepc, t0
                    mret
                """);
        text.append("""
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
                    ld t0, 80(s0)
                    csrw hedeleg, t0
                    ld t0, 88(s0)
                    csrw hideleg, t0
                    ld t0, 96(s0)
                    csrw hie, t0
                    ld t0, 104(s0)
                    csrw hvip, t0
                    ld t0, 112(s0)
                    csrw vsepc, t0
                    li t0, ENVIRONMENT
                    csrw henvcfg, t0
                    li t0, GUEST_HANDLER
                    csrw vstvec, t0
                    csrw vscause, zero
                    csrw vstval, zero
                    csrw hcounteren, zero
                    csrw htimedelta, zero
                    csrw vsscratch, zero
                    csrw xscratch, zero
                    hfence.gvma zero, zero
                    hfence.vvma zero, zero
                    ld t0, 48(s0)
                    csrw xstatus, t0
                    ld a1, 56(s0)
                    ld a2, 64(s0)
                    ld t0, 72(s0)
                    li a0, 0
                    csrw xtval2, zero
                    csrw xtinst, zero
                    jr t0
                guest_fetch:
                    csrw xepc, a1
                    xret
                guest_load:
                    la t0, load_there
                    j enter
                guest_store:
                    la t0, store_there
                    j enter
                guest_amo:
                    la t0, amo_there
                    j enter
                guest_both:
                    la t0, both_there
                    j enter
                guest_slot:
                    ld t0, 120(s0)
                enter:
                    # a3: where the mode has the code.
                    csrr t1, xstatus
                    srli t1, t1, PREVIOUS
                    andi t1, t1, 1
                    li a3, USER_ALIAS-CODE
                    beqz t1, user
                    li a3, SUPERVISOR_ALIAS-CODE
                user:
                    add t0, t0, a3
                    csrw xepc, t0
                    xret
                load_there:
                    ld a0, 0(a1)
                    ecall
                store_there:
                    sd a2, 0(a1)
                    ecall
                # What the load leaves in the TLB may not let the store through.
                both_there:
                    ld a0, 0(a1)
                    sd a2, 0(a1)
                    ecall
                amo_there:
                    amoadd.d a0, a2, (a1)
                    ecall
                .align 8
                handler:
                    csrr t0, xcause
                    sd t0, 0(s2)
                    csrr t1, xtval
                    # Of instructions that are not compared: QEMU gives an older one.
                    li t2, 22
                    bne t0, t2, instruction
                    ld t2, 136(s0)
                    and t1, t1, t2
                instruction:
                    sd t1, 8(s2)
                    csrr t0, xtval2
                    sd t0, 16(s2)
                    # Only pseudo-instructions: QEMU transforms others.
                    csrr t0, xtinst
                    li t1, 0x3000
                    beq t0, t1, pseudo
                    li t1, 0x3020
                    beq t0, t1, pseudo
                    li t0, 0
                pseudo:
                    sd t0, 24(s2)
                    # QEMU has a load's cause for them.
                    beqz t0, explicit
                    li t1, TABLE_CAUSE
                    beqz t1, explicit
                    sd t1, 0(s2)
                explicit:
                    csrr t0, xstatus
                    li t1, STATUS_COMPARED
                    and t0, t0, t1
                    sd t0, 32(s2)
                    csrr t0, xepc
                    sd t0, 48(s2)
                    j guests
                """);
        text.append(machine ? "" : """
                .align 8
                undelegated:
                    csrr t0, mcause
                    li t1, -1
                    slli t1, t1, 62
                    or t0, t0, t1
                    sd t0, 0(s2)
                    csrr t0, mtval
                    sd t0, 8(s2)
                    csrr t0, mtval2
                    sd t0, 16(s2)
                    sd zero, 24(s2)
                    sd zero, 32(s2)
                    csrr t0, mepc
                    sd t0, 48(s2)
                    li t0, 0x800
                    csrw mstatus, t0
                    la t0, guests
                    csrw mepc, t0
                    mret
                """);
        text.append("""
                guests:
                    ld t0, 128(s0)
                    and a0, a0, t0
                    sd a0, 40(s2)
                    csrr t0, vscause
                    sd t0, 56(s2)
                    csrr t0, vsepc
                    # QEMU keeps bit 0.
                    andi t0, t0, -2
                    sd t0, 64(s2)
                    csrr t0, vstval
                    sd t0, 72(s2)
                    csrr t0, vsstatus
                    li t1, GUEST_STATUS
                    and t0, t0, t1
                    sd t0, 80(s2)
                    csrr t0, hstatus
                    li t1, HYPERVISOR_STATUS
                    and t0, t0, t1
                    sd t0, 88(s2)
                    csrr t0, hip
                    sd t0, 96(s2)
                    csrw xstatus, zero
                    addi s0, s0, STEP
                    addi s2, s2, RESULT
                    j next
                # One word for a0 words from a1 on, of which there are a2.
                hashed:
                    mv s4, a0
                    mv s5, a1
                    mv s6, a2
                    mv s7, ra
                one:
                    beqz s6, hashed_all
                    addi s6, s6, -1
                    li t0, 0x9e3779b97f4a7c15
                    li t1, 0
                    mv t2, s4
                mix:
                    ld t3, 0(s5)
                    xor t1, t1, t3
                    mul t1, t1, t0
                    srli t3, t1, 29
                    xor t1, t1, t3
                    addi s5, s5, 8
                    addi t2, t2, -1
                    bnez t2, mix
                    la a0, word
                    sd t1, 0(a0)
                    addi a1, a0, 8
                    jal ra, print
                    j one
                hashed_all:
                    mv ra, s7
                    ret
                .align 8
                word:
                    nop
                    nop
                done:
                """);
        text.append(detailed ? """
                    li a0, RESULTS
                    li a1, RESULTS_END
                    jal ra, print
                    li a0, TABLES
                    li a1, TABLES_END
                    jal ra, print
                    li a0, FRAMES
                    li a1, FRAMES_END
                    jal ra, print
                """ : """
                    li a0, RESULT_WORDS
                    li a1, RESULTS
                    li a2, STEPS
                    jal ra, hashed
                    li a0, 512
                    li a1, TABLES
                    li a2, TABLE_PAGES
                    jal ra, hashed
                    li a0, 512
                    li a1, FRAMES
                    li a2, FRAME_COUNT
                    jal ra, hashed
                """);
        text.append("""
                    li t0, 0x100000
                    li t1, 0x5555
                    sw t1, 0(t0)
                stop:
                    j stop
                """);
        for (int i = 0; i < INSTRUCTIONS.length; i++) {
            text.append("access").append(i).append(":\n").append(INSTRUCTIONS[i]).append("\necall\n");
        }
        for (int i = 0; i < SLOTS; i++) {
            text.append("slot").append(i).append(":\necall\necall\necall\necall\n");
        }
        String result = text + Harness.PRINT_FUNCTION;
        return result.replace("xtval2", machine ? "mtval2" : "htval").replace("xtinst", machine ? "mtinst" : "htinst")
                .replaceAll("\\bx(cause|tval|status|epc|tvec|ret|scratch)\\b", machine ? "m$1" : "s$1");
    }

    private final SplittableRandom random;
    /// Whether QEMU has to give the same.
    private final boolean partner;
    /// Whether machine mode is in charge, not HS mode.
    private final boolean machine;
    private final boolean detailed;
    /// What each step does, in words.
    final List<String> described = new ArrayList<>();
    private final ByteBuffer tables = ByteBuffer.allocate(TABLE_PAGES * 4096).order(ByteOrder.LITTLE_ENDIAN);

    TwoStageProgram(long seed, boolean partner, boolean detailed) {
        this.random = new SplittableRandom(seed);
        this.partner = partner;
        this.machine = random.nextInt(4) == 0;
        this.detailed = detailed;
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

    /// Bits of the second stage's leaf for a table of the first: sometimes it cannot be read or written.
    private long tableFlags() {
        if (random.nextInt(3) != 0) {
            return 0xd7;
        }
        long flags = flags(true);
        if (!partner) {
            return flags;
        }
        // QEMU sets A and D of the first stage whatever the second permits, and not the second's; and MXR makes
        // tables readable for it.
        return (flags & 2) == 0 ? flags & ~1 : (flags & 16) != 0 ? flags | 0xc6 : flags;
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
        put(OWN_ROOT, 0, 0, 0xcf);
        put(OWN_ROOT, 2, CODE, 0xcf);
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
            case 2 -> {
                int table = random.nextInt(3);
                yield new long[] {page(SECOND_LOW) + 8 * (GUEST_TABLES + table),
                    page(FIRST_ROOT + table) >>> 2 | tableFlags()};
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
                .define("STEP", STEP).define("STEPS", STEPS).define("RESULT", RESULT).define("RESULT_WORDS", RESULT / Long.BYTES)
                .define("RESULTS", RESULTS).define("RESULTS_END", RESULTS + (long) STEPS * RESULT).define("TABLES", TABLES)
                .define("TABLES_END", TABLES + TABLE_PAGES * 4096L).define("TABLE_PAGES", TABLE_PAGES).define("FRAMES", FRAMES)
                .define("FRAMES_END", FRAMES + FRAME_COUNT * 4096L).define("FRAME_COUNT", FRAME_COUNT)
                .define("ENVIRONMENT", 3L << 61).define("OWN_ROOT", 8L << 60 | page(OWN_ROOT) >>> 12)
                .define("STATUS_COMPARED", machine ? MPV | MPP_SUPERVISOR | (partner ? 0 : MACHINE_GVA) : SPP)
                .define("HYPERVISOR_STATUS", machine ? 0 : GVA | SPV | SPVP).define("TABLE_CAUSE", partner ? 21 : 0)
                .define("PREVIOUS", machine ? 11 : 8)
                .define("GUEST_STATUS", SIE | SPIE | SPP | SUM | MXR).define("CODE", CODE).define("UART", 0x1000_0000L)
                .define("SUPERVISOR_ALIAS", SUPERVISOR_ALIAS).define("USER_ALIAS", USER_ALIAS)
                .define("GUEST_HANDLER", GUEST_HANDLER - CODE + SUPERVISOR_ALIAS);
        byte[] code = assembler.assemble(text(machine, detailed));
        assertEquals(GUEST_HANDLER, assembler.value("guest_handler"));
        var slots = new Slot[SLOTS];
        for (int i = 0; i < SLOTS; i++) {
            slots[i] = i % 4 == 3 ? ownSlot() : guestSlot();
            byte[] bytes = GuestAssembler.assemble(0, slots[i].text);
            System.arraycopy(bytes, 0, code, (int) (assembler.value("slot" + i) - CODE), bytes.length);
        }
        makeTables();
        ByteBuffer steps = ByteBuffer.allocate(STEPS * STEP).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < STEPS; i++) {
            putStep(steps, assembler, slots);
        }
        ByteBuffer frames = ByteBuffer.allocate(FRAME_COUNT * 4096).order(ByteOrder.LITTLE_ENDIAN);
        while (frames.hasRemaining()) {
            frames.putLong(random.nextLong() << 32 | ECALL);
        }
        return FuzzImage.elf(List.of(new FuzzImage.Segment(CODE, code), new FuzzImage.Segment(STEPS_AT, steps.array()),
                new FuzzImage.Segment(TABLES, tables.array()), new FuzzImage.Segment(FRAMES, frames.array())));
    }

    private void putStep(ByteBuffer steps, Assembler assembler, Slot[] slots) {
        long[] change = change();
        boolean paged = random.nextInt(6) != 0;
        boolean secondPaged = random.nextInt(12) != 0;
        int slot = random.nextInt(3) == 0 ? random.nextInt(SLOTS) : -1;
        int kind = random.nextInt((partner ? HLVX : INSTRUCTIONS.length) + GUEST_ACCESSES.length);
        int access = slot >= 0 ? -1 : kind - GUEST_ACCESSES.length;
        boolean inGuest = slot >= 0 ? !slots[slot].own : access < 0;
        // QEMU says that what is a supervisor's is illegal in VU mode.
        boolean user = random.nextBoolean() && !(partner && slot >= 0 && slots[slot].supervisors());
        // What has no first stage cannot reach the code in VU mode elsewhere, nor tables without a second one.
        paged |= inGuest;
        secondPaged |= paged;
        long guestStatus = (random.nextInt(4) == 0 ? MXR : 0) | random.nextLong() & (SUM | SIE | SPIE | SPP);
        long outer = random.nextInt(4) == 0 ? MXR : 0;
        if (partner) {
            // QEMU has one MXR for both stages, that of the mode it is in, and all of `hlv` under SUM.
            outer = guestStatus & MXR;
            guestStatus |= inGuest ? 0 : SUM;
        }
        long status = outer;
        // Time passes in `wfi` unless it traps.
        long hypervisorStatus = VTW | random.nextLong() & (VTVM | VTSR) | ((inGuest ? random.nextBoolean() : user) ? 0 : SPVP);
        if (inGuest && machine) {
            status |= MPV | (user ? 0 : MPP_SUPERVISOR);
        } else if (inGuest) {
            status |= user ? 0 : SPP;
            hypervisorStatus |= SPV;
        }
        // Not bits 33:32, which choose XLEN in status registers of QEMU.
        long operand = slot < 0 ? random.nextLong() << 32 | ECALL : random.nextLong() & (partner ? ~(3L << 32) : -1);
        if (partner && slot >= 0 && slots[slot].text.matches("(?s).*\\bv?si[ep]\\b.*")) {
            // QEMU leaves the bits that move to others where they were, too.
            operand &= ~GUEST_INTERRUPTS;
        }
        if (partner && slot >= 0 && slots[slot].text.contains("satp")) {
            // QEMU does not look at VTVM there.
            hypervisorStatus &= ~VTVM;
        }
        int size = access < 0 ? 8 : SIZES[access];
        long gva = address(paged) + random.nextInt(8 / size) * size;
        String label = slot >= 0 ? slots[slot].own ? "slot" + slot : "guest_slot" : access >= 0 ? "access" + access
                : GUEST_ACCESSES[kind];
        long delegated = random.nextLong() & GUEST_INTERRUPTS;
        long enabled = random.nextLong() & GUEST_INTERRUPTS;
        // QEMU takes the interrupt of the lowest number first.
        long pending = machine || random.nextInt(4) != 0 ? 0
                : partner ? 4L << 4 * random.nextInt(3) : random.nextLong() & GUEST_INTERRUPTS;
        String mode = inGuest ? user ? "VU" : "VS" : machine ? "M" : "HS";
        described.add("step %d: %s, %s at %x, %s in charge, hideleg %x, hie %x, hvip %x, a2 %x, change of %x to %x, tables at %x%n".formatted(
                described.size(), slot >= 0 ? slots[slot].text.replace("\n", "; ") : label, mode, gva, machine ? "M" : "HS",
                delegated, enabled, pending, operand, change[0], change[1], TABLES));
        steps.putLong(change[0]).putLong(change[1])
                .putLong(paged ? 8L << 60 | GUEST + 4096L * GUEST_TABLES >>> 12 : 0)
                .putLong(secondPaged ? 8L << 60 | page(SECOND_ROOT) >>> 12 : 0)
                .putLong(guestStatus).putLong(hypervisorStatus).putLong(status)
                .putLong(gva).putLong(operand).putLong(assembler.value(label))
                .putLong(random.nextBoolean() ? 0 : random.nextLong() & (partner ? GUEST_EXCEPTIONS & ~0x44 : GUEST_EXCEPTIONS))
                .putLong(delegated).putLong(enabled).putLong(pending)
                .putLong(assembler.value("load_there") + 4 - CODE + (random.nextBoolean() ? USER_ALIAS : SUPERVISOR_ALIAS))
                .putLong(slot >= 0 ? assembler.value("slot" + slot) : 0).putLong(slot >= 0 ? slots[slot].compared : -1)
                .putLong(!partner || slot < 0 || slots[slot].text.startsWith("csr") ? -1 : 0);
    }

    /// What a guest executes: a privileged instruction, or one for a CSR.
    private Slot guestSlot() {
        if (random.nextInt(3) == 0) {
            return new Slot(false, PRIVILEGED[random.nextInt(PRIVILEGED.length - (partner ? 1 : 0))], -1);
        }
        String csr = GUEST_CSRS[random.nextInt(GUEST_CSRS.length)];
        String operation = csr.equals("satp") || random.nextInt(3) == 0 ? "csrrs a0, %s, x0"
                : new String[] {"csrrw a0, %s, a2", "csrrs a0, %s, a2", "csrrc a0, %s, a2"}[random.nextInt(3)];
        // QEMU keeps a reserved CBIE and all bits of scounteren, and shows of a guest's sip what hvip injects in SSIP only.
        long compared = switch (csr) {
            case "senvcfg" -> 0xc1;
            case "scounteren" -> 7;
            case "sip" -> ~0x220;
            default -> -1;
        };
        return new Slot(false, operation.formatted(csr), partner ? compared : -1);
    }

    /// A write of a CSR by the level in charge, and what it reads then.
    private Slot ownSlot() {
        Written csr = OWN_CSRS.get(random.nextInt(OWN_CSRS.size()));
        return new Slot(true, (csr.aligned ? "andi a2, a2, -4\n" : "") + "csrw %1$s, a2\ncsrr a0, %1$s".formatted(csr.name), csr.compared);
    }

    /// @param own      whether the level in charge executes it
    /// @param compared bits of a0 that have to be the same
    private record Slot(boolean own, String text, long compared) {
        /// Whether it is a register of supervisor mode, or an instruction of it that accesses no memory.
        boolean supervisors() {
            String name = text.startsWith("csr") ? text.split("[ ,]+")[2] : text.split(" ")[0];
            return name.matches("s.*|h(fence|inval).*");
        }
    }
}
