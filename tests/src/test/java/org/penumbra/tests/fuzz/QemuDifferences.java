// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.penumbra.isa.Decoder;
import org.penumbra.isa.Extension;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.Operation;

/// What QEMU 7.2 does otherwise than the architecture says, or than this project chose where it leaves a choice, and how
/// programs that are compared with it keep away from that: all of it is named here.
///
/// Left out of programs:
/// - `ctzw` of 0 gives 63 ([#WRONG]).
/// - There are no Zicond, Zimop, Zcb, Zcmop, Zabha, Zacas, Zawrs, Zfa ([#ABSENT]), which our harts have not got then, either.
/// - Bit 0 of sepc is kept where it is written ([#TRAP_REGISTERS]).
/// - Cycle and instruction counters count other things.
/// - There is no Zicbom, and no Zicboz where `-cpu rv64` does not name it.
/// - With MPRV on and MPP being U, accesses after a trap in between are done with the supervisor's permissions: so MPRV is
///   on for one access at a time.
/// - Of several interrupts the one with the lowest number is taken first, not the external one ([#INTERRUPT_OF_OTHER_PRIORITY]).
/// - A translation is kept for the whole page though an entry of physical memory protection that did not match covers part
///   of it, and code is not fetched from a page if not all of the rest of it may be ([#PROTECTION_OF_WHOLE_PAGES_ONLY]).
/// - An access from one page to the next is looked at as a whole in the first one's part of physical memory, where protection
///   may end; here each part by itself ([#PROTECTION_OF_WHOLE_ACCESSES]).
/// - Protection of page tables is not asked when A and D bits are set: so it covers none.
/// - A `sinval.vma` that is illegal leaves 0 in tval: so it is used in machine mode only.
/// - Writing pmpaddr does not flush translations, writing pmpcfg does: so the latter is written last.
/// - pmpcfg with W and without R, which is reserved, is kept.
/// - Bits of CSRs that are not ours, see [#COMPARED].
///
/// Of the hypervisor extension ([TwoStageProgram]); what it says is said of version 1.0:
/// - GVA of mstatus is set by traps of guests only, and never cleared (it is by each trap).
/// - mtinst and htinst have the transformed instruction, which is a choice; of a fault at a table of the first stage the cause
///   is that of a load (it is that of the access), and htinst cannot be written.
/// - A and D bits of the first stage are set though the second does not let its table be written, whose D stays as it is; MXR
///   makes the first stage's tables readable that may only be executed.
/// - MXR is that of the mode which runs, in both stages (mstatus.MXR is for both, vsstatus.MXR for the first); `hlv` and
///   `hsv` are done as if vsstatus.SUM were set; `hlvx` needs R instead of X.
/// - Guest-physical addresses are checked as if they had a sign.
/// - In VU mode fences and CSRs of a supervisor are illegal (they are virtual instructions), and `sfence.w.inval` works.
/// - tval of `hlv`, `hlvx`, `hsv` and fences in guests is 0 or that of an earlier instruction.
/// - hstatus.VTVM is not looked at for satp; XLEN in vsstatus can be 32.
/// - Illegal instructions and misaligned stores handed to VS mode get the cause below theirs, as interrupts should.
/// - sie and sip of a guest have only what is also in mideleg; of what hvip injects they show SSIP only; bits 2, 6 and 10
///   written to vsie and vsip are those of mie and mip.
/// - henvcfg.STCE can be set though menvcfg.STCE is not, and there is no ADUE.
///
/// Made the same by the harness ([TrapHandlers]):
/// - mtval after `ebreak` is 0.
/// - After a misaligned access to nothing tval is the aligned address.
/// - An atomic operation on nothing is a load first: its access fault is that of a load. So access faults of loads and
///   stores are also delegated together, for the status registers tell which mode a trap went to.
///
/// Made the same by the way it is run ([FuzzRun]) and by protection ([Harness]):
/// - With one hart an atomic operation is a load and a store, and its page fault that of a load: so there are two harts.
/// - Its board has more than ours (flash, PCI, an RTC): so machine mode is kept away from them.
final class QemuDifferences {
    static final boolean PROTECTION_OF_WHOLE_PAGES_ONLY = true;
    static final boolean PROTECTION_OF_WHOLE_ACCESSES = true;
    /// Supervisor external.
    static final long INTERRUPT_OF_OTHER_PRIORITY = 1 << 9;

    /// Operations with other results.
    private static final List<ImmediateOp> WRONG = List.of(ImmediateOp.CTZW);
    /// Extensions that it has not got.
    private static final Set<Extension> ABSENT = EnumSet.of(Extension.ZICOND, Extension.ZIMOP, Extension.ZCB,
            Extension.ZCMOP, Extension.ZABHA, Extension.ZACAS, Extension.ZAWRS, Extension.ZFA);

    /// Whether an operation does in QEMU what it does here.
    static boolean agrees(Operation op) {
        return !WRONG.contains(op) && !ABSENT.contains(op.extension());
    }

    /// Whether QEMU has the instruction `bits`, which may be a compressed one.
    static boolean has(int bits) {
        return !ABSENT.contains(Decoder.extension(bits));
    }

    /// CSRs of a trap that any value can be written to.
    static final int[] TRAP_REGISTERS = {0x142, 0x143};

    /// A CSR that random values are written to in machine mode, the bits that may be written, and those that are compared.
    record Written(int csr, long writable, long compared) {
    }

    static final int SATP = 0x180;

    /// CSRs with fields that do not take every value.
    static final List<Written> COMPARED = List.of(
            // Not mstatus.FS, which means more than its bits, nor MPP of 2, which QEMU keeps; nor VS and the upper half.
            new Written(0x300, 0x7e01aa, 0x7e01aa),
            new Written(0x100, 0xc0122, 0xc0122),
            // QEMU delegates what its hypervisor extension brings.
            new Written(0x302, -1, 0xb3ff),
            new Written(0x303, -1, 0x222),
            // Lines of devices may be up.
            new Written(0x304, 0x222, 0x222),
            new Written(0x104, -1, 0x222),
            new Written(0x344, 0x222, 0x222),
            new Written(0x144, 0x222, 0x222),
            // A vector with a reserved mode is not written at all in QEMU.
            new Written(0x305, ~2L, -1),
            new Written(0x105, ~2L, -1),
            new Written(0x306, -1, 7),
            new Written(0x106, -1, 7),
            new Written(0x340, -1, -1),
            new Written(0x140, -1, -1),
            new Written(0x342, -1, -1),
            new Written(0x142, -1, -1),
            new Written(0x343, -1, -1),
            new Written(0x143, -1, -1),
            // No bit 0 of an epc.
            new Written(0x341, -2, -1),
            new Written(0x141, -2, -1),
            // The ASID of satp only: where the mode is not the one thought of, another root would be the end.
            new Written(SATP, 0xffffL << 44, -1),
            // pmpaddr of an entry that may be off; QEMU keeps all bits.
            new Written(0x3b7, -1, (1L << 54) - 1));

    private QemuDifferences() {
    }
}
