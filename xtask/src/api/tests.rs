//! The comparison of the crates, and each of its steps on small sources.

use super::condition::Features;
use super::expand::Macro;
use super::list::List;
use super::tree::Crate;
use super::world::World;
use super::*;
use std::path::PathBuf;

/// The public names of a crate with these files.
fn names(files: &[(&str, &str)]) -> Vec<String> {
    let folder = folder();
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
        fs::write(path, text).expect("it can be written");
    }
    let features = Features::Only(BTreeSet::from(["std".to_owned()]));
    let read = Crate::read(&folder.join("lib.rs"), features).expect("the crate is well-formed");
    fs::remove_dir_all(&folder).expect("it is there");
    let mut world = World::default();
    world.crates.insert("test".to_owned(), read);
    members::names(&world, "test").into_iter().collect()
}

/// A folder that no other test uses.
fn folder() -> PathBuf {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("transom-api-{}-{number}", std::process::id()))
}

fn expanded(definition: &str, invocation: &str) -> Option<String> {
    let definition = Macro::parse(definition.parse().expect("tokens"));
    let tokens = definition.expand(invocation.parse().expect("tokens"))?;
    Some(tokens.to_string().replace(' ', ""))
}

#[test]
fn the_list_and_the_document_match_the_crates() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    match check(root, true) {
        Ok(current) => assert!(current, "`cargo xtask api` says what differs"),
        Err(Unavailable::Absent(error)) => {
            eprintln!("SKIPPED: no sources of the `wasmtime` crate; try: cargo xtask api\n{error}");
        }
        Err(Unavailable::Wrong(error)) => panic!("{error}"),
    }
}

#[test]
fn re_exports_are_followed() {
    let files = [
        (
            "lib.rs",
            "mod a; pub use a::*; pub use a::deep::Deep as Renamed; pub mod open { pub struct Inner; }",
        ),
        (
            "a.rs",
            "pub(crate) mod deep; pub struct Open; struct Closed; pub(crate) struct Ours;",
        ),
        (
            "a/deep.rs",
            "pub struct Deep; impl super::Open { pub fn of_open() {} fn own() {} } impl Deep { pub const C: u8 = 0; }",
        ),
    ];
    let expected = [
        "Open",
        "Open::of_open",
        "Renamed",
        "Renamed::C",
        "open",
        "open::Inner",
    ];
    assert_eq!(names(&files), expected);
}

#[test]
fn imports_may_form_circles() {
    let files = [
        (
            "lib.rs",
            "pub use inner::*; mod inner { pub use self::a::*; pub use self::b::*; mod a; mod b; }",
        ),
        (
            "inner/a.rs",
            "use crate::{A, B}; use super::super::*; pub struct A; impl B { pub fn of_b() {} }",
        ),
        (
            "inner/b.rs",
            "use crate::*; use crate::inner::a::*; pub struct B; impl From<B> for A {} impl A { pub fn of_a() {} }",
        ),
    ];
    assert_eq!(
        names(&files),
        ["A", "A::of_a", "B", "B::of_b", "impl From<B> for A"]
    );
}

#[test]
fn members_are_named() {
    let text = "
        #[derive(Clone, Debug)] pub enum E { A, #[doc(hidden)] B, #[cfg(feature = \"gone\")] C, #[cfg(feature = \"std\")] D }
        pub trait T { fn method(&self); #[doc(hidden)] fn hidden(); }
        pub struct R<T>(T); pub struct S { pub open: u8, closed: u8 }
        impl<T> R<T> { pub fn general() {} } impl R<S> { pub fn special() {} }
        impl T for u32 {} impl<T> From<S> for R<T> {} impl Private for S {}
        #[cfg(test)] pub fn test() {}";
    let expected = [
        "E",
        "E::A",
        "E::D",
        "R",
        "R::general",
        "R<S>::special",
        "S",
        "S::open",
        "T",
        "T::method",
        "impl Clone for E",
        "impl Debug for E",
        "impl From<S> for R",
        "impl T for u32",
    ];
    assert_eq!(names(&[("lib.rs", text)]), expected);
}

#[test]
fn macros_define_items_and_methods() {
    let text = "
        macro_rules! types { ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $($(#[$doc])* pub struct $name;)* } }
        types! { #[derive(Clone)] A, B, }
        macro_rules! getters { ($($name:ident -> $ty:ty;)*) => { $(pub fn $name(&self) -> $ty { x })* } }
        impl A { getters! { one -> Option<u8>; two -> (); } }
        #[macro_export] macro_rules! exported { () => {} }";
    let expected = ["A", "A::one", "A::two", "B", "exported", "impl Clone for A"];
    assert_eq!(names(&[("lib.rs", text)]), expected);
}

#[test]
fn repetitions_nest() {
    let nested = "($($a:ident [$($b:expr),*]);*) => { $($a ( $($b +)* );)* }";
    assert_eq!(
        expanded(nested, "x [1, 2 + 3]; y []").as_deref(),
        Some("x(1+2+3+);y();")
    );
    assert_eq!(expanded(nested, "x y"), None);
    let patterns = "($($x:pat, $y:literal;)*) => { $($y $x;)* }";
    assert_eq!(
        expanded(patterns, "A::B(_), 1; A { b: 2 }, 3;").as_deref(),
        Some("1A::B(_);3A{b:2};")
    );
    let rules = "(one $x:tt) => { $x } ; ($($x:tt)*) => { many $($x)* }";
    assert_eq!(expanded(rules, "one 1").as_deref(), Some("1"));
    assert_eq!(expanded(rules, "one 1 2").as_deref(), Some("manyone12"));
}

#[test]
fn the_list_is_exact() {
    let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    let reference = set(&[
        "A",
        "A::a",
        "B",
        "B::b",
        "B<A>::c",
        "impl Clone for A",
        "impl From<A> for B",
    ]);
    let ours = set(&["B", "B::c"]);
    let list = List::parse("# comment\nA\tabsent on purpose\nB::c\tno reason\n").expect("well-formed");
    let outcome = compare(&reference, &ours, &list);
    assert_eq!(outcome.missing, ["B::b"]);
    assert_eq!(outcome.present, ["B::c"]);
}

#[test]
fn lists_are_sorted_and_give_reasons() {
    for (text, expected) in [
        ("B\tx\nA\tx\n", "line 2: `A` is out of order"),
        ("A\tx\nA\tx\n", "line 2: `A` is out of order"),
        ("A x\n", "line 1: no tab between the name and the reason"),
        ("A\t \n", "line 1: `A` has no reason"),
    ] {
        assert_eq!(List::parse(text).expect_err(text), expected);
    }
}

#[test]
fn the_table_has_a_row_for_each_type_and_reason() {
    let list = List::parse("A\tx\nB::a\tasync\nB::b\tasync\nB::c\tpool\n").expect("well-formed");
    let table = document::table(&list);
    let rows: Vec<&str> = table.lines().skip(2).collect();
    assert_eq!(
        rows,
        [
            "| the crate | `A` | x |",
            "| `B` | `a`, `b` | async |",
            "| `B` | `c` | pool |"
        ]
    );
    let old = "text\n<!-- absent names, from xtask/api.txt -->\nold\n<!-- end of absent names -->\nmore\n";
    let new = document::replaced(old, &table).expect("it has the place");
    assert!(
        new.starts_with("text\n") && new.ends_with("more\n") && !new.contains("old"),
        "{new}"
    );
    assert_eq!(document::replaced(&new, &table).as_deref(), Some(new.as_str()));
    assert_eq!(document::replaced("no place", &table), None);
}
