// SPDX-License-Identifier: Apache-2.0

/// Executes instructions: the generated loop for the common ones, the generic path for all, and the commit log. No
/// compilation, no Truffle nodes.
package org.penumbra.interpreter;
