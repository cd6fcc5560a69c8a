//! Proposals of WebAssembly that are not supported, and those that are not switched by one feature of the validator.

use super::Config;
use super::requests::refusal;
use transom_component::FROZEN;
use transom_module::{SUPPORTED_FEATURES, WasmFeatures};

macro_rules! unsupported {
    ($($(#[$doc:meta])* $name:ident => $feature:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self, enable: bool) -> &mut Self {
            self.features.set(WasmFeatures::$feature, enable);
            self
        })*

        /// The setter of a feature that is not supported.
        fn setter(feature: WasmFeatures) -> Option<&'static str> {
            [$((WasmFeatures::$feature, stringify!($name))),*]
                .into_iter()
                .find_map(|(known, name)| (known == feature).then_some(name))
        }
    };
}

macro_rules! components {
    ($($(#[$doc:meta])* $name:ident => $feature:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self, enable: bool) -> &mut Self {
            self.wasm_features(WasmFeatures::$feature, enable)
        })*
    };
}

impl Config {
    unsupported! {
        /// Threads that share more than memories are not supported: with `true`, [`Engine::new`](crate::Engine::new) fails.
        wasm_shared_everything_threads => SHARED_EVERYTHING_THREADS;
        /// Continuations are not supported: with `true`, [`Engine::new`](crate::Engine::new) fails.
        wasm_stack_switching => STACK_SWITCHING;
        /// See [`wasm_component_model`](Self::wasm_component_model).
        wasm_component_model_more_async_builtins => CM_MORE_ASYNC_BUILTINS;
        /// See [`wasm_component_model`](Self::wasm_component_model).
        wasm_component_model_async_stackful => CM_ASYNC_STACKFUL;
        /// See [`wasm_component_model`](Self::wasm_component_model).
        wasm_component_model_threading => CM_THREADING;
        /// See [`wasm_component_model`](Self::wasm_component_model).
        wasm_component_model_error_context => CM_ERROR_CONTEXT;
        /// See [`wasm_component_model`](Self::wasm_component_model).
        wasm_component_model_gc => CM_GC;
        /// See [`wasm_component_model`](Self::wasm_component_model).
        wasm_component_model_memory64 => CM64;
        /// See [`wasm_component_model`](Self::wasm_component_model).
        wasm_component_model_fixed_length_lists => CM_FIXED_LENGTH_LISTS;
    }

    components! {
        /// Whether there are components. Enabled by default. Features of the component model that are not frozen are not supported: with
        /// `true` for one of the settings that refine this one, [`Engine::new`](crate::Engine::new) fails.
        ///
        /// ```
        /// # use transom::{*, component::Component};
        /// let engine = Engine::new(Config::new().wasm_component_model(false))?;
        /// assert!(Component::new(&engine, "(component)").is_err());
        /// let error = Engine::new(Config::new().wasm_component_model_gc(true)).unwrap_err();
        /// assert!(error.to_string().contains("wasm_component_model_gc"), "{error}");
        /// # Ok::<(), Error>(())
        /// ```
        wasm_component_model => COMPONENT_MODEL;
        /// Whether components may have asynchronous functions, streams and futures. Enabled by default. They are validated, but not run yet.
        wasm_component_model_async => CM_ASYNC;
        /// Whether components may use maps. Enabled by default.
        wasm_component_model_map => CM_MAP;
        /// Whether names of components may say which interface they implement. Enabled by default.
        wasm_component_model_implements => CM_IMPLEMENTS;
    }

    /// Whether modules may use types of garbage-collected values at all, such as `externref`, structures and exceptions. `funcref` is not
    /// one of them. Enabled by default. An engine makes no heap for a store before something needs one.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().gc_support(false))?;
    /// assert!(Module::new(&engine, "(module (table 1 funcref))").is_ok());
    /// assert!(Module::new(&engine, "(module (table 1 externref))").is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn gc_support(&mut self, enable: bool) -> &mut Self {
        self.wasm_features(WasmFeatures::GC_TYPES, enable)
    }

    /// Has no effect: branch hints are always read, and never change what a program does.
    pub fn wasm_branch_hinting(&mut self, _enable: bool) -> &mut Self {
        self
    }

    /// Why there can be no engine with the features.
    pub(super) fn features_refusal(&self) -> Option<String> {
        let (name, flag) = self
            .features
            .difference(SUPPORTED_FEATURES | FROZEN)
            .iter_names()
            .next()?;
        let problem = "the proposal is not supported";
        Some(match Self::setter(flag) {
            Some(setter) => refusal(setter, "true", problem),
            None => refusal("wasm_features", &format!("WasmFeatures::{name}, true"), problem),
        })
    }
}
