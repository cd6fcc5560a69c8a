//! The modules that are compiled and run.

use anyhow::{Context, Result};
use std::path::PathBuf;
use std::sync::Arc;

/// A kernel: its name, its binary, and the `n` that keeps it busy for some tens of milliseconds.
pub struct Kernel {
    pub name: &'static str,
    pub binary: &'static [u8],
    pub n: i32,
    /// Whether `run` returns an `i64` rather than an `i32`.
    pub wide: bool,
}

macro_rules! kernels {
    ($($name:literal $n:literal $wide:literal;)*) => {
        /// All kernels.
        pub const KERNELS: &[Kernel] = &[$(Kernel {
            name: $name,
            binary: include_bytes!(concat!("../kernels/", $name, ".wasm")),
            n: $n,
            wide: $wide,
        }),*];
    };
}

kernels! {
    "nbody" 400_000 true;
    "sha256" 600 false;
    "sort" 4 false;
    "matrix" 10 true;
    "matrix_simd" 10 false;
    "interpreter" 200_000 false;
    "compress" 20 false;
}

/// A module for the compilers, and how often it is compiled to be timed well.
#[derive(Clone)]
pub struct Input {
    pub name: String,
    pub binary: Arc<[u8]>,
    pub times: usize,
}

/// The kernels, and the modules in the files.
///
/// # Errors
///
/// A file can't be read.
pub fn inputs(large: &[PathBuf]) -> Result<Vec<Input>> {
    let mut inputs: Vec<Input> = KERNELS
        .iter()
        .map(|kernel| Input {
            name: kernel.name.to_owned(),
            binary: kernel.binary.into(),
            times: 8,
        })
        .collect();
    for path in large {
        let binary = wat::parse_file(path).with_context(|| format!("{}", path.display()))?;
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        inputs.push(Input {
            name,
            binary: binary.into(),
            times: 1,
        });
    }
    Ok(inputs)
}

/// A folder for programs to work in, and how much they do there.
pub struct World {
    pub folder: tempfile::TempDir,
    /// How many bytes are written and read.
    pub bytes: u64,
}

impl World {
    /// Makes the folder, with a file `read`, and the folders `many` and `few` to list.
    pub fn new(quick: bool, alone: bool) -> Result<World> {
        let (bytes, entries) = match (quick, alone) {
            (true, _) => (1 << 22, [1000, 100]),
            // Wasmtime reads the whole directory for each part of it, and a hundred thousand entries take it minutes.
            (_, false) => (1 << 28, [4000, 400]),
            (_, true) => (1 << 28, [100_000, 10_000]),
        };
        let world = World {
            folder: tempfile::tempdir()?,
            bytes,
        };
        for (name, count) in ["many", "few"].into_iter().zip(entries) {
            let folder = world.folder.path().join(name);
            std::fs::create_dir(&folder)?;
            for index in 0..count {
                std::fs::File::create(folder.join(format!("file-{index:06}.txt")))?;
            }
        }
        // There is something to read even if nothing is written first.
        std::fs::write(world.folder.path().join("read"), vec![0; world.bytes as usize])?;
        Ok(world)
    }
}
