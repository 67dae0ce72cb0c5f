// SPDX-License-Identifier: Apache-2.0

/// Floating point as RISC-V defines it, on the host's own where that is exact: rounding, flags, NaN boxing,
/// conversions. Knows bit patterns only, no instructions.
package org.penumbra.isa.fp;
