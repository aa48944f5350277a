//! Detection against false alarms: one point for each rule.

use std::fmt::Write as _;

use serde_json::Value;

use crate::error::XtaskError;

/// The range of the logarithmic axis, in false alarms in 100 commits; what lies left of it stands on its edge.
const FEWEST_ALARMS: f64 = 0.005;
const MOST_ALARMS: f64 = 10.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 34.0;
const WIDTH: f64 = 404.0;
const HEIGHT: f64 = 340.0;
/// How far labels of neighbours must lie apart to be read.
const LABEL_LINE: f64 = 18.0;
/// Where the labels stand of points that have no room beside them.
const LABEL_COLUMN: f64 = LEFT + WIDTH + 28.0;

const STYLE: &str = "<style>\n\
    text { font: 13px system-ui, sans-serif; }\n\
    .axis { fill: #59636e } .page { fill: #ffffff } .goal { fill: #dafbe1 } .grid { stroke: #d1d9e0 } .leader { stroke: #9198a1 }\n\
    .peer { fill: #59636e } .ours { fill: #0550ae } .oracle { fill: #7d4e00 } text.ours { font-weight: 700 }\n\
    @media (prefers-color-scheme: dark) {\n\
    .axis { fill: #9198a1 }\n\
    .page { fill: #0d1117 } .goal { fill: #12361f } .grid { stroke: #3d444d } .leader { stroke: #59636e }\n\
    .peer { fill: #9198a1 } .ours { fill: #79c0ff } .oracle { fill: #e3b341 }\n\
    }\n\
    </style>\n";

/// One rule.
struct Point {
    rule: String,
    false_alarms: f64,
    /// In 0..1.
    detected: f64,
}

impl Point {
    fn class(&self) -> &'static str {
        match self.rule.as_str() {
            "plimsoll" => "ours",
            rule if rule.contains("oracle") => "oracle",
            _ => "peer",
        }
    }
}

/// The picture of what the long form measured, as SVG.
pub fn draw(measured: &str) -> Result<String, XtaskError> {
    let measured: Value = serde_json::from_str(measured)
        .map_err(|source| XtaskError::Json { what: super::MEASURED.to_owned(), source })?;
    let missing = || XtaskError::Expectation(format!("{} lacks a number", super::MEASURED));
    let rules = measured["rules"].as_array().ok_or_else(missing)?;
    let point = |rule: &Value| {
        Some(Point {
            rule: rule["rule"].as_str()?.to_owned(),
            false_alarms: rule["mean"]["false_alarms"]["value"].as_f64()?,
            detected: rule["mean"]["detected"][1]["value"].as_f64()?,
        })
    };
    let points: Vec<Point> = rules.iter().map(point).collect::<Option<_>>().ok_or_else(missing)?;
    let goal = &measured["goal"];
    let alarms = goal["false_alarms"].as_f64().ok_or_else(missing)?;
    let detected = goal["detected_5_percent"].as_f64().ok_or_else(missing)?;
    Ok(picture(&points, alarms, detected))
}

fn picture(points: &[Point], goal_alarms: f64, goal_detected: f64) -> String {
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 440\" role=\"img\" \
         aria-labelledby=\"title desc\">\n\
         <title id=\"title\">What rules find, and what they imagine</title>\n",
    );
    let _ = writeln!(svg, "<desc id=\"desc\">{}</desc>", description(points));
    svg.push_str(STYLE);
    svg.push_str("<rect class=\"page\" width=\"760\" height=\"440\"/>\n");
    let (right, bottom) = (x(goal_alarms), y(goal_detected));
    let _ = writeln!(
        svg,
        "<rect class=\"goal\" x=\"{LEFT}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"/>\n\
         <text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\">goal</text>",
        right - LEFT,
        bottom - TOP,
        LEFT + 8.0,
        bottom - 8.0
    );
    draw_axes(&mut svg);
    let heights = label_heights(points);
    for (point, label_y) in points.iter().zip(heights) {
        draw_point(&mut svg, point, label_y);
    }
    svg.push_str("</svg>\n");
    svg
}

fn description(points: &[Point]) -> String {
    let mut text = String::from("Steps of 5 % found, against false alarms in 100 commits without a change.");
    for point in points {
        let _ = write!(
            text,
            " {}: {:.0} % found, {:.2} false alarms.",
            escaped(&point.rule),
            100.0 * point.detected,
            point.false_alarms
        );
    }
    text
}

fn draw_axes(svg: &mut String) {
    for share in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
        let at = y(share);
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\n\
             <text class=\"axis\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{:.0}</text>",
            LEFT + WIDTH,
            LEFT - 8.0,
            at + 4.0,
            100.0 * share
        );
    }
    for alarms in [0.01, 0.1, 1.0, 10.0] {
        let at = x(alarms);
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{}\"/>\n\
             <text class=\"axis\" x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{alarms}</text>",
            TOP + HEIGHT,
            TOP + HEIGHT + 20.0
        );
    }
    let _ = writeln!(
        svg,
        "<text class=\"axis\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">false alarms in 100 commits</text>\n\
         <text class=\"axis\" x=\"{}\" y=\"{}\">steps of 5 % found, %</text>",
        LEFT + WIDTH / 2.0,
        TOP + HEIGHT + 46.0,
        LEFT - 40.0,
        TOP - 14.0
    );
}

fn draw_point(svg: &mut String, point: &Point, label_y: f64) {
    let (at_x, at_y, class) = (x(point.false_alarms), y(point.detected), point.class());
    let mut label_x = at_x + 10.0;
    if is_in_column(point) {
        label_x = LABEL_COLUMN;
        let _ = writeln!(
            svg,
            "<line class=\"leader\" x1=\"{at_x:.1}\" y1=\"{at_y:.1}\" x2=\"{:.1}\" y2=\"{label_y:.1}\"/>",
            label_x - 6.0
        );
    }
    let _ = writeln!(
        svg,
        "<circle class=\"{class}\" cx=\"{at_x:.1}\" cy=\"{at_y:.1}\" r=\"5\"/>\n\
         <text class=\"{class}\" x=\"{label_x:.1}\" y=\"{:.1}\">{}</text>",
        label_y + 4.0,
        escaped(&point.rule)
    );
}

/// What lies in the right half has its label in the column at the right.
fn is_in_column(point: &Point) -> bool {
    x(point.false_alarms) > LEFT + 0.5 * WIDTH
}

/// Where the labels stand: at the height of their points, those of the column pushed down where they would cover one another.
fn label_heights(points: &[Point]) -> Vec<f64> {
    let mut heights: Vec<f64> = points.iter().map(|point| y(point.detected)).collect();
    let mut column: Vec<usize> = (0..points.len()).filter(|index| is_in_column(&points[*index])).collect();
    column.sort_by(|a, b| heights[*a].total_cmp(&heights[*b]));
    for pair in column.windows(2) {
        heights[pair[1]] = heights[pair[1]].max(heights[pair[0]] + LABEL_LINE);
    }
    heights
}

fn x(false_alarms: f64) -> f64 {
    let decades = (MOST_ALARMS / FEWEST_ALARMS).log10();
    LEFT + (false_alarms.max(FEWEST_ALARMS) / FEWEST_ALARMS).log10() / decades * WIDTH
}

fn y(detected: f64) -> f64 {
    TOP + (1.0 - detected) * HEIGHT
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: &str = r#"{"goal": {"false_alarms": 0.1, "detected_5_percent": 0.8}, "rules": [
        {"rule": "plimsoll", "mean": {"false_alarms": {"value": 0.08}, "detected": [{}, {"value": 0.81}]}},
        {"rule": "a > b", "mean": {"false_alarms": {"value": 2.0}, "detected": [{}, {"value": 0.6}]}},
        {"rule": "c", "mean": {"false_alarms": {"value": 1.9}, "detected": [{}, {"value": 0.6}]}}]}"#;

    #[test]
    fn every_rule_has_a_point_and_a_label() {
        let svg = draw(MEASURED).expect("all numbers are there");
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("a &gt; b: 60 % found, 2.00 false alarms."), "{svg}");
        assert!(svg.contains("prefers-color-scheme: dark"));
        assert!(draw("{}").is_err());
    }

    #[test]
    fn labels_do_not_cover_one_another() {
        let point = |detected| Point { rule: String::new(), false_alarms: 2.0, detected };
        let heights = label_heights(&[point(0.6), point(0.6), point(0.2)]);
        assert_eq!(heights, [y(0.6), y(0.6) + LABEL_LINE, y(0.2)]);
    }
}
