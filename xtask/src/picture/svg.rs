//! Coloured lines as an SVG that reads on light and on dark pages.

use std::fmt::Write as _;

use super::ansi::{Look, Span};

/// Of a column and of a line, in the picture's units.
const COLUMN: f64 = 8.4;
const LINE: f64 = 19.0;
const MARGIN: f64 = 18.0;
/// The classes of the terminal's colours 0 to 7.
const COLOURS: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

const STYLE: &str = "<style>\n\
    text { font: 14px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }\n\
    .page { fill: #f6f8fa; stroke: #d1d9e0 }\n\
    .bold { font-weight: 700 } .dim { fill: #59636e }\n\
    .red { fill: #b3151f } .green { fill: #1a6b2f } .yellow { fill: #7d4e00 } .blue { fill: #0550ae }\n\
    .magenta { fill: #6639ba } .cyan { fill: #0b6470 }\n\
    @media (prefers-color-scheme: dark) {\n\
    text { fill: #e6edf3 } .page { fill: #0d1117; stroke: #3d444d } .dim { fill: #9198a1 }\n\
    .red { fill: #ff7b72 } .green { fill: #56d364 } .yellow { fill: #e3b341 } .blue { fill: #79c0ff }\n\
    .magenta { fill: #d2a8ff } .cyan { fill: #56d4dd }\n\
    }\n\
    </style>\n";

/// The command after its prompt, then what it printed.
pub fn draw(command: &str, lines: &[Vec<Span>]) -> String {
    let prompt = vec![
        Span { text: "$ ".to_owned(), look: Look { dim: true, ..Look::default() } },
        Span { text: command.to_owned(), look: Look { bold: true, ..Look::default() } },
    ];
    let columns = lines.iter().map(|line| columns(line)).max().unwrap_or(0).max(columns(&prompt));
    let width = 2.0 * MARGIN + as_f64(columns) * COLUMN;
    let height = 2.0 * MARGIN + as_f64(lines.len() + 2) * LINE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" role=\"img\" \
         aria-labelledby=\"title desc\">\n<title id=\"title\">{} in a terminal</title>\n<desc id=\"desc\">{}</desc>\n{STYLE}\
         <rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"8\"/>\n",
        escaped(command),
        escaped(&plain(lines)),
        width - 1.0,
        height - 1.0
    );
    draw_line(&mut svg, 0, &prompt);
    for (index, line) in lines.iter().enumerate() {
        draw_line(&mut svg, index + 2, line);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Each word stands where a terminal would put it, whatever the width of the reader's font.
fn draw_line(svg: &mut String, row: usize, line: &[Span]) {
    let y = MARGIN + (as_f64(row) + 0.75) * LINE;
    let mut column = 0;
    for span in line {
        for piece in span.text.split_inclusive("  ") {
            let word = piece.trim();
            let from = column + piece.chars().take_while(|letter| letter.is_whitespace()).count();
            column += piece.chars().count();
            if word.is_empty() {
                continue;
            }
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{y:.1}\" textLength=\"{:.1}\" lengthAdjust=\"spacingAndGlyphs\"{}>{}</text>",
                MARGIN + as_f64(from) * COLUMN,
                as_f64(word.chars().count()) * COLUMN,
                class(span.look),
                escaped(word)
            );
        }
    }
}

fn class(look: Look) -> String {
    let colour = look.colour.and_then(|colour| COLOURS.get(usize::from(colour)));
    let names: Vec<&str> = [look.bold.then_some("bold"), look.dim.then_some("dim"), colour.copied()]
        .into_iter()
        .flatten()
        .collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" class=\"{}\"", names.join(" ")),
    }
}

fn columns(line: &[Span]) -> usize {
    line.iter().map(|span| span.text.chars().count()).sum()
}

fn plain(lines: &[Vec<Span>]) -> String {
    let texts = lines.iter().map(|line| line.iter().map(|span| span.text.as_str()).collect::<String>());
    texts.collect::<Vec<_>>().join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::ansi;
    use super::*;

    #[test]
    fn words_keep_their_columns_and_colours() {
        let svg = draw("plimsoll check", &ansi::lines("\u{1b}[31m✗\u{1b}[0m  a<b   c\nd"));
        let x = |column: f64| {
            format!("<text x=\"{:.1}\" y=\"{:.1}\"", MARGIN + column * COLUMN, MARGIN + 2.75 * LINE)
        };
        for (column, rest) in [(0.0, " class=\"red\">✗</text>"), (3.0, ">a&lt;b</text>"), (9.0, ">c</text>")]
        {
            let line = svg.lines().find(|line| line.starts_with(&x(column)));
            assert!(line.is_some_and(|line| line.ends_with(rest)), "{column} {rest}\n{svg}");
        }
        assert!(svg.contains("✗  a&lt;b   c\nd</desc>"), "{svg}");
        assert!(svg.contains("prefers-color-scheme: dark"));
    }
}
