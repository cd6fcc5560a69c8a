//! What is in an artifact, behind its header: the settings, and then everything else, which is only read if they fit.

use super::settings::Settings;
use super::stored_code::{Functions, Stored};
use serde::{Deserialize, Serialize};
use transom_error::{Context, Result, ensure};
use transom_module::KnownBodies;

/// Which module it is.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub enum Source<'a> {
    /// The module in the binary format.
    #[serde(borrow)]
    Bytes(#[serde(with = "serde_bytes")] &'a [u8]),
    /// The module's BLAKE3 hash, for those who have the module.
    Hash([u8; 32]),
}

/// A module with its code.
#[derive(Serialize, Deserialize)]
pub struct Contents<'a> {
    /// The module.
    #[serde(borrow)]
    pub source: Source<'a>,
    /// What its validation has found.
    pub bodies: KnownBodies,
    table: Vec<Stored>,
    #[serde(borrow, with = "serde_bytes")]
    code: &'a [u8],
}

impl<'a> Contents<'a> {
    /// A module, what its validation has found, and its code.
    pub fn new(source: Source<'a>, bodies: KnownBodies, functions: &'a Functions) -> Contents<'a> {
        Contents {
            source,
            bodies,
            table: functions.table().to_vec(),
            code: functions.code(),
        }
    }

    /// The bytes, with the settings that the code was made for.
    ///
    /// # Errors
    ///
    /// None of these contents.
    pub fn encode(&self, settings: &Settings) -> Result<Vec<u8>> {
        let bytes = postcard::to_allocvec(settings).context("failed to write the settings of an artifact")?;
        postcard::to_extend(self, bytes).context("failed to write the contents of an artifact")
    }

    /// Contents, if their settings are those of an engine.
    ///
    /// # Errors
    ///
    /// The settings are others, or the bytes are no contents.
    pub fn decode(bytes: &'a [u8], engine: &Settings) -> Result<Contents<'a>> {
        let context = "the artifact is corrupt: its contents have another form";
        let (settings, rest) = postcard::take_from_bytes::<Settings>(bytes).context(context)?;
        settings.check(engine)?;
        let (contents, rest) = postcard::take_from_bytes(rest).context(context)?;
        ensure!(rest.is_empty(), context);
        Ok(contents)
    }

    /// The functions.
    ///
    /// # Errors
    ///
    /// The table does not fit the code.
    pub fn functions(&self) -> Result<Functions> {
        let functions = Functions::new(self.table.clone(), self.code.to_vec());
        functions.context("the artifact is corrupt: its functions are not in order")
    }
}
