// SPDX-License-Identifier: Apache-2.0
// Floating point: corner cases with their flags, then for every operation and rounding mode one checksum over all
// pairs of special values.
#include "test.h"

enum { NX = 1, UF = 2, OF = 4, DZ = 8, NV = 16 };

#define QNAN 0x7ff8000000000000ul
#define QNAN_S 0xffffffff7fc00000ul
#define SNAN 0x7ff0000000000001ul
#define INF 0x7ff0000000000000ul
#define MAX 0x7feffffffffffffful
#define MIN_NORMAL 0x0010000000000000ul
#define SIGN 0x8000000000000000ul
#define ONE 0x3ff0000000000000ul

static uint64_t flags;

// op fd, fa, fb in the dynamic rounding mode; gives the bits, leaves the flags.
#define FF(op, a, b)                                                                                           \
    ({                                                                                                         \
        uint64_t bits;                                                                                         \
        __asm__ volatile("csrwi fflags, 0\n\tfmv.d.x fa0, %2\n\tfmv.d.x fa1, %3\n\t" op " fa2, fa0, fa1\n\t"   \
                         "fmv.x.d %0, fa2\n\tcsrr %1, fflags" : "=&r"(bits), "=&r"(flags) : "r"(a), "r"(b)     \
                         : "fa0", "fa1", "fa2");                                                               \
        bits;                                                                                                  \
    })
#define F(op, a)                                                                                               \
    ({                                                                                                         \
        uint64_t bits;                                                                                         \
        __asm__ volatile("csrwi fflags, 0\n\tfmv.d.x fa0, %2\n\t" op " fa2, fa0\n\t"                           \
                         "fmv.x.d %0, fa2\n\tcsrr %1, fflags" : "=&r"(bits), "=&r"(flags) : "r"(a) : "fa0", "fa2"); \
        bits;                                                                                                  \
    })
#define XF(op, a)                                                                                              \
    ({                                                                                                         \
        uint64_t bits;                                                                                         \
        __asm__ volatile("csrwi fflags, 0\n\tfmv.d.x fa0, %2\n\t" op " %0, fa0\n\tcsrr %1, fflags"             \
                         : "=&r"(bits), "=&r"(flags) : "r"(a) : "fa0");                                        \
        bits;                                                                                                  \
    })
#define XFF(op, a, b)                                                                                          \
    ({                                                                                                         \
        uint64_t bits;                                                                                         \
        __asm__ volatile("csrwi fflags, 0\n\tfmv.d.x fa0, %2\n\tfmv.d.x fa1, %3\n\t" op " %0, fa0, fa1\n\t"    \
                         "csrr %1, fflags" : "=&r"(bits), "=&r"(flags) : "r"(a), "r"(b) : "fa0", "fa1");       \
        bits;                                                                                                  \
    })
#define FX(op, x)                                                                                              \
    ({                                                                                                         \
        uint64_t bits;                                                                                         \
        __asm__ volatile("csrwi fflags, 0\n\t" op " fa2, %2\n\tfmv.x.d %0, fa2\n\tcsrr %1, fflags"             \
                         : "=&r"(bits), "=&r"(flags) : "r"(x) : "fa2");                                        \
        bits;                                                                                                  \
    })
#define FFF(op, a, b, c)                                                                                       \
    ({                                                                                                         \
        uint64_t bits;                                                                                         \
        __asm__ volatile("csrwi fflags, 0\n\tfmv.d.x fa0, %2\n\tfmv.d.x fa1, %3\n\tfmv.d.x fa3, %4\n\t"        \
                         op " fa2, fa0, fa1, fa3\n\tfmv.x.d %0, fa2\n\tcsrr %1, fflags"                        \
                         : "=&r"(bits), "=&r"(flags) : "r"(a), "r"(b), "r"(c) : "fa0", "fa1", "fa2", "fa3");   \
        bits;                                                                                                  \
    })

static void expect(const char *name, uint64_t bits, uint64_t expected, uint64_t expected_flags) {
    uint64_t got = flags;
    check(name, bits, expected);
    if (got != expected_flags) {
        check("  with flags", got, expected_flags);
    }
}

static void corners(void) {
    write_csr(frm, 0);
    expect("inf - inf", FF("fsub.d", INF, INF), QNAN, NV);
    expect("0 * inf", FF("fmul.d", 0ul, INF), QNAN, NV);
    expect("1 / 0", FF("fdiv.d", ONE, 0ul), INF, DZ);
    expect("1 / -0", FF("fdiv.d", ONE, SIGN), INF | SIGN, DZ);
    expect("0 / 0", FF("fdiv.d", 0ul, 0ul), QNAN, NV);
    expect("inf / 0 raises nothing", FF("fdiv.d", INF, 0ul), INF, 0);
    expect("max + max", FF("fadd.d", MAX, MAX), INF, OF | NX);
    expect("a signaling NaN gives the canonical one", FF("fadd.d", SNAN, ONE), QNAN, NV);
    expect("a quiet NaN's payload is dropped", FF("fadd.d", 0xfff8000000001234ul, ONE), QNAN, 0);
    expect("sqrt of -1", F("fsqrt.d", ONE | SIGN), QNAN, NV);
    expect("sqrt of -0", F("fsqrt.d", SIGN), SIGN, 0);
    expect("least normal / 2 is exact", FF("fmul.d", MIN_NORMAL, 0x3fe0000000000000ul), MIN_NORMAL / 2, 0);
    expect("least subnormal / 2", FF("fmul.d", 1ul, 0x3fe0000000000000ul), 0, UF | NX);
    // Tininess is detected after rounding: this product rounds up to the least normal number.
    expect("tiny before, not after rounding", FF("fmul.d", 0x0010000000000001ul, 0x3feffffffffffffful), MIN_NORMAL, NX);
    expect("tiny after rounding too", FF("fmul.d", MIN_NORMAL, 0x3feffffffffffffful), MIN_NORMAL, UF | NX);
    expect("min of -0 and 0", FF("fmin.d", 0ul, SIGN), SIGN, 0);
    expect("max of -0 and 0", FF("fmax.d", SIGN, 0ul), 0, 0);
    expect("min with a quiet NaN", FF("fmin.d", QNAN, ONE), ONE, 0);
    expect("min with a signaling NaN", FF("fmin.d", SNAN, ONE), ONE, NV);
    expect("max of two NaNs", FF("fmax.d", QNAN | 5, QNAN | SIGN), QNAN, 0);
    expect("feq with a quiet NaN", XFF("feq.d", QNAN, ONE), 0, 0);
    expect("flt with a quiet NaN", XFF("flt.d", QNAN, ONE), 0, NV);
    expect("fle of zeros", XFF("fle.d", 0ul, SIGN), 1, 0);
    expect("inf * 0 + quiet NaN", FFF("fmadd.d", INF, 0ul, QNAN), QNAN, NV);
    expect("fma rounds once", FFF("fmadd.d", 0x3ff0000000000001ul, 0x3ff0000000000001ul, 0xbff0000000000002ul), 0x3970000000000000ul, 0);
    expect("fnmsub of 1, 1, 1 is 0", FFF("fnmsub.d", ONE, ONE, ONE), 0, 0);
    expect("fnmadd of 1, 1, -1 is 0", FFF("fnmadd.d", ONE, ONE, ONE | SIGN), 0, 0);
    expect("fcvt.w of NaN", XF("fcvt.w.d", QNAN), 0x7fffffff, NV);
    expect("fcvt.w of -inf", XF("fcvt.w.d", INF | SIGN), 0xffffffff80000000, NV);
    expect("fcvt.wu of -1", XF("fcvt.wu.d", ONE | SIGN), 0, NV);
    expect("fcvt.wu of 2^32 - 1 extends the sign", XF("fcvt.wu.d", 0x41efffffffe00000ul), 0xffffffffffffffff, 0);
    expect("fcvt.wu of -0.25 rounds to 0", XF("fcvt.wu.d", 0xbfd0000000000000ul), 0, NX);
    expect("fcvt.l of 2^63", XF("fcvt.l.d", 0x43e0000000000000ul), 0x7fffffffffffffff, NV);
    expect("fcvt.l of -2^63", XF("fcvt.l.d", 0xc3e0000000000000ul), SIGN, 0);
    expect("fcvt.lu of 2^63", XF("fcvt.lu.d", 0x43e0000000000000ul), SIGN, 0);
    expect("fcvt.w of 2.5 to even", XF("fcvt.w.d", 0x4004000000000000ul), 2, NX);
    expect("fcvt.d.l of 2^53 + 1", FX("fcvt.d.l", (1ul << 53) + 1), 0x4340000000000000ul, NX);
    expect("fcvt.d.lu of the greatest", FX("fcvt.d.lu", ~0ul), 0x43f0000000000000ul, NX);
    expect("fcvt.s.d overflows", F("fcvt.s.d", MAX), 0xffffffff7f800000, OF | NX);
    expect("fcvt.s.d of a signaling NaN", F("fcvt.s.d", SNAN), QNAN_S, NV);
    expect("fcvt.d.s of a badly boxed value", F("fcvt.d.s", 0x3f800000ul), QNAN, 0);
    expect("fadd.s of a badly boxed value", FF("fadd.s", 0x3f800000ul, 0xffffffff3f800000ul), QNAN_S, 0);
    expect("fsgnj.s of a badly boxed value", FF("fsgnj.s", 0x3f800000ul, 0xffffffffbf800000ul), 0xffffffffffc00000, 0);
    expect("fsgnjx.d keeps a signaling NaN", FF("fsgnjx.d", SNAN, SIGN), SNAN | SIGN, 0);
    expect("fmv.x.w extends the sign", XF("fmv.x.w", 0x00000000c0000000ul), 0xffffffffc0000000, 0);
    expect("class of -inf", XF("fclass.d", INF | SIGN), 1, 0);
    expect("class of a subnormal", XF("fclass.d", 1ul), 32, 0);
    expect("class of a signaling NaN", XF("fclass.d", SNAN), 256, 0);
    write_csr(frm, 1);
    expect("max + max towards zero", FF("fadd.d", MAX, MAX), MAX, OF | NX);
    write_csr(frm, 2);
    expect("1 - 1 down is -0", FF("fsub.d", ONE, ONE), SIGN, 0);
    write_csr(frm, 3);
    expect("1 + tiny up", FF("fadd.d", ONE, 1ul), ONE + 1, NX);
    write_csr(frm, 4);
    expect("2.5 to nearest, ties away", XF("fcvt.w.d", 0x4004000000000000ul), 3, NX);
    write_csr(frm, 0);
    write_csr(fcsr, 0);
    flags = 0;
    __asm__ volatile("fmv.d.x fa0, zero\n\tfdiv.d fa1, fa0, fa0\n\tli t0, 1\n\tfcvt.d.l fa1, t0\n\tfdiv.d fa1, fa1, fa0" ::: "fa0", "fa1", "t0");
    check("flags add up", read_csr(fflags), NV | DZ);
    write_csr(fcsr, 0xe1);
    check("fcsr holds frm and fflags", read_csr(frm) * 100 + read_csr(fflags), 701);
    clear_trap();
    __asm__ volatile("fadd.d fa0, fa0, fa0" ::: "fa0");
    check("a dynamic rounding mode that does not exist is illegal", trap.cause, ILLEGAL);
    clear_trap();
    write_csr(fcsr, 0);
    __asm__ volatile(".4byte 0x02a55553" ::: "memory"); // fadd.d fa0, fa0, fa0 with rm = 5
    check("so is a static one", trap.cause, ILLEGAL);
    clear_trap();
    clear_csr(mstatus, 0x6000);
    set_csr(mstatus, 0x2000);
    __asm__ volatile("fmv.d.x fa0, zero" ::: "fa0");
    check("a write of a register makes FS dirty", read_csr(mstatus) >> 13 & 3, 3);
    check("and sets SD", read_csr(mstatus) >> 63, 1);
}

static const uint64_t specials[] = {
    0, SIGN, ONE, ONE | SIGN, ONE + 1, 0x3fe0000000000000, 0x4008000000000000, 0xc00921fb54442d18,
    1, 3 | SIGN, MIN_NORMAL, MIN_NORMAL - 1, MIN_NORMAL + 1, MAX, MAX | SIGN, INF,
    INF | SIGN, QNAN, SNAN, 0x7fe0000000000000, 0x43dfffffffffffff, 0xc3e0000000000000, 0x41dfffffffc00000, 0x3cb0000000000000,
};

static const uint64_t specials_single[] = {
    0xffffffff00000000, 0xffffffff80000000, 0xffffffff3f800000, 0xffffffffbf800000, 0xffffffff3f800001, 0xffffffff3f000000,
    0xffffffff40400000, 0xffffffffc0490fdb, 0xffffffff00000001, 0xffffffff80000003, 0xffffffff00800000, 0xffffffff007fffff,
    0xffffffff00800001, 0xffffffff7f7fffff, 0xffffffffff7fffff, 0xffffffff7f800000, 0xffffffffff800000, 0xffffffff7fc00000,
    0xffffffff7f800001, 0xffffffff7f000000, 0xffffffff5effffff, 0xffffffffdf000000, 0xffffffff4effffff, 0x000000003f800000,
};

#define COUNT 24

static uint64_t sum;

static void fold(uint64_t bits) {
    sum = (sum ^ bits) * 0x9e3779b97f4a7c15 + flags;
    sum ^= sum >> 29;
}

static void report(const char *name, unsigned mode) {
    static const char *const modes[] = {" rne ", " rtz ", " rdn ", " rup ", " rmm "};
    print(name);
    print(modes[mode]);
    print_hex(sum);
    print("\n");
    sum = 0;
}

#define SWEEP(shape, op, set)                              \
    for (unsigned mode = 0; mode < 5; mode++) {            \
        write_csr(frm, mode);                              \
        for (unsigned i = 0; i < COUNT; i++) {             \
            fold(shape(op, set[i]));                       \
        }                                                  \
        write_csr(frm, 0);                                 \
        report(op, mode);                                  \
    }
#define SWEEP2(shape, op, set)                             \
    for (unsigned mode = 0; mode < 5; mode++) {            \
        write_csr(frm, mode);                              \
        for (unsigned i = 0; i < COUNT * COUNT; i++) {     \
            fold(shape(op, set[i / COUNT], set[i % COUNT])); \
        }                                                  \
        write_csr(frm, 0);                                 \
        report(op, mode);                                  \
    }
#define SWEEP3(op, set)                                                                         \
    for (unsigned mode = 0; mode < 5; mode++) {                                                 \
        write_csr(frm, mode);                                                                   \
        for (unsigned i = 0; i < COUNT * COUNT * COUNT; i += 3) {                               \
            fold(FFF(op, set[i % COUNT], set[i / COUNT % COUNT], set[i / COUNT / COUNT]));      \
        }                                                                                       \
        write_csr(frm, 0);                                                                      \
        report(op, mode);                                                                       \
    }

static void sweeps_double(void) {
    SWEEP2(FF, "fadd.d", specials)
    SWEEP2(FF, "fsub.d", specials)
    SWEEP2(FF, "fmul.d", specials)
    SWEEP2(FF, "fdiv.d", specials)
    SWEEP(F, "fsqrt.d", specials)
    SWEEP3("fmadd.d", specials)
    SWEEP3("fnmsub.d", specials)
    SWEEP(F, "fcvt.s.d", specials)
    SWEEP(XF, "fcvt.w.d", specials)
    SWEEP(XF, "fcvt.wu.d", specials)
    SWEEP(XF, "fcvt.l.d", specials)
    SWEEP(XF, "fcvt.lu.d", specials)
    SWEEP(FX, "fcvt.d.l", specials)
    SWEEP(FX, "fcvt.d.lu", specials)
    SWEEP(FX, "fcvt.s.l", specials)
    SWEEP(FX, "fcvt.s.wu", specials)
    SWEEP(XF, "fclass.d", specials)
    SWEEP2(FF, "fmin.d", specials)
    SWEEP2(FF, "fmax.d", specials)
    SWEEP2(XFF, "feq.d", specials)
    SWEEP2(XFF, "flt.d", specials)
    SWEEP2(XFF, "fle.d", specials)
    SWEEP2(FF, "fsgnjn.d", specials)
}

static void sweeps_single(void) {
    SWEEP2(FF, "fadd.s", specials_single)
    SWEEP2(FF, "fsub.s", specials_single)
    SWEEP2(FF, "fmul.s", specials_single)
    SWEEP2(FF, "fdiv.s", specials_single)
    SWEEP(F, "fsqrt.s", specials_single)
    SWEEP3("fmsub.s", specials_single)
    SWEEP3("fnmadd.s", specials_single)
    SWEEP(F, "fcvt.d.s", specials_single)
    SWEEP(XF, "fcvt.w.s", specials_single)
    SWEEP(XF, "fcvt.lu.s", specials_single)
    SWEEP(XF, "fclass.s", specials_single)
    SWEEP2(FF, "fmin.s", specials_single)
    SWEEP2(XFF, "fle.s", specials_single)
    SWEEP2(FF, "fsgnjx.s", specials_single)
}

void test(void) {
    corners();
    sweeps_double();
    sweeps_single();
}
