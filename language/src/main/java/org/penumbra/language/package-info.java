// SPDX-License-Identifier: Apache-2.0

/// RISC-V as a Truffle language: options, contexts, and the objects that scripts and the launcher see. Guest code is
/// the business of `engine` and `nodes`.
package org.penumbra.language;
