//! Foreign text made safe to show: control characters become visible, long names are cut in the middle.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` with everything that a terminal would obey, or that cannot be seen, written out: `\n`, `\t`, `\x1b`,
/// `\u{202e}`. Borrowed when there is nothing of the kind.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

/// Like [`visible`], but newlines and tabs stay: for formats that quote them themselves.
pub(crate) fn visible_but_spaces(text: &str) -> Cow<'_, str> {
    escaped(text, |character| is_hidden(character) && !matches!(character, '\n' | '\t'))
}

fn escaped(text: &str, is_unwanted: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_unwanted) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            unwanted if !is_unwanted(unwanted) => shown.push(unwanted),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            control if control < '\u{a0}' => {
                write_escape(&mut shown, format_args!("\\x{:02x}", control as u32));
            }
            other => write_escape(&mut shown, format_args!("\\u{{{:x}}}", other as u32)),
        }
    }
    Cow::Owned(shown)
}

fn write_escape(shown: &mut String, escape: std::fmt::Arguments<'_>) {
    shown.write_fmt(escape).expect("writing to a String cannot fail");
}

/// Whether a character acts on a terminal or a reader without being seen: controls (C0, DEL, C1), soft hyphen,
/// bidirectional controls, joiners, line separators, fillers, tags.
pub fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// `text` for a terminal that shows ASCII only: signs have near likenesses, anything else is written out.
pub(crate) fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        let likeness = match character {
            plain if plain.is_ascii() => {
                shown.push(plain);
                continue;
            }
            '…' => "...",
            '−' | '─' | '–' => "-",
            '±' => "+/-",
            'µ' | 'μ' => "u",
            '·' | '│' | '┤' => "|",
            '└' | '┬' => "+",
            '✗' => "x",
            '✓' => "ok",
            '→' => "->",
            '“' | '”' => "\"",
            '’' => "'",
            '▁' => "_",
            '▂' => ".",
            '▃' => ":",
            '▄' => "-",
            '▅' => "=",
            '▆' => "+",
            '▇' => "*",
            '█' => "#",
            '\u{2800}' => " ",
            '\u{2801}'..='\u{28ff}' => "*",
            other => {
                write_escape(&mut shown, format_args!("\\u{{{:x}}}", other as u32));
                continue;
            }
        };
        shown.push_str(likeness);
    }
    Cow::Owned(shown)
}

/// Columns that `text` takes in a terminal.
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// `text` in at most `columns` columns; what does not fit is left out of the middle, where an ellipsis stands.
pub(crate) fn cut_middle(text: &str, columns: usize, ellipsis: &'static str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(ellipsis));
    if room < 2 {
        return fitting(text.chars(), columns).collect();
    }
    let head: String = fitting(text.chars(), room - room / 2).collect();
    let mut tail: Vec<char> = fitting(text.chars().rev(), room - width(&head)).collect();
    while tail.last().is_some_and(|character| character.width() == Some(0)) {
        tail.pop();
    }
    tail.reverse();
    head + ellipsis + &String::from_iter(tail)
}

/// `text` in at most `columns` columns; what does not fit is left out at the end, where an ellipsis stands.
pub(crate) fn cut_end(text: &str, columns: usize, ellipsis: &'static str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let head: String = fitting(text.chars(), columns.saturating_sub(width(ellipsis))).collect();
    let cut = head.trim_end().to_owned() + ellipsis;
    fitting(cut.chars(), columns).collect()
}

/// The part of `text` that fits into `columns`, at least one character, and the rest.
pub(crate) fn split_at_width(text: &str, columns: usize) -> (&str, &str) {
    let end: usize = fitting(text.chars(), columns).map(char::len_utf8).sum();
    let first = text.chars().next().map_or(0, char::len_utf8);
    text.split_at(end.max(first))
}

/// The characters at the start of `characters` that fit into `columns`.
fn fitting(characters: impl Iterator<Item = char>, columns: usize) -> impl Iterator<Item = char> {
    let mut taken = 0;
    characters.take_while(move |character| {
        taken += character.width().unwrap_or(0);
        taken <= columns
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(visible("a\u{1b}[31mb\n\tc\r"), "a\\x1b[31mb\\n\\tc\\r");
        assert_eq!(visible("evil\u{202e}lave\u{200b}"), "evil\\u{202e}lave\\u{200b}");
        assert_eq!(visible("\u{9b}31m\u{7f}"), "\\x9b31m\\x7f");
        assert!(matches!(visible("größe/日本"), Cow::Borrowed(_)));
    }

    #[track_caller]
    fn cut(text: &str, columns: usize, expected: &str) {
        assert_eq!(cut_middle(text, columns, "…"), expected);
        assert!(width(expected) <= columns);
    }

    #[test]
    fn names_are_cut_in_the_middle() {
        cut("parse/large", 11, "parse/large");
        cut("parse/large_json_file", 12, "parse/…_file");
        cut("日本語日本語", 7, "日…本語");
        cut("abcdef", 2, "ab");
        cut("abcdef", 0, "");
    }

    #[test]
    fn a_plain_terminal_gets_likenesses() {
        assert_eq!(ascii("✗ +3.1 % ± 2 µs … ▁█ é"), "x +3.1 % +/- 2 us ... _# \\u{e9}");
    }
}
