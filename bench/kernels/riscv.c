// An emulator of some of RISC-V: instructions decoded from bits, a large switch, registers in memory.
#include "kernel.h"

enum { ZERO, I, LIMIT, SUM, X, Y, AT, BASE };

#define ALU(f3, f7, to, a, b) (0x33u | (to) << 7 | (f3) << 12 | (a) << 15 | (b) << 20 | (u32)(f7) << 25)
#define ALU_I(f3, to, a, value) (0x13u | (to) << 7 | (f3) << 12 | (a) << 15 | ((u32)(value) & 0xfff) << 20)
#define LW(to, base, offset) (0x03u | (to) << 7 | 2 << 12 | (base) << 15 | (u32)(offset) << 20)
#define SW(value, base) (0x23u | 2 << 12 | (base) << 15 | (u32)(value) << 20)
#define LUI(to, value) (0x37u | (to) << 7 | (u32)(value) << 12)
#define BRANCH(f3, a, b, by) (0x63u | ((u32)(by) >> 11 & 1) << 7 | ((u32)(by) & 30) << 7 | (f3) << 12 | (a) << 15 \
    | (u32)(b) << 20 | ((u32)(by) >> 5 & 63) << 25 | ((u32)(by) >> 12) << 31)
#define EBREAK 0x00100073u

// sum = 0; for (i = 0; i != limit; i++) { x = i * 40503; y = memory[x & 1020] + (x >> 4); if (y < sum) y ^= i;
// memory[x & 1020] = y; sum += y % 1009; }
static const u32 code[] = {
    LUI(BASE, 1), ALU_I(0, I, ZERO, 0), ALU_I(0, SUM, ZERO, 0),
    LUI(Y, 10), ALU_I(0, Y, Y, -457), ALU(0, 1, X, I, Y),
    ALU_I(7, AT, X, 1020), ALU(0, 0, AT, AT, BASE), LW(Y, AT, 0), ALU_I(5, X, X, 4), ALU(0, 0, Y, Y, X),
    BRANCH(7, Y, SUM, 8), ALU(4, 0, Y, Y, I),
    SW(Y, AT), ALU_I(0, X, ZERO, 1009), ALU(7, 1, Y, Y, X), ALU(0, 0, SUM, SUM, Y),
    ALU_I(0, I, I, 1), BRANCH(1, I, LIMIT, -60), EBREAK,
};

static u32 registers[32], memory[4096];

static u32 compute(u32 f3, u32 f7, u32 a, u32 b) {
    if (f7 == 1)
        switch (f3) {
        case 0: return a * b;
        case 1: return (u32)((u64)((i64)(i32)a * (i32)b) >> 32);
        case 2: return (u32)((u64)((i64)(i32)a * (i64)b) >> 32);
        case 3: return (u32)((u64)a * b >> 32);
        case 4: return b == 0 ? ~0u : b == ~0u ? 0u - a : (u32)((i32)a / (i32)b);
        case 5: return b == 0 ? ~0u : a / b;
        case 6: return b == 0 ? a : b == ~0u ? 0 : (u32)((i32)a % (i32)b);
        default: return b == 0 ? a : a % b;
        }
    switch (f3) {
    case 0: return f7 == 32 ? a - b : a + b;
    case 1: return a << (b & 31);
    case 2: return (i32)a < (i32)b;
    case 3: return a < b;
    case 4: return a ^ b;
    case 5: return f7 == 32 ? (u32)((i32)a >> (b & 31)) : a >> (b & 31);
    case 6: return a | b;
    default: return a & b;
    }
}

static i32 is_taken(u32 f3, u32 a, u32 b) {
    switch (f3) {
    case 0: return a == b;
    case 1: return a != b;
    case 4: return (i32)a < (i32)b;
    case 5: return (i32)a >= (i32)b;
    case 6: return a < b;
    default: return a >= b;
    }
}

static u32 branch_offset(u32 word) {
    return (u32)((i32)word >> 31) << 12 | (word << 4 & 0x800) | (word >> 20 & 0x7e0) | (word >> 7 & 30);
}

// Runs until it is told to stop or has done so many instructions; returns where it goes on, or 0.
static NOINLINE u32 execute(u32 pc, u32 count) {
    while (count--) {
        u32 word = memory[pc >> 2], to = word >> 7 & 31, f3 = word >> 12 & 7, f7 = word >> 25;
        u32 a = registers[word >> 15 & 31], b = registers[word >> 20 & 31], immediate = (u32)((i32)word >> 20);
        u32 next = pc + 4;
        switch (word & 127) {
        case 0x03: registers[to] = memory[(a + immediate) >> 2 & 4095]; break;
        case 0x13: registers[to] = compute(f3, f3 == 5 ? f7 : 0, a, immediate); break;
        case 0x17: registers[to] = pc + (word & 0xfffff000); break;
        case 0x23: memory[(a + ((u32)((i32)word >> 25) << 5 | to)) >> 2 & 4095] = b; break;
        case 0x33: registers[to] = compute(f3, f7, a, b); break;
        case 0x37: registers[to] = word & 0xfffff000; break;
        case 0x63:
            if (is_taken(f3, a, b)) next = pc + branch_offset(word);
            break;
        case 0x67: registers[to] = next, next = (a + immediate) & ~1u; break;
        default: return 0;
        }
        registers[0] = 0;
        pc = next;
    }
    return pc;
}

KERNEL i32 run(i32 n) {
    for (u32 i = 0; i < 4096; i++) memory[i] = i < sizeof code / 4 ? code[i] : 0;
    for (i32 i = 0; i < 32; i++) registers[i] = 0;
    registers[LIMIT] = n < 1 ? 1 : (u32)n;
    u32 pc = execute(0, 1);
    while (pc) pc = execute(pc, 1000);
    return (i32)registers[SUM];
}
