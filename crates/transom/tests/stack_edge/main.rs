//! The end of the stack: whatever a function does there, and however large its frame is, the program traps and the host goes
//! on. One case runs on the main thread, so this test has no harness.
//!
//! Each [`Deed`] is a function with a frame of a given size that makes compiled code call the runtime or the host in one way.
//! It is called below so many small frames that its own ends just before, around and beyond each limit there is.

mod deed;

use deed::{DEEP_FRAMES, Deed, FRAMES, Frame, MIXED_FRAMES, module};
use transom::*;

/// Sizes of threads' stacks, in bytes: the first is too small for any program.
const STACKS: [usize; 5] = [128 << 10, 200 << 10, 256 << 10, 600 << 10, 2 << 20];

/// A deed and a frame, as a module.
struct Prepared {
    deed: Deed,
    frame: Frame,
    module: Module,
}

impl Prepared {
    fn new(tiers: Tiers, deed: Deed, frame: Frame) -> Result<Prepared> {
        let mut config = Config::new();
        config
            .tiers(tiers)
            .max_wasm_stack(usize::MAX)
            .consume_fuel(deed == Deed::OutOfFuel);
        config.memory_reservation(if deed == Deed::CheckedMemory { 0 } else { 4 << 30 });
        config.gc_zeal(deed == Deed::Collect);
        let module = Module::new(&Engine::new(&config)?, module(deed, frame))?;
        Ok(Prepared { deed, frame, module })
    }
}

/// A deed, ready to be done.
struct Case {
    store: Store<()>,
    run: TypedFunc<i32, i32>,
    deed: Deed,
    frame: Frame,
}

impl Case {
    fn new(prepared: &Prepared) -> Result<Case> {
        let &Prepared {
            deed,
            frame,
            ref module,
        } = prepared;
        let engine = module.engine();
        let mut store = Store::new(engine, ());
        if deed == Deed::Interrupted {
            // The deadline has always come, so each poll calls back.
            store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(0)));
            store.set_epoch_deadline(0);
        }
        let mut linker = Linker::new(engine);
        linker.func_wrap("host", "registers", |value: i32| value + 1)?;
        linker.func_wrap("host", "fails", |_: i32| -> Result<i32> {
            Err(Error::msg("the host's own error"))
        })?;
        let many = FuncType::new(engine, vec![ValType::I64; 20], vec![ValType::I64; 20]);
        linker.func_new("host", "array", many, |_, params, results| {
            results.clone_from_slice(params);
            Ok(())
        })?;
        let instance = linker.instantiate(&mut store, module)?;
        let run = instance.get_typed_func(&mut store, "run")?;
        Ok(Case {
            store,
            run,
            deed,
            frame,
        })
    }

    /// Does it below `depth` small frames: whether there was enough stack.
    fn fits(&mut self, depth: i32) -> bool {
        if self.deed == Deed::OutOfFuel {
            // Enough to come there: seven instructions for a small frame, and those of the large one.
            let fuel = 7 * depth as u64 + self.frame.executed() as u64 + 100;
            self.store.set_fuel(fuel).expect("the engine counts fuel");
        }
        let result = self.run.call(&mut self.store, depth);
        match (result, self.deed.expected()) {
            (Ok(value), Ok(expected)) => assert_eq!(value, expected, "{:?}", self.deed),
            (Err(error), expected) => {
                let trap = error.downcast_ref::<Trap>().copied();
                if trap == Some(Trap::StackOverflow) {
                    return false;
                }
                match expected {
                    Err(Some(expected)) => assert_eq!(trap, Some(expected), "{error:?}"),
                    Err(None) => assert!(format!("{error:?}").contains("the host's own"), "{error:?}"),
                    Ok(_) => panic!("{:?}: {error:?}", self.deed),
                }
            }
            (Ok(value), Err(_)) => panic!("{:?} gave {value}", self.deed),
        }
        true
    }

    /// Tries depths from none to too many, and each one around the first that is too many.
    fn sweep(&mut self, around: i32) {
        let (mut fits, mut beyond) = (-1, 16);
        while self.fits(beyond) {
            (fits, beyond) = (beyond, beyond * 2);
        }
        while beyond - fits > 1 {
            let middle = fits + (beyond - fits) / 2;
            match self.fits(middle) {
                true => fits = middle,
                false => beyond = middle,
            }
        }
        for depth in (beyond - around).max(0)..beyond + around {
            assert_eq!(
                self.fits(depth),
                depth < beyond,
                "{:?} below {depth} frames",
                self.deed
            );
        }
        // Small frames end where the large one no longer fits, too; between are many places for it.
        for step in 1..around {
            self.fits(beyond + step * 37);
        }
    }
}

/// Every deed with each of these frames on this thread, at so many places around each edge.
fn on_this_thread(prepared: &[Prepared], frames: &[Frame], around: i32) {
    for prepared in prepared
        .iter()
        .filter(|prepared| frames.contains(&prepared.frame))
    {
        Case::new(prepared)
            .expect("the module has what it needs")
            .sweep(around);
    }
}

/// The same on a thread with a stack of a size. Deep stacks take long to fill, so not all frames are tried on them.
fn on_a_thread(prepared: &[Prepared], stack: usize) {
    match stack > 512 << 10 {
        true => on_this_thread(prepared, &DEEP_FRAMES, 4),
        false => on_this_thread(prepared, &FRAMES, 60),
    }
}

/// All deeds with all frames, compiled by these compilers. With mixtures there is more to compile than to see: a function's frame is that of
/// its own compiler.
fn prepare(tiers: Tiers) -> Vec<Prepared> {
    let frames: &[Frame] = match tiers.seed() {
        Some(_) => &MIXED_FRAMES,
        None => &FRAMES,
    };
    let all = Deed::ALL
        .iter()
        .flat_map(|&deed| frames.iter().map(move |&frame| (deed, frame)));
    all.map(|(deed, frame)| Prepared::new(tiers, deed, frame).expect("the module is valid"))
        .collect()
}

const TIERS: [Tiers; 3] = [Tiers::Optimized, Tiers::Baseline, Tiers::Mixed(1)];

/// What each of the tiers has compiled, on threads with a stack of a size.
fn on_threads(prepared: &[Vec<Prepared>], size: usize) {
    std::thread::scope(|scope| {
        let threads: Vec<_> = prepared
            .iter()
            .map(|prepared| {
                let thread = std::thread::Builder::new().stack_size(size);
                let thread = thread.spawn_scoped(scope, move || on_a_thread(prepared, size));
                thread.expect("the system has room for a thread")
            })
            .collect();
        for (thread, tiers) in threads.into_iter().zip(TIERS) {
            if thread.join().is_err() {
                panic!("failed with a stack of {size} bytes, compiled by {tiers:?}");
            }
        }
    });
    println!("threads with {size} bytes of stack ... ok");
}

fn main() {
    let prepared: Vec<Vec<Prepared>> = std::thread::scope(|scope| {
        let threads = TIERS.map(|tiers| scope.spawn(move || prepare(tiers)));
        threads
            .map(|thread| thread.join().expect("all modules are compiled"))
            .into()
    });
    std::thread::scope(|scope| {
        scope.spawn(|| STACKS.iter().for_each(|&size| on_threads(&prepared, size)));
        // Where this stack ends is the same for all compilers, so one frame is enough for the second.
        on_this_thread(&prepared[0], &DEEP_FRAMES, 4);
        on_this_thread(&prepared[1], &DEEP_FRAMES[1..2], 4);
        println!("the main thread ... ok");
    });
}
