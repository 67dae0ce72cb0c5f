// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.penumbra.hart.GuestAssembler;
import org.penumbra.isa.Assembler;

/// The guests of the micro-benchmarks: endless loops that count their rounds in s1.
///
/// @param image  the raw image
/// @param length instructions retired in a round; those that trap are not
record Loops(byte[] image, int length) {

    /// The most pages [#access] can walk over.
    static final int MOST_PAGES = 4096;

    private static final int PAGE = 4096;
    private static final int ROOT = PAGE, MIDDLE = 2 * PAGE, LEAVES = 3 * PAGE;
    /// Roots of [#roots], after all other tables.
    private static final int MORE_ROOTS = LEAVES + MOST_PAGES / 512 * PAGE;
    /// The most roots [#roots] can go round.
    static final int MOST_ROOTS = 16;
    private static final long RAM = 0x8000_0000L, FRAMES = RAM + (1 << 20);
    /// Where the pages of [#access] begin, by root entry 1.
    private static final int PAGES_AT = 0x4000_0000;
    private static final long TABLE = 0x01, READ_WRITE = 0xc7, ALL_RIGHTS = 0xcf;

    /// Machine mode: arithmetic, a multiplication, loads, stores, a branch that is taken every other time.
    static Loops mixed() {
        return new Loops(GuestAssembler.assemble(RAM, """
                    la a0, data
                    j loop
                .org 0x200
                loop:
                    addi s1, s1, 1
                    add a1, a1, s1
                    slli a2, s1, 3
                    andi a2, a2, 0x3f8
                    add a2, a2, a0
                    ld a3, 0(a2)
                    xor a3, a3, a1
                    sd a3, 0(a2)
                    mul a4, a3, s1
                    lw t0, 4(a0)
                    sub t0, t0, a4
                    sb t0, 1(a2)
                    andi t1, s1, 1
                    # Both ways take one instruction and a jump.
                    beqz t1, even
                    addi t2, t2, 1
                    j loop
                even:
                    addi t2, t2, 3
                    j loop
                .org 0x1000
                data:
                .org 0x2000
                """), 16);
    }

    /// Supervisor mode under Sv39: touches one doubleword in a page, then one in the next page.
    ///
    /// @param pages  a power of two up to [#MOST_PAGES]
    static Loops access(TlbHitBenchmark.Access access, int pages) {
        if (Integer.bitCount(pages) != 1 || pages > MOST_PAGES) {
            throw new IllegalArgumentException("not a power of two up to " + MOST_PAGES + ": " + pages);
        }
        Assembler assembler = GuestAssembler.at(RAM).define("SATP", 8L << 60 | (RAM + ROOT) / PAGE)
                .define("PAGES", PAGES_AT).define("MASK", (long) pages * PAGE - 8)
                .define("STEP", pages == 1 ? 8 : PAGE + 8).define("SIZE", LEAVES + MOST_PAGES / 512 * PAGE);
        byte[] image = assembler.assemble("""
                    li t0, SATP
                    csrw satp, t0
                    sfence.vma zero, zero
                    li a0, PAGES
                    li a1, MASK
                    li a2, 0
                    li a3, STEP
                """ + leaveMachineMode(1) + """
                .org 0x200
                loop:
                    addi s1, s1, 1
                    add t1, a0, a2
                """ + switch (access) {
                    case NONE -> "mv t0, t1";
                    case LOAD -> "ld t0, 0(t1)";
                    case STORE -> "sd s1, 0(t1)";
                } + """

                    add a4, a4, t0
                    add a2, a2, a3
                    and a2, a2, a1
                    j loop
                .org SIZE
                """);
        pageTables(ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN));
        return new Loops(image, 7);
    }

    /// RAM where it is, by one superpage; at [#PAGES_AT] pages of 4 KiB over frames of their own.
    private static void pageTables(ByteBuffer image) {
        rootTable(image, ROOT);
        for (int i = 0; i < MOST_PAGES / 512; i++) {
            image.putLong(MIDDLE + i * 8, entry(RAM + LEAVES + (long) i * PAGE, TABLE));
        }
        for (int i = 0; i < MOST_PAGES; i++) {
            image.putLong(LEAVES + i * 8, entry(FRAMES + (long) i * PAGE, READ_WRITE));
        }
    }

    // ---- events of translation, in supervisor mode under Sv39, over the pages of [#access]

    /// A page is read, then the event happens.
    static Loops event(EventBenchmark.Event event) {
        Assembler assembler = supervisor().define("SIZE", MORE_ROOTS)
                .define("LAST_ENTRY", RAM + LEAVES + 511 * 8)
                .define("LAST_LEAF", entry(FRAMES + 511L * PAGE, READ_WRITE))
                .define("LAST_POINTER", RAM + MIDDLE + (MOST_PAGES / 512 - 1) * 8)
                .define("LAST_TABLE", entry(RAM + LEAVES + (MOST_PAGES / 512 - 1L) * PAGE, TABLE))
                .define("ENTRY", RAM + LEAVES).define("LEAF", entry(FRAMES, READ_WRITE))
                .define("CLEAN", entry(FRAMES, READ_WRITE & ~0x80)).define("NOTHING", PAGES_AT + (64L << 20));
        return withTables(assembler, """
                    la t0, handler
                    csrw mtvec, t0
                    li a5, LAST_ENTRY
                    li a6, LAST_LEAF
                    li s2, LAST_POINTER
                    li a7, LAST_TABLE
                    li s3, ENTRY
                    li s4, LEAF
                    li s5, CLEAN
                    li s6, NOTHING
                """, """
                .org 0x400
                handler:
                    csrr t0, mepc
                    addi t0, t0, 4
                    csrw mepc, t0
                    mret
                .org 0x440
                loop:
                    addi s1, s1, 1
                    ld t0, 8(a1)
                """ + event.text + """

                    j loop
                """, event.length());
    }

    /// Reads a word of each page, then fences the first of them, the ASID, both, or all.
    ///
    /// @param pages up to [#MOST_PAGES]
    static Loops fence(FenceBenchmark.Form fence, int pages) {
        Assembler assembler = supervisor().define("SIZE", MORE_ROOTS).define("END", PAGES_AT + (long) pages * PAGE)
                .define("STEP", PAGE);
        return withTables(assembler, """
                    li a4, 0
                    li a5, END
                    li a3, STEP
                """, """
                .org 0x200
                loop:
                    addi s1, s1, 1
                    mv a2, a0
                inner:
                    ld t0, 0(a2)
                    add a2, a2, a3
                    bne a2, a5, inner
                """ + fence.text + """

                    j loop
                """, 4 + 3 * pages);
    }

    /// Goes round some roots that have the same pages, each with an ASID, and reads a word under each.
    ///
    /// @param roots a power of two up to [#MOST_ROOTS]
    static Loops roots(int roots) {
        Assembler assembler = supervisor().define("SIZE", MORE_ROOTS + MOST_ROOTS * PAGE)
                .define("FIRST", 8L << 60 | 1L << 44 | (RAM + MORE_ROOTS) / PAGE).define("NEXT", 1L << 44 | 1)
                .define("LAST", roots - 1);
        return withTables(assembler, """
                    li a2, FIRST
                    li a3, NEXT
                    li a4, LAST
                """, """
                .org 0x200
                loop:
                    addi s1, s1, 1
                    and t1, s1, a4
                    mul t2, t1, a3
                    add t2, t2, a2
                    csrw satp, t2
                    ld t0, 0(a0)
                    j loop
                """, 7);
    }

    private static Assembler supervisor() {
        return GuestAssembler.at(RAM).define("SATP", 8L << 60 | (RAM + ROOT) / PAGE).define("PAGES", PAGES_AT)
                .define("SECOND_PAGE", PAGES_AT + PAGE).define("ADUE", 1L << 61);
    }

    private static Loops withTables(Assembler assembler, String setUp, String loop, int length) {
        byte[] image = assembler.assemble("""
                    li t0, SATP
                    csrw satp, t0
                    sfence.vma zero, zero
                    li a0, PAGES
                    li a1, SECOND_PAGE
                    li t0, ADUE
                    csrw menvcfg, t0
                """ + setUp + leaveMachineMode(1) + loop + ".org SIZE\n");
        ByteBuffer tables = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        pageTables(tables);
        for (int root = MORE_ROOTS; root < image.length; root += PAGE) {
            rootTable(tables, root);
        }
        return new Loops(image, length);
    }

    private static void rootTable(ByteBuffer image, int at) {
        image.putLong(at + 2 * 8, entry(RAM, ALL_RIGHTS))
                .putLong(at + (PAGES_AT >>> 30) * 8, entry(RAM + MIDDLE, TABLE));
    }

    private static long entry(long gpa, long flags) {
        return gpa >>> 12 << 10 | flags;
    }

    /// Opens all memory to S and U and goes on in one of them at the label `loop`. Uses t0.
    ///
    /// @param privilege 0 for U, 1 for S
    private static String leaveMachineMode(int privilege) {
        return """
                li t0, -1
                csrw pmpaddr0, t0
                li t0, 0x1f
                csrw pmpcfg0, t0
                la t0, loop
                csrw mepc, t0
                li t0, 0x1800 # mstatus.MPP
                csrc mstatus, t0
                li t0, %d
                csrs mstatus, t0
                mret
                """.formatted(privilege << 11);
    }

    /// Machine mode: five instructions in one region.
    static Loops inOneRegion() {
        return region("li a2, 0");
    }

    /// The same with a read of a CSR, which regions leave to the interpreter.
    static Loops leavingRegion() {
        return region("csrr a2, sscratch");
    }

    private static Loops region(String fourth) {
        return new Loops(GuestAssembler.assemble(RAM, """
                    j loop
                .org 0x200
                loop:
                    addi s1, s1, 1
                    # No closed form, so that the compiler cannot do without the rounds.
                    add a0, a1, s1
                    xor a1, a1, a0
                    %s
                    j loop
                .org 0x1000
                """.formatted(fourth)), 5);
    }

    /// Machine mode: a ring of blocks of ten instructions, each with a jump to the next.
    static Loops ring(int blocks) {
        var text = new StringBuilder("j block0\n.org 0x200\n");
        for (int block = 0; block < blocks; block++) {
            text.append("block").append(block).append(":\n")
                    .append(block == 0 ? "addi s1, s1, 1\n" : "add a0, a1, s1\n");
            for (int i = 1; i < 9; i++) {
                text.append(i % 2 == 0 ? "add a0, a1, s1\n" : "xor a1, a1, a0\n");
            }
            text.append("j block").append((block + 1) % blocks).append('\n');
        }
        return new Loops(GuestAssembler.assemble(RAM, text.toString()), 10 * blocks);
    }

    /// User mode, no translation: an environment call, which the supervisor returns from.
    static Loops environmentCall() {
        return new Loops(GuestAssembler.assemble(RAM, """
                    la t0, handler
                    csrw stvec, t0
                    li t0, 0x100
                    csrw medeleg, t0
                """ + leaveMachineMode(0) + """
                .org 0x100
                handler:
                    csrr t0, sepc
                    addi t0, t0, 4
                    csrw sepc, t0
                    sret
                .org 0x200
                loop:
                    addi s1, s1, 1
                    ecall
                    j loop
                .org 0x1000
                """), 6);
    }

    /// Supervisor mode, no translation: an illegal instruction, which machine mode skips.
    static Loops illegalInstruction() {
        return new Loops(GuestAssembler.assemble(RAM, """
                    la t0, handler
                    csrw mtvec, t0
                """ + leaveMachineMode(1) + """
                .org 0x100
                handler:
                    csrr t0, mepc
                    addi t0, t0, 4
                    csrw mepc, t0
                    mret
                .org 0x200
                loop:
                    addi s1, s1, 1
                    .word 0xffffffff
                    j loop
                .org 0x1000
                """), 6);
    }
}
