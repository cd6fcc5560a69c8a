//! What a component's wiring refers to, in a store.

use crate::component::abi::shapes::lifted_core_type;
use crate::component::state::{Lifted, Options};
use crate::store::StoreOpaque;
use crate::unchecked::core_func::CoreFunc;
use crate::{Extern, Func};
use std::sync::Arc;
use transom_component::types::FlatType;
use transom_component::wiring::{self, CoreDef, InstanceIdx, LiftIdx};
use transom_error::{Result, bail, ensure, format_err};
use transom_types::Escaped;

/// The type of `realloc`.
const REALLOC: &[FlatType] = &[FlatType::I32; 4];

/// A core definition, which an earlier step has made.
pub(super) fn core(store: &dyn StoreOpaque, root: u32, def: &CoreDef) -> Result<Extern> {
    let root = &store.components().roots[root as usize];
    match def {
        CoreDef::Trampoline(index) => Ok(Func::of(root.trampolines[index.index()]).into()),
        CoreDef::Export(instance, name) => {
            let id = root.core[instance.index()];
            let export = Extern::exported(store.vm(), id, name);
            export.ok_or_else(|| format_err!("a core instance exports no `{}`", Escaped(name)))
        }
    }
}

pub(super) fn core_func(store: &dyn StoreOpaque, root: u32, def: &CoreDef) -> Result<Func> {
    match core(store, root, def)? {
        Extern::Func(func) => Ok(func),
        _ => bail!("a core definition is no function"),
    }
}

/// A core function that takes and gives numbers.
pub(super) fn numeric(
    store: &mut dyn StoreOpaque,
    root: u32,
    def: &CoreDef,
    (params, results): (&[FlatType], &[FlatType]),
) -> Result<CoreFunc> {
    let func = core_func(store, root, def)?;
    CoreFunc::new(store, func, params, results)
}

/// The options of a lifted or lowered function.
pub(super) fn options(
    store: &mut dyn StoreOpaque,
    root: u32,
    instance: InstanceIdx,
    options: &wiring::Options,
) -> Result<Arc<Options>> {
    let memory = match &options.memory {
        None => None,
        Some(def) => match core(store, root, def)? {
            Extern::Memory(memory) => {
                let id = memory.0.checked(store.vm())?;
                let ty = store.vm().memory(id).ty();
                ensure!(
                    !ty.index64,
                    "the memory of the canonical ABI has 32-bit addresses"
                );
                Some(id)
            }
            _ => bail!("the memory of the canonical ABI must not be shared"),
        },
    };
    let realloc = options.realloc.as_ref();
    let realloc = realloc
        .map(|def| numeric(store, root, def, (REALLOC, &[FlatType::I32])))
        .transpose()?;
    let known = &store.components().roots[root as usize];
    Ok(Arc::new(Options {
        types: known.types.clone(),
        store: store.vm().id(),
        instance: known.first + instance.0,
        encoding: options.encoding,
        memory,
        realloc,
    }))
}

/// The position in the store of a function of a component.
pub(super) fn lifted(store: &mut dyn StoreOpaque, root: u32, lift: LiftIdx) -> Result<u32> {
    let known = &store.components().roots[root as usize];
    if let Some(position) = known.lifts[lift.index()] {
        return Ok(position);
    }
    let description = known.component.description().clone();
    let lift_of = &description.lifts[lift.index()];
    let info = &description.types[lift_of.ty];
    ensure!(
        !lift_of.options.is_async,
        "functions that are lifted with the asynchronous ABI are not supported yet"
    );
    let (params, results) = lifted_core_type(info);
    let func = numeric(store, root, &lift_of.func, (&params, &results))?;
    let post_return = lift_of.options.post_return.as_ref();
    let post_return = post_return
        .map(|def| numeric(store, root, def, (&results, &[])))
        .transpose()?;
    let options = options(store, root, lift_of.instance, &lift_of.options)?;
    let has_context = description.with_context.contains(&lift_of.instance);
    let lifted = Lifted {
        is_plain: !has_context && post_return.is_none(),
        func,
        ty: lift_of.ty,
        options,
        post_return,
        has_context,
        root,
    };
    let components = store.components_mut();
    let position = components.lifted.len() as u32;
    components.lifted.push(Arc::new(lifted));
    components.roots[root as usize].lifts[lift.index()] = Some(position);
    Ok(position)
}
