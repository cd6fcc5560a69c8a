//! Loops that begin with a table of branches, whose heads the optimising compiler copies: an interpreter computes the same, uses the same
//! fuel, is polled as often and traps at the same place as with one head.

use crate::support::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use transom::error::Context as _;
use transom::*;

/// An interpreter in one of many ways.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// The type of the memory's indices.
    index: &'static str,
    /// The loop's head takes the position in the program as a parameter.
    has_param: bool,
    /// What the first case does with `$sum`, beside adding the position in the program.
    deed: &'static str,
    /// What precedes the blocks in the head, and what follows their ends.
    head: (&'static str, &'static str),
}

impl Way {
    /// Whether an operand of the head is below the blocks.
    fn has_operand(self) -> bool {
        self.head == HEADS[3]
    }
}

/// Deeds. `PC` is what the loop takes along, and `DROP` takes it away again.
const DEEDS: [&str; 5] = [
    "",
    // Operands that the branch leaves behind, and blocks around it.
    "(i64.const 1) (f32.const 2) (block (block (br_if 0 (i32.const 1))))",
    // The branch back is inside a block with a handler, and so is an exception.
    "(block $caught (try_table (catch $tag $caught) (throw $tag)))
     (try_table (catch_all $trap) PC (br_if $next (i32.and (local.get $sum) (i32.const 1))) DROP)",
    // References, which objects that move must follow.
    "(local.set $list (struct.new $pair (local.get $sum) (local.get $list)))
     (local.set $sum (struct.get $pair 0 (local.get $list)))",
    // A small loop, which is translated twice.
    "(local.set $k (i32.const 5))
     (loop $small (br_if $small (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))",
];

/// Heads: with a conditional branch, with a store, and with an operand below the blocks, which then cannot be copied.
const HEADS: [(&str, &str); 4] = [
    ("", ""),
    (
        "(br_if $out (i32.gt_u (local.get $steps) (i32.const 100000)))",
        "",
    ),
    (
        "(i32.store offset=2000 (INDEX.const 0) (local.get $steps))",
        "(drop (i32.load offset=2000 (INDEX.const 0)))",
    ),
    ("(local.get $steps)", ""),
];

fn ways() -> Vec<Way> {
    let mut ways = Vec::new();
    for index in ["i32", "i64"] {
        for has_param in [false, true] {
            for (number, deed) in DEEDS.into_iter().enumerate() {
                let head = HEADS[number % HEADS.len()];
                ways.push(Way {
                    index,
                    has_param,
                    deed,
                    head,
                });
            }
        }
    }
    ways
}

/// The instructions of programs.
const ADD: u8 = 0;
const TWICE: u8 = 1;
const AGAIN: u8 = 2;
const NOTHING: u8 = 3;
const LOAD: u8 = 4;
const END: u8 = 6;
const NESTED: u8 = 7;
const TRAP: u8 = 8;

/// The text of an interpreter of a program.
fn interpreter(way: Way, program: &[u8]) -> String {
    let bytes: String = program.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let Way { index, deed, .. } = way;
    let (before, behind) = (way.head.0, way.head.1);
    let (param, begin, pc, first) = match way.has_param {
        true => (
            format!("(param {index})"),
            "(local.set $pc)",
            "(local.get $pc)",
            "$nothing",
        ),
        false => (String::new(), "", "", "$next"),
    };
    let drop_param = if way.has_param { "(drop)" } else { "" };
    let last = match way.has_operand() {
        true => "(local.set $sum (i32.add (local.get $sum))) PC (br $next)",
        false => "unreachable",
    };
    format!(
        r#"(module
             (memory {index} 1) (data ({index}.const 0) "{bytes}")
             (tag $tag) (type $pair (struct (field i32) (field (ref null $pair))))
             (func $run (export "run") (param $turns i32) (result i32)
               (local $pc {index}) (local $sum i32) (local $steps i32) (local $k i32) (local $list (ref null $pair))
               (i64.const 77)
               (block $out
                 {pc}
                 (loop $next {param}
                   {begin}
                   (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
                   {before}
                   (block $trap (block $load (block $nested (block $nothing (block $again (block $twice (block $add
                     (local.set $pc (INDEX.add (local.get $pc) (INDEX.const 1)))
                     (br_table $add $twice $again {first} $load $add $out $nested $trap
                       (i32.load8_u (INDEX.sub (local.get $pc) (INDEX.const 1)))))
                     (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $pc))))
                     {deed} {behind}
                     {pc} (br $next))
                     (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 2)) (i32.const 1)))
                     {behind} {pc} (br $next))
                     {behind}
                     (if (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))
                       (then (local.set $pc (INDEX.const 0))))
                     {pc} (br_if $next (i32.and (local.get $turns) (i32.const 1)))
                     {drop_param}
                     {pc} (br $next))
                     {behind} {pc} (br $next))
                     {behind}
                     (block $skip
                       {pc} (br_if $next (i32.and (local.get $sum) (i32.const 1))) {drop_param}
                       (br_if $skip (i32.and (local.get $sum) (i32.const 2)))
                       (local.set $sum (i32.xor (local.get $sum) (i32.const 0x55)))
                       {pc} (br $next))
                     (local.set $sum (i32.add (local.get $sum) (i32.const 9)))
                     {pc} (br $next))
                     {behind}
                     (local.set $sum (i32.add (local.get $sum) (i32.load offset=65533 (local.get $pc))))
                     {pc} (br $next))
                   {last}))
               (drop)
               (local.get $sum)))"#
    )
    .replace("INDEX", index)
    .replace("PC", pc)
    .replace("DROP", drop_param)
}

/// What a program gives, unless it traps.
fn expected(way: Way, program: &[u8], mut turns: u32) -> Option<i32> {
    let (mut pc, mut sum, mut steps) = (0, 0_u32, 0);
    loop {
        steps += 1;
        let instruction = program[pc];
        pc += 1;
        match instruction {
            // Five is the same.
            ADD | 5 => sum = sum.wrapping_add(u32::from(program[pc])),
            TWICE => sum = sum.wrapping_mul(2).wrapping_add(1),
            AGAIN => {
                turns -= 1;
                if turns != 0 {
                    pc = 0;
                }
            }
            NOTHING => {}
            END => return Some(sum as i32),
            NESTED => match sum & 3 {
                0 => sum ^= 0x55,
                2 => sum = sum.wrapping_add(9),
                _ => {}
            },
            TRAP | 200 if way.has_operand() => sum = sum.wrapping_add(steps),
            _ => return None,
        }
    }
}

/// Programs of all instructions: some that end, others that trap.
fn programs() -> Vec<Vec<u8>> {
    let mut programs = Vec::new();
    for seed in 1..6_u32 {
        let mut state = seed;
        let mut program: Vec<u8> = (0..40)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                [ADD, TWICE, NOTHING, 5, NESTED][(state >> 24) as usize % 5]
            })
            .collect();
        program.push(AGAIN);
        program.push(match seed {
            1 => LOAD,
            2 => TRAP,
            3 => 200,
            _ => END,
        });
        program.push(END);
        programs.push(program);
    }
    programs
}

/// How a run ended, where, and the fuel that it used.
type Outcome = (std::result::Result<i32, Vec<(String, Option<usize>)>>, u64);

fn run(module: &Module, fuel: u64) -> Result<Outcome> {
    let mut store = Store::new(module.engine(), ());
    store.set_fuel(fuel)?;
    let instance = Instance::new(&mut store, module, &[])?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    let outcome = run.call(&mut store, TURNS).map_err(|error| {
        let trace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
        let trap = format!("{:?}", trap(&error));
        let frames = trace.frames().iter();
        frames
            .map(|frame| (trap.clone(), frame.module_offset()))
            .collect()
    });
    Ok((outcome, fuel - store.get_fuel()?))
}

const TURNS: i32 = 9;

fn config(tiers: Tiers, zeal: bool) -> Config {
    let mut config = config_of(tiers);
    config.consume_fuel(true).gc_zeal(zeal);
    config
}

fn interpreters_do_the_same(tiers: Tiers) -> Result<()> {
    let baseline = Engine::new(&config(Tiers::Baseline, false))?;
    for zeal in [false, true] {
        let engine = Engine::new(&config(tiers, zeal))?;
        for way in ways() {
            for program in programs() {
                let text = interpreter(way, &program);
                let (module, other) = (Module::new(&engine, &text)?, Module::new(&baseline, &text)?);
                let (outcome, used) = run(&module, 1 << 30)?;
                let wanted = expected(way, &program, TURNS as u32);
                ensure!(
                    outcome.clone().ok() == wanted,
                    "{way:?} of {program:?}: {outcome:?}, not {wanted:?}"
                );
                for fuel in [1 << 30, used, used - 1, used / 2, used / 3, 10] {
                    let (found, wanted) = (run(&module, fuel)?, run(&other, fuel)?);
                    ensure!(
                        found == wanted,
                        "{way:?} of {program:?} with {fuel}: {found:?}, not {wanted:?}"
                    );
                }
            }
        }
    }
    Ok(())
}

/// How often an interpreter is polled.
fn polls(config: &Config, text: &str) -> Result<u64> {
    let mut store = Store::new(&Engine::new(config)?, ());
    let polls = Arc::new(AtomicU64::new(0));
    let counted = polls.clone();
    store.set_epoch_deadline(0);
    store.epoch_deadline_callback(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(UpdateDeadline::Continue(0))
    });
    let instance = instantiate(&mut store, text, &[])?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    run.call(&mut store, TURNS)?;
    Ok(polls.load(Ordering::Relaxed))
}

fn interpreters_poll_at_each_instruction(tiers: Tiers) -> Result<()> {
    let program = programs().pop().context("there are programs")?;
    let mut without_copies = Config::new();
    without_copies.cranelift_opt_level(OptLevel::None);
    for way in ways() {
        if way.deed.contains("$small") {
            continue;
        }
        let text = interpreter(way, &program);
        let wanted = polls(&without_copies, &text)?;
        ensure!(wanted >= 300, "{way:?}: only {wanted}");
        // To throw, baseline code calls the runtime, which polls.
        let more = if way.deed.contains("throw") { wanted } else { 0 };
        let found = polls(&config_of(tiers), &text)?;
        let exact = tiers == Tiers::Optimized;
        ensure!(
            found == wanted || !exact && (wanted..=wanted + more).contains(&found),
            "{way:?}: {found}, not {wanted}"
        );
    }
    Ok(())
}

fn an_interpreter_that_never_ends_is_stopped(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    for way in ways() {
        // Each turn gets to the beginning once more, until 2 to the 32 are over.
        let text = interpreter(way, &[NOTHING, ADD, TWICE, AGAIN]);
        let mut store = Store::new(&engine, ());
        store.set_epoch_deadline(1);
        let instance = instantiate(&mut store, &text, &[])?;
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        let outcome = std::thread::scope(|scope| {
            let engine = &engine;
            scope.spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(20));
                engine.increment_epoch();
            });
            run.call(&mut store, 0)
        });
        if way.head.0.contains("100000") {
            continue;
        }
        expect_trap(outcome, Trap::Interrupt);
    }
    Ok(())
}

in_tiers!(
    interpreters_do_the_same,
    interpreters_poll_at_each_instruction,
    an_interpreter_that_never_ends_is_stopped,
);
