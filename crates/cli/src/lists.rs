//! Lists of settings, `KEY[=VALUE],…`, as the options `-W` and `-O` take them.

/// The settings of a list: each key with its value, if it has one.
pub fn settings(list: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    list.split(',').map(|setting| match setting.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (setting, None),
    })
}

/// The value of a setting that is on or off; a key alone is on.
///
/// # Errors
///
/// The value is another one.
pub fn switch(value: Option<&str>) -> Result<bool, String> {
    match value {
        None | Some("y" | "yes" | "true") => Ok(true),
        Some("n" | "no" | "false") => Ok(false),
        Some(_) => Err("expected y or n".to_owned()),
    }
}

/// The value of a setting that needs one.
///
/// # Errors
///
/// There is none.
pub fn required<'a>(value: Option<&'a str>, values: &str) -> Result<&'a str, String> {
    value.ok_or_else(|| format!("expected a value: {values}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split() {
        let list = settings("gc,simd=n,stack=").collect::<Vec<_>>();
        assert_eq!(list, [("gc", None), ("simd", Some("n")), ("stack", Some(""))]);
        assert_eq!((switch(None), switch(Some("no"))), (Ok(true), Ok(false)));
        assert!(switch(Some("")).is_err() && required(None, "BYTES").is_err());
    }
}
