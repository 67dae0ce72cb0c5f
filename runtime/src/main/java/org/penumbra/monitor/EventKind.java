// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.FastPathEntry;

/// Kinds of events that a script can observe. The meaning of an event's two numbers depends on its kind; the detail, if
/// the kind has one, is an index into a list of names given by the kind.
public enum EventKind {
    /// The hart is about to execute the instruction at a chosen address.
    EXEC,
    /// A load from a chosen range: its address and size.
    LOAD,
    /// A store to a chosen range: its address and the value.
    STORE,
    /// A synchronous exception is taken: detail is the cause, the first number xtval.
    TRAP,
    /// An interrupt is taken: detail is its number.
    INTERRUPT,
    /// A VM exit: detail is its [ExitCause]; the numbers are the guest-virtual and guest-physical address concerned, or
    /// -1.
    EXIT,
    /// The machine-mode fast path was entered: detail is the [FastPathEntry]; the number is the address concerned, or
    /// -1.
    FAST_PATH,
    /// The guest executed a fence: its address operand and its ASID operand, each -1 if absent.
    FENCE,
    /// The guest wrote satp: its old and its new value.
    ROOT,
    /// A TLB miss: detail is 0 for a fetch, 1 a load, 2 a store; the address.
    TLB_MISS,
    /// The guest executed a measurement mark: the first number is the mark.
    MARK,
    /// A device's register was read or written: its physical address and the value; detail is 1 for a write.
    MMIO,
    /// A firmware (SBI) call: the extension and the function.
    SBI,
    /// The guest wrote to its console.
    CONSOLE;

    private static final List<String> EXITS = Arrays.stream(ExitCause.values()).map(ExitCause::key).toList();
    private static final List<String> ENTRIES = Arrays.stream(FastPathEntry.values()).map(FastPathEntry::key).toList();
    private static final List<String> ACCESSES = List.of("fetch", "load", "store");
    private static final List<String> DIRECTIONS = List.of("read", "write");

    /// The name in scripts, such as `tlbMiss`.
    public String key() {
        String[] words = name().toLowerCase(Locale.ROOT).split("_");
        var key = new StringBuilder(words[0]);
        for (int i = 1; i < words.length; i++) {
            key.append(Character.toUpperCase(words[i].charAt(0))).append(words[i].substring(1));
        }
        return key.toString();
    }

    /// The kind with this script name, or null.
    public static EventKind of(String key) {
        for (EventKind kind : values()) {
            if (kind.key().equals(key)) {
                return kind;
            }
        }
        return null;
    }

    /// The name of a detail of this kind, or null if details of this kind have no names.
    public String detail(int detail) {
        List<String> names = details();
        return names.isEmpty() ? null : names.get(detail);
    }

    /// The names of all details of this kind; none if they are numbers.
    public List<String> details() {
        return switch (this) {
            case EXIT -> EXITS;
            case FAST_PATH -> ENTRIES;
            case TLB_MISS -> ACCESSES;
            case MMIO -> DIRECTIONS;
            default -> List.of();
        };
    }
}
