//! What instances of a module need.

use super::Module;
use transom_error::Result;

/// The memories and tables that each instance of a module needs; see [`Module::resources_required`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ResourcesRequired {
    /// The number of memories that the module defines.
    pub num_memories: u32,
    /// The initial size of the largest of them, in pages of that memory. `None` if there is none.
    pub max_initial_memory_size: Option<u64>,
    /// The number of tables that the module defines.
    pub num_tables: u32,
    /// The initial number of elements of the largest of them. `None` if there is none.
    pub max_initial_table_size: Option<u64>,
}

impl Module {
    /// The memories and tables that an instance of the module needs. What the module imports is not included.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module
    ///     (import "env" "memory" (memory 100))
    ///     (memory 2) (memory 5) (table 10 funcref))"#)?;
    /// let required = module.resources_required();
    /// assert_eq!((required.num_memories, required.max_initial_memory_size), (2, Some(5)));
    /// assert_eq!((required.num_tables, required.max_initial_table_size), (1, Some(10)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn resources_required(&self) -> ResourcesRequired {
        let module = self.description();
        let memories = &module.memories[module.imported.memories as usize..];
        let tables = &module.tables[module.imported.tables as usize..];
        ResourcesRequired {
            num_memories: memories.len() as u32,
            max_initial_memory_size: memories.iter().map(|memory| memory.limits.min).max(),
            num_tables: tables.len() as u32,
            max_initial_table_size: tables.iter().map(|table| table.ty.limits.min).max(),
        }
    }

    /// Has nothing to do: the initial contents of memories that instances map copy-on-write are made with the module.
    ///
    /// ```
    /// # use transom::*;
    /// let module = Module::new(&Engine::default(), "(module (memory 1))")?;
    /// module.initialize_copy_on_write_image()?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// None.
    pub fn initialize_copy_on_write_image(&self) -> Result<()> {
        Ok(())
    }
}
