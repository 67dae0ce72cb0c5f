// SPDX-License-Identifier: Apache-2.0

/// The door between guest code and everything else: misses, MMIO, fences and stores to code go through here, to the
/// model in charge. Nothing of it runs on a hit.
package org.penumbra.monitor;
