//! Spikes, and a second mode: what raises no alarm.

use plimsoll_analyse::change_point::detections;

use super::chart::{Chart, Ink, Panel};
use super::{Picture, PictureError};
use crate::Noise;
use crate::simulation::{Configuration, Disturbance, rolling_median};

const RUNS: usize = 120;
const SEED: u64 = 5;
const HEIGHT: f64 = 130.0;

pub(super) fn draw() -> Result<Picture, PictureError> {
    let mut chart = Chart::new(430.0);
    let mut wrong = 0;
    let kinds = [
        (
            Disturbance::Spikes,
            "noise of 2 %, spikes of one to three runs",
            44.0,
            (90.0, 165.0),
            [100.0, 130.0, 160.0],
        ),
        (
            Disturbance::Bimodal,
            "noise of 2 %, three runs in ten on a second mode",
            246.0,
            (90.0, 125.0),
            [90.0, 100.0, 120.0],
        ),
    ];
    for (disturbance, words, top, y, marks) in kinds {
        let configuration = Configuration { name: "", disturbance, cv: 0.02 };
        let values = configuration.series(RUNS, None, &mut Noise::of(&[SEED]));
        if !detections(&values).is_empty() {
            return Err(PictureError { picture: "quiet", what: "that no alarm is raised" });
        }
        let panel = Panel { top, height: HEIGHT, x: (0.0, RUNS as f64), y };
        chart.heading(&panel, words);
        chart.axes(&panel, &[0.0, 40.0, 80.0, 120.0], &marks, "");
        for (run, value) in values.iter().enumerate() {
            chart.dot(&panel, (run as f64, *value), Ink::Old);
        }
        for alarm in rolling_median(&values) {
            wrong += 1;
            chart.ring(&panel, (alarm.began as f64, values[alarm.began]));
        }
        if top > 200.0 {
            chart.footing(&panel, "run, in commit order");
        }
    }
    let description = format!(
        "Two histories of {RUNS} runs without a change: one with spikes of 20 to 60 % that last one to three runs, one in which \
         30 % of the runs are 8 to 15 % slower. Plimsoll raises no alarm in either. Rings mark the {wrong} values at which a rule \
         of three spreads over the median of the last 20 runs would have raised one."
    );
    Ok(chart.finish("Spikes and a second mode raise no alarm", description))
}
