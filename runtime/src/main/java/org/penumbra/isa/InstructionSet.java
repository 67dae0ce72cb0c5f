// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.EnumSet;
import java.util.Set;

/// The instructions of a machine: those of its extensions. All others are illegal.
public final class InstructionSet {
    /// Every instruction there is.
    public static final InstructionSet ALL = new InstructionSet(EnumSet.allOf(Extension.class));

    private static final int RECENT_BITS = 12;

    private final Set<Extension> extensions;
    /// What was decoded last, by a hash of its bits: the interpreter decodes at each execution what its loop has no
    /// case for. Whoever sees an entry sees a whole instruction, so threads may share them.
    private final Instruction[] recent = new Instruction[1 << RECENT_BITS];

    /// @param extensions of the machine
    public InstructionSet(Set<Extension> extensions) {
        this.extensions = Set.copyOf(extensions);
    }

    public Set<Extension> extensions() {
        return extensions;
    }

    /// Instruction that `bits` starts with, as [Decoder#decode] but for extensions that the machine does not have.
    public Instruction decode(int bits) {
        int place = bits * 0x9e37_79b9 >>> 32 - RECENT_BITS;
        Instruction known = recent[place];
        if (known != null && known.bits() == bits) {
            return known;
        }
        Instruction i = Decoder.decode(bits);
        Instruction own = has(i) ? i : Decoder.illegal(i.bits(), i.length());
        recent[place] = own;
        return own;
    }

    /// A compressed instruction needs its own extension and that of what it stands for.
    private boolean has(Instruction i) {
        return has(i.op().extension()) && (i.length() == 4 || has(Decoder.extension(i.bits())));
    }

    private boolean has(Extension extension) {
        return extensions.contains(extension);
    }
}
