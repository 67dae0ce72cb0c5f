// SPDX-License-Identifier: Apache-2.0

/// Executes instructions: the generated loop for the common ones, the generic path for all, and the trace of what was
/// committed. No compilation, no Truffle nodes.
package org.penumbra.interpreter;
