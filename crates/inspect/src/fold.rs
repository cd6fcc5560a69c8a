//! Whether a module can be printed with folded instructions in a time that is in proportion to its size.
//!
//! Two things in the printer are quadratic. It looks for the operands of an instruction among all that come before it in the
//! same block; they are near, but after an unconditional branch there may be none, and then it goes through the whole block
//! for each instruction. And it copies the kinds of all open blocks for each instruction. Compilers leave a few
//! instructions after a branch and nest a thousand blocks at most; a binary that was made to be slow has a million.

use crate::{Error, Result};
use transom_ops::Instruction;
use transom_ops::instruction::{Class, Effect};
use wasmparser::{Operator, Parser, Payload};

/// Steps of such searches that are allowed in a module: two seconds or so.
const MOST_STEPS: u64 = 500_000_000;
/// So many open blocks are copied in the time of one step.
const BLOCKS_PER_STEP: u64 = 256;

/// What is known of an open block.
#[derive(Default)]
struct Block {
    /// How many instructions and blocks it has so far.
    instructions: u64,
    /// Whether what follows can't be reached.
    is_dead: bool,
}

/// Whether the printer can fold the instructions of a module: it cannot fold legacy exceptions. What is malformed is left to the
/// printer.
///
/// # Errors
///
/// It would take too long: there is too much unreachable code, or blocks are nested too deep.
pub fn is_foldable(binary: &[u8]) -> Result<bool> {
    let (mut steps, mut depths) = (0, 0);
    for payload in Parser::new(0).parse_all(binary) {
        let Ok(payload) = payload else { break };
        let Payload::CodeSectionEntry(body) = payload else {
            continue;
        };
        let mut blocks = vec![Block::default()];
        let operators = body.get_operators_reader().into_iter().flatten();
        for operator in operators.map_while(std::result::Result::ok) {
            if Instruction::of(&operator).class == Class::LegacyException {
                return Ok(false);
            }
            steps += step(&mut blocks, &operator);
            depths += blocks.len() as u64;
            if steps + depths / BLOCKS_PER_STEP > MOST_STEPS {
                let what =
                    "cannot fold instructions: too many are unreachable, or blocks are nested too deeply";
                return Err(Error::new(what).remedy("print it without --folded"));
            }
        }
    }
    Ok(true)
}

/// Takes an instruction, and returns how many others the printer may look at for it.
fn step(blocks: &mut Vec<Block>, operator: &Operator<'_>) -> u64 {
    let effect = Instruction::of(operator).effect;
    match effect {
        Effect::Opens | Effect::Loops => blocks.push(Block::default()),
        Effect::Closes => drop(blocks.pop()),
        Effect::Turns => {
            blocks.pop();
            blocks.push(Block::default());
        }
        Effect::Straight | Effect::Branches | Effect::Leaves | Effect::Calls => {}
    }
    let Some(block) = blocks.last_mut() else {
        return 0;
    };
    block.instructions += 1;
    let steps = if block.is_dead { block.instructions } else { 0 };
    block.is_dead |= effect == Effect::Leaves;
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn check(body: &str) -> Result<bool> {
        let text = format!("(module (func {body}))");
        is_foldable(&Source::new("test", text).binary().expect("a module"))
    }

    #[test]
    fn only_very_deep_nesting_is_refused() {
        let nested = |depth: usize| {
            let mut code = vec![0];
            code.extend([0x02, 0x40].repeat(depth));
            code.extend(vec![0x0b; depth + 1]);
            let mut functions = wasm_encoder::FunctionSection::new();
            functions.function(0);
            let mut bodies = wasm_encoder::CodeSection::new();
            bodies.raw(&code);
            let mut module = wasm_encoder::Module::new();
            module.section(&functions).section(&bodies);
            is_foldable(&module.finish())
        };
        assert_eq!(nested(50_000), Ok(true));
        nested(500_000).expect_err("it takes too long");
    }

    #[test]
    fn only_much_unreachable_code_is_refused() {
        let drops = "drop ".repeat(100_000);
        let reachable = "(drop (i32.const 1)) ".repeat(100_000);
        assert_eq!(check(&reachable), Ok(true));
        assert_eq!(check(&format!("(block (br 0)) {reachable}")), Ok(true));
        assert_eq!(check(&"(block (br 0) (nop) (nop)) ".repeat(100_000)), Ok(true));
        for branch in ["unreachable", "return", "br 0", "(br_table 0 0 (i32.const 0))"] {
            let error = check(&format!("{branch} {drops}")).expect_err("it takes too long");
            assert!(error.remedy.is_some(), "{branch}: {error}");
        }
        let error = check(&format!("(if (i32.const 1) (then) (else unreachable {drops}))"));
        error.expect_err("it takes too long");
    }
}
