// SPDX-License-Identifier: Apache-2.0

/// Decoded code: pages of instructions packed for the interpreter's loop, and the labels of its cases. Nothing in this
/// package executes or translates code.
package org.penumbra.code;
