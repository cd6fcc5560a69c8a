//! Strings and lists, also such that stay in the instance's memory.

use super::traits::{ComponentType, InterfaceType, Lift, Lower, TypeChecker};
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::state::Options;
use crate::store::StoreOpaque;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;
use transom_component::types::{DefinedType, Parts, ValType};
use transom_error::{Result, ensure};

/// Types that are what another type is.
macro_rules! as_other {
    ($([$($bounds:tt)*] $rust:ty as $other:ty;)*) => {
        $(
            impl<$($bounds)*> ComponentType for $rust {
                const NUMBERS: usize = <$other as ComponentType>::NUMBERS;
                const IS_PLAIN: bool = <$other as ComponentType>::IS_PLAIN;

                fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
                    <$other as ComponentType>::typecheck(ty, types)
                }
            }
        )*
    };
}

/// Types that are passed as another type is.
macro_rules! lower_as_other {
    ($([$($bounds:tt)*] $rust:ty as $other:ty;)*) => {
        $(
            impl<$($bounds)*> Lower for $rust {
                #[inline]
                fn lower(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
                    <$other as Lower>::lower(self, cx, ty, to)
                }

                #[inline]
                fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
                    <$other as Lower>::store(self, cx, ty, pointer)
                }
            }
        )*
    };
}

as_other! {
    [T: ComponentType + ?Sized] &T as T;
    [T: ComponentType + ?Sized] Box<T> as T;
    [T: ComponentType + ?Sized] Arc<T> as T;
    [] String as str;
    [] Cow<'_, str> as str;
    [T: ComponentType] Vec<T> as [T];
}

lower_as_other! {
    [T: Lower + ?Sized] &T as T;
    [T: Lower + ?Sized] Box<T> as T;
    [T: Lower + ?Sized] Arc<T> as T;
    [] String as str;
    [] Cow<'_, str> as str;
    [T: Lower] Vec<T> as [T];
}

impl ComponentType for str {
    const NUMBERS: usize = 2;
    const IS_PLAIN: bool = false;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        match ty.0 {
            ValType::String => Ok(()),
            _ => types.mismatch("string", ty),
        }
    }
}

impl Lower for str {
    fn lower(&self, cx: &mut LowerContext<'_>, _: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
        to.push_pair(cx.string(self)?);
        Ok(())
    }

    fn store(&self, cx: &mut LowerContext<'_>, _: InterfaceType, pointer: usize) -> Result<()> {
        let pair = cx.string(self)?;
        cx.write_pair(pointer, pair)
    }
}

impl Lift for String {
    fn lift(cx: &mut LiftContext<'_>, _: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        let (pointer, length) = from.pair();
        cx.string(pointer, length)
    }

    fn load(cx: &mut LiftContext<'_>, _: InterfaceType, pointer: usize) -> Result<Self> {
        let (pointer, length) = cx.pair(pointer)?;
        cx.string(pointer, length)
    }
}

impl<T: ComponentType> ComponentType for [T] {
    const NUMBERS: usize = 2;
    const IS_PLAIN: bool = false;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        match types.defined(ty) {
            Some(&DefinedType::List(element)) => T::typecheck(InterfaceType(element), types),
            _ => types.mismatch("list<_>", ty),
        }
    }
}

/// The type of a list's elements.
fn element(options: &Options, ty: InterfaceType) -> InterfaceType {
    match crate::component::abi::shapes::parts(options, ty.0) {
        &Parts::List(element) => InterfaceType(element),
        _ => unreachable!("the types have been compared"),
    }
}

fn lower_list<T: Lower>(values: &[T], cx: &mut LowerContext<'_>, ty: InterfaceType) -> Result<(u32, u32)> {
    let element = element(cx.options, ty);
    let pointer = cx.allocate_list(values.len(), element.0)?;
    T::store_all(values, cx, element, pointer as usize)?;
    Ok((pointer, values.len() as u32))
}

impl<T: Lower> Lower for [T] {
    fn lower(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
        to.push_pair(lower_list(self, cx, ty)?);
        Ok(())
    }

    fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
        let pair = lower_list(self, cx, ty)?;
        cx.write_pair(pointer, pair)
    }
}

fn lift_list<T: Lift>(
    cx: &mut LiftContext<'_>,
    ty: InterfaceType,
    (pointer, length): (u32, u32),
) -> Result<Vec<T>> {
    let element = element(cx.options, ty);
    let range = cx.list(pointer, length, element.0)?;
    T::load_all(cx, element, range)
}

impl<T: Lift> Lift for Vec<T> {
    fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        let pair = from.pair();
        lift_list(cx, ty, pair)
    }

    fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
        let pair = cx.pair(pointer)?;
        lift_list(cx, ty, pair)
    }
}

/// Types that are read as another.
macro_rules! lift_from {
    ($([$($bounds:tt)*] $rust:ty as $other:ty;)*) => {
        $(
            impl<$($bounds)*> Lift for $rust {
                fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
                    Ok(<$other as Lift>::lift(cx, ty, from)?.into())
                }

                fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
                    Ok(<$other as Lift>::load(cx, ty, pointer)?.into())
                }
            }
        )*
    };
}

lift_from! {
    [] Box<str> as String;
    [] Arc<str> as String;
    [T: Lift] Box<[T]> as Vec<T>;
    [T: Lift] Arc<[T]> as Vec<T>;
    [T: Lift] Box<T> as T;
}

/// Maps, by whichever type.
macro_rules! maps {
    ($($map:ident [$($bound:path),*];)*) => {
        $(
            impl<K: ComponentType, V: ComponentType> ComponentType for $map<K, V> {
                const NUMBERS: usize = 2;
                const IS_PLAIN: bool = false;

                fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
                    match types.defined(ty) {
                        Some(&DefinedType::Map(key, value)) => {
                            K::typecheck(InterfaceType(key), types)?;
                            V::typecheck(InterfaceType(value), types)
                        }
                        _ => types.mismatch("map<_, _>", ty),
                    }
                }
            }

            impl<K: Lower, V: Lower> Lower for $map<K, V> {
                fn lower(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
                    let pairs: Vec<(&K, &V)> = self.iter().collect();
                    to.push_pair(lower_list(&pairs, cx, ty)?);
                    Ok(())
                }

                fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
                    let pairs: Vec<(&K, &V)> = self.iter().collect();
                    let pair = lower_list(&pairs, cx, ty)?;
                    cx.write_pair(pointer, pair)
                }
            }

            impl<K: Lift $(+ $bound)*, V: Lift> Lift for $map<K, V> {
                fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
                    let pair = from.pair();
                    Ok(lift_list::<(K, V)>(cx, ty, pair)?.into_iter().collect())
                }

                fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
                    let pair = cx.pair(pointer)?;
                    Ok(lift_list::<(K, V)>(cx, ty, pair)?.into_iter().collect())
                }
            }
        )*
    };
}

maps! {
    HashMap [Eq, Hash];
    BTreeMap [Ord];
}

/// A string that stays in the memory of the instance that it came from, and is read when it is asked for.
pub struct WasmStr {
    bytes: WasmList<u8>,
}

/// A list that stays in the memory of the instance that it came from, and is read when it is asked for.
pub struct WasmList<T> {
    pointer: u32,
    length: u32,
    ty: InterfaceType,
    /// The function whose options say where it is, or none if it is empty.
    options: Arc<Options>,
    elements: PhantomData<T>,
}

impl<T> std::fmt::Debug for WasmList<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WasmList")
            .field("len", &self.length)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for WasmStr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WasmStr")
            .field("len", &self.bytes.length)
            .finish_non_exhaustive()
    }
}

impl<T: ComponentType> ComponentType for WasmList<T> {
    const NUMBERS: usize = 2;
    const IS_PLAIN: bool = false;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        <[T]>::typecheck(ty, types)
    }
}

impl<T: Lift> WasmList<T> {
    fn new(cx: &LiftContext<'_>, ty: InterfaceType, (pointer, length): (u32, u32)) -> Result<Self> {
        let ty = element(cx.options, ty);
        cx.list(pointer, length, ty.0)?;
        Ok(WasmList {
            pointer,
            length,
            ty,
            options: cx.options.clone(),
            elements: PhantomData,
        })
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.length as usize
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The element at an index, or `None` if the list is shorter.
    pub fn get(&self, mut store: impl crate::AsContextMut, index: usize) -> Option<Result<T>> {
        if index >= self.len() {
            return None;
        }
        let store = store.as_context_mut();
        Some(self.load(store.0, index))
    }

    fn load(&self, store: &mut dyn crate::store::StoreOpaque, index: usize) -> Result<T> {
        ensure!(
            store.vm().id() == self.options.store,
            "a list is used with a store that it does not belong to"
        );
        let mut cx = LiftContext::new(store, &self.options);
        let size = cx.size(self.ty);
        T::load(&mut cx, self.ty, self.pointer as usize + index * size)
    }

    /// The elements, each of which is read when it is asked for.
    pub fn iter<'a, U: 'static>(
        &'a self,
        store: impl Into<crate::StoreContextMut<'a, U>>,
    ) -> impl ExactSizeIterator<Item = Result<T>> + 'a {
        let store: crate::StoreContextMut<'a, U> = store.into();
        let store: &'a mut dyn crate::store::StoreOpaque = store.0;
        (0..self.len()).map(move |index| self.load(store, index))
    }
}

impl<T: Lift> Lift for WasmList<T> {
    fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        WasmList::new(cx, ty, from.pair())
    }

    fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
        let pair = cx.pair(pointer)?;
        WasmList::new(cx, ty, pair)
    }
}

impl ComponentType for WasmStr {
    const NUMBERS: usize = 2;
    const IS_PLAIN: bool = false;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        str::typecheck(ty, types)
    }
}

impl WasmStr {
    fn new(cx: &LiftContext<'_>, (pointer, length): (u32, u32)) -> Result<Self> {
        cx.check_string(pointer, length)?;
        Ok(WasmStr {
            bytes: WasmList {
                pointer,
                length,
                ty: InterfaceType(ValType::U8),
                options: cx.options.clone(),
                elements: PhantomData,
            },
        })
    }

    /// The string.
    ///
    /// # Errors
    ///
    /// It is not encoded as the instance says, or belongs to another store.
    pub fn to_str<'a, T: 'static>(
        &self,
        store: impl Into<crate::StoreContext<'a, T>>,
    ) -> Result<Cow<'a, str>> {
        let store: crate::StoreContext<'a, T> = store.into();
        let options = &self.bytes.options;
        ensure!(
            store.0.vm().id() == options.store,
            "a string is used with a store that it does not belong to"
        );
        let memory = options.memory.map_or(&[][..], |id| store.0.vm().memory_bytes(id));
        crate::component::abi::strings::read(memory, options.encoding, self.bytes.pointer, self.bytes.length)
    }
}

impl Lift for WasmStr {
    fn lift(cx: &mut LiftContext<'_>, _: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        WasmStr::new(cx, from.pair())
    }

    fn load(cx: &mut LiftContext<'_>, _: InterfaceType, pointer: usize) -> Result<Self> {
        let pair = cx.pair(pointer)?;
        WasmStr::new(cx, pair)
    }
}
