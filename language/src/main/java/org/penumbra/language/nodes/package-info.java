// SPDX-License-Identifier: Apache-2.0

/// The Truffle nodes of a compiled region, one class for each shape of instruction. No policy: what is built, and when,
/// the engine decides.
package org.penumbra.language.nodes;
