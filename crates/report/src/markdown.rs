//! Foreign text inside Markdown, and a document of bounded size.

use crate::text;

/// The most bytes a document may have: a comment on GitHub holds 65,536 characters, and whoever posts it may add
/// a marker.
pub(crate) const MAX_BYTES: usize = 64_000;
/// The most columns of one name.
const MAX_NAME: usize = 120;

/// `text` as a code span: nothing in it is read as Markdown, HTML, a mention or a link, and it stays in its table
/// cell.
pub(crate) fn code(text: &str) -> String {
    let shown = text::cut_middle(&text::visible(text), MAX_NAME, "…");
    if shown.trim().is_empty() {
        return format!("`\"{shown}\"`");
    }
    let fence = "`".repeat(longest_run_of_backticks(&shown) + 1);
    let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", shown.replace('|', "\\|"))
}

/// The words with a capital letter in front.
pub(crate) fn capitalised(words: &str) -> String {
    let mut characters = words.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + characters.as_str())
}

/// A number with its unit, which someone else may have named.
pub(crate) fn value(text: &str) -> String {
    tame_or_code(text, " .,±%µ$/−-+–")
}

/// Words of ours that may hold a name of someone else's.
pub(crate) fn prose(text: &str) -> String {
    tame_or_code(text, " .,;:±%µ/−-+–()'…")
}

/// `text` as it is when it holds letters, digits and `tame` signs only, none of which Markdown or a code host
/// makes anything of; otherwise as a code span.
fn tame_or_code(text: &str, tame: &str) -> String {
    let is_tame = |character: char| character.is_alphanumeric() || tame.contains(character);
    if text.chars().all(is_tame) && !text.contains("//") && !text.contains("www.") {
        text.to_owned()
    } else {
        code(text)
    }
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

/// Takes as many `rows` in order as fit into `budget` bytes; returns them joined and how many were left out.
pub(crate) fn rows_within(rows: impl ExactSizeIterator<Item = String>, budget: usize) -> (String, usize) {
    let total = rows.len();
    let mut taken = String::new();
    for (place, row) in rows.enumerate() {
        if taken.len() + row.len() > budget {
            return (taken, total - place);
        }
        taken.push_str(&row);
    }
    (taken, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        for (text, expected) in [
            ("parse", "`parse`"),
            ("a|b", "`a\\|b`"),
            ("a`b", "``a`b``"),
            ("`a``", "``` `a`` ```"),
            ("<script>@all [x](http://y)", "`<script>@all [x](http://y)`"),
            ("a\nb", "`a\\nb`"),
            ("", "`\"\"`"),
        ] {
            assert_eq!(code(text), expected);
        }
    }
}
