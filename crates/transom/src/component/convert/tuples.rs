//! Tuples: values of their own, and lists of parameters and results.

use super::traits::{ComponentNamedList, ComponentType, InterfaceType, Lift, Lower, TypeChecker};
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::abi::shapes;
use crate::component::state::Options;
use transom_component::types::{DefinedType, ValType};
use transom_error::{Result, ensure};

/// The offset and the type of a field. Without defined types, numbers say themselves what they are.
#[inline(always)]
fn field(options: &Options, ty: InterfaceType, index: usize, is_plain: bool) -> (usize, InterfaceType) {
    if is_plain {
        return (0, InterfaceType(ValType::Bool));
    }
    let (offset, ty) = shapes::field(options, ty.0, index);
    (offset, InterfaceType(ty))
}

fn check<T: ComponentType>(types: &[ValType], index: usize, checker: TypeChecker<'_>) -> Result<()> {
    T::typecheck(InterfaceType(types[index]), checker)
        .map_err(|error| error.context(format!("type mismatch at position {index}")))
}

macro_rules! tuples {
    ($($index:tt $name:ident)*) => {
        #[allow(non_snake_case, unused_variables, reason = "a macro's parameters")]
        const _: () = {
            impl<$($name: ComponentType),*> ComponentType for ($($name,)*) {
                const NUMBERS: usize = 0 $(+ $name::NUMBERS)*;
                const IS_PLAIN: bool = true $(&& $name::IS_PLAIN)*;

                fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
                    const COUNT: usize = { const INDICES: &[usize] = &[$($index),*]; INDICES.len() };
                    let Some(DefinedType::Tuple(found)) = types.defined(ty) else {
                        return types.mismatch("tuple<_>", ty);
                    };
                    ensure!(found.len() == COUNT, "expected {COUNT} types, found {} types", found.len());
                    $(check::<$name>(found, $index, types)?;)*
                    Ok(())
                }
            }

            impl<$($name: Lower),*> Lower for ($($name,)*) {
                #[inline(always)]
                fn lower(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
                    let ($($name,)*) = self;
                    $(
                        let (_, ty_of_field) = field(cx.options, ty, $index, Self::IS_PLAIN);
                        $name.lower(cx, ty_of_field, to)?;
                    )*
                    Ok(())
                }

                fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
                    let ($($name,)*) = self;
                    $(
                        let (offset, ty_of_field) = field(cx.options, ty, $index, false);
                        $name.store(cx, ty_of_field, pointer + offset)?;
                    )*
                    Ok(())
                }
            }

            impl<$($name: Lift),*> Lift for ($($name,)*) {
                #[inline(always)]
                fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
                    $(
                        let (_, ty_of_field) = field(cx.options, ty, $index, Self::IS_PLAIN);
                        let $name = $name::lift(cx, ty_of_field, from)?;
                    )*
                    Ok(($($name,)*))
                }

                fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
                    $(
                        let (offset, ty_of_field) = field(cx.options, ty, $index, false);
                        let $name = $name::load(cx, ty_of_field, pointer + offset)?;
                    )*
                    Ok(($($name,)*))
                }
            }

            impl<$($name: ComponentType),*> ComponentNamedList for ($($name,)*) {}
        };
    };
}

tuples!();
tuples!(0 A1);
tuples!(0 A1 1 A2);
tuples!(0 A1 1 A2 2 A3);
tuples!(0 A1 1 A2 2 A3 3 A4);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14 14 A15);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14 14 A15 15 A16);
tuples!(0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14 14 A15 15 A16 16 A17);
