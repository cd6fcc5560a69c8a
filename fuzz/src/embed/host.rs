//! What the host gives to programs: modules' texts, functions, data of stores.

use transom::{ArrayType, FieldType, Mutability, StorageType, Store, StructType, ValType, bail};
use transom::{
    Caller, Engine, ExnRef, ExnRefPre, ExnType, Extern, Func, FuncType, HeapType, Linker, RefType, Result,
    StoreLimits, Val,
};

/// A store's data.
pub struct Data {
    pub limits: StoreLimits,
    /// Calls of host functions that are active.
    pub depth: u32,
}

/// Names that items are imported and exported under.
pub const NAMES: [&str; 6] = ["f", "g", "memory", "table", "global", "tag"];

/// Texts of modules: each has something that another imports. All of them end.
pub const MODULES: [&str; 9] = [
    r#"(module (memory (export "memory") 1 4)
        (func (export "f") (param i32) (result i32)
            (i32.store (local.get 0) (i32.const 7)) (i32.load offset=65532 (local.get 0)))
        (func (export "g") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    r#"(module (import "a" "f" (func $f (param i32) (result i32))) (import "a" "memory" (memory 1))
        (import "a" "table" (table 1 funcref)) (import "a" "global" (global $g (mut i32)))
        (func $run (export "run") (param i32) (result i32) (local i32)
            (loop $again
                (global.set $g (call $f (local.get 1)))
                (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get 1) (i32.and (local.get 0) (i32.const 15)))))
            (i32.store8 (local.get 0) (local.get 1))
            (global.get $g))
        (func (export "indirect") (param i32) (result i32)
            (call_indirect (param i32) (result i32) (local.get 0) (local.get 0)))
        (elem declare func $run)
        (func (export "self") (param i32) (table.set (local.get 0) (ref.func $run)))
        (export "f" (func $f)) (export "table" (table 0)) (export "global" (global 0)))"#,
    r#"(module (type $list (struct (field (mut (ref null $list))) (field i32))) (type $bytes (array (mut i8)))
        (global (export "global") (mut anyref) (ref.null any))
        (table (export "table") 4 100 anyref)
        (func (export "f") (param i32) (result anyref) (local (ref null $list))
            (local.set 0 (i32.and (local.get 0) (i32.const 0xff)))
            (block $end (loop $again
                (br_if $end (i32.eqz (local.get 0)))
                (local.set 1 (struct.new $list (local.get 1) (local.get 0)))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br $again)))
            (local.get 1))
        (func (export "g") (param anyref) (result i32)
            (table.set (i32.const 1) (local.get 0)) (global.set 0 (local.get 0))
            (struct.get $list 1 (ref.cast (ref $list) (local.get 0))))
        (func (export "bytes") (param i32) (result (ref $bytes))
            (array.new_default $bytes (i32.and (local.get 0) (i32.const 0xffff)))))"#,
    r#"(module (type $t (func (param i32))) (import "a" "g" (func $g (param i32) (result i32)))
        (tag $tag (export "tag") (type $t))
        (func (export "f") (param i32) (result i32)
            (block $caught (result i32)
                (try_table (result i32) (catch $tag $caught) (call $g (local.get 0)))))
        (func (export "throw") (param i32) (throw $tag (local.get 0)))
        (func (export "any") (param i32) (result exnref)
            (block $caught (result exnref)
                (try_table (catch_all_ref $caught) (drop (call $g (local.get 0)))) (ref.null exn))))"#,
    r#"(module (func $f (export "f") (param i32) (result i32)
            (i32.add (call $f (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
        (func (export "g") (param i32) (result i32)
            (loop $again (result i32)
                (br_if $again (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))) (local.get 0))))"#,
    r#"(module (table (export "table") 10 externref) (global (export "global") (mut externref) (ref.null extern))
        (func (export "f") (param externref i32) (result externref)
            (table.set (local.get 1) (local.get 0))
            (drop (table.grow (local.get 0) (i32.and (local.get 1) (i32.const 0xff))))
            (table.get (i32.const 0)))
        (func (export "g") (param funcref) (result funcref) (local.get 0)))"#,
    r#"(module (memory (export "memory") 1) (data (i32.const 65530) "0123456789"))"#,
    r#"(module (memory (export "memory") i64 1 3) (global (export "global") (mut v128) (v128.const i64x2 1 2))
        (func (export "f") (param i64 v128) (result v128 i64 v128 f64 v128)
            (v128.store (local.get 0) (local.get 1))
            (v128.load (local.get 0)) (local.get 0) (local.get 1) (f64.const nan) (global.get 0)))"#,
    r#"(module (import "a" "f" (func $f (param i32) (result i32))) (import "a" "shared" (memory 1 4 shared))
        (global (export "global") (mut i32) (i32.const 0))
        (func $start (drop (call $f (i32.const 0)))) (start $start)
        (func (export "f") (param i32) (result i32) (i32.atomic.rmw.add (local.get 0) (i32.const 1))))"#,
];

/// The types of host functions, of tables and of globals that a number chooses.
pub fn reference(engine: &Engine, which: u8) -> RefType {
    let heap = match which % 15 {
        0 => HeapType::Func,
        1 => HeapType::Extern,
        2 => HeapType::Any,
        3 => HeapType::Eq,
        4 => HeapType::I31,
        5 => HeapType::Struct,
        6 => HeapType::Array,
        7 => HeapType::Exn,
        8 => HeapType::None,
        9 => HeapType::NoFunc,
        10 => HeapType::NoExtern,
        11 => HeapType::NoExn,
        12 => HeapType::ConcreteFunc(function(engine, 0)),
        13 => HeapType::ConcreteStruct(structure(engine, which)),
        _ => HeapType::ConcreteArray(array(engine, which)),
    };
    RefType::new(which < 0xc0, heap)
}

/// A type of values.
pub fn value(engine: &Engine, which: u8) -> ValType {
    match which % 16 {
        0 => ValType::I32,
        1 => ValType::I64,
        2 => ValType::F32,
        3 => ValType::F64,
        4 => ValType::V128,
        _ => ValType::Ref(reference(engine, which / 16)),
    }
}

/// A structure of two fields.
pub fn structure(engine: &Engine, which: u8) -> StructType {
    let storage = match which % 4 {
        0 => StorageType::I8,
        1 => StorageType::ValType(ValType::I64),
        2 => StorageType::ValType(ValType::ANYREF),
        _ => StorageType::ValType(ValType::V128),
    };
    let mutable = [Mutability::Const, Mutability::Var];
    let fields = [
        FieldType::new(Mutability::Var, storage),
        FieldType::new(
            mutable[usize::from(which / 4 % 2)],
            StorageType::ValType(ValType::FUNCREF),
        ),
    ];
    StructType::new(engine, fields).expect("types of this engine")
}

/// An array.
pub fn array(engine: &Engine, which: u8) -> ArrayType {
    let storage = match which % 4 {
        0 => StorageType::I16,
        1 => StorageType::ValType(ValType::I32),
        2 => StorageType::ValType(ValType::EXTERNREF),
        _ => StorageType::ValType(ValType::ANYREF),
    };
    ArrayType::new(engine, FieldType::new(Mutability::Var, storage))
}

/// The type of a host function.
pub fn function(engine: &Engine, which: u8) -> FuncType {
    let one = |ty: ValType| [ty];
    match which % 5 {
        0..=2 => FuncType::new(engine, one(ValType::I32), one(ValType::I32)),
        3 => FuncType::new(engine, one(ValType::ANYREF), one(ValType::EXTERNREF)),
        _ => {
            let all = [ValType::I64, ValType::V128, ValType::FUNCREF];
            FuncType::new(engine, all.clone(), [&all[..], &all[..]].concat())
        }
    }
}

/// A host function of a store.
pub fn make(store: &mut Store<Data>, which: u8) -> Func {
    match which {
        0x80.. => Func::wrap(store, |caller: Caller<'_, Data>, value: i32| {
            nested(caller, value)
        }),
        _ => {
            let ty = function(store.engine(), which);
            Func::new(store, ty, move |caller, params, results| {
                act(caller, which, params, results)
            })
        }
    }
}

/// A host function of a linker.
pub fn define(linker: &mut Linker<Data>, name: &str, which: u8) -> Result<()> {
    match which {
        0x80.. => linker.func_wrap("a", name, |caller: Caller<'_, Data>, value: i32| {
            nested(caller, value)
        })?,
        _ => {
            let ty = function(linker.engine(), which);
            linker.func_new("a", name, ty, move |caller, params, results| {
                act(caller, which, params, results)
            })?
        }
    };
    Ok(())
}

/// Calls the program that calls it, which may call it again.
fn nested(mut caller: Caller<'_, Data>, value: i32) -> Result<i32> {
    caller.data_mut().depth += 1;
    let result = match (caller.data().depth, caller.get_export("f")) {
        (0..4, Some(Extern::Func(func))) => {
            let mut results = vec![Val::I32(0); func.ty(&caller).results().len()];
            func.call(&mut caller, &[Val::I32(value)], &mut results)
        }
        _ => Ok(()),
    };
    caller.gc(None)?;
    caller.data_mut().depth -= 1;
    result.map(|()| value)
}

/// Does something to the program that calls it, and returns whatever it has.
fn act(mut caller: Caller<'_, Data>, which: u8, params: &[Val], results: &mut [Val]) -> Result<()> {
    let own = [
        caller.get_export("memory"),
        caller.get_export("tag"),
        caller.get_export("global"),
    ];
    match which / 5 % 6 {
        0 => {}
        1 => bail!("the host fails"),
        2 => std::panic::resume_unwind(Box::new("the host panics")),
        3 => caller.gc(None)?,
        4 => {
            if let [Some(Extern::Memory(memory)), ..] = own {
                let _ = memory
                    .grow(&mut caller, 1)
                    .map(|_| memory.data_mut(&mut caller).fill(which));
            }
        }
        _ => {
            if let [_, Some(Extern::Tag(tag)), _] = own {
                let ty = ExnType::from_tag_type(&tag.ty(&caller))?;
                let pre = ExnRefPre::new(&mut caller, ty);
                let exception = ExnRef::new(&mut caller, &pre, &tag, &[Val::I32(3)])?;
                return caller_throw(caller, exception);
            }
        }
    }
    // What is left of the results has the wrong type, or the right one.
    for (result, param) in results.iter_mut().zip(params.iter().cycle()) {
        *result = *param;
    }
    Ok(())
}

fn caller_throw(mut caller: Caller<'_, Data>, exception: transom::Rooted<ExnRef>) -> Result<()> {
    transom::AsContextMut::as_context_mut(&mut caller).throw(exception)
}
