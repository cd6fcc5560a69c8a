//! What happens when there is no fuel left: `wasm-smith` has functions trap, which hides what they have computed, and most of its
//! loops go on until then. They return instead.

use super::nans;
use transom_inspect::parts::Parts;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, Function, Instruction, Module};
use wasmparser::{BlockType, FunctionBody, Operator, Parser, ValType};

/// The module with returns where it would trap because the global `fuel` is used up. Functions return zeros and nulls; those
/// whose results have no such value trap still.
pub fn return_without(binary: &[u8], fuel: u32) -> Option<Vec<u8>> {
    let mut returning = Returning {
        parts: &Parts::parse(binary).ok()?,
        fuel,
        function: 0,
    };
    let mut module = Module::new();
    returning
        .parse_core_module(&mut module, Parser::new(0), binary)
        .ok()?;
    Some(module.finish())
}

struct Returning<'a> {
    parts: &'a Parts,
    fuel: u32,
    /// The function that is next.
    function: u32,
}

/// How far the instructions have come that end in a trap for want of fuel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    Fuel,
    Comparison,
    If,
}

impl Seen {
    fn then(self, operator: &Operator<'_>, fuel: u32) -> Seen {
        match (self, operator) {
            (_, Operator::GlobalGet { global_index }) if *global_index == fuel => Seen::Fuel,
            (Seen::Fuel, Operator::I32Eqz | Operator::I32GeU) => Seen::Comparison,
            (
                Seen::Comparison,
                Operator::If {
                    blockty: BlockType::Empty,
                },
            ) => Seen::If,
            _ => Seen::Nothing,
        }
    }
}

impl Reencode for Returning<'_> {
    type Error = std::convert::Infallible;

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let signature = self.parts.signature(self.function);
        let (results, parameters) = (signature.results(), signature.params().len());
        self.function += 1;
        let defaultable = results.iter().all(ValType::is_defaultable);
        let operators = body.get_operators_reader()?.into_iter().filter_map(Result::ok);
        let (mut function, locals) = self.function(&body, parameters, nans::locals(operators))?;
        let mut reader = body.get_operators_reader()?;
        let mut seen = Seen::Nothing;
        while !reader.eof() {
            let operator = reader.read()?;
            if seen == Seen::If && matches!(operator, Operator::Unreachable) && defaultable {
                for result in results {
                    function.instruction(&self.default(*result)?);
                }
                function.instruction(&Instruction::Return);
            } else {
                seen = seen.then(&operator, self.fuel);
                let canonical = nans::canonical(&operator, locals);
                function.instruction(&self.instruction(operator)?);
                for instruction in canonical {
                    function.instruction(&instruction);
                }
            }
        }
        code.function(&function);
        Ok(())
    }
}

impl Returning<'_> {
    /// A function with the locals of a body and with more; the first of these.
    fn function(
        &mut self,
        body: &FunctionBody<'_>,
        parameters: usize,
        more: &[ValType],
    ) -> Result<(Function, u32), Error> {
        let mut locals = Vec::new();
        let mut count = u32::try_from(parameters).unwrap_or(u32::MAX);
        for group in body.get_locals_reader()? {
            let (number, ty) = group?;
            count += number;
            locals.push((number, self.val_type(ty)?));
        }
        for ty in more {
            locals.push((1, self.val_type(*ty)?));
        }
        Ok((Function::new(locals), count))
    }

    fn default(&mut self, ty: ValType) -> Result<Instruction<'static>, Error> {
        Ok(match ty {
            ValType::I32 => Instruction::I32Const(0),
            ValType::I64 => Instruction::I64Const(0),
            ValType::F32 => Instruction::F32Const(0.0.into()),
            ValType::F64 => Instruction::F64Const(0.0.into()),
            ValType::V128 => Instruction::V128Const(0),
            ValType::Ref(ty) => Instruction::RefNull(self.heap_type(ty.heap_type())?),
        })
    }
}
