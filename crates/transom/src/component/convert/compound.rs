//! Options, results and resources; and what the derives need for variants and records.

use super::traits::{ComponentType, InterfaceType, Lift, Lower, TypeChecker};
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::abi::shapes::{field, flags_mask, number_count, parts};
use crate::component::resource_any::ResourceAny;
use std::fmt;
use transom_component::types::{DefinedType, Parts, ValType};
use transom_error::{Result, bail, ensure};

/// The numbers of a record, made of those of its fields.
#[doc(hidden)]
pub const fn sum(numbers: &[usize]) -> usize {
    let (mut sum, mut index) = (0, 0);
    while index < numbers.len() {
        sum += numbers[index];
        index += 1;
    }
    sum
}

/// The numbers of a variant's payload, made of those of its cases.
#[doc(hidden)]
pub const fn largest(numbers: &[usize]) -> usize {
    let (mut largest, mut index) = (0, 0);
    while index < numbers.len() {
        if numbers[index] > largest {
            largest = numbers[index];
        }
        index += 1;
    }
    largest
}

/// A payload that is passed, or none.
type Payload<'p> = Option<&'p dyn LowerAny>;

/// What can be passed, whichever type it is.
#[doc(hidden)]
pub trait LowerAny {
    /// As [`Lower::lower`].
    fn lower_any(
        &self,
        cx: &mut LowerContext<'_>,
        ty: InterfaceType,
        to: &mut NumberWriter<'_>,
    ) -> Result<()>;
    /// As [`Lower::store`].
    fn store_any(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()>;
}

impl<T: Lower> LowerAny for T {
    fn lower_any(
        &self,
        cx: &mut LowerContext<'_>,
        ty: InterfaceType,
        to: &mut NumberWriter<'_>,
    ) -> Result<()> {
        self.lower(cx, ty, to)
    }

    fn store_any(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
        self.store(cx, ty, pointer)
    }
}

fn cases(parts: &Parts) -> &[Option<ValType>] {
    match parts {
        Parts::Variant { cases, .. } => cases,
        _ => unreachable!("the types have been compared"),
    }
}

impl LowerContext<'_> {
    /// Passes a case as numbers.
    #[doc(hidden)]
    pub fn lower_case(
        &mut self,
        ty: InterfaceType,
        case: u32,
        payload: Payload<'_>,
        to: &mut NumberWriter<'_>,
    ) -> Result<()> {
        let options = self.options;
        let end = to.position() + number_count(options, ty.0);
        to.push(u64::from(case));
        if let (Some(payload), Some(ty)) = (payload, cases(parts(options, ty.0))[case as usize]) {
            payload.lower_any(self, InterfaceType(ty), to)?;
        }
        to.fill_to(end);
        Ok(())
    }

    /// Writes a case to memory.
    #[doc(hidden)]
    pub fn store_case(
        &mut self,
        ty: InterfaceType,
        case: u32,
        payload: Payload<'_>,
        pointer: usize,
    ) -> Result<()> {
        let parts = parts(self.options, ty.0);
        let place = self.case(pointer, parts, case)?;
        match (payload, cases(parts)[case as usize]) {
            (Some(payload), Some(ty)) => payload.store_any(self, InterfaceType(ty), place),
            _ => Ok(()),
        }
    }

    /// The type and the offset of a record's field.
    #[doc(hidden)]
    pub fn field(&self, ty: InterfaceType, index: usize) -> (usize, InterfaceType) {
        let (offset, ty) = field(self.options, ty.0, index);
        (offset, InterfaceType(ty))
    }

    /// Passes flags as a number.
    #[doc(hidden)]
    pub fn lower_flags(&mut self, bits: u32, to: &mut NumberWriter<'_>) {
        to.push(u64::from(bits));
    }

    /// Writes flags to memory.
    #[doc(hidden)]
    pub fn store_flags(&mut self, ty: InterfaceType, bits: u32, pointer: usize) -> Result<()> {
        match *parts(self.options, ty.0) {
            Parts::Flags(count) => self.flags(pointer, count, bits),
            _ => unreachable!("the types have been compared"),
        }
    }
}

impl LiftContext<'_> {
    /// Reads a case that was passed as numbers: `read` has its number, and the type of its payload.
    #[doc(hidden)]
    pub fn lift_case<R>(
        &mut self,
        ty: InterfaceType,
        from: &mut NumberReader<'_>,
        read: impl FnOnce(&mut Self, u32, InterfaceType, &mut NumberReader<'_>) -> Result<R>,
    ) -> Result<R> {
        let options = self.options;
        let end = from.position() + number_count(options, ty.0);
        let cases = cases(parts(options, ty.0));
        let case = self.case_of_number(from.next(), cases.len())?;
        let payload = cases[case as usize].unwrap_or(ValType::Bool);
        let value = read(self, case, InterfaceType(payload), from)?;
        from.go_to(end);
        Ok(value)
    }

    /// Reads a case in memory: its number, and the type and place of its payload.
    #[doc(hidden)]
    pub fn load_case(&mut self, ty: InterfaceType, pointer: usize) -> Result<(u32, InterfaceType, usize)> {
        let parts = parts(self.options, ty.0);
        let (case, place) = self.case(pointer, parts)?;
        let payload = cases(parts)[case as usize].unwrap_or(ValType::Bool);
        Ok((case, InterfaceType(payload), place))
    }

    /// The offset and the type of a record's field.
    #[doc(hidden)]
    pub fn field(&self, ty: InterfaceType, index: usize) -> (usize, InterfaceType) {
        let (offset, ty) = field(self.options, ty.0, index);
        (offset, InterfaceType(ty))
    }

    /// Flags that were passed as a number.
    #[doc(hidden)]
    pub fn lift_flags(&self, ty: InterfaceType, from: &mut NumberReader<'_>) -> u32 {
        self.flags_of(ty, from.word())
    }

    /// Flags of this type: the bits that stand for none are dropped.
    fn flags_of(&self, ty: InterfaceType, bits: u32) -> u32 {
        match *parts(self.options, ty.0) {
            Parts::Flags(count) => bits & flags_mask(count),
            _ => unreachable!("the types have been compared"),
        }
    }

    /// Flags in memory.
    #[doc(hidden)]
    pub fn load_flags(&self, ty: InterfaceType, pointer: usize) -> Result<u32> {
        let bits = self.unsigned(pointer, self.size(ty) as u32)?;
        Ok(self.flags_of(ty, bits))
    }
}

/// A payload as a Rust type has it.
#[doc(hidden)]
pub type PayloadCheck = Option<fn(InterfaceType, TypeChecker<'_>) -> Result<()>>;

impl TypeChecker<'_> {
    /// Compares a record's fields, by name.
    #[doc(hidden)]
    #[allow(clippy::type_complexity, reason = "a list of names and functions")]
    pub fn record(
        self,
        ty: InterfaceType,
        fields: &[(&str, fn(InterfaceType, TypeChecker<'_>) -> Result<()>)],
    ) -> Result<()> {
        let Some(DefinedType::Record(found)) = self.defined(ty) else {
            return self.mismatch("record", ty);
        };
        ensure!(
            fields.len() == found.len(),
            "expected record of {} fields, found {} fields",
            fields.len(),
            found.len()
        );
        for ((name, check), (found, ty)) in fields.iter().zip(found) {
            ensure!(
                is_same(name, found),
                "expected record field named `{name}`, found `{found}`"
            );
            check(InterfaceType(*ty), self)
                .map_err(|error| error.context(format!("type mismatch for field `{name}`")))?;
        }
        Ok(())
    }

    /// Compares a variant's cases, by name.
    #[doc(hidden)]
    pub fn variant(self, ty: InterfaceType, cases: &[(&str, PayloadCheck)]) -> Result<()> {
        let Some(DefinedType::Variant(found)) = self.defined(ty) else {
            return self.mismatch("variant", ty);
        };
        ensure!(
            cases.len() == found.len(),
            "expected variant of {} cases, found {} cases",
            cases.len(),
            found.len()
        );
        for ((name, check), (found, ty)) in cases.iter().zip(found) {
            ensure!(
                is_same(name, found),
                "expected variant case named `{name}`, found `{found}`"
            );
            match (check, ty) {
                (Some(check), Some(ty)) => check(InterfaceType(*ty), self)
                    .map_err(|error| error.context(format!("type mismatch for case `{name}`")))?,
                (None, None) => {}
                (Some(_), None) => bail!("case `{name}` has no type but one was expected"),
                (None, Some(_)) => bail!("case `{name}` has a type, but none was expected"),
            }
        }
        Ok(())
    }

    /// Compares an enumeration's names.
    #[doc(hidden)]
    pub fn enumeration(self, ty: InterfaceType, names: &[&str]) -> Result<()> {
        match self.defined(ty) {
            Some(DefinedType::Enum(found)) => same_names("enum case", names, found),
            _ => self.mismatch("enum", ty),
        }
    }

    /// Compares the names of flags.
    #[doc(hidden)]
    pub fn flags(self, ty: InterfaceType, names: &[&str]) -> Result<()> {
        match self.defined(ty) {
            Some(DefinedType::Flags(found)) => same_names("flag", names, found),
            _ => self.mismatch("flags", ty),
        }
    }
}

/// Whether a component's name is the expected one. Case does not matter: a component has no two names that differ in case only, and the
/// default name `red` of a Rust `RED` stands for both.
fn is_same(name: &str, found: &str) -> bool {
    name.eq_ignore_ascii_case(found)
}

fn same_names(what: &str, names: &[&str], found: &[Box<str>]) -> Result<()> {
    ensure!(
        names.len() == found.len(),
        "expected {} {what}s, found {}",
        names.len(),
        found.len()
    );
    for (name, found) in names.iter().zip(found) {
        ensure!(
            is_same(name, found),
            "expected {what} named `{name}`, found `{found}`"
        );
    }
    Ok(())
}

/// Shows flags by their names in Rust: the first name is that of the lowest bit.
#[doc(hidden)]
pub fn format_flags(bits: u32, names: &[&str], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("(")?;
    let set = names
        .iter()
        .enumerate()
        .filter(|(index, _)| bits >> index & 1 == 1);
    for (position, (_, name)) in set.enumerate() {
        f.write_str(if position > 0 { "|" } else { "" })?;
        f.write_str(name)?;
    }
    f.write_str(")")
}

impl<T: ComponentType> ComponentType for Option<T> {
    const NUMBERS: usize = 1 + T::NUMBERS;
    const IS_PLAIN: bool = false;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        match types.defined(ty) {
            Some(&DefinedType::Option(payload)) => T::typecheck(InterfaceType(payload), types),
            _ => types.mismatch("option<_>", ty),
        }
    }
}

impl<T: Lower> Lower for Option<T> {
    fn lower(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
        let payload = self.as_ref().map(|payload| payload as &dyn LowerAny);
        cx.lower_case(ty, u32::from(self.is_some()), payload, to)
    }

    fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
        let payload = self.as_ref().map(|payload| payload as &dyn LowerAny);
        cx.store_case(ty, u32::from(self.is_some()), payload, pointer)
    }
}

impl<T: Lift> Lift for Option<T> {
    fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        cx.lift_case(ty, from, |cx, case, ty, from| match case {
            0 => Ok(None),
            _ => T::lift(cx, ty, from).map(Some),
        })
    }

    fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
        match cx.load_case(ty, pointer)? {
            (0, ..) => Ok(None),
            (_, ty, place) => T::load(cx, ty, place).map(Some),
        }
    }
}

impl<T: ComponentType, E: ComponentType> ComponentType for std::result::Result<T, E> {
    const NUMBERS: usize = 1 + largest(&[T::NUMBERS, E::NUMBERS]);
    const IS_PLAIN: bool = false;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        let Some(&DefinedType::Result { ok, error }) = types.defined(ty) else {
            return types.mismatch("result", ty);
        };
        payload::<T>("ok", ok, types)?;
        payload::<E>("error", error, types)
    }
}

/// Compares the payload of a result: `()` is none.
fn payload<T: ComponentType>(case: &str, ty: Option<ValType>, types: TypeChecker<'_>) -> Result<()> {
    match ty {
        Some(ty) => T::typecheck(InterfaceType(ty), types)
            .map_err(|error| error.context(format!("type mismatch for case `{case}`"))),
        None if T::NUMBERS == 0 => Ok(()),
        None => bail!("expected the case `{case}` of a result to have a payload, found none"),
    }
}

impl<T: Lower, E: Lower> Lower for std::result::Result<T, E> {
    fn lower(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
        match self {
            Ok(payload) => cx.lower_case(ty, 0, Some(payload), to),
            Err(payload) => cx.lower_case(ty, 1, Some(payload), to),
        }
    }

    fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
        match self {
            Ok(payload) => cx.store_case(ty, 0, Some(payload), pointer),
            Err(payload) => cx.store_case(ty, 1, Some(payload), pointer),
        }
    }
}

impl<T: Lift, E: Lift> Lift for std::result::Result<T, E> {
    fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        cx.lift_case(ty, from, |cx, case, ty, from| {
            Ok(match case {
                0 => Ok(T::lift(cx, ty, from)?),
                _ => Err(E::lift(cx, ty, from)?),
            })
        })
    }

    fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
        Ok(match cx.load_case(ty, pointer)? {
            (0, ty, place) => Ok(T::load(cx, ty, place)?),
            (_, ty, place) => Err(E::load(cx, ty, place)?),
        })
    }
}

impl ComponentType for ResourceAny {
    const NUMBERS: usize = 1;
    const IS_PLAIN: bool = false;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        match types.defined(ty) {
            Some(DefinedType::Own(_) | DefinedType::Borrow(_)) => Ok(()),
            _ => types.mismatch("own` or `borrow", ty),
        }
    }
}

impl Lower for ResourceAny {
    fn lower(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
        let index = lower_any(*self, cx, ty)?;
        to.push(u64::from(index));
        Ok(())
    }

    fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
        let index = lower_any(*self, cx, ty)?;
        cx.write(pointer, index.to_le_bytes())
    }
}

fn lower_any(resource: ResourceAny, cx: &mut LowerContext<'_>, ty: InterfaceType) -> Result<u32> {
    match *parts(cx.options, ty.0) {
        Parts::Own(index) => resource.lower_own(cx, index),
        Parts::Borrow(index) => resource.lower_borrow(cx, index),
        _ => unreachable!("the types have been compared"),
    }
}

impl Lift for ResourceAny {
    fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        lift_any(cx, ty, from.word())
    }

    fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
        let index = u32::from_le_bytes(cx.bytes(pointer)?);
        lift_any(cx, ty, index)
    }
}

fn lift_any(cx: &mut LiftContext<'_>, ty: InterfaceType, index: u32) -> Result<ResourceAny> {
    match *parts(cx.options, ty.0) {
        Parts::Own(resource) => ResourceAny::lift_own(cx, index, resource),
        Parts::Borrow(resource) => ResourceAny::lift_borrow(cx, index, resource),
        _ => unreachable!("the types have been compared"),
    }
}
