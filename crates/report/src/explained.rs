//! What an error code means, at length.

use serde::Serialize;

use crate::json;
use crate::screen::{Page, Screen};
use crate::style::Span;

/// The name and version of the formats.
const CODE_FORMAT: &str = "plimsoll.code-explanation/1";
const CODES_FORMAT: &str = "plimsoll.codes/1";
/// Columns of the labels.
const LABEL_COLUMNS: usize = 10;

/// An error code. Rendered by [`CodeExplanation::terminal`] and [`CodeExplanation::json`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CodeExplanation<'a> {
    /// `PLM031`.
    pub code: &'a str,
    /// What happened.
    pub title: &'a str,
    /// What it means and what usually causes it.
    pub meaning: &'a str,
    /// What to do next.
    pub next: &'a str,
    /// The exit code that commands end with.
    pub exit_code: u8,
}

/// Every error code. Rendered by [`CodeList::terminal`] and [`CodeList::json`].
#[derive(Debug, Clone, Copy)]
pub struct CodeList<'a> {
    /// By number.
    pub codes: &'a [CodeExplanation<'a>],
}

#[derive(Serialize)]
struct CodeDocument<'a> {
    format: &'static str,
    #[serde(flatten)]
    code: CodeExplanation<'a>,
}

#[derive(Serialize)]
struct CodesDocument<'a> {
    format: &'static str,
    codes: &'a [CodeExplanation<'a>],
}

impl CodeExplanation<'_> {
    /// Code and title, then the meaning, what to do next and the exit code.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        page.line(0, &[Span::plain(self.code).strong(), Span::plain(&format!(" {}", self.title))]);
        page.blank();
        page.line(2, &[Span::plain(self.meaning)]);
        page.blank();
        labelled(&mut page, "next", self.next);
        labelled(&mut page, "exit code", &self.exit_code.to_string());
        page.finish()
    }

    /// `plimsoll.code-explanation/1` in one line.
    pub fn json(&self) -> String {
        json::document(&CodeDocument { format: CODE_FORMAT, code: *self })
    }
}

impl CodeList<'_> {
    /// A line a code: the code and what happened.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        for code in self.codes {
            page.line(0, &[Span::plain(code.code).strong(), Span::plain(&format!(" {}", code.title))]);
        }
        page.finish()
    }

    /// `plimsoll.codes/1` in one line.
    pub fn json(&self) -> String {
        json::document(&CodesDocument { format: CODES_FORMAT, codes: self.codes })
    }
}

/// A fact with its label in front.
pub(crate) fn labelled(page: &mut Page<'_>, label: &str, text: &str) {
    let label = format!("{label:<LABEL_COLUMNS$}");
    page.line(2, &[Span::quiet(&label), Span::plain(text)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen() -> Screen {
        Screen {
            width: 100,
            color: false,
            unicode: true,
            now: "2026-11-21T08:00:00Z".parse().expect("a time"),
        }
    }

    #[test]
    fn a_code_is_explained() {
        let view = CodeExplanation {
            code: "PLM031",
            title: "the store is damaged",
            meaning: "A checksum says that stored bytes have changed.",
            next: "plimsoll db check",
            exit_code: 6,
        };
        insta::assert_snapshot!(view.terminal(&screen()), @r#"
    PLM031 the store is damaged

      A checksum says that stored bytes have changed.

      next      plimsoll db check
      exit code 6
    "#);
        insta::assert_snapshot!(view.json(), @r#"{"format":"plimsoll.code-explanation/1","code":"PLM031","title":"the store is damaged","meaning":"A checksum says that stored bytes have changed.","next":"plimsoll db check","exit_code":6}"#);
    }

    #[test]
    fn codes_are_listed() {
        let code = |code, title| CodeExplanation { code, title, meaning: "M.", next: "n", exit_code: 2 };
        let codes = [code("PLM001", "one"), code("PLM002", "two")];
        let view = CodeList { codes: &codes };
        insta::assert_snapshot!(view.terminal(&screen()), @r"
    PLM001 one
    PLM002 two
    ");
        insta::assert_snapshot!(view.json(), @r#"{"format":"plimsoll.codes/1","codes":[{"code":"PLM001","title":"one","meaning":"M.","next":"n","exit_code":2},{"code":"PLM002","title":"two","meaning":"M.","next":"n","exit_code":2}]}"#);
    }
}
