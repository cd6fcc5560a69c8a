//! What functions are translated to: the Cranelift IR of each `tests/disas/NAME.wat` stands beside it in `NAME.clif`.
//! `BLESS=1 cargo test -p transom-optimizer` writes those files again. Those that begin with `;; fuel` count it;
//! of those that begin with `;; entries`, the code that begins at a loop of each function is shown, and of those that begin with
//! `;; callees`, each function as a part of an adapter between components; in those that begin with `;; expects`, every call through a reference is expected to lead to any function of the module.

#![expect(clippy::unwrap_used, reason = "a test, where a failure is a panic")]

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use transom_code::{
    CallTargets, ComponentCall, LoopTarget, Number, Passed, Returned, Source, Tunables, offsets_of,
};
use transom_module::wasmparser::Operator;
use transom_module::{DefinedFuncIdx, FuncIdx, Module, WasmFeatures, text_to_binary};
use transom_optimizer::Optimizer;
use transom_types::TypeRegistry;

fn translate(text: &str) -> String {
    let registry = TypeRegistry::new();
    let binary = text_to_binary(text, None).unwrap();
    let features = WasmFeatures::WASM3 | WasmFeatures::WIDE_ARITHMETIC | WasmFeatures::LEGACY_EXCEPTIONS;
    let module = Module::parse(&registry, Arc::new(binary), features).unwrap();
    let tunables = Tunables {
        consume_fuel: text.starts_with(";; fuel"),
        ..Tunables::default()
    };
    let optimizer = Optimizer::new(registry, tunables).unwrap();
    let offsets = offsets_of(&module);
    let mut source = Source::new(&module, &offsets);
    let all = All(module.functions.len() as u32);
    if text.starts_with(";; expects") {
        source = source.with_targets(&all);
    }
    let mut translated = String::new();
    for index in 0..module.bodies.len() {
        let function = DefinedFuncIdx::new(index);
        let name = module.func_name(module.func_index(function)).unwrap_or("?");
        let begins = |with| text.starts_with(with);
        let text = match () {
            () if begins(";; entries") => {
                optimizer.loop_entry_text(source, &last_loop(&module, function, name))
            }
            () if begins(";; callees") => {
                optimizer.component_callee_text(source, function, &component_call(name))
            }
            () => optimizer.intermediate_text(source, function),
        };
        let text = text.unwrap();
        writeln!(translated, ";; ${name}\n{text}").unwrap();
    }
    translated
}

/// All functions, by how many there are.
struct All(u32);

impl CallTargets for All {
    fn targets(&self, _: DefinedFuncIdx, _: u32) -> Vec<FuncIdx> {
        (0..self.0).map(FuncIdx::from_u32).collect()
    }
}

/// The last loop of a function whose name is `NAME.OPERANDS.OBJECTS`, where each object is a digit.
fn last_loop(module: &Module, function: DefinedFuncIdx, name: &str) -> LoopTarget {
    let mut reader = module.body(function).get_operators_reader().unwrap();
    let mut offset = 0;
    while !reader.eof() {
        let here = reader.original_position() as u32;
        if matches!(reader.read().unwrap(), Operator::Loop { .. }) {
            offset = here;
        }
    }
    let parts: Vec<&str> = name.split('.').collect();
    LoopTarget {
        function,
        offset,
        operands: parts[1].parse().unwrap(),
        objects: parts[2]
            .chars()
            .map(|digit| digit.to_digit(10).unwrap())
            .collect(),
    }
}

/// The call of a function whose name is `NAME.PARAM.RESULT`, with a part for each parameter.
fn component_call(name: &str) -> ComponentCall {
    let numbers = name.split('.').skip(1).map(|ty| match ty {
        "word" => Number::Word,
        "long" => Number::Long,
        "char" => Number::Char,
        "case" => Number::Case(3),
        "bool" => Number::Bool,
        "u8" => Number::U8,
        other => panic!("no type `{other}`"),
    });
    let mut numbers: Vec<_> = numbers.collect();
    let result = numbers.pop().unwrap();
    ComponentCall {
        params: numbers.into_iter().map(Passed::Number).collect(),
        result: Returned::Numbers([result].into()),
        crosses: true,
    }
}

#[test]
fn translations_are_as_they_were() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disas");
    let bless = std::env::var_os("BLESS").is_some();
    let (mut seen, mut differing) = (0, Vec::new());
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "wat") {
            continue;
        }
        seen += 1;
        let translated = translate(&std::fs::read_to_string(&path).unwrap());
        let expected = path.with_extension("clif");
        if bless {
            std::fs::write(&expected, &translated).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != translated {
            println!("{}:\n{translated}", path.display());
            differing.push(path);
        }
    }
    assert!(seen >= 16, "only {seen} files in {}", folder.display());
    assert!(
        differing.is_empty(),
        "{differing:?}: look at the output above; BLESS=1 accepts it"
    );
}

/// How many tables of branches the code of an interpreter has that branches back so often, with so many locals and cases.
fn tables(branches: usize, locals: usize, cases: usize) -> usize {
    let text = format!(
        "(module (memory 1) (func (param $pc i32) {}
           (loop $next {} (br_table {} (i32.load8_u (local.get $pc))) {} {})))",
        "(local i32)".repeat(locals),
        "(block ".repeat(cases),
        (0..=cases).map(|case| format!("{case} ")).collect::<String>(),
        ")".repeat(cases),
        "(br_if $next (local.tee $pc (i32.add (local.get $pc) (i32.const 1))))".repeat(branches),
    );
    translate(&text).matches("br_table").count()
}

#[test]
fn heads_of_loops_are_copied_within_bounds() {
    assert_eq!(tables(100, 3, 4), 101);
    // Each copy costs 7, and there are about 2,000 instructions.
    let copies = tables(400, 3, 4) - 1;
    assert!((250..350).contains(&copies), "{copies} copies");
    assert_eq!(tables(4, 3, 32), 5);
    assert_eq!(tables(4, 3, 33), 1);
    assert_eq!(tables(4, 15, 4), 5);
    // Small loops whose heads are not copied are translated twice.
    assert_eq!(tables(4, 16, 4), 2);
    assert_eq!(tables(4, 3, 3), 2);
}
