// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.util.EnumMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options for each [Setting], shared by the commands that start machines.
public final class SettingOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--tlb-entries", paramLabel = "N",
            description = "Entries of the modelled TLB, a power of two (default 1024).")
    private String tlbEntries;

    @Option(names = "--root-buffer", paramLabel = "N",
            description = "Entries of the shadow-root base-address buffer of ssp and asp, 0 to 16 (default 8).")
    private String rootBuffer;

    @Option(names = "--root-replacement", paramLabel = "R",
            description = "Which root leaves the full buffer: lru (default) or random.")
    private String rootReplacement;

    @Option(names = "--sync", paramLabel = "S", description = "What a fence of ssp and asp does with the shadow "
            + "entries it names: reached, read the guest's entries again when they are used next (default); present, "
            + "read those "
            + "of all present again at once; drop them; or take over what differs from a snapshot of the guest's "
            + "tables.")
    private String sync;

    @Option(names = "--host-pages", paramLabel = "P", description =
            "Host pages that back the guest's RAM: 4k (default) or 2m.")
    private String hostPages;

    @Option(names = "--shadow-memory", paramLabel = "SIZE",
            description = "Memory for shadow tables, 256K to 4G (default 64M); beyond it tables are taken back.")
    private String shadowMemory;

    @Option(names = "--second-stage", paramLabel = "T",
            description = "Second-stage tables of hap and asp: sv39x4 (default) or sv48x4.")
    private String secondStage;

    @Option(names = "--balloon", paramLabel = "N",
            description = "Every N instructions the host moves a page of the guest to another frame (default 0: "
                    + "never).")
    private String balloon;

    @Option(names = "--asid-bits", paramLabel = "N", description = "Width of the guest's ASIDs, 0 to 16 (default 16).")
    private String asidBits;

    @Option(names = "--svvptc", description = "Let the guest rely on Svvptc (new valid PTEs need no fence).")
    private boolean svvptc;

    @Option(names = "--ad", paramLabel = "A", description =
            "A and D bits: svade (page faults), svadu (set by hardware), both "
            + "(default: set by hardware, as on QEMU, until the guest asks for page faults) or request (default of "
            + "compare: "
            + "page faults until the guest asks for hardware).")
    private String ad;

    @Option(names = "--mmu", paramLabel = "M", description =
            "Widest translation mode: sv39, sv48 (default) or sv57 (default of "
            + "compare).")
    private String mmu;

    /// The settings given, with values in the language's form.
    ///
    /// @throws ParameterException for an invalid value
    public Map<Setting, String> chosen() {
        Map<Setting, String> chosen = new EnumMap<>(Setting.class);
        put(chosen, Setting.TLB_ENTRIES, tlbEntries);
        put(chosen, Setting.ROOT_BUFFER, rootBuffer);
        put(chosen, Setting.ROOT_REPLACEMENT, rootReplacement);
        put(chosen, Setting.SYNC, sync);
        put(chosen, Setting.HOST_PAGES, hostPages);
        put(chosen, Setting.SHADOW_MEMORY, shadowMemory);
        put(chosen, Setting.SECOND_STAGE, secondStage);
        put(chosen, Setting.BALLOON, balloon);
        put(chosen, Setting.ASID_BITS, asidBits);
        put(chosen, Setting.SVVPTC, svvptc ? "true" : null);
        put(chosen, Setting.AD, ad);
        put(chosen, Setting.MMU, mmu);
        return chosen;
    }

    private void put(Map<Setting, String> chosen, Setting setting, String value) {
        if (value == null) {
            return;
        }
        try {
            chosen.put(setting, setting.parse(value));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + setting.option() + ": " + e.getMessage());
        }
    }
}
