// Two interpreters of the same small program: one that switches, one that calls through a table.
#include "kernel.h"

enum op { PUSH, LOAD, STORE, ADD, MUL, XOR, SHR, JUMP_IF, DROP, HALT };

// The program: for (i = n; i != 0; i--) { s = (s + i) * 31; s ^= s >> 7; }
static u32 code[] = {
    LOAD, 0, LOAD, 1, ADD, PUSH, 31, MUL, STORE, 0,
    LOAD, 0, LOAD, 0, PUSH, 7, SHR, XOR, STORE, 0,
    LOAD, 1, PUSH, 0xffffffff, ADD, STORE, 1,
    LOAD, 1, JUMP_IF, 0, HALT,
};

static u32 stack[64], locals[4];

static NOINLINE u32 by_switch(u32 n) {
    u32 pc = 0, sp = 0;
    locals[0] = 1, locals[1] = n;
    for (;;) {
        switch (code[pc++]) {
        case PUSH: stack[sp++] = code[pc++]; break;
        case LOAD: stack[sp++] = locals[code[pc++] & 3]; break;
        case STORE: locals[code[pc++] & 3] = stack[--sp]; break;
        case ADD: sp--; stack[sp - 1] += stack[sp]; break;
        case MUL: sp--; stack[sp - 1] *= stack[sp]; break;
        case XOR: sp--; stack[sp - 1] ^= stack[sp]; break;
        case SHR: sp--; stack[sp - 1] >>= stack[sp] & 31; break;
        case JUMP_IF: pc = stack[--sp] ? code[pc] : pc + 1; break;
        case DROP: sp--; break;
        default: return locals[0];
        }
    }
}

struct machine {
    u32 pc, sp, running;
};

typedef void handler(struct machine *m);

static void op_push(struct machine *m) { stack[m->sp++] = code[m->pc++]; }
static void op_load(struct machine *m) { stack[m->sp++] = locals[code[m->pc++] & 3]; }
static void op_store(struct machine *m) { locals[code[m->pc++] & 3] = stack[--m->sp]; }
static void op_add(struct machine *m) { m->sp--; stack[m->sp - 1] += stack[m->sp]; }
static void op_mul(struct machine *m) { m->sp--; stack[m->sp - 1] *= stack[m->sp]; }
static void op_xor(struct machine *m) { m->sp--; stack[m->sp - 1] ^= stack[m->sp]; }
static void op_shr(struct machine *m) { m->sp--; stack[m->sp - 1] >>= stack[m->sp] & 31; }
static void op_jump_if(struct machine *m) { m->pc = stack[--m->sp] ? code[m->pc] : m->pc + 1; }
static void op_drop(struct machine *m) { m->sp--; }
static void op_halt(struct machine *m) { m->running = 0; }

static handler *volatile handlers[] = {
    op_push, op_load, op_store, op_add, op_mul, op_xor, op_shr, op_jump_if, op_drop, op_halt,
};

static NOINLINE u32 by_table(u32 n) {
    struct machine m = {0, 0, 1};
    locals[0] = 1, locals[1] = n;
    while (m.running) handlers[code[m.pc++]](&m);
    return locals[0];
}

KERNEL i32 run(i32 n) { return n < 1 ? 0 : (i32)(by_switch((u32)n) + 3 * by_table((u32)n)); }
