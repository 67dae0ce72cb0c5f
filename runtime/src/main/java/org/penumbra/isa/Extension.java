// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Extension of the instruction set that Penumbra knows, in the order in which the ISA naming chapter lists
/// extensions: single letters, then Z extensions by the letter that follows the Z and by alphabet, then S extensions.
///
/// Some bring instructions (every row of an [Operation] names its extension), some CSRs or bits of them or of
/// page-table entries, and some only promise how the machine behaves. Which ones a machine has is a [Profile].
public enum Extension {
    RV_I("i", "base integer instructions, 64 bits"),
    RV_M("m", "multiplication and division"),
    RV_A("a", "atomic operations, load-reserved and store-conditional"),
    RV_F("f", "single-precision floating point"),
    RV_D("d", "double-precision floating point"),
    RV_C("c", "compressed instructions"),
    RV_H("h", "hypervisor: two-stage translation, and modes for guests of a guest"),
    ZIC64B("zic64b", "cache blocks are 64 bytes"),
    ZICBOM("zicbom", "cache-block management"),
    ZICBOP("zicbop", "cache-block prefetch: hints without effect"),
    ZICBOZ("zicboz", "cache-block zero"),
    ZICCAMOA("ziccamoa", "all atomic operations work on main memory"),
    ZICCIF("ziccif", "fetches of aligned words from main memory are atomic"),
    ZICCLSM("zicclsm", "misaligned loads and stores of main memory work"),
    ZICCRSE("ziccrse", "store-conditional succeeds eventually"),
    ZICNTR("zicntr", "counters cycle, time and instret"),
    ZICOND("zicond", "integer conditional operations"),
    ZICSR("zicsr", "CSR instructions"),
    ZIFENCEI("zifencei", "fence.i"),
    ZIHINTNTL("zihintntl", "non-temporal hints without effect"),
    ZIHINTPAUSE("zihintpause", "pause: another hart runs"),
    ZIHPM("zihpm", "counters hpmcounter3 to hpmcounter31"),
    ZIMOP("zimop", "may-be-operations"),
    ZA64RS("za64rs", "reservation sets are at most 64 bytes"),
    ZA128RS("za128rs", "reservation sets are at most 128 bytes"),
    ZABHA("zabha", "atomic operations on bytes and half-words"),
    ZACAS("zacas", "atomic compare-and-swap"),
    ZAWRS("zawrs", "wait on a reservation set: another hart runs"),
    ZFA("zfa", "additional floating-point operations"),
    ZFH("zfh", "half-precision floating point"),
    ZFHMIN("zfhmin", "half precision: loads, stores, moves and conversions"),
    ZCA("zca", "compressed instructions without floating point"),
    ZCB("zcb", "further compressed instructions"),
    ZCD("zcd", "compressed loads and stores of doubles"),
    ZCMOP("zcmop", "compressed may-be-operations"),
    ZBA("zba", "address generation"),
    ZBB("zbb", "basic bit manipulation"),
    ZBS("zbs", "single-bit operations"),
    ZKT("zkt", "the time of certain instructions does not depend on data: as the guest's counters and its clock under "
            + "--clock instructions show it, not for an observer of the host"),
    SHA("sha", "the augmented hypervisor extension: h and those of its options that profiles want"),
    SHCOUNTERENW("shcounterenw", "hcounteren has a writable bit for each counter"),
    SHGATPA("shgatpa", "hgatp has a mode for each mode of satp, and Bare"),
    SHTVALA("shtvala", "htval has the guest-physical address that trapped"),
    SHVSATPA("shvsatpa", "vsatp has all modes of satp"),
    SHVSTVALA("shvstvala", "vstval has what sstvala says of stval"),
    SHVSTVECD("shvstvecd", "vstvec holds any aligned address in direct mode"),
    SMNPM("smnpm", "pointer masking for supervisor mode, set by machine mode"),
    SMSTATEEN("smstateen", "machine mode decides which state lower modes reach"),
    SSCCPTR("ssccptr", "page tables can be read from all main memory"),
    SSCOFPMF("sscofpmf", "counters that overflow interrupt, and count by privilege mode"),
    SSCOUNTERENW("sscounterenw", "scounteren has a writable bit for each counter"),
    SSNPM("ssnpm", "pointer masking for user mode, set by supervisor mode"),
    SSSTATEEN("ssstateen", "the supervisor's part of smstateen"),
    SSTC("sstc", "supervisor timer, stimecmp"),
    SSTVALA("sstvala", "stval has the address or the instruction that trapped"),
    SSTVECD("sstvecd", "stvec holds any aligned address in direct mode"),
    SSU64XL("ssu64xl", "user mode has 64 bits"),
    SUPM("supm", "pointer masking is there for user mode"),
    SVADE("svade", "page faults where A or D is clear"),
    SVADU("svadu", "hardware sets A and D"),
    SVBARE("svbare", "satp can be Bare"),
    SVINVAL("svinval", "fine-grained invalidation of translations"),
    SVNAPOT("svnapot", "translations of 64 KiB"),
    SVPBMT("svpbmt", "memory types in page-table entries"),
    SVVPTC("svvptc", "valid page-table entries become visible without a fence"),
    /// Machine and supervisor modes: part of no extension's name, and absent from the ISA string.
    PRIVILEGED("", "machine and supervisor mode");

    private final String isaName;
    private final String meaning;

    Extension(String isaName, String meaning) {
        this.isaName = isaName;
        this.meaning = meaning;
    }

    /// Name in lower case as the ISA string writes it; empty for [#PRIVILEGED], which has none.
    public String isaName() {
        return isaName;
    }

    /// What it is, in one phrase.
    public String meaning() {
        return meaning;
    }

    /// ISA string of a 64-bit machine with these extensions, such as `rv64imafdc_zicsr_zba`:
    /// the value of the device tree's `riscv,isa`.
    public static String isaString(Set<Extension> extensions) {
        var text = new StringBuilder("rv64");
        for (String name : names(extensions)) {
            if (name.length() > 1) {
                text.append('_');
            }
            text.append(name);
        }
        return text.toString();
    }

    /// Names of these extensions in canonical order: the values of the device tree's `riscv,isa-extensions`.
    public static List<String> names(Set<Extension> extensions) {
        var names = new ArrayList<String>();
        for (Extension extension : values()) {
            if (extensions.contains(extension) && !extension.isaName.isEmpty()) {
                names.add(extension.isaName);
            }
        }
        return List.copyOf(names);
    }
}
