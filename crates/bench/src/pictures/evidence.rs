//! Evidence growing run by run after a change, until it is enough.

use std::fmt::Write as _;

use plimsoll_analyse::change_point::Watch;

use super::chart::{Anchor, Chart, Ink, Panel};
use super::{Picture, PictureError};
use crate::Noise;

/// Runs before the change, and the most after it.
const BEFORE: usize = 60;
const AFTER: usize = 14;
const NOISE: f64 = 0.02;
const SEED: u64 = 3;
/// Above this the picture ends.
const MOST: f64 = 15.0;

/// What was there to see after each run since the change.
struct Growth {
    /// Runs since the change (1: the first of the new level), and nats.
    evidence: Vec<(f64, f64)>,
    enough: Vec<(f64, f64)>,
    found: bool,
}

pub(super) fn draw() -> Result<Picture, PictureError> {
    let sizes = [(0.10, Ink::Third), (0.05, Ink::New), (0.03, Ink::Old), (0.0, Ink::Plain)];
    let grown = sizes.map(|(size, ink)| (size, ink, growth(size)));
    let is_shown = grown.iter().all(|(size, _, growth)| growth.found == (*size > 0.0));
    if !is_shown {
        return Err(PictureError {
            picture: "evidence",
            what: "that all changes are found and nothing else is",
        });
    }
    let panel = Panel { top: 40.0, height: 230.0, x: (0.0, AFTER as f64 + 0.2), y: (0.0, MOST) };
    let mut chart = Chart::new(326.0);
    chart.heading(&panel, "evidence for a change, nats");
    chart.axes(&panel, &[0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0], &[0.0, 5.0, 10.0, 15.0], "");
    chart.footing(&panel, "runs since the change");
    if let Some((_, _, unchanged)) = grown.last() {
        chart.line(&panel, &unchanged.enough, Ink::Plain);
        chart.words(&panel, (AFTER as f64, 5.7), Anchor::End, Ink::Plain, "enough");
    }
    let mut description = String::from(
        "Evidence after each run since a change in noise of 2 %. With the first three runs of the new level it hardly grows, since four \
         must speak for a change.",
    );
    for (size, ink, growth) in &grown {
        chart.line(&panel, &growth.evidence, *ink);
        let Some((runs, nats)) = growth.evidence.last().copied() else { continue };
        for point in &growth.evidence {
            chart.dot(&panel, *point, *ink);
        }
        if *size > 0.0 {
            let _ = write!(description, " {:+.0} %: {nats:.1} nats, found after {runs} runs.", 100.0 * size);
            let words = format!("{:+.0} %", 100.0 * size);
            chart.words(&panel, (runs + 0.3, nats.min(MOST) + 0.4), Anchor::Start, *ink, &words);
        } else {
            let most = growth.evidence.iter().map(|(_, nats)| *nats).fold(0.0, f64::max);
            let _ = write!(description, " No change: never more than {most:.1} nats.");
            chart.words(&panel, (AFTER as f64, nats + 0.9), Anchor::End, *ink, "no change");
        }
    }
    Ok(chart.finish("Evidence grows run by run", description))
}

/// The same noise each time, with a step of this size.
fn growth(size: f64) -> Growth {
    let mut noise = Noise::of(&[SEED]);
    let mut watch = Watch::new();
    let mut value = |step: f64| 100.0 * (1.0 + step) * (1.0 + NOISE * noise.normal());
    for _ in 0..BEFORE {
        watch.push(value(0.0));
    }
    let mut growth = Growth { evidence: Vec::new(), enough: Vec::new(), found: false };
    for run in 1..=AFTER {
        let run = run as f64;
        let Some(before) = watch.strength() else { break };
        growth.enough.push((run, before.enough));
        if let Some(point) = watch.push(value(size)) {
            growth.evidence.push((run, point.evidence));
            growth.found = true;
            break;
        }
        let evidence = watch.strength().map_or(0.0, |strength| strength.evidence);
        growth.evidence.push((run, evidence));
    }
    growth
}
