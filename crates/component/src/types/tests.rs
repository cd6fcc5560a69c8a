//! Layouts and texts.

use super::*;

fn name(index: ResourceIdx) -> String {
    format!("r{}", index.0)
}

fn defined(types: &mut Types, defined: DefinedType) -> ValType {
    ValType::Defined(types.intern(defined))
}

#[test]
fn equal_types_have_one_index() {
    let mut types = Types::default();
    let list = types.intern(DefinedType::List(ValType::U8));
    let pair = DefinedType::Tuple([ValType::Defined(list), ValType::U32].into());
    let first = types.intern(pair.clone());
    assert_eq!(types.intern(DefinedType::List(ValType::U8)), list);
    assert_eq!(types.intern(pair), first);
    assert_ne!(types.intern(DefinedType::List(ValType::S8)), list);
}

#[test]
fn records_are_padded_and_bytes_only_without_padding() {
    let mut types = Types::default();
    let mut layout = |fields: &[ValType]| {
        let index = types.intern(DefinedType::Tuple(fields.into()));
        types[index].layout.clone()
    };
    use ValType::{Bool, S16, U8, U32, U64};
    let padded = layout(&[U8, U32]);
    assert_eq!((padded.size, padded.align, padded.is_bytes), (8, 4, false));
    let tight = layout(&[U32, S16, U8, U8, U64]);
    assert_eq!((tight.size, tight.align, tight.is_bytes), (16, 8, true));
    let trailing = layout(&[U64, U8]);
    assert_eq!(
        (trailing.size, trailing.is_bytes),
        (16, false),
        "its end is padding"
    );
    assert!(!layout(&[Bool]).is_bytes, "2 is no boolean");
    assert_eq!(layout(&[U64; 16]).flat.map(|flat| flat.len()), Some(16));
    assert_eq!(layout(&[U64; 17]).flat, None);
}

#[test]
fn variants_have_the_largest_payload_and_joined_numbers() {
    use FlatType::{I32, I64};
    let mut types = Types::default();
    let mut variant = |payloads: &[Option<ValType>]| {
        let cases = payloads.iter().enumerate();
        let cases = cases.map(|(index, &ty)| (format!("c{index}").into(), ty));
        let index = types.intern(DefinedType::Variant(cases.collect()));
        types[index].layout.clone()
    };
    let mixed = variant(&[Some(ValType::U8), Some(ValType::F64), None]);
    assert_eq!((mixed.size, mixed.align), (16, 8));
    assert_eq!(mixed.flat.as_deref(), Some(&[I32, I64][..]));
    let floats = variant(&[Some(ValType::F32), Some(ValType::U32)]);
    assert_eq!(floats.flat.as_deref(), Some(&[I32, I32][..]));
    let many = variant(&[None; 257]);
    assert_eq!((many.size, many.align), (2, 2));
}

#[test]
fn flags_are_bytes_if_all_bits_are_flags() {
    let mut types = Types::default();
    for (count, size, is_bytes) in [
        (1, 1, false),
        (8, 1, true),
        (9, 2, false),
        (16, 2, true),
        (17, 4, false),
        (32, 4, true),
    ] {
        let names = (0..count).map(|index| format!("f{index}").into());
        let index = types.intern(DefinedType::Flags(names.collect()));
        let layout = &types[index].layout;
        assert_eq!((layout.size, layout.is_bytes), (size, is_bytes), "{count}");
    }
}

#[test]
fn results_of_one_number_are_passed_as_such() {
    let mut types = Types::default();
    let mut func = |params: usize, result| {
        let params = (0..params).map(|index| (format!("p{index}").into(), ValType::U32));
        let index = types.intern_func(FuncType {
            params: params.collect(),
            result,
            is_async: false,
        });
        let info = &types[index];
        (
            info.flat_params.is_some(),
            info.flat_results.as_ref().map(|flat| flat.len()),
        )
    };
    assert_eq!(func(16, None), (true, Some(0)));
    assert_eq!(func(17, Some(ValType::U64)), (false, Some(1)));
    assert_eq!(func(0, Some(ValType::String)), (true, None));
}

#[test]
fn texts_are_those_of_wit() {
    let mut types = Types::default();
    let own = defined(&mut types, DefinedType::Own(ResourceIdx(3)));
    let borrow = defined(&mut types, DefinedType::Borrow(ResourceIdx(3)));
    let result = defined(
        &mut types,
        DefinedType::Result {
            ok: None,
            error: Some(ValType::String),
        },
    );
    let record = DefinedType::Record([("a".into(), own), ("b".into(), result)].into());
    let record = defined(&mut types, record);
    let func = types.intern_func(FuncType {
        params: [("x".into(), borrow), ("y".into(), record)].into(),
        result: Some(ValType::Bool),
        is_async: false,
    });
    assert_eq!(
        types.func_text(func, &name).to_string(),
        "func(x: borrow<r3>, y: record { a: r3, b: result<_, string> }) -> bool"
    );
}

/// Types can refer to one type many times, so that a text would be longer than any memory.
#[test]
fn texts_are_short() {
    let mut types = Types::default();
    let mut ty = ValType::U8;
    for _ in 0..90 {
        ty = defined(&mut types, DefinedType::Tuple([ty; 8].into()));
    }
    let text = types.text(ty, &name).to_string();
    assert!(text.len() < 1000, "{}", text.len());
}
