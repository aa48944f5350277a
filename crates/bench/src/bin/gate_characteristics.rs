//! How often the gate closes by mistake, and how often it closes when it should: simulated, seeded, through the product's own judge
//! and its second look.
//!
//! ```console
//! $ cargo run --release -p plimsoll-bench --bin gate-characteristics [TRIALS]
//! ```
//!
//! Every trial makes up a suite: so many series, each with a short history; a run in which nothing changed, or one series is slower
//! by so much; and, where the first look asks for it, a second one. A wrong closing is a closed gate although nothing changed. A
//! step is found when the gate closes for the series that is slower and for no other.

#![expect(clippy::print_stdout, reason = "a table is what it is for")]

use std::fmt::Write as _;

use plimsoll_analyse::{SeriesInput, closing_series, evaluate, second_look, suspected_series};
use plimsoll_bench::Noise;
use plimsoll_model::{Evaluation, Measurement, Metric, Parameters, Policy, SeriesKey};

/// Trials of each cell, unless the command line says otherwise.
const TRIALS: usize = 2_000;
/// The most runs that are looked back on, as in the product.
const MOST_RUNS: usize = 64;

/// How a series wobbles.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// Lognormal and nothing else.
    Plain,
    /// 5 % of the runs are 1.5 to 3 times slower.
    Heavy,
    /// 30 % of the runs are 8 to 15 % slower.
    Bimodal,
    /// One to three runs are 1.2 to 1.6 times slower, once in 50 runs.
    Spiky,
    /// Each series has a coefficient of variation of its own, from a tenth of the given one up to all of it.
    Mixed,
    /// Besides, the whole run is slower or faster by 5 %, as machines are (one standard deviation).
    Machine,
    /// Two other series were as much slower as the step, for two runs, and were mended.
    Mended,
    /// Before its runs, 20 more stood on a level that was lower by 8 %, which matters to nobody.
    Moved,
    /// First calls of 1 to 50 µs, of which 5 % take 2 to 20 times as long, and 0.3 % are interrupted for 1 to 20 ms.
    Cold,
}

impl Shape {
    /// How many runs stand before those of the setting.
    fn runs_before(self) -> usize {
        if matches!(self, Self::Moved) { 20 } else { 0 }
    }

    /// How many runs of the present level are looked at: after a change it is found with the fourth.
    fn run_counts(self) -> [usize; 3] {
        if matches!(self, Self::Moved) { [4, 8, 20] } else { [5, 8, 20] }
    }
}

/// What is simulated.
#[derive(Debug, Clone, Copy)]
struct Setting {
    shape: Shape,
    /// The coefficient of variation of the lognormal part.
    variation: f64,
    series: usize,
    runs: usize,
}

impl Setting {
    /// How many values a series has before it is looked at.
    fn earlier(self) -> usize {
        self.shape.runs_before() + self.runs
    }
}

/// What one trial came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Open,
    /// The gate closed for the first series, which is the one that was slower if any was, and no other.
    Found,
    /// The gate closed for something else, or for more than that.
    Wrong,
}

fn main() {
    let trials = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(TRIALS);
    println!("wrong closings, in per cent of {trials} runs in which nothing changed (looked at twice)");
    print_nulls(trials);
    println!();
    println!("steps of one series that close the gate for it and for no other, in per cent of {trials} runs");
    print_steps(trials);
}

fn print_nulls(trials: usize) {
    const SIZES: [usize; 6] = [1, 5, 20, 60, 200, 1_000];
    println!("{:<24}{}", "", headings(&SIZES.map(|series| format!("{series} ser."))));
    for (shape, variation) in [
        (Shape::Plain, 0.01),
        (Shape::Plain, 0.05),
        (Shape::Plain, 0.10),
        (Shape::Plain, 0.30),
        (Shape::Plain, 0.60),
        (Shape::Mixed, 0.10),
        (Shape::Machine, 0.05),
        (Shape::Heavy, 0.01),
        (Shape::Heavy, 0.03),
        (Shape::Bimodal, 0.01),
        (Shape::Bimodal, 0.03),
        (Shape::Spiky, 0.01),
        (Shape::Spiky, 0.03),
        (Shape::Moved, 0.01),
        (Shape::Moved, 0.05),
        (Shape::Cold, 0.10),
        (Shape::Cold, 0.30),
        (Shape::Cold, 0.60),
    ] {
        // Every series that moved is looked at closely, which takes its time.
        let sizes = if matches!(shape, Shape::Moved) { &SIZES[..4] } else { &SIZES[..] };
        for runs in shape.run_counts() {
            let mut line = label(shape, variation, runs);
            for &series in sizes {
                let setting = Setting { shape, variation, series, runs };
                // A wrong closing of any of many series shows in fewer trials.
                let trials = if series > 200 { trials.div_ceil(10) } else { trials };
                let (closed, wrong, twice) = count(setting, 1.0, trials);
                let wrong = closed + wrong;
                let _ =
                    write!(line, "{:>12}", format!("{} ({})", percent(wrong, trials), whole(twice, trials)));
            }
            println!("{line}");
        }
    }
    println!("(in brackets: runs that were looked at twice, in per cent)");
}

fn print_steps(trials: usize) {
    const SIZES: [usize; 4] = [1, 5, 40, 200];
    println!("{:<24}{}", "", headings(&SIZES.map(|series| format!("{series} ser."))));
    for (shape, variation, step) in [
        (Shape::Plain, 0.01, 1.25),
        (Shape::Plain, 0.03, 1.5),
        (Shape::Plain, 0.05, 1.5),
        (Shape::Plain, 0.10, 1.5),
        (Shape::Plain, 0.10, 2.0),
        (Shape::Plain, 0.30, 5.0),
        (Shape::Plain, 0.30, 20.0),
        (Shape::Mixed, 0.05, 1.5),
        (Shape::Machine, 0.03, 1.5),
        (Shape::Heavy, 0.01, 1.5),
        (Shape::Bimodal, 0.01, 1.5),
        (Shape::Spiky, 0.01, 1.5),
        (Shape::Mended, 0.02, 1.5),
        (Shape::Mended, 0.02, 5.0),
        (Shape::Moved, 0.01, 1.25),
        (Shape::Moved, 0.05, 1.5),
    ] {
        let [fewest, _, most] = shape.run_counts();
        for runs in [fewest, most] {
            let mut line = format!("{} x{step:<5}", label(shape, variation, runs));
            for series in SIZES {
                let setting = Setting { shape, variation, series, runs };
                let trials = if series > 60 { trials.div_ceil(4) } else { trials };
                let (found, wrong, _) = count(setting, step, trials);
                let text = format!("{} ({})", percent(found, trials), percent(wrong, trials));
                let _ = write!(line, "{text:>14}");
            }
            println!("{line}");
        }
    }
    println!("(in brackets: runs that closed for another series, or for another one too)");
}

fn headings(words: &[String]) -> String {
    words.iter().fold(String::new(), |mut line, word| {
        let _ = write!(line, "{word:>12}");
        line
    })
}

fn label(shape: Shape, variation: f64, runs: usize) -> String {
    let name = format!("{shape:?}").to_lowercase();
    format!("{name:<8} CV {:>2.0} %, {runs:>2} runs ", variation * 100.0)
}

fn percent(number: usize, of: usize) -> String {
    format!("{:.1}", number as f64 * 100.0 / of as f64)
}

fn whole(number: usize, of: usize) -> String {
    format!("{:.0}", number as f64 * 100.0 / of as f64)
}

/// How many of `trials` found the step, closed wrongly, and were looked at twice. Two threads share the work; which trials they take
/// changes nothing, since each has its own seed.
fn count(setting: Setting, step: f64, trials: usize) -> (usize, usize, usize) {
    let half = |parity: usize| {
        let mut sums = (0, 0, 0);
        for trial in (parity..trials).step_by(2) {
            let (ending, twice) = play(setting, step, trial as u64);
            sums.0 += usize::from(ending == Ending::Found);
            sums.1 += usize::from(ending == Ending::Wrong);
            sums.2 += usize::from(twice);
        }
        sums
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        let one = half(0);
        let other = other.join().unwrap_or_default();
        (one.0 + other.0, one.1 + other.1, one.2 + other.2)
    })
}

/// One trial, and whether it was looked at twice.
fn play(setting: Setting, step: f64, trial: u64) -> (Ending, bool) {
    let mut noise = Noise::seeded(trial.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x5eed);
    let mut machine = Vec::new();
    let looks = setting.earlier().min(MOST_RUNS) + 2;
    if matches!(setting.shape, Shape::Machine) {
        machine = (0..looks).map(|_| (0.05 * normal(&mut noise)).exp()).collect();
        // The second look follows within minutes: the machine has not changed much.
        machine[looks - 1] = machine[looks - 2] * (0.01 * normal(&mut noise)).exp();
    }
    let mut suite: Vec<Vec<f64>> = (0..setting.series)
        .map(|index| {
            let mut values = series(setting, &mut noise);
            values.iter_mut().zip(&machine).for_each(|(value, factor)| *value *= factor);
            if index == 0 {
                values.iter_mut().skip(setting.earlier()).for_each(|value| *value *= step);
            }
            values
        })
        .collect();
    if matches!(setting.shape, Shape::Mended) {
        let half = setting.runs / 2;
        suite[1..]
            .iter_mut()
            .take(2)
            .flat_map(|other| &mut other[half..half + 2])
            .for_each(|value| *value *= step);
    }
    let policy = Policy::default();
    let first = judged(&suite, setting, 0, &policy);
    if suspected_series(&first, &[], &policy).is_empty() {
        return (ending(&first, &policy), false);
    }
    let both = second_look(first, judged(&suite, setting, 1, &policy));
    (ending(&both, &policy), true)
}

fn ending(evaluation: &Evaluation, policy: &Policy) -> Ending {
    match closing_series(evaluation, &[], policy).as_slice() {
        [] => Ending::Open,
        [only] if only.key.benchmark == "0" => Ending::Found,
        _ => Ending::Wrong,
    }
}

/// The history of a series, a first look and a second.
fn series(setting: Setting, noise: &mut Noise) -> Vec<f64> {
    let center = match setting.shape {
        Shape::Cold => 1e3 * 50.0_f64.powf(noise.uniform()),
        _ => 1e6 * (2.0 * normal(noise)).exp(),
    };
    let variation = match setting.shape {
        Shape::Mixed => setting.variation * 10.0_f64.powf(noise.uniform() - 1.0),
        _ => setting.variation,
    };
    let mut spike: Option<(u32, f64)> = None;
    let mut values = Vec::with_capacity(setting.earlier() + 2);
    // Spikes may have begun before.
    for run in 0..setting.earlier() + 5 {
        let mut value = center * (variation * normal(noise)).exp();
        match setting.shape {
            Shape::Heavy if noise.uniform() < 0.05 => value *= 1.5 + 1.5 * noise.uniform(),
            Shape::Moved if run < setting.shape.runs_before() + 3 => value /= 1.08,
            Shape::Cold => match noise.uniform() {
                share if share < 0.003 => value += 1e6 * 20.0_f64.powf(noise.uniform()),
                share if share < 0.053 => value *= 2.0 * 10.0_f64.powf(noise.uniform()),
                _ => {}
            },
            Shape::Bimodal if noise.uniform() < 0.3 => value *= 1.08 + 0.07 * noise.uniform(),
            Shape::Spiky => {
                if spike.is_none() && noise.uniform() < 0.02 {
                    spike = Some((1 + (3.0 * noise.uniform()) as u32, 1.2 + 0.4 * noise.uniform()));
                }
                if let Some((left, factor)) = spike {
                    value *= factor;
                    spike = (left > 1).then_some((left - 1, factor));
                }
            }
            _ => {}
        }
        if run >= 3 {
            values.push(value);
        }
    }
    values
}

/// A normal number (Box and Muller 1958): the tails matter here.
fn normal(noise: &mut Noise) -> f64 {
    let (radius, angle) = (1.0 - noise.uniform(), noise.uniform());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// What the product says of look number `look`.
fn judged(suite: &[Vec<f64>], setting: Setting, look: usize, policy: &Policy) -> Evaluation {
    let runs = setting.earlier();
    let parameters: Parameters = match setting.shape {
        Shape::Cold => [("start", "cold")].into_iter().collect(),
        _ => Parameters::new(),
    };
    let measured: Vec<Measurement> = suite
        .iter()
        .enumerate()
        .map(|(index, values)| {
            Measurement::new("made-up", index.to_string(), Metric::time(), values[runs + look])
        })
        .collect();
    let inputs: Vec<SeriesInput<'_>> = measured
        .iter()
        .zip(suite)
        .map(|(measurement, values)| {
            let mut input = SeriesInput {
                history: values[..runs].to_vec(),
                ..SeriesInput::new(
                    SeriesKey {
                        suite: "made-up".to_owned(),
                        testbed: "made-up".to_owned(),
                        benchmark: measurement.benchmark.to_string(),
                        parameters: parameters.clone(),
                        metric: "time".to_owned(),
                    },
                    measurement,
                )
            };
            input.keep_level(&policy.settings_for(&input.key), true);
            input
        })
        .collect();
    evaluate(&inputs, policy)
}
