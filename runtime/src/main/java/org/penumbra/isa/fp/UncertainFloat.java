// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import com.oracle.truffle.api.nodes.ControlFlowException;

/// Thrown by operations asked for with [FloatStatus#HOST] when only exact arithmetic could tell the result or its
/// flags; nothing has been done then.
///
/// Compiled code can stop there. Where it goes on with either result instead, each has to be brought from the
/// floating-point registers into an integer one.
public final class UncertainFloat extends ControlFlowException {
    static final UncertainFloat INSTANCE = new UncertainFloat();
    private static final long serialVersionUID = 1L;

    private UncertainFloat() {
    }
}
