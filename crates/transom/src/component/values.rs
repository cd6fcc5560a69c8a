//! Values of any type, for hosts that do not know the types when they are compiled.

use super::resource_any::ResourceAny;
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::abi::shapes::{char_of, fields, flags_mask, no_async, number_count};
use std::ops::Range;
use transom_component::types::{DefinedType, Parts, ValType};
use transom_error::{Result, bail, ensure, format_err};

/// A value of a component's type.
///
/// ```
/// # use transom::component::Val;
/// let point = Val::Record(vec![("x".to_owned(), Val::U32(1)), ("y".to_owned(), Val::U32(2))]);
/// assert_eq!(point, point.clone());
/// ```
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "they are named as their types")]
pub enum Val {
    Bool(bool),
    S8(i8),
    U8(u8),
    S16(i16),
    U16(u16),
    S32(i32),
    U32(u32),
    S64(i64),
    U64(u64),
    Float32(f32),
    Float64(f64),
    Char(char),
    String(String),
    List(Vec<Val>),
    /// Keys and values in order. Keys may occur more than once.
    Map(Vec<(Val, Val)>),
    /// Names and values of fields, in the order of the type.
    Record(Vec<(String, Val)>),
    Tuple(Vec<Val>),
    /// The name of a case, and its payload.
    Variant(String, Option<Box<Val>>),
    Enum(String),
    Option(Option<Box<Val>>),
    Result(std::result::Result<Option<Box<Val>>, Option<Box<Val>>>),
    /// The names of the flags that are set.
    Flags(Vec<String>),
    Resource(ResourceAny),
}

impl PartialEq for Val {
    fn eq(&self, other: &Val) -> bool {
        match (self, other) {
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::S8(a), Val::S8(b)) => a == b,
            (Val::U8(a), Val::U8(b)) => a == b,
            (Val::S16(a), Val::S16(b)) => a == b,
            (Val::U16(a), Val::U16(b)) => a == b,
            (Val::S32(a), Val::S32(b)) => a == b,
            (Val::U32(a), Val::U32(b)) => a == b,
            (Val::S64(a), Val::S64(b)) => a == b,
            (Val::U64(a), Val::U64(b)) => a == b,
            // There is one NaN.
            (Val::Float32(a), Val::Float32(b)) => a == b || a.is_nan() && b.is_nan(),
            (Val::Float64(a), Val::Float64(b)) => a == b || a.is_nan() && b.is_nan(),
            (Val::Char(a), Val::Char(b)) => a == b,
            (Val::String(a), Val::String(b)) | (Val::Enum(a), Val::Enum(b)) => a == b,
            (Val::List(a), Val::List(b)) | (Val::Tuple(a), Val::Tuple(b)) => a == b,
            (Val::Map(a), Val::Map(b)) => a == b,
            (Val::Record(a), Val::Record(b)) => a == b,
            (Val::Variant(a, x), Val::Variant(b, y)) => a == b && x == y,
            (Val::Option(a), Val::Option(b)) => a == b,
            (Val::Result(a), Val::Result(b)) => a == b,
            (Val::Flags(a), Val::Flags(b)) => a.len() == b.len() && a.iter().all(|flag| b.contains(flag)),
            (Val::Resource(a), Val::Resource(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Val {}

/// Where a value is read from: the next numbers, or an address.
enum Source<'r, 'n> {
    Numbers(&'r mut NumberReader<'n>),
    Memory(usize),
}

impl<'n> Source<'_, 'n> {
    /// The part of the value at an offset in memory, or the next part.
    fn part(&mut self, offset: u32) -> Source<'_, 'n> {
        match self {
            Source::Numbers(reader) => Source::Numbers(reader),
            Source::Memory(pointer) => Source::Memory(*pointer + offset as usize),
        }
    }

    /// The bits of a number that has so many bytes in memory.
    fn bits<const N: usize>(&mut self, cx: &LiftContext<'_>) -> Result<u64> {
        match self {
            Source::Numbers(reader) => Ok(reader.next()),
            Source::Memory(pointer) => {
                let mut bytes = [0; 8];
                bytes[..N].copy_from_slice(&cx.bytes::<N>(*pointer)?);
                Ok(u64::from_le_bytes(bytes))
            }
        }
    }

    /// A pointer and a length.
    fn pair(&mut self, cx: &LiftContext<'_>) -> Result<(u32, u32)> {
        match self {
            Source::Numbers(reader) => Ok(reader.pair()),
            Source::Memory(pointer) => cx.pair(*pointer),
        }
    }
}

/// Where a value is written to.
enum Target<'r, 'n> {
    Numbers(&'r mut NumberWriter<'n>),
    Memory(usize),
}

impl<'n> Target<'_, 'n> {
    fn part(&mut self, offset: u32) -> Target<'_, 'n> {
        match self {
            Target::Numbers(writer) => Target::Numbers(writer),
            Target::Memory(pointer) => Target::Memory(*pointer + offset as usize),
        }
    }

    /// Writes the bits of a number, of which so many bytes are written to memory.
    fn bits<const N: usize>(&mut self, cx: &mut LowerContext<'_>, bits: u64) -> Result<()> {
        match self {
            Target::Numbers(writer) => {
                writer.push(bits);
                Ok(())
            }
            Target::Memory(pointer) => {
                let bytes = bits.to_le_bytes();
                cx.write(*pointer, *bytes.first_chunk::<N>().expect("at most eight bytes"))
            }
        }
    }

    fn pair(&mut self, cx: &mut LowerContext<'_>, pair: (u32, u32)) -> Result<()> {
        match self {
            Target::Numbers(writer) => {
                writer.push_pair(pair);
                Ok(())
            }
            Target::Memory(pointer) => cx.write_pair(*pointer, pair),
        }
    }
}

impl Val {
    /// Reads a value of an instance from numbers.
    pub(crate) fn lift(cx: &mut LiftContext<'_>, ty: ValType, from: &mut NumberReader<'_>) -> Result<Val> {
        Val::read(cx, ty, Source::Numbers(from))
    }

    /// Reads a value of an instance from its memory.
    pub(crate) fn load(cx: &mut LiftContext<'_>, ty: ValType, pointer: usize) -> Result<Val> {
        Val::read(cx, ty, Source::Memory(pointer))
    }

    /// Writes the value as numbers.
    pub(crate) fn lower(
        &self,
        cx: &mut LowerContext<'_>,
        ty: ValType,
        to: &mut NumberWriter<'_>,
    ) -> Result<()> {
        self.write(cx, ty, Target::Numbers(to))
    }

    /// Writes the value to memory.
    pub(crate) fn store(&self, cx: &mut LowerContext<'_>, ty: ValType, pointer: usize) -> Result<()> {
        self.write(cx, ty, Target::Memory(pointer))
    }

    fn read(cx: &mut LiftContext<'_>, ty: ValType, mut from: Source<'_, '_>) -> Result<Val> {
        Ok(match ty {
            ValType::Bool => Val::Bool(from.bits::<1>(cx)? as u32 != 0),
            ValType::S8 => Val::S8(from.bits::<1>(cx)? as i8),
            ValType::U8 => Val::U8(from.bits::<1>(cx)? as u8),
            ValType::S16 => Val::S16(from.bits::<2>(cx)? as i16),
            ValType::U16 => Val::U16(from.bits::<2>(cx)? as u16),
            ValType::S32 => Val::S32(from.bits::<4>(cx)? as i32),
            ValType::U32 => Val::U32(from.bits::<4>(cx)? as u32),
            ValType::S64 => Val::S64(from.bits::<8>(cx)? as i64),
            ValType::U64 => Val::U64(from.bits::<8>(cx)?),
            ValType::F32 => Val::Float32(f32::from_bits(from.bits::<4>(cx)? as u32)),
            ValType::F64 => Val::Float64(f64::from_bits(from.bits::<8>(cx)?)),
            ValType::Char => Val::Char(char_of(from.bits::<4>(cx)? as u32)?),
            ValType::String => {
                let (pointer, length) = from.pair(cx)?;
                Val::String(cx.string(pointer, length)?)
            }
            ValType::ErrorContext => return Err(no_async()),
            ValType::Defined(_) => return Val::read_defined(cx, ty, from),
        })
    }

    fn read_defined(cx: &mut LiftContext<'_>, ty: ValType, mut from: Source<'_, '_>) -> Result<Val> {
        let ValType::Defined(index) = ty else {
            unreachable!("the others were looked at before")
        };
        let info = &cx.types().types()[index];
        match &info.parts {
            Parts::Record(fields) => {
                let values = fields
                    .iter()
                    .map(|&(offset, ty)| Val::read(cx, ty, from.part(offset)))
                    .collect::<Result<Vec<_>>>()?;
                Ok(match &info.defined {
                    DefinedType::Record(names) => {
                        let names = names.iter().map(|(name, _)| name.to_string());
                        Val::Record(names.zip(values).collect())
                    }
                    _ => Val::Tuple(values),
                })
            }
            Parts::Variant { cases, .. } => {
                let (case, payload) = Val::read_case(cx, (ty, &info.parts), cases, from)?;
                Ok(Val::of_case(&info.defined, case, payload))
            }
            &Parts::List(element) => {
                let (pointer, length) = from.pair(cx)?;
                let range = cx.list(pointer, length, element)?;
                Val::read_list(cx, &info.defined, element, range)
            }
            &Parts::Flags(count) => {
                let bits = match count {
                    ..=8 => from.bits::<1>(cx)?,
                    9..=16 => from.bits::<2>(cx)?,
                    _ => from.bits::<4>(cx)?,
                };
                let bits = bits as u32 & flags_mask(count);
                let DefinedType::Flags(names) = &info.defined else {
                    unreachable!("these are the parts of flags")
                };
                let set = names
                    .iter()
                    .enumerate()
                    .filter(|&(index, _)| bits >> index & 1 != 0);
                Ok(Val::Flags(set.map(|(_, name)| name.to_string()).collect()))
            }
            &Parts::Own(resource) => {
                let index = from.bits::<4>(cx)? as u32;
                Ok(Val::Resource(ResourceAny::lift_own(cx, index, resource)?))
            }
            &Parts::Borrow(resource) => {
                let index = from.bits::<4>(cx)? as u32;
                Ok(Val::Resource(ResourceAny::lift_borrow(cx, index, resource)?))
            }
            Parts::End => Err(no_async()),
        }
    }

    /// Reads the number of a case, and its payload.
    fn read_case(
        cx: &mut LiftContext<'_>,
        (ty, parts): (ValType, &Parts),
        cases: &[Option<ValType>],
        from: Source<'_, '_>,
    ) -> Result<(u32, Option<Val>)> {
        match from {
            Source::Memory(pointer) => {
                let (case, place) = cx.case(pointer, parts)?;
                let payload = cases[case as usize];
                let read = payload.map(|ty| Val::read(cx, ty, Source::Memory(place)));
                Ok((case, read.transpose()?))
            }
            Source::Numbers(reader) => {
                let end = reader.position() + number_count(cx.options, ty);
                let case = cx.case_of_number(reader.next(), cases.len())?;
                let payload = cases[case as usize];
                let read = payload.map(|ty| Val::read(cx, ty, Source::Numbers(reader)));
                let read = read.transpose()?;
                reader.go_to(end);
                Ok((case, read))
            }
        }
    }

    /// The value of a case.
    fn of_case(defined: &DefinedType, case: u32, payload: Option<Val>) -> Val {
        let payload = payload.map(Box::new);
        match defined {
            DefinedType::Variant(cases) => Val::Variant(cases[case as usize].0.to_string(), payload),
            DefinedType::Enum(names) => Val::Enum(names[case as usize].to_string()),
            DefinedType::Option(_) => Val::Option(payload),
            _ => Val::Result(match case {
                0 => Ok(payload),
                _ => Err(payload),
            }),
        }
    }

    fn read_list(
        cx: &mut LiftContext<'_>,
        defined: &DefinedType,
        element: ValType,
        range: Range<usize>,
    ) -> Result<Val> {
        let size = cx.types().types().layout(element).size as usize;
        let count = range.len() / size.max(1);
        cx.allocate(count, size_of::<Val>())?;
        let mut values = Vec::with_capacity(count);
        for pointer in range.step_by(size.max(1)) {
            values.push(Val::load(cx, element, pointer)?);
        }
        Ok(match defined {
            DefinedType::Map(..) => Val::Map(values.into_iter().map(pair).collect()),
            _ => Val::List(values),
        })
    }

    fn write(&self, cx: &mut LowerContext<'_>, ty: ValType, mut to: Target<'_, '_>) -> Result<()> {
        match (ty, self) {
            (ValType::Bool, &Val::Bool(value)) => to.bits::<1>(cx, u64::from(value)),
            (ValType::S8, &Val::S8(value)) => to.bits::<1>(cx, u64::from(value as u32)),
            (ValType::U8, &Val::U8(value)) => to.bits::<1>(cx, u64::from(value)),
            (ValType::S16, &Val::S16(value)) => to.bits::<2>(cx, u64::from(value as u32)),
            (ValType::U16, &Val::U16(value)) => to.bits::<2>(cx, u64::from(value)),
            (ValType::S32, &Val::S32(value)) => to.bits::<4>(cx, u64::from(value as u32)),
            (ValType::U32, &Val::U32(value)) => to.bits::<4>(cx, u64::from(value)),
            (ValType::S64, &Val::S64(value)) => to.bits::<8>(cx, value as u64),
            (ValType::U64, &Val::U64(value)) => to.bits::<8>(cx, value),
            (ValType::F32, &Val::Float32(value)) => to.bits::<4>(cx, u64::from(value.to_bits())),
            (ValType::F64, &Val::Float64(value)) => to.bits::<8>(cx, value.to_bits()),
            (ValType::Char, &Val::Char(value)) => to.bits::<4>(cx, u64::from(u32::from(value))),
            (ValType::String, Val::String(value)) => {
                let pair = cx.string(value)?;
                to.pair(cx, pair)
            }
            (ValType::Defined(index), value) => {
                let info = &cx.types().types()[index];
                match &info.parts {
                    parts @ Parts::Variant { .. } => {
                        let (case, payload) = value
                            .case_in(&info.defined)
                            .ok_or_else(|| value.mismatch(cx, ty))?;
                        write_case(cx, (ty, parts), (case, payload), to)
                    }
                    _ => value.write_defined(cx, ty, to),
                }
            }
            _ => Err(self.mismatch(cx, ty)),
        }
    }

    fn write_defined(&self, cx: &mut LowerContext<'_>, ty: ValType, mut to: Target<'_, '_>) -> Result<()> {
        let ValType::Defined(index) = ty else {
            unreachable!("the others were looked at before")
        };
        let info = &cx.types().types()[index];
        match (&info.parts, &info.defined, self) {
            (Parts::Record(fields), DefinedType::Record(names), Val::Record(values)) => {
                ensure!(
                    names.len() == values.len(),
                    "expected {} fields, found {}",
                    names.len(),
                    values.len()
                );
                for (index, (name, value)) in values.iter().enumerate() {
                    ensure!(
                        **name == *names[index].0,
                        "expected field {index} to be named `{}`, found `{name}`",
                        names[index].0
                    );
                    let (offset, ty) = fields[index];
                    value.write(cx, ty, to.part(offset))?;
                }
                Ok(())
            }
            (Parts::Record(fields), _, Val::Tuple(values)) => {
                ensure!(
                    fields.len() == values.len(),
                    "expected {} fields, found {}",
                    fields.len(),
                    values.len()
                );
                for (&(offset, ty), value) in fields.iter().zip(values) {
                    value.write(cx, ty, to.part(offset))?;
                }
                Ok(())
            }
            (&Parts::List(element), DefinedType::List(_), Val::List(values)) => {
                let pair = write_list(cx, element, values.len(), |cx, index, pointer| {
                    values[index].store(cx, element, pointer)
                })?;
                to.pair(cx, pair)
            }
            (&Parts::List(element), DefinedType::Map(..), Val::Map(values)) => {
                let pair = write_map(cx, element, values)?;
                to.pair(cx, pair)
            }
            (&Parts::Flags(count), DefinedType::Flags(names), Val::Flags(set)) => {
                let mut bits = 0;
                for flag in set {
                    let index = names.iter().position(|name| **name == **flag);
                    bits |= 1 << index.ok_or_else(|| format_err!("no flag is named `{flag}`"))?;
                }
                match to {
                    Target::Numbers(writer) => writer.push(u64::from(bits)),
                    Target::Memory(pointer) => cx.flags(pointer, count, bits)?,
                }
                Ok(())
            }
            (&Parts::Own(resource), _, Val::Resource(value)) => {
                let index = value.lower_own(cx, resource)?;
                to.bits::<4>(cx, u64::from(index))
            }
            (&Parts::Borrow(resource), _, Val::Resource(value)) => {
                let index = value.lower_borrow(cx, resource)?;
                to.bits::<4>(cx, u64::from(index))
            }
            _ => Err(self.mismatch(cx, ty)),
        }
    }

    /// The number of the value's case in a type, and its payload.
    fn case_in(&self, defined: &DefinedType) -> Option<(u32, Option<&Val>)> {
        let (case, payload) = match (defined, self) {
            (DefinedType::Variant(cases), Val::Variant(name, payload)) => (
                cases.iter().position(|(case, _)| **case == **name)?,
                payload.as_deref(),
            ),
            (DefinedType::Enum(names), Val::Enum(name)) => {
                (names.iter().position(|case| **case == **name)?, None)
            }
            (DefinedType::Option(_), Val::Option(payload)) => {
                (usize::from(payload.is_some()), payload.as_deref())
            }
            (DefinedType::Result { .. }, Val::Result(Ok(payload))) => (0, payload.as_deref()),
            (DefinedType::Result { .. }, Val::Result(Err(payload))) => (1, payload.as_deref()),
            _ => return None,
        };
        Some((case as u32, payload))
    }

    /// What kind of a value it is.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Val::Bool(_) => "bool",
            Val::S8(_) => "s8",
            Val::U8(_) => "u8",
            Val::S16(_) => "s16",
            Val::U16(_) => "u16",
            Val::S32(_) => "s32",
            Val::U32(_) => "u32",
            Val::S64(_) => "s64",
            Val::U64(_) => "u64",
            Val::Float32(_) => "f32",
            Val::Float64(_) => "f64",
            Val::Char(_) => "char",
            Val::String(_) => "string",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Record(_) => "record",
            Val::Tuple(_) => "tuple",
            Val::Variant(..) => "variant",
            Val::Enum(_) => "enum",
            Val::Option(_) => "option",
            Val::Result(_) => "result",
            Val::Flags(_) => "flags",
            Val::Resource(_) => "resource",
        }
    }

    #[cold]
    fn mismatch(&self, cx: &LowerContext<'_>, ty: ValType) -> transom_error::Error {
        let types = cx.types();
        let name = |index| types.resource_name(index);
        let expected = types.types().text(ty, &name);
        match self {
            Val::Variant(case, _) | Val::Enum(case) => {
                format_err!(
                    "expected `{expected}`, found a {} with the case `{case}`",
                    self.kind()
                )
            }
            _ => format_err!("expected `{expected}`, found a value of type `{}`", self.kind()),
        }
    }
}

fn pair(value: Val) -> (Val, Val) {
    let Val::Tuple(pair) = value else {
        unreachable!("a map's elements are pairs")
    };
    let Ok([key, value]) = <[Val; 2]>::try_from(pair) else {
        unreachable!("a pair has two fields")
    };
    (key, value)
}

fn write_case(
    cx: &mut LowerContext<'_>,
    (ty, parts): (ValType, &Parts),
    (case, payload): (u32, Option<&Val>),
    to: Target<'_, '_>,
) -> Result<()> {
    let Parts::Variant { cases, .. } = parts else {
        unreachable!("the parts are those of a variant")
    };
    let payload = match (cases[case as usize], payload) {
        (Some(ty), Some(value)) => Some((ty, value)),
        (None, None) => None,
        (Some(_), None) => bail!("case {case} has a payload, which the value does not have"),
        (None, Some(_)) => bail!("case {case} has no payload, and the value has one"),
    };
    match to {
        Target::Numbers(writer) => {
            let end = writer.position() + number_count(cx.options, ty);
            writer.push(u64::from(case));
            if let Some((ty, value)) = payload {
                value.lower(cx, ty, writer)?;
            }
            writer.fill_to(end);
            Ok(())
        }
        Target::Memory(pointer) => {
            let place = cx.case(pointer, parts, case)?;
            match payload {
                Some((ty, value)) => value.store(cx, ty, place),
                None => Ok(()),
            }
        }
    }
}

/// Allocates and writes a list: its address and length.
pub(crate) fn write_list(
    cx: &mut LowerContext<'_>,
    element: ValType,
    length: usize,
    mut write: impl FnMut(&mut LowerContext<'_>, usize, usize) -> Result<()>,
) -> Result<(u32, u32)> {
    let size = cx.types().types().layout(element).size as usize;
    let pointer = cx.allocate_list(length, element)?;
    for index in 0..length {
        write(cx, index, pointer as usize + index * size)?;
    }
    Ok((pointer, length as u32))
}

fn write_map(cx: &mut LowerContext<'_>, element: ValType, values: &[(Val, Val)]) -> Result<(u32, u32)> {
    let fields = fields(cx.options, element);
    write_list(cx, element, values.len(), |cx, index, pointer| {
        let (key, value) = &values[index];
        key.store(cx, fields[0].1, pointer)?;
        value.store(cx, fields[1].1, pointer + fields[1].0 as usize)
    })
}
