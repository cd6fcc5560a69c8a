//! Tables: growing, filling, and ranges at the end of what indices can express.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

fn growing_beyond_the_maximum_or_by_far_too_much_gives_minus_one(tiers: Tiers) -> Result<()> {
    let (mut store, instance) = instance_in(
        &engine_of(tiers)?,
        r#"(module
            (table $small 1 4 funcref)
            (table $wide i64 1 funcref)
            (table $refs 0 externref)
            (func $f)
            (elem declare func $f)
            (func (export "small") (param i32) (result i32) (table.grow $small (ref.func $f) (local.get 0)))
            (func (export "wide") (param i64) (result i64) (table.grow $wide (ref.func $f) (local.get 0)))
            (func (export "refs") (param i32) (result i32) (table.grow $refs (ref.null extern) (local.get 0)))
            (func (export "sizes") (result i32 i64 i32)
                (table.size $small) (table.size $wide) (table.size $refs)))"#,
    )?;
    for delta in [4, 5, i32::MAX, i32::MIN, -1] {
        assert_eq!(
            number(&mut store, instance, "small", &[delta.into()])?,
            u64::from(u32::MAX),
            "{delta}"
        );
    }
    for delta in [-1i64, i64::MIN, i64::MAX, 1 << 62, (1 << 61) + 1] {
        assert_eq!(
            number(&mut store, instance, "wide", &[delta.into()])?,
            u64::MAX,
            "{delta}"
        );
    }
    assert_eq!(number(&mut store, instance, "small", &[3.into()])?, 1);
    assert_eq!(number(&mut store, instance, "small", &[0.into()])?, 4);
    assert_eq!(
        number(&mut store, instance, "small", &[1.into()])?,
        u64::from(u32::MAX)
    );
    assert_eq!(number(&mut store, instance, "wide", &[2i64.into()])?, 1);
    assert_eq!(number(&mut store, instance, "refs", &[7.into()])?, 0);
    let sizes = call(&mut store, instance, "sizes", &[])?;
    assert_eq!(
        (
            sizes[0].unwrap_i32(),
            sizes[1].unwrap_i64(),
            sizes[2].unwrap_i32()
        ),
        (4, 3, 7)
    );
    Ok(())
}

const RANGES: &str = r#"(module
    (table $t 10 funcref)
    (table $w i64 10 funcref)
    (elem $e func $f $f $f $f)
    (func $f)
    (func (export "fill32") (param i64 i64)
        (table.fill $t (i32.wrap_i64 (local.get 0)) (ref.func $f) (i32.wrap_i64 (local.get 1))))
    (func (export "fill64") (param i64 i64) (table.fill $w (local.get 0) (ref.func $f) (local.get 1)))
    (func (export "copy32") (param i64 i64)
        (table.copy $t $t (i32.wrap_i64 (local.get 0)) (i32.const 0) (i32.wrap_i64 (local.get 1))))
    (func (export "copy64") (param i64 i64) (table.copy $w $w (local.get 0) (i64.const 0) (local.get 1)))
    (func (export "from64") (param i64 i64) (table.copy $w $w (i64.const 0) (local.get 0) (local.get 1)))
    (func (export "init32") (param i64 i64)
        (table.init $t $e (i32.wrap_i64 (local.get 0)) (i32.const 0) (i32.wrap_i64 (local.get 1))))
    (func (export "init64") (param i64 i64)
        (table.init $w $e (local.get 0) (i32.const 0) (i32.wrap_i64 (local.get 1))))
    (func (export "get64") (param i64 i64) (drop (table.get $w (local.get 0))))
    (func (export "set64") (param i64 i64) (table.set $w (local.get 0) (ref.null func)))
    (func (export "call64") (param i64 i64) (call_indirect $w (local.get 0)))
    (func (export "null32") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0)))))"#;

fn ranges_are_checked_without_wrapping_around(tiers: Tiers) -> Result<()> {
    let (mut store, instance) = instance_in(&engine_of(tiers)?, RANGES)?;
    let max32 = i64::from(u32::MAX);
    let cases: &[(&str, i64, i64, bool)] = &[
        ("fill32", 10, 0, true),
        ("fill32", 11, 0, false),
        ("fill32", 0, 10, true),
        ("fill32", 1, 10, false),
        ("fill32", max32, 1, false),
        ("fill32", max32, 2, false),
        ("fill32", 2, max32, false),
        ("fill64", 10, 0, true),
        ("fill64", 11, 0, false),
        ("fill64", 1, -1, false),
        ("fill64", -1, 1, false),
        ("fill64", -1, 2, false),
        ("fill64", 1 << 32, 1, false),
        ("fill64", 1 << 32, 0, false),
        ("fill64", 0, 1 << 32, false),
        ("copy32", 10, 0, true),
        ("copy32", 11, 0, false),
        ("copy32", 1, max32, false),
        ("copy64", 1, -1, false),
        ("copy64", 1 << 32, 1, false),
        ("copy64", 0, 10, true),
        ("from64", -1, 1, false),
        ("from64", 1 << 32, 1, false),
        ("from64", 10, 0, true),
        ("init32", 6, 4, true),
        ("init32", 7, 4, false),
        ("init32", 0, 5, false),
        ("init32", 0, max32, false),
        ("init64", 6, 4, true),
        ("init64", -1, 1, false),
        ("init64", -4, 4, false),
        ("init64", 1 << 32, 1, false),
        ("get64", 1 << 32, 0, false),
        ("get64", -1, 0, false),
        ("get64", 9, 0, true),
        ("set64", 1 << 32, 0, false),
        ("set64", 1 << 61, 0, false),
        ("call64", 1 << 32, 0, false),
        ("call64", 1 << 61, 0, false),
    ];
    for &(name, start, len, fits) in cases {
        let outcome = call(&mut store, instance, name, &[start.into(), len.into()]);
        match outcome {
            Ok(_) => assert!(fits, "{name} {start:#x} {len:#x} did not trap"),
            Err(error) => {
                assert!(!fits, "{name} {start:#x} {len:#x}: {error:?}");
                assert_eq!(
                    trap(&error),
                    Some(Trap::TableOutOfBounds),
                    "{name} {start:#x} {len:#x}: {error:?}"
                );
            }
        }
    }
    Ok(())
}

/// A bulk operation that does not fit changes nothing.
fn a_bulk_operation_that_traps_has_changed_nothing(tiers: Tiers) -> Result<()> {
    for name in ["fill32", "init32"] {
        let (mut store, instance) = instance_in(&engine_of(tiers)?, RANGES)?;
        expect_trap(
            call(&mut store, instance, name, &[8i64.into(), 3i64.into()]),
            Trap::TableOutOfBounds,
        );
        for index in 0..10 {
            assert_eq!(
                number(&mut store, instance, "null32", &[index.into()])?,
                1,
                "{name} {index}"
            );
        }
    }
    Ok(())
}

/// Copies within one table behave as if through a copy of it, in both directions.
fn overlapping_copies_go_the_right_way_round(tiers: Tiers) -> Result<()> {
    for element in ["externref", "funcref"] {
        let engine = engine_of(tiers)?;
        let mut store = Store::new(&engine, ());
        let module = Module::new(
            &engine,
            format!(
                r#"(module (table (export "t") 8 {element})
                    (func (export "copy") (param i32 i32 i32)
                        (table.copy (local.get 0) (local.get 1) (local.get 2))))"#
            ),
        )?;
        for (to, from, len) in [(2, 0, 6), (0, 2, 6), (1, 0, 7), (0, 1, 7), (3, 3, 5)] {
            let instance = Instance::new(&mut store, &module, &[])?;
            let table = instance.get_table(&mut store, "t").context("exported")?;
            let mut model = Vec::new();
            for index in 0..8 {
                let value: Ref = match element {
                    "externref" => ExternRef::new(&mut store, index)?.into(),
                    _ => Func::wrap(&mut store, move || index).into(),
                };
                table.set(&mut store, index as u64, value)?;
                model.push(show(&store, &[value.into()]));
            }
            model.copy_within_clone(from, to, len);
            let params = [to as i32, from as i32, len as i32].map(Val::from);
            call(&mut store, instance, "copy", &params)?;
            for (index, expected) in model.iter().enumerate() {
                let found = table.get(&mut store, index as u64).context("inside")?;
                assert_eq!(
                    &show(&store, &[found.into()]),
                    expected,
                    "{element} {to} {from} {len} [{index}]"
                );
            }
        }
    }
    Ok(())
}

trait CopyWithin {
    fn copy_within_clone(&mut self, from: usize, to: usize, len: usize);
}

impl CopyWithin for Vec<String> {
    fn copy_within_clone(&mut self, from: usize, to: usize, len: usize) {
        let part = self[from..from + len].to_vec();
        self[to..to + len].clone_from_slice(&part);
    }
}

/// After a table has grown, and perhaps moved, everybody sees the same one.
fn a_table_that_has_grown_is_seen_by_all_who_import_it(tiers: Tiers) -> Result<()> {
    let (mut store, owner) = instance_in(
        &engine_of(tiers)?,
        r#"(module (table (export "t") 1 funcref)
            (func $f (result i32) (i32.const 42))
            (elem declare func $f)
            (func (export "grow") (param i32) (result i32) (table.grow (ref.func $f) (local.get 0)))
            (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))"#,
    )?;
    let table = owner.get_table(&mut store, "t").context("exported")?;
    let user = instantiate(
        &mut store,
        r#"(module (import "" "t" (table 1 funcref))
            (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
            (func (export "grow_and_call") (param i32) (result i32)
                (drop (table.grow (ref.null func) (local.get 0)))
                (call_indirect (result i32) (i32.const 1))))"#,
        &[table.into()],
    )?;
    let mut size = 1;
    for delta in [1, 3, 100, 5000] {
        assert_eq!(number(&mut store, owner, "grow", &[delta.into()])?, size);
        size += delta as u64;
        for instance in [owner, user] {
            let last = Val::I32(size as i32 - 1);
            assert_eq!(number(&mut store, instance, "call", &[last])?, 42);
            let beyond = call(&mut store, instance, "call", &[Val::I32(size as i32)]);
            expect_trap(beyond, Trap::TableOutOfBounds);
        }
    }
    assert_eq!(number(&mut store, user, "grow_and_call", &[20_000.into()])?, 42);
    assert_eq!(table.size(&store), size + 20_000);
    let missing = call(&mut store, owner, "call", &[Val::I32(size as i32)]);
    expect_trap(missing, Trap::IndirectCallToNull);
    Ok(())
}

/// An empty table has no element, and growing it makes some.
fn empty_tables_work(tiers: Tiers) -> Result<()> {
    let (mut store, instance) = instance_in(
        &engine_of(tiers)?,
        r#"(module (table 0 0 funcref) (table $u 0 externref)
            (func (export "call") (call_indirect (i32.const 0)))
            (func (export "fill") (table.fill (i32.const 0) (ref.null func) (i32.const 0)))
            (func (export "get") (param i32) (result externref) (table.get $u (local.get 0)))
            (func (export "grow") (result i32) (table.grow $u (ref.null extern) (i32.const 1))))"#,
    )?;
    expect_trap(call(&mut store, instance, "call", &[]), Trap::TableOutOfBounds);
    call(&mut store, instance, "fill", &[])?;
    expect_trap(
        call(&mut store, instance, "get", &[0.into()]),
        Trap::TableOutOfBounds,
    );
    assert_eq!(number(&mut store, instance, "grow", &[])?, 0);
    assert!(
        call(&mut store, instance, "get", &[0.into()])?[0]
            .unwrap_externref()
            .is_none()
    );
    Ok(())
}

/// Elements that are null need no memory until they are set.
#[test]
fn a_large_table_of_nulls_is_made_at_once() -> Result<()> {
    let engine = Engine::default();
    let limits = StoreLimitsBuilder::new().table_elements(300_000_000).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let before = resident_bytes()?;
    for element in [RefType::FUNCREF, RefType::EXTERNREF] {
        let null = Ref::null(element.heap_type());
        let table = Table::new(&mut store, TableType::new(element, 300_000_000, None), null)?;
        assert!(
            table
                .get(&mut store, 299_999_999)
                .is_some_and(|last| last.is_null())
        );
    }
    let module = Module::new(&engine, r#"(module (table (export "t") 300000000 funcref))"#)?;
    let large = Instance::new(&mut store, &module, &[])?;
    assert_eq!(
        large
            .get_table(&mut store, "t")
            .context("exported")?
            .grow(&mut store, 0, Ref::Func(None))?,
        300_000_000
    );
    let used = resident_bytes()?.saturating_sub(before);
    assert!(used < 1 << 30, "{used} bytes");
    Ok(())
}

/// How much memory the process really has.
fn resident_bytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = status.split(' ').nth(1).context("the second field")?.parse()?;
    Ok(pages * 4096)
}

/// What a dropped segment held is not used again, and what a table has of it stays.
fn dropped_element_segments_of_external_references(tiers: Tiers) -> Result<()> {
    for zeal in [false, true] {
        let engine = Engine::new(config_of(tiers).gc_zeal(zeal))?;
        let module = Module::new(
            &engine,
            r#"(module
                (type $box (struct (field i32)))
                (global $value (import "host" "value") externref)
                (table $t (export "t") 4 externref)
                (table $b 4 anyref)
                (elem $e externref (global.get $value) (ref.null extern) (global.get $value))
                (elem $f anyref (struct.new $box (i32.const 5)) (ref.i31 (i32.const 6)))
                (func (export "init") (param i32)
                    (table.init $t $e (i32.const 0) (i32.const 0) (local.get 0))
                    (table.init $b $f (i32.const 0) (i32.const 0) (local.get 0)))
                (func (export "drop") (elem.drop $e) (elem.drop $f))
                (func (export "box") (result i32)
                    (struct.get $box 0 (ref.cast (ref $box) (table.get $b (i32.const 0)))))
                (func (export "make") (param i32)
                    (loop $again
                        (drop (struct.new $box (local.get 0)))
                        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#,
        )?;
        let mut store = Store::new(&engine, ());
        let value = ExternRef::new(&mut store, String::from("the host's"))?;
        let ty = GlobalType::new(ValType::EXTERNREF, Mutability::Const);
        let global = Global::new(&mut store, ty, Some(value).into())?;
        let mut linker = Linker::new(&engine);
        linker.define(&store, "host", "value", global)?;
        let instance = linker.instantiate(&mut store, &module)?;
        let init = instance.get_typed_func::<i32, ()>(&mut store, "init")?;
        let drop = instance.get_typed_func::<(), ()>(&mut store, "drop")?;
        let unbox = instance.get_typed_func::<(), i32>(&mut store, "box")?;
        let make = instance.get_typed_func::<i32, ()>(&mut store, "make")?;
        init.call(&mut store, 2)?;
        drop.call(&mut store, ())?;
        store.gc(None).expect("nothing prevents a collection");
        make.call(&mut store, 2000)?;
        store.gc(None).expect("nothing prevents a collection");
        let error = init.call(&mut store, 1).expect_err("the segment is empty now");
        assert_eq!(error.downcast_ref(), Some(&Trap::TableOutOfBounds));
        init.call(&mut store, 0)?;
        drop.call(&mut store, ())?;
        assert_eq!(unbox.call(&mut store, ())?, 5);
        let table = instance.get_table(&mut store, "t").expect("it is exported");
        let held = table.get(&mut store, 0).expect("it is there");
        let held = *held.unwrap_extern().context("not null")?;
        let held = held.data(&store)?.expect("it is the host's");
        assert_eq!(
            held.downcast_ref::<String>().map(String::as_str),
            Some("the host's")
        );
    }
    Ok(())
}

in_tiers!(
    growing_beyond_the_maximum_or_by_far_too_much_gives_minus_one,
    ranges_are_checked_without_wrapping_around,
    a_bulk_operation_that_traps_has_changed_nothing,
    overlapping_copies_go_the_right_way_round,
    a_table_that_has_grown_is_seen_by_all_who_import_it,
    empty_tables_work,
    dropped_element_segments_of_external_references
);
