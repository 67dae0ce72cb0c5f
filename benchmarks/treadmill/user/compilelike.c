// SPDX-License-Identifier: Apache-2.0
// Compiles generated files, each in a process of its own that runs `minicc`, and runs what comes out.
#include "lib.h"
#include "bytecode.h"

struct parameter parameters[] = {{"files", 40}, {"functions", 12}, {}};

static u64 state = 2463534242;

static char *number(char *to, u64 below) { return append_number(to, next_random(&state) % below); }

// An expression over the variables a, b and x and the functions before f.
static char *expression(char *to, u64 depth, u64 f)
{
    u64 choice = next_random(&state) % 8;
    if (!depth || choice == 0)
        return choice & 1 ? number(to, 1000) : append(to, choice & 2 ? "a" : choice & 4 ? "b" : "x");
    if (choice == 1 && f > 0) {
        to = append(append_number(append(to, "f"), f - 1), "(");
        to = append(expression(to, depth - 1, 0), ", ");
        return append(expression(to, 0, 0), " % 9)");
    }
    static const char *const operators[] = {" + ", " - ", " * ", " / ", " % ", " & ", " | ", " ^ "};
    to = expression(append(to, "("), depth - 1, f);
    to = append(to, operators[next_random(&state) % 8]);
    return append(expression(to, depth - 1, f), ")");
}

static u64 generate(char *text, u64 functions)
{
    char *to = text;
    for (u64 f = 0; f < functions; f++) {
        to = append(append_number(append(to, "fn f"), f), "(a, b) {\n  let x = ");
        to = append(expression(to, 3, f), ";\n  let i = b & 7;\n  while (i > 0) {\n    x = x + ");
        to = append(expression(to, 2, 0), ";\n    i = i - 1;\n  }\n  if (x % 3 == ");
        to = append(number(to, 3), ") { a = ");
        to = append(expression(to, 3, f), "; } else { b = a * 2 + 1; }\n  return (");
        to = append(expression(to, 2, 0), " ^ x) % 65521;\n}\n");
    }
    return to - text;
}

static u64 run(const u32 *code, u64 a, u64 b)
{
    static u64 stack[4096];
    u64 sp = 0, frame = 0, pc = code[0];
    stack[sp++] = a;
    stack[sp++] = b;
    stack[sp++] = 0;  // where the caller goes on, and its frame
    stack[sp++] = 0;
    for (;;) {
        if (sp > 4000)
            fail("the compiled program runs wild");
        u32 word = code[pc++];
        u64 operand = word >> 8, right;
        switch (word & 255) {
        case PUSH: stack[sp++] = operand; continue;
        case LOAD: stack[sp++] = stack[frame + operand]; continue;
        case STORE: stack[frame + operand] = stack[--sp]; continue;
        case JUMP: pc = operand; continue;
        case JUMP_IF_ZERO:
            if (!stack[--sp])
                pc = operand;
            continue;
        case CALL:
            stack[sp++] = pc;
            stack[sp++] = frame;
            pc = operand;
            continue;
        case ENTER: {  // arguments, return address, frame -> arguments, other locals, return address, frame
            u64 arguments = operand & 255, locals = operand >> 8, old = stack[sp - 1], to = stack[sp - 2];
            frame = sp - 2 - arguments;
            for (u64 i = arguments; i < locals; i++)
                stack[frame + i] = 0;
            sp = frame + locals;
            stack[sp++] = to;
            stack[sp++] = old;
            stack[sp] = sp - 2;  // where these two are
            sp++;
            continue;
        }
        case RETURN: {
            u64 result = stack[--sp], link = stack[--sp], to = stack[link], old = stack[link + 1];
            sp = frame;
            if (!to)
                return result;
            stack[sp++] = result;
            pc = to;
            frame = old;
            continue;
        }
        }
        right = stack[--sp];
        u64 left = stack[sp - 1];
        switch (word & 255) {
        case ADD: left += right; break;
        case SUBTRACT: left -= right; break;
        case MULTIPLY: left *= right; break;
        case DIVIDE: left = right ? left / right : 0; break;
        case REMAINDER: left = right ? left % right : 0; break;
        case AND: left &= right; break;
        case OR: left |= right; break;
        case XOR: left ^= right; break;
        case LESS: left = left < right; break;
        case GREATER: left = left > right; break;
        case EQUAL: left = left == right; break;
        default: fail("the compiled program is broken");
        }
        stack[sp - 1] = left;
    }
}

u64 workload(void)
{
    u64 functions = value(1), checksum = 0;
    if (!functions || functions > 40)
        fail("need 1 to 40 functions");
    char *text = allocate(65536);
    u32 *code = allocate(65536);
    measure_begin();
    for (u64 file = 0; file < value(0); file++) {
        int source[2], object[2];
        u32 words;
        u64 length = generate(text, functions);
        if (pipe(source) || pipe(object))
            fail("no pipe");
        int id = fork();
        if (id < 0)
            fail("fork failed");
        if (!id) {
            char line[64];
            close(source[1]);
            append_number(append(append_number(append(line, "minicc "), source[0]), " "), object[1]);
            exec(line);
            fail("exec failed");
        }
        close(source[0]);
        close(object[1]);
        write_all(source[1], text, length);
        close(source[1]);
        read_all(object[0], &words, sizeof words);
        if (words > 16384)
            fail("too much code");
        read_all(object[0], code, words * sizeof *code);
        close(object[0]);
        int status;
        wait(&status);
        checksum = mix(mix(checksum, status), words);
        for (u64 i = 0; i < 8; i++)
            checksum = mix(checksum, run(code, file, i));
    }
    measure_end();
    return checksum;
}
