//! Arguments: numbers at which mistakes show, null, and the simplest references where null is not allowed.

use crate::random::Random;
use transom::Escaped;
use transom_inspect::literal::{self, Type};
use transom_inspect::parts::{Parts, index_of, text};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{Ieee32, Ieee64, InstructionSink};
use wasmparser::{AbstractHeapType, CompositeInnerType, HeapType, RefType, ValType};

/// A value that a driver makes.
#[derive(Debug, Default)]
pub struct Argument {
    pub code: Vec<u8>,
    pub text: String,
    /// The function that it is a reference to.
    pub function: Option<u32>,
}

/// How many elements arrays have that are arguments.
const ARRAY_LENGTH: i32 = 3;
/// How deep the objects are nested that are arguments.
const DEPTH: u32 = 8;

/// Makes a value of a type.
///
/// # Errors
///
/// There is none, or it can't be made inside the module; the text says so.
pub fn make(parts: &Parts, random: &mut Random, ty: ValType) -> Result<Argument, String> {
    let mut argument = Argument::default();
    let mut emit = InstructionSink::new(&mut argument.code);
    argument.text = match ty {
        ValType::I32 => {
            let value = near_end(parts, random).map_or_else(|| random.i32(), |end| end as i32);
            emit.i32_const(value);
            value.to_string()
        }
        ValType::I64 => {
            let value = near_end(parts, random).unwrap_or_else(|| random.i64());
            emit.i64_const(value);
            value.to_string()
        }
        ValType::F32 => {
            let value = random.f32();
            emit.f32_const(value.into());
            float(value.into())
        }
        ValType::F64 => {
            let value = random.f64();
            emit.f64_const(value.into());
            float(value)
        }
        ValType::V128 => {
            let value = u128::from(random.i64() as u64) << 64 | u128::from(random.i64() as u64);
            emit.v128_const(value as i128);
            format!("{value:#x}")
        }
        ValType::Ref(ty) => return reference(parts, random, ty),
    };
    Ok(argument)
}

/// The value that a text says: a number as [`literal`] reads it, or `null`.
///
/// # Errors
///
/// There is no such value of the type; the text says so.
pub fn parse(argument: &str, ty: ValType) -> Result<Argument, String> {
    let bits = |ty| literal::parse(argument, ty).map_err(|error| error.message);
    let mut code = Vec::new();
    let mut emit = InstructionSink::new(&mut code);
    match ty {
        ValType::I32 => emit.i32_const(bits(Type::I32)? as i32),
        ValType::I64 => emit.i64_const(bits(Type::I64)? as i64),
        ValType::F32 => emit.f32_const(Ieee32::new(bits(Type::F32)? as u32)),
        ValType::F64 => emit.f64_const(Ieee64::new(bits(Type::F64)? as u64)),
        ValType::V128 => emit.v128_const(bits(Type::V128)? as i128),
        ValType::Ref(ty) if argument == "null" && ty.is_nullable() => return null(ty),
        ValType::Ref(_) => {
            return Err(format!(
                "`{}` cannot be an argument of type `{}`",
                Escaped(argument),
                text(ty)
            ));
        }
    };
    Ok(Argument {
        code,
        text: argument.to_owned(),
        function: None,
    })
}

fn null(ty: RefType) -> Result<Argument, String> {
    let mut argument = Argument::default();
    let heap = RoundtripReencoder.heap_type(ty.heap_type());
    let heap = heap.map_err(|error| error.to_string())?;
    InstructionSink::new(&mut argument.code).ref_null(heap);
    argument.text = "null".to_owned();
    Ok(argument)
}

/// An `f32` is written as the `f64` that is the same number, which reads back as the same.
fn float(value: f64) -> String {
    match value.is_nan() {
        true => "nan".to_owned(),
        false => format!("{value:?}"),
    }
}

/// An address close to the end of a memory, now and then.
fn near_end(parts: &Parts, random: &mut Random) -> Option<i64> {
    if parts.memories.is_empty() || !random.chance(20) {
        return None;
    }
    let memory = &parts.memories[random.below(parts.memories.len())];
    let length = memory.initial.checked_shl(memory.page_size_log2.unwrap_or(16))?;
    Some(length as i64 - random.choose(&[0, 1, 2, 4, 8, 16, 17]))
}

fn reference(parts: &Parts, random: &mut Random, ty: RefType) -> Result<Argument, String> {
    let mut argument = Argument::default();
    if ty.is_nullable() {
        return null(ty);
    }
    let mut maker = Maker {
        parts,
        random,
        argument: &mut argument,
    };
    match maker.object(ty.heap_type(), DEPTH) {
        Some(text) => argument.text = text,
        None => return Err(format!("cannot create a `{}` argument", text(ValType::Ref(ty)))),
    }
    Ok(argument)
}

/// Makes what is not null, and says by what instruction; nothing if it can't.
struct Maker<'a> {
    parts: &'a Parts,
    random: &'a mut Random,
    argument: &'a mut Argument,
}

impl Maker<'_> {
    fn emit(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.argument.code)
    }

    fn object(&mut self, heap: HeapType, depth: u32) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let HeapType::Abstract { shared, ty } = heap else {
            return self.composite(index_of(heap)?, depth);
        };
        match ty {
            _ if shared => None,
            AbstractHeapType::Any | AbstractHeapType::Eq | AbstractHeapType::I31 => Some(self.i31()),
            AbstractHeapType::Extern => {
                let text = self.i31();
                self.emit().extern_convert_any();
                Some(text)
            }
            AbstractHeapType::Func => match self.parts.functions.is_empty() {
                true => None,
                false => Some(self.function(0)),
            },
            AbstractHeapType::Struct => self.any(|ty| matches!(ty, CompositeInnerType::Struct(_)), depth),
            AbstractHeapType::Array => self.any(|ty| matches!(ty, CompositeInnerType::Array(_)), depth),
            _ => None,
        }
    }

    fn i31(&mut self) -> String {
        let value = self.random.below(100) as i32;
        self.emit().i32_const(value).ref_i31();
        format!("ref.i31 {value}")
    }

    fn function(&mut self, index: u32) -> String {
        self.emit().ref_func(index);
        self.argument.function = Some(index);
        format!("ref.func {index}")
    }

    /// An object of the first of the types that can be made.
    fn any(&mut self, is: impl Fn(&CompositeInnerType) -> bool, depth: u32) -> Option<String> {
        let parts = self.parts;
        let mut types = (0..parts.types.len() as u32).filter(|ty| is(parts.composite(*ty)));
        types.find_map(|ty| {
            let length = self.argument.code.len();
            let made = self.composite(ty, depth);
            if made.is_none() {
                self.argument.code.truncate(length);
            }
            made
        })
    }

    fn composite(&mut self, ty: u32, depth: u32) -> Option<String> {
        let parts = self.parts;
        if parts.types[ty as usize].composite_type.shared {
            return None;
        }
        match parts.composite(ty) {
            CompositeInnerType::Struct(of) => {
                let defaultable = of.fields.iter().all(|field| is_defaultable(field.element_type));
                for field in of.fields.iter().filter(|_| !defaultable) {
                    self.value(field.element_type, depth)?;
                }
                match defaultable {
                    true => self.emit().struct_new_default(ty),
                    false => self.emit().struct_new(ty),
                };
                Some(format!("struct.new {ty}"))
            }
            CompositeInnerType::Array(of) => {
                self.value(of.0.element_type, depth)?;
                self.emit().i32_const(ARRAY_LENGTH).array_new(ty);
                Some(format!("array.new {ty}"))
            }
            CompositeInnerType::Func(_) => {
                let function = parts.function_below(ty)?;
                Some(self.function(function))
            }
            CompositeInnerType::Cont(_) => None,
        }
    }

    /// The value of a field or of elements.
    fn value(&mut self, ty: wasmparser::StorageType, depth: u32) -> Option<()> {
        match ty.unpack() {
            ValType::Ref(ty) if !ty.is_nullable() => self.object(ty.heap_type(), depth).map(|_| ()),
            ty => {
                let made = make(self.parts, self.random, ty).ok()?;
                self.argument.code.extend(made.code);
                Some(())
            }
        }
    }
}

fn is_defaultable(ty: wasmparser::StorageType) -> bool {
    ty.unpack().is_defaultable()
}
