//! What is in an artifact, behind its header: the settings, then everything else, which is only read if they fit, and then the code.

use super::encoding::encode_to;
use super::settings::Settings;
use super::stored_code::{Endings, Functions, Merged, Stored};
use serde::{Deserialize, Serialize};
use transom_error::{Context, Result};
use transom_module::KnownBodies;

/// Which module it is.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub enum Source<'a> {
    /// The module in the binary format.
    #[serde(borrow)]
    Bytes(#[serde(with = "serde_bytes")] &'a [u8]),
    /// For those who have the module.
    Known(Known),
}

/// What is stored of a module that others have.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Known {
    /// The module's BLAKE3 hash.
    pub hash: [u8; 32],
    pub endings: Endings,
}

/// A module, and what its code is.
#[derive(Serialize, Deserialize)]
pub struct Contents<'a> {
    /// The module.
    #[serde(borrow)]
    pub source: Source<'a>,
    /// What its validation has found.
    pub bodies: KnownBodies<'a>,
    /// The functions whose code follows.
    pub table: Vec<Stored>,
}

impl<'a> Contents<'a> {
    /// The bytes before the code, with the settings that the code was made for.
    ///
    /// # Errors
    ///
    /// None of these contents.
    pub fn encode(
        source: Source<'a>,
        bodies: KnownBodies<'a>,
        functions: &Merged<'_>,
        settings: &Settings,
    ) -> Result<Vec<u8>> {
        let contents = Contents {
            source,
            bodies,
            table: functions.table().to_vec(),
        };
        let mut bytes = Vec::new();
        encode_to(&mut bytes, settings).context("failed to write the settings of an artifact")?;
        encode_to(&mut bytes, &contents).context("failed to write the contents of an artifact")?;
        Ok(bytes)
    }

    /// Contents, if their settings are those of an engine, and where their code begins.
    ///
    /// # Errors
    ///
    /// The settings are others, or the bytes are no contents.
    pub fn decode(bytes: &'a [u8], engine: &Settings) -> Result<(Contents<'a>, usize)> {
        let context = "the artifact is corrupt: its contents have another form";
        let (settings, rest) = postcard::take_from_bytes::<Settings>(bytes).context(context)?;
        settings.check(engine)?;
        let (contents, rest) = postcard::take_from_bytes(rest).context(context)?;
        Ok((contents, bytes.len() - rest.len()))
    }

    /// The functions, whose code is the end of `bytes`, from `start` on.
    ///
    /// # Errors
    ///
    /// The table does not fit the code.
    pub fn functions(table: Vec<Stored>, bytes: Vec<u8>, start: usize) -> Result<Functions> {
        let functions = Functions::new(table, bytes, start);
        functions.context("the artifact is corrupt: its functions are not in order")
    }
}
