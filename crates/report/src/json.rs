//! JSON text that is also safe to print.

use std::fmt::Write as _;

use serde::Serialize;

use crate::text;

/// `document` in one line. Numbers that are not finite become null; characters that a terminal would obey are
/// escaped, which JSON readers undo.
pub(crate) fn document(document: &impl Serialize) -> String {
    let mut json = serde_json::to_string(document).expect("wire types have string keys only");
    if json.chars().any(text::is_hidden) {
        json = json.chars().fold(String::with_capacity(json.len()), push_escaped);
    }
    json.push('\n');
    json
}

/// A word as JSON formats write it, without its quotes.
pub(crate) fn word(word: &impl Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

fn push_escaped(mut safe: String, character: char) -> String {
    if !text::is_hidden(character) {
        safe.push(character);
        return safe;
    }
    for half in character.encode_utf16(&mut [0; 2]) {
        write!(safe, "\\u{half:04x}").expect("writing to a String cannot fail");
    }
    safe
}

#[cfg(test)]
mod tests {
    #[test]
    fn hidden_characters_survive_in_escaped_form() {
        let name = "a\u{9b}31m\u{1b}[0m\u{202e}\u{e0041}";
        let json = super::document(&name);
        assert_eq!(json, "\"a\\u009b31m\\u001b[0m\\u202e\\udb40\\udc41\"\n");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), name);
    }
}
