//! The calls that an input is made of. Numbers choose among what there is, by their remainder.

use arbitrary::Arbitrary;

/// A value to pass.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Value {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
    NullFunc,
    NullExtern,
    NullAny,
    NullExn,
    /// A function among the items.
    Func(u8),
    /// A value that a call has returned.
    Known(u8),
}

/// One call, or a few that belong together.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Op {
    Engine {
        bits: u8,
    },
    DropEngine(u8),
    Store {
        engine: u8,
    },
    DropStore(u8),
    Module {
        engine: u8,
        which: u8,
    },
    DropModule(u8),
    Instantiate {
        store: u8,
        module: u8,
        imports: [u8; 4],
        any: bool,
    },
    Linker {
        engine: u8,
        shadowing: bool,
    },
    Define {
        linker: u8,
        store: u8,
        name: u8,
        item: u8,
    },
    DefineHost {
        linker: u8,
        name: u8,
        host: u8,
    },
    DefineInstance {
        linker: u8,
        store: u8,
        instance: u8,
    },
    LinkModule {
        linker: u8,
        store: u8,
        module: u8,
    },
    TrapUnknown {
        linker: u8,
        module: u8,
    },
    Link {
        linker: u8,
        store: u8,
        module: u8,
        before: bool,
    },
    Exports {
        store: u8,
        instance: u8,
    },
    Func {
        store: u8,
        host: u8,
    },
    Call {
        store: u8,
        item: u8,
        values: [Value; 3],
    },
    Typed {
        store: u8,
        item: u8,
        which: u8,
        value: i32,
    },
    Type {
        store: u8,
        item: u8,
    },
    Memory {
        store: u8,
        min: u8,
        max: Option<u8>,
        flags: u8,
    },
    GrowMemory {
        store: u8,
        item: u8,
        delta: u64,
    },
    Access {
        store: u8,
        item: u8,
        offset: u64,
        len: u16,
        write: bool,
    },
    Table {
        store: u8,
        ty: u8,
        min: u16,
        max: Option<u16>,
        value: Value,
    },
    GetElement {
        store: u8,
        item: u8,
        index: u64,
    },
    SetElements {
        store: u8,
        item: u8,
        index: u64,
        len: u64,
        value: Value,
    },
    GrowTable {
        store: u8,
        item: u8,
        delta: u64,
        value: Value,
    },
    CopyTable {
        store: u8,
        items: [u8; 2],
        starts: [u64; 2],
        len: u64,
    },
    Global {
        store: u8,
        ty: u8,
        mutable: bool,
        value: Value,
    },
    GetGlobal {
        store: u8,
        item: u8,
    },
    SetGlobal {
        store: u8,
        item: u8,
        value: Value,
    },
    External {
        store: u8,
        value: u32,
    },
    Structure {
        store: u8,
        ty: u8,
        values: [Value; 2],
    },
    Array {
        store: u8,
        ty: u8,
        value: Value,
        len: u32,
    },
    Small {
        store: u8,
        value: u32,
    },
    Object {
        store: u8,
        value: u8,
        index: u32,
        set: Option<Value>,
    },
    Convert {
        store: u8,
        value: u8,
    },
    Own {
        store: u8,
        value: u8,
    },
    Root {
        store: u8,
        owned: u8,
    },
    DropOwned(u8),
    Scope {
        store: u8,
        values: [Value; 2],
    },
    Tag {
        store: u8,
        ty: u8,
    },
    Exception {
        store: u8,
        item: u8,
        value: Value,
    },
    Gc(u8),
    Fuel {
        store: u8,
        fuel: u64,
    },
    Epoch {
        engine: u8,
    },
    Deadline {
        store: u8,
        ticks: u8,
        behavior: u8,
    },
    Interrupt(u8),
    Limits {
        store: u8,
        memory: u32,
        elements: u16,
        counts: u8,
        trap: bool,
    },
    Shared {
        engine: u8,
        min: u8,
        max: u8,
    },
    AccessShared {
        item: u8,
        offset: u64,
        len: u8,
        delta: u64,
        notify: bool,
    },
}
