// SPDX-License-Identifier: Apache-2.0
// What `minicc` writes and `compilelike` runs: words of operation | operand << 8, for a stack machine.
#pragma once

enum operation {
    PUSH, LOAD, STORE, DROP, ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, AND, OR, XOR, LESS, GREATER, EQUAL,
    JUMP, JUMP_IF_ZERO, CALL, ENTER, RETURN
};
// CALL n: the function that starts at word n. ENTER parameters | locals << 8. The entry is named by the first word.
