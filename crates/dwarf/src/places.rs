//! Places of variables: from DWARF expressions about locals, globals and addresses of WebAssembly to such about frames and memory.
//!
//! All that a program has is reached from the context, which functions for debuggers have in the same slot of their frames. So a
//! variable of the whole program, and what a pointer leads to, is found from whatever function is selected in the debugger.

use gimli::write::Expression;
use gimli::{
    DW_OP_and, DW_OP_dup, DW_OP_minus, DW_OP_mul, DW_OP_neg, DW_OP_not, DW_OP_or, DW_OP_plus,
    DW_OP_push_object_address, DW_OP_shl, DW_OP_shr, DW_OP_shra, DW_OP_stack_value, DW_OP_xor, DwOp,
    Encoding, Operation, X86_64,
};
use transom_code::{FrameValues, offsets_of};
use transom_layout::{VmMemory, VmMemoryImport, VmOffsets};
use transom_module::{Metered, Module};

/// The most operations of an expression: those of compilers have a few.
const MAX_OPERATIONS: usize = 100;

/// Where everything is that does not belong to a frame.
pub struct Places<'a> {
    module: &'a Module,
    offsets: VmOffsets,
    /// How far below the frame pointer the context is, in all frames.
    context: i64,
}

/// In which form a variable is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// As it is.
    Plain,
    /// As what it refers to.
    Reference,
    /// As a pointer of the process.
    Pointer,
}

/// What is on the top of the debugger's stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Top {
    /// A number, or an address in the program's memory.
    Number,
    /// An address in the process.
    Address,
    /// The value of a variable, which is in no place.
    Value,
}

type Read<'a> = gimli::Expression<Metered<'a>>;

impl<'a> Places<'a> {
    /// The places of a module's functions, whose frames have the context at a distance below the frame pointer.
    pub fn new(module: &'a Module, context: u32) -> Places<'a> {
        Places {
            module,
            offsets: offsets_of(module),
            context: -i64::from(context),
        }
    }

    /// Bytes of an address in the program's memory.
    pub fn address_size(&self) -> u8 {
        match self.module.memories.first() {
            Some(memory) if memory.index64 => 8,
            _ => 4,
        }
    }

    /// What is at an address in the program's memory, for types of what pointers lead to. `None` if there is no memory.
    pub fn pointee(&self) -> Option<Expression> {
        let mut to = Expression::new();
        to.op(DW_OP_push_object_address);
        self.resolve(&mut to)?;
        Some(to)
    }

    /// The frame base of a function, whose frame has these values: an address in the process.
    pub fn frame_base(&self, from: Read<'_>, encoding: Encoding, values: &FrameValues) -> Option<Expression> {
        let mut operations = from.operations(encoding);
        let mut to = Expression::new();
        self.load(&mut to, operations.next().ok()??, values)?;
        match operations.next().ok()? {
            None | Some(Operation::StackValue) => self.resolve(&mut to)?,
            Some(_) => return None,
        }
        Some(to)
    }

    /// The beginning of the program's memory.
    pub fn memory(&self) -> Option<Expression> {
        let mut to = Expression::new();
        to.op_constu(0);
        self.resolve(&mut to)?;
        Some(to)
    }

    /// The place of a variable, in a function whose frame has these values, or in none; and in a form. `None` if that can't be said.
    pub fn location(
        &self,
        from: Read<'_>,
        encoding: Encoding,
        values: Option<&FrameValues>,
        form: Form,
    ) -> Option<Expression> {
        let mut operations = from.operations(encoding);
        let mut read = Vec::new();
        while let Some(operation) = operations.next().ok()? {
            if read.len() == MAX_OPERATIONS {
                return None;
            }
            read.push(operation);
        }
        let mut to = Expression::new();
        let mut top = Top::Number;
        match read[..] {
            // What is in a local or a global can be changed there.
            [place] | [place, Operation::StackValue] if self.place(&mut to, place, values).is_some() => {
                top = Top::Address;
            }
            _ => {
                for operation in read {
                    top = self.translate(&mut to, operation, top, values)?;
                }
                if top == Top::Number {
                    self.resolve(&mut to)?;
                    top = Top::Address;
                }
            }
        }
        self.shape(&mut to, top, form)?;
        Some(to)
    }

    /// Completes the place or the value of a variable, for a form.
    fn shape(&self, to: &mut Expression, top: Top, form: Form) -> Option<()> {
        if form != Form::Plain && top == Top::Address {
            to.op_deref_size(self.address_size());
        }
        match form {
            Form::Plain if top == Top::Value => to.op(DW_OP_stack_value),
            Form::Plain => {}
            Form::Reference => self.resolve(to)?,
            Form::Pointer => {
                // Null stays null.
                to.op(DW_OP_dup);
                let other = to.op_bra();
                let null = to.op_skip();
                to.set_target(other, to.next_index());
                self.resolve(to)?;
                to.set_target(null, to.next_index());
                to.op(DW_OP_stack_value);
            }
        }
        Some(())
    }

    /// Pushes the place of a local or a global.
    fn place(
        &self,
        to: &mut Expression,
        operation: Operation<Metered<'_>>,
        values: Option<&FrameValues>,
    ) -> Option<()> {
        match operation {
            Operation::WasmLocal { index } => {
                let distance = values?.local(index)?;
                to.op_breg(X86_64::RBP, -i64::from(distance));
            }
            Operation::WasmGlobal { index } => {
                if index as usize >= self.module.globals.len() {
                    return None;
                }
                to.op_breg(X86_64::RBP, self.context);
                to.op_deref();
                match index.checked_sub(self.module.imported.globals) {
                    Some(own) => to.op_plus_uconst(self.offsets.global(own) as u64),
                    None => {
                        to.op_plus_uconst(self.offsets.imported_global(index) as u64);
                        to.op_deref();
                    }
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Pushes the value of a local or a global that holds an address in the program's memory.
    fn load(
        &self,
        to: &mut Expression,
        operation: Operation<Metered<'_>>,
        values: &FrameValues,
    ) -> Option<()> {
        self.place(to, operation, Some(values))?;
        to.op_deref_size(self.address_size());
        Some(())
    }

    /// Makes an address in the process of one in the program's memory.
    fn resolve(&self, to: &mut Expression) -> Option<()> {
        let memory = self.module.memories.first()?;
        if !memory.index64 {
            // Sums wrap.
            to.op_constu(u64::from(u32::MAX));
            to.op(DW_OP_and);
        }
        to.op_breg(X86_64::RBP, self.context);
        to.op_deref();
        // The base in an import is a copy, which is right as long as the memory does not move.
        let import = match self.module.imported.memories {
            0 if memory.shared => Some(self.offsets.memory(0)),
            0 => None,
            _ => Some(self.offsets.imported_memory(0)),
        };
        let memory = match import {
            None => self.offsets.memory(0),
            Some(import) => {
                to.op_plus_uconst((import + VmMemoryImport::MEMORY) as u64);
                to.op_deref();
                0
            }
        };
        to.op_plus_uconst((memory + VmMemory::BASE) as u64);
        to.op_deref();
        to.op(DW_OP_plus);
        Some(())
    }

    /// Translates an operation of a longer expression. `top` is what the one before has left on the top of the stack.
    fn translate(
        &self,
        to: &mut Expression,
        operation: Operation<Metered<'_>>,
        top: Top,
        values: Option<&FrameValues>,
    ) -> Option<Top> {
        match operation {
            Operation::WasmLocal { .. } | Operation::WasmGlobal { .. } => {
                self.load(to, operation, values?)?;
                return Some(Top::Number);
            }
            // The frame base is an address in the process here.
            Operation::FrameOffset { offset } => {
                values?;
                to.op_fbreg(offset);
                return Some(Top::Address);
            }
            Operation::PlusConstant { value } => {
                to.op_plus_uconst(value);
                return Some(top);
            }
            Operation::Deref {
                base_type,
                size,
                space: false,
            } if base_type.0 == 0 => {
                if top == Top::Number {
                    self.resolve(to)?;
                }
                to.op_deref_size(size);
                return Some(Top::Number);
            }
            Operation::Address { address } => to.op_constu(address),
            Operation::UnsignedConstant { value } => to.op_constu(value),
            Operation::SignedConstant { value } => to.op_consts(value),
            Operation::StackValue if top == Top::Number => return Some(Top::Value),
            _ => to.op(arithmetic(&operation).filter(|_| top == Top::Number)?),
        }
        // Arithmetic is done with numbers only.
        (top == Top::Number).then_some(Top::Number)
    }
}

/// The operation that does the same here.
fn arithmetic(operation: &Operation<Metered<'_>>) -> Option<DwOp> {
    Some(match operation {
        Operation::Plus => DW_OP_plus,
        Operation::Minus => DW_OP_minus,
        Operation::Mul => DW_OP_mul,
        Operation::Neg => DW_OP_neg,
        Operation::Not => DW_OP_not,
        Operation::And => DW_OP_and,
        Operation::Or => DW_OP_or,
        Operation::Xor => DW_OP_xor,
        Operation::Shl => DW_OP_shl,
        Operation::Shr => DW_OP_shr,
        Operation::Shra => DW_OP_shra,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
