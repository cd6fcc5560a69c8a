//! The macros that implement [`ComponentType`](trait@super::ComponentType), [`Lift`](trait@super::Lift) and
//! [`Lower`](trait@super::Lower).

/// Derives the trait [`ComponentType`](trait@crate::component::ComponentType) for a structure or an enumeration.
///
/// The attribute `#[component(...)]` says which type of a component it stands for. Parameters of the Rust type implement the trait, too.
///
/// # Records
///
/// A `struct` with named fields stands for a record. Fields are in the same order, and have the same names: by default the Rust name in
/// kebab-case.
///
/// ```
/// use transom::component::ComponentType;
///
/// // record color { red: u8, green-ish: u8, b: u8 }
/// #[derive(ComponentType)]
/// #[component(record)]
/// struct Color {
///     red: u8,
///     green_ish: u8,
///     #[component(name = "b")]
///     blue: u8,
/// }
/// ```
///
/// # Variants
///
/// An `enum` stands for a variant, if each of its cases has one field without a name, or none.
///
/// ```
/// use transom::component::ComponentType;
///
/// // variant filter { all, none, only-some(list<string>) }
/// #[derive(ComponentType)]
/// #[component(variant)]
/// enum Filter {
///     All,
///     None,
///     OnlySome(Vec<String>),
/// }
/// ```
///
/// # Enumerations
///
/// An `enum` whose cases have no fields may stand for an enumeration. A `#[repr(...)]` changes nothing.
///
/// ```
/// use transom::component::ComponentType;
///
/// // enum setting { yes, no, auto }
/// #[derive(ComponentType)]
/// #[component(enum)]
/// enum Setting {
///     Yes,
///     No,
///     #[component(name = "auto")]
///     Automatic,
/// }
/// ```
///
/// # The path of this crate
///
/// The expansion names items of `::transom`. `#[component(transom_crate = path)]` says where else the crate is found; `wasmtime_crate` is
/// another name for that.
///
/// ```
/// mod runtime {
///     pub use transom::*;
/// }
///
/// #[derive(runtime::component::ComponentType)]
/// #[component(record)]
/// #[component(transom_crate = crate::runtime)]
/// struct Point {
///     x: f64,
///     y: f64,
/// }
/// # fn main() {}
/// ```
pub use transom_component_macro::ComponentType;

/// Derives the trait [`Lift`](trait@crate::component::Lift), so that values can be read from a component. It goes together with
/// [`ComponentType`](macro@crate::component::ComponentType), which describes the attributes.
///
/// ```
/// use transom::component::{Component, ComponentType, Lift, Linker};
/// use transom::{Engine, Result, Store};
///
/// #[derive(ComponentType, Lift, PartialEq, Debug)]
/// #[component(enum)]
/// enum Light {
///     Red,
///     Green,
/// }
///
/// fn main() -> Result<()> {
///     let engine = Engine::default();
///     let component = Component::new(&engine, r#"(component
///         (type $light' (enum "red" "green"))
///         (export $light "light" (type $light'))
///         (core module $m (func (export "now") (result i32) (i32.const 1)))
///         (core instance $i (instantiate $m))
///         (func (export "now") (result $light) (canon lift (core func $i "now"))))"#)?;
///     let mut store = Store::new(&engine, ());
///     let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
///     let now = instance.get_typed_func::<(), (Light,)>(&mut store, "now")?;
///     assert_eq!(now.call(&mut store, ())?, (Light::Green,));
///     Ok(())
/// }
/// ```
pub use transom_component_macro::Lift;

/// Derives the trait [`Lower`](trait@crate::component::Lower), so that values can be passed to a component. It goes together with
/// [`ComponentType`](macro@crate::component::ComponentType), which describes the attributes.
///
/// ```
/// use transom::component::{Component, ComponentType, Linker, Lower};
/// use transom::{Engine, Result, Store};
///
/// #[derive(ComponentType, Lower)]
/// #[component(record)]
/// struct Size<T> {
///     width: T,
///     height: T,
/// }
///
/// fn main() -> Result<()> {
///     let engine = Engine::default();
///     let component = Component::new(&engine, r#"(component
///         (type $size' (record (field "width" u32) (field "height" u32)))
///         (export $size "size" (type $size'))
///         (core module $m
///             (func (export "area") (param i32 i32) (result i32) (i32.mul (local.get 0) (local.get 1))))
///         (core instance $i (instantiate $m))
///         (func (export "area") (param "size" $size) (result u32) (canon lift (core func $i "area"))))"#)?;
///     let mut store = Store::new(&engine, ());
///     let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
///     let area = instance.get_typed_func::<(Size<u32>,), (u32,)>(&mut store, "area")?;
///     assert_eq!(area.call(&mut store, (Size { width: 6, height: 7 },))?, (42,));
///     Ok(())
/// }
/// ```
pub use transom_component_macro::Lower;

/// Defines a type for flags, at most 32. It implements [`ComponentType`](trait@crate::component::ComponentType),
/// [`Lift`](trait@crate::component::Lift) and [`Lower`](trait@crate::component::Lower).
///
/// The type is public, unless its name has another visibility before it. Each flag is a constant. Its name in the component is the Rust name
/// in kebab-case, or the one that an attribute gives.
///
/// ```
/// use transom::component::flags;
///
/// // flags permissions { read, write, can-execute }
/// flags! {
///     Permissions {
///         const READ;
///         const WRITE;
///         #[component(name = "can-execute")]
///         const EXECUTE;
///     }
/// }
///
/// let mut permissions = Permissions::READ | Permissions::WRITE;
/// assert!(permissions.contains(Permissions::READ) && !permissions.contains(Permissions::all()));
/// permissions &= !Permissions::WRITE;
/// assert_eq!(permissions, Permissions::READ);
/// assert_eq!(format!("{:?}", permissions | Permissions::EXECUTE), "(READ|EXECUTE)");
/// assert!(!permissions.intersects(Permissions::EXECUTE));
/// assert_eq!(Permissions::empty(), Permissions::default());
/// assert_eq!(Permissions::all().as_array(), [0b111]);
/// ```
///
/// Attributes before the name and the constants belong to them. `#[component(transom_crate = path)]` before the name says where the crate
/// `transom` is found.
pub use transom_component_macro::flags;
