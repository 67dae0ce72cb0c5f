// SPDX-License-Identifier: Apache-2.0

/// What is counted: exits, fast-path entries, measured parts, and the cost model over them. Nothing here decides when
/// to count.
package org.penumbra.exits;
