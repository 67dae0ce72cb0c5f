// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.EnumSet;
import java.util.Set;

/// The instructions of a machine: those of its extensions. All others are illegal.
///
/// @param extensions of the machine
public record InstructionSet(Set<Extension> extensions) {
    /// Every instruction there is.
    public static final InstructionSet ALL = new InstructionSet(EnumSet.allOf(Extension.class));

    public InstructionSet {
        extensions = Set.copyOf(extensions);
    }

    /// Instruction that `bits` starts with, as [Decoder#decode] but for extensions that the machine does not have.
    public Instruction decode(int bits) {
        Instruction i = Decoder.decode(bits);
        return has(i) ? i : Decoder.illegal(i.bits(), i.length());
    }

    /// A compressed instruction needs its own extension and that of what it stands for.
    private boolean has(Instruction i) {
        return has(i.op().extension()) && (i.length() == 4 || has(Decoder.extension(i.bits())));
    }

    private boolean has(Extension extension) {
        return extensions.contains(extension);
    }
}
