//! Every value against every type: one module makes the values, another, which knows the types in another order, looks at them.

use crate::model::{Actual, Heap, Universe};
use crate::support::{either, engine_of};
use crate::text::{PROBES, expected_probe};
use std::collections::HashMap;
use transom::error::Context as _;
use transom::*;

/// Static types that a value of a type may have on its way to a test for it.
fn froms(types: &Universe, target: Heap) -> Vec<Heap> {
    let mut froms = vec![Heap::Any];
    if target != Heap::Any {
        froms.push(Heap::Eq);
    }
    if let Heap::Type(number) = target {
        froms.push(if types.is_struct(number) {
            Heap::Struct
        } else {
            Heap::Array
        });
        let mut root = number;
        while let Some(above) = types.supertype(root) {
            root = above;
        }
        froms.push(Heap::Type(root));
        froms.push(target);
    }
    froms
}

pub fn all_targets(types: &Universe) -> Vec<Heap> {
    let mut targets = vec![
        Heap::Any,
        Heap::Eq,
        Heap::I31,
        Heap::Struct,
        Heap::Array,
        Heap::None,
    ];
    targets.extend((0..types.types.len()).map(Heap::Type));
    targets
}

pub fn all_values(types: &Universe) -> Vec<Actual> {
    let mut values = vec![Actual::Null, Actual::I31, Actual::Host];
    values.extend((0..types.types.len()).map(Actual::Object));
    values
}

/// A module with a function for each value.
pub fn maker(types: &Universe) -> String {
    let mut text = format!(
        r#"(module {} (import "h" "x" (global $host externref))"#,
        types.text(0)
    );
    for (index, actual) in all_values(types).into_iter().enumerate() {
        text += &format!(
            r#"(func (export "{index}") (result anyref) {})"#,
            types.value_text(actual)
        );
    }
    text + ")"
}

fn user(types: &Universe) -> String {
    let mut text = format!("(module {}", types.text(1));
    for target in all_targets(types) {
        let label = types.label(target);
        for (index, from) in froms(types, target).into_iter().enumerate() {
            text += &types.probe(&format!("p{index}_{label}"), from, target);
        }
        text += &types.casts(&label, target);
        let heap = types.heap_text(target);
        text += &format!(
            r#"(func (export "t_{label}") (param (ref {heap})) (result anyref) (local.get 0))
               (func (export "u_{label}") (param (ref null {heap})) (result anyref) (local.get 0))"#
        );
    }
    text + ")"
}

/// A store with all values, and an instance with all tests.
pub struct World {
    types: Universe,
    store: Store<()>,
    user: Instance,
    values: Vec<(Actual, Val)>,
    functions: HashMap<String, Func>,
    /// How many cases there were, and in how many the value had the type.
    counts: (usize, usize),
    failures: Vec<String>,
}

impl World {
    pub fn new(types: Universe, tiers: Tiers) -> Result<World> {
        let engine = engine_of(tiers)?;
        let mut store = either::store(&engine)?;
        let host = ExternRef::new(&mut store, "the host's")?;
        let ty = GlobalType::new(ValType::EXTERNREF, Mutability::Const);
        let host = Global::new(&mut store, ty, host.into())?;
        let maker = Module::new(&engine, maker(&types))?;
        let maker = either::instance(&mut store, &maker, &[host.into()])?;
        let user = Module::new(&engine, user(&types))?;
        let user = either::instance(&mut store, &user, &[])?;
        let mut values = Vec::new();
        for (index, actual) in all_values(&types).into_iter().enumerate() {
            let make = maker
                .get_func(&mut store, &index.to_string())
                .context("exported")?;
            let mut made = [Val::I32(0)];
            either::call(make, &mut store, &[], &mut made)?;
            values.push((actual, made[0]));
        }
        // The types are told apart where the objects are now, too.
        store.gc(None).expect("nothing prevents a collection");
        Ok(World {
            types,
            store,
            user,
            values,
            functions: HashMap::new(),
            counts: (0, 0),
            failures: Vec::new(),
        })
    }

    fn function(&mut self, name: String) -> Func {
        let user = self.user;
        let store = &mut self.store;
        *self
            .functions
            .entry(name)
            .or_insert_with_key(|name| user.get_func(store, name).expect("exported"))
    }

    fn note(&mut self, right: bool, has: bool, what: impl FnOnce() -> String) {
        self.counts.0 += 1;
        self.counts.1 += usize::from(has);
        if !right {
            self.failures.push(what());
        }
    }

    /// Holds every value against every type; how many cases there were, and in how many the value had the type.
    pub fn run(mut self) -> Result<(usize, usize)> {
        for (actual, value) in self.values.clone() {
            for target in all_targets(&self.types) {
                self.probes(actual, value, target)?;
                for nullable in [false, true] {
                    self.cast(actual, value, (target, nullable))?;
                    self.take(actual, value, (target, nullable))?;
                }
                self.host_view(actual, value, target)?;
            }
        }
        let shown = self
            .failures
            .iter()
            .take(12)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n");
        ensure!(
            self.failures.is_empty(),
            "{} cases failed:\n{shown}",
            self.failures.len()
        );
        Ok(self.counts)
    }

    fn probes(&mut self, actual: Actual, value: Val, target: Heap) -> Result<()> {
        let label = self.types.label(target);
        let expected = expected_probe(&self.types, actual, target);
        for (index, from) in froms(&self.types, target).into_iter().enumerate() {
            let function = self.function(format!("p{index}_{label}"));
            let mut found = [Val::I32(0)];
            let outcome = either::call(function, &mut self.store, &[value], &mut found);
            let fits = self.types.has(actual, from, true);
            let found = outcome.is_ok().then(|| found[0].unwrap_i32() as u32);
            for bit in 0..PROBES {
                let right = match found {
                    Some(found) => fits && found >> bit & 1 == expected >> bit & 1,
                    None => !fits,
                };
                self.note(right, fits && expected >> bit & 1 != 0, || {
                    format!("{actual:?} from {from:?} to {target:?}: bit {bit}, found {found:?}, expected {expected:b}, {fits}")
                });
            }
        }
        Ok(())
    }

    fn cast(&mut self, actual: Actual, value: Val, target: (Heap, bool)) -> Result<()> {
        let refused = |error: &Error| error.downcast_ref::<Trap>() == Some(&Trap::CastFailure);
        self.pass(["n", "c"], (actual, value), target, refused)
    }

    /// The host passes the value as a parameter of the type.
    fn take(&mut self, actual: Actual, value: Val, target: (Heap, bool)) -> Result<()> {
        let refused = |error: &Error| format!("{error:#}").contains("wrong type");
        self.pass(["u", "t"], (actual, value), target, refused)
    }

    /// Calls the function that returns what it is given if it has a type; the name begins with the first of `prefixes`
    /// if the type is nullable. If the value does not have it, that is an error which `refused` knows.
    fn pass(
        &mut self,
        prefixes: [&str; 2],
        (actual, value): (Actual, Val),
        (target, nullable): (Heap, bool),
        refused: impl Fn(&Error) -> bool,
    ) -> Result<()> {
        let prefix = prefixes[usize::from(!nullable)];
        let function = self.function(format!("{prefix}_{}", self.types.label(target)));
        let mut found = [Val::I32(0)];
        let outcome = either::call(function, &mut self.store, &[value], &mut found);
        let has = self.types.has(actual, target, nullable);
        let right = match outcome {
            Ok(()) => has && self.same(value, found[0])?,
            Err(error) => !has && refused(&error),
        };
        self.note(right, has, || {
            format!("{prefix}: {actual:?} as {target:?}, {nullable}: {found:?}")
        });
        Ok(())
    }

    /// What the host's own types say.
    fn host_view(&mut self, actual: Actual, value: Val, target: Heap) -> Result<()> {
        let function = self.function(format!("t_{}", self.types.label(target)));
        let ty = function.ty(&self.store).param(0).context("it has one")?;
        let has = self.types.has(actual, target, false);
        let right = value.matches_ty(&self.store, &ty)? == has;
        self.note(right, has, || {
            format!("{actual:?} is of type {target:?} to the host")
        });
        let Some(reference) = value.unwrap_anyref() else {
            return Ok(());
        };
        let heap = ty.unwrap_ref().heap_type().clone();
        let right = reference.matches_ty(&self.store, &heap)? == has;
        self.note(right, has, || {
            format!("{actual:?} matches {target:?} to the host")
        });
        Ok(())
    }

    fn same(&self, a: Val, b: Val) -> Result<bool> {
        match (a.unwrap_anyref(), b.unwrap_anyref()) {
            (None, None) => Ok(true),
            (Some(a), Some(b)) => Rooted::ref_eq(&self.store, a, b),
            _ => Ok(false),
        }
    }
}
