//! A step of 5 % in noise of 2 %: where it began, when it was found, and the level on either side.

use plimsoll_analyse::change_point::{change_points, detections};

use super::chart::{Anchor, Chart, Ink, Panel};
use super::{Picture, PictureError};
use crate::Noise;

const RUNS: usize = 72;
const STEP_AT: usize = 44;
const SIZE: f64 = 0.05;
const NOISE: f64 = 0.02;
const SEED: u64 = 11;

pub(super) fn draw() -> Result<Picture, PictureError> {
    let mut noise = Noise::of(&[SEED]);
    let values: Vec<f64> = (0..RUNS)
        .map(|run| 100.0 * (1.0 + if run >= STEP_AT { SIZE } else { 0.0 }) * (1.0 + NOISE * noise.normal()))
        .collect();
    let not_shown = |what| PictureError { picture: "step", what };
    let [found] = detections(&values)[..] else { return Err(not_shown("one detection")) };
    let [point] = change_points(&values)[..] else { return Err(not_shown("one change point")) };
    let size = point.change().ok_or_else(|| not_shown("a relative change"))?;

    let panel = Panel { top: 40.0, height: 220.0, x: (0.0, RUNS as f64), y: (94.0, 112.0) };
    let mut chart = Chart::new(316.0);
    chart.heading(&panel, "time of a benchmark, ms");
    chart.axes(&panel, &[0.0, 20.0, 40.0, 60.0], &[95.0, 100.0, 105.0, 110.0], "");
    chart.footing(&panel, "run, in commit order");
    let (began, at) = (point.index as f64, found.at as f64);
    chart.mark(&panel, began - 0.5);
    chart.mark(&panel, at);
    for (run, value) in values.iter().enumerate() {
        let ink = if run < point.index { Ink::Old } else { Ink::New };
        chart.dot(&panel, (run as f64, *value), ink);
    }
    chart.line(&panel, &[(0.0, point.before), (began - 0.5, point.before)], Ink::Old);
    chart.line(&panel, &[(began - 0.5, point.after), (RUNS as f64, point.after)], Ink::New);
    let began_words = format!("began with run {}", point.index);
    chart.words(&panel, (began - 1.5, 110.5), Anchor::End, Ink::Plain, &began_words);
    let found_words = format!("found with run {}", found.at);
    chart.words(&panel, (at + 1.0, 110.5), Anchor::Start, Ink::Plain, &found_words);
    chart.words(&panel, (1.0, 95.6), Anchor::Start, Ink::Old, &format!("level {:.1}", point.before));
    let after = format!("level {:.1} ({:+.1} %)", point.after, 100.0 * size);
    chart.words(&panel, (RUNS as f64 - 0.5, 98.0), Anchor::End, Ink::New, &after);
    let description = format!(
        "{RUNS} values that scatter by 2 %; from run {STEP_AT} on they are 5 % higher. Plimsoll found the change with run {}, the \
         {}th of the new level, and dates it to run {}: from {:.1} to {:.1}, {:+.1} %.",
        found.at,
        found.at - STEP_AT + 1,
        point.index,
        point.before,
        point.after,
        100.0 * size
    );
    Ok(chart.finish("A step of 5 % in noise of 2 %", description))
}
