//! Components, so far without running them: whether one is valid, and which features of the component model there are.
//!
//! ```
//! # use transom::{component, Engine};
//! let engine = Engine::default();
//! let empty = b"\0asm\x0d\0\x01\0";
//! assert!(component::is_component(empty));
//! component::validate(empty, engine.get_wasm_features() | component::FROZEN)?;
//! # Ok::<(), component::Error>(())
//! ```

pub use transom_component::{Error, FROZEN, GATES, Gate, is_component, validate};
