//! Translation, and how its errors read.

use super::*;

#[test]
fn binaries_pass_through() {
    let bytes = b"\0asm\x01\0\0\0";
    assert!(matches!(bytes_to_binary(bytes, None).unwrap(), Cow::Borrowed(_)));
    assert_eq!(&*bytes_to_binary(b"(module)", None).unwrap(), bytes);
    let error = bytes_to_binary(b"ab\xff", None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "neither a binary module nor UTF-8 text (at offset 0x2)"
    );
}

#[test]
fn errors_quote_the_line() {
    let text = "(module\n  (func (result i32)\n\té i32.konst 1))\n";
    let error = text_to_binary(text, Some(Path::new("dir/a.wat"))).unwrap_err();
    let ModuleError::Text(inner) = &error else {
        panic!("{error}")
    };
    assert_eq!((inner.line, inner.column), (3, 2));
    let text = "(module\n  (func (result i32)\n    i32.konst 1))\n";
    let error = text_to_binary(text, Some(Path::new("dir/a.wat"))).unwrap_err();
    let expected = "unknown operator or unexpected token
  --> dir/a.wat:3:5
   |
 3 |     i32.konst 1))
   |     ^";
    assert_eq!(error.to_string(), expected);
    assert_eq!(
        (error.offset(), error.message()),
        (None, "unknown operator or unexpected token".to_owned())
    );
}

#[test]
fn errors_at_the_end_and_in_long_lines() {
    let error = text_to_binary("(module\n(func", None).unwrap_err().to_string();
    assert!(error.contains("--> <text>:"), "{error}");
    let long = format!("(module {} (nonsense))", "(func)".repeat(500));
    let error = text_to_binary(&long, None).unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() < 200), "{error}");
    let caret = lines[4].chars().position(|c| c == '^').unwrap();
    assert!(
        lines[3]
            .chars()
            .skip(caret)
            .collect::<String>()
            .starts_with("nonsense"),
        "{error}"
    );
    assert!(text_to_binary("", None).is_err());
}

#[test]
fn script_modules() {
    let script = r#"(module quote "(func (param i32))") (module binary "\00asm" "\01\00\00\00") (module $m)
        (module quote "(func" "(param") (component)"#;
    let buffer = ParseBuffer::new(script).unwrap();
    let script = parser::parse::<wast::Wast<'_>>(&buffer).unwrap();
    let results: Vec<_> = script
        .directives
        .into_iter()
        .map(|directive| match directive {
            wast::WastDirective::Module(mut wat) => encode_quote_wat(&mut wat),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(results[0].as_ref().unwrap().len() > 20);
    assert_eq!(
        results[1].as_ref().unwrap(),
        results[2].as_ref().map(|b| b[..8].to_vec()).as_ref().unwrap()
    );
    assert!(results[3].is_err());
    assert_eq!(results[4].as_ref().unwrap_err().message(), NOT_A_MODULE);
}
