// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Extension of the instruction set that Penumbra knows, in the order in which the ISA naming chapter lists
/// extensions: single letters, then Z extensions by the letter that follows the Z and by alphabet, then S extensions.
///
/// Some bring instructions (every row of an [Operation] names its extension), others only bring CSRs or page-table
/// bits.
public enum Extension {
    RV_I("i"), RV_M("m"), RV_A("a"), RV_F("f"), RV_D("d"), RV_C("c"),
    ZICBOM("zicbom"), ZICBOZ("zicboz"), ZICNTR("zicntr"), ZICOND("zicond"), ZICSR("zicsr"),
    ZIFENCEI("zifencei"), ZIMOP("zimop"),
    ZCA("zca"), ZCB("zcb"), ZCD("zcd"), ZCMOP("zcmop"), ZBA("zba"), ZBB("zbb"), ZBS("zbs"),
    SSTC("sstc"), SVADE("svade"), SVADU("svadu"), SVINVAL("svinval"), SVNAPOT("svnapot"), SVPBMT("svpbmt"),
    SVVPTC("svvptc"),
    /// Machine and supervisor modes: part of no extension's name, and absent from the ISA string.
    PRIVILEGED("");

    private final String isaName;

    Extension(String isaName) {
        this.isaName = isaName;
    }

    /// Name in lower case as the ISA string writes it; empty for [#PRIVILEGED], which has none.
    public String isaName() {
        return isaName;
    }

    /// Extensions that every Penumbra machine has; Svvptc is the one that has to be asked for.
    public static Set<Extension> standard() {
        return EnumSet.complementOf(EnumSet.of(SVVPTC, PRIVILEGED));
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
