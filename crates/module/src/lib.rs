//! Modules: decoded, validated, and described for everything that comes after.
//!
//! [`Module::parse`] reads a binary once, from front to back. Each section is validated before anything is made of
//! it, so nothing in a [`Module`] refers to what isn't there; function bodies are validated last, and on all
//! cores. The bytes are never copied: bodies, data segments and names are ranges of them.
//!
//! Types are interned in the engine's registry as they are met. From there on a type is a
//! [`RegisteredType`](transom_types::RegisteredType) or its id, never an index of the module.
//!
//! The text format goes through [`text_to_binary`], and through [`encode_wat`] and [`encode_quote_wat`] for modules
//! in scripts.
#![forbid(unsafe_code)]

mod bodies;
mod const_expr;
mod convert;
mod decode;
mod demangle;
mod entities;
mod error;
mod hints;
mod index;
mod module;
mod names;
mod symbols;
mod text;
mod type_uses;

pub use bodies::{Bodies, FunctionBody, FunctionFacts, HotLocal, KnownBodies, TURNS};
pub use const_expr::{ConstExpr, ConstOp};
pub use demangle::Demangled;
pub use entities::{
    DataMode, DataSegment, ElementItems, ElementSegment, EntityIdx, Exports, Function, Global, Import,
    ImportCounts, SegmentMode, Table,
};
pub use error::{ModuleError, TextError};
pub use hints::BranchHint;
pub use index::*;
pub use module::{Bytes, IndexSpaces, Module, ModuleId, ParseTimes};
pub use names::NamesRef;
pub use symbols::{Budget, Debug, DebugReader, Entry, FrameSymbol, Metered, Place};
pub use text::{bytes_to_binary, bytes_to_component, encode_quote_wat, encode_wat, text_to_binary};
pub use wasmparser::{self, WasmFeatures};
pub use wast;

/// All features that this crate decodes and describes: WebAssembly 3.0 with threads and relaxed vector
/// instructions, and beyond it wide arithmetic, custom page sizes, legacy exceptions and the compact encoding of imports. Whatever is
/// not here is refused, even if [`Module::parse`] is asked for it.
pub const SUPPORTED_FEATURES: WasmFeatures = WasmFeatures::WASM3
    .union(WasmFeatures::THREADS)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::WIDE_ARITHMETIC)
    .union(WasmFeatures::CUSTOM_PAGE_SIZES)
    .union(WasmFeatures::LEGACY_EXCEPTIONS)
    .union(WasmFeatures::COMPACT_IMPORTS);
