//! Each character is escaped or stays, and what is escaped stays so.

use super::*;

#[test]
fn everything_that_acts_on_a_terminal_is_escaped() {
    for c in '\0'..=char::MAX {
        let text = format!("a{c}b");
        let shown = Escaped(&text).to_string();
        let acts = c.is_control()
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
            || "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}".contains(c);
        assert_eq!(shown != text, acts, "{:x}", c as u32);
        assert_eq!(Escaped(c).is_escape(), acts);
        if acts {
            assert!(
                shown.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
                "{shown:?}"
            );
        }
        assert_eq!(Escaped(&shown).to_string(), shown);
        let lines = EscapedLines(&text).to_string();
        assert_eq!(lines, if c == '\n' { text } else { shown });
    }
}

#[test]
fn what_people_write_stays() {
    let text = "naïve ∀ 日本語 العربية \u{1f980} \\ \" '";
    assert_eq!(Escaped(text).to_string(), text);
    assert_eq!(
        Escaped("\u{9b}2J\r\n\t\x7f\0").to_string(),
        r"\u{9b}2J\r\n\t\u{7f}\u{0}"
    );
}
