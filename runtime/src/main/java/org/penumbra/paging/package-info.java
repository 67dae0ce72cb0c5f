// SPDX-License-Identifier: Apache-2.0

/// The translation models as handlers of events: misses, changes of root, fences, stores to protected pages. No
/// instruction and no device is known here; data structures of shadows are in `paging.shadow`.
package org.penumbra.paging;
