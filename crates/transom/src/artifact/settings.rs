//! What machine code was made for: under other settings it must not run.

use crate::tiers::Tiers;
use crate::{Engine, Strategy};
use serde::{Deserialize, Serialize};
use transom_error::{Result, ensure};
use transom_module::SUPPORTED_FEATURES;

/// Settings by their names, in a fixed order.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Settings(Vec<(String, String)>);

impl Settings {
    /// Those of an engine.
    pub fn of(engine: &Engine) -> Settings {
        let config = engine.config();
        let compiler = match (config.chosen_strategy(), config.tests.tiers) {
            (Strategy::Baseline, _) => "baseline".to_owned(),
            (Strategy::Tiered, _) | (_, Tiers::Optimized) => "optimizer".to_owned(),
            (_, tiers) => format!("{tiers:?}"),
        };
        let settings = [
            ("version of Transom", env!("CARGO_PKG_VERSION").to_owned()),
            (
                "module version",
                config.storing.version.clone().unwrap_or_default(),
            ),
            ("processor", transom_code::processor_sets()),
            (
                "features of WebAssembly",
                format!("{:?}", config.features & SUPPORTED_FEATURES),
            ),
            ("compiler", compiler),
            ("debugger", config.options.debugger.to_string()),
            ("code", format!("{:?}", config.options.tunables)),
        ];
        Settings(settings.map(|(name, value)| (name.to_owned(), value)).into())
    }

    /// The same, and some more.
    #[must_use]
    pub fn with<const N: usize>(mut self, more: [(&str, &str); N]) -> Settings {
        let more = more.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.0.extend(more);
        self
    }

    /// Returns an error if code with these settings must not run in an engine with others.
    pub fn check(&self, engine: &Settings) -> Result<()> {
        for ((name, made), (_, here)) in self.0.iter().zip(&engine.0) {
            ensure!(
                made == here,
                "the artifact was made with another setting: {name} `{made}`, and this engine has `{here}`; try: make the artifact \
                 with the configuration, and on a processor like that, of the engine that reads it"
            );
        }
        ensure!(self == engine, "the artifact was made with other settings");
        Ok(())
    }
}
