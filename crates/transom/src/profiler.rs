//! Profiles of programs, for the Firefox Profiler.
//!
//! A sample is the stack of a program that waits for the host. In the profile a module is a library, whose addresses are offsets in the
//! module's bytes: code has no such address, since a function may be compiled several times, in several places. So a profile says
//! nothing about machine code, and the same program has the same addresses however it is compiled.

mod lines;

use crate::config::Details;
use crate::store::StoreOpaque;
use crate::store::call_hook::CallHook;
use crate::{AsContext, Demangled, Engine, Module};
use fxprof::debugid::DebugId;
use fxprof::{
    CategoryHandle, Frame, FrameFlags, LibraryHandle, LibraryInfo, MarkerLocations, MarkerTiming,
    ProcessHandle, Profile, ReferenceTimestamp, StackHandle, StaticSchemaMarker, StaticSchemaMarkerField,
    StringHandle, Symbol, SymbolTable, ThreadHandle, Timestamp,
};
use fxprof_processed_profile as fxprof;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use transom_error::{Context, Result, ensure};
use transom_module::{DefinedFuncIdx, ModuleId};

/// The frames of a sample: those of a deeper stack that are further out are one frame together. A program that recurses could make each
/// sample take megabytes.
const MAX_FRAMES: usize = 1000;

/// The calls of host functions that get a marker. Programs decide how many there are.
const MAX_MARKERS: usize = 1 << 20;

/// Records where a program spends its time, and writes that as JSON for <https://profiler.firefox.com>.
///
/// The host decides when a sample is taken: it calls [`sample`](Self::sample) while the program waits for it, such as in an epoch callback
/// ([`Store::epoch_deadline_callback`](crate::Store::epoch_deadline_callback)), with a thread that increments the epoch regularly. An
/// epoch is noticed at function entries and at loop heads, so such samples are at these places, and none is in a host function. Functions
/// have the names of the name section. If [`Config::wasm_backtrace_details`](crate::Config::wasm_backtrace_details) is enabled, files and
/// lines are those of the debug information.
///
/// A profile contains names, offsets and lines of the modules that [`new`](Self::new) is given, and times. It contains nothing else of the
/// process, and no addresses. Of a stack with more than 1,000 frames it has the innermost 1,000. Looking up lines takes at most ten seconds;
/// frames beyond have none.
///
/// ```
/// # use transom::*;
/// use std::time::Duration;
///
/// let engine = Engine::new(Config::new().epoch_interruption(true))?;
/// let module = Module::new(&engine, r#"(module (func $work (export "work") (param i32)
///     (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#)?;
/// let interval = Duration::from_millis(1);
/// let profiler = GuestProfiler::new(&engine, "example", interval, [("work.wasm".to_owned(), module.clone())])?;
/// let mut store = Store::new(&engine, Some(profiler));
/// store.epoch_deadline_callback(|mut store| {
///     let mut profiler = store.data_mut().take().expect("it is only taken here");
///     profiler.sample(&store, Duration::ZERO);
///     *store.data_mut() = Some(profiler);
///     // Where a thread increments the epoch, until its next one.
///     Ok(UpdateDeadline::Continue(1))
/// });
/// let work = Instance::new(&mut store, &module, &[])?.get_typed_func::<i32, ()>(&mut store, "work")?;
/// engine.increment_epoch();
/// work.call(&mut store, 100)?;
/// let mut json = Vec::new();
/// store.into_data().expect("it is there").finish(&mut json)?;
/// assert!(String::from_utf8_lossy(&json).contains(r#""work""#));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct GuestProfiler {
    profile: Profile,
    modules: HashMap<ModuleId, ProfiledModule>,
    process: ProcessHandle,
    thread: ThreadHandle,
    start: Instant,
    marker: HostCallMarker,
    /// The frame in place of those that are left out.
    omitted: StringHandle,
    /// The calls of host functions that got a marker.
    marked: usize,
    /// The calls of host functions that got none and have not returned.
    unmarked: usize,
    /// Whether files and lines are written.
    details: bool,
}

/// A module whose functions are in the profile.
#[derive(Debug)]
struct ProfiledModule {
    module: Module,
    library: LibraryHandle,
    /// Tells the library apart in the JSON.
    id: DebugId,
}

impl GuestProfiler {
    /// Begins a profile. `module_name` is the title. `interval` is the time between two samples, as far as it is known. The profile has
    /// only functions of `modules`, under the names given here; frames of other modules and of the host are left out.
    ///
    /// # Errors
    ///
    /// A module belongs to another engine.
    pub fn new(
        engine: &Engine,
        module_name: &str,
        interval: Duration,
        modules: impl IntoIterator<Item = (String, Module)>,
    ) -> Result<GuestProfiler> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = ReferenceTimestamp::from_duration_since_unix_epoch(now);
        let mut profile = Profile::new(module_name, now, interval.into());
        // All names are there, so nobody needs to look for any.
        profile.set_symbolicated(true);
        let begin = Timestamp::from_nanos_since_reference(0);
        let process = profile.add_process(module_name, 0, begin);
        let mut profiler = GuestProfiler {
            modules: HashMap::new(),
            process,
            thread: profile.add_thread(process, 0, begin, true),
            start: Instant::now(),
            marker: HostCallMarker(profile.intern_string(HostCallMarker::UNIQUE_MARKER_TYPE_NAME)),
            omitted: profile.intern_string("(more frames)"),
            marked: 0,
            unmarked: 0,
            details: engine.config().backtrace_details == Details::Wanted,
            profile,
        };
        for (name, module) in modules {
            ensure!(
                Engine::same(module.engine(), engine),
                "module `{name}` belongs to another engine than the profiler"
            );
            profiler.add_module(name, module)?;
        }
        Ok(profiler)
    }

    fn add_module(&mut self, name: String, module: Module) -> Result<()> {
        let age = self.modules.len() as u32 + 1;
        let id = DebugId::from_guid_age(&[0; 16], age).context("the profiler's number of a module")?;
        let symbols = symbols(&module);
        if symbols.is_empty() || self.modules.contains_key(&module.description().id()) {
            return Ok(());
        }
        let library = self.profile.add_lib(LibraryInfo {
            debug_name: name.clone(),
            name,
            path: String::new(),
            debug_path: String::new(),
            debug_id: id,
            code_id: None,
            arch: None,
            symbol_table: Some(Arc::new(SymbolTable::new(symbols))),
        });
        let profiled = ProfiledModule { library, id, module };
        self.modules.insert(profiled.module.description().id(), profiled);
        Ok(())
    }

    /// Adds a sample: the functions that are active in programs of the store, as in
    /// [`WasmBacktrace::capture`](crate::WasmBacktrace::capture). `delta` is the processor time since the sample before, or zero if
    /// that is not known.
    pub fn sample(&mut self, store: impl AsContext, delta: Duration) {
        let now = self.now();
        let stack = self.stack(store.as_context().0);
        self.profile.add_sample(self.thread, now, stack, delta.into(), 1);
    }

    /// Adds a marker where a program calls a host function, and where that returns. For a hook of
    /// [`Store::call_hook`](crate::Store::call_hook), which passes its transition on. The first million calls get markers.
    ///
    /// ```
    /// # use transom::*;
    /// # use std::time::Duration;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, r#"(module (import "host" "f" (func $f)) (func (export "run") (call $f)))"#)?;
    /// # let interval = Duration::from_millis(1);
    /// # let profiler = GuestProfiler::new(&engine, "example", interval, [("a.wasm".to_owned(), module.clone())])?;
    /// let mut store = Store::new(&engine, Some(profiler));
    /// store.call_hook(|mut store, transition| {
    ///     let mut profiler = store.data_mut().take().expect("it is only taken here");
    ///     profiler.call_hook(&store, transition);
    ///     *store.data_mut() = Some(profiler);
    ///     Ok(())
    /// });
    /// # let f = Func::wrap(&mut store, || ());
    /// # let instance = Instance::new(&mut store, &module, &[f.into()])?;
    /// # instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
    /// # let mut json = Vec::new();
    /// # store.into_data().expect("it is there").finish(&mut json)?;
    /// # assert!(String::from_utf8_lossy(&json).contains("hostcall"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn call_hook(&mut self, store: impl AsContext, kind: CallHook) {
        let now = self.now();
        match kind {
            CallHook::CallingWasm | CallHook::ReturningFromWasm => {}
            CallHook::CallingHost if self.marked == MAX_MARKERS => self.unmarked += 1,
            CallHook::CallingHost => {
                self.marked += 1;
                let timing = MarkerTiming::IntervalStart(now);
                let marker = self.profile.add_marker(self.thread, timing, self.marker);
                let stack = self.stack(store.as_context().0);
                self.profile.set_marker_stack(self.thread, marker, stack);
            }
            // Calls are inside each other, so those without a marker return first.
            CallHook::ReturningFromHost if self.unmarked > 0 => self.unmarked -= 1,
            CallHook::ReturningFromHost => {
                let timing = MarkerTiming::IntervalEnd(now);
                self.profile.add_marker(self.thread, timing, self.marker);
            }
        }
    }

    /// Ends the profile and writes it, in the
    /// [processed profile format](https://github.com/firefox-devtools/profiler/blob/main/docs-developer/processed-profile-format.md).
    ///
    /// # Errors
    ///
    /// `output` cannot be written.
    pub fn finish(mut self, output: impl Write) -> Result<()> {
        let now = self.now();
        self.profile.set_thread_end_time(self.thread, now);
        self.profile.set_process_end_time(self.process, now);
        let modules = self.modules.values();
        let described =
            modules.filter(|profiled| self.details && profiled.module.description().has_debug_info());
        let described: HashMap<String, &Module> = described
            .map(|profiled| (profiled.id.breakpad().to_string(), &profiled.module))
            .collect();
        let written = if described.is_empty() {
            serde_json::to_writer(output, &self.profile)
        } else {
            let mut json = serde_json::to_value(&self.profile)?;
            lines::add(&mut json, &described);
            serde_json::to_writer(output, &json)
        };
        Ok(written?)
    }

    fn now(&self) -> Timestamp {
        let nanos = self.start.elapsed().as_nanos();
        Timestamp::from_nanos_since_reference(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The stack of the store's programs, with the outermost function first. `None` if there is no function of the modules.
    fn stack(&mut self, store: &dyn StoreOpaque) -> Option<StackHandle> {
        let backtrace = store.vm().backtrace(MAX_FRAMES);
        let more = (backtrace.omitted > 0).then_some(Frame::Label(self.omitted));
        let frames = backtrace.frames.iter().rev();
        let frames = frames.filter_map(|frame| {
            let library = self.modules.get(&frame.module.id())?.library;
            let body = || {
                let defined = frame.module.defined_func(frame.function)?;
                u32::try_from(frame.module.bodies[defined.index()].range.start).ok()
            };
            let address = frame.offset.or_else(body)?;
            Some(Frame::RelativeAddressFromInstructionPointer(library, address))
        });
        let info = |frame| fxprof::FrameInfo {
            frame,
            category_pair: CategoryHandle::OTHER.into(),
            flags: FrameFlags::empty(),
        };
        self.profile
            .intern_stack_frames(self.thread, more.into_iter().chain(frames).map(info))
    }
}

/// The functions of a module by the offsets of their bodies. One that ends beyond 4 GiB, which no engine compiles, is left out.
fn symbols(module: &Module) -> Vec<Symbol> {
    let description = module.description();
    let bodies = description.bodies.iter().enumerate();
    let symbol = |(index, body): (usize, &transom_module::FunctionBody)| {
        let function = description.func_index(DefinedFuncIdx::new(index));
        Some(Symbol {
            address: u32::try_from(body.range.start).ok()?,
            size: u32::try_from(body.range.len()).ok(),
            name: match description.func_name(function) {
                Some(name) => Demangled(name).to_string(),
                None => format!("<wasm function {}>", function.as_u32()),
            },
        })
    };
    bodies.filter_map(symbol).collect()
}

/// A call of a host function.
#[derive(Clone, Copy, Debug)]
struct HostCallMarker(StringHandle);

impl StaticSchemaMarker for HostCallMarker {
    const UNIQUE_MARKER_TYPE_NAME: &'static str = "hostcall";
    const FIELDS: &'static [StaticSchemaMarkerField] = &[];
    const LOCATIONS: MarkerLocations = MarkerLocations::MARKER_CHART
        .union(MarkerLocations::MARKER_TABLE)
        .union(MarkerLocations::TIMELINE_OVERVIEW);

    fn name(&self, _profile: &mut Profile) -> StringHandle {
        self.0
    }

    fn category(&self, _profile: &mut Profile) -> CategoryHandle {
        CategoryHandle::OTHER
    }

    fn string_field_value(&self, _field: u32) -> StringHandle {
        unreachable!("the marker has no fields")
    }

    fn number_field_value(&self, _field: u32) -> f64 {
        unreachable!("the marker has no fields")
    }
}
