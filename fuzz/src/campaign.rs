//! Runs the check of the target `execute` on inputs that seeds make, without coverage: `campaign FIRST COUNT`. With a count of 0, the
//! module of the seed is written to the file `campaign.wasm`.
//!
//! It says which seeds find something, and goes on. The seed that runs is in the file `campaign-seed-THREAD` of the folder for
//! temporary files, for the case that the process dies.

// What instrumented code calls.
use libfuzzer_sys as _;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use transom_fuzz::execute;

/// Bytes of an input: few make small modules, which are many in a minute.
const LENGTHS: [usize; 4] = [64, 256, 1024, 4096];

/// The input of a seed. Each fourth begins with what makes it a seed of the generator of `transom compare`.
fn input(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def0;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let length = LENGTHS[(next() >> 20) as usize % LENGTHS.len()];
    let mut bytes: Vec<u8> = (0..length).map(|_| (next() >> 33) as u8).collect();
    if seed.is_multiple_of(4) {
        bytes[1] = 0xff;
    }
    bytes
}

fn main() {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let &[first, count] = &numbers[..] else {
        eprintln!("campaign FIRST COUNT");
        std::process::exit(2);
    };
    if count == 0 {
        let Some((module, choice)) = execute::module(&input(first)) else {
            eprintln!("seed {first} makes no module");
            std::process::exit(1);
        };
        println!("choice {choice}");
        std::fs::write("campaign.wasm", module).expect("the folder can be written to");
        return;
    }
    let (next, found) = (AtomicU64::new(first), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            if count == 0 {
                let Some((module, choice)) = execute::module(&input(first)) else {
                    eprintln!("seed {first} makes no module");
                    std::process::exit(1);
                };
                println!("choice {choice}");
                std::fs::write("campaign.wasm", module).expect("the folder can be written to");
                return;
            }
            let (next, found) = (&next, &found);
            scope.spawn(move || {
                let note = std::env::temp_dir().join(format!("campaign-seed-{thread}"));
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    let _ = std::fs::write(&note, seed.to_string());
                    let bytes = input(seed);
                    if catch_unwind(|| execute::check(&bytes)).is_err() {
                        println!("seed {seed}");
                        found.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let found = found.into_inner();
    println!("{count} inputs from seed {first} on: {found} findings");
    std::process::exit(i32::from(found > 0));
}
