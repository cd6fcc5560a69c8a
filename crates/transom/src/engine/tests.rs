//! What [`Config::dirty_upper_halves`] promises: there is garbage in the bits that are undefined where functions meet. Planted
//! functions, compiled as if the values had 64 bits, see it.

use super::*;
use crate::tiers::Tiers;
use crate::{Instance, Module, Store};
use transom_code::{AdapterKind, CompileError, CompiledFunction, ComponentCall, Shape, Source};
use transom_module::{DefinedFuncIdx, text_to_binary};

/// How many integers and floats are passed to the functions: some in registers, some on the stack.
const PARAMS: (usize, usize) = (8, 10);
/// How many are returned in registers, and in memory.
const RESULTS: (usize, usize) = (3, 3);
const IN_MEMORY: (usize, usize) = (9, 9);

/// The functions that are planted, by their positions in the text below.
const PLANTED: [usize; 3] = [0, 4, 6];

/// The module, or the one whose functions are planted: the same, with 64 bits instead of 32.
fn text(planted: bool) -> String {
    let (int, float) = if planted { ("i64", "f64") } else { ("i32", "f32") };
    let values = |(ints, floats)| {
        format!(
            "{}{}",
            format!(" {int}").repeat(ints),
            format!(" {float}").repeat(floats)
        )
    };
    let numbers = |(ints, floats)| {
        let (int, float) = (format!("({int}.const 7) "), format!("({float}.const 7) "));
        int.repeat(ints) + float.repeat(floats).as_str()
    };
    let body = |body: String| if planted { body } else { "unreachable".to_owned() };
    let observer = |source, counts| {
        body(format!(
            "(local{}) (call {source}) {} {}",
            values(counts),
            sets(counts),
            mask(counts)
        ))
    };
    let (params, results, in_memory) = (values(PARAMS), values(RESULTS), values(IN_MEMORY));
    format!(
        r#"(module
          (func $sink (export "entered") (param {params}) (result i64) {sink})
          (func (export "called") (result i64) (call $sink {args}))
          (func (export "tail called") (result i64) (return_call $sink {args}))
          (func $source (result {results}) {results_of})
          (func (export "returned") (result i64) {returned})
          (func $source_in_memory (result {in_memory}) {results_in_memory})
          (func (export "returned in memory") (result i64) {returned_in_memory}))"#,
        sink = body(mask(PARAMS)),
        args = numbers(PARAMS),
        results_of = numbers(RESULTS),
        returned = observer("$source", RESULTS),
        results_in_memory = numbers(IN_MEMORY),
        returned_in_memory = observer("$source_in_memory", IN_MEMORY),
    )
}

/// Sets the locals to what is on the stack.
fn sets((ints, floats): (usize, usize)) -> String {
    (0..ints + floats)
        .rev()
        .map(|local| format!("(local.set {local})"))
        .collect()
}

/// A bit for each local, which is set if its upper half is not zero.
fn mask((ints, floats): (usize, usize)) -> String {
    let mut mask = "(i64.const 0)".to_owned();
    for local in 0..ints + floats {
        let mut bits = format!("(local.get {local})");
        if local >= ints {
            bits = format!("(i64.reinterpret_f64 {bits})");
        }
        let bit = format!("(i64.extend_i32_u (i64.ne (i64.const 0) (i64.shr_u {bits} (i64.const 32))))");
        mask = format!("(i64.or {mask} (i64.shl {bit} (i64.const {local})))");
    }
    mask
}

/// Compiles some functions from another module.
struct Planting {
    compiler: Box<dyn Compiler>,
    planter: Baseline,
    planted: transom_module::Module,
}

impl Compiler for Planting {
    fn name(&self) -> &'static str {
        "planting"
    }

    fn compile_function(
        &self,
        source: Source<'_>,
        function: DefinedFuncIdx,
    ) -> Result<CompiledFunction, CompileError> {
        match PLANTED.contains(&function.index()) {
            true => self
                .planter
                .compile_function(Source::new(&self.planted, source.offsets), function),
            false => self.compiler.compile_function(source, function),
        }
    }

    fn compile_adapter(&self, kind: AdapterKind, shape: &Shape) -> Result<CompiledFunction, CompileError> {
        self.compiler.compile_adapter(kind, shape)
    }

    fn compile_component_call(
        &self,
        _: &ComponentCall,
        _: Option<(Source<'_>, DefinedFuncIdx)>,
    ) -> Result<Option<CompiledFunction>, CompileError> {
        Ok(None)
    }
}

/// What the planted functions see, by the names of the exports that lead to them.
fn observed(tiers: Tiers, dirty: bool) -> Vec<(&'static str, (usize, usize), u64)> {
    let mut config = Config::new();
    config.tiers(tiers).dirty_upper_halves(dirty);
    let registry = TypeRegistry::new();
    let parsed = |planted| text_to_binary(&text(planted), None).expect("the text is right");
    let planted = transom_module::Module::parse(
        &registry,
        Arc::new(parsed(true)),
        config.features & transom_module::SUPPORTED_FEATURES,
    );
    let planting = Planting {
        compiler: compilers(&config, &registry).expect("there are both").whole,
        planter: Baseline::new(registry.clone(), transom_code::Tunables::default()),
        planted: planted.expect("the module is valid"),
    };
    let planting: Box<dyn Compiler> = Box::new(planting);
    let vm = transom_vm::Engine::new(registry, planting, config.options.clone());
    let vm = Arc::new(vm.expect("the machine has what it takes"));
    let engine = Engine(Arc::new(EngineInner { config, vm }));
    let module = Module::new(&engine, parsed(false)).expect("the module is valid");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("it imports nothing");
    let exports = [
        ("entered", PARAMS),
        ("called", PARAMS),
        ("tail called", PARAMS),
        ("returned", RESULTS),
        ("returned in memory", IN_MEMORY),
    ];
    let mut call = |(name, counts): (&'static str, (usize, usize))| {
        let function = instance.get_func(&mut store, name).expect("it is exported");
        let params = function.ty(&store).params().len();
        let params: Vec<_> = (0..params)
            .map(|index| match index < PARAMS.0 {
                true => crate::Val::I32(7),
                false => crate::Val::F32(7),
            })
            .collect();
        let mut results = [crate::Val::I64(0)];
        function
            .call(&mut store, &params, &mut results)
            .expect("nothing traps");
        let [crate::Val::I64(seen)] = results else {
            panic!("{results:?}")
        };
        (name, counts, seen as u64)
    };
    exports.map(&mut call).to_vec()
}

#[test]
fn upper_halves_are_dirty() {
    for tiers in [Tiers::Optimized, Tiers::Baseline] {
        for (name, (ints, floats), seen) in observed(tiers, true) {
            let all = (1 << (ints + floats)) - 1;
            assert_eq!(seen, all, "{tiers:?}: {name}: {seen:#b}");
        }
        // Whatever is in registers without dirt: these functions load them with constants. In memory is what was on the stack before.
        let in_registers = |(name, ..): &(&str, _, _)| *name != "returned in memory";
        for (name, _, seen) in observed(tiers, false).into_iter().filter(in_registers) {
            assert_eq!(seen & 1, 0, "{tiers:?}: {name}: {seen:#b}");
        }
    }
}
