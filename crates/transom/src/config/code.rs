//! Settings of compiled code, and of what goes along with it.

use super::Config;
use std::fmt;
use std::str::FromStr;
use transom_error::{Error, Result, bail, ensure};

/// Which calls the `wasmtime` crate's compiler may inline; see [`Config::compiler_inlining`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Inlining {
    /// All calls.
    Yes,
    /// Calls between modules, and within modules that use garbage-collected types.
    InterModuleAndIntraGc,
    /// Calls between modules.
    InterModule,
    /// Calls of functions that the runtime provides.
    Intrinsics,
    /// No calls.
    No,
}

impl FromStr for Inlining {
    type Err = Error;

    fn from_str(text: &str) -> Result<Inlining> {
        Ok(match text {
            "y" | "yes" | "true" => Inlining::Yes,
            "gc" => Inlining::InterModuleAndIntraGc,
            "inter-module" => Inlining::InterModule,
            "intrinsics" => Inlining::Intrinsics,
            "n" | "no" | "false" => Inlining::No,
            _ => bail!("unknown inlining mode `{text}`; try: yes, gc, inter-module, intrinsics, no"),
        })
    }
}

impl fmt::Display for Inlining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Inlining::Yes => "yes",
            Inlining::InterModuleAndIntraGc => "gc",
            Inlining::InterModule => "inter-module",
            Inlining::Intrinsics => "intrinsics",
            Inlining::No => "no",
        })
    }
}

/// The version of artifacts; see [`Config::module_version`].
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub enum ModuleVersionStrategy {
    /// The version of the crate.
    #[default]
    WasmtimeVersion,
    /// A text of at most 255 bytes.
    Custom(String),
    /// No version.
    None,
}

impl ModuleVersionStrategy {
    /// The version as a text.
    pub fn as_str(&self) -> &str {
        match self {
            ModuleVersionStrategy::WasmtimeVersion => env!("CARGO_PKG_VERSION_MAJOR"),
            ModuleVersionStrategy::Custom(version) => version,
            ModuleVersionStrategy::None => "",
        }
    }
}

/// Whether executions are recorded or replayed; see [`Config::rr`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum RRConfig {
    /// Neither.
    #[default]
    None,
}

impl Config {
    /// Whether the engine can compile. With `false`, [`Engine::new`](crate::Engine::new) fails, since there are no modules that were
    /// compiled before.
    pub fn enable_compiler(&mut self, enable: bool) -> &mut Self {
        let problem =
            "modules that were compiled before cannot be loaded yet, so such an engine could run nothing";
        self.judge("enable_compiler", enable, (!enable).then_some(problem))
    }

    /// The machine that code is made for, as a target triple. Only the one that this program was compiled for is possible; with
    /// others, [`Engine::new`](crate::Engine::new) fails. Code may use all that the processor can do.
    ///
    /// # Errors
    ///
    /// The text is not a target triple.
    pub fn target(&mut self, target: &str) -> Result<&mut Self> {
        let problem = match transom_optimizer::is_host(target) {
            Ok(true) => None,
            Ok(false) => Some("code is made for the machine that runs it only"),
            Err(error) => bail!("invalid target `{target}`: {error}"),
        };
        Ok(self.judge("target", format_args!("{target:?}"), problem))
    }

    /// Whether debuggers of the system, such as `gdb` and `lldb`, find the functions of modules, and the lines and variables of their
    /// DWARF: then a program that was compiled with `-g` can be stepped through by its source. Disabled by default.
    ///
    /// Modules are compiled as a whole by one compiler, in [`Module::new`](crate::Module::new): the baseline compiler, unless the
    /// optimising compiler was chosen with [`Strategy::Optimized`](crate::Strategy::Optimized). Code of the baseline compiler follows
    /// the module instruction by instruction, and keeps all locals in memory; it is about half as fast as otherwise. Optimised code is the same as
    /// without this setting, so lines are executed out of order, and there are no variables.
    ///
    /// The object files for the debugger take memory beyond [`max_code_memory`](Self::max_code_memory). They are made of what the
    /// module says of itself, and debuggers trust it more than Transom does: enable this for programs that you would debug natively.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().debug_info(true))?;
    /// let module = Module::new(&engine, r#"(module (func (export "one")) (func (export "another")))"#)?;
    /// assert_eq!(module.statistics().compiled_functions, 2);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn debug_info(&mut self, enable: bool) -> &mut Self {
        self.options.debugger = enable;
        self
    }

    /// Has no effect: there is no file with compiled code that could have symbols. [`profiler`](Self::profiler) writes names of
    /// functions.
    pub fn debug_symbols(&mut self, _enable: bool) -> &mut Self {
        self
    }

    /// Whether the state of programs can be examined while they run. With `true`, [`Engine::new`](crate::Engine::new) fails.
    pub fn guest_debug(&mut self, enable: bool) -> &mut Self {
        let problem = "there is no interface for debugging programs";
        self.judge("guest_debug", enable, enable.then_some(problem))
    }

    /// Whether the unwinder of the system finds tables for compiled code. With `true`, [`Engine::new`](crate::Engine::new) fails. Each
    /// frame of compiled code has a frame pointer, which profilers can follow.
    pub fn native_unwind_info(&mut self, enable: bool) -> &mut Self {
        let problem = "compiled code has frame pointers and no unwind tables";
        self.judge("native_unwind_info", enable, enable.then_some(problem))
    }

    /// Has no effect: positions of instructions are always there for backtraces.
    pub fn generate_address_map(&mut self, _generate: bool) -> &mut Self {
        self
    }

    /// Whether uses of a program's `malloc` and `free` are checked. With `true`, [`Engine::new`](crate::Engine::new) fails.
    pub fn wmemcheck(&mut self, enable: bool) -> &mut Self {
        let problem = "there is no checker of a program's allocations";
        self.judge("wmemcheck", enable, enable.then_some(problem))
    }

    /// Whether hardware faults become traps. With `false`, [`Engine::new`](crate::Engine::new) fails.
    pub fn signals_based_traps(&mut self, enable: bool) -> &mut Self {
        let problem =
            "accesses to memories, divisions and stack checks of compiled code rely on hardware faults";
        self.judge("signals_based_traps", enable, (!enable).then_some(problem))
    }

    /// Whether executions are recorded or replayed: neither, which is all that [`RRConfig`] has.
    pub fn rr(&mut self, config: RRConfig) -> &mut Self {
        let RRConfig::None = config;
        self
    }

    /// Has no effect: the optimising compiler always inlines small functions of a module, and backtraces still show them.
    pub fn compiler_inlining(&mut self, _inlining: Inlining) -> &mut Self {
        self
    }

    /// The version of artifacts: those with another version are refused. Artifacts of another version of Transom are refused in any case.
    ///
    /// # Errors
    ///
    /// The version has more than 255 bytes.
    pub fn module_version(&mut self, strategy: ModuleVersionStrategy) -> Result<&mut Self> {
        let length = strategy.as_str().len();
        ensure!(
            length <= 255,
            "custom module version cannot be more than 255 bytes, and has {length}"
        );
        self.storing.version = Some(strategy.as_str().to_owned());
        Ok(self)
    }

    /// Whether the optimising compiler checks its intermediate code. It takes time, and an error ends the process. For the developers of
    /// Transom; by default, debug builds check it.
    pub fn cranelift_debug_verifier(&mut self, enable: bool) -> &mut Self {
        self.requests.verify = Some(enable);
        self
    }

    /// Whether compiled code checks more of the runtime's invariants. With `true`, [`Engine::new`](crate::Engine::new) fails.
    pub fn cranelift_wasmtime_debug_checks(&mut self, enable: bool) -> &mut Self {
        let problem = "compiled code has no such checks";
        self.judge(
            "cranelift_wasmtime_debug_checks",
            enable,
            enable.then_some(problem),
        )
    }

    /// The same as [`cranelift_flag_set`](Self::cranelift_flag_set) with `"true"`.
    pub fn cranelift_flag_enable(&mut self, flag: &str) -> &mut Self {
        self.cranelift_flag_set(flag, "true")
    }

    /// Sets a flag of Cranelift, the code generator of the optimising compiler. `opt_level`, `regalloc_algorithm`, `enable_verifier` and
    /// `enable_nan_canonicalization` are those of methods of this type. Every other flag has a fixed value, or follows from the
    /// processor: with another value, [`Engine::new`](crate::Engine::new) fails. So this method is not unsafe.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = |flag, value| Engine::new(Config::new().cranelift_flag_set(flag, value));
    /// assert!(engine("opt_level", "none").is_ok());
    /// assert!(engine("preserve_frame_pointers", "true").is_ok(), "it always is");
    /// assert!(engine("preserve_frame_pointers", "false").is_err());
    /// assert!(engine("no_such_flag", "true").is_err());
    /// ```
    pub fn cranelift_flag_set(&mut self, name: &str, value: &str) -> &mut Self {
        use super::{OptLevel, RegallocAlgorithm};
        match (name, value) {
            ("opt_level", "none") => self.cranelift_opt_level(OptLevel::None),
            ("opt_level", "speed") => self.cranelift_opt_level(OptLevel::Speed),
            ("opt_level", "speed_and_size") => self.cranelift_opt_level(OptLevel::SpeedAndSize),
            ("regalloc_algorithm", "backtracking") => {
                self.cranelift_regalloc_algorithm(RegallocAlgorithm::Backtracking)
            }
            ("regalloc_algorithm", "single_pass") => {
                self.cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass)
            }
            ("enable_verifier", "true" | "false") => self.cranelift_debug_verifier(value == "true"),
            ("enable_nan_canonicalization", "true" | "false") => {
                self.cranelift_nan_canonicalization(value == "true")
            }
            _ => {
                self.requests.flags.insert(name.to_owned(), value.to_owned());
                return self;
            }
        };
        self.requests.flags.remove(name);
        self
    }

    /// Has no effect: the processor is asked what it can do. So this method is not unsafe.
    pub fn detect_host_feature(&mut self, _detect: fn(&str) -> Option<bool>) -> &mut Self {
        self
    }

    /// Has no effect: the supported machines pass floats in registers. So this method is not unsafe.
    pub fn x86_float_abi_ok(&mut self, _enable: bool) -> &mut Self {
        self
    }

    /// Has no effect: it is about macOS, which is not supported.
    pub fn macos_use_mach_ports(&mut self, _mach_ports: bool) -> &mut Self {
        self
    }

    /// Has no effect: it is about the calls of components, which are not supported.
    pub fn concurrency_support(&mut self, _enable: bool) -> &mut Self {
        self
    }

    /// Has no effect: it is about code between components, which are not supported.
    pub fn debug_adapter_modules(&mut self, _debug: bool) -> &mut Self {
        self
    }

    /// Has no effect: messages of failed assertions do not depend on it.
    pub fn metadata_for_internal_asserts(&mut self, _enable: bool) -> &mut Self {
        self
    }

    /// Has no effect: a corrupt heap ends the process, and its message does not depend on it.
    pub fn metadata_for_gc_heap_corruption(&mut self, _enable: bool) -> &mut Self {
        self
    }
}
