// SPDX-License-Identifier: Apache-2.0
/// What Truffle's instruments see of guest code: functions as roots with their disassembly as the source, instructions
/// as statements, registers as scopes. Guest code runs through these nodes only while an instrument wants statements.
package org.penumbra.language.debug;
