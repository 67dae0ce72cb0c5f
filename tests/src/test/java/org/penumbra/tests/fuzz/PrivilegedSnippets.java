// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.List;
import java.util.SplittableRandom;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.tests.fuzz.FuzzProgram.Code;

/// Makes what changes the state of the machine: page tables, protection, interrupts and other CSRs.
final class PrivilegedSnippets {
    private static final int MSTATUS = 0x300, MIDELEG = 0x303, MIE = 0x304, MIP = 0x344, SSTATUS = 0x100, SIE = 0x104, SIP = 0x144,
            SATP = 0x180, PMPCFG0 = 0x3a0, PMPADDR = 0x3b0;
    private static final int[] MACHINE_READABLE = {0x141, 0x142, 0x143, 0x106, 0x306, 0x302, 0x303, MIE, PMPCFG0, PMPADDR + 2};
    private static final int[] SUPERVISOR_READABLE = {0x141, 0x142, 0x143, 0x106, SIE};
    private static final CsrOp[] WRITES = {CsrOp.CSRRW, CsrOp.CSRRS, CsrOp.CSRRC};

    private final SnippetGenerator snippets;
    private final MemorySnippets memory;
    private final SplittableRandom random;
    private final ProgramGenerator.Profile profile;
    private final MachineState state;

    PrivilegedSnippets(SnippetGenerator snippets, MemorySnippets memory, SplittableRandom random,
            ProgramGenerator.Profile profile, MachineState state) {
        this.snippets = snippets;
        this.memory = memory;
        this.random = random;
        this.profile = profile;
        this.state = state;
    }

    Code next() {
        return switch (random.nextInt(state.interrupts ? 14 : 11)) {
            case 0 -> permissions();
            case 1 -> read();
            case 2 -> trapRegister();
            case 3 -> modifiedPrivilege();
            case 4, 5 -> state.mode == 3 && state.protects ? protection() : fence();
            case 6, 7 -> state.mode == 3 && !state.interrupts ? anyValue() : read();
            case 8 -> profile.partner() ? fence() : counter();
            case 9 -> profile.partner() ? read() : cacheBlock();
            case 10 -> fence();
            default -> interrupt();
        };
    }

    private Code fence() {
        int kind = random.nextInt(3);
        return snippets.code(a -> {
            switch (kind) {
                case 0 -> a.op(SystemOp.SFENCE_VMA, 0, 0, 0, 0);
                case 1 -> a.system(SystemOp.FENCE_I);
                default -> a.word(0x0ff0_000f);
            }
        });
    }

    /// SUM and MXR, and in machine mode TVM.
    private Code permissions() {
        int pointer = snippets.scratch();
        boolean machine = state.mode == 3;
        long bits = (long) random.nextInt(1, machine ? 8 : 4) << 18;
        CsrOp op = random.nextBoolean() ? CsrOp.CSRRS : CsrOp.CSRRC;
        return snippets.code(a -> {
            a.constant(pointer, bits);
            a.csr(op, 0, machine ? MSTATUS : SSTATUS, pointer);
        });
    }

    private Code read() {
        int rd = snippets.destination();
        int[] csrs = state.mode == 3 ? MACHINE_READABLE : SUPERVISOR_READABLE;
        int csr = csrs[random.nextInt(csrs.length)];
        return snippets.code(a -> a.csr(CsrOp.CSRRS, rd, csr, 0));
    }

    private Code trapRegister() {
        int rd = snippets.destination();
        int[] csrs = profile.partner() ? QemuDifferences.TRAP_REGISTERS : new int[] {0x142, 0x143, 0x141};
        int csr = csrs[random.nextInt(csrs.length)];
        int source = random.nextInt(32);
        CsrOp op = WRITES[random.nextInt(3)];
        return snippets.code(a -> a.csr(op, rd, csr, source));
    }

    private Code counter() {
        int rd = snippets.destination();
        int csr = state.mode == 3 ? random.nextBoolean() ? 0xb02 : 0xb00 : 0xc02;
        return snippets.code(a -> a.csr(CsrOp.CSRRS, rd, csr, 0));
    }

    private Code cacheBlock() {
        int pointer = snippets.scratch();
        long address = memory.address(8, false);
        SystemOp op = List.of(SystemOp.CBO_ZERO, SystemOp.CBO_FLUSH, SystemOp.CBO_INVAL, SystemOp.CBO_CLEAN).get(random.nextInt(4));
        return snippets.code(a -> {
            a.constant(pointer, address);
            a.op(op, 0, pointer, 0, 0);
        });
    }

    /// Turns MPRV on or off; or on for one access only.
    private Code modifiedPrivilege() {
        if (state.mode != 3) {
            return fence();
        }
        int pointer = snippets.scratch();
        int low = state.paged || random.nextBoolean() ? state.lowMode : random.nextInt(2);
        if (!profile.partner() && state.paged && !state.nested && !state.inFunction && random.nextBoolean()) {
            state.modifiesPrivilege ^= true;
            boolean on = state.modifiesPrivilege;
            return snippets.code(a -> modifyPrivilege(a, pointer, low, on));
        }
        if (state.modifiesPrivilege) {
            return fence();
        }
        state.modifiesPrivilege = true;
        Operation op = random.nextInt(3) == 0 ? snippets.pick(List.of(StoreOp.values())) : snippets.pick(List.of(LoadOp.values()));
        int size = op instanceof LoadOp load ? load.size() : ((StoreOp) op).size();
        long address = memory.address(size, false);
        state.modifiesPrivilege = false;
        int base = snippets.scratchNot(pointer);
        int rd = op.format().writesFloat() ? random.nextInt(32) : snippets.destination();
        int source = random.nextInt(32);
        return snippets.code(a -> {
            modifyPrivilege(a, pointer, low, true);
            a.constant(base, address);
            a.op(op, rd, base, source, 0);
            modifyPrivilege(a, pointer, low, false);
        });
    }

    private static void modifyPrivilege(GeneratedCode a, int pointer, int mode, boolean on) {
        a.constant(pointer, 3 << 11 | 1 << 17);
        a.csr(CsrOp.CSRRC, 0, MSTATUS, pointer);
        a.constant(pointer, (long) mode << 11 | (on ? 1 << 17 : 0));
        a.csr(CsrOp.CSRRS, 0, MSTATUS, pointer);
    }

    /// Changes an entry of physical memory protection: first its address, then what it allows.
    private Code protection() {
        MachineState.Protection entry = state.protection(random.nextInt(Layout.PROTECTIONS));
        int pointer = snippets.scratch();
        int value = snippets.scratchNot(pointer);
        return snippets.code(a -> {
            a.constant(pointer, entry.address());
            a.csr(CsrOp.CSRRW, 0, PMPADDR + Layout.PROTECTION + entry.index(), pointer);
            a.constant(pointer, 0xffL << entry.shift());
            a.constant(value, entry.config() << entry.shift());
            a.csr(CsrOp.CSRRC, 0, PMPCFG0, pointer);
            a.csr(CsrOp.CSRRS, 0, PMPCFG0, value);
        });
    }

    /// Writes any value to a CSR, reads back what it made of it, and restores it.
    private Code anyValue() {
        QemuDifferences.Written written = snippets.pick(QemuDifferences.COMPARED);
        int old = snippets.scratch();
        int value = snippets.scratchNot(old);
        int rd = snippets.scratchNot(old);
        long bits = snippets.integer() & written.writable();
        CsrOp op = WRITES[written.csr() == QemuDifferences.SATP ? random.nextInt(1, 3) : random.nextInt(3)];
        return snippets.code(a -> {
            a.csr(CsrOp.CSRRS, old, written.csr(), 0);
            a.constant(value, bits);
            a.csr(op, 0, written.csr(), value);
            a.csr(CsrOp.CSRRS, rd, written.csr(), 0);
            a.csr(CsrOp.CSRRW, 0, written.csr(), old);
            a.constant(old, written.compared());
            a.register(RegisterOp.AND, rd, rd, old);
        });
    }

    /// Raises, takes back, enables, disables or delegates interrupts.
    private Code interrupt() {
        int pointer = snippets.scratch();
        int rd = snippets.destination();
        long set = state.supervisorInterrupts();
        CsrOp op = random.nextInt(3) == 0 ? CsrOp.CSRRC : CsrOp.CSRRS;
        boolean machine = state.mode == 3;
        switch (random.nextInt(5)) {
            case 0 -> {
                return snippets.code(a -> a.op(op == CsrOp.CSRRS ? CsrOp.CSRRSI : CsrOp.CSRRCI, 0, machine ? 8 | (int) set & 2 : 2, 0,
                        machine ? MSTATUS : SSTATUS));
            }
            case 1 -> {
                int csr = machine ? random.nextBoolean() ? MIE : MIDELEG : SIE;
                return snippets.code(a -> {
                    a.constant(pointer, set);
                    a.csr(op, rd, csr, pointer);
                });
            }
            default -> {
                // Lines of devices may be up, by clocks that differ: what is read must be masked before a trap can end the program.
                return snippets.code(a -> {
                    a.constant(pointer, set);
                    a.csr(op, 0, machine ? MIP : SIP, pointer);
                    a.csr(CsrOp.CSRRS, rd, machine ? MIP : SIP, 0);
                    a.immediate(ImmediateOp.ANDI, rd, rd, 0x222);
                });
            }
        }
    }

    /// Changes an entry of a page table and fences, or goes to the other root.
    Code pageTable() {
        if (state.mode == 0 || state.modifiesPrivilege) {
            return snippets.code(a -> a.word(snippets.integerInstruction()));
        }
        int pointer = snippets.scratch();
        int value = snippets.scratchNot(pointer);
        boolean second = random.nextBoolean();
        if (random.nextInt(3) == 0) {
            return snippets.code(a -> {
                a.constant(pointer, state.satp(second));
                a.csr(CsrOp.CSRRW, 0, SATP, pointer);
            });
        }
        Place place = place(second);
        int form = random.nextInt(4);
        // Entries with G may outlive a fence for one ASID, so the ASID is named only where nothing is global.
        long clean = place.entry & ~0x20;
        SystemOp fence = random.nextInt(3) == 0 && (state.mode == 3 || !profile.partner()) ? SystemOp.SINVAL_VMA : SystemOp.SFENCE_VMA;
        return snippets.code(a -> {
            a.constant(pointer, place.address + (state.mode == 3 ? 0 : Layout.ALIAS));
            a.constant(value, clean);
            a.store(StoreOp.SD, value, 0, pointer);
            a.constant(value, second ? state.asidB : state.asidA);
            int asid = (form & 2) != 0 ? value : 0;
            if ((form & 1) == 0) {
                a.op(fence, 0, 0, asid, 0);
            } else {
                // The window is seen at both ends of the address space.
                for (long gva : new long[] {place.gva, place.gva + Layout.HIGH}) {
                    a.constant(pointer, gva);
                    a.op(fence, 0, pointer, asid, 0);
                }
            }
        });
    }

    /// An entry that a program may change: where it is, what it shall be, and an address that it maps.
    private record Place(long address, long entry, long gva) {
    }

    private Place place(boolean second) {
        int kind = random.nextInt(8);
        if (kind == 0) {
            return switch (random.nextInt(Layout.LARGE)) {
                case 0 -> new Place((second ? Layout.ROOT_B : Layout.ROOT_A) + 8 * 4, state.large(0), Layout.GIGAPAGE);
                case 1 -> new Place((second ? Layout.SV48_B : Layout.SV48_A) + 8, state.large(1), Layout.TERAPAGE);
                default -> new Place((second ? Layout.SV57_B : Layout.SV57_A) + 8, state.large(2), Layout.PETAPAGE);
            };
        } else if (kind == 1) {
            int index = 1 + random.nextInt(Layout.SUPERPAGES - 1);
            return new Place((second ? Layout.WINDOW_B : Layout.WINDOW_A) + 8L * (Layout.WINDOW_INDEX + index), state.superpage(),
                    Layout.WINDOW + ((long) index << 21));
        }
        int index = 1 + random.nextInt(13);
        return new Place((second ? Layout.PAGES_B : Layout.PAGES_A) + 8L * index, state.page(), Layout.WINDOW + 4096L * index);
    }
}
