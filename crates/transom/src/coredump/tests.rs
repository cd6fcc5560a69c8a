//! Dumps, read back.

use super::*;
use crate::{Memory, Store, Val};
use transom_module::wasmparser::{
    CoreDumpStackSection as Stack, DataKind, KnownCustom, Parser, Payload, Validator, WasmFeatures,
};

const PROGRAM: &str = r#"(module $program
    (memory (export "m") 3)
    (memory i64 1 (pagesize 0x10000))
    (memory 5 (pagesize 1))
    (data (i32.const 70000) "seventy thousand")
    (data (memory 1) (i64.const 65530) "end")
    (data (memory 2) (i32.const 0) "abc")
    (global i32 (i32.const -7))
    (global (mut f64) (f64.const nan:0x123))
    (global v128 (v128.const i64x2 1 -1))
    (global funcref (ref.func $inner))
    (global anyref (ref.i31 (i32.const 1)))
    (type $t (struct))
    (global (ref $t) (struct.new $t))
    (global externref (ref.null extern))
    (func $inner (unreachable))
    (func (export "outer") (i32.store (i32.const 8) (i32.const 99)) (call $inner) (nop)))"#;

/// Everything that a dump says.
#[derive(Default, Debug)]
struct Read {
    name: String,
    modules: Vec<String>,
    instances: Vec<(u32, Vec<u32>, Vec<u32>)>,
    frames: Vec<(u32, u32, u32)>,
    globals: usize,
    memories: Vec<(u64, bool)>,
    data: Vec<(u32, u64, Vec<u8>)>,
}

fn read(dump: &[u8]) -> Read {
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(dump)
        .expect("a dump is a valid module");
    let mut read = Read::default();
    for payload in Parser::new(0).parse_all(dump) {
        match payload.unwrap() {
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::CoreDump(core) => read.name = core.name.to_owned(),
                KnownCustom::CoreDumpModules(modules) => {
                    read.modules = modules.modules.iter().map(ToString::to_string).collect();
                }
                KnownCustom::CoreDumpInstances(instances) => {
                    let instances = instances.instances.into_iter();
                    read.instances = instances
                        .map(|instance| (instance.module_index, instance.memories, instance.globals))
                        .collect();
                }
                KnownCustom::CoreDumpStack(Stack { frames, .. }) => {
                    let frames = frames.iter();
                    read.frames = frames
                        .map(|frame| (frame.instanceidx, frame.funcidx, frame.codeoffset))
                        .collect();
                }
                _ => panic!("{}", section.name()),
            },
            Payload::GlobalSection(section) => read.globals = section.count() as usize,
            Payload::MemorySection(section) => {
                let memories = section.into_iter().map(Result::unwrap);
                read.memories = memories.map(|memory| (memory.initial, memory.memory64)).collect();
            }
            Payload::DataSection(section) => {
                for data in section {
                    let data = data.unwrap();
                    let DataKind::Active {
                        memory_index,
                        offset_expr,
                    } = data.kind
                    else {
                        panic!("passive data")
                    };
                    let offset = match offset_expr.get_operators_reader().read().unwrap() {
                        transom_module::wasmparser::Operator::I32Const { value } => u64::from(value as u32),
                        transom_module::wasmparser::Operator::I64Const { value } => value as u64,
                        other => panic!("{other:?}"),
                    };
                    read.data.push((memory_index, offset, data.data.to_vec()));
                }
            }
            _ => {}
        }
    }
    read
}

/// A store with an instance of the program, and the error of its call.
fn ended() -> (Store<()>, Instance, Error) {
    let mut config = crate::Config::new();
    config.wasm_custom_page_sizes(true);
    let engine = Engine::new(&config).unwrap();
    let mut store = Store::new(&engine, ());
    let other = Module::new(&engine, "(module (memory 1) (global i64 (i64.const 5)))").unwrap();
    Instance::new(&mut store, &other, &[]).unwrap();
    let module = Module::new(&engine, PROGRAM).unwrap();
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let outer = instance.get_func(&mut store, "outer").unwrap();
    let error = outer.call(&mut store, &[], &mut []).unwrap_err();
    (store, instance, error)
}

#[test]
fn a_dump_has_frames_instances_globals_and_what_is_not_zero_of_memories() {
    let (store, _, error) = ended();
    let dump = WasmCoreDump::new(&store, &error).unwrap();
    assert_eq!((dump.instances().len(), dump.modules().len()), (2, 2));
    let read = read(&dump.serialize(&store, "a name"));
    assert_eq!(read.name, "a name");
    assert_eq!(read.modules, ["", "program"]);
    let globals = (1..8).collect();
    assert_eq!(
        read.instances,
        [(0, vec![0], vec![0]), (1, vec![1, 2, 3], globals)]
    );
    let frames: Vec<_> = read.frames.iter().map(|frame| (frame.0, frame.1)).collect();
    assert_eq!(frames, [(1, 0), (1, 1)]);
    let offsets = dump
        .frames()
        .iter()
        .map(|frame| frame.func_offset().unwrap() as u32);
    assert!(offsets.eq(read.frames.iter().map(|frame| frame.2)));
    assert_eq!(read.globals, 8);
    assert_eq!(read.memories, [(1, false), (3, false), (1, true), (5, false)]);
    let [first, second, third, fourth] = &read.data[..] else {
        panic!("{:?}", read.data)
    };
    let mut expected = vec![0; 4096];
    expected[8] = 99;
    assert_eq!(*first, (1, 0, expected));
    let mut expected = vec![0; 4096];
    expected[70000 - 69632..][..16].copy_from_slice(b"seventy thousand");
    assert_eq!(*second, (1, 69632, expected));
    assert_eq!((third.0, third.1), (2, 61440));
    assert!(third.2.ends_with(b"end\0\0\0"));
    assert_eq!(*fourth, (3, 0, b"abc\0\0".to_vec()));
}

#[test]
fn an_error_outside_of_a_program_has_no_dump() {
    let (mut store, instance, _) = ended();
    let outer = instance.get_func(&mut store, "outer").unwrap();
    let error = outer.call(&mut store, &[Val::I32(1)], &mut []).unwrap_err();
    assert!(WasmCoreDump::new(&store, &error).is_none());
}

#[test]
fn memories_with_many_gaps_have_fewer_larger_segments() {
    let (mut store, instance, _) = ended();
    let memory: Memory = instance.get_memory(&mut store, "m").unwrap();
    let data = memory.data_mut(&mut store);
    data.fill(0);
    for page in (0..48).step_by(2) {
        data[page * 4096 + 5] = 1;
    }
    let id = memory.0.get(store.as_context().0.vm());
    let store = store.as_context();
    let vm = store.0.vm();
    let mut contents = Contents::default();
    contents.memories.index(id);
    for (most, count) in [(25, 24), (24, 24), (23, 23), (2, 2), (1, 1), (0, 1)] {
        let filled = contents.filled(vm, most);
        assert_eq!(filled.len(), count, "{most}");
        for page in (0..48).step_by(2) {
            let address = page * 4096 + 5;
            assert!(filled.iter().any(|(_, _, range)| range.contains(&address)));
        }
    }
}

#[test]
fn frames_of_another_store_are_left_out() {
    let (_, _, error) = ended();
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = Module::new(&engine, "(module $other)").unwrap();
    Instance::new(&mut store, &module, &[]).unwrap();
    let dump = WasmCoreDump::new(&store, &error).unwrap();
    let read = read(&dump.serialize(&store, ""));
    assert_eq!((read.modules, read.frames.len()), (vec!["other".to_owned()], 0));
}
