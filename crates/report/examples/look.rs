//! Prints sample views, to be looked at: `cargo run -p plimsoll-report --example look -- [WIDTH] [VIEW]`.

#![expect(clippy::print_stdout, reason = "printing is what this example is for")]
#![expect(clippy::disallowed_methods, reason = "an example is told its width on the command line")]

#[path = "../tests/views/sample.rs"]
mod sample;

#[path = "../tests/views/history.rs"]
mod history;

use plimsoll_model::{Bound, RunVerdict};
use plimsoll_report::{Screen, SeriesLogView};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let width = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(120);
    let wanted = arguments.next();
    let screen = Screen { color: true, ..sample::screen(width) };
    for (name, show) in VIEWS {
        if wanted.as_deref().is_none_or(|wanted| wanted == name) {
            println!("── {name}\n{}", show(&screen));
        }
    }
}

type Show = fn(&Screen) -> String;

const VIEWS: [(&str, Show); 13] = [
    ("run", |screen| run(screen, true)),
    ("run-pass", |screen| run(screen, false)),
    ("run-markdown", |_| {
        let evaluation = sample::evaluation(sample::mixed_series(61), RunVerdict::Mixed);
        sample::run_view(&evaluation, &sample::closed(), &[sample::alert()], &[sample::complaint()])
            .markdown()
    }),
    ("compare", |screen| history::with_comparison(|view| view.terminal(screen, false))),
    ("log", |screen| history::log(&history::log_runs()).terminal(screen)),
    ("log-series", |screen| series_log(|view| view.terminal(screen))),
    ("log-chart", |screen| series_log(|view| view.chart(screen, 8))),
    ("runs", |screen| history::runs(&history::listed_runs()).terminal(screen)),
    ("alerts", |screen| {
        let alerts = history::alerts();
        let listed = history::listed_alerts(&alerts, &history::UNITS);
        let one = history::alert_view(listed[0], &[12.4e6, 12.5e6, 12.3e6, 15.2e6]);
        history::alerts_view(&listed).terminal(screen) + "\n" + &one.terminal(screen)
    }),
    ("targets", |screen| history::with_targets(|view| view.terminal(screen))),
    ("baseline", |screen| {
        let key = sample::key("parse", "time");
        history::baseline_view(&key, &history::baseline_runs(8)).terminal(screen)
    }),
    ("status", |screen| history::with_status(|view| view.terminal(screen))),
    ("document", |_| history::with_document(|view| view.markdown())),
];

fn series_log(show: impl FnOnce(&SeriesLogView<'_>) -> String) -> String {
    let points = history::points();
    let target = sample::target("PAR-1", Bound::Max(15e6), None);
    show(&history::series_log(&sample::key("parse", "time"), &points, &target))
}

fn run(screen: &Screen, is_closed: bool) -> String {
    let (evaluation, gate) = if is_closed {
        let evaluation = sample::evaluation(sample::mixed_series(61), RunVerdict::Mixed);
        (evaluation, sample::closed())
    } else {
        let evaluation = sample::evaluation(sample::mixed_series(20).split_off(7), RunVerdict::Pass);
        (evaluation, sample::open())
    };
    sample::run_view(&evaluation, &gate, &[sample::alert()], &[sample::complaint()]).terminal(screen, false)
}
