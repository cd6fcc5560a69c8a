//! Small loops, translated twice in a row.
//!
//! A loop's head asks whether the program is to stop: two instructions, which are a good part of a small loop. So the
//! body of an innermost loop that is small and calls nothing is read twice. The first copy begins at the loop's head
//! and polls there; its branches to the head lead to the second copy, which does not poll, and whose branches
//! lead back to the first. (For fuel both ask.) Both leave to the same block behind the loop. Between two polls there are never more than
//! two turns of a small loop, and the jump back is taken half as often.

use super::state::{FirstTurn, Frame, Kind, Translator, block_with_params};
use transom_module::wasmparser::{BinaryReader, OperatorsReader};
use transom_ops::Instruction;
use transom_ops::instruction::{Effect, Runtime};

/// The most instructions of a loop that is translated twice: beyond, a poll is a small part of it, and a copy a large
/// part of the time to compile it.
const MAX_INSTRUCTIONS: usize = 64;

/// Whether the rest of a loop is small, and calls nothing.
fn is_small(rest: BinaryReader<'_>) -> bool {
    let mut body = OperatorsReader::new(rest);
    let mut depth = 1;
    for _ in 0..MAX_INSTRUCTIONS {
        let Ok(operator) = body.read() else { return false };
        let instruction = Instruction::of(&operator);
        match instruction.effect {
            Effect::Loops | Effect::Calls => return false,
            Effect::Opens => depth += 1,
            Effect::Closes => depth -= 1,
            Effect::Straight | Effect::Turns | Effect::Branches | Effect::Leaves => {}
        }
        if instruction.runtime == Runtime::Always && instruction.effect != Effect::Leaves {
            return false;
        }
        if depth == 0 {
            return true;
        }
    }
    false
}

impl<'a> Translator<'a> {
    /// A block has just been opened, and `rest` follows: if it is a loop, and it is small, its branches lead to a second copy.
    pub fn begin_turns(&mut self, rest: &BinaryReader<'a>) {
        let depth = self.control.len();
        let Some(Frame {
            kind: Kind::Loop { header, params },
            ..
        }) = self.control.last_mut()
        else {
            return;
        };
        if !self.env.unit.tunables.optimize || !is_small(rest.clone()) {
            return;
        }
        let head = *header;
        let second = block_with_params(&mut self.builder, params);
        *header = second;
        self.turns.first = Some(FirstTurn {
            body: rest.clone(),
            head,
            location: self.builder.srcloc(),
            depth,
            reached: false,
        });
    }

    /// Notes a branch to the frame at a position.
    pub fn note_turn(&mut self, frame: usize) {
        if let Some(turn) = &mut self.turns.first {
            turn.reached |= frame + 1 == turn.depth;
        }
    }

    /// At the end of a loop: if it was the first copy, begins the second, to which the loop's frame then belongs,
    /// and says so.
    pub fn second_turn(&mut self, frame: &mut Frame) -> bool {
        let Some(turn) = self.turns.first.take() else {
            return false;
        };
        let Kind::Loop { header, .. } = &mut frame.kind else {
            self.turns.first = Some(turn);
            return false;
        };
        let second = std::mem::replace(header, turn.head);
        if !turn.reached {
            return false;
        }
        self.builder.switch_to_block(second);
        self.builder.seal_block(second);
        self.stack.truncate(frame.height);
        self.stack.extend_from_slice(self.builder.block_params(second));
        self.reachable = true;
        self.builder.set_srcloc(turn.location);
        self.fuel_check();
        self.turns.again = Some(turn.body);
        true
    }
}
