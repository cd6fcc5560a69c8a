//! A cache of compiled code.

use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use transom_cache::{Folder, Limits, Listed};
use transom_error::{Context, Result, bail};
use transom_types::Escaped;

/// Settings of a [`Cache`].
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CacheConfig {
    directory: Option<PathBuf>,
    max_bytes: Option<u64>,
}

impl CacheConfig {
    /// The default settings.
    pub fn new() -> CacheConfig {
        CacheConfig::default()
    }

    /// The settings of a file in TOML, as the `wasmtime` crate reads them: in the table `cache`, `directory` is the folder, and
    /// `files-total-size-soft-limit` the size of all entries, such as `"512Mi"`. The other settings there have no effect: they change times
    /// alone. Without a path, the default settings.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has another form, and the error contains the position.
    pub fn from_file(path: Option<&Path>) -> Result<CacheConfig> {
        let Some(path) = path else {
            return Ok(CacheConfig::new());
        };
        let context = || {
            format!(
                "failed to read the settings of a cache: {}",
                Escaped(path.display())
            )
        };
        let text = std::fs::read_to_string(path).with_context(context)?;
        CacheConfig::of_text(&text).with_context(context)
    }

    fn of_text(text: &str) -> Result<CacheConfig> {
        let SettingsFile { cache } = toml::from_str(text)?;
        let mut config = CacheConfig::new();
        for (key, value) in cache {
            match (key.as_str(), value.as_str()) {
                ("directory", Some(path)) => config.directory = Some(path.into()),
                ("files-total-size-soft-limit", Some(size)) => config.max_bytes = Some(bytes(size)?),
                ("enabled", _) if value.as_bool() == Some(true) => {}
                ("enabled", _) => bail!(
                    "`enabled` is not `true`; try: remove the setting, or give the engine no cache (`--cache=n`)"
                ),
                (key, _) if WITHOUT_EFFECT.contains(&key) => {}
                (key, _) => bail!("`{}` is no setting of a cache, or has another type", Escaped(key)),
            }
        }
        Ok(config)
    }

    /// The folder of the cache, which is created if it is absent. By default, `transom` in `$XDG_CACHE_HOME`, or in the folder `.cache` of the
    /// user's home.
    pub fn with_directory(&mut self, directory: impl Into<PathBuf>) -> &mut Self {
        self.directory = Some(directory.into());
        self
    }

    /// The maximum size of all entries in bytes; 512 MiB by default. Entries that were not used for the longest time are removed first.
    pub fn with_files_total_size_soft_limit(&mut self, size: u64) -> &mut Self {
        self.max_bytes = Some(size);
        self
    }

    /// The folder that was set.
    pub fn directory(&self) -> Option<&PathBuf> {
        self.directory.as_ref()
    }
}

/// A file of settings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    cache: toml::Table,
}

/// Settings of the `wasmtime` crate that change times alone.
const WITHOUT_EFFECT: [&str; 10] = [
    "worker-event-queue-size",
    "baseline-compression-level",
    "optimized-compression-level",
    "optimized-compression-usage-counter-threshold",
    "cleanup-interval",
    "optimizing-compression-task-timeout",
    "allowed-clock-drift-for-files-from-future",
    "file-count-soft-limit",
    "file-count-limit-percent-if-deleting",
    "files-total-size-limit-percent-if-deleting",
];

/// A number of bytes with a unit: `K`, `M` and `G`, or `Ki`, `Mi` and `Gi` for powers of 1024.
fn bytes(text: &str) -> Result<u64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => 1,
        "K" => 1_000,
        "Ki" => 1 << 10,
        "M" => 1_000_000,
        "Mi" => 1 << 20,
        "G" => 1_000_000_000,
        "Gi" => 1 << 30,
        other => bail!("`{}` is no unit; try: `Ki`, `Mi` or `Gi`", Escaped(other)),
    };
    let number = digits.trim().parse::<u64>();
    let number = number.with_context(|| format!("`{}` is no number of bytes", Escaped(text)))?;
    number
        .checked_mul(unit)
        .with_context(|| format!("`{}` is too large", Escaped(text)))
}

/// A cache of compiled code: a private folder of files, which belongs to the user and which nobody else can read or write.
///
/// An engine with a cache ([`Config::cache`](crate::Config::cache)) looks there for the code of functions that were called in earlier processes, and adds what it
/// compiles itself when a module is dropped. Processes can use a cache at the same time. Nothing that goes wrong with it is an error: what is
/// not there, or cannot be trusted, is compiled.
#[derive(Clone, Debug)]
pub struct Cache {
    config: CacheConfig,
    folder: Arc<Folder>,
}

impl Cache {
    /// A cache with these settings. The folder is created if it is absent.
    ///
    /// ```
    /// # use transom::*;
    /// # let folder = tempfile::tempdir()?;
    /// let mut settings = CacheConfig::new();
    /// settings.with_directory(folder.path().join("code"));
    /// let cache = Cache::new(settings)?;
    /// let mut config = Config::new();
    /// let engine = Engine::new(config.cache(Some(cache)))?;
    /// let text = r#"(module (func (export "f") (result i32) (i32.const 7)))"#;
    /// for _ in 0..2 {
    ///     // The second time, `f` is not compiled.
    ///     let mut store = Store::new(&engine, ());
    ///     let instance = Instance::new(&mut store, &Module::new(&engine, text)?, &[])?;
    ///     assert_eq!(instance.get_typed_func::<(), i32>(&mut store, "f")?.call(&mut store, ())?, 7);
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The folder cannot be created, or others than the user could write to it; the error says what to do.
    pub fn new(config: CacheConfig) -> Result<Cache> {
        let path = match config.directory.clone() {
            Some(path) => path,
            None => Folder::default_path()?,
        };
        let mut limits = Limits::default();
        if let Some(max_bytes) = config.max_bytes {
            limits.max_bytes = max_bytes;
        }
        let folder = Arc::new(Folder::open(&path, limits)?);
        Ok(Cache { config, folder })
    }

    /// A cache with the settings of a file, or with the default ones; see [`CacheConfig::from_file`].
    ///
    /// ```
    /// # use transom::*;
    /// assert!(Cache::from_file(Some("/absent.toml".as_ref())).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`CacheConfig::from_file`] and [`new`](Self::new).
    pub fn from_file(path: Option<&Path>) -> Result<Cache> {
        Cache::new(CacheConfig::from_file(path)?)
    }

    /// The folder of the cache, if one was set.
    pub fn directory(&self) -> Option<&PathBuf> {
        self.config.directory()
    }

    /// The folder of the cache.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The entries, for people.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn entries(&self) -> Result<Vec<CacheEntry>> {
        let listed = self.folder.list()?;
        let entry = |listed: Listed| CacheEntry {
            name: listed.name,
            bytes: listed.bytes,
            last_use: listed.last_use,
            distrust: listed.trusted.err().map(|why| why.to_string()),
        };
        Ok(listed.into_iter().map(entry).collect())
    }

    /// Removes all entries: how many, and how many bytes.
    ///
    /// # Errors
    ///
    /// An entry cannot be removed, or another process is writing to the cache.
    pub fn clear(&self) -> Result<(u64, u64)> {
        let cleared = self.folder.clear()?;
        Ok((cleared.entries, cleared.bytes))
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }
}

/// An entry of a [`Cache`]: the code of a module for engines that compile alike.
#[derive(Clone, Debug)]
pub struct CacheEntry {
    /// Hashes of a sample of the module, and of what the code depends on.
    pub name: String,
    /// The size of the file.
    pub bytes: u64,
    /// The time of the last use, to an hour.
    pub last_use: SystemTime,
    /// Why the entry is not used, if it cannot be trusted.
    pub distrust: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<CacheConfig> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), text)?;
        CacheConfig::from_file(Some(file.path()))
    }

    #[test]
    fn files_of_settings_are_read() -> Result<()> {
        let read = settings(
            "[cache]\ndirectory = \"/a\"\nfiles-total-size-soft-limit = \"3Mi\"\nfile-count-soft-limit = \"7\"",
        )?;
        assert_eq!(
            (read.directory(), read.max_bytes),
            (Some(&PathBuf::from("/a")), Some(3 << 20))
        );
        assert_eq!(settings("[cache]")?, CacheConfig::new());
        assert_eq!(settings("[cache]\nenabled = true")?, CacheConfig::new());
        assert_eq!(CacheConfig::from_file(None)?, CacheConfig::new());
        Ok(())
    }

    #[test]
    fn files_of_another_form_are_refused() {
        for text in [
            "",
            "[cache]\ndirektory = \"/a\"",
            "[cache]\nfiles-total-size-soft-limit = \"3 potatoes\"",
            "[cache]\nfiles-total-size-soft-limit = \"-1\"",
            "[cache]\nfiles-total-size-soft-limit = \"99999999999Gi\"",
            "[other]",
            "[cache]\nenabled = false",
        ] {
            assert!(settings(text).is_err(), "{text}");
        }
    }
}
