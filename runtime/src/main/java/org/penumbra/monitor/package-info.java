// SPDX-License-Identifier: Apache-2.0

/// The interface between guest code and everything else: misses, MMIO, fences and stores to code come here and go on to
/// the paging model. No code of this package runs on a TLB hit.
package org.penumbra.monitor;
