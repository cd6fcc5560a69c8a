//! The description of a module that has a bit of everything.

use crate::*;
use std::sync::Arc;
use transom_types::{ExternType, GlobalType, HeapType, RefType, TypeRegistry, ValType};

fn parse(text: &str) -> Module {
    let bytes = text_to_binary(text, None).unwrap();
    Module::parse(&TypeRegistry::new(), Arc::new(bytes), SUPPORTED_FEATURES).unwrap()
}

const TEXT: &str = r#"(module
    (type $s (struct (field i32)))
    (type $a (array (mut i8)))
    (import "m" "f" (func $imported (param i32)))
    (import "m" "g" (global $ig i32))
    (import "m" "mem" (memory 1 2))
    (import "m" "t" (table 1 funcref))
    (import "m" "e" (tag))
    (func $plain (result i64) i64.const 1)
    (func $exported (export "run") (export "again") (param f32) (result f32)
        (loop (call $imported (i32.const 0))) (local.get 0))
    (func $in_elem) (func $in_global) (func $in_table) (func $in_expr) (func $started)
    (table $t2 2 4 (ref func) (ref.func $in_table))
    (memory $m2 (export "mem") i64 3)
    (global $g2 (mut funcref) (ref.func $in_global))
    (global $g3 (ref $s) (struct.new $s (i32.add (global.get $ig) (i32.const 2))))
    (global $g4 (ref $a) (array.new_fixed $a 2 (i32.const 1) (i32.const 2)))
    (global $g5 v128 (v128.const i8x16 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 128))
    (tag $e2 (param i32))
    (start $started)
    (elem (table $t2) (i32.const 1) func $in_elem $imported)
    (elem funcref (ref.func $in_expr) (ref.null func))
    (elem declare func $in_elem)
    (data (memory $m2) (i64.const 5) "abc")
    (data "def"))"#;

fn func(index: u32) -> FuncIdx {
    FuncIdx::from_u32(index)
}

#[test]
fn index_spaces() {
    let module = parse(TEXT);
    let expected = ImportCounts {
        functions: 1,
        tables: 1,
        memories: 1,
        globals: 1,
        tags: 1,
    };
    assert_eq!(module.imported, expected);
    assert_eq!(
        (
            module.functions.len(),
            module.bodies.len(),
            module.num_defined_functions()
        ),
        (8, 7, 7)
    );
    assert!(module.is_imported_function(func(0)) && !module.is_imported_function(func(1)));
    assert!(
        module.is_imported_table(TableIdx::from_u32(0)) && !module.is_imported_table(TableIdx::from_u32(1))
    );
    assert!(
        module.is_imported_memory(MemoryIdx::from_u32(0)) && !module.is_imported_tag(TagIdx::from_u32(1))
    );
    assert!(
        module.is_imported_global(GlobalIdx::from_u32(0))
            && !module.is_imported_global(GlobalIdx::from_u32(1))
    );
    assert_eq!(
        (module.defined_func(func(0)), module.defined_func(func(3))),
        (None, Some(DefinedFuncIdx::from_u32(2)))
    );
    assert_eq!(module.func_index(DefinedFuncIdx::from_u32(2)), func(3));
    assert_eq!(module.start, Some(func(7)));
    assert_eq!(&*module.func_type(func(2)).params, [ValType::F32]);
    assert_eq!(
        module.func_type_id(func(2)),
        module.func_registered_type(func(2)).id()
    );
    assert_eq!(&*module.tag_type(TagIdx::from_u32(1)).params, [ValType::I32]);
    assert_eq!(module.bytes()[..4], *b"\0asm");
}

#[test]
fn imports_and_exports() {
    let module = parse(TEXT);
    let import = &module.imports[2];
    assert_eq!((&*import.module, &*import.name), ("m", "mem"));
    assert_eq!(import.entity, EntityIdx::Memory(MemoryIdx::from_u32(0)));
    let ExternType::Memory(memory) = module.extern_type(import.entity) else {
        panic!()
    };
    assert_eq!(
        (memory.limits.min, memory.limits.max, memory.page_size()),
        (1, Some(2), 65536)
    );
    let names: Vec<&str> = module.exports.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["run", "again", "mem"]);
    assert_eq!(module.export("again"), Some(EntityIdx::Func(func(2))));
    assert_eq!(
        (module.export("no"), module.exports.index_of("mem")),
        (None, Some(2))
    );
    let global = ExternType::Global(GlobalType {
        value: ValType::I32,
        mutable: false,
    });
    assert_eq!(module.extern_type(module.imports[1].entity), global);
    assert_eq!(
        module.extern_type(EntityIdx::Func(func(0))),
        ExternType::Func(module.func_type_id(func(0)))
    );
    assert!(matches!(
        module.extern_type(module.imports[4].entity),
        ExternType::Tag(_)
    ));
}

#[test]
fn functions_that_escape() {
    let module = parse(TEXT);
    let escaping: Vec<Option<u32>> = module.functions.iter().map(|f| f.funcref).collect();
    // The import and $plain don't. $started does: instantiation calls it.
    assert_eq!(
        escaping,
        [None, None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)]
    );
    assert_eq!(module.num_funcrefs, 6);
}

#[test]
fn constant_expressions() {
    let module = parse(TEXT);
    let ops = |at: usize| module.globals[at].init.as_ref().unwrap().ops.clone();
    assert!(module.globals[0].init.is_none());
    assert_eq!(ops(1), [ConstOp::RefFunc(func(4))]);
    let s = TypeIdx::from_u32(0);
    assert_eq!(
        ops(2),
        [
            ConstOp::GlobalGet(GlobalIdx::from_u32(0)),
            ConstOp::I32Const(2),
            ConstOp::I32Add,
            ConstOp::StructNew(s)
        ]
    );
    let array = ConstOp::ArrayNewFixed(TypeIdx::from_u32(1), 2);
    assert_eq!(ops(3), [ConstOp::I32Const(1), ConstOp::I32Const(2), array]);
    assert_eq!(ops(4), [ConstOp::V128Const(1 | 128 << 120)]);
    assert_eq!(
        module.tables[1].init.as_ref().unwrap().ops,
        [ConstOp::RefFunc(func(5))]
    );
    assert_eq!(
        module.globals[2].ty.value,
        ValType::Ref(RefType::non_null(HeapType::Concrete(module.ty(s).id())))
    );
}

#[test]
fn more_constant_instructions() {
    let module = parse(
        "(module (type $s (struct (field i32))) (type $a (array i64))
           (global i64 (i64.mul (i64.const 2) (i64.sub (i64.const 9) (i64.add (i64.const 1) (i64.const 1)))))
           (global i32 (i32.mul (i32.const 2) (i32.sub (i32.const 9) (i32.const 1))))
           (global (ref $s) (struct.new_default $s))
           (global (ref $a) (array.new $a (i64.const 0) (i32.const 3)))
           (global (ref $a) (array.new_default $a (i32.const 3)))
           (global externref (extern.convert_any (ref.i31 (i32.const 5))))
           (global anyref (any.convert_extern (ref.null noextern)))
           (global f32 (f32.const nan:0x200000)) (global f64 (f64.const -0)))",
    );
    let last = |at: usize| *module.globals[at].init.as_ref().unwrap().ops.last().unwrap();
    assert_eq!((last(0), last(1)), (ConstOp::I64Mul, ConstOp::I32Mul));
    let (s, a) = (TypeIdx::from_u32(0), TypeIdx::from_u32(1));
    assert_eq!(
        (last(2), last(3), last(4)),
        (
            ConstOp::StructNewDefault(s),
            ConstOp::ArrayNew(a),
            ConstOp::ArrayNewDefault(a)
        )
    );
    assert_eq!(
        (last(5), last(6)),
        (ConstOp::ExternConvertAny, ConstOp::AnyConvertExtern)
    );
    assert_eq!(
        (last(7), last(8)),
        (ConstOp::F32Const(0x7fa0_0000), ConstOp::F64Const(1 << 63))
    );
    assert_eq!(
        module.globals[6].init.as_ref().unwrap().ops[0],
        ConstOp::RefNull(HeapType::NoExtern)
    );
}

#[test]
fn segments() {
    let module = parse(TEXT);
    let active = &module.elements[0];
    let SegmentMode::Active { table, offset } = &active.mode else {
        panic!()
    };
    assert_eq!((table.as_u32(), offset.as_offset()), (1, Some(1)));
    assert_eq!(active.items, ElementItems::Functions(vec![func(3), func(0)]));
    assert_eq!(module.elements[1].mode, SegmentMode::Passive);
    assert_eq!(
        (module.elements[1].items.len(), module.elements[1].ty),
        (2, RefType::FUNCREF)
    );
    assert_eq!(module.elements[2].mode, SegmentMode::Declared);
    let DataMode::Active { memory, offset } = &module.data[0].mode else {
        panic!()
    };
    assert_eq!((memory.as_u32(), offset.as_offset()), (1, Some(5)));
    assert_eq!(module.data_bytes(DataIdx::from_u32(0)), b"abc");
    assert_eq!(
        (module.data_bytes(DataIdx::from_u32(1)), &module.data[1].mode),
        (&b"def"[..], &DataMode::Passive)
    );
}

#[test]
fn bodies_and_their_facts() {
    let module = parse(TEXT);
    let plain = module.bodies[0].facts;
    assert_eq!(
        (plain.num_ops, plain.num_locals, plain.has_call, plain.has_loop),
        (2, 0, false, false)
    );
    let exported = module.bodies[1].facts;
    assert_eq!(
        (
            exported.num_ops,
            exported.num_locals,
            exported.has_call,
            exported.has_loop
        ),
        (6, 1, true, true)
    );
    assert_eq!(module.body_bytes(DefinedFuncIdx::from_u32(0)), [0, 0x42, 1, 0x0b]);
    let body = module.body(DefinedFuncIdx::from_u32(0));
    assert_eq!(body.range().start as usize, module.bodies[0].range.start);
    let ops = body.get_operators_reader().unwrap().into_iter().count();
    assert_eq!(ops, 2);
}

#[test]
fn facts_of_other_instructions() {
    let module = parse(
        "(module (memory 1 1 shared) (tag $e)
           (func (return_call 0)) (func (throw $e)) (func (result i31ref) (ref.i31 (i32.const 0)))
           (func (drop (v128.const i64x2 0 0))) (func (drop (i32.atomic.load (i32.const 0))))
           (func (block (try_table (catch $e 0)))))",
    );
    let facts = |at: usize| module.bodies[at].facts;
    assert!(facts(0).has_tail_call && facts(0).has_call && !facts(1).has_call);
    assert!(facts(1).has_exceptions && facts(5).has_exceptions && !facts(2).has_exceptions);
    assert!(facts(2).has_gc && facts(3).has_simd && facts(4).has_atomics);
}

#[test]
fn types_are_shared_between_modules_of_a_registry() {
    let registry = TypeRegistry::new();
    let parse = |text| {
        Module::parse(
            &registry,
            Arc::new(text_to_binary(text, None).unwrap()),
            SUPPORTED_FEATURES,
        )
        .unwrap()
    };
    let a =
        parse("(module (type (func)) (rec (type $x (struct (field (ref $y)))) (type $y (array (ref $x)))))");
    let b =
        parse("(module (rec (type $p (struct (field (ref $q)))) (type $q (array (ref $p)))) (type (func)))");
    assert_eq!(
        (&a.types[0], &a.types[1], &a.types[2]),
        (&b.types[2], &b.types[0], &b.types[1])
    );
    assert_eq!(registry.len(), 3);
    drop(a);
    assert_eq!(registry.len(), 3);
    drop(b);
    assert!(registry.is_empty());
}

#[test]
fn conversion_of_types_in_bodies() {
    let module = parse("(module (type $s (struct)) (func (local (ref null $s)) (local i31ref)))");
    let body = module.body(DefinedFuncIdx::from_u32(0));
    let locals: Vec<ValType> = body
        .get_locals_reader()
        .unwrap()
        .into_iter()
        .map(|local| module.convert_val_type(local.unwrap().1).unwrap())
        .collect();
    let s = HeapType::Concrete(module.ty(TypeIdx::from_u32(0)).id());
    assert_eq!(
        locals,
        [ValType::Ref(RefType::nullable(s)), ValType::Ref(RefType::I31REF)]
    );
    let outside = wasmparser::HeapType::Concrete(wasmparser::UnpackedIndex::Module(99));
    assert!(module.convert_heap_type(outside).is_err());
}
