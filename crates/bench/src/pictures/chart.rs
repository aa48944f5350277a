//! Charts as SVG: light and dark by the reader's choice, letters large enough for a telephone.

use std::fmt::Write as _;

use super::Picture;

/// All pictures are so wide; documents show them so, telephones smaller.
const WIDTH: f64 = 520.0;
/// From the left edge to a panel.
const LEFT: f64 = 46.0;
/// From a panel to the right edge.
const RIGHT: f64 = 14.0;

const STYLE: &str = "<style>\n\
    text { font: 15px system-ui, sans-serif; fill: #1f2328; stroke: #ffffff; stroke-width: 4px; paint-order: stroke }\n\
    .axis { fill: #59636e } .page { fill: #ffffff } line { stroke: #d1d9e0 } line.mark { stroke: #59636e; stroke-dasharray: 4 3 }\n\
    .plain { fill: #59636e } .old { fill: #0550ae } .new { fill: #bc4c00 } .third { fill: #1a7f37 }\n\
    polyline[class] { fill: none; stroke-width: 2.4 } polyline.plain { stroke: #59636e; stroke-dasharray: 5 4 }\n\
    polyline.old { stroke: #0550ae } polyline.new { stroke: #bc4c00 } polyline.third { stroke: #1a7f37 }\n\
    circle.ring { fill: none; stroke: #bc4c00; stroke-width: 1.8 }\n\
    @media (prefers-color-scheme: dark) {\n\
    text { fill: #f0f6fc; stroke: #0d1117 } .axis { fill: #9198a1 } .page { fill: #0d1117 } line { stroke: #3d444d } line.mark { stroke: #9198a1 }\n\
    .plain { fill: #9198a1 } .old { fill: #79c0ff } .new { fill: #ffa657 } .third { fill: #7ee787 }\n\
    polyline.plain { stroke: #9198a1 } polyline.old { stroke: #79c0ff } polyline.new { stroke: #ffa657 } polyline.third { stroke: #7ee787 }\n\
    circle.ring { stroke: #ffa657 }\n\
    }\n\
    </style>\n";

/// Colours, by what they mean in the pictures of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// What others do, or what is only there to compare with.
    Plain,
    /// What was.
    Old,
    /// What is new or stands out.
    New,
    /// One thing more.
    Third,
}

impl Ink {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Old => "old",
            Self::New => "new",
            Self::Third => "third",
        }
    }
}

/// Which end of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    End,
}

impl Anchor {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
        }
    }
}

/// A picture in the making.
pub(super) struct Chart {
    height: f64,
    body: String,
}

/// A part of a picture with axes of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel {
    /// From the upper edge of the picture.
    pub top: f64,
    pub height: f64,
    /// What the left and right edge stand for.
    pub x: (f64, f64),
    /// What the lower and upper edge stand for.
    pub y: (f64, f64),
}

impl Panel {
    fn x(&self, value: f64) -> f64 {
        LEFT + (value - self.x.0) / (self.x.1 - self.x.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        self.top + (self.y.1 - value) / (self.y.1 - self.y.0) * self.height
    }

    /// The same value, but on the edge where it lies beyond.
    fn within(&self, value: f64) -> f64 {
        value.clamp(self.y.0, self.y.1)
    }
}

impl Chart {
    pub(super) fn new(height: f64) -> Self {
        Self { height, body: String::new() }
    }

    /// Marks on both axes: a line across for each value of `y`, words under `x`.
    pub(super) fn axes(&mut self, panel: &Panel, x: &[f64], y: &[f64], unit: &str) {
        for value in y {
            let at = panel.y(*value);
            let (left, right) = (LEFT, WIDTH - RIGHT);
            let _ = writeln!(
                self.body,
                "<line x1=\"{left}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\n\
                 <text class=\"axis\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}{unit}</text>",
                LEFT - 6.0,
                at + 5.0
            );
        }
        for value in x {
            let _ = writeln!(
                self.body,
                "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{value}</text>",
                panel.x(*value),
                panel.top + panel.height + 20.0
            );
        }
    }

    /// Words that stand above a panel.
    pub(super) fn heading(&mut self, panel: &Panel, words: &str) {
        let at = panel.top - 12.0;
        let _ = writeln!(self.body, "<text x=\"6\" y=\"{at:.1}\">{words}</text>");
    }

    /// What the horizontal axis counts.
    pub(super) fn footing(&mut self, panel: &Panel, words: &str) {
        let (x, y) = (LEFT + (WIDTH - LEFT - RIGHT) / 2.0, panel.top + panel.height + 42.0);
        let _ = writeln!(
            self.body,
            "<text class=\"axis\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{words}</text>"
        );
    }

    pub(super) fn dot(&mut self, panel: &Panel, (x, y): (f64, f64), ink: Ink) {
        let _ = writeln!(
            self.body,
            "<circle class=\"{}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"/>",
            ink.class(),
            panel.x(x),
            panel.y(panel.within(y))
        );
    }

    /// A ring about a value.
    pub(super) fn ring(&mut self, panel: &Panel, (x, y): (f64, f64)) {
        let _ = writeln!(
            self.body,
            "<circle class=\"ring\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"7\"/>",
            panel.x(x),
            panel.y(panel.within(y))
        );
    }

    /// A line through points; beyond the panel it runs along its edge.
    pub(super) fn line(&mut self, panel: &Panel, points: &[(f64, f64)], ink: Ink) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{:.1},{:.1}", panel.x(*x), panel.y(panel.within(*y))))
            .collect();
        let _ = writeln!(self.body, "<polyline class=\"{}\" points=\"{}\"/>", ink.class(), points.join(" "));
    }

    /// A line from top to bottom at a value of `x`.
    pub(super) fn mark(&mut self, panel: &Panel, x: f64) {
        let at = panel.x(x);
        let _ = writeln!(
            self.body,
            "<line class=\"mark\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
            panel.top,
            panel.top + panel.height
        );
    }

    /// Words at a place of a panel.
    pub(super) fn words(&mut self, panel: &Panel, (x, y): (f64, f64), anchor: Anchor, ink: Ink, words: &str) {
        let _ = writeln!(
            self.body,
            "<text class=\"{}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{}\">{words}</text>",
            ink.class(),
            panel.x(x),
            panel.y(y),
            anchor.word()
        );
    }

    /// The whole picture.
    pub(super) fn finish(self, title: &str, description: String) -> Picture {
        let height = self.height;
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
             aria-labelledby=\"title desc\">\n\
             <title id=\"title\">{title}</title>\n\
             <desc id=\"desc\">{description}</desc>\n\
             {STYLE}<rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
             {}</svg>\n",
            self.body
        );
        Picture { svg, description }
    }
}
