// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import org.penumbra.hart.GuestAssembler;
import org.penumbra.isa.Assembler;

/// The guest code around fuzzed programs: sets the machine up for each, has its traps handled, and prints a hash of the
/// registers, memory, page tables and traps that it leaves, or all of them.
///
/// t6 holds the address of the state, s0 that of the program's descriptor.
final class Harness {
    private static final int UNROLLED = 8;
    private static final long UART = 0x1000_0000L;
    private static final long FINISHER = 0x10_0000L;

    /// Page-table entries that programs own, in the order of [FuzzProgram#tables]: address and number.
    private static final long[][] OWNED = {
        {Layout.WINDOW_A + 8 * Layout.WINDOW_INDEX, Layout.SUPERPAGES}, {Layout.PAGES_A, Layout.PAGES},
        {Layout.ROOT_A + 8 * 4, 1}, {Layout.SV48_A + 8, 1}, {Layout.SV57_A + 8, 1},
        {Layout.WINDOW_B + 8 * Layout.WINDOW_INDEX, Layout.SUPERPAGES}, {Layout.PAGES_B, Layout.PAGES},
        {Layout.ROOT_B + 8 * 4, 1}, {Layout.SV48_B + 8, 1}, {Layout.SV57_B + 8, 1}};
    /// Bits of a pmpcfg.
    private static final int READ = 1, WRITE = 2, EXECUTE = 4, NATURAL = 3 << 3, LOCKED = 1 << 7;

    private final int programs;
    private final boolean dump;
    private long supervisorVector;

    /// @param dump whether to print everything compared after each program instead of hashes at the end
    Harness(int programs, boolean dump) {
        this.programs = programs;
        this.dump = dump;
    }

    /// Physical address of the supervisor's handler, once [#code] is made.
    long supervisorVector() {
        return supervisorVector;
    }

    byte[] code() {
        Assembler assembler = TrapHandlers.define(Layout.define(GuestAssembler.at(Layout.HARNESS)))
                .define("UART", UART).define("FINISHER", FINISHER).define("PROGRAMS", programs)
                .define("RESULTS_END", Layout.RESULTS + 8L * programs).define("FLOATS_ON", 3 << 13)
                .define("MODIFY_PRIVILEGE", 1 << 17)
                // menvcfg: ADUE, PBMTE, and cache-block operations for all.
                .define("ENVIRONMENT", 3L << 61 | 0xf0);
        byte[] code = assembler.assemble(start() + prepare() + TrapHandlers.text() + finish() + hashFunction()
                + PRINT_FUNCTION);
        supervisorVector = assembler.value("supervisor");
        return code;
    }

    private static String start() {
        return """
                    csrr t0, mhartid
                    beqz t0, first
                park:
                    wfi
                    j park
                first:
                    li t6, STATE
                    csrw mscratch, t6
                """ + protect() + """
                    li t0, ENVIRONMENT
                    csrw menvcfg, t0
                    li t0, 0xf0
                    csrw senvcfg, t0
                    sd zero, INDEX(t6)
                """;
    }

    /// Sets the protection that stays: programs and this cannot be written, for one would change the next; and machine mode
    /// reaches nothing but RAM and nothing, for what else QEMU's board has is not all on ours.
    private static String protect() {
        long[][] entries = {
            {0, LOCKED | READ | EXECUTE, Layout.CODE, Layout.CODE_END - Layout.CODE},
            {10, LOCKED | READ | EXECUTE, Layout.HARNESS, Layout.STATE - Layout.HARNESS},
            {11, LOCKED | READ | WRITE, FINISHER, 4096},
            {12, LOCKED | READ | WRITE, UART, 4096},
            {13, LOCKED | READ | WRITE, Layout.WINDOW, 64 << 20},
            {14, READ | WRITE | EXECUTE, Layout.HARNESS, Layout.RAM_SIZE},
            {15, LOCKED, 0, 1L << 57}};
        long[] configurations = new long[2];
        var text = new StringBuilder();
        for (long[] entry : entries) {
            int index = (int) entry[0];
            text.append(setCsr("pmpaddr" + index, (entry[2] | (entry[3] >>> 1) - 1) >>> 2));
            configurations[index / 8] |= (entry[1] | NATURAL) << 8 * (index % 8);
        }
        return text + setCsr("pmpcfg0", configurations[0]) + setCsr("pmpcfg2", configurations[1]);
    }

    /// Sets up the next program and enters it, or prints the results and switches off.
    private String prepare() {
        return """
                next:
                    li t6, STATE
                    ld t1, INDEX(t6)
                    li t2, PROGRAMS
                    bltu t1, t2, more
                """ + (dump ? "" : """
                    li a0, RESULTS
                    li a1, RESULTS_END
                    jal ra, print
                """) + """
                    li t0, FINISHER
                    li t1, 0x5555
                    sw t1, 0(t0)
                stop:
                    j stop

                more:
                    li s0, DESCRIPTOR_SIZE
                    mul s0, s0, t1
                    li t2, DESCRIPTORS
                    add s0, s0, t2
                    sd s0, CURRENT(t6)
                    ld t0, END(s0)
                    sd t0, CURRENT_END(t6)
                    ld t0, SUPERVISOR_OFFSET(s0)
                    sd t0, CURRENT_OFFSET(t6)
                    sd zero, TRAPS(t6)
                    sd zero, TRAP_HASH(t6)
                    li a0, STATE+LOG
                    li a1, STATE+LOG_END
                clear:
                    sd zero, 0(a0)
                    addi a0, a0, 8
                    bne a0, a1, clear
                    addi a2, s0, TABLES
                """ + copyTables() + fillData() + """
                    csrw mstatus, zero
                    csrw mip, zero
                    # No reservation is left to the next program.
                    addi a0, t6, TRAPS
                    sc.d t0, zero, (a0)
                    sd zero, TRAPS(t6)
                """ + copyProtection() + """
                    ld t0, SATP(s0)
                    csrw satp, t0
                    ld t0, DELEGATED(s0)
                    csrw medeleg, t0
                    ld t0, INTERRUPTS_DELEGATED(s0)
                    csrw mideleg, t0
                    ld t0, INTERRUPTS_ENABLED(s0)
                    csrw mie, t0
                    ld t0, MACHINE_VECTORED(s0)
                    la t1, machine
                    add t0, t0, t1
                    csrw mtvec, t0
                    ld t0, SUPERVISOR_VECTOR(s0)
                    csrw stvec, t0
                    ld t0, SUPERVISOR_SCRATCH(s0)
                    csrw sscratch, t0
                    ld t0, ENTRY(s0)
                    csrw mepc, t0
                    csrw sepc, zero
                    csrw scause, zero
                    csrw stval, zero
                    csrw mtval, zero
                    csrw mcause, zero
                    sfence.vma zero, zero
                    fence.i
                    li t0, FLOATS_ON
                    csrw mstatus, t0
                """ + TrapHandlers.each("fld f", 0, 31, "s0", "REGISTERS+256") + """
                    ld t0, FCSR(s0)
                    csrw fcsr, t0
                    ld t0, STATUS(s0)
                    csrw mstatus, t0
                    mv t6, s0
                """ + TrapHandlers.each("ld x", 1, 31, "t6", "REGISTERS+8") + "mret\n";
    }

    private static String setCsr(String csr, long value) {
        return "li t0, " + Long.toUnsignedString(value) + "\ncsrw " + csr + ", t0\n";
    }

    private static String copyProtection() {
        var text = new StringBuilder();
        for (int i = 0; i < Layout.PROTECTIONS; i++) {
            text.append("""
                    ld t0, PROTECTION_SETTINGS+%d(s0)
                    csrw pmpaddr%d, t0
                    """.formatted(8 + 8 * i, Layout.PROTECTION + i));
        }
        return text + """
                ld t0, PROTECTION_SETTINGS(s0)
                csrw pmpcfg0, t0
                """;
    }

    /// Copies the tables' entries from a2 on, which moves.
    private static String copyTables() {
        var text = new StringBuilder();
        for (int i = 0; i < OWNED.length; i++) {
            text.append(copyTable("copy" + i, OWNED[i][0], OWNED[i][1]));
        }
        return text + copyTable("copy_code", Layout.CODE_TABLE + 8, 1);
    }

    private static String copyTable(String label, long table, long entries) {
        return """
                    li a0, %2$d
                    li a1, %3$d
                %1$s:
                    ld t0, 0(a2)
                    sd t0, 0(a0)
                    addi a2, a2, 8
                    addi a0, a0, 8
                    bne a0, a1, %1$s
                """.formatted(label, table, table + 8 * entries);
    }

    /// Fills the data with what follows from the seed; most of what is executed is this and the hash, hence unrolled.
    private static String fillData() {
        var turns = new StringBuilder();
        for (int i = 0; i < UNROLLED; i++) {
            turns.append("""
                    mul t0, t0, a2
                    add t0, t0, t1
                    sd t0, %d(a0)
                    """.formatted(8 * i));
        }
        return """
                    ld t0, SEED(s0)
                    li a0, DATA
                    li a1, DATA_END
                    li a2, MULTIPLIER
                    mv t1, t0
                fill:
                %s
                    srli t2, t0, 31
                    xor t0, t0, t2
                    addi a0, a0, %d
                    bne a0, a1, fill
                """.formatted(turns, 8 * UNROLLED);
    }

    private String finish() {
        var shown = new StringBuilder(show(Layout.STATE, Layout.STATE_HASHED / 8));
        for (long[] entries : OWNED) {
            shown.append(show(entries[0], entries[1]));
        }
        shown.append(show(Layout.STATE + Layout.LOG, 4 * Layout.LOG_ENTRIES))
                .append(show(Layout.DATA, 512 * Layout.FRAMES));
        return """
                finish:
                    csrr t0, mstatus
                    li a0, STATUS_COMPARED
                    and t0, t0, a0
                    csrr t1, mie
                    slli t1, t1, 32
                    xor t0, t0, t1
                    csrr t1, mip
                    andi t1, t1, 0x222 # not the lines of the timer, for clocks differ
                    slli t1, t1, 48
                    xor t0, t0, t1
                    sd t0, SAVED_STATUS(t6)
                    li t0, MODIFY_PRIVILEGE
                    csrc mstatus, t0
                    csrw pmpcfg0, zero # not even machine mode may access what an entry covers in part
                    li t0, FLOATS_ON
                    csrs mstatus, t0
                """ + TrapHandlers.each("fsd f", 0, 31, "t6", "SAVED_FLOATS") + """
                    csrr t0, fcsr
                    sd t0, SAVED_FCSR(t6)
                    li a2, MULTIPLIER
                    li a3, 0
                """ + shown + """
                    ld t1, INDEX(t6)
                    slli t2, t1, 3
                    li s0, RESULTS
                    add t2, t2, s0
                    sd a3, 0(t2)
                    addi t1, t1, 1
                    sd t1, INDEX(t6)
                    j next
                """;
    }

    /// Prints double words or adds them to the hash.
    private String show(long address, long count) {
        return """
                li a0, %d
                li a1, %d
                jal ra, %s
                """.formatted(address, address + 8 * count, dump ? "print" : "hash");
    }

    /// Hashes the double words from a0 to a1 into a3, with the multiplier in a2; several at a time where it is a multiple.
    private static String hashFunction() {
        return """
                hash:
                    sub t0, a1, a0
                    andi t0, t0, %d
                    bnez t0, one
                """.formatted(8 * UNROLLED - 1) + hashLoop("several", UNROLLED) + hashLoop("one", 1);
    }

    private static String hashLoop(String label, int words) {
        var turns = new StringBuilder();
        for (int i = 0; i < words; i++) {
            turns.append("""
                    ld t0, %d(a0)
                    xor a3, a3, t0
                    mul a3, a3, a2
                    """.formatted(8 * i));
        }
        return """
                %1$s:
                %2$s
                    srli t0, a3, 29
                    xor a3, a3, t0
                    addi a0, a0, %3$d
                    bne a0, a1, %1$s
                    ret
                """.formatted(label, turns, 8 * words);
    }

    /// Prints the double words from a0 to a1 as hexadecimal lines.
    static final String PRINT_FUNCTION = """
            print:
                li a4, UART
            line:
                ld t0, 0(a0)
                li t1, 60
            digit:
                srl t2, t0, t1
                andi t2, t2, 15
                sltiu s0, t2, 10
                bnez s0, decimal
                addi t2, t2, 'a'-'0'-10
            decimal:
                addi t2, t2, '0'
            send:
                lbu s0, 5(a4)
                andi s0, s0, 0x20
                beqz s0, send
                sb t2, 0(a4)
                addi t1, t1, -4
                bge t1, zero, digit
                li t2, 10 # the end of the line
                li s0, -4
                bne t1, s0, line_ended
                j send
            line_ended:
                addi a0, a0, 8
                bne a0, a1, line
                ret
            """;
}
