//! Instantiates a component symbolically, which gives its [`Component`]: who calls whom, without the tree of components.
//!
//! A *frame* is one instance of one component in the binary. It has the index spaces of the component, filled with what the items stand for in
//! this instance, and a map from the validator's resources to those of the whole. A component that is instantiated twice has two frames, whose
//! resources are different ones. All imports of a frame are known, but for those of the outermost, which are leaves.
//!
//! Components can double with each level, so the number of items of all frames is bounded.

mod convert;
mod frame;
mod shared;
#[cfg(test)]
mod tests;

use crate::definitions::read;
use crate::validate::Error;
use crate::wiring::{Component, Entity, Exports};
use frame::Frame;
use shared::{Def, Defs, Flattening, MAX_ITEMS, refusal};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use wasmparser::WasmFeatures;

impl Component {
    /// Reads a component in the binary format, and validates it except for the bodies of functions in its modules.
    ///
    /// # Errors
    ///
    /// It is malformed or invalid, needs a feature that is off, imports a component, or has too many instances.
    pub fn new(binary: &[u8], features: WasmFeatures) -> Result<Component, Error> {
        let definitions = read(binary, features)
            .map_err(|error| error.with_gate(features, |features| read(binary, features).map(drop)))?;
        let mut flattening = Flattening {
            component: Component {
                modules: definitions.modules.clone(),
                ..Component::default()
            },
            definitions: &definitions,
            scopes: Vec::new(),
            imports: Vec::new(),
            items: 0,
            depth: 0,
        };
        let exports = Frame::instantiate(&mut flattening, 0, None, None)?;
        let mut component = flattening.component;
        let mut entities = Entities::default();
        let (imports, _) = entities.of(flattening.imports);
        let (exports, count) = entities.of(exports);
        if count > MAX_ITEMS {
            return Err(refusal(format!(
                "the component exports more than {MAX_ITEMS} items, counted in each instance that it exports"
            )));
        }
        (component.imports, component.exports) = (imports, exports);
        Ok(component)
    }
}

/// Instances that have been converted, by their addresses, with how many items they export, those of instances inside of them included.
/// Instances may export the same many times, so that whoever visits all would never be done.
#[derive(Default)]
struct Entities(HashMap<*const Defs, (Arc<Exports>, usize)>);

impl Entities {
    /// The entities of definitions, and how many there are.
    fn of(&mut self, defs: impl IntoIterator<Item = (Box<str>, Def)>) -> (Exports, usize) {
        let mut total = 0_usize;
        let exports = defs.into_iter().map(|(name, def)| {
            let (entity, count) = self.entity(&def);
            total = total.saturating_add(count);
            (name, entity)
        });
        (exports.collect(), total)
    }

    fn entity(&mut self, def: &Def) -> (Entity, usize) {
        let entity = match *def {
            Def::Func(func) => Entity::Func(func),
            Def::Module(module) => Entity::Module(module),
            Def::Component(_) => Entity::Component,
            Def::Resource(resource) => Entity::Resource(resource),
            Def::Type(ty) => Entity::Type(ty),
            Def::OtherType => Entity::OtherType,
            Def::Instance(ref defs) => {
                let address = Rc::as_ptr(defs);
                if let Some((exports, count)) = self.0.get(&address) {
                    return (Entity::Instance(exports.clone()), *count);
                }
                let defs = defs.iter().map(|(name, def)| (name.clone(), def.clone()));
                let (exports, count) = self.of(defs);
                let (exports, count) = (Arc::new(exports), count.saturating_add(1));
                self.0.insert(address, (exports.clone(), count));
                return (Entity::Instance(exports), count);
            }
        };
        (entity, 1)
    }
}
