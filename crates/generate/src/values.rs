//! Arguments of a component's functions from a seed: values of every type at which mistakes show.
//!
//! A value grows with its type only: a list has a few elements, and the deeper it lies the fewer, so what a type of many layers needs stays
//! small. Handles, futures and streams stand for something that a program holds, so there are no values of their types.

use crate::random::Random;
use std::collections::HashSet;
use transom::Escaped;
use transom::component::types::ComponentFunc;
use transom::component::{Type, Val};

/// The most elements of a list that lies in no other one.
const ELEMENTS: usize = 5;
/// No type has more parts than this, each counted as often as it occurs.
const PARTS: usize = 10_000;

/// Strings at whose encodings mistakes show: of one, two, three and four bytes for a character, combining marks, quotes and controls.
const STRINGS: &[&str] = &[
    "",
    "a",
    "hello, world",
    "\"quoted\\\" 'text'",
    "tab\tline\nend\r\u{0}\u{7f}",
    "naïve café",
    "Ωμέγα",
    "日本語",
    "🦀 and 🧑‍🚀",
    "e\u{301} \u{feff}\u{2028}",
    "\u{ff}\u{100}",
    "\u{d7ff}\u{e000}\u{10ffff}",
];

const CHARS: &[char] = &[
    'a',
    '\0',
    '\n',
    '\'',
    '\u{7f}',
    '\u{80}',
    'é',
    '\u{7ff}',
    '\u{800}',
    '\u{301}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{ffff}',
    '🦀',
    '\u{10ffff}',
];

/// Arguments for a function. The same seed gives the same ones.
///
/// ```
/// use transom::component::types::ComponentItem;
/// use transom::component::{Component, Val};
///
/// let engine = transom::Engine::default();
/// let component = Component::new(&engine, r#"(component (import "f" (func (param "a" u8) (param "b" string))))"#)?;
/// let ty = component.component_type();
/// let Some(ComponentItem::ComponentFunc(f)) = ty.get_import(&engine, "f").map(|import| import.ty) else { panic!() };
/// assert!(matches!(&transom_generate::values::arguments(&f, 1).unwrap()[..], [Val::U8(_), Val::String(_)]));
/// # Ok::<(), transom::Error>(())
/// ```
///
/// # Errors
///
/// A type among its parameters and results has values without a text form; the error is the reason, in words.
pub fn arguments(function: &ComponentFunc, seed: u64) -> Result<Vec<Val>, String> {
    let mut left = PARTS;
    for (name, ty) in function.params() {
        written(&ty, &mut left).map_err(|why| format!("parameter `{}` {why}", Escaped(name)))?;
    }
    for ty in function.results() {
        written(&ty, &mut left).map_err(|why| format!("the result {why}"))?;
    }
    let mut values = Values(Random::new(seed));
    let params = function.params();
    params.map(|(_, ty)| values.value(&ty, ELEMENTS)).collect()
}

/// Whether each value of a type has a text form, and the type no more than so many parts.
fn written(ty: &Type, left: &mut usize) -> Result<(), String> {
    let more = left.checked_sub(1);
    *left = more.ok_or_else(|| format!("has a type of more than {PARTS} parts"))?;
    let mut parts = match ty {
        Type::List(list) => vec![list.ty()],
        Type::Map(map) => vec![map.key(), map.value()],
        Type::Record(record) => record.fields().map(|field| field.ty).collect(),
        Type::Tuple(tuple) => tuple.types().collect(),
        Type::Variant(variant) => variant.cases().filter_map(|case| case.ty).collect(),
        Type::Option(option) => vec![option.ty()],
        Type::Result(result) => result.ok().into_iter().chain(result.err()).collect(),
        _ => {
            return without_values(ty).map_or(Ok(()), |what| {
                Err(format!("contains {what}, which has no text form"))
            });
        }
    };
    parts.iter_mut().try_for_each(|part| written(part, left))
}

/// What a value of a type is, if it has no text form.
fn without_values(ty: &Type) -> Option<&'static str> {
    Some(match ty {
        Type::Own(_) | Type::Borrow(_) => "a handle of a resource",
        Type::Future(_) => "a future",
        Type::Stream(_) => "a stream",
        Type::ErrorContext => "an error context",
        _ => return None,
    })
}

struct Values(Random);

impl Values {
    /// A value; lists in it have at most so many elements.
    fn value(&mut self, ty: &Type, most: usize) -> Result<Val, String> {
        match self.plain(ty) {
            Some(value) => Ok(value),
            None => self.compound(ty, most),
        }
    }

    /// A value of a type without parts.
    fn plain(&mut self, ty: &Type) -> Option<Val> {
        let random = &mut self.0;
        Some(match ty {
            Type::Bool => Val::Bool(random.chance(50)),
            Type::S8 => Val::S8(limit_or_any(random, i8::MAX.into()) as i8),
            Type::U8 => Val::U8(limit_or_any(random, u8::MAX.into()) as u8),
            Type::S16 => Val::S16(limit_or_any(random, i16::MAX.into()) as i16),
            Type::U16 => Val::U16(limit_or_any(random, u16::MAX.into()) as u16),
            Type::S32 => Val::S32(random.i32()),
            Type::U32 => Val::U32(random.i32() as u32),
            Type::S64 => Val::S64(random.i64()),
            Type::U64 => Val::U64(random.i64() as u64),
            Type::Float32 => Val::Float32(random.f32()),
            Type::Float64 => Val::Float64(random.f64()),
            Type::Char => Val::Char(random.choose(CHARS)),
            Type::String => Val::String(self.string()),
            _ => return None,
        })
    }

    fn string(&mut self) -> String {
        let pieces = 1 + self.0.below(2);
        (0..pieces).map(|_| self.0.choose(STRINGS)).collect()
    }

    fn compound(&mut self, ty: &Type, most: usize) -> Result<Val, String> {
        Ok(match ty {
            Type::List(list) => Val::List(self.several(most, |values| values.value(&list.ty(), most / 2))?),
            Type::Map(map) => {
                let entry = |values: &mut Self| {
                    Ok((
                        values.value(&map.key(), most / 2)?,
                        values.value(&map.value(), most / 2)?,
                    ))
                };
                let mut entries: Vec<(Val, Val)> = self.several(most, entry)?;
                // Engines need not keep two entries of one key.
                let mut keys = HashSet::new();
                entries.retain(|(key, _)| keys.insert(format!("{key:?}")));
                Val::Map(entries)
            }
            Type::Record(record) => {
                let fields = record.fields();
                let fields = fields.map(|field| Ok((field.name.to_owned(), self.value(&field.ty, most)?)));
                Val::Record(fields.collect::<Result<_, String>>()?)
            }
            Type::Tuple(tuple) => {
                let values = tuple.types().map(|ty| self.value(&ty, most));
                Val::Tuple(values.collect::<Result<_, _>>()?)
            }
            Type::Variant(variant) => {
                let index = self.0.below(variant.cases().len());
                let case = variant.cases().nth(index).expect("a variant has cases");
                Val::Variant(case.name.to_owned(), self.payload(case.ty.as_ref(), most)?)
            }
            Type::Enum(ty) => {
                let index = self.0.below(ty.names().len());
                Val::Enum(ty.names().nth(index).expect("an enum has cases").to_owned())
            }
            Type::Option(option) => {
                let some = Some(option.ty()).filter(|_| self.0.chance(70));
                Val::Option(self.payload(some.as_ref(), most)?)
            }
            Type::Result(result) => Val::Result(match self.0.chance(50) {
                true => Ok(self.payload(result.ok().as_ref(), most)?),
                false => Err(self.payload(result.err().as_ref(), most)?),
            }),
            Type::Flags(flags) => {
                let names = flags.names().filter(|_| self.0.chance(50));
                Val::Flags(names.map(str::to_owned).collect())
            }
            other => return Err(format!("no values of {other:?} can be made")),
        })
    }

    /// Some values, at most so many.
    fn several<T>(
        &mut self,
        most: usize,
        mut value: impl FnMut(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let count = self.0.below(most + 1);
        (0..count).map(|_| value(self)).collect()
    }

    fn payload(&mut self, ty: Option<&Type>, most: usize) -> Result<Option<Box<Val>>, String> {
        ty.map(|ty| self.value(ty, most).map(Box::new)).transpose()
    }
}

/// A number whose low bits are an integer of a type: now and then its largest value or the one after, which is the smallest.
fn limit_or_any(random: &mut Random, largest: i32) -> i32 {
    match random.below(4) {
        0 => random.choose(&[largest, largest + 1]),
        _ => random.i32(),
    }
}

#[cfg(test)]
mod tests;
