//! Exception tags.

use crate::handle::Handle;
use crate::store::StoreOpaque;
use crate::{AsContext, AsContextMut, ExternType, TagType};
use transom_error::{Result, ensure};
use transom_vm::{Host, TagId};

/// An exception tag of a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Tag(pub(crate) Handle<TagId>);

impl Tag {
    /// Creates a tag, which is different from all other tags.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let tag = Tag::new(&mut store, &TagType::new(FuncType::new(&engine, [ValType::I32], [])))?;
    /// let module = Module::new(&engine, r#"(module (import "host" "error" (tag $e (param i32)))
    ///     (func (export "f") (throw $e (i32.const 7))))"#)?;
    /// let f = Instance::new(&mut store, &module, &[tag.into()])?.get_typed_func::<(), ()>(&mut store, "f")?;
    /// let error = f.call(&mut store, ()).unwrap_err();
    /// let exception = ExnRef::of_error(&mut store, &error)?.expect("an exception");
    /// assert!(Tag::eq(&exception.tag(&store)?, &tag, &store), "it is the host's tag");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The type belongs to another engine.
    pub fn new(mut store: impl AsContextMut, ty: &TagType) -> Result<Tag> {
        let store = store.as_context_mut().0;
        ensure!(
            crate::Engine::same(store.engine(), ty.ty().engine()),
            "the tag's type belongs to another engine than the store"
        );
        let id = store.store().add_tag(ty.ty().registered().clone());
        Ok(Tag(Handle::of(store.vm(), id)))
    }

    /// The type of the tag.
    ///
    /// # Panics
    ///
    /// If the tag belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> TagType {
        let store = store.as_context();
        let vm = store.0.vm();
        let ty = vm.extern_type(transom_vm::Extern::Tag(self.0.get_for_type(vm)));
        match ExternType::lift(store.engine(), &ty) {
            ExternType::Tag(ty) => ty,
            _ => unreachable!("the type of a tag"),
        }
    }

    /// Whether `a` and `b` are the same tag.
    pub fn eq(a: &Tag, b: &Tag, _store: impl AsContext) -> bool {
        a == b
    }
}
