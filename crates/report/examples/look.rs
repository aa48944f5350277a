//! Prints sample views, to be looked at: `cargo run -p plimsoll-report --example look -- [WIDTH] [VIEW]`.

#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

#[path = "../tests/views/sample.rs"]
mod sample;

use plimsoll_model::RunVerdict;
use plimsoll_report::Screen;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let width = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(120);
    let wanted = arguments.next();
    let screen = Screen {
        color: true,
        ..sample::screen(width)
    };
    for (name, show) in VIEWS {
        if wanted.as_deref().is_none_or(|wanted| wanted == name) {
            println!("── {name}\n{}", show(&screen));
        }
    }
}

type Show = fn(&Screen) -> String;

const VIEWS: [(&str, Show); 3] = [
    ("run", |screen| run(screen, true)),
    ("run-pass", |screen| run(screen, false)),
    ("run-markdown", |_| {
        let evaluation = sample::evaluation(sample::mixed_series(61), RunVerdict::Mixed);
        sample::run_view(
            &evaluation,
            &sample::closed(),
            &[sample::alert()],
            &[sample::complaint()],
        )
        .markdown()
    }),
];

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
