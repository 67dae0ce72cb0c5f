// SPDX-License-Identifier: Apache-2.0

/// The instruction set: one row for each operation, and from the rows decoder, disassembler, formats and operand
/// indices. No state of a hart and no memory: what an instruction computes is a function of its operands.
package org.penumbra.isa;
