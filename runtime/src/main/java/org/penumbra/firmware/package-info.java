// SPDX-License-Identifier: Apache-2.0

/// The supervisor binary interface as a machine offers it without firmware of its own. Called by `ecall` only; no
/// device registers.
package org.penumbra.firmware;
