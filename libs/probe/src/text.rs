//! Names made safe to show, and as long as there is room.

use std::fmt::Write;

/// `text` with everything that a terminal would obey, or that cannot be seen, written out: `\n`, `\x1b`, `\u{202e}`.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            // Writing to a text cannot fail.
            hidden if is_hidden(hidden) => drop(write!(shown, "\\u{{{:x}}}", u32::from(hidden))),
            other => shown.push(other),
        }
    }
    shown
}

/// Columns that `text` takes in a terminal: some scripts and pictures take two a character.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// `text` in at most `columns` columns; what does not fit is left out of the middle, where `…` stands.
pub(crate) fn cut_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    let head: String = fitting(text.chars(), room - room / 2).collect();
    let mut tail: Vec<char> = fitting(text.chars().rev(), room / 2).collect();
    tail.reverse();
    head + "…" + &String::from_iter(tail)
}

fn fitting(characters: impl Iterator<Item = char>, columns: usize) -> impl Iterator<Item = char> {
    let mut taken = 0;
    characters.take_while(move |character| {
        taken += width_of(*character);
        taken <= columns
    })
}

fn width_of(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36f}' => 0,
        '\u{1100}'..='\u{115e}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => 2,
        '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' => 2,
        '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// Controls, marks of direction, joiners, line separators, fillers, tags.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_a_terminal() {
        assert_eq!(visible("a\n\u{1b}[31mb\u{202e}\u{9b}ä"), "a\\n\\u{1b}[31mb\\u{202e}\\u{9b}ä");
    }

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(cut_middle("build/rendering", 15), "build/rendering");
        assert_eq!(cut_middle("build/rendering", 9), "buil…ring");
        assert_eq!(cut_middle("日本語日本語", 7), "日…語");
        assert_eq!(cut_middle("abc", 1), "…");
        for columns in 1..20 {
            assert!(width(&cut_middle("ab日本語äö/🦀🦀/xyz", columns)) <= columns);
        }
    }
}
