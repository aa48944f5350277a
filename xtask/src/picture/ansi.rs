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
    printed
        .trim_end()
        .lines()
        .map(|line| spans(line, &mut look))
        .collect()
}

fn spans(line: &str, look: &mut Look) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = line;
    loop {
        let (text, after) = rest.split_once("\u{1b}[").unwrap_or((rest, ""));
        if !text.is_empty() {
            spans.push(Span {
                text: text.to_owned(),
                look: *look,
            });
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

    #[track_caller]
    fn check(printed: &str, expected: &[&[(&str, bool, bool, Option<u8>)]]) {
        let found = lines(printed);
        let found: Vec<Vec<_>> = found
            .iter()
            .map(|line| {
                let spans = line.iter();
                spans
                    .map(|span| {
                        (
                            span.text.as_str(),
                            span.look.bold,
                            span.look.dim,
                            span.look.colour,
                        )
                    })
                    .collect()
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn colours_start_and_end() {
        check("plain\n\n", &[&[("plain", false, false, None)]]);
        check(
            "\u{1b}[1;31mred\u{1b}[0m no\u{1b}[2m dim\u{1b}[m",
            &[&[
                ("red", true, false, Some(1)),
                (" no", false, false, None),
                (" dim", false, true, None),
            ]],
        );
        check(
            "\u{1b}[32ma\nb\u{1b}[39mc",
            &[
                &[("a", false, false, Some(2))],
                &[("b", false, false, Some(2)), ("c", false, false, None)],
            ],
        );
        check("\u{1b}[2Jx\u{1b}[", &[&[("x", false, false, None)]]);
    }
}
