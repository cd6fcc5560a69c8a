//! WASI preview 1: sequences of calls of a guest, against the same calls made to the kernel in a second folder.
//!
//! The kernel is the model: for each call the mirror ([`mirror`]) does natively what preview 1 promises, and holds paths inside of
//! its folder by `openat2`. Results, error numbers, and in the end both trees must be the same. A model in memory would have to
//! repeat the kernel's rules on links, slashes and renames, and be wrong about them in its own ways.
//!
//! Raw calls, with any numbers for pointers and lengths, go to a second guest, which has no mirror: nothing panics. What lies
//! beside the folders never changes.

mod guest;
mod mirror;
mod op;
mod tree;

use arbitrary::{Arbitrary, Unstructured};
use guest::Guest;
use mirror::Mirror;
use op::{Op, Outcome};
use std::fs;
use std::path::Path;

/// More calls than this are slow.
const OPS: usize = 60;

/// Makes the calls of an input.
pub fn check(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let [outside, box_, raw, model] = ["outside", "box", "raw", "model"].map(|name| folder.path().join(name));
    for made in [&outside, &box_, &raw, &model] {
        fs::create_dir(made).expect("a new folder");
    }
    fs::write(outside.join("secret"), "nobody may change this").expect("a new file");
    let before = tree::read(&outside);
    let mut input = Unstructured::new(bytes);
    let mut world = World {
        guest: Guest::new(&box_),
        raw: None,
        mirror: Mirror::new(&model),
    };
    for _ in 0..OPS {
        match Op::arbitrary(&mut input) {
            Ok(op) if !input.is_empty() => world.run(op, &raw),
            _ => break,
        }
    }
    drop(world);
    assert_eq!(tree::read(&box_), tree::read(&model), "the trees differ");
    assert_eq!(
        tree::read(&outside),
        before,
        "something outside of the folder has changed"
    );
    let beside = fs::read_dir(folder.path()).expect("the folder is there").count();
    assert_eq!(beside, 4, "something was made beside the folder");
}

struct World {
    guest: Guest,
    /// Made when the first raw call comes.
    raw: Option<Guest>,
    mirror: Mirror,
}

impl World {
    fn run(&mut self, op: Op, raw: &Path) {
        if let Op::Raw { function, args } = op {
            self.raw
                .get_or_insert_with(|| Guest::new(raw))
                .raw(function, args);
            return;
        }
        let found = self.guest.run(&op, &self.mirror);
        let expected = self.mirror.run(&op, &found);
        // `cap-std` resolves `a/.` and `a/..` to a directory before it changes anything there, so its reason is another one than
        // the kernel's.
        if op.ends_in_dot() && matches!((&found, &expected), (Outcome::Error(_), Outcome::Error(_))) {
            return;
        }
        assert_eq!(found, expected, "{op:?}");
    }
}
