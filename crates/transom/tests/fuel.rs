//! Fuel: what programs use, to the unit, and how they end when there is none. Everything holds for every way in which they
//! are compiled.

use transom::*;

/// Engines that compile, run and collect in different ways.
fn engines() -> Result<Vec<Engine>> {
    let mut engines = Vec::new();
    for (tiers, level, reservation, zeal) in [
        (Tiers::Optimized, OptLevel::Speed, 4 << 30, false),
        (Tiers::Optimized, OptLevel::Speed, 0, true),
        (Tiers::Optimized, OptLevel::None, 4 << 30, true),
        (Tiers::Optimized, OptLevel::None, 0, false),
        (Tiers::Baseline, OptLevel::Speed, 4 << 30, false),
        (Tiers::Baseline, OptLevel::Speed, 0, true),
        (Tiers::Mixed(1), OptLevel::Speed, 4 << 30, true),
        (Tiers::Mixed(2), OptLevel::None, 0, false),
    ] {
        let mut config = Config::new();
        config
            .tiers(tiers)
            .consume_fuel(true)
            .cranelift_opt_level(level)
            .memory_reservation(reservation)
            .parallel_compilation(zeal)
            .gc_zeal(zeal);
        engines.push(Engine::new(&config)?);
    }
    Ok(engines)
}

/// What a program used of this fuel, and how it ended: `run` is called with an argument.
fn run(module: &Module, argument: i32, fuel: u64) -> Result<(u64, Result<()>)> {
    let mut store = Store::new(module.engine(), ());
    let instance = Instance::new(&mut store, module, &[])?;
    let run = instance.get_typed_func::<i32, ()>(&mut store, "run")?;
    store.set_fuel(fuel)?;
    let outcome = run.call(&mut store, argument);
    Ok((fuel - store.get_fuel()?, outcome))
}

/// A program, compiled in every way.
fn compile(text: &str) -> Result<Vec<Module>> {
    engines()?
        .iter()
        .map(|engine| Module::new(engine, text))
        .collect()
}

/// A program whose `run` has this body, among other things.
fn program(others: &str, body: &str) -> String {
    format!(r#"(module {others} (func $run (export "run") (param $n i32) {body}))"#)
}

/// Checks what a body uses; then that all engines end it alike with every lesser amount.
fn check(others: &str, body: &str, expected: &[(i32, u64)]) -> Result<()> {
    let text = program(others, body);
    let modules = compile(&text)?;
    for &(argument, expected) in expected {
        for module in &modules {
            let (used, _) = run(module, argument, 1_000_000)?;
            assert_eq!(used, expected, "{text} with {argument}");
        }
        for fuel in 0..=expected + 1 {
            let end = |module| -> Result<(u64, Option<String>)> {
                let (used, outcome) = run(module, argument, fuel)?;
                Ok((used, outcome.err().map(|error| error.root_cause().to_string())))
            };
            let first = end(&modules[0])?;
            for module in &modules[1..] {
                assert_eq!(end(module)?, first, "{text} with {argument} and {fuel}");
            }
            if fuel == 0 {
                assert_eq!(first.1, Some(Trap::OutOfFuel.to_string()));
            }
        }
    }
    Ok(())
}

#[test]
fn straight_code_costs_what_it_executes() -> Result<()> {
    check("", "", &[(0, 1)])?;
    check("", "nop (block (nop)) (drop (i32.const 0))", &[(0, 2)])?;
    check("", "(return) (drop (i32.const 0))", &[(0, 1)])?;
    check("", "(drop (i32.const 0)) (unreachable)", &[(0, 2)])?;
    check(
        "",
        "(local.set $n (i32.add (local.get $n) (i32.const 1)))",
        &[(0, 5)],
    )?;
    // A trap leaves what was executed since the last branch uncounted.
    let divide = "(block) (drop (i32.div_u (i32.const 1) (local.get $n)))";
    check("", divide, &[(0, 1), (1, 4)])?;
    let load = "(block) (drop (i32.load (local.get $n)))";
    check("(memory 1)", load, &[(0, 3), (-1, 1)])
}

#[test]
fn branches_cost_the_way_that_is_taken() -> Result<()> {
    let arms = "(if (local.get $n) (then nop) (else (drop (i32.const 0))))";
    check("", arms, &[(0, 4), (1, 3)])?;
    let one_arm = "(if (local.get $n) (then (drop (i32.const 0)))) (drop (i32.const 0))";
    check("", one_arm, &[(0, 4), (1, 5)])?;
    let skip = "(block (br_if 0 (local.get $n)) (drop (i32.const 0)))";
    check("", skip, &[(0, 4), (1, 3)])?;
    let table = "(block $c (block $b (block $a (br_table $a $b $c (local.get $n)))
            (drop (i32.const 0)))
            (drop (i32.const 0)) (drop (i32.const 0)))";
    check("", table, &[(0, 6), (1, 5), (2, 3), (9, 3)])?;
    let null = "(block $l (drop (br_on_null $l (ref.null func))) (unreachable))";
    check("", null, &[(0, 3)])?;
    let cast = "(drop (block $l (result i31ref)
            (br_on_cast $l anyref i31ref (ref.i31 (local.get $n)))
            (unreachable)))";
    check("", cast, &[(0, 4)])
}

#[test]
fn loops_cost_each_turn() -> Result<()> {
    let turns = "(loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))";
    check("", turns, &[(1, 6), (2, 11), (3, 16), (4, 21), (10, 51)])?;
    check("", "(loop)", &[(0, 1)])?;
    let nested = "(local $m i32)
        (loop $outer
            (local.set $m (i32.const 2))
            (loop $inner (br_if $inner (local.tee $m (i32.sub (local.get $m) (i32.const 1)))))
            (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))";
    check("", nested, &[(1, 18), (3, 52)])?;
    let two_ways = "(loop $again
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br_if $again (i32.and (local.get $n) (i32.const 1)))
            (if (i32.gt_s (local.get $n) (i32.const 0)) (then (br $again))))";
    // Odd turns take 12 or 13, even ones 8.
    check("", two_ways, &[(1, 13), (2, 21), (3, 34), (4, 42)])
}

#[test]
fn calls_cost_what_the_callee_does() -> Result<()> {
    let functions = "(table funcref (elem $empty $large)) (elem declare func $small)
        (type $small (func (param i32) (result i32)))
        (func $empty)
        (func $small (type $small) (i32.add (local.get 0) (i32.const 1)))
        (func $nested (param i32) (result i32) (call $small (call $small (local.get 0))))
        (func $early (param i32) (if (local.get 0) (then (return))) (drop (i32.const 0)))
        (func $large (loop (br_if 0 (i32.const 0))))
        (func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))))))
        (func $tail (param i32)
            (if (local.get 0) (then (return_call $tail (i32.sub (local.get 0) (i32.const 1))))))
        (func $dead (call $trap) (drop (i32.const 0)))
        (func $trap (drop (i32.const 0)) (unreachable))";
    check(functions, "(call $empty)", &[(0, 3)])?;
    check(functions, "(drop (call $small (local.get $n)))", &[(0, 7)])?;
    check(functions, "(drop (call $nested (local.get $n)))", &[(0, 15)])?;
    check(
        functions,
        "(call $early (local.get $n)) (drop (i32.const 0))",
        &[(0, 8), (1, 7)],
    )?;
    check(functions, "(call $large)", &[(0, 5)])?;
    check(
        functions,
        "(call $down (local.get $n))",
        &[(0, 6), (1, 13), (9, 69)],
    )?;
    check(
        functions,
        "(call $tail (local.get $n))",
        &[(0, 6), (1, 13), (9, 69)],
    )?;
    check(functions, "(return_call $empty)", &[(0, 3)])?;
    check(
        functions,
        "(call_indirect (local.get $n))",
        &[(0, 4), (1, 6), (2, 3)],
    )?;
    check(
        functions,
        "(drop (call_ref $small (local.get $n) (ref.func $small)))",
        &[(0, 8)],
    )?;
    // A trap in the middle, in functions that are inlined and others.
    check(functions, "(call $dead) (drop (i32.const 0))", &[(0, 6)])
}

#[test]
fn exceptions_cost_nothing_more() -> Result<()> {
    let thrower = "(tag $e (param i32)) (func $throw (param i32) (throw $e (local.get 0)))";
    let elsewhere = "(drop (block $l (result i32)
        (try_table (catch $e $l) (call $throw (local.get $n))) (i32.const 0)))";
    check(thrower, elsewhere, &[(0, 7)])?;
    let here =
        "(drop (block $l (result i32) (try_table (catch $e $l) (throw $e (local.get $n))) (i32.const 0)))";
    check(thrower, here, &[(0, 4)])?;
    let none = "(drop (block $l (result i32) (try_table (catch $e $l)) (i32.const 0)))";
    check(thrower, none, &[(0, 3)])?;
    check(thrower, "(call $throw (local.get $n))", &[(0, 6)])
}

#[test]
fn bulk_instructions_cost_by_the_amount() -> Result<()> {
    let (zero, n) = ("(i32.const 0)", "(local.get $n)");
    let memory = r#"(memory 1) (data $d "abc")"#;
    let bytes = [(0, 5), (1, 6), (64, 6), (65, 7), (6400, 105)];
    check(memory, &format!("(memory.fill {zero} {zero} {n})"), &bytes)?;
    check(memory, &format!("(memory.copy {zero} {zero} {n})"), &bytes[..4])?;
    check(
        memory,
        &format!("(memory.init $d {zero} {zero} {n})"),
        &[(0, 5), (3, 6)],
    )?;
    // Charged before it is found that there is no such range.
    check(memory, &format!("(memory.init $d {zero} {zero} {n})"), &[(65, 7)])?;
    check(
        "(memory i64 1)",
        "(memory.fill (i64.const 0) (i32.const 0) (i64.extend_i32_u (local.get $n)))",
        &[(65, 8)],
    )?;
    let table = "(table $t 99 funcref) (elem $e func $run $run)";
    let elements = [(0, 5), (1, 6), (8, 6), (9, 7)];
    check(
        table,
        &format!("(table.fill {zero} (ref.null func) {n})"),
        &elements,
    )?;
    check(table, &format!("(table.copy {zero} {zero} {n})"), &elements)?;
    check(table, &format!("(table.init $t $e {zero} {zero} {n})"), &[(2, 6)])?;
    check(
        table,
        &format!("(drop (table.grow (ref.null func) {n}))"),
        &[(9, 6)],
    )?;
    let array = r#"(type $a (array (mut i8))) (type $f (array funcref)) (data $d "0123456789") (elem $e func $run $run)"#;
    check(
        array,
        &format!("(drop (array.new_default $a {n}))"),
        &[(0, 3), (8, 4), (9, 5), (800, 103)],
    )?;
    check(array, &format!("(drop (array.new $a {zero} {n}))"), &[(8, 5)])?;
    check(
        array,
        &format!("(drop (array.new_data $a $d {zero} {n}))"),
        &[(9, 6)],
    )?;
    check(
        array,
        &format!("(drop (array.new_elem $f $e {zero} {n}))"),
        &[(2, 5)],
    )?;
    let made = "(array.new_default $a (i32.const 9))";
    check(
        array,
        &format!("(array.fill $a {made} {zero} {zero} {n})"),
        &[(9, 11)],
    )?;
    check(
        array,
        &format!("(array.copy $a $a {made} {zero} {made} {zero} {n})"),
        &[(9, 15)],
    )?;
    check(
        array,
        &format!("(array.init_data $a $d {made} {zero} {zero} {n})"),
        &[(9, 11)],
    )
}

#[test]
fn fuel_bounds_what_has_no_end() -> Result<()> {
    let endless = [
        ("", "(loop (br 0))"),
        ("", "(loop (br_if 0 (i32.const 1)))"),
        ("", "(loop (br_table 0 (i32.const 0)))"),
        ("", "(return_call $run (local.get $n))"),
        ("(func $f (return_call $f))", "(call $f)"),
        (
            "(tag $e)",
            "(loop $l (block $c (try_table (catch $e $c) (throw $e))) (br $l))",
        ),
        (
            "(memory 16)",
            "(loop (memory.fill (i32.const 0) (i32.const 0) (i32.const 0x100000)) (br 0))",
        ),
        (
            "(memory i64 1)",
            "(memory.fill (i64.const 0) (i32.const 0) (i64.const -64))",
        ),
    ];
    for (others, body) in endless {
        for module in &compile(&program(others, body))? {
            let (used, outcome) = run(module, 0, 30_000)?;
            let error = outcome.expect_err("it has no end");
            assert_eq!(error.downcast::<Trap>()?, Trap::OutOfFuel, "{body}");
            assert_eq!(used, 30_000);
        }
    }
    // Calls that make a tree, without any loop.
    let mut tree = String::from("(func $f0)");
    for depth in 1..30 {
        tree += &format!("(func $f{depth} (call $f{0}) (call $f{0}))", depth - 1);
    }
    for module in &compile(&program(&tree, "(call $f29)"))? {
        let (_, outcome) = run(module, 0, 30_000)?;
        assert_eq!(
            outcome.expect_err("it is too long").downcast::<Trap>()?,
            Trap::OutOfFuel
        );
    }
    Ok(())
}

/// The functions and offsets of an error's backtrace.
fn frames(error: &Error) -> Vec<(u32, Option<usize>)> {
    let backtrace = error.downcast_ref::<WasmBacktrace>();
    let frames = backtrace.map_or(&[][..], WasmBacktrace::frames);
    frames
        .iter()
        .map(|frame| (frame.func_index(), frame.module_offset()))
        .collect()
}

#[test]
fn backtraces_say_where_fuel_ran_out() -> Result<()> {
    let text = program(
        "(func $count (param i32) (result i32) (i32.add (local.get 0) (call $one)))
         (func $one (result i32) (i32.const 1))",
        "(loop (local.set $n (call $count (local.get $n))) (br 0))",
    );
    let modules = compile(&text)?;
    let mut seen = std::collections::HashSet::new();
    for fuel in 0..40 {
        let mut traces = Vec::new();
        for module in &modules {
            let (_, outcome) = run(module, 0, fuel)?;
            traces.push(frames(&outcome.expect_err("it has no end")));
        }
        assert!(traces.iter().all(|trace| *trace == traces[0]), "{traces:?}");
        assert!(traces[0].iter().all(|frame| frame.1.is_some()), "{traces:?}");
        seen.insert(traces[0].iter().map(|frame| frame.0).collect::<Vec<_>>());
    }
    for functions in [&[2][..], &[0, 2], &[1, 0, 2]] {
        assert!(seen.contains(functions), "{seen:?}");
    }
    // Both copies of a small loop are one place.
    let modules = compile(&program(
        "",
        "(local $m i32) (loop (local.set $m (i32.const 1)) (br 0))",
    ))?;
    let places = |module: &Module, fuel| -> Result<_> {
        let (_, outcome) = run(module, 0, fuel)?;
        Ok(frames(&outcome.expect_err("it has no end")))
    };
    for fuel in 1..20 {
        for module in &modules {
            assert_eq!(places(module, fuel)?, places(&modules[0], 1)?, "{fuel}");
        }
    }
    Ok(())
}

#[test]
fn a_store_can_be_fuelled_again() -> Result<()> {
    let text = "(module (global $g (export \"g\") (mut i32) (i32.const 0))
        (func (export \"run\") (loop (global.set $g (i32.add (global.get $g) (i32.const 1))) (br 0))))";
    for engine in engines()? {
        let mut store = Store::new(&engine, ());
        assert_eq!(store.get_fuel()?, 0);
        let instance = Instance::new(&mut store, &Module::new(&engine, text)?, &[])?;
        let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
        let global = instance.get_global(&mut store, "g").expect("it is exported");
        for turns in 1..5 {
            store.set_fuel(500)?;
            let error = run.call(&mut store, ()).expect_err("it has no end");
            assert_eq!(error.downcast::<Trap>()?, Trap::OutOfFuel);
            assert_eq!(store.get_fuel()?, 0);
            // One unit to enter, and five in each turn.
            assert_eq!(global.get(&mut store).i32(), Some(turns * 100));
        }
    }
    Ok(())
}

#[test]
fn start_functions_use_fuel() -> Result<()> {
    for engine in engines()? {
        let module = Module::new(&engine, "(module (start $f) (func $f (drop (i32.const 0))))")?;
        let mut store = Store::new(&engine, ());
        let error = Instance::new(&mut store, &module, &[]).expect_err("there is no fuel");
        assert_eq!(error.downcast::<Trap>()?, Trap::OutOfFuel);
        store.set_fuel(10)?;
        Instance::new(&mut store, &module, &[])?;
        assert_eq!(store.get_fuel()?, 8);
        // What runs nothing uses none.
        let module = Module::new(&engine, "(module (memory 1) (data (i32.const 0) \"abc\"))")?;
        Instance::new(&mut store, &module, &[])?;
        assert_eq!(store.get_fuel()?, 8);
    }
    Ok(())
}

#[test]
fn host_functions_see_what_is_left() -> Result<()> {
    let text = r#"(module
        (import "" "look" (func $look))
        (import "" "values" (func $values (param i32 i64) (result i32 i64)))
        (func $inner (drop (i32.const 0)) (call $look) (drop (i32.const 0)) (call $look))
        (func (export "run")
            (call $look) (call $inner)
            (call $values (i32.const 1) (i64.const 2)) (drop) (drop)
            (return_call $look)))"#;
    for engine in engines()? {
        let mut store = Store::new(&engine, Vec::new());
        let mut linker = Linker::new(&engine);
        linker.func_wrap("", "look", |mut caller: Caller<'_, Vec<u64>>| -> Result<()> {
            let left = caller.get_fuel()?;
            assert_eq!(left, caller.as_context().get_fuel()?);
            assert_eq!(left, caller.as_context_mut().get_fuel()?);
            caller.data_mut().push(left);
            Ok(())
        })?;
        let types = [ValType::I32, ValType::I64];
        let ty = FuncType::new(&engine, types.clone(), types);
        linker.func_new("", "values", ty, |mut caller, params, results| {
            results.clone_from_slice(params);
            let left = caller.get_fuel()?;
            caller.data_mut().push(left);
            caller.as_context_mut().set_fuel(left + 1000)
        })?;
        let instance = linker.instantiate(&mut store, &Module::new(&engine, text)?)?;
        store.set_fuel(100)?;
        let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
        run.call(&mut store, ())?;
        assert_eq!(*store.data(), [98, 94, 92, 89, 1088]);
        assert_eq!(store.get_fuel()?, 1088);
    }
    Ok(())
}

#[test]
fn a_host_function_may_take_and_add_fuel() -> Result<()> {
    let text = r#"(module (import "" "set" (func $set)) (func $other)
        (func (export "once") (call $set) (call $other))
        (func (export "ever") (loop (call $set) (br 0))))"#;
    for engine in engines()? {
        let mut store = Store::new(&engine, (1, 0));
        let set = Func::wrap(&mut store, |mut caller: Caller<'_, (u64, u64)>| -> Result<()> {
            let (fuel, calls) = *caller.data();
            *caller.data_mut() = (fuel, calls + 1);
            if calls < 1000 {
                caller.set_fuel(fuel)
            } else {
                Ok(())
            }
        });
        let instance = Instance::new(&mut store, &Module::new(&engine, text)?, &[set.into()])?;
        let mut call = |name, fuel| -> Result<(u64, u64)> {
            *store.data_mut() = (fuel, 0);
            store.set_fuel(3)?;
            let run = instance.get_typed_func::<(), ()>(&mut store, name)?;
            if let Err(error) = run.call(&mut store, ()) {
                assert_eq!(error.downcast::<Trap>()?, Trap::OutOfFuel);
                assert_eq!(store.get_fuel()?, 0);
            }
            Ok((store.data().1, store.get_fuel()?))
        };
        // The call of the other function costs 1, and entering it 1, for which something must be left.
        assert_eq!(call("once", 1)?, (1, 0));
        assert_eq!(call("once", 9)?, (1, 7));
        // Each turn costs two units: after the last amount was given there are two more.
        assert_eq!(call("ever", 1)?, (1, 0));
        assert_eq!(call("ever", 5)?, (1002, 0));
    }
    Ok(())
}

#[test]
fn programs_inside_programs_share_the_fuel() -> Result<()> {
    let text = r#"(module (import "" "again" (func $again))
        (func (export "inner") (drop (i32.const 0)))
        (func (export "endless") (loop (br 0)))
        (func (export "run") (call $again) (drop (i32.const 0))))"#;
    for engine in engines()? {
        for (name, left) in [("inner", Some(95)), ("endless", None)] {
            let mut store = Store::new(&engine, ());
            let again = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>| -> Result<()> {
                let inner = caller.get_export(name).and_then(Extern::into_func);
                let inner = inner.expect("it is exported").typed::<(), ()>(&caller)?;
                inner.call(&mut caller, ())
            });
            let instance = Instance::new(&mut store, &Module::new(&engine, text)?, &[again.into()])?;
            store.set_fuel(100)?;
            let outcome = instance
                .get_typed_func::<(), ()>(&mut store, "run")?
                .call(&mut store, ());
            assert_eq!(outcome.is_ok(), left.is_some());
            assert_eq!(store.get_fuel()?, left.unwrap_or(0));
        }
    }
    Ok(())
}

#[test]
fn an_epoch_callback_sees_what_is_left() -> Result<()> {
    let text = program(
        "",
        "(loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    );
    for module in compile(&text)? {
        let mut store = Store::new(module.engine(), Vec::new());
        let instance = Instance::new(&mut store, &module, &[])?;
        let run = instance.get_typed_func::<i32, ()>(&mut store, "run")?;
        store.set_fuel(100)?;
        store.set_epoch_deadline(0);
        store.epoch_deadline_callback(|mut store| {
            let left = store.get_fuel()?;
            store.data_mut().push(left);
            store.set_fuel(left + 10)?;
            Ok(UpdateDeadline::Continue(1))
        });
        run.call(&mut store, 4)?;
        // The function polls where it is entered, before it has used anything.
        assert_eq!(*store.data(), [100]);
        assert_eq!(store.get_fuel()?, 109 - 20);
    }
    Ok(())
}

#[test]
fn more_than_half_the_numbers_can_be_given() -> Result<()> {
    let modules = compile(&program("", "(loop (br_if 0 (i32.const 0)))"))?;
    for module in &modules {
        for fuel in [
            u64::MAX,
            i64::MAX as u64 + 1,
            i64::MAX as u64,
            i64::MAX as u64 - 1,
        ] {
            assert_eq!(run(module, 0, fuel)?.0, 3);
        }
        let mut store = Store::new(module.engine(), ());
        for fuel in [u64::MAX, 1, 0] {
            store.set_fuel(fuel)?;
            assert_eq!(store.get_fuel()?, fuel);
        }
    }
    Ok(())
}

#[test]
fn what_is_used_beyond_the_end_is_not_owed() -> Result<()> {
    let modules = compile(&program(
        "",
        "(local.set $n (i32.add (local.get $n) (i32.const 2)))",
    ))?;
    for module in &modules {
        let mut store = Store::new(module.engine(), ());
        let instance = Instance::new(&mut store, module, &[])?;
        let run = instance.get_typed_func::<i32, ()>(&mut store, "run")?;
        store.set_fuel(7)?;
        run.call(&mut store, 0)?;
        assert_eq!(store.get_fuel()?, 2);
        run.call(&mut store, 0)?;
        assert_eq!(store.get_fuel()?, 0);
        let error = run.call(&mut store, 0).expect_err("nothing is left");
        assert_eq!(error.downcast::<Trap>()?, Trap::OutOfFuel);
        store.set_fuel(6)?;
        run.call(&mut store, 0)?;
        assert_eq!(store.get_fuel()?, 1);
    }
    Ok(())
}

#[test]
fn fuel_that_is_not_counted_is_an_error() -> Result<()> {
    let mut store = Store::new(&Engine::default(), ());
    for error in [
        store.get_fuel().err(),
        store.set_fuel(1).err(),
        store.as_context().get_fuel().err(),
        store.as_context_mut().set_fuel(1).err(),
    ] {
        let message = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains("Config::consume_fuel(true)"), "{message}");
    }
    Ok(())
}
