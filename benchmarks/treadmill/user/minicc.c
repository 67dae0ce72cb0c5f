// SPDX-License-Identifier: Apache-2.0
// minicc IN OUT: compiles the text that comes from descriptor IN to bytecode for OUT.
//
//   program    = { "fn" name "(" [name {"," name}] ")" block }
//   block      = "{" { statement } "}"
//   statement  = "let" name "=" expression ";" | name "=" expression ";" | "return" expression ";"
//              | "while" "(" expression ")" block | "if" "(" expression ")" block [ "else" block ]
//   expression = binary operators | ^ & == < > + - * / % with C's precedence, numbers, names, calls, parentheses
//
// Values are unsigned 64-bit; x / 0 and x % 0 are 0.
#include "lib.h"
#include "bytecode.h"

struct name { struct name *next; const char *text; u64 length; int local, function; };
enum kind { NUMBER, NAME, BINARY, CALLED, ASSIGN, RESULT, WHILE, IF };
struct node { enum kind kind; int operation; u64 value; struct node *a, *b, *c, *next; };

static const char *at;
static enum { END, WORD, DIGITS, SYMBOL } token;
static const char *token_text;
static u64 token_length, token_value;

static struct name *names[128];
static int locals;
static u32 *code;
static u64 size;

#define MAXIMUM_TEXT 65536
#define MAXIMUM_CODE 16384

// ---- Tokens and names ----------------------------------------------------------

static int is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static int is_digit(char c) { return c >= '0' && c <= '9'; }

static void advance(void)
{
    while (*at == ' ' || *at == '\n')
        at++;
    token_text = at;
    if (!*at)
        token = END;
    else if (is_letter(*at)) {
        token = WORD;
        while (is_letter(*at) || is_digit(*at))
            at++;
    } else if (is_digit(*at)) {
        token = DIGITS;
        for (token_value = 0; is_digit(*at); at++)
            token_value = token_value * 10 + (*at - '0');
    } else {
        token = SYMBOL;
        at += at[0] == '=' && at[1] == '=' ? 2 : 1;
    }
    token_length = at - token_text;
}

static int is(const char *s)
{
    u64 i = 0;
    for (; i < token_length; i++)
        if (s[i] != token_text[i])
            return 0;
    return !s[i] && token != END;
}

static int accept(const char *s)
{
    if (!is(s))
        return 0;
    advance();
    return 1;
}

static void expect(const char *s)
{
    if (!accept(s))
        fail("minicc: syntax error");
}

static struct name *name(void)
{
    if (token != WORD)
        fail("minicc: name expected");
    u64 hash = 5381;
    for (u64 i = 0; i < token_length; i++)
        hash = hash * 33 + token_text[i];
    struct name **bucket = &names[hash % 128], *n;
    for (n = *bucket; n; n = n->next) {
        u64 i = 0;
        while (i < token_length && i < n->length && n->text[i] == token_text[i])
            i++;
        if (i == token_length && i == n->length)
            break;
    }
    if (!n) {
        n = allocate(sizeof *n);
        *n = (struct name){*bucket, token_text, token_length, -1, -1};
        *bucket = n;
    }
    advance();
    return n;
}

// ---- Parser, with constants folded -----------------------------------------------

static struct node *node(enum kind kind, int operation, u64 value, struct node *a, struct node *b)
{
    struct node *n = allocate(sizeof *n);
    *n = (struct node){kind, operation, value, a, b, 0, 0};
    return n;
}

static u64 compute(int operation, u64 a, u64 b)
{
    switch (operation) {
    case ADD: return a + b;
    case SUBTRACT: return a - b;
    case MULTIPLY: return a * b;
    case DIVIDE: return b ? a / b : 0;
    case REMAINDER: return b ? a % b : 0;
    case AND: return a & b;
    case OR: return a | b;
    case XOR: return a ^ b;
    case LESS: return a < b;
    case GREATER: return a > b;
    default: return a == b;
    }
}

static const struct { const char *text; int operation, level; } operators[] = {
    {"|", OR, 0}, {"^", XOR, 1}, {"&", AND, 2}, {"==", EQUAL, 3}, {"<", LESS, 4}, {">", GREATER, 4},
    {"+", ADD, 5}, {"-", SUBTRACT, 5}, {"*", MULTIPLY, 6}, {"/", DIVIDE, 6}, {"%", REMAINDER, 6},
};

static struct node *expression(int level)
{
    if (level == 7) {
        if (token == DIGITS) {
            struct node *n = node(NUMBER, 0, token_value, 0, 0);
            advance();
            return n;
        }
        if (accept("(")) {
            struct node *n = expression(0);
            expect(")");
            return n;
        }
        struct name *which = name();
        if (!accept("(")) {
            if (which->local < 0)
                fail("minicc: unknown variable");
            return node(NAME, 0, which->local, 0, 0);
        }
        if (which->function < 0)
            fail("minicc: unknown function");
        struct node *call = node(CALLED, 0, which->function, 0, 0), **link = &call->a;
        while (!is(")")) {
            *link = expression(0);
            link = &(*link)->next;
            if (!accept(","))
                break;
        }
        expect(")");
        return call;
    }
    struct node *left = expression(level + 1);
    for (u64 i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (operators[i].level != level || !accept(operators[i].text))
            continue;
        struct node *right = expression(level + 1);
        if (left->kind == NUMBER && right->kind == NUMBER)
            left = node(NUMBER, 0, compute(operators[i].operation, left->value, right->value) & 0xffffff, 0, 0);
        else
            left = node(BINARY, operators[i].operation, 0, left, right);
        i = -1;  // the same level again
    }
    return left;
}

static struct node *block(void)
{
    struct node *first = 0, **link = &first;
    expect("{");
    while (!accept("}")) {
        struct node *n;
        if (accept("return"))
            n = node(RESULT, 0, 0, expression(0), 0);
        else if (accept("while") || is("if")) {
            n = node(accept("if") ? IF : WHILE, 0, 0, 0, 0);
            expect("(");
            n->a = expression(0);
            expect(")");
            n->b = block();
            if (n->kind == IF && accept("else"))
                n->c = block();
            *link = n;
            link = &n->next;
            continue;
        } else {
            int is_new = accept("let");
            struct name *which = name();
            if (is_new)
                which->local = locals++;
            if (which->local < 0)
                fail("minicc: unknown variable");
            expect("=");
            n = node(ASSIGN, 0, which->local, expression(0), 0);
        }
        expect(";");
        *link = n;
        link = &n->next;
    }
    return first;
}

// ---- Code --------------------------------------------------------------------------

static u64 emit(int operation, u64 operand)
{
    if (size == MAXIMUM_CODE)
        fail("minicc: too much code");
    code[size] = operation | operand << 8;
    return size++;
}

static void generate(struct node *n)
{
    u64 start, jump;
    switch (n->kind) {
    case NUMBER: emit(PUSH, n->value); break;
    case NAME: emit(LOAD, n->value); break;
    case BINARY:
        generate(n->a);
        generate(n->b);
        emit(n->operation, 0);
        break;
    case CALLED:
        for (struct node *a = n->a; a; a = a->next)
            generate(a);
        emit(CALL, n->value);
        break;
    case ASSIGN:
        generate(n->a);
        emit(STORE, n->value);
        break;
    case RESULT:
        generate(n->a);
        emit(RETURN, 0);
        break;
    case WHILE:
    case IF:
        start = size;
        generate(n->a);
        jump = emit(JUMP_IF_ZERO, 0);
        for (struct node *s = n->b; s; s = s->next)
            generate(s);
        if (n->kind == WHILE)
            emit(JUMP, start);
        else if (n->c) {
            u64 over = emit(JUMP, 0);
            code[jump] |= size << 8;
            jump = over;
            for (struct node *s = n->c; s; s = s->next)
                generate(s);
        }
        code[jump] |= size << 8;
        break;
    }
}

static void function(void)
{
    expect("fn");
    struct name *which = name();
    for (int i = 0; i < 128; i++)
        for (struct name *n = names[i]; n; n = n->next)
            n->local = -1;
    locals = 0;
    expect("(");
    while (!is(")")) {
        name()->local = locals++;
        if (!accept(","))
            break;
    }
    expect(")");
    u64 arguments = locals;
    struct node *body = block();
    which->function = size;
    emit(ENTER, arguments | (u64)locals << 8);
    for (; body; body = body->next)
        generate(body);
    emit(PUSH, 0);
    emit(RETURN, 0);
    code[0] = which->function;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        fail("minicc IN OUT");
    int in = parse_number(argv[1]), out = parse_number(argv[2]);
    char *text = allocate(MAXIMUM_TEXT);
    u64 length = 0;
    for (long n; (n = read(in, text + length, MAXIMUM_TEXT - 1 - length)) > 0; length += n)
        ;
    text[length] = 0;
    code = allocate(MAXIMUM_CODE * sizeof *code);
    size = 1;
    at = text;
    advance();
    while (token != END)
        function();
    u32 words = size;
    write_all(out, &words, sizeof words);
    write_all(out, code, size * sizeof *code);
    return 0;
}
