//! Runs cases, and says what came out.

use crate::cases::{Carrier, Case, Origin, Outcome, Travel, Use};
use crate::model::{Ty, Universe};
use crate::support::{either, engine_of};
use crate::travel;
use std::collections::HashMap;
use transom::error::Context as _;
use transom::*;

/// What all cases have in common.
pub struct World {
    types: Universe,
    engine: Engine,
    definer: Module,
    /// Modules by their text; many cases share one.
    modules: HashMap<String, Result<Module, String>>,
}

/// Why something ended early, or what else went wrong.
enum Stop {
    Outcome(Outcome),
    Unexpected(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        let text = format!("{error:#}");
        if let Some(trap) = error.downcast_ref::<Trap>() {
            return Stop::Outcome(Outcome::Trap(*trap));
        }
        if text.contains("wrong type") || text.contains("tables do not match") {
            return Stop::Outcome(Outcome::Refused);
        }
        if text.contains("incompatible import type") {
            return Stop::Outcome(Outcome::Unlinkable);
        }
        Stop::Unexpected(text)
    }
}

/// One store with what a group of cases needs.
struct Scene<'a> {
    case: &'a Case,
    store: Store<()>,
    /// The function that travels.
    func: Option<Func>,
    definer: Instance,
}

/// Whether two cases differ in their use alone.
pub fn same_module(a: &Case, b: &Case) -> bool {
    let key = |case: &Case| Case {
        usage: Use::HostCall,
        ..*case
    };
    format!("{:?}", key(a)) == format!("{:?}", key(b))
}

impl World {
    pub fn new(types: Universe, tiers: Tiers) -> Result<World> {
        let engine = engine_of(tiers)?;
        let definer = Module::new(&engine, travel::definer(&types)).expect("the defining module is valid");
        Ok(World {
            types,
            engine,
            definer,
            modules: HashMap::new(),
        })
    }

    fn module(&mut self, text: String) -> Result<Module, Stop> {
        let compile = || Module::new(&self.engine, &text).map_err(|error| format!("{error:#}"));
        let module = self.modules.entry(text.clone()).or_insert_with(compile);
        module
            .clone()
            .map_err(|error| match error.contains("type mismatch") {
                true => Stop::Outcome(Outcome::Invalid),
                false => Stop::Unexpected(error),
            })
    }

    /// What comes out of cases that differ in their use alone.
    pub fn run(&mut self, group: &[Case]) -> Vec<Result<Outcome, String>> {
        let invalid = |case: &Case| case.expected(&self.types) == Outcome::Invalid;
        let (rejected, accepted): (Vec<&Case>, Vec<&Case>) = group.iter().partition(|case| invalid(case));
        let uses: Vec<Use> = accepted.iter().map(|case| case.usage).collect();
        let mut outcomes = HashMap::new();
        for case in rejected {
            outcomes.insert(case.usage, self.validate(case));
        }
        let scene = self.set_up(&group[0], &uses);
        match scene {
            Ok((mut scene, instance)) => {
                for case in accepted {
                    let outcome = scene.use_value(&self.types, instance, case.usage);
                    outcomes.insert(case.usage, outcome.map(|()| Outcome::Value));
                }
            }
            Err(stop) => {
                let stop = |()| match &stop {
                    Stop::Outcome(outcome) => Stop::Outcome(*outcome),
                    Stop::Unexpected(text) => Stop::Unexpected(text.clone()),
                };
                outcomes.extend(accepted.iter().map(|case| (case.usage, Err(stop(())))));
            }
        }
        let outcome = |case: &Case| match outcomes.remove(&case.usage).expect("every case was run") {
            Ok(outcome) | Err(Stop::Outcome(outcome)) => Ok(outcome),
            Err(Stop::Unexpected(text)) => Err(text),
        };
        group.iter().map(outcome).collect()
    }

    /// Checks a module that should not be valid, without compiling it.
    fn validate(&self, case: &Case) -> Result<Outcome, Stop> {
        let text = travel::user(&self.types, case, &[case.usage]);
        let binary = wat::parse_str(&text).map_err(|error| Stop::Unexpected(error.to_string()))?;
        match Module::validate(&self.engine, &binary) {
            Ok(()) => Ok(Outcome::Value),
            Err(error) if format!("{error:#}").contains("type mismatch") => Ok(Outcome::Invalid),
            Err(error) => Err(Stop::Unexpected(format!("{error:#}"))),
        }
    }

    /// Lets the value travel.
    fn set_up<'a>(&mut self, case: &'a Case, uses: &[Use]) -> Result<(Scene<'a>, Instance), Stop> {
        let user = self.module(travel::user(&self.types, case, uses))?;
        let mut store = either::store(&self.engine)?;
        let definer = either::instance(&mut store, &self.definer, &[])?;
        let mut scene = Scene {
            case,
            store,
            func: None,
            definer,
        };
        scene.func = scene.make_function(&self.types)?;
        let mut linker = Linker::new(&self.engine);
        if let Some(func) = scene.func {
            linker.define(&scene.store, "a", "f", func)?;
        }
        match case.travel {
            Travel::Chain => self.link_chain(&mut scene, &mut linker)?,
            Travel::ImportedTable | Travel::VarGlobal => {
                let provider = self.module(travel::provider(&self.types, case))?;
                let provider = either::link(&linker, &mut scene.store, &provider)?;
                linker.instance(&mut scene.store, "p", provider)?;
            }
            _ => scene.provide(&mut linker)?,
        }
        let instance = if matches!(case.travel, Travel::Import | Travel::ActiveSegment) {
            let imports: Vec<Extern> = user
                .imports()
                .filter_map(|import| linker.get_by_import(&mut scene.store, &import))
                .collect();
            either::instance(&mut scene.store, &user, &imports)?
        } else {
            either::link(&linker, &mut scene.store, &user)?
        };
        scene.put(instance)?;
        Ok((scene, instance))
    }

    /// Sends the function through three modules, each of which knows it by a supertype of what the last one did.
    fn link_chain(&mut self, scene: &mut Scene<'_>, linker: &mut Linker<()>) -> Result<(), Stop> {
        linker.allow_shadowing(true);
        let mut name = scene.case.actual;
        for variant in 0..3 {
            name = self.types.get(name).supertype.unwrap_or(name);
            let module = self.module(travel::chain_link(&self.types, name, variant))?;
            let instance = either::link(linker, &mut scene.store, &module)?;
            linker.instance(&mut scene.store, "a", instance)?;
        }
        Ok(())
    }
}

impl Scene<'_> {
    fn ty(&self, name: &str) -> FuncType {
        let func = self
            .definer
            .get_func(&self.store, name)
            .expect("there is a function of each type");
        func.ty(&self.store)
    }

    fn ref_type(&self, name: &str) -> RefType {
        RefType::new(true, HeapType::ConcreteFunc(self.ty(name)))
    }

    fn carrier(&self) -> RefType {
        match self.case.carrier {
            Carrier::FuncRef => RefType::FUNCREF,
            Carrier::Concrete(name) => self.ref_type(name),
        }
    }

    fn make_function(&mut self, types: &Universe) -> Result<Option<Func>> {
        let (actual, number) = (self.case.actual, types.number(self.case.actual));
        Ok(Some(match self.case.origin {
            Origin::Null => return Ok(None),
            Origin::Wasm => self.definer.get_func(&self.store, actual).context("exported")?,
            Origin::Wrapped if actual == "u" => {
                Func::wrap(&mut self.store, move |x: i64| x + i64::from(number))
            }
            Origin::Wrapped => Func::wrap(&mut self.store, move |x: i32| x + number),
            Origin::Host => {
                let ty = self.ty(actual);
                Func::new(&mut self.store, ty, move |_, params, results| {
                    if let Some(result) = results.first_mut() {
                        *result = match params[0] {
                            Val::I32(x) => Val::I32(x + number),
                            Val::I64(x) => Val::I64(x + i64::from(number)),
                            _ => Val::FuncRef(None),
                        };
                    }
                    Ok(())
                })
            }
        }))
    }

    /// Makes what the host contributes.
    fn provide(&mut self, linker: &mut Linker<()>) -> Result<()> {
        use Travel::*;
        let (value, null) = (Ref::Func(self.func), Ref::Func(None));
        let (carrier, actual) = (self.carrier(), self.ref_type(self.case.actual));
        let global = |ty: RefType, mutability| GlobalType::new(ValType::Ref(ty), mutability);
        let store = &mut self.store;
        match self.case.travel {
            HostTableNew | HostTableSet | HostTableGrow | HostTableFill | HostTableCopy => {
                let empty = self.case.travel == HostTableGrow;
                let init = if self.case.travel == HostTableNew {
                    value
                } else {
                    null
                };
                let ty = TableType::new(carrier, if empty { 0 } else { 1 }, None);
                let table = Table::new(&mut *store, ty, init)?;
                match self.case.travel {
                    HostTableSet => table.set(&mut *store, 0, value)?,
                    HostTableGrow => drop(table.grow(&mut *store, 1, value)?),
                    HostTableFill => table.fill(&mut *store, 0, value, 1)?,
                    HostTableCopy => {
                        let source = Table::new(&mut *store, TableType::new(actual, 1, None), value)?;
                        Table::copy(&mut *store, &table, 0, &source, 0, 1)?;
                    }
                    _ => {}
                }
                linker.define(store, "p", "t", table)?;
            }
            ConstGlobal | HostGlobalNew => {
                let ty = if self.case.travel == ConstGlobal {
                    actual
                } else {
                    carrier
                };
                let global = Global::new(&mut *store, global(ty, Mutability::Const), value.into())?;
                linker.define(store, "p", "g", global)?;
            }
            HostGlobalSet => {
                let global = Global::new(&mut *store, global(carrier, Mutability::Var), null.into())?;
                global.set(&mut *store, value.into())?;
                linker.define(store, "p", "g", global)?;
            }
            HostResult => {
                let ty = FuncType::new(store.engine(), [], [ValType::Ref(carrier)]);
                linker.func_new("h", "make", ty, move |_, _, results| {
                    results[0] = value.into();
                    Ok(())
                })?;
            }
            RoundTrip => {
                let ty = FuncType::new(store.engine(), [ValType::FUNCREF], [ValType::Ref(carrier)]);
                linker.func_new("h", "id", ty, |_, params, results| {
                    results[0] = params[0];
                    Ok(())
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Hands the value over as a parameter, if that is how it travels.
    fn put(&mut self, instance: Instance) -> Result<()> {
        let Some(put) = instance.get_func(&self.store, "put") else {
            return Ok(());
        };
        match self.case.travel {
            Travel::TypedParam => {
                let put = put.typed::<Option<Func>, ()>(&self.store)?;
                either::call_typed(put, &mut self.store, self.func)
            }
            _ => either::call(put, &mut self.store, &[Val::FuncRef(self.func)], &mut []),
        }
    }

    fn use_value(&mut self, types: &Universe, instance: Instance, usage: Use) -> Result<(), Stop> {
        if usage == Use::HostCall {
            return self.call_from_host(types, instance);
        }
        let outcome = self.call_export(types, instance, &format!("{usage:?}"));
        let direct = match usage.passes_null() {
            None => format!("{usage:?}").replace("CallIndirect", "Direct"),
            Some(_) => format!("Own{usage:?}"),
        };
        if usage.is_static() || instance.get_func(&self.store, &direct).is_none() {
            return outcome;
        }
        // Through the table that it came in, or with the static type that it came with, the same has to happen.
        let also = self.call_export(types, instance, &direct);
        let text = |outcome: &Result<(), Stop>| match outcome {
            Ok(()) => "a value".to_owned(),
            Err(Stop::Outcome(outcome)) => format!("{outcome:?}"),
            Err(Stop::Unexpected(text)) => text.clone(),
        };
        match text(&outcome) == text(&also) {
            true => outcome,
            false => Err(Stop::Unexpected(format!(
                "{} but {} in its own table, or by its own type",
                text(&outcome),
                text(&also)
            ))),
        }
    }

    fn call_export(&mut self, types: &Universe, instance: Instance, name: &str) -> Result<(), Stop> {
        let func = instance.get_func(&self.store, name).context("exported")?;
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        either::call(func, &mut self.store, &[], &mut results)?;
        self.check(types, &results)
    }

    /// Whether the results are those of the function that travelled.
    fn check(&self, types: &Universe, results: &[Val]) -> Result<(), Stop> {
        let number = types.number(self.case.actual);
        let right = match (types.get(self.case.actual).results, results) {
            ([Ty::I32], [Val::I32(value)]) => *value == 100 + number,
            ([Ty::I64], [Val::I64(value)]) => *value == 100 + i64::from(number),
            ([_], [Val::FuncRef(None)]) => true,
            _ => false,
        };
        if right {
            Ok(())
        } else {
            Err(Stop::Unexpected(format!("the results {results:?}")))
        }
    }

    /// The host gets the reference: it is the same function, of the same type as ever, and can be called.
    fn call_from_host(&mut self, types: &Universe, instance: Instance) -> Result<(), Stop> {
        let get = instance.get_func(&self.store, "get").context("exported")?;
        let mut found = [Val::I32(0)];
        either::call(get, &mut self.store, &[], &mut found)?;
        let typed = get.typed::<(), Option<Func>>(&self.store)?;
        let typed = either::call_typed(typed, &mut self.store, ())?;
        if found[0].funcref().map(Option::<&Func>::copied) != Some(self.func) || typed != self.func {
            return Err(Stop::Unexpected(format!(
                "another function: {found:?}, {typed:?}"
            )));
        }
        let Some(func) = self.func else { return Ok(()) };
        let ty = func.ty(&self.store);
        if !FuncType::eq(&ty, &self.ty(self.case.actual)) {
            return Err(Stop::Unexpected(format!("another type: {ty}")));
        }
        let argument = match types.get(self.case.actual).params {
            [Ty::I32] => Val::I32(100),
            [Ty::I64] => Val::I64(100),
            _ => Val::FuncRef(None),
        };
        let mut results = [Val::I32(0)];
        either::call(func, &mut self.store, &[argument], &mut results)?;
        self.check(types, &results)?;
        if let Val::I32(_) = argument {
            let func = func.typed::<i32, i32>(&self.store)?;
            let result = either::call_typed(func, &mut self.store, 100)?;
            self.check(types, &[Val::I32(result)])?;
        }
        Ok(())
    }
}
