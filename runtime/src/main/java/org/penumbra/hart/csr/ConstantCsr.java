// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

/// A register that always has the same value and ignores writes.
final class ConstantCsr extends Csr {
    private final long value;

    ConstantCsr(long value) {
        this.value = value;
    }

    @Override
    public long read() {
        return value;
    }

    @Override
    public void write(long ignored) {
    }
}
