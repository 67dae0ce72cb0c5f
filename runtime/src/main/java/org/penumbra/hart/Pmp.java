// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import org.penumbra.mmu.AccessType;
import org.penumbra.snapshot.State;

/// Physical memory protection: 16 entries of OFF, TOR, NA4 or NAPOT, grain 4 bytes.
///
/// (Privileged specification, "Physical Memory Protection".) Supervisor and user mode may access only what an entry
/// permits: after reset, nothing.
public final class Pmp {
    public static final int ENTRIES = 16;

    /// Bits of a permission set, as in pmpcfg.
    public static final int READ = 1;
    public static final int WRITE = 2;
    public static final int EXECUTE = 4;
    public static final int ALL = READ | WRITE | EXECUTE;
    /// Result of [#pagePermissions] if permissions differ within the page.
    public static final int MIXED = -1;

    private static final int LOCK = 0x80;
    private static final int MODE_SHIFT = 3;
    private static final int TOR = 1;
    private static final int NA4 = 2;
    private static final int NAPOT = 3;
    private static final int CONFIG_BITS = LOCK | 3 << MODE_SHIFT | ALL;
    private static final long ADDRESS_BITS = (1L << 54) - 1;
    /// Beyond the reach of any entry: the largest NAPOT region ends at 2^57.
    private static final int REACH = 58;

    private final int[] configs = new int[ENTRIES];
    private final long[] addresses = new long[ENTRIES];

    /// The entries that match any address, in order: `[base, limit)`, and their permissions for M and for the other
    /// modes.
    private final long[] bases = new long[ENTRIES];
    private final long[] limits = new long[ENTRIES];
    private final int[] machineRights = new int[ENTRIES];
    private final int[] rights = new int[ENTRIES];
    private int active;

    public void reset() {
        java.util.Arrays.fill(configs, 0);
        java.util.Arrays.fill(addresses, 0);
        active = 0;
    }

    public int config(int entry) {
        return configs[entry];
    }

    public long address(int entry) {
        return addresses[entry];
    }

    /// Writes the configurations of eight entries, except those of locked entries.
    /// @return whether any permissions may have changed
    public boolean writeConfigs(int firstEntry, long value) {
        boolean changed = false;
        for (int i = 0; i < 8; i++) {
            int entry = firstEntry + i;
            int config = legalConfig((int) (value >>> 8 * i));
            if (!locked(entry) && configs[entry] != config) {
                configs[entry] = config;
                changed = true;
            }
        }
        if (changed) {
            rebuild();
        }
        return changed;
    }

    /// Writes an entry's address, unless the entry is locked or the next one is a locked TOR entry that begins there.
    /// @return whether what is allowed may have changed
    public boolean writeAddress(int entry, long value) {
        boolean last = entry == ENTRIES - 1;
        if (locked(entry) || !last && locked(entry + 1) && mode(entry + 1) == TOR) {
            return false;
        }
        if (addresses[entry] == (value & ADDRESS_BITS)) {
            return false;
        }
        addresses[entry] = value & ADDRESS_BITS;
        if (mode(entry) == 0 && (last || mode(entry + 1) != TOR)) {
            return false;
        }
        rebuild();
        return true;
    }

    /// Reserved bits read as 0; so does W without R, which is also reserved.
    private static int legalConfig(int config) {
        int legal = config & CONFIG_BITS;
        return (legal & READ) == 0 ? legal & ~WRITE : legal;
    }

    private boolean locked(int entry) {
        return (configs[entry] & LOCK) != 0;
    }

    private int mode(int entry) {
        return configs[entry] >> MODE_SHIFT & 3;
    }

    private void rebuild() {
        active = 0;
        for (int entry = 0; entry < ENTRIES; entry++) {
            long address = addresses[entry];
            switch (mode(entry)) {
                case TOR -> add(entry, entry == 0 ? 0 : addresses[entry - 1] << 2, address << 2);
                case NA4 -> add(entry, address << 2, (address << 2) + 4);
                case NAPOT -> {
                    long size = 8L << Long.numberOfTrailingZeros(~address);
                    long base = (address << 2) & -size;
                    add(entry, base, base + size);
                }
                default -> {
                }
            }
        }
    }

    private void add(int entry, long base, long limit) {
        if (base < limit) {
            bases[active] = base;
            limits[active] = limit;
            rights[active] = configs[entry] & ALL;
            machineRights[active] = locked(entry) ? configs[entry] & ALL : ALL;
            active++;
        }
    }

    /// Whether a memory operation on `size` bytes at `gpa` is allowed at an effective privilege.
    public boolean allows(long gpa, int size, AccessType access, int privilege) {
        int wanted = switch (access) {
            case FETCH -> EXECUTE;
            case LOAD -> READ;
            case STORE -> WRITE;
        };
        int permissions = permissions(gpa, size, privilege);
        return permissions != MIXED && (permissions & wanted) != 0;
    }

    /// Permissions of the page at `gpaPage` at an effective privilege: a set of [#READ], [#WRITE] and [#EXECUTE], or
    /// [#MIXED] if an entry begins or ends within the page.
    public int pagePermissions(long gpaPage, int privilege) {
        return permissions(gpaPage & -4096, 4096, privilege);
    }

    /// Permissions of the first entry that matches any of the bytes; it must match all of them.
    private int permissions(long gpa, int size, int privilege) {
        boolean machine = privilege == Hart.MACHINE;
        if (gpa >>> REACH == 0) {
            long last = gpa + size - 1;
            for (int i = 0; i < active; i++) {
                if (bases[i] <= last && gpa < limits[i]) {
                    if (gpa < bases[i] || last >= limits[i]) {
                        return MIXED;
                    }
                    return machine ? machineRights[i] : rights[i];
                }
            }
        }
        return machine ? ALL : 0;
    }

    /// Saves or restores its state.
    void transfer(State state) {
        state.numbers(configs);
        state.numbers(addresses);
        rebuild();
    }
}
