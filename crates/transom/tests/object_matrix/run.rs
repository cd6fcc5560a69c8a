//! Lets values travel, and looks at them where they arrive.

use crate::cases::{Case, Delivery, Travel};
use crate::everything;
use crate::model::{Actual, Heap, Universe};
use crate::support::{either, engine_of};
use crate::text::{PROBES, expected_probe};
use crate::travel;
use std::collections::HashMap;
use transom::error::Context as _;
use transom::*;

/// What all cases have in common.
pub struct World {
    types: Universe,
    engine: Engine,
    /// Makes values for the host to send.
    maker: Module,
    /// Modules by their text; many cases share one.
    modules: HashMap<String, Result<Module, String>>,
    /// How often each thing happened to a value.
    pub counts: HashMap<Delivery, usize>,
    pub cases: usize,
}

/// Why a value did not arrive.
enum Stop {
    Delivery(Delivery),
    Unexpected(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        let text = format!("{error:#}");
        if let Some(trap) = error.downcast_ref::<Trap>() {
            return Stop::Delivery(Delivery::Trap(*trap));
        }
        if text.contains("wrong type") {
            return Stop::Delivery(Delivery::Refused);
        }
        if text.contains("incompatible import type") {
            return Stop::Delivery(Delivery::Unlinkable);
        }
        Stop::Unexpected(text)
    }
}

/// One store, with the value and where it goes.
struct Scene<'a> {
    case: &'a Case,
    store: Store<()>,
    linker: Linker<()>,
    /// The value, if the host sends it.
    value: Val,
    /// The carrier's type, to the host.
    carrier: ValType,
}

impl World {
    pub fn new(types: Universe, tiers: Tiers) -> Result<World> {
        let engine = engine_of(tiers)?;
        let maker = Module::new(&engine, everything::maker(&types))?;
        Ok(World {
            types,
            engine,
            maker,
            modules: HashMap::new(),
            counts: HashMap::new(),
            cases: 0,
        })
    }

    fn module(&mut self, text: String) -> Result<Module, Stop> {
        let compile = || Module::new(&self.engine, &text).map_err(|error| format!("{error:#}"));
        let module = self.modules.entry(text.clone()).or_insert_with(compile);
        module
            .clone()
            .map_err(|error| match error.contains("type mismatch") {
                true => Stop::Delivery(Delivery::Invalid),
                false => Stop::Unexpected(error),
            })
    }

    /// Runs a case. `targets` are all that values under the same carrier are tested for.
    pub fn run(&mut self, case: &Case, targets: &[Heap]) -> Result<(), String> {
        let expected = case.delivery(&self.types);
        *self.counts.entry(expected).or_default() += 1;
        self.cases += 1;
        let found = match self.deliver(case, targets) {
            Ok((mut scene, instance)) => match scene.check(&self.types, instance) {
                Ok(cases) => {
                    self.cases += cases;
                    Delivery::Arrives
                }
                Err(error) => return Err(format!("{error:#}: {case:?}")),
            },
            Err(Stop::Delivery(delivery)) => delivery,
            Err(Stop::Unexpected(text)) => return Err(format!("expected {expected:?}, {text}: {case:?}")),
        };
        match found == expected {
            true => Ok(()),
            false => Err(format!("expected {expected:?}, found {found:?}: {case:?}")),
        }
    }

    fn scene<'a>(&mut self, case: &'a Case) -> Result<Scene<'a>, Stop> {
        let mut store = either::store(&self.engine)?;
        let mut linker = Linker::new(&self.engine);
        let host = ExternRef::new(&mut store, "the host's")?;
        let ty = GlobalType::new(ValType::EXTERNREF, Mutability::Const);
        let host = Global::new(&mut store, ty, host.into())?;
        linker.define(&store, "h", "x", host)?;
        let mut made = [Val::AnyRef(None)];
        if case.travel.is_of_host() {
            let maker = either::link(&linker, &mut store, &self.maker)?;
            let values = everything::all_values(&self.types);
            let index = values.iter().position(|&value| value == case.actual);
            let make = maker.get_func(&mut store, &index.context("there is one")?.to_string());
            either::call(make.context("exported")?, &mut store, &[], &mut made)?;
        }
        let carrier = self.carrier(case.carrier)?;
        Ok(Scene {
            case,
            store,
            linker,
            value: made[0],
            carrier,
        })
    }

    /// The type of nullable references to a heap type, as the host gets it of a module.
    fn carrier(&mut self, heap: Heap) -> Result<ValType, Stop> {
        let text = format!(
            r#"(module {} (global (export "g") {} (ref.null {})))"#,
            self.types.text(1),
            self.types.nullable(heap),
            self.types.heap_text(heap)
        );
        let module = self.module(text)?;
        let ty = module.get_export("g").and_then(|ty| ty.global().cloned());
        Ok(ty.context("exported")?.content().clone())
    }

    /// Lets the value travel: where it has arrived.
    fn deliver<'a>(&mut self, case: &'a Case, targets: &[Heap]) -> Result<(Scene<'a>, Instance), Stop> {
        let user = self.module(travel::user(&self.types, case, targets))?;
        let sender = travel::sender(&self.types, case)
            .map(|text| self.module(text))
            .transpose()?;
        let mut scene = self.scene(case)?;
        scene.provide_tag()?;
        scene.provide()?;
        let instance = match (case.travel, sender) {
            // Here the receiver is there first.
            (Travel::Param, Some(sender)) => {
                let instance = either::link(&scene.linker, &mut scene.store, &user)?;
                scene.linker.instance(&mut scene.store, "b", instance)?;
                let sender = either::link(&scene.linker, &mut scene.store, &sender)?;
                let send = sender.get_typed_func::<(), ()>(&mut scene.store, "send")?;
                either::call_typed(send, &mut scene.store, ())?;
                instance
            }
            (_, sender) => {
                if let Some(sender) = sender {
                    let sender = either::link(&scene.linker, &mut scene.store, &sender)?;
                    scene.linker.instance(&mut scene.store, "a", sender)?;
                }
                either::link(&scene.linker, &mut scene.store, &user)?
            }
        };
        scene.put(instance)?;
        // A value that only a cast lets in has arrived once it has passed.
        let get = instance.get_func(&mut scene.store, "get").context("exported")?;
        either::call(get, &mut scene.store, &[], &mut [Val::I32(0)])?;
        Ok((scene, instance))
    }
}

/// Passes a value as the Rust type that stands for the parameter's, or for all of its hierarchy if that is a defined one.
fn put_typed(store: &mut Store<()>, instance: Instance, value: Val, carrier: Heap) -> Result<()> {
    let any = value.unwrap_anyref().copied();
    let is_null = any.is_none();
    match carrier {
        Heap::Eq => {
            let value = any.map(|any| any.as_eqref(&*store)).transpose()?.flatten();
            put_as(store, instance, value, is_null)
        }
        Heap::I31 => {
            let value = any.map(|any| any.as_i31(&*store)).transpose()?.flatten();
            put_as(store, instance, value, is_null)
        }
        Heap::Struct => {
            let value = any.map(|any| any.as_struct(&*store)).transpose()?.flatten();
            put_as(store, instance, value, is_null)
        }
        Heap::Array => {
            let value = any.map(|any| any.as_array(&*store)).transpose()?.flatten();
            let owned = value
                .map(|array| array.to_owned_rooted(&mut *store))
                .transpose()?;
            put_as(store, instance, owned, is_null)
        }
        _ => put_as(store, instance, any, is_null),
    }
}

fn put_as<R>(store: &mut Store<()>, instance: Instance, value: Option<R>, is_null: bool) -> Result<()>
where
    Option<R>: WasmTy,
{
    ensure!(value.is_some() || is_null, "a reference of the wrong type");
    let put = instance.get_typed_func::<Option<R>, ()>(&mut *store, "put")?;
    either::call_typed(put, store, value)
}

impl Scene<'_> {
    fn tag_type(&self) -> TagType {
        TagType::new(FuncType::new(self.store.engine(), [self.carrier.clone()], []))
    }

    fn provide_tag(&mut self) -> Result<()> {
        if matches!(self.case.travel, Travel::Payload | Travel::HostPayload) {
            let ty = self.tag_type();
            let tag = Tag::new(&mut self.store, &ty)?;
            self.linker.define(&self.store, "b", "e", tag)?;
            if self.case.travel == Travel::HostPayload {
                let pre = ExnRefPre::new(&mut self.store, ExnType::from_tag_type(&ty)?);
                let exception = ExnRef::new(&mut self.store, &pre, &tag, &[self.value])?;
                let kept = exception.to_owned_rooted(&mut self.store)?;
                self.linker
                    .func_wrap("a", "send", move |mut caller: Caller<'_, ()>| -> Result<()> {
                        let exception = kept.to_rooted(&mut caller);
                        let mut context: StoreContextMut<'_, ()> = caller.as_context_mut();
                        context.throw(exception)
                    })?;
            }
        }
        Ok(())
    }

    /// Makes what the host contributes.
    fn provide(&mut self) -> Result<()> {
        use Travel::*;
        let Scene {
            case,
            store,
            linker,
            value,
            carrier,
        } = self;
        let (value, travel) = (*value, case.travel);
        let null = Val::AnyRef(None);
        match travel {
            HostResult => {
                let ty = FuncType::new(store.engine(), [], [carrier.clone()]);
                linker.func_new("a", "make", ty, move |_, _, results| {
                    results[0] = value;
                    Ok(())
                })?;
            }
            HostGlobalNew => {
                let ty = GlobalType::new(carrier.clone(), Mutability::Const);
                let global = Global::new(&mut *store, ty, value)?;
                linker.define(store, "a", "g", global)?;
            }
            HostGlobalSet => {
                let ty = GlobalType::new(carrier.clone(), Mutability::Var);
                let global = Global::new(&mut *store, ty, null)?;
                global.set(&mut *store, value)?;
                linker.define(store, "a", "g", global)?;
            }
            HostTableNew | HostTableSet | HostTableGrow | HostTableFill => {
                let (value, null) = (value.ref_().context("a reference")?, null.ref_().context("null")?);
                let init = if travel == HostTableNew { value } else { null };
                let count = if travel == HostTableGrow { 0 } else { 1 };
                let ty = TableType::new(carrier.unwrap_ref().clone(), count, None);
                let table = transom::Table::new(&mut *store, ty, init)?;
                match travel {
                    HostTableSet => table.set(&mut *store, 0, value)?,
                    HostTableGrow => drop(table.grow(&mut *store, 1, value)?),
                    HostTableFill => table.fill(&mut *store, 0, value, 1)?,
                    _ => {}
                }
                linker.define(store, "a", "t", table)?;
            }
            HostExtern => {
                let reference = match value.unwrap_anyref() {
                    Some(reference) => Some(ExternRef::convert_any(&mut *store, *reference)?),
                    None => None,
                };
                let ty = GlobalType::new(ValType::EXTERNREF, Mutability::Const);
                let global = Global::new(&mut *store, ty, reference.into())?;
                linker.define(store, "a", "g", global)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Hands the value over to an instance, if that is how it travels.
    fn put(&mut self, instance: Instance) -> Result<()> {
        let store = &mut self.store;
        match self.case.travel {
            Travel::HostParam => {
                let put = instance.get_func(&mut *store, "put").context("exported")?;
                either::call(put, &mut *store, &[self.value], &mut [])?;
            }
            Travel::TypedParam => {
                put_typed(store, instance, self.value, self.case.carrier)?;
            }
            Travel::HostField | Travel::HostElement => {
                let holder = instance.get_global(&mut *store, "holder").context("exported")?;
                let holder = holder.get(&mut *store);
                let holder = holder.unwrap_anyref().context("not null")?;
                if self.case.travel == Travel::HostField {
                    let holder = holder.unwrap_struct(&*store)?;
                    holder.set_field(&mut *store, 0, self.value)?;
                } else {
                    let holder = holder.unwrap_array(&*store)?;
                    holder.set(&mut *store, 1, self.value)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Tests the value that has arrived; in how many ways.
    fn check(&mut self, types: &Universe, instance: Instance) -> Result<usize> {
        let Case { actual, target, .. } = *self.case;
        let label = types.label(target);
        let mut call = |name: String, params: &[Val]| -> Result<Val> {
            let func = instance.get_func(&mut self.store, &name).context("exported")?;
            let mut found = [Val::I32(0)];
            either::call(func, &mut self.store, params, &mut found)?;
            Ok(found[0])
        };
        let arrived = call("get".to_owned(), &[])?;
        let found = call(format!("p_{label}"), &[])?.unwrap_i32() as u32;
        let expected = expected_probe(types, actual, target);
        ensure!(found == expected, "tests found {found:b}, not {expected:b}");
        let mut casts = Vec::new();
        for (name, nullable) in [("c", false), ("n", true), ("d", true)] {
            let params = if name == "d" { &[][..] } else { &[arrived][..] };
            casts.push((name, nullable, call(format!("{name}_{label}"), params)));
        }
        let count = casts.len();
        for (name, nullable, outcome) in casts {
            let has = types.has(actual, target, nullable);
            // The sender makes another one if it is asked again.
            let other = name == "d" && matches!(self.case.travel, Travel::Result | Travel::Payload);
            let right = match outcome {
                Ok(found) => has && (other || self.is_it(found, arrived)?),
                Err(error) => !has && error.downcast_ref::<Trap>() == Some(&Trap::CastFailure),
            };
            ensure!(right, "a cast, {nullable}");
        }
        self.is_what_it_was(types, arrived)?;
        Ok(PROBES as usize + count + 1)
    }

    fn is_it(&self, a: Val, b: Val) -> Result<bool> {
        match (a.unwrap_anyref(), b.unwrap_anyref()) {
            (None, None) => Ok(true),
            (Some(a), Some(b)) => Rooted::ref_eq(&self.store, a, b),
            _ => Ok(false),
        }
    }

    /// To the host the value is what was sent, of the type that it was made with.
    fn is_what_it_was(&mut self, types: &Universe, arrived: Val) -> Result<()> {
        let reference = arrived.unwrap_anyref().copied();
        let number = match (self.case.actual, reference) {
            (Actual::Null, None) => return Ok(()),
            (Actual::I31, Some(reference)) => {
                ensure!(
                    reference.unwrap_i31(&self.store)?.get_u32() == 5,
                    "another integer"
                );
                return Ok(());
            }
            (Actual::Host, Some(reference)) => {
                ensure!(reference.is_externref(&self.store)?, "no value of the host's");
                return Ok(());
            }
            (Actual::Object(number), Some(_)) => number,
            (actual, found) => bail!("{found:?} is not {actual:?}"),
        };
        let reference = reference.context("not null")?;
        let (mut kept, own) = (number, types.is_struct(number));
        if own {
            let fields: Vec<Val> = reference
                .unwrap_struct(&self.store)?
                .fields(&mut self.store)?
                .collect();
            if let Some(first) = fields.first() {
                kept = first.unwrap_i32() as usize;
            }
        } else {
            kept = reference.unwrap_array(&self.store)?.len(&self.store)? as usize;
        }
        ensure!(kept == number, "the object of type {kept}, not {number}");
        Ok(())
    }
}
