//! `--profile=guest`: samples of the program's stack at regular intervals, for the Firefox Profiler.
//!
//! A thread increments the engine's epoch, and the store's callback takes a sample at each epoch that the program notices. Preloaded
//! modules start before the profile begins; their functions are in it from then on. The file is created before anything runs, so that
//! a run is not lost to a name that cannot be written.

use crate::args::{Guest, Run};
use crate::failure::Failure;
use crate::output::note;
use crate::timeout;
use crate::world::World;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;
use transom::{Engine, Error, Escaped, GuestProfiler, Module, Store, StoreContextMut, UpdateDeadline};

/// A profile of a run, if there should be one.
pub struct Recording<'a>(Option<(&'a Guest, File)>);

impl<'a> Recording<'a> {
    /// Creates the file of the profile.
    pub fn create(args: &'a Run) -> Result<Self, Failure> {
        let Some(guest) = args.guest_profile() else {
            return Ok(Recording(None));
        };
        match File::create(&guest.path) {
            Ok(file) => Ok(Recording(Some((guest, file)))),
            Err(error) => {
                Err(unwritten(&guest.path, &error.into()).hint("name a file: --profile=guest,FILE"))
            }
        }
    }

    /// Lets the store's programs go on at each epoch, with a sample once the profile has begun, until the time limit.
    pub fn observe(&self, store: &mut Store<World>) {
        if self.0.is_none() {
            return;
        }
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| {
            if timeout::expired() {
                return Ok(UpdateDeadline::Interrupt);
            }
            // How much processor time the program has had is not known.
            with_profiler(store, |profiler, store| profiler.sample(store, Duration::ZERO));
            Ok(UpdateDeadline::Continue(1))
        });
    }

    /// Begins to take samples of functions of these modules, which have names.
    pub fn begin(
        &self,
        store: &mut Store<World>,
        file: &Path,
        modules: Vec<(String, Module)>,
    ) -> Result<(), Failure> {
        let Some((guest, _)) = &self.0 else {
            return Ok(());
        };
        let name = file.display().to_string();
        let profiler = GuestProfiler::new(store.engine(), &name, guest.interval, modules)?;
        store.data_mut().profiler = Some(profiler);
        store.call_hook(|store, transition| {
            with_profiler(store, |profiler, store| profiler.call_hook(store, transition));
            Ok(())
        });
        tick(store.engine(), guest.interval);
        Ok(())
    }

    /// Ends the profile and writes it, and says where. The time limit does not end the process meanwhile.
    pub fn finish(self, store: &mut Store<World>) -> Result<(), Failure> {
        let Some((guest, file)) = self.0 else {
            return Ok(());
        };
        let _held = timeout::hold();
        let Some(profiler) = store.data_mut().profiler.take() else {
            return Ok(());
        };
        let mut out = BufWriter::new(file);
        let written = profiler.finish(&mut out);
        written
            .and_then(|()| Ok(out.flush()?))
            .map_err(|error| unwritten(&guest.path, &error))?;
        let path = Escaped(guest.path.display());
        note(format_args!(
            "profile: {path}; open it at https://profiler.firefox.com\n"
        ))
    }
}

fn unwritten(path: &Path, error: &Error) -> Failure {
    let path = Escaped(path.display());
    Failure::new(format!("cannot write the profile: {path}: {error:#}"))
}

/// Takes the profiler out of the store while it looks at the store.
fn with_profiler(
    mut store: StoreContextMut<'_, World>,
    action: impl FnOnce(&mut GuestProfiler, &StoreContextMut<'_, World>),
) {
    if let Some(mut profiler) = store.data_mut().profiler.take() {
        action(&mut profiler, &store);
        store.data_mut().profiler = Some(profiler);
    }
}

/// Increments the epoch until the engine is dropped.
fn tick(engine: &Engine, interval: Duration) {
    let engine = engine.weak();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(interval);
            let Some(engine) = engine.upgrade() else { return };
            engine.increment_epoch();
        }
    });
}
