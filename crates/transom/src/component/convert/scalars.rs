//! Numbers, booleans and characters.

use super::traits::{ComponentType, InterfaceType, Lift, Lower, TypeChecker};
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::abi::shapes::char_of;
use std::ops::Range;
use transom_component::types::ValType;
use transom_error::Result;

macro_rules! numbers {
    ($($rust:ident $ty:ident $name:literal |$value:ident| $to:expr, $next:ident |$number:ident| $from:expr;)*) => {
        $(
            impl ComponentType for $rust {
                const NUMBERS: usize = 1;
                const IS_PLAIN: bool = true;

                fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
                    match ty.0 {
                        ValType::$ty => Ok(()),
                        _ => types.mismatch($name, ty),
                    }
                }
            }

            impl Lower for $rust {
                #[inline(always)]
                fn lower(&self, _: &mut LowerContext<'_>, _: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
                    let $value = *self;
                    to.push($to);
                    Ok(())
                }

                #[inline]
                fn store(&self, cx: &mut LowerContext<'_>, _: InterfaceType, pointer: usize) -> Result<()> {
                    cx.write(pointer, self.to_le_bytes())
                }

                fn store_all(values: &[Self], cx: &mut LowerContext<'_>, _: InterfaceType, pointer: usize) -> Result<()> {
                    let size = size_of::<$rust>();
                    let bytes = &mut cx.memory()[pointer..pointer + size * values.len()];
                    for (bytes, value) in bytes.chunks_exact_mut(size).zip(values) {
                        bytes.copy_from_slice(&value.to_le_bytes());
                    }
                    Ok(())
                }
            }

            impl Lift for $rust {
                #[inline(always)]
                fn lift(_: &mut LiftContext<'_>, _: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
                    let $number = from.$next();
                    Ok($from)
                }

                #[inline]
                fn load(cx: &mut LiftContext<'_>, _: InterfaceType, pointer: usize) -> Result<Self> {
                    Ok($rust::from_le_bytes(cx.bytes(pointer)?))
                }

                fn load_all(cx: &mut LiftContext<'_>, _: InterfaceType, range: Range<usize>) -> Result<Vec<Self>> {
                    cx.allocate(1, range.len())?;
                    let chunks = cx.slice(range).chunks_exact(size_of::<$rust>());
                    Ok(chunks.map(|bytes| $rust::from_le_bytes(bytes.try_into().expect("chunks of this size"))).collect())
                }
            }
        )*
    };
}

numbers! {
    u8 U8 "u8" |value| u64::from(value), word |number| number as u8;
    i8 S8 "s8" |value| u64::from(value as u32), word |number| number as i8;
    u16 U16 "u16" |value| u64::from(value), word |number| number as u16;
    i16 S16 "s16" |value| u64::from(value as u32), word |number| number as i16;
    u32 U32 "u32" |value| u64::from(value), word |number| number;
    i32 S32 "s32" |value| u64::from(value as u32), word |number| number as i32;
    u64 U64 "u64" |value| value, next |number| number;
    i64 S64 "s64" |value| value as u64, next |number| number as i64;
    f32 F32 "f32" |value| u64::from(value.to_bits()), word |number| f32::from_bits(number);
    f64 F64 "f64" |value| value.to_bits(), next |number| f64::from_bits(number);
}

impl ComponentType for bool {
    const NUMBERS: usize = 1;
    const IS_PLAIN: bool = true;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        match ty.0 {
            ValType::Bool => Ok(()),
            _ => types.mismatch("bool", ty),
        }
    }
}

impl Lower for bool {
    #[inline(always)]
    fn lower(&self, _: &mut LowerContext<'_>, _: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
        to.push(u64::from(*self));
        Ok(())
    }

    fn store(&self, cx: &mut LowerContext<'_>, _: InterfaceType, pointer: usize) -> Result<()> {
        cx.write(pointer, [u8::from(*self)])
    }
}

impl Lift for bool {
    #[inline(always)]
    fn lift(_: &mut LiftContext<'_>, _: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        Ok(from.word() != 0)
    }

    fn load(cx: &mut LiftContext<'_>, _: InterfaceType, pointer: usize) -> Result<Self> {
        Ok(cx.bytes(pointer)? != [0])
    }
}

impl ComponentType for char {
    const NUMBERS: usize = 1;
    const IS_PLAIN: bool = true;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        match ty.0 {
            ValType::Char => Ok(()),
            _ => types.mismatch("char", ty),
        }
    }
}

impl Lower for char {
    #[inline(always)]
    fn lower(&self, _: &mut LowerContext<'_>, _: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
        to.push(u64::from(u32::from(*self)));
        Ok(())
    }

    fn store(&self, cx: &mut LowerContext<'_>, _: InterfaceType, pointer: usize) -> Result<()> {
        cx.write(pointer, u32::from(*self).to_le_bytes())
    }
}

impl Lift for char {
    #[inline(always)]
    fn lift(_: &mut LiftContext<'_>, _: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        char_of(from.word())
    }

    fn load(cx: &mut LiftContext<'_>, _: InterfaceType, pointer: usize) -> Result<Self> {
        char_of(u32::from_le_bytes(cx.bytes(pointer)?))
    }
}
