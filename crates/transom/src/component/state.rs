//! What a store knows of its components: their instances, handles and resource types, and the calls that borrow.

use super::compiled::Component;
use super::handles::{Handle, HandleTable};
use super::instance_types::InstanceTypes;
use super::resource_type::ResourceType;
use crate::unchecked::core_func::CoreFunc;
use crate::{Module, Trap, detail};
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use transom_component::types::FuncTypeIdx;
use transom_component::wiring::StringEncoding;
use transom_error::{Result, ensure, format_err};
use transom_vm::layout::VmComponentFlags;
use transom_vm::{FuncPtr, InstanceId, MemoryId, StoreId};

/// What a store knows of its components.
pub(crate) struct Components {
    /// Instances of components, with those inside of others.
    pub instances: Vec<InstanceState>,
    /// What was instantiated by the host.
    pub roots: Vec<Root>,
    /// Whether one of them has trapped: most never do, and then nothing has to be looked for.
    pub any_has_trapped: bool,
    /// Functions of components that have been asked for.
    pub lifted: Vec<Arc<Lifted>>,
    /// Resource types.
    pub resources: Vec<RuntimeResource>,
    /// Their positions.
    pub keys: HashMap<ResourceType, u32>,
    /// The calls that borrow, from outside to inside.
    pub scopes: Vec<Scope>,
    /// Handles that the host holds.
    pub host: HandleTable,
    /// How many bytes one call may make the host allocate.
    pub lift_limit: usize,
}

/// How many bytes one call may make the host allocate, if nobody says otherwise.
pub(crate) const DEFAULT_LIFT_LIMIT: usize = 128 << 20;

impl Default for Components {
    fn default() -> Components {
        Components {
            instances: Vec::new(),
            roots: Vec::new(),
            any_has_trapped: false,
            lifted: Vec::new(),
            resources: Vec::new(),
            keys: HashMap::new(),
            scopes: Vec::new(),
            host: HandleTable::default(),
            lift_limit: DEFAULT_LIFT_LIMIT,
        }
    }
}

/// A component that the host has instantiated.
pub(crate) struct Root {
    pub component: Component,
    pub types: Arc<InstanceTypes>,
    /// Its core instances, as many as there are so far.
    pub core: Vec<InstanceId>,
    /// Core functions that no module defines, as many as there are so far.
    pub trampolines: Vec<FuncPtr>,
    /// The positions in the store of its functions that have been asked for.
    pub lifts: Box<[Option<u32>]>,
    /// The position in the store of its first instance.
    pub first: u32,
    /// What it imports, by its leaves.
    pub imports: Box<[Imported]>,
    /// Other roots whose functions it imports.
    pub links: Vec<u32>,
    /// Whether a call ended early, so that its state may be inconsistent.
    pub flags: Arc<VmComponentFlags>,
}

/// What an import is that may be exported again.
#[derive(Clone)]
pub(crate) enum Imported {
    /// A function of a component, by its position in the store.
    Func(u32),
    Module(Module),
    /// What only the component itself can use.
    Other,
}

/// An instance of a component.
pub(crate) struct InstanceState {
    /// What of the host's it belongs to.
    pub root: u32,
    /// Whether it may call its imports now.
    pub flags: Arc<VmComponentFlags>,
    /// The numbers that the innermost call has for itself.
    pub context: [u32; 2],
    /// For how many reasons asynchronous calls must wait.
    pub backpressure: u16,
    pub handles: HandleTable,
}

impl InstanceState {
    /// Whether it may call its imports now.
    #[inline]
    pub fn may_leave(&self) -> bool {
        self.flags.may_not_leave.load(Ordering::Relaxed) == 0
    }

    /// Says whether it may call its imports from now on.
    #[inline]
    pub fn set_may_leave(&self, may: bool) {
        self.flags.may_not_leave.store(u8::from(!may), Ordering::Relaxed);
    }
}

/// The error for a call of what has trapped.
#[cold]
pub(crate) fn has_trapped() -> transom_error::Error {
    detail::detailed(
        Trap::CannotEnterComponent,
        "it trapped before, so its state may be inconsistent; instantiate the component again".to_owned(),
    )
}

/// A resource type of a store.
pub(crate) struct RuntimeResource {
    pub ty: ResourceType,
    /// The instance that has defined it, if none of the host did.
    pub instance: Option<u32>,
    /// Who is called with the representation of what is dropped.
    pub destructor: Option<CoreFunc>,
}

/// A call that borrows.
#[derive(Default)]
pub(crate) struct Scope {
    /// The handles that were lent to it: the instance, or the host, and the index.
    pub lent: Vec<(Option<u32>, u32)>,
    /// How many borrowed handles the callee has.
    pub borrows: u32,
}

/// How values are passed to or from an instance.
pub(crate) struct Options {
    pub types: Arc<InstanceTypes>,
    pub store: StoreId,
    /// The instance, by its position in the store.
    pub instance: u32,
    pub encoding: StringEncoding,
    pub memory: Option<MemoryId>,
    pub realloc: Option<CoreFunc>,
}

impl Options {
    /// For values that need no memory and no handles.
    pub fn none() -> Options {
        Options {
            types: Arc::new(InstanceTypes {
                component: Arc::default(),
                resources: Box::default(),
            }),
            store: StoreId::of_number(NonZeroU64::MAX),
            instance: 0,
            encoding: StringEncoding::default(),
            memory: None,
            realloc: None,
        }
    }
}

/// A function of a component.
pub(crate) struct Lifted {
    pub func: CoreFunc,
    pub ty: FuncTypeIdx,
    pub options: Arc<Options>,
    pub post_return: Option<CoreFunc>,
    /// Whether each call has numbers for itself.
    pub has_context: bool,
    /// Whether it is called, and nothing is to be done before or after a call that passes numbers only.
    pub is_plain: bool,
    /// What of the host's it belongs to.
    pub root: u32,
}

impl Components {
    pub fn instance(&mut self, instance: u32) -> &mut InstanceState {
        &mut self.instances[instance as usize]
    }

    /// The handles of an instance, or those of the host.
    pub fn handles(&mut self, instance: Option<u32>) -> &mut HandleTable {
        match instance {
            Some(instance) => &mut self.instance(instance).handles,
            None => &mut self.host,
        }
    }

    /// The position of a resource type, which is added if it is not there.
    pub fn resource_key(&mut self, ty: ResourceType) -> u32 {
        let key = self.resources.len() as u32;
        let known = *self.keys.entry(ty).or_insert(key);
        if known == key {
            self.resources.push(RuntimeResource {
                ty,
                instance: None,
                destructor: None,
            });
        }
        known
    }

    /// Whether an instance may call its imports now.
    ///
    /// # Errors
    ///
    /// It may not.
    #[inline]
    pub fn check_leave(&self, instance: u32) -> Result<()> {
        match self.instances[instance as usize].may_leave() {
            true => Ok(()),
            false => Err(Trap::CannotLeaveComponent.into()),
        }
    }

    /// Whether a root may be called.
    ///
    /// # Errors
    ///
    /// It has trapped.
    #[inline]
    pub fn check_enter(&self, root: u32) -> Result<()> {
        match self.roots[root as usize]
            .flags
            .has_trapped
            .load(Ordering::Relaxed)
        {
            0 => Ok(()),
            _ => Err(has_trapped()),
        }
    }

    /// Notes that a call into a root ended early, so that nobody calls it again, nor what it is linked with.
    #[cold]
    pub fn note_trap(&mut self, root: u32) {
        self.any_has_trapped = true;
        let mut next = vec![root];
        while let Some(root) = next.pop() {
            let root = &mut self.roots[root as usize];
            if root.flags.has_trapped.swap(1, Ordering::Relaxed) == 0 {
                next.extend(&root.links);
            }
        }
    }

    /// Checks that a handle is of a type.
    fn check_type(&self, index: u32, found: u32, expected: u32) -> Result<()> {
        if found == expected {
            return Ok(());
        }
        let who = |key: u32| self.resources[key as usize].ty.who();
        let different = match who(found) == who(expected) {
            true => "a different ",
            false => "a ",
        };
        Err(format_err!(
            "handle index {index} used with the wrong type, expected {} resource but found {different}{} resource",
            who(expected),
            who(found)
        ))
    }

    /// Takes an owned handle of a type away from an instance or the host: its representation.
    ///
    /// # Errors
    ///
    /// There is no such handle, or it is lent or borrowed.
    pub fn take_own(&mut self, instance: Option<u32>, index: u32, key: u32) -> Result<u32> {
        let handle = *self.handles(instance).get(index)?;
        self.check_type(index, handle.ty, key)?;
        ensure!(
            handle.scope.is_none(),
            "handle index {index} is borrowed, and only an owned handle can be given away"
        );
        Ok(self.handles(instance).remove(index)?.rep)
    }

    /// Lends a handle of a type to the innermost call: its representation.
    ///
    /// # Errors
    ///
    /// There is no such handle.
    pub fn lend(&mut self, instance: Option<u32>, index: u32, key: u32) -> Result<u32> {
        let handle = *self.handles(instance).get(index)?;
        self.check_type(index, handle.ty, key)?;
        let scope = self.scopes.last_mut().expect("a call that borrows has a scope");
        scope.lent.push((instance, index));
        let lends = &mut self.handles(instance).get_mut(index)?.lends;
        *lends = lends.checked_add(1).ok_or(Trap::ReferenceCountOverflow)?;
        Ok(handle.rep)
    }

    /// The representation of a handle.
    ///
    /// # Errors
    ///
    /// There is no such handle.
    pub fn rep(&mut self, instance: Option<u32>, index: u32, key: u32) -> Result<u32> {
        let handle = *self.handles(instance).get(index)?;
        self.check_type(index, handle.ty, key)?;
        Ok(handle.rep)
    }

    /// Takes any handle of a type out of a table, to be dropped. A borrowed one is given back to its call.
    ///
    /// # Errors
    ///
    /// There is no such handle, or it is lent.
    pub fn remove(&mut self, instance: Option<u32>, index: u32, key: u32) -> Result<Handle> {
        let handle = *self.handles(instance).get(index)?;
        self.check_type(index, handle.ty, key)?;
        self.handles(instance).remove(index)?;
        if let Some(scope) = handle.scope {
            self.scopes[scope as usize].borrows -= 1;
        }
        Ok(handle)
    }

    /// Begins a call of an instance: what the numbers were that the call around it has for itself.
    pub fn begin_call(&mut self, lifted: &Lifted) -> Option<[u32; 2]> {
        let instance = lifted.has_context.then(|| self.instance(lifted.options.instance));
        instance.map(|instance| std::mem::take(&mut instance.context))
    }

    /// Ends a call of an instance.
    pub fn end_call(&mut self, lifted: &Lifted, outer: Option<[u32; 2]>) {
        if let Some(outer) = outer {
            self.instance(lifted.options.instance).context = outer;
        }
    }

    /// Begins a call that borrows.
    pub fn push_scope(&mut self) {
        self.scopes.push(Scope::default());
    }

    /// Counts a borrowed handle for the innermost call that borrows: the call. `None` if there is none.
    pub fn count_borrow(&mut self) -> Option<u32> {
        let innermost = self.scopes.len().checked_sub(1)?;
        self.scopes[innermost].borrows += 1;
        Some(innermost as u32)
    }

    /// Ends the innermost call that borrows.
    ///
    /// # Errors
    ///
    /// The callee still has borrowed handles.
    pub fn pop_scope(&mut self) -> Result<()> {
        let scope = self.scopes.last().expect("a call that borrows has a scope");
        ensure!(
            scope.borrows == 0,
            "borrow handles still remain at the end of the call"
        );
        self.drop_scopes(self.scopes.len() - 1);
        Ok(())
    }

    /// Ends the innermost calls until so many are left, whatever they still have.
    pub fn drop_scopes(&mut self, left: usize) {
        while self.scopes.len() > left {
            let scope = self.scopes.pop().expect("there are more");
            for (instance, index) in scope.lent {
                // What is lent stays where it is.
                if let Ok(handle) = self.handles(instance).get_mut(index) {
                    handle.lends -= 1;
                }
            }
        }
    }
}
