//! Values of components in WAVE, the text form of the component model: `f("x", {a: 1})`, as people write and read it.
//!
//! `wasm-wave` reads and writes the text by its traits, which are implemented here for thin wrappers around types and values of the API.
//! Every value that is read has the type that it was read for. A resource has no text form: none is read, and one is written as
//! `resource`.

use std::borrow::Cow;
use transom::component::{Type, Val};
use wasm_wave::untyped::UntypedValue;
use wasm_wave::wasm::{WasmType, WasmTypeKind, WasmValue, WasmValueError};

/// A type, as `wasm-wave` looks at it.
#[derive(Clone)]
pub struct WaveType(pub Type);

/// A value, as `wasm-wave` reads and writes it.
#[derive(Clone)]
pub struct WaveVal(pub Val);

/// The name that a resource is written as.
const RESOURCE: &str = "resource";

/// The text of a value.
pub fn text(value: &Val) -> String {
    wasm_wave::to_string(&WaveVal(value.clone())).unwrap_or_else(|error| error.to_string())
}

/// The value of a type that a text stands for; `None` if it stands for none.
pub fn value(text: &str, ty: &Type) -> Option<Val> {
    let untyped = UntypedValue::parse(text).ok()?;
    let value = untyped
        .node()
        .to_wasm_value::<WaveVal>(&WaveType(ty.clone()), untyped.source());
    Some(value.ok()?.0)
}

/// The one text of the value that a text stands for: whoever wrote it, equal values have equal texts. All NaNs are one value.
pub fn canonical(written: &str, ty: &Type) -> Option<String> {
    value(written, ty).map(|value| text(&value))
}

impl WasmType for WaveType {
    fn kind(&self) -> WasmTypeKind {
        match &self.0 {
            Type::Bool => WasmTypeKind::Bool,
            Type::S8 => WasmTypeKind::S8,
            Type::U8 => WasmTypeKind::U8,
            Type::S16 => WasmTypeKind::S16,
            Type::U16 => WasmTypeKind::U16,
            Type::S32 => WasmTypeKind::S32,
            Type::U32 => WasmTypeKind::U32,
            Type::S64 => WasmTypeKind::S64,
            Type::U64 => WasmTypeKind::U64,
            Type::Float32 => WasmTypeKind::F32,
            Type::Float64 => WasmTypeKind::F64,
            Type::Char => WasmTypeKind::Char,
            Type::String => WasmTypeKind::String,
            Type::List(_) => WasmTypeKind::List,
            Type::Map(_) => WasmTypeKind::Map,
            Type::Record(_) => WasmTypeKind::Record,
            Type::Tuple(_) => WasmTypeKind::Tuple,
            Type::Variant(_) => WasmTypeKind::Variant,
            Type::Enum(_) => WasmTypeKind::Enum,
            Type::Option(_) => WasmTypeKind::Option,
            Type::Result(_) => WasmTypeKind::Result,
            Type::Flags(_) => WasmTypeKind::Flags,
            Type::Own(_) | Type::Borrow(_) | Type::Future(_) | Type::Stream(_) | Type::ErrorContext => {
                WasmTypeKind::Unsupported
            }
        }
    }

    fn list_element_type(&self) -> Option<Self> {
        match &self.0 {
            Type::List(list) => Some(WaveType(list.ty())),
            _ => None,
        }
    }

    fn record_fields(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Self)> + '_> {
        match &self.0 {
            Type::Record(record) => {
                let fields = record.fields();
                Box::new(fields.map(|field| (Cow::Borrowed(field.name), WaveType(field.ty))))
            }
            _ => Box::new(std::iter::empty()),
        }
    }

    fn tuple_element_types(&self) -> Box<dyn Iterator<Item = Self> + '_> {
        match &self.0 {
            Type::Tuple(tuple) => Box::new(tuple.types().map(WaveType)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn variant_cases(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Option<Self>)> + '_> {
        match &self.0 {
            Type::Variant(variant) => {
                let cases = variant.cases();
                Box::new(cases.map(|case| (Cow::Borrowed(case.name), case.ty.map(WaveType))))
            }
            _ => Box::new(std::iter::empty()),
        }
    }

    fn enum_cases(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        match &self.0 {
            Type::Enum(ty) => Box::new(ty.names().map(Cow::Borrowed)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn option_some_type(&self) -> Option<Self> {
        match &self.0 {
            Type::Option(option) => Some(WaveType(option.ty())),
            _ => None,
        }
    }

    fn result_types(&self) -> Option<(Option<Self>, Option<Self>)> {
        match &self.0 {
            Type::Result(result) => Some((result.ok().map(WaveType), result.err().map(WaveType))),
            _ => None,
        }
    }

    fn flags_names(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        match &self.0 {
            Type::Flags(flags) => Box::new(flags.names().map(Cow::Borrowed)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn map_key_value_types(&self) -> Option<(Self, Self)> {
        match &self.0 {
            Type::Map(map) => Some((WaveType(map.key()), WaveType(map.value()))),
            _ => None,
        }
    }
}

/// The methods that make a value of a plain type and take it apart.
macro_rules! plain {
    ($($make:ident $unwrap:ident $variant:ident $ty:ty;)*) => {
        $(
            fn $make(value: $ty) -> Self {
                WaveVal(Val::$variant(value))
            }

            fn $unwrap(&self) -> $ty {
                match self.0 {
                    Val::$variant(value) => value,
                    _ => unreachable!("a value is taken apart as what it is"),
                }
            }
        )*
    };
}

/// A part of a value.
fn part(value: &Val) -> Cow<'_, WaveVal> {
    Cow::Owned(WaveVal(value.clone()))
}

/// The values without their wrappers.
fn bare(values: impl IntoIterator<Item = WaveVal>) -> Vec<Val> {
    values.into_iter().map(|value| value.0).collect()
}

fn boxed(value: Option<WaveVal>) -> Option<Box<Val>> {
    value.map(|value| Box::new(value.0))
}

fn payload(value: &Option<Box<Val>>) -> Option<Cow<'_, WaveVal>> {
    value.as_deref().map(part)
}

impl WasmValue for WaveVal {
    type Type = WaveType;

    fn kind(&self) -> WasmTypeKind {
        match &self.0 {
            Val::Bool(_) => WasmTypeKind::Bool,
            Val::S8(_) => WasmTypeKind::S8,
            Val::U8(_) => WasmTypeKind::U8,
            Val::S16(_) => WasmTypeKind::S16,
            Val::U16(_) => WasmTypeKind::U16,
            Val::S32(_) => WasmTypeKind::S32,
            Val::U32(_) => WasmTypeKind::U32,
            Val::S64(_) => WasmTypeKind::S64,
            Val::U64(_) => WasmTypeKind::U64,
            Val::Float32(_) => WasmTypeKind::F32,
            Val::Float64(_) => WasmTypeKind::F64,
            Val::Char(_) => WasmTypeKind::Char,
            Val::String(_) => WasmTypeKind::String,
            Val::List(_) => WasmTypeKind::List,
            Val::Map(_) => WasmTypeKind::Map,
            Val::Record(_) => WasmTypeKind::Record,
            Val::Tuple(_) => WasmTypeKind::Tuple,
            Val::Variant(..) => WasmTypeKind::Variant,
            Val::Enum(_) | Val::Resource(_) => WasmTypeKind::Enum,
            Val::Option(_) => WasmTypeKind::Option,
            Val::Result(_) => WasmTypeKind::Result,
            Val::Flags(_) => WasmTypeKind::Flags,
        }
    }

    plain! {
        make_bool unwrap_bool Bool bool;
        make_s8 unwrap_s8 S8 i8;
        make_u8 unwrap_u8 U8 u8;
        make_s16 unwrap_s16 S16 i16;
        make_u16 unwrap_u16 U16 u16;
        make_s32 unwrap_s32 S32 i32;
        make_u32 unwrap_u32 U32 u32;
        make_s64 unwrap_s64 S64 i64;
        make_u64 unwrap_u64 U64 u64;
        make_f32 unwrap_f32 Float32 f32;
        make_f64 unwrap_f64 Float64 f64;
        make_char unwrap_char Char char;
    }

    fn make_string(value: Cow<'_, str>) -> Self {
        WaveVal(Val::String(value.into_owned()))
    }

    fn make_list(_: &WaveType, values: impl IntoIterator<Item = Self>) -> Result<Self, WasmValueError> {
        Ok(WaveVal(Val::List(bare(values))))
    }

    fn make_record<'a>(
        _: &WaveType,
        fields: impl IntoIterator<Item = (&'a str, Self)>,
    ) -> Result<Self, WasmValueError> {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.0));
        Ok(WaveVal(Val::Record(fields.collect())))
    }

    fn make_tuple(_: &WaveType, values: impl IntoIterator<Item = Self>) -> Result<Self, WasmValueError> {
        Ok(WaveVal(Val::Tuple(bare(values))))
    }

    fn make_variant(_: &WaveType, case: &str, value: Option<Self>) -> Result<Self, WasmValueError> {
        Ok(WaveVal(Val::Variant(case.to_owned(), boxed(value))))
    }

    fn make_enum(ty: &WaveType, case: &str) -> Result<Self, WasmValueError> {
        match ty.enum_cases().any(|known| known == case) {
            true => Ok(WaveVal(Val::Enum(case.to_owned()))),
            false => Err(WasmValueError::UnknownCase(case.to_owned())),
        }
    }

    fn make_option(_: &WaveType, value: Option<Self>) -> Result<Self, WasmValueError> {
        Ok(WaveVal(Val::Option(boxed(value))))
    }

    fn make_result(_: &WaveType, value: Result<Option<Self>, Option<Self>>) -> Result<Self, WasmValueError> {
        Ok(WaveVal(Val::Result(value.map(boxed).map_err(boxed))))
    }

    fn make_flags<'a>(
        ty: &WaveType,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, WasmValueError> {
        let known: Vec<_> = ty.flags_names().collect();
        let place = |name: &str| known.iter().position(|known| known == name);
        let names: Vec<_> = names.into_iter().collect();
        if let Some(name) = names.iter().find(|name| place(name).is_none()) {
            return Err(WasmValueError::Other(format!("unknown flag {name:?}")));
        }
        let mut places: Vec<_> = names.into_iter().filter_map(place).collect();
        places.sort_unstable();
        let names = places.into_iter().map(|place| known[place].to_string());
        Ok(WaveVal(Val::Flags(names.collect())))
    }

    fn make_map(
        _: &WaveType,
        entries: impl IntoIterator<Item = (Self, Self)>,
    ) -> Result<Self, WasmValueError> {
        let entries = entries.into_iter().map(|(key, value)| (key.0, value.0));
        Ok(WaveVal(Val::Map(entries.collect())))
    }

    fn unwrap_string(&self) -> Cow<'_, str> {
        match &self.0 {
            Val::String(value) => Cow::Borrowed(value),
            _ => unreachable!("a value is taken apart as what it is"),
        }
    }

    fn unwrap_list(&self) -> Box<dyn Iterator<Item = Cow<'_, Self>> + '_> {
        match &self.0 {
            Val::List(values) => Box::new(values.iter().map(part)),
            _ => unreachable!("a value is taken apart as what it is"),
        }
    }

    fn unwrap_record(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Cow<'_, Self>)> + '_> {
        match &self.0 {
            Val::Record(fields) => Box::new(
                fields
                    .iter()
                    .map(|(name, value)| (Cow::Borrowed(&**name), part(value))),
            ),
            _ => unreachable!("a value is taken apart as what it is"),
        }
    }

    fn unwrap_tuple(&self) -> Box<dyn Iterator<Item = Cow<'_, Self>> + '_> {
        match &self.0 {
            Val::Tuple(values) => Box::new(values.iter().map(part)),
            _ => unreachable!("a value is taken apart as what it is"),
        }
    }

    fn unwrap_variant(&self) -> (Cow<'_, str>, Option<Cow<'_, Self>>) {
        match &self.0 {
            Val::Variant(case, value) => (Cow::Borrowed(case), payload(value)),
            _ => unreachable!("a value is taken apart as what it is"),
        }
    }

    fn unwrap_enum(&self) -> Cow<'_, str> {
        match &self.0 {
            Val::Enum(case) => Cow::Borrowed(case),
            Val::Resource(_) => Cow::Borrowed(RESOURCE),
            _ => unreachable!("a value is taken apart as what it is"),
        }
    }

    fn unwrap_option(&self) -> Option<Cow<'_, Self>> {
        match &self.0 {
            Val::Option(value) => payload(value),
            _ => unreachable!("a value is taken apart as what it is"),
        }
    }

    fn unwrap_result(&self) -> Result<Option<Cow<'_, Self>>, Option<Cow<'_, Self>>> {
        match &self.0 {
            Val::Result(Ok(value)) => Ok(payload(value)),
            Val::Result(Err(value)) => Err(payload(value)),
            _ => unreachable!("a value is taken apart as what it is"),
        }
    }

    fn unwrap_flags(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        match &self.0 {
            Val::Flags(names) => Box::new(names.iter().map(|name| Cow::Borrowed(&**name))),
            _ => unreachable!("a value is taken apart as what it is"),
        }
    }

    fn unwrap_map(&self) -> Box<dyn Iterator<Item = (Cow<'_, Self>, Cow<'_, Self>)> + '_> {
        match &self.0 {
            Val::Map(entries) => Box::new(entries.iter().map(|(key, value)| (part(key), part(value)))),
            _ => unreachable!("a value is taken apart as what it is"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use transom::Engine;
    use transom::component::Component;
    use transom::component::types::ComponentItem;

    /// The type of a parameter; types that have names are defined first.
    fn ty(types: &str, param: &str) -> Type {
        let engine = Engine::default();
        let text = format!("(component {types} (import \"f\" (func (param \"p\" {param}))))");
        let component = Component::new(&engine, text).expect("it is valid");
        let ty = component.component_type();
        match ty.get_import(&engine, "f").map(|import| import.ty) {
            Some(ComponentItem::ComponentFunc(function)) => function.params().next().expect("a parameter").1,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn equal_values_have_one_text() {
        let types = r#"(type $r' (record (field "a" u8) (field "b" (option bool)))) (import "r" (type $r (eq $r')))
            (type $g' (flags "read" "write")) (import "g" (type $g (eq $g')))"#;
        for (param, written, expected) in [
            ("f32", "1", "1"),
            ("f32", "1.0", "1"),
            ("f64", "1e3", "1000"),
            ("f64", "-0.0", "-0"),
            ("f64", "inf", "inf"),
            ("f64", "nan", "nan"),
            ("string", r#""\u{61}\u{e9}""#, "\"aé\""),
            ("char", r"'\u{61}'", "'a'"),
            ("$r", "{b: none, a: 1}", "{a: 1}"),
            ("$r", "{ b: true, a: 1, }", "{a: 1, b: some(true)}"),
            ("$g", "{write, read}", "{read, write}"),
            ("(list u8)", "[ 1,2 ]", "[1, 2]"),
            ("(option (option u8))", "some(none)", "some(none)"),
            ("(option u8)", "1", "some(1)"),
        ] {
            assert_eq!(
                canonical(written, &ty(types, param)).as_deref(),
                Some(expected),
                "{written}"
            );
        }
        assert_eq!(canonical("-1", &ty(types, "u8")), None);
        assert_eq!(canonical("1 2", &ty(types, "u8")), None);
    }
}
