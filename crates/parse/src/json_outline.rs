//! Which keys stand where at the start of a JSON text that may be cut anywhere.

/// Most keys that are noted; enough to tell harnesses apart.
const MAX_KEYS: usize = 4_000;
/// Deeper keys are not noted.
const MAX_DEPTH: usize = 6;

/// A key, where it stands and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The keys that lead to it, `[]` for an array's element: `benchmarks[].runs`.
    pub(crate) path: String,
    /// How many objects it lies in, itself included; arrays do not count.
    pub(crate) depth: usize,
    /// Its value, if that is a string.
    pub(crate) text: Option<String>,
}

/// The keys of the first JSON value in a text.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// In the order in which they stand.
    pub(crate) keys: Vec<Key>,
}

impl Outline {
    /// Notes the keys of the first value in `text`. Never fails: what is no JSON has few keys.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut scan = Scan { text, position: 0, levels: Vec::new(), outline: Self::default() };
        while scan.step() {}
        scan.outline
    }

    /// Whether a key stands at `path`.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.keys.iter().any(|key| key.path == path)
    }

    /// The strings that stand at `path`.
    pub(crate) fn texts<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        self.keys.iter().filter(move |key| key.path == path).filter_map(|key| key.text.as_deref())
    }
}

/// A container that is open; how long the path is inside of it.
struct Level {
    is_object: bool,
    path: String,
    expects_key: bool,
}

struct Scan<'a> {
    text: &'a [u8],
    position: usize,
    levels: Vec<Level>,
    outline: Outline,
}

impl Scan<'_> {
    /// Takes one token; false when the first value or the text has ended, or enough was noted.
    fn step(&mut self) -> bool {
        let Some(byte) = self.text.get(self.position) else {
            return false;
        };
        self.position += 1;
        match byte {
            b'{' | b'[' => self.open(*byte == b'{'),
            b'}' | b']' => {
                self.levels.pop();
                return !self.levels.is_empty();
            }
            b',' => {
                if let Some(level) = self.levels.last_mut() {
                    level.expects_key = level.is_object;
                }
            }
            b':' => {
                if let Some(level) = self.levels.last_mut() {
                    level.expects_key = false;
                }
            }
            b'"' => self.string(),
            byte if self.levels.is_empty() && !byte.is_ascii_whitespace() => return false,
            _ => {}
        }
        self.outline.keys.len() < MAX_KEYS
    }

    fn open(&mut self, is_object: bool) {
        let inside = match self.levels.last() {
            _ if self.levels.len() >= MAX_DEPTH => "",
            None => "",
            Some(level) if level.is_object => self.outline.keys.last().map_or("", |key| &key.path),
            Some(level) => &level.path,
        };
        let path = match is_object {
            true if inside.is_empty() => String::new(),
            true => format!("{inside}."),
            false => format!("{inside}[]"),
        };
        self.levels.push(Level { is_object, path, expects_key: is_object });
    }

    fn string(&mut self) {
        let start = self.position;
        while let Some(byte) = self.text.get(self.position) {
            self.position += 1;
            match byte {
                b'\\' => self.position += 1,
                b'"' => {
                    self.note(start, self.position - 1);
                    return;
                }
                _ => {}
            }
        }
    }

    /// Notes a whole string as a key or as the value of the key before it.
    fn note(&mut self, start: usize, end: usize) {
        let Some(level) = self.levels.last() else { return };
        if !level.is_object || self.levels.len() > MAX_DEPTH {
            return;
        }
        let depth = self.levels.iter().filter(|level| level.is_object).count();
        let string = String::from_utf8_lossy(&self.text[start..end]).into_owned();
        if level.expects_key {
            self.outline.keys.push(Key { path: format!("{}{string}", level.path), depth, text: None });
        } else if let Some(key) = self.outline.keys.last_mut() {
            key.text = Some(string);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let outline = Outline::of(text.as_bytes());
        let seen: Vec<_> = outline
            .keys
            .iter()
            .map(|key| match &key.text {
                Some(text) => format!("{}={text}", key.path),
                None => key.path.clone(),
            })
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn keys_are_noted_with_their_path() {
        check(
            r#"{"a": {"b": [1, {"c": "x, {\" y"}], "d": 2}, "e": "f"} {"g": 1}"#,
            &["a", "a.b", r#"a.b[].c=x, {\" y"#, "a.d", "e=f"],
        );
        check(r#"[{"name": "n"}, {"unit": "ms"}]"#, &["[].name=n", "[].unit=ms"]);
    }

    #[test]
    fn a_cut_text_has_the_keys_before_the_cut() {
        check(r#"{"a": {"b": "c", "d"#, &["a", "a.b=c"]);
        check(r#"{"a\"#, &[]);
        check("BenchmarkX 1 2 ns/op {\"a\": 1}", &[]);
    }
}
