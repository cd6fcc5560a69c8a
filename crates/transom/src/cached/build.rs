//! Which build of this crate runs: two builds of the same version may compile differently.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

/// What tells this build apart from others: the place, size and time of the file that contains it. `None` if that cannot be found out.
pub fn identity() -> Option<&'static str> {
    static IDENTITY: OnceLock<Option<String>> = OnceLock::new();
    IDENTITY.get_or_init(find).as_deref()
}

fn find() -> Option<String> {
    let own = find as *const () as usize;
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let (inode, path) = maps.lines().find_map(|line| file_of(line, own))?;
    let file = fs::metadata(path).ok()?;
    // Another file may have the name by now, or here.
    (file.ino() == inode).then(|| {
        let times = (file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec());
        format!("{path}, {} bytes, inode {inode}, {times:?}", file.size())
    })
}

/// The inode and path of the file of a line of the process's mappings, if it contains an address: `low-high rights offset device inode path`.
fn file_of(line: &str, address: usize) -> Option<(u64, &str)> {
    let (low, rest) = line.split_once('-')?;
    let (high, rest) = rest.split_once(' ')?;
    let bound = |text| usize::from_str_radix(text, 16).ok();
    let (before, _) = rest.split_at(rest.find('/')?);
    let path = &rest[before.len()..];
    let inode = before.split_ascii_whitespace().nth(3)?.parse().ok()?;
    (bound(low)?..bound(high)?)
        .contains(&address)
        .then_some((inode, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_this_code_is_found() {
        let identity = identity().expect("tests are files");
        let path = std::env::current_exe().expect("tests are programs");
        assert!(
            identity.starts_with(path.to_str().expect("a name in UTF-8")),
            "{identity}"
        );
    }

    #[test]
    fn lines_are_read() {
        let line = "1000-2000 r-xp 00000000 fe:00 12 /usr/lib/a name.so";
        assert_eq!(file_of(line, 0x1fff), Some((12, "/usr/lib/a name.so")));
        assert_eq!(file_of(line, 0x2000), None);
        assert_eq!(file_of("1000-2000 rw-p 00000000 00:00 0 [heap]", 0x1000), None);
        assert_eq!(file_of("nonsense", 0), None);
    }
}
