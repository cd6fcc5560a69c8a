//! Derived types, and flags: values pass through components unchanged, as numbers and in memory; and types that don't fit are refused by name.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::fmt::Debug;
use std::fmt::Write;
use std::sync::Arc;
use transom::component::{Component, ComponentType, Instance, Lift, Linker, Lower, flags};
use transom::{Engine, Error, Store, StoreContextMut, Trap};

/// A component whose last type is `$t`: it passes what `numbers` is called with to the host's function `pass`, and `memory` returns the list that
/// it is called with.
fn component(types: &[(&str, &str)]) -> String {
    let mut text = String::from("(component\n");
    for (index, (name, definition)) in types.iter().enumerate() {
        let id = if index + 1 == types.len() { "t" } else { name };
        writeln!(
            text,
            "(type ${name}' {definition}) (import \"{name}\" (type ${id} (eq ${name}')))"
        )
        .unwrap();
    }
    text + r#"
      (import "pass" (func $pass (param "x" $t)))
      (core module $m
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (global.set $next (i32.and
            (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
            (i32.sub (i32.const 0) (local.get 2))))
          (global.get $next)
          (global.set $next (i32.add (global.get $next) (local.get 3))))
        (func (export "memory-of") (param i32 i32) (result i32)
          (i32.store (i32.const 16) (local.get 0))
          (i32.store (i32.const 20) (local.get 1))
          (i32.const 16))
        (func (export "ones") (result i32) (i32.const -1))
        (func (export "list-of-ones") (result i32)
          (i64.store (i32.const 32) (i64.const -1))
          (i64.store (i32.const 16) (i64.const 0x1_0000_0020))
          (i32.const 16)))
      (core instance $i (instantiate $m))
      (alias core export $i "memory" (core memory $memory))
      (alias core export $i "realloc" (core func $realloc))
      (core func $pass' (canon lower (func $pass) (memory $memory) (realloc $realloc)))
      (func (export "numbers") (param "x" $t) (canon lift (core func $pass') (memory $memory) (realloc $realloc)))
      (func (export "memory") (param "x" (list $t)) (result (list $t))
        (canon lift (core func $i "memory-of") (memory $memory) (realloc $realloc)))"#
}

/// The component, with functions whose result is no value of an enumeration, or all bits of flags.
fn component_with_ones(types: &[(&str, &str)]) -> String {
    let ones = r#"
      (func (export "ones") (result $t) (canon lift (core func $i "ones")))
      (func (export "list-of-ones") (result (list $t)) (canon lift (core func $i "list-of-ones") (memory $memory))))"#;
    component(types) + ones
}

fn instantiate<T: ComponentType + Lift + 'static>(text: &str) -> transom::Result<(Store<Vec<T>>, Instance)> {
    let engine = Engine::default();
    let component = Component::new(&engine, text)?;
    let mut linker = Linker::new(&engine);
    let pass = |mut store: StoreContextMut<'_, Vec<T>>, (value,): (T,)| {
        store.data_mut().push(value);
        Ok(())
    };
    linker.root().func_wrap("pass", pass)?;
    let mut store = Store::new(&engine, Vec::new());
    let instance = linker.instantiate(&mut store, &component)?;
    Ok((store, instance))
}

/// Passes values through a component.
#[track_caller]
fn round_trip<T>(types: &[(&str, &str)], values: &[T])
where
    T: ComponentType + Lift + Lower + PartialEq + Debug + 'static,
{
    let (mut store, instance) = instantiate::<T>(&(component(types) + ")")).unwrap();
    let numbers = instance
        .get_typed_func::<(&T,), ()>(&mut store, "numbers")
        .unwrap();
    for value in values {
        numbers.call(&mut store, (value,)).unwrap();
    }
    assert_eq!(store.data(), values);
    let memory = instance
        .get_typed_func::<(&[T],), (Vec<T>,)>(&mut store, "memory")
        .unwrap();
    let (found,) = memory.call(&mut store, (values,)).unwrap();
    assert_eq!(found, values);
}

#[derive(ComponentType, Lift, Lower, Clone, PartialEq, Debug)]
#[component(record)]
struct Person {
    name: String,
    #[component(name = "age-in-years")]
    age: u8,
    is_left_handed: bool,
    r#type: char,
}

const PERSON: (&str, &str) = (
    "person",
    r#"(record (field "name" string) (field "age-in-years" u8) (field "is-left-handed" bool) (field "type" char))"#,
);

fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
        age: 200,
        is_left_handed: true,
        r#type: 'ß',
    }
}

#[test]
fn records() {
    round_trip(&[PERSON], &[person("Ada"), person(""), person("Zoë")]);
}

#[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
#[component(record)]
struct One {
    value: i64,
}

#[test]
fn records_of_one_field() {
    let ty = r#"(record (field "value" s64))"#;
    round_trip(&[("one", ty)], &[One { value: i64::MIN }, One { value: 1 }]);
}

#[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
#[component(record)]
struct Pair<A, B: Clone>
where
    A: PartialEq,
{
    a: A,
    b: B,
}

#[test]
fn records_with_parameters() {
    let (a, b) = (1.5f32, -7i16);
    round_trip(
        &[("pair", r#"(record (field "a" f32) (field "b" s16))"#)],
        &[Pair { a, b }, Pair { a: 0.0, b: 1 }],
    );
    round_trip(
        &[
            PERSON,
            (
                "inner",
                r#"(record (field "a" (option u64)) (field "b" $person))"#,
            ),
            (
                "outer",
                r#"(record (field "a" $inner) (field "b" (list $person)))"#,
            ),
        ],
        &[Pair {
            a: Pair {
                a: Some(u64::MAX),
                b: person("a"),
            },
            b: vec![person("b"), person("cc")],
        }],
    );
}

#[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
#[component(record)]
struct Shared<T> {
    boxed: Box<One>,
    shared: Arc<str>,
    elements: Box<[T]>,
}

#[test]
fn fields_of_other_shapes() {
    let ty = r#"(record (field "boxed" $one) (field "shared" string) (field "elements" (list u16)))"#;
    let value = Shared::<u16> {
        boxed: Box::new(One { value: 5 }),
        shared: "shared".into(),
        elements: [1, 2, 0xffff].into(),
    };
    round_trip(
        &[("one", r#"(record (field "value" s64))"#), ("shared", ty)],
        &[value],
    );
}

#[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
#[component(record)]
struct Wide {
    a: u64,
    b: Numbers,
    c: Numbers,
    d: u8,
}

/// Eight numbers.
type Numbers = (u8, u16, u32, u64, i8, i16, i32, i64);

#[test]
fn records_that_are_no_numbers() {
    let numbers = "(tuple u8 u16 u32 u64 s8 s16 s32 s64)";
    let ty =
        format!(r#"(record (field "a" u64) (field "b" {numbers}) (field "c" {numbers}) (field "d" u8))"#);
    let wide = |d| Wide {
        a: 1,
        b: (1, 2, 3, 4, -1, -2, -3, -4),
        c: (255, 0xffff, 3, 4, -128, i16::MIN, 3, 4),
        d,
    };
    round_trip(&[("wide", &ty)], &[wide(7), wide(8)]);
}

#[derive(ComponentType, Lift, Lower, Clone, PartialEq, Debug)]
#[component(variant)]
enum Filter {
    None,
    OnlySome(Vec<String>),
    Ratio(f32),
    #[component(name = "the-person")]
    Person(Person),
    Large(u64),
}

const FILTER: (&str, &str) = (
    "filter",
    r#"(variant (case "none") (case "only-some" (list string)) (case "ratio" f32)
      (case "the-person" $person) (case "large" u64))"#,
);

fn filters() -> [Filter; 5] {
    [
        Filter::Large(u64::MAX - 1),
        Filter::OnlySome(vec!["a".to_owned(), "bc".to_owned()]),
        Filter::Ratio(-0.25),
        Filter::Person(person("Grace")),
        Filter::None,
    ]
}

#[test]
fn variants() {
    round_trip(&[PERSON, FILTER], &filters());
}

#[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
#[component(variant)]
enum Either<A, B> {
    Left(A),
    Right(B),
}

#[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
#[component(variant)]
enum Bare {
    This,
    That,
}

#[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
#[component(variant)]
enum Single {
    Only(u8),
}

#[test]
fn variants_with_parameters_and_without_payloads() {
    let bare = ("bare", r#"(variant (case "this") (case "that"))"#);
    round_trip(&[bare], &[Bare::This, Bare::That]);
    let single = ("single", r#"(variant (case "only" u8))"#);
    round_trip(&[single], &[Single::Only(3)]);
    let result = r#"(variant (case "left" (result $filter (error $bare))) (case "right" $single))"#;
    let mut values: Vec<_> = filters()
        .into_iter()
        .map(|filter| Either::Left(Ok::<_, Bare>(filter)))
        .collect();
    values.push(Either::Left(Err(Bare::That)));
    values.push(Either::Right(Single::Only(255)));
    round_trip(&[PERSON, FILTER, bare, single, ("either", result)], &values);
}

#[derive(ComponentType, Lift, Lower, Clone, Copy, PartialEq, Debug)]
#[component(enum)]
#[repr(u8)]
enum Setting {
    Yes,
    No,
    #[component(name = "auto")]
    Automatic,
}

const SETTING: (&str, &str) = ("setting", r#"(enum "yes" "no" "auto")"#);

#[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
#[component(enum)]
#[rustfmt::skip]
enum Many {
    C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15, C16, C17, C18, C19, C20, C21, C22,
    C23, C24, C25, C26, C27, C28, C29, C30, C31, C32, C33, C34, C35, C36, C37, C38, C39, C40, C41, C42, C43,
    C44, C45, C46, C47, C48, C49, C50, C51, C52, C53, C54, C55, C56, C57, C58, C59, C60, C61, C62, C63, C64,
    C65, C66, C67, C68, C69, C70, C71, C72, C73, C74, C75, C76, C77, C78, C79, C80, C81, C82, C83, C84, C85,
    C86, C87, C88, C89, C90, C91, C92, C93, C94, C95, C96, C97, C98, C99, C100, C101, C102, C103, C104,
    C105, C106, C107, C108, C109, C110, C111, C112, C113, C114, C115, C116, C117, C118, C119, C120, C121,
    C122, C123, C124, C125, C126, C127, C128, C129, C130, C131, C132, C133, C134, C135, C136, C137, C138,
    C139, C140, C141, C142, C143, C144, C145, C146, C147, C148, C149, C150, C151, C152, C153, C154, C155,
    C156, C157, C158, C159, C160, C161, C162, C163, C164, C165, C166, C167, C168, C169, C170, C171, C172,
    C173, C174, C175, C176, C177, C178, C179, C180, C181, C182, C183, C184, C185, C186, C187, C188, C189,
    C190, C191, C192, C193, C194, C195, C196, C197, C198, C199, C200, C201, C202, C203, C204, C205, C206,
    C207, C208, C209, C210, C211, C212, C213, C214, C215, C216, C217, C218, C219, C220, C221, C222, C223,
    C224, C225, C226, C227, C228, C229, C230, C231, C232, C233, C234, C235, C236, C237, C238, C239, C240,
    C241, C242, C243, C244, C245, C246, C247, C248, C249, C250, C251, C252, C253, C254, C255, C256,
}

#[test]
fn enumerations() {
    round_trip(&[SETTING], &[Setting::Automatic, Setting::Yes, Setting::No]);
    let names: String = (0..257).map(|number| format!(r#" "c{number}""#)).collect();
    round_trip(
        &[("many", &format!("(enum{names})"))],
        &[Many::C0, Many::C256, Many::C255],
    );
}

#[test]
fn a_case_that_is_none_is_a_trap() {
    let (mut store, instance) = instantiate::<Setting>(&component_with_ones(&[SETTING])).unwrap();
    let ones = instance
        .get_typed_func::<(), (Setting,)>(&mut store, "ones")
        .unwrap();
    let trap = |error: Error| *error.downcast_ref::<Trap>().unwrap();
    let error = ones.call(&mut store, ()).unwrap_err();
    assert_eq!(trap(error), Trap::InvalidDiscriminant);
    let (mut store, instance) = instantiate::<Setting>(&component_with_ones(&[SETTING])).unwrap();
    let list = instance
        .get_typed_func::<(), (Vec<Setting>,)>(&mut store, "list-of-ones")
        .unwrap();
    let error = list.call(&mut store, ()).unwrap_err();
    assert_eq!(trap(error), Trap::InvalidDiscriminant);
}

flags! {
    /// What a program may do.
    Permissions {
        const READ;
        /// To write, and to create.
        const WRITE;
        #[component(name = "run")]
        const CAN_EXECUTE;
    }
}

const PERMISSIONS: (&str, &str) = ("permissions", r#"(flags "read" "write" "run")"#);

flags! {
    pub(crate) Nine { const A; const B; const C; const D; const E; const F; const G; const H; const I }
}

#[rustfmt::skip]
flags! {
    ThirtyTwo {
        const A0; const A1; const A2; const A3; const A4; const A5; const A6; const A7;
        const B0; const B1; const B2; const B3; const B4; const B5; const B6; const B7;
        const C0; const C1; const C2; const C3; const C4; const C5; const C6; const C7;
        const D0; const D1; const D2; const D3; const D4; const D5; const D6; const D7;
    }
}

#[test]
fn flags_of_each_size() {
    let all = Permissions::all();
    round_trip(
        &[PERMISSIONS],
        &[
            Permissions::empty(),
            all,
            Permissions::WRITE | Permissions::CAN_EXECUTE,
        ],
    );
    let nine = r#"(flags "a" "b" "c" "d" "e" "f" "g" "h" "i")"#;
    round_trip(&[("nine", nine)], &[Nine::I, Nine::A, Nine::all()]);
    let names: String = "abcd"
        .chars()
        .flat_map(|letter| (0..8).map(move |digit| format!(r#" "{letter}{digit}""#)))
        .collect();
    let values = [ThirtyTwo::all(), ThirtyTwo::D7 | ThirtyTwo::C0, ThirtyTwo::B7];
    round_trip(&[("flags", &format!("(flags{names})"))], &values);
}

#[test]
fn bits_that_are_no_flags_are_dropped() {
    let (mut store, instance) = instantiate::<Permissions>(&component_with_ones(&[PERMISSIONS])).unwrap();
    let ones = instance
        .get_typed_func::<(), (Permissions,)>(&mut store, "ones")
        .unwrap();
    assert_eq!(ones.call(&mut store, ()).unwrap(), (Permissions::all(),));
    let list = instance
        .get_typed_func::<(), (Vec<Permissions>,)>(&mut store, "list-of-ones")
        .unwrap();
    assert_eq!(list.call(&mut store, ()).unwrap().0, [Permissions::all()]);
}

#[test]
fn flags_are_sets() {
    let (read, write, run) = (Permissions::READ, Permissions::WRITE, Permissions::CAN_EXECUTE);
    assert_eq!(Permissions::default(), Permissions::empty());
    assert_eq!(read | write | run, Permissions::all());
    assert_eq!(!read, write | run);
    assert_eq!((read | write) & (write | run), write);
    assert_eq!((read | write) ^ (write | run), read | run);
    let mut set = read;
    set |= write;
    set ^= read;
    assert_eq!(set, write);
    set &= run;
    assert_eq!(set, Permissions::empty());
    assert!(Permissions::all().contains(read | run) && !read.contains(read | run));
    assert!(read.intersects(read | run) && !read.intersects(run) && read.contains(set));
    assert_eq!(Permissions::all().as_array(), [0b111]);
    assert_eq!(ThirtyTwo::D7.as_array(), [1 << 31]);
    assert_eq!(format!("{:?} {set:?}", !write), "(READ|CAN_EXECUTE) ()");
    assert_eq!(HashSet::from([read, read | read, write]).len(), 2);
}

#[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
#[component(record)]
struct Everything {
    permissions: Permissions,
    filters: Vec<Filter>,
    setting: Option<Setting>,
    either: (Setting, Filter),
    last: Result<Permissions, ()>,
}

#[test]
fn shapes_within_shapes() {
    let ty = r#"(record (field "permissions" $permissions) (field "filters" (list $filter))
      (field "setting" (option $setting)) (field "either" (tuple $setting $filter))
      (field "last" (result $permissions)))"#;
    let [first, rest @ ..] = filters();
    let values = [
        Everything {
            permissions: Permissions::READ,
            filters: rest.to_vec(),
            setting: Some(Setting::Automatic),
            either: (Setting::No, first),
            last: Ok(Permissions::all()),
        },
        Everything {
            permissions: Permissions::empty(),
            filters: vec![],
            setting: None,
            either: (Setting::Yes, Filter::None),
            last: Err(()),
        },
    ];
    round_trip(
        &[PERSON, FILTER, SETTING, PERMISSIONS, ("everything", ty)],
        &values,
    );
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct PersonRef<'a> {
    name: &'a str,
    age_in_years: u8,
    is_left_handed: &'a bool,
    r#type: char,
}

#[derive(ComponentType, Lower)]
#[component(variant)]
enum FilterRef<'a> {
    None,
    OnlySome(&'a [&'a str]),
    Ratio(f32),
    ThePerson(&'a PersonRef<'a>),
    Large(u64),
}

#[test]
fn borrowed_values_are_lowered() {
    let (mut store, instance) = instantiate::<Filter>(&(component(&[PERSON, FILTER]) + ")")).unwrap();
    let numbers = instance
        .get_typed_func::<(FilterRef<'_>,), ()>(&mut store, "numbers")
        .unwrap();
    let name = "Barbara".to_owned();
    let person_ref = PersonRef {
        name: &name,
        age_in_years: 200,
        is_left_handed: &true,
        r#type: 'ß',
    };
    let values = [
        FilterRef::ThePerson(&person_ref),
        FilterRef::OnlySome(&["x", &name]),
        FilterRef::Ratio(0.5),
        FilterRef::Large(1),
        FilterRef::None,
    ];
    for value in values {
        numbers.call(&mut store, (value,)).unwrap();
    }
    let expected = [
        Filter::Person(person("Barbara")),
        Filter::OnlySome(vec!["x".to_owned(), name]),
        Filter::Ratio(0.5),
        Filter::Large(1),
        Filter::None,
    ];
    assert_eq!(store.data(), &expected);
}

/// Names that the expansions must not use as they are.
#[deny(warnings)]
#[allow(dead_code)]
mod shadows {
    pub use ::transom as runtime;

    pub struct Option;
    pub struct Result;
    pub struct Copy;
    pub mod core {}
    pub mod transom {}

    #[derive(
        PartialEq,
        Debug,
        runtime::component::ComponentType,
        runtime::component::Lift,
        runtime::component::Lower,
    )]
    #[component(variant)]
    #[component(wasmtime_crate = runtime)]
    pub enum Odd {
        None,
        Some(u8),
        Ok(u8),
        #[deprecated]
        Err,
    }

    #[derive(
        PartialEq,
        Debug,
        runtime::component::ComponentType,
        runtime::component::Lift,
        runtime::component::Lower,
    )]
    #[component(record, transom_crate = self::runtime)]
    pub struct Names {
        #[deprecated]
        pub cx: u8,
        pub ty: u8,
        pub to: u8,
        pub offset: u8,
    }

    runtime::component::flags! {
        #[component(transom_crate = runtime)]
        #[derive(PartialOrd, Ord)]
        Bits {
            const A;
        }
    }
}

#[test]
#[allow(deprecated, reason = "the derives accept it")]
fn expansions_need_no_names() {
    use shadows::{Bits, Names, Odd};
    let ty = r#"(variant (case "none") (case "some" u8) (case "ok" u8) (case "err"))"#;
    round_trip(&[("odd", ty)], &[Odd::Ok(1), Odd::Err, Odd::None, Odd::Some(2)]);
    let ty = r#"(record (field "cx" u8) (field "ty" u8) (field "to" u8) (field "offset" u8))"#;
    let names = Names {
        cx: 1,
        ty: 2,
        to: 3,
        offset: 4,
    };
    round_trip(&[("names", ty)], &[names]);
    round_trip(&[("bits", r#"(flags "a")"#)], &[Bits::A, Bits::empty()]);
    assert!(Bits::empty() < Bits::A);
}

macro_rules! types {
    ($record:ident { $field:ident: $ty:ty } $variant:ident { $case:ident($payload:ty) }) => {
        #[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
        #[component(record)]
        struct $record {
            $field: $ty,
            other: $payload,
        }

        #[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
        #[component(variant)]
        enum $variant {
            $case($payload),
            Other($ty),
        }
    };
}

types!(Made { payload: Option<u8> } MadeToo { Case(Vec<u16>) });

#[test]
fn macros_make_types() {
    let ty = r#"(record (field "payload" (option u8)) (field "other" (list u16)))"#;
    let (payload, other) = (Some(7), vec![1, 2]);
    round_trip(&[("made", ty)], &[Made { payload, other }]);
    let ty = r#"(variant (case "case" (list u16)) (case "other" (option u8)))"#;
    round_trip(
        &[("made-too", ty)],
        &[MadeToo::Case(vec![3]), MadeToo::Other(None)],
    );
}

#[derive(ComponentType, Lift, Lower, PartialEq, Debug)]
#[component(enum)]
enum Capital {
    A,
    BC,
}

#[test]
fn capitals_are_the_same_names() {
    round_trip(&[("capital", r#"(enum "A" "BC")"#)], &[Capital::A, Capital::BC]);
    round_trip(&[("capital", r#"(enum "a" "bc")"#)], &[Capital::A, Capital::BC]);
}

/// Why a type is refused.
fn refusal<T: ComponentType + Lift + Lower + 'static>(types: &[(&str, &str)]) -> String {
    let text = component(types) + ")";
    let error = instantiate::<T>(&text).map(drop).unwrap_err();
    let imported = format!("{error:#}");
    let engine = Engine::default();
    let component = Component::new(&engine, text).unwrap();
    let mut linker = Linker::<()>::new(&engine);
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let exported = instance
        .get_typed_func::<(T,), ()>(&mut store, "numbers")
        .map(drop)
        .unwrap_err();
    let exported = format!("{exported:#}");
    let reason = exported.split_once("type mismatch at position 0: ").unwrap().1;
    assert!(imported.ends_with(reason), "{imported}\n{exported}");
    reason.to_owned()
}

#[test]
fn records_that_do_not_fit() {
    let one = |ty: &str| refusal::<One>(&[("one", ty)]);
    assert_eq!(one("(tuple s64)"), "expected `record`, found `tuple<s64>`");
    assert_eq!(
        one(r#"(record (field "value" s64) (field "b" u8))"#),
        "expected record of 1 fields, found 2 fields"
    );
    assert_eq!(
        one(r#"(record (field "values" s64))"#),
        "expected record field named `value`, found `values`"
    );
    assert_eq!(
        one(r#"(record (field "value" u64))"#),
        "type mismatch for field `value`: expected `s64`, found `u64`"
    );
    let inner = r#"(record (field "a" u8) (field "b" (list string)))"#;
    let outer = r#"(record (field "a" string) (field "b" $inner))"#;
    assert_eq!(
        refusal::<Pair<String, Pair2>>(&[("inner", inner), ("outer", outer)]),
        "type mismatch for field `b`: type mismatch for field `b`: expected `u32`, found `string`"
    );
}

#[derive(ComponentType, Lift, Lower, Clone)]
#[component(record)]
struct Pair2 {
    a: u8,
    b: Vec<u32>,
}

#[test]
fn variants_that_do_not_fit() {
    let either = |ty: &str| refusal::<Either<u8, String>>(&[("either", ty)]);
    assert_eq!(
        either(r#"(enum "left" "right")"#),
        "expected `variant`, found `enum { left, right }`"
    );
    assert_eq!(
        either(r#"(variant (case "left" u8))"#),
        "expected variant of 2 cases, found 1 cases"
    );
    assert_eq!(
        either(r#"(variant (case "left" u8) (case "up" string))"#),
        "expected variant case named `right`, found `up`"
    );
    assert_eq!(
        either(r#"(variant (case "left" u8) (case "right" char))"#),
        "type mismatch for case `right`: expected `string`, found `char`"
    );
    assert_eq!(
        either(r#"(variant (case "left") (case "right" string))"#),
        "case `left` has no type but one was expected"
    );
    assert_eq!(
        refusal::<Bare>(&[("bare", r#"(variant (case "this") (case "that" u8))"#)]),
        "case `that` has a type, but none was expected"
    );
}

#[test]
fn enumerations_and_flags_that_do_not_fit() {
    let setting = |ty: &str| refusal::<Setting>(&[("setting", ty)]);
    assert_eq!(
        setting(r#"(flags "yes" "no" "auto")"#),
        "expected `enum`, found `flags { yes, no, auto }`"
    );
    assert_eq!(setting(r#"(enum "yes" "no")"#), "expected 3 enum cases, found 2");
    assert_eq!(
        setting(r#"(enum "yes" "automatic" "no")"#),
        "expected enum case named `no`, found `automatic`"
    );
    let permissions = |ty: &str| refusal::<Permissions>(&[("permissions", ty)]);
    assert_eq!(
        permissions(r#"(enum "read")"#),
        "expected `flags`, found `enum { read }`"
    );
    assert_eq!(permissions(r#"(flags "read")"#), "expected 3 flags, found 1");
    assert_eq!(
        permissions(r#"(flags "read" "write" "execute")"#),
        "expected flag named `run`, found `execute`"
    );
}
