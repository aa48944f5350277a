//! The formula of confidence in the documentation: its picture and its line follow the constants in the code.

use std::fmt::Write as _;

use crate::constants::Constants;
use crate::error::XtaskError;
use crate::workspace::Workspace;

/// Where the constants are.
const SOURCE: &str = "crates/analyse/src/baseline.rs";
/// Where the formula is explained.
pub const DOCUMENT: &str = "docs/concepts/judging.md";

/// The spreads that the picture has curves for, as fractions of the centre, with the names of their inks.
const CURVES: [(f64, &str); 5] =
    [(0.0, "none"), (0.01, "little"), (0.03, "some"), (0.06, "much"), (0.12, "most")];
/// Light and dark by the reader's choice, as the pictures that the engine draws.
const STYLE: &str = "<style>\n\
    text { fill: #1f2328 } .name { fill: #59636e } .page { fill: #ffffff } line { stroke: #9198a1 }\n\
    .low { fill: #fbe9e7 } .medium { fill: #fff8e1 } .high { fill: #e8f5e9 } polyline { fill: none; stroke-width: 2.2 }\n\
    polyline.none { stroke: #0b3d91 } polyline.little { stroke: #1565c0 } polyline.some { stroke: #00796b }\n\
    polyline.much { stroke: #b26a00 } polyline.most { stroke: #b71c1c }\n\
    text.none { fill: #0b3d91 } text.little { fill: #1565c0 } text.some { fill: #00796b }\n\
    text.much { fill: #b26a00 } text.most { fill: #b71c1c }\n\
    @media (prefers-color-scheme: dark) {\n\
    text { fill: #f0f6fc } .name { fill: #9198a1 } .page { fill: #0d1117 } line { stroke: #59636e }\n\
    .low { fill: #33191a } .medium { fill: #2e2712 } .high { fill: #12261a }\n\
    polyline.none { stroke: #a5d6ff } polyline.little { stroke: #58a6ff } polyline.some { stroke: #56d4bc }\n\
    polyline.much { stroke: #ffa657 } polyline.most { stroke: #ff7b72 }\n\
    text.none { fill: #a5d6ff } text.little { fill: #58a6ff } text.some { fill: #56d4bc }\n\
    text.much { fill: #ffa657 } text.most { fill: #ff7b72 }\n\
    }\n\
    </style>\n";
/// The picture's right edge in runs.
const MOST_RUNS: f64 = 60.0;

const LEFT: f64 = 64.0;
const TOP: f64 = 28.0;
const WIDTH: f64 = 506.0;
const HEIGHT: f64 = 320.0;

/// The numbers of the formula and the marks.
pub struct Confidence {
    half_runs: f64,
    spread_weight: f64,
    half_age_days: f64,
    low: f64,
    high: f64,
}

impl Confidence {
    /// Reads the constants from the source.
    pub fn read(workspace: &Workspace) -> Result<Self, XtaskError> {
        Self::from_constants(&Constants::read(workspace, SOURCE)?)
    }

    fn from_constants(constants: &Constants) -> Result<Self, XtaskError> {
        let number = |name: &str| constants.number(name);
        Ok(Self {
            half_runs: number("HALF_CONFIDENCE_RUNS")?,
            spread_weight: number("SPREAD_WEIGHT")?,
            half_age_days: number("HALF_CONFIDENCE_AGE_DAYS")?,
            low: number("LOW_CONFIDENCE")?,
            high: number("HIGH_CONFIDENCE")?,
        })
    }

    /// The formula as the document has to show it.
    pub fn formula(&self) -> String {
        format!(
            "confidence = runs / (runs + {})  ×  1 / (1 + {} · spread / centre)  ×  1 / (1 + age / {} days)",
            self.half_runs, self.spread_weight, self.half_age_days
        )
    }

    /// The picture as SVG.
    pub fn picture(&self) -> String {
        let mut svg = String::from(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 400\" role=\"img\" \
             aria-labelledby=\"title desc\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
             <title id=\"title\">Confidence of a baseline by its number of runs</title>\n",
        );
        let _ = writeln!(svg, "<desc id=\"desc\">{}</desc>", self.description());
        svg.push_str(STYLE);
        svg.push_str("<rect class=\"page\" width=\"720\" height=\"400\"/>\n");
        self.draw_bands(&mut svg);
        draw_axis(&mut svg);
        for (spread, ink) in CURVES {
            self.draw_curve(&mut svg, spread, ink);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn of(&self, runs: f64, spread: f64) -> f64 {
        runs / (runs + self.half_runs) / (1.0 + self.spread_weight * spread)
    }

    fn description(&self) -> String {
        let mut text = String::from("Curves that rise with the number of runs.");
        for (spread, _) in [CURVES[0], CURVES[CURVES.len() - 1]] {
            let _ = write!(
                text,
                " At a spread of {:.0} % of the centre, 5 runs reach {:.2}, 20 runs {:.2} and 50 runs {:.2}.",
                spread * 100.0,
                self.of(5.0, spread),
                self.of(20.0, spread),
                self.of(50.0, spread)
            );
        }
        let _ = write!(text, " The marks at {} and {} divide low, medium and high.", self.low, self.high);
        text
    }

    fn draw_bands(&self, svg: &mut String) {
        let bands = [(0.0, self.low, "low"), (self.low, self.high, "medium"), (self.high, 1.0, "high")];
        for (from, to, name) in bands {
            let (top, bottom) = (y(to), y(from));
            let _ = writeln!(
                svg,
                "<rect x=\"{LEFT}\" y=\"{top:.1}\" width=\"{WIDTH}\" height=\"{:.1}\" class=\"{name}\"/>\n\
                 <line x1=\"{LEFT}\" x2=\"{}\" y1=\"{bottom:.1}\" y2=\"{bottom:.1}\"/>\n\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" class=\"name\">{name}</text>\n\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{from}</text>",
                bottom - top,
                LEFT + WIDTH,
                LEFT + WIDTH - 8.0,
                bottom - 8.0,
                LEFT - 8.0,
                bottom + 4.0
            );
        }
    }

    fn draw_curve(&self, svg: &mut String, spread: f64, ink: &str) {
        let points: Vec<String> = (0..=120_u32)
            .map(|step| {
                let runs = f64::from(step) * MOST_RUNS / 120.0;
                format!("{:.1},{:.1}", x(runs), y(self.of(runs, spread)))
            })
            .collect();
        let _ = writeln!(
            svg,
            "<polyline class=\"{ink}\" points=\"{}\"/>\n\
             <text class=\"{ink}\" x=\"{}\" y=\"{:.1}\">{:.0} %</text>",
            points.join(" "),
            LEFT + WIDTH + 10.0,
            y(self.of(MOST_RUNS, spread)) + 4.0,
            spread * 100.0
        );
    }
}

fn draw_axis(svg: &mut String) {
    for runs in [0.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0] {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{runs}</text>",
            x(runs),
            TOP + HEIGHT + 20.0
        );
    }
    let labels = [
        (LEFT + WIDTH / 2.0 - 110.0, 390.0, "runs of the series, the newest today"),
        (LEFT - 16.0, TOP + 4.0, "1"),
        (LEFT, TOP - 10.0, "confidence"),
        (LEFT + WIDTH + 10.0, TOP - 10.0, "spread / centre"),
    ];
    for (x, y, text) in labels {
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\">{text}</text>");
    }
}

fn x(runs: f64) -> f64 {
    LEFT + runs / MOST_RUNS * WIDTH
}

fn y(confidence: f64) -> f64 {
    TOP + (1.0 - confidence) * HEIGHT
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "pub const LOW_CONFIDENCE: f64 = 0.3;\npub const HIGH_CONFIDENCE: f64 = 0.7;\n\
        const HALF_CONFIDENCE_RUNS: f64 = 8.0;\nconst SPREAD_WEIGHT: f64 = 2.5;\n\
        const HALF_CONFIDENCE_AGE_DAYS: f64 = 180.0;\n";

    #[test]
    fn the_formula_follows_the_constants() {
        let read = |text: &str| {
            Constants::from_source(SOURCE, text).and_then(|constants| Confidence::from_constants(&constants))
        };
        let confidence = read(TEXT).expect("all constants");
        assert_eq!(
            confidence.formula(),
            "confidence = runs / (runs + 8)  ×  1 / (1 + 2.5 · spread / centre)  ×  1 / (1 + age / 180 days)"
        );
        let picture = confidence.picture();
        assert!(picture.contains("5 runs reach 0.38"), "{picture}");
        assert_eq!(picture.matches("<polyline").count(), CURVES.len());
        assert!(read(&TEXT.replace("SPREAD_WEIGHT", "OTHER")).is_err());
    }
}
