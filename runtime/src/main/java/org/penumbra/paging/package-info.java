// SPDX-License-Identifier: Apache-2.0

/// The translation models as handlers of events: misses, changes of root, fences, stores to protected pages. Models
/// know nothing of instructions or devices; the data structures of shadow tables are in `paging.shadow`.
package org.penumbra.paging;
