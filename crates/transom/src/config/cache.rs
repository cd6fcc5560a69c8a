//! A cache of compiled code, which is not there yet.

use super::Config;
use std::path::{Path, PathBuf};
use transom_error::{Context, Result};
use transom_types::Escaped;

/// Settings of a [`Cache`].
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CacheConfig {
    directory: Option<PathBuf>,
}

impl CacheConfig {
    /// The default settings.
    pub fn new() -> CacheConfig {
        CacheConfig::default()
    }

    /// The folder of the cache. By default, a folder of the user's.
    pub fn with_directory(&mut self, directory: impl Into<PathBuf>) -> &mut Self {
        self.directory = Some(directory.into());
        self
    }

    /// The folder that was set.
    pub fn directory(&self) -> Option<&PathBuf> {
        self.directory.as_ref()
    }
}

/// A cache of compiled code. Nothing is kept in it so far: each module is compiled anew, and function by function, when they are called.
#[derive(Clone, Debug)]
pub struct Cache {
    config: CacheConfig,
}

impl Cache {
    /// A cache with these settings.
    ///
    /// # Errors
    ///
    /// None so far.
    pub fn new(config: CacheConfig) -> Result<Cache> {
        Ok(Cache { config })
    }

    /// A cache with the settings of a file, or with the default ones. Only whether the file can be read is looked at so far.
    ///
    /// ```
    /// # use transom::*;
    /// let mut config = Config::new();
    /// config.cache(Some(Cache::from_file(None)?));
    /// assert!(Cache::from_file(Some("/absent.toml".as_ref())).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn from_file(path: Option<&Path>) -> Result<Cache> {
        if let Some(path) = path {
            std::fs::read(path).with_context(|| {
                format!(
                    "failed to read the settings of a cache: {}",
                    Escaped(path.display())
                )
            })?;
        }
        Cache::new(CacheConfig::new())
    }

    /// The folder of the cache, if one was set.
    pub fn directory(&self) -> Option<&PathBuf> {
        self.config.directory()
    }
}

impl Config {
    /// Has no effect so far: whether code comes from a cache changes times alone, and there is none yet.
    pub fn cache(&mut self, _cache: Option<Cache>) -> &mut Self {
        self
    }
}
