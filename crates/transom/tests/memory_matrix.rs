//! Every access to a memory is inside it or traps, whatever the reservation, the guard, the offset, the index and the
//! width: compared with plain arithmetic at all boundaries. A wrong address that happens to be mapped would be read.

mod support;

use std::collections::BTreeSet;
use support::either;
use transom::*;

/// Instructions, the bytes that they access, and what they are given and give besides the index.
const ACCESSES: [(&str, u64, Kind); 13] = [
    ("i32.load8_u", 1, Kind::Load32),
    ("i32.load16_u", 2, Kind::Load32),
    ("i32.load", 4, Kind::Load32),
    ("i64.load", 8, Kind::Load64),
    ("v128.load", 16, Kind::LoadVector),
    ("v128.load64_zero", 8, Kind::LoadVector),
    ("v128.load8x8_u", 8, Kind::LoadVector),
    ("i32.store8", 1, Kind::Store32),
    ("i64.store", 8, Kind::Store64),
    ("v128.store", 16, Kind::StoreVector),
    ("i32.atomic.load8_u", 1, Kind::Load32),
    ("i64.atomic.store", 8, Kind::Store64),
    ("i64.atomic.rmw.add", 8, Kind::Add64),
];

#[derive(Clone, Copy)]
enum Kind {
    Load32,
    Load64,
    LoadVector,
    Store32,
    Store64,
    StoreVector,
    Add64,
}

impl Kind {
    /// The body of a function that accesses the index in its parameter.
    fn body(self, access: &str) -> String {
        let index = "(local.get 0)";
        match self {
            Kind::Load32 | Kind::Load64 | Kind::LoadVector => format!("(drop ({access} {index}))"),
            Kind::Store32 => format!("({access} {index} (i32.const 0))"),
            Kind::Store64 => format!("({access} {index} (i64.const 0))"),
            Kind::StoreVector => format!("({access} {index} (v128.const i64x2 0 0))"),
            Kind::Add64 => format!("(drop ({access} {index} (i64.const 0)))"),
        }
    }
}

/// A memory's limits in pages, and whether its indices have 64 bits.
#[derive(Clone, Copy, Debug)]
struct Shape {
    pages: u64,
    max: Option<u64>,
    index64: bool,
}

const PAGE: u64 = 1 << 16;
const GIB: u64 = 1 << 30;

/// Values around each of the given ones.
fn around(centres: &[u64], most: u64) -> BTreeSet<u64> {
    let distances = [-17i64, -16, -8, -4, -2, -1, 0, 1, 8, 16];
    let near = |&centre: &u64| distances.map(|distance| centre.wrapping_add_signed(distance));
    centres
        .iter()
        .flat_map(near)
        .filter(|&value| value <= most)
        .collect()
}

fn check(config: &Config, guard: u64, shape: Shape) -> Result<()> {
    let engine = Engine::new(config)?;
    let most = if shape.index64 {
        u64::MAX
    } else {
        u64::from(u32::MAX)
    };
    let offsets = around(&[0, PAGE, guard, GIB, 2 * GIB, 4 * GIB, most], most);
    let (letter, ty) = if shape.index64 {
        ("i64", "i64")
    } else {
        ("", "i32")
    };
    let max = shape.max.map_or(String::new(), |max| max.to_string());
    let mut text = format!("(module (memory {letter} {} {max})\n", shape.pages);
    let mut functions = Vec::new();
    for &offset in &offsets {
        // Not every access at every offset: neighbours differ in both.
        let step = functions.len() % 3;
        for (access, size, kind) in ACCESSES.into_iter().skip(step).step_by(3) {
            let body = kind.body(&format!("{access} offset={offset}"));
            text += &format!("(func (export \"{}\") (param {ty}) {body})\n", functions.len());
            functions.push((access, size, offset));
        }
    }
    let module = Module::new(&engine, text + ")")?;
    let mut store = either::store(&engine)?;
    let instance = either::instance(&mut store, &module, &[])?;
    let length = shape.pages * PAGE;
    for (number, (access, size, offset)) in functions.into_iter().enumerate() {
        let call = instance
            .get_func(&mut store, &number.to_string())
            .expect("it is exported");
        let edge = length.wrapping_sub(offset);
        let indices = around(&[0, length, edge, edge.wrapping_sub(size), 2 * GIB, most], most);
        for index in indices {
            let end = u128::from(index) + u128::from(offset) + u128::from(size);
            let atomic = access.contains("atomic") && index.wrapping_add(offset) % size != 0;
            let argument = match shape.index64 {
                true => Val::I64(index as i64),
                false => Val::I32(index as u32 as i32),
            };
            let result = either::call(call, &mut store, &[argument], &mut []);
            let trap = result
                .err()
                .and_then(|error| error.downcast_ref::<Trap>().copied());
            let expected = match end > u128::from(length) {
                _ if atomic => Some(Trap::HeapMisaligned),
                true => Some(Trap::MemoryOutOfBounds),
                false => None,
            };
            assert_eq!(
                trap, expected,
                "{access} at {index:#x} + {offset:#x}, {shape:?}, guard {guard:#x}"
            );
        }
    }
    Ok(())
}

fn check_all(reservation: u64, guards: &[u64]) -> Result<()> {
    for &guard in guards {
        let mut config = Config::new();
        config
            .memory_reservation(reservation)
            .memory_guard_size(guard)
            .wasm_threads(true)
            .consume_fuel(either::is_asynchronous());
        // What the verifier and the compilers make of addresses differs; so does who checks.
        for (tiers, optimize, masks) in [
            (Tiers::Optimized, OptLevel::Speed, true),
            (Tiers::Optimized, OptLevel::None, false),
            (Tiers::Baseline, OptLevel::None, true),
            (Tiers::Baseline, OptLevel::None, false),
            (Tiers::Debugged, OptLevel::None, true),
            (Tiers::Mixed(guard), OptLevel::Speed, true),
        ] {
            config
                .tiers(tiers)
                .cranelift_opt_level(optimize)
                .speculation_masks(masks);
            for index64 in [false, true] {
                let max = (guard & PAGE == 0).then_some(3);
                check(
                    &config,
                    guard,
                    Shape {
                        pages: 2,
                        max,
                        index64,
                    },
                )?;
            }
        }
    }
    Ok(())
}

#[test]
fn with_whole_reservations() -> Result<()> {
    check_all(
        4 * GIB,
        &[
            PAGE,
            32 << 20,
            2 * GIB - 1,
            2 * GIB + 15,
            3 * GIB,
            4 * GIB,
            6 * GIB,
        ],
    )
}

#[test]
fn with_larger_reservations() -> Result<()> {
    check_all(9 * GIB, &[PAGE - 1, PAGE, 2 * GIB + PAGE, 5 * GIB])
}

#[test]
fn with_short_reservations() -> Result<()> {
    check_all(0, &[0, 4096, 3 * GIB])?;
    check_all(PAGE, &[0, PAGE])?;
    check_all(4 * GIB - 1, &[0, 2 * GIB + PAGE])
}

/// The stack that a fault ends is a fiber's.
#[test]
fn with_asynchronous_calls() -> Result<()> {
    either::asynchronously(|| check_all(4 * GIB, &[PAGE, 3 * GIB]))
}
