// SPDX-License-Identifier: Apache-2.0
// An interpreter of a small Lisp: trees of pairs, environments as lists, recursion over what it evaluates.
#include "../kernels/kernel.h"

KERNEL("lisp", 0x035e8ea4812eb40bu, 1);

enum { PAIRS = 60000, SYMBOLS = 64 };

// A value: a number (odd), a symbol (2 modulo 4), or a pair (0 modulo 4, 0 is nil).
typedef uint64_t value;

static struct pair {
    value head, tail;
} pairs[PAIRS];
static uint32_t used, loaded;
static char names[SYMBOLS][12];
static int symbols;
static const char *at;
static value program, environment;

static const char source[] =
    "((define fib (lambda (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))))"
    " (define range (lambda (n) (if (< n 1) nil (cons n (range (- n 1))))))"
    " (define map (lambda (f l) (if l (cons (f (car l)) (map f (cdr l))) nil)))"
    " (define sum (lambda (l) (if l (+ (car l) (sum (cdr l))) 0)))"
    " (+ (fib 11) (sum (map (lambda (x) (* x x)) (range 60)))))";

enum { DEFINE, LAMBDA, IF, PLUS, MINUS, TIMES, LESS, CONS, CAR, CDR, NIL, FIRST_NAME };
static const char *const built_in[] = {"define", "lambda", "if", "+", "-", "*", "<", "cons", "car", "cdr", "nil"};

static value number(int64_t n) {
    return (uint64_t)n << 1 | 1;
}

static int64_t integer(value v) {
    return (int64_t)v >> 1;
}

static value pair(value head, value tail) {
    pairs[++used] = (struct pair){head, tail};
    return (value)used << 2;
}

static value head(value v) {
    return pairs[v >> 2].head;
}

static value tail(value v) {
    return pairs[v >> 2].tail;
}

static value symbol(const char *name, int length) {
    for (int i = 0; i < symbols; i++) {
        int k = 0;
        while (k < length && names[i][k] == name[k]) {
            k++;
        }
        if (k == length && names[i][k] == 0) {
            return (value)i << 2 | 2;
        }
    }
    for (int k = 0; k < length; k++) {
        names[symbols][k] = name[k];
    }
    return (value)symbols++ << 2 | 2;
}

static value read(void) {
    while (*at == ' ') {
        at++;
    }
    if (*at == '(') {
        at++;
        value items[16];
        int count = 0;
        while (*at != ')') {
            items[count++] = read();
            while (*at == ' ') {
                at++;
            }
        }
        at++;
        value list = 0;
        while (count > 0) {
            list = pair(items[--count], list);
        }
        return list;
    }
    if (*at >= '0' && *at <= '9') {
        int64_t n = 0;
        while (*at >= '0' && *at <= '9') {
            n = n * 10 + (*at++ - '0');
        }
        return number(n);
    }
    const char *start = at;
    while (*at != ' ' && *at != '(' && *at != ')') {
        at++;
    }
    return symbol(start, (int)(at - start));
}

static value lookup(value name, value scope) {
    for (; scope != 0; scope = tail(scope)) {
        if (head(head(scope)) == name) {
            return tail(head(scope));
        }
    }
    for (value global = environment; global != 0; global = tail(global)) {
        if (head(head(global)) == name) {
            return tail(head(global));
        }
    }
    return 0;
}

static value evaluate(value form, value scope) {
    while (1) {
        if (form & 1) {
            return form;
        }
        if (form & 2) {
            return form >> 2 == NIL ? 0 : lookup(form, scope);
        }
        value operation = head(form), operands = tail(form);
        if ((operation & 3) == 2 && operation >> 2 < FIRST_NAME) {
            switch (operation >> 2) {
                case DEFINE:
                    environment = pair(pair(head(operands), evaluate(head(tail(operands)), scope)), environment);
                    return 0;
                case LAMBDA:
                    return pair(operands, scope);
                case IF:
                    form = evaluate(head(operands), scope) != 0 ? head(tail(operands)) : head(tail(tail(operands)));
                    continue;
                case CAR:
                    return head(evaluate(head(operands), scope));
                case CDR:
                    return tail(evaluate(head(operands), scope));
                default:
                    break;
            }
            value a = evaluate(head(operands), scope), b = evaluate(head(tail(operands)), scope);
            switch (operation >> 2) {
                case PLUS:
                    return number(integer(a) + integer(b));
                case MINUS:
                    return number(integer(a) - integer(b));
                case TIMES:
                    return number(integer(a) * integer(b));
                case LESS:
                    return integer(a) < integer(b) ? number(1) : 0;
                default:
                    return pair(a, b);
            }
        }
        value closure = evaluate(operation, scope);
        value inner = tail(closure);
        for (value name = head(head(closure)); name != 0; name = tail(name), operands = tail(operands)) {
            inner = pair(pair(head(name), evaluate(head(operands), scope)), inner);
        }
        form = head(tail(head(closure)));
        scope = inner;
    }
}

void kernel_prepare(void) {
    for (int i = 0; i < FIRST_NAME; i++) {
        int length = 0;
        while (built_in[i][length] != 0) {
            length++;
        }
        symbol(built_in[i], length);
    }
    at = source;
    program = read();
    loaded = used;
}

uint64_t kernel(void) {
    used = loaded;
    environment = 0;
    value last = 0;
    for (value forms = program; forms != 0; forms = tail(forms)) {
        last = evaluate(head(forms), 0);
    }
    return mix((uint64_t)integer(last), used);
}
