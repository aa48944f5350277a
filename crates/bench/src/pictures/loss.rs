//! What one value says against a level, as learned from a series with two modes and from a plain one.

use plimsoll_analyse::change_point::Watch;

use super::chart::{Anchor, Chart, Ink, Panel};
use super::{Picture, PictureError};
use crate::Noise;
use crate::simulation::{Configuration, Disturbance};

const RUNS: usize = 120;
const SEED: u64 = 5;
/// The second mode, in spreads: 8 to 15 % in noise of 2 %.
const SECOND_MODE: f64 = 5.5;

pub(super) fn draw() -> Result<Picture, PictureError> {
    let learned = |disturbance| {
        let configuration = Configuration { name: "", disturbance, cv: 0.02 };
        let mut watch = Watch::new();
        for value in configuration.series(RUNS, None, &mut Noise::of(&[SEED])) {
            watch.push(value);
        }
        watch
    };
    let (plain, bimodal) = (learned(Disturbance::None), learned(Disturbance::Bimodal));
    let missing = PictureError { picture: "loss", what: "any noise" };
    let curve = |watch: &Watch| -> Option<Vec<(f64, f64)>> {
        let places = (-24_i32..=48).map(|step| f64::from(step) / 4.0);
        places.map(|place| Some((place, watch.loss(place)?))).collect()
    };
    let (Some(of_plain), Some(of_bimodal)) = (curve(&plain), curve(&bimodal)) else { return Err(missing) };
    let (Some(at_plain), Some(at_bimodal)) = (plain.loss(SECOND_MODE), bimodal.loss(SECOND_MODE)) else {
        return Err(missing);
    };
    // The square up to the upper edge, and not along it.
    let square: Vec<(f64, f64)> =
        (-35_i32..=35).map(|step| f64::from(step) / 10.0).map(|x| (x, x * x / 2.0)).collect();

    let panel = Panel { top: 40.0, height: 230.0, x: (-6.0, 12.0), y: (0.0, 6.2) };
    let mut chart = Chart::new(326.0);
    chart.heading(&panel, "what one value says against the level, nats");
    chart.axes(&panel, &[-5.0, 0.0, 5.0, 10.0], &[0.0, 2.0, 4.0, 6.0], "");
    chart.footing(&panel, "distance from the level, in spreads");
    chart.line(&panel, &square, Ink::Plain);
    chart.line(&panel, &of_plain, Ink::Old);
    chart.line(&panel, &of_bimodal, Ink::New);
    chart.words(&panel, (3.7, 5.75), Anchor::Start, Ink::Plain, "square: no bound");
    chart.words(&panel, (11.9, 4.75), Anchor::End, Ink::Old, "learned from plain noise");
    chart.words(&panel, (11.9, 0.5), Anchor::End, Ink::New, "with a second mode");
    let description = format!(
        "Three curves. By the square of the distance, a value says ever more against a level the farther off it is. As learned from \
         plain noise, it says at most {:.1} nats. As learned from a series of which three runs in ten lie on a second mode, \
         {SECOND_MODE} spreads up, a value there says {at_bimodal:.1} nats where plain noise has {at_plain:.1}.",
        plain.loss(30.0).unwrap_or(at_plain)
    );
    Ok(chart.finish("What one value may say", description))
}
