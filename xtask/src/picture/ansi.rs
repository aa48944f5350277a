//! Text with colours as a terminal gets it.

/// Characters that look alike.
#[derive(Debug, PartialEq, Eq)]
pub struct Span {
    /// The characters.
    pub text: String,
    /// How they look.
    pub look: Look,
}

/// How characters look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Heavier.
    pub bold: bool,
    /// Paler.
    pub dim: bool,
    /// One of the terminal's eight colours, 0 to 7.
    pub colour: Option<u8>,
}

/// The lines of what was printed. Sequences that are not about colour are left out.
pub fn lines(printed: &str) -> Vec<Vec<Span>> {
    let mut look = Look::default();
    printed.trim_end().lines().map(|line| spans(line, &mut look)).collect()
}

fn spans(line: &str, look: &mut Look) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = line;
    loop {
        let (text, after) = rest.split_once("\u{1b}[").unwrap_or((rest, ""));
        if !text.is_empty() {
            spans.push(Span { text: text.to_owned(), look: *look });
        }
        if after.is_empty() {
            return spans;
        }
        let end = after.find(|letter: char| letter.is_ascii_alphabetic());
        let (parameters, following) = after.split_at(end.unwrap_or(after.len()));
        if following.starts_with('m') {
            for parameter in parameters.split(';') {
                look.apply(parameter);
            }
        }
        rest = following.get(1..).unwrap_or_default();
    }
}

impl Look {
    /// Follows one parameter of "select graphic rendition" (ECMA-48, 8.3.117).
    fn apply(&mut self, parameter: &str) {
        match parameter.parse().unwrap_or(0_u8) {
            0 => *self = Self::default(),
            1 => self.bold = true,
            2 => self.dim = true,
            22 => (self.bold, self.dim) = (false, false),
            colour @ 30..=37 => self.colour = Some(colour - 30),
            39 => self.colour = None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each span as its text in brackets, after `b` for bold, `d` for dim and the number of its colour.
    fn written(spans: &[Span]) -> String {
        let one = |span: &Span| {
            let bold = if span.look.bold { "b" } else { "" };
            let dim = if span.look.dim { "d" } else { "" };
            let colour = span.look.colour.map_or_else(String::new, |colour| colour.to_string());
            format!("{bold}{dim}{colour}[{}]", span.text)
        };
        spans.iter().map(one).collect()
    }

    #[track_caller]
    fn check(printed: &str, expected: &[&str]) {
        let found: Vec<String> = lines(printed).iter().map(|line| written(line)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn colours_start_and_end() {
        check("plain\n\n", &["[plain]"]);
        check("\u{1b}[1;31mred\u{1b}[0m no\u{1b}[2m dim\u{1b}[m", &["b1[red][ no]d[ dim]"]);
        check("\u{1b}[32ma\nb\u{1b}[39mc", &["2[a]", "2[b][c]"]);
        check("\u{1b}[2Jx\u{1b}[", &["[x]"]);
    }
}
