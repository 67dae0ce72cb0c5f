// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

/// Cache-block operations as menvcfg and senvcfg distinguish them (CMO specification, "CSR controls").
public enum CacheBlockOp {
    INVALIDATE, CLEAN, FLUSH, ZERO
}
