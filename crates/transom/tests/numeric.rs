//! Every scalar numeric instruction against the oracle of `transom_ops`: with operands that are parameters, constants,
//! and one of each, so that code and folding are tested; on values at the edges of their types.

#[path = "support/mod.rs"]
mod support;

use std::borrow::Cow;
use support::*;
use transom::error::Context as _;
use transom::*;
use transom_ops::numeric::{NumType, NumericOp};
use wasm_encoder as enc;

/// Values at the edges of integers, as 64 bits.
const INTEGERS: [u64; 22] = [
    0,
    1,
    2,
    3,
    7,
    31,
    32,
    33,
    63,
    64,
    65,
    0x80,
    0xff80,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_8000_0000,
    u64::MAX - 1,
    u64::MAX,
];

/// Values at the edges of floats, and of the integers that they are converted to.
const FLOATS: [f64; 29] = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    0.49999999999999994,
    1.0,
    -1.0,
    -0.9999999999999999,
    1.5,
    2.5,
    -3.5,
    f64::MIN_POSITIVE,
    5e-324,
    f32::MIN_POSITIVE as f64,
    f32::MAX as f64,
    f64::MAX,
    f64::MIN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    2147483647.0,
    2147483648.0,
    -2147483649.0,
    4294967295.0,
    4294967296.0,
    9007199254740993.0,
    9223372036854774784.0,
    9223372036854775808.0,
    -9223372036854775808.0,
    18446744073709549568.0,
];

fn values(ty: NumType) -> Vec<u64> {
    match ty {
        NumType::I32 => INTEGERS.iter().map(|&value| value & 0xffff_ffff).collect(),
        NumType::I64 => INTEGERS.to_vec(),
        NumType::F32 => {
            let mut values: Vec<u64> = FLOATS
                .iter()
                .map(|&value| u64::from((value as f32).to_bits()))
                .collect();
            // A subnormal, NaNs: canonical, negative, with a payload, and signalling.
            values.extend([
                1,
                0x7fc0_0000,
                0xffc0_0000,
                0x7fc0_1234,
                0x7fa0_0000,
                0xff80_0001,
                0x4f00_0000,
                0x5f00_0000,
            ]);
            values
        }
        NumType::F64 => {
            let mut values: Vec<u64> = FLOATS.iter().map(|value| value.to_bits()).collect();
            values.extend([
                0x7ff8_0000_0000_0000,
                0xfff8_0000_0000_0000,
                0x7ff8_0000_dead_beef,
                0x7ff4_0000_0000_0000,
                0xfff0_0000_0000_0001,
            ]);
            values
        }
    }
}

fn val(ty: NumType, bits: u64) -> Val {
    match ty {
        NumType::I32 => Val::I32(bits as u32 as i32),
        NumType::I64 => Val::I64(bits as i64),
        NumType::F32 => Val::F32(bits as u32),
        NumType::F64 => Val::F64(bits),
    }
}

fn encoded(ty: NumType) -> enc::ValType {
    match ty {
        NumType::I32 => enc::ValType::I32,
        NumType::I64 => enc::ValType::I64,
        NumType::F32 => enc::ValType::F32,
        NumType::F64 => enc::ValType::F64,
    }
}

fn constant(body: &mut enc::Function, ty: NumType, bits: u64) {
    body.instruction(&match ty {
        NumType::I32 => enc::Instruction::I32Const(bits as u32 as i32),
        NumType::I64 => enc::Instruction::I64Const(bits as i64),
        NumType::F32 => enc::Instruction::F32Const(enc::Ieee32::new(bits as u32)),
        NumType::F64 => enc::Instruction::F64Const(enc::Ieee64::new(bits)),
    });
}

/// The operands of a call, each of them a constant or a parameter.
struct Form {
    operands: Vec<u64>,
    is_constant: Vec<bool>,
}

impl Form {
    fn params(&self, op: NumericOp) -> Vec<(NumType, u64)> {
        let all = op.params().iter().copied().zip(self.operands.iter().copied());
        all.zip(&self.is_constant)
            .filter(|(_, constant)| !**constant)
            .map(|(param, _)| param)
            .collect()
    }

    fn body(&self, op: NumericOp) -> enc::Function {
        let mut body = enc::Function::new([]);
        let mut param = 0;
        for ((&ty, &bits), &is_constant) in op.params().iter().zip(&self.operands).zip(&self.is_constant) {
            if is_constant {
                constant(&mut body, ty, bits);
            } else {
                body.instruction(&enc::Instruction::LocalGet(param));
                param += 1;
            }
        }
        let opcode = op.opcode();
        let raw = match opcode >> 8 {
            0 => vec![opcode as u8],
            prefix => vec![prefix as u8, opcode as u8],
        };
        body.raw(raw);
        body.instruction(&enc::Instruction::End);
        body
    }
}

/// A module with a function for each form.
fn module(op: NumericOp, forms: &[Form]) -> Vec<u8> {
    let mut types = enc::TypeSection::new();
    let mut functions = enc::FunctionSection::new();
    let mut exports = enc::ExportSection::new();
    let mut code = enc::CodeSection::new();
    for (index, form) in (0u32..).zip(forms) {
        let params: Vec<enc::ValType> = form.params(op).iter().map(|&(ty, _)| encoded(ty)).collect();
        types
            .ty()
            .function(params, op.results().iter().map(|&ty| encoded(ty)));
        functions.function(index);
        exports.export(&index.to_string(), enc::ExportKind::Func, index);
        code.function(&form.body(op));
    }
    let mut module = enc::Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&exports)
        .section(&code);
    module.finish()
}

/// Every pair of values for instructions of two operands; for one operand every value; for four, a part.
fn operands(op: NumericOp) -> Vec<Vec<u64>> {
    let lists: Vec<Vec<u64>> = op.params().iter().map(|&ty| values(ty)).collect();
    match &lists[..] {
        [one] => one.iter().map(|&a| vec![a]).collect(),
        [one, two] => one
            .iter()
            .flat_map(|&a| two.iter().map(move |&b| vec![a, b]))
            .collect(),
        many => {
            let count = many[0].len();
            let row = |round: usize| {
                many.iter()
                    .enumerate()
                    .map(|(at, list)| list[(round * (at * 2 + 1) + at) % count])
                    .collect()
            };
            (0..count * count).map(row).collect()
        }
    }
}

fn check(op: NumericOp, form: &Form, outcome: Result<Vec<Val>>) {
    let expected = op.eval(&form.operands);
    let what = || {
        format!(
            "{} of {:#x?}, constant: {:?}",
            op.name(),
            form.operands,
            form.is_constant
        )
    };
    match (expected, outcome) {
        (Ok(expected), Ok(found)) => {
            assert_eq!(found.len(), op.results().len(), "{}", what());
            for ((&ty, found), expected) in op.results().iter().zip(&found).zip(expected) {
                let found = bits(found).unwrap_or_else(|error| panic!("{}: {error}", what()));
                assert!(
                    ty.same(found, expected),
                    "{}: expected {expected:#x}, found {found:#x}",
                    what()
                );
            }
        }
        (Err(expected), Err(error)) => assert_eq!(trap(&error), Some(expected), "{}: {error:?}", what()),
        (Ok(expected), Err(error)) => panic!("{}: expected {expected:#x?}, found {error:?}", what()),
        (Err(expected), Ok(found)) => panic!("{}: expected {expected:?}, found {found:?}", what()),
    }
}

/// Runs forms, all of one instruction, in one module.
fn run(engine: &Engine, op: NumericOp, forms: &[Form]) -> Result<()> {
    let binary: Cow<'_, [u8]> = module(op, forms).into();
    let module = Module::new(engine, &binary).with_context(|| op.name())?;
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    for (index, form) in forms.iter().enumerate() {
        let params: Vec<Val> = form.params(op).iter().map(|&(ty, bits)| val(ty, bits)).collect();
        check(op, form, call(&mut store, instance, &index.to_string(), &params));
    }
    Ok(())
}

fn engines() -> Result<Vec<Engine>> {
    let mut canonical = Config::new();
    canonical.cranelift_nan_canonicalization(true);
    let mut quick = Config::new();
    quick.cranelift_opt_level(OptLevel::None);
    Ok(vec![
        Engine::default(),
        Engine::new(&quick)?,
        Engine::new(&canonical)?,
        engine_of(Tiers::Baseline)?,
    ])
}

#[test]
fn operands_as_parameters() -> Result<()> {
    let mut count = 0;
    for (engine, &op) in engines()?
        .iter()
        .flat_map(|engine| NumericOp::ALL.iter().map(move |op| (engine, op)))
    {
        let all = vec![false; op.params().len()];
        let forms: Vec<Form> = operands(op)
            .into_iter()
            .map(|operands| Form {
                operands,
                is_constant: all.clone(),
            })
            .collect();
        // One function for all of them.
        let module = Module::new(engine, module(op, &forms[..1]))?;
        let mut store = Store::new(engine, ());
        let func = Instance::new(&mut store, &module, &[])?
            .get_func(&store, "0")
            .context("exported")?;
        for form in &forms {
            let params: Vec<Val> = form.params(op).iter().map(|&(ty, bits)| val(ty, bits)).collect();
            check(op, form, call_func(&mut store, func, &params));
            count += 1;
        }
    }
    assert!(count > 100_000, "{count}");
    Ok(())
}

fn operands_as_constants(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let mut count = 0;
    for &op in NumericOp::ALL {
        let arity = op.params().len();
        let mut forms = Vec::new();
        for (number, operands) in operands(op).into_iter().enumerate() {
            let is_constant = match number % 3 {
                _ if arity == 1 => vec![true],
                0 => vec![true; arity],
                1 => (0..arity).map(|at| at % 2 == 0).collect(),
                _ => (0..arity).map(|at| at % 2 == 1).collect(),
            };
            forms.push(Form {
                operands,
                is_constant,
            });
        }
        count += forms.len();
        run(&engine, op, &forms)?;
    }
    assert!(count > 40_000, "{count}");
    Ok(())
}

/// With canonical NaNs, results are the oracle's to the bit.
fn canonical_nans_are_those_of_the_oracle(tiers: Tiers) -> Result<()> {
    let mut config = config_of(tiers);
    config.cranelift_nan_canonicalization(true);
    let engine = Engine::new(&config)?;
    for &op in NumericOp::ALL {
        let is_float = |ty: &NumType| matches!(ty, NumType::F32 | NumType::F64);
        if !op.results().iter().all(is_float) {
            continue;
        }
        let is_constant = vec![false; op.params().len()];
        let module = {
            let form = Form {
                operands: vec![0; op.params().len()],
                is_constant: is_constant.clone(),
            };
            Module::new(&engine, module(op, &[form]))?
        };
        let mut store = Store::new(&engine, ());
        let func = Instance::new(&mut store, &module, &[])?
            .get_func(&store, "0")
            .context("exported")?;
        for operands in operands(op) {
            let Ok(expected) = op.eval(&operands) else {
                continue;
            };
            let params: Vec<Val> = op
                .params()
                .iter()
                .zip(&operands)
                .map(|(&ty, &bits)| val(ty, bits))
                .collect();
            let found = bits(&call_func(&mut store, func, &params)?[0])?;
            assert_eq!(found, expected[0], "{} of {operands:#x?}", op.name());
        }
    }
    Ok(())
}

in_tiers!(operands_as_constants, canonical_nans_are_those_of_the_oracle);
