// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import org.penumbra.isa.Assembler;

/// The handlers of the machine and the supervisor for traps of fuzzed programs: they note each and go on behind it.
///
/// Every fourth trap of the supervisor's handler makes a call to the machine while it is being handled.
final class TrapHandlers {
    /// Slots of a table of vectors, and what handlers of the supervisor add to the number of theirs.
    private static final int VECTORS = 16;
    private static final int SUPERVISOR_SLOT = 32;

    private TrapHandlers() {
    }

    /// Text of both handlers. mtvec and stvec point to the labels `machine` and `supervisor`, up to their modes. When a
    /// program has ended they go to the label `finish`; t6 is then the address of the state.
    static String text() {
        return machineHandler() + supervisorHandler();
    }

    static Assembler define(Assembler assembler) {
        return assembler
                // What of mstatus and sstatus is compared: not FS, which may be dirty without need.
                .define("STATUS_COMPARED", 0x7e19aa).define("SUPERVISOR_STATUS_COMPARED", 0xc0122)
                .define("MULTIPLIER", 0x9e37_79b9_7f4a_7c15L).define("PREVIOUS_MACHINE", 3 << 11)
                // Where the supervisor's handler saves x30 and x31.
                .define("SAVED_X30", Layout.SUPERVISOR_STATE + 8 * 13)
                .define("SAVED_X31", Layout.SUPERVISOR_STATE + 8 * 12);
    }

    /// Instructions for registers from `first` to `last`, each with an offset that goes up by 8.
    static String each(String instruction, int first, int last, String base, String offset) {
        var text = new StringBuilder();
        for (int i = first; i <= last; i++) {
            text.append("%s%d, %s+%d(%s)\n".formatted(instruction, i, offset, 8 * (i - first), base));
        }
        return text.toString();
    }

    /// A table of jumps, each to code that leaves the state's address in t6 and the slot in t5.
    private static String vectors(String table, String scratchCsr, String savedX30, int firstSlot) {
        var text = new StringBuilder(".align 256\n" + table + ":\n");
        for (int i = 0; i < VECTORS; i++) {
            text.append("j " + table + i + "\n");
        }
        for (int i = 0; i < VECTORS; i++) {
            text.append("""
                    %1$s%2$d:
                        csrrw t6, %3$s, t6
                        sd t5, %4$s(t6)
                        li t5, %5$d
                        j %1$s_common
                    """.formatted(table, i, scratchCsr, savedX30, firstSlot + i));
        }
        return text + table + "_common:\n";
    }

    private static String machineHandler() {
        return vectors("machine", "mscratch", "240", 0) + each("sd x", 1, 29, "t6", "8") + """
                    csrr ra, mscratch
                    sd ra, 248(t6)
                    csrw mscratch, t6
                    csrr t0, mcause
                    csrr t1, mepc
                    csrr t2, mtval
                    csrr s0, mstatus
                    li a0, STATUS_COMPARED
                    and s0, s0, a0
                    ld a1, CURRENT_END(t6)
                    li a0, 3 # breakpoint: mtval is pc here, 0 in QEMU
                    bne t0, a0, no_breakpoint
                    li t2, 0
                no_breakpoint:
                    bne t1, a1, not_end
                    li a0, 8 # a call from U, S or M at the program's end
                    beq t0, a0, finish
                    li a0, 9
                    beq t0, a0, finish
                    li a0, 11
                    beq t0, a0, finish
                not_end:
                """ + log("m") + """
                    csrw mcause, t0 # what was made the same is what the program finds
                    csrw mtval, t2
                    li a3, MAXIMUM_TRAPS
                    bgeu a2, a3, finish
                    bge t0, zero, exception
                    li a3, 1
                    sll a3, a3, t0
                    csrc mip, a3
                    j restore
                exception:
                    ld s1, 8(t6)
                    li a6, 0
                    la a3, nested_call
                    ld a4, CURRENT_OFFSET(t6)
                    add a3, a3, a4
                    bne t1, a3, not_nested
                    addi t1, t1, 4
                    j resumed
                not_nested:
                """ + resume("m") + """
                resumed:
                    csrw mepc, t1
                    li a0, 3
                    bne t0, a0, restore
                    li a0, PREVIOUS_MACHINE
                    csrs mstatus, a0
                restore:
                """ + each("ld x", 1, 31, "t6", "8") + "mret\n";
    }

    /// Notes cause t0, epc t1, tval t2, status s0 and the slot t5 in the state at t6; leaves the number of traps in a2.
    ///
    /// @param unique what labels begin with
    private static String log(String unique) {
        var hash = new StringBuilder();
        for (String noted : new String[] {"t0", "t1", "t2", "s0"}) {
            hash.append("""
                    xor a3, a3, %s
                    mul a3, a3, a4
                    srli a5, a3, 32
                    xor a3, a3, a5
                    """.formatted(noted));
        }
        return """
                    # Of a misaligned access to nothing QEMU names the aligned address.
                    addi a2, t0, -5
                    beqz a2, %1$s_access
                    addi a2, t0, -7
                    bnez a2, %1$s_not_access
                %1$s_access:
                    li t0, 5 # and an atomic operation on nothing is a load first
                    andi t2, t2, -8
                %1$s_not_access:
                    slli t5, t5, 48
                    xor s0, s0, t5
                    ld a2, TRAPS(t6)
                    sltiu a3, a2, LOG_ENTRIES
                    beqz a3, %1$s_full
                    slli a3, a2, 5
                    add a3, a3, t6
                    sd t0, LOG(a3)
                    sd t1, LOG+8(a3)
                    sd t2, LOG+16(a3)
                    sd s0, LOG+24(a3)
                %1$s_full:
                    addi a2, a2, 1
                    sd a2, TRAPS(t6)
                    ld a3, TRAP_HASH(t6)
                    li a4, MULTIPLIER
                %2$s
                    sd a3, TRAP_HASH(t6)
                """.formatted(unique, hash);
    }

    /// Turns the epc in t1 into where to go on: behind the instruction, which is read at an offset a6; or, when it cannot
    /// be fetched or is not in the program, at the return address s1; or, when that is not behind a call in the program, at
    /// its end a1.
    ///
    /// @param unique what labels begin with
    private static String resume(String unique) {
        return """
                    li a3, 0x1003 # causes 0, 1 and 12: of fetches
                    srl a3, a3, t0
                    andi a3, a3, 1
                    bnez a3, %1$s_to_return_address
                    li a3, CODE
                    bltu t1, a3, %1$s_to_return_address
                    bltu a1, t1, %1$s_to_return_address
                    add a3, t1, a6
                    lhu a3, 0(a3)
                    andi a3, a3, 3
                    addi a3, a3, -3
                    addi t1, t1, 2
                    bnez a3, %1$s_done
                    addi t1, t1, 2
                    j %1$s_done
                %1$s_to_return_address:
                    li a3, CODE
                    bltu s1, a3, %1$s_to_end
                    bltu a1, s1, %1$s_to_end
                    andi a3, s1, 1
                    bnez a3, %1$s_to_end
                    # Only behind a `jal` or `jalr` with it: elsewhere would be anywhere, such as within a loop without its count.
                    add a3, s1, a6
                    lhu a3, -4(a3)
                    andi a3, a3, 0x7ff
                    mv t1, s1
                    li a4, 0x0ef
                    beq a3, a4, %1$s_done
                    li a4, 0x0e7
                    beq a3, a4, %1$s_done
                %1$s_to_end:
                    mv t1, a1
                %1$s_done:
                """.formatted(unique);
    }

    private static String supervisorHandler() {
        return vectors("supervisor", "sscratch", "SAVED_X30", SUPERVISOR_SLOT)
                + each("sd x", 5, 16, "t6", "SUPERVISOR_STATE") + """
                    csrr t0, sscratch
                    sd t0, SAVED_X31(t6)
                    csrw sscratch, t6
                    csrr t0, scause
                    csrr t1, sepc
                    csrr t2, stval
                    csrr s0, sstatus
                    li a0, SUPERVISOR_STATUS_COMPARED
                    and s0, s0, a0
                    ld a1, CURRENT_END(t6)
                    ld a6, CURRENT_OFFSET(t6)
                """ + log("s") + """
                    csrw scause, t0
                    csrw stval, t2
                    li a3, MAXIMUM_TRAPS
                    bltu a2, a3, go_on
                    ecall # the machine's handler sees the count as well
                go_on:
                    andi a3, a2, 3
                    bnez a3, no_call
                nested_call:
                    ecall
                no_call:
                    bge t0, zero, s_exception
                    # The supervisor can take back software interrupts only; others it can but disable.
                    li a3, 1
                    sll a3, a3, t0
                    csrc sip, a3
                    andi a4, a3, -3
                    csrc sie, a4
                    j s_restore
                s_exception:
                    mv s1, ra
                """ + resume("s") + """
                    csrw sepc, t1
                s_restore:
                """ + each("ld x", 5, 16, "t6", "SUPERVISOR_STATE") + """
                    ld t5, SAVED_X30(t6)
                    ld t6, SAVED_X31(t6)
                    sret
                """;
    }
}
