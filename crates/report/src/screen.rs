//! What a terminal can show, and lines that fit it.

use jiff::Timestamp;

use crate::style::{RESET, Span};
use crate::text;

/// What the reader's terminal can show, and what time it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Columns.
    pub width: usize,
    /// Colours are wanted.
    pub color: bool,
    /// Characters beyond ASCII can be shown.
    pub unicode: bool,
    /// The present, for ages such as "3 h ago".
    pub now: Timestamp,
}

impl Screen {
    /// Columns to write into: no terminal is taken to be narrower than 20.
    pub(crate) fn columns(&self) -> usize {
        self.width.max(20)
    }

    /// What stands for text left out.
    pub(crate) fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// The span in characters that this screen can show.
    pub(crate) fn fit(&self, mut span: Span) -> Span {
        if !self.unicode && !span.text.is_ascii() {
            span.text = text::ascii(&span.text).into_owned();
        }
        span
    }
}

/// A text that grows line by line, each of them no wider than the screen.
pub(crate) struct Page<'s> {
    pub(crate) screen: &'s Screen,
    out: String,
}

impl<'s> Page<'s> {
    pub(crate) fn new(screen: &'s Screen) -> Self {
        Self { screen, out: String::new() }
    }

    /// An empty line.
    pub(crate) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// Spans as a paragraph behind `indent` columns, broken between words; following lines stand two columns
    /// further in.
    pub(crate) fn line(&mut self, indent: usize, spans: &[Span]) {
        let indent = indent.min(self.screen.columns() / 4);
        let mut line = Line::new(self.screen, indent);
        let mut gap = 0;
        for word in words(self.screen, spans) {
            let word_width: usize = word.iter().map(|span| text::width(&span.text)).sum();
            if word_width == 0 {
                gap += 1;
                continue;
            }
            if !line.is_empty() && line.column + gap + word_width > self.screen.columns() {
                line.end(&mut self.out);
                line = Line::new(self.screen, indent + 2);
                gap = 0;
            }
            line.skip(gap);
            gap = 1;
            for span in word {
                line.push_breaking(span, indent + 2, &mut self.out);
            }
        }
        line.end(&mut self.out);
    }

    /// Cells behind `indent` columns, each with the column it starts at.
    pub(crate) fn cells(&mut self, cells: &[(usize, &[Span])]) {
        let mut line = Line::new(self.screen, 0);
        for (start, spans) in cells {
            line.column_at(*start);
            for span in *spans {
                line.push(span);
            }
        }
        line.end(&mut self.out);
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }
}

/// The words of a paragraph; a word may change its tone in the middle.
fn words(screen: &Screen, spans: &[Span]) -> Vec<Vec<Span>> {
    let mut words = vec![Vec::new()];
    for span in spans {
        let span = screen.fit(span.clone());
        for (index, piece) in span.text.split(' ').enumerate() {
            if index > 0 {
                words.push(Vec::new());
            }
            // A number and its per cent sign stay together.
            let is_percent = index > 0 && piece.starts_with('%');
            if is_percent {
                words.pop();
            }
            let piece = if is_percent { format!(" {piece}") } else { piece.to_owned() };
            if let Some(word) = words.last_mut()
                && !piece.is_empty()
            {
                word.push(Span { text: piece, ..span });
            }
        }
    }
    words
}

/// A line being written. Spaces are written only once something follows them.
struct Line<'s> {
    screen: &'s Screen,
    text: String,
    column: usize,
    owed_spaces: usize,
    indent: usize,
    /// The colour code that is in force.
    code: &'static str,
}

impl<'s> Line<'s> {
    fn new(screen: &'s Screen, indent: usize) -> Self {
        Self { screen, text: String::new(), column: indent, owed_spaces: indent, indent, code: "" }
    }

    fn is_empty(&self) -> bool {
        self.column == self.indent
    }

    fn skip(&mut self, spaces: usize) {
        self.column += spaces;
        self.owed_spaces += spaces;
    }

    fn column_at(&mut self, start: usize) {
        self.skip(start.saturating_sub(self.column));
    }

    fn push(&mut self, span: &Span) {
        if span.text.is_empty() {
            return;
        }
        let code = if self.screen.color { span.code() } else { "" };
        if code != self.code && !self.code.is_empty() {
            self.text.push_str(RESET);
        }
        self.text.extend(std::iter::repeat_n(' ', self.owed_spaces));
        self.owed_spaces = 0;
        if code != self.code {
            self.text.push_str(code);
            self.code = code;
        }
        self.text.push_str(&span.text);
        self.column += text::width(&span.text);
    }

    /// Pushes a word; one that is wider than the screen goes on in the next line.
    fn push_breaking(&mut self, span: Span, indent: usize, out: &mut String) {
        let mut rest = span;
        loop {
            let room = self.screen.columns().saturating_sub(self.column);
            if text::width(&rest.text) <= room {
                self.push(&rest);
                return;
            }
            let (head, tail) = text::split_at_width(&rest.text, room);
            if text::width(head) <= room || self.is_empty() {
                let tail = tail.to_owned();
                self.push(&Span { text: head.trim_end().to_owned(), ..rest });
                rest.text = tail;
            }
            std::mem::replace(self, Self::new(self.screen, indent)).end(out);
        }
    }

    fn end(self, out: &mut String) {
        out.push_str(&self.text);
        if !self.code.is_empty() {
            out.push_str(RESET);
        }
        out.push('\n');
    }
}
