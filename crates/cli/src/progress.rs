//! How far something is that lasts.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::terminal::Terminal;

/// What is over sooner shows no bar.
const QUIET_TIME: Duration = Duration::from_secs(1);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Bytes, shown as such.
    Bytes,
    /// Runs.
    Runs,
    /// Series.
    Series,
}

/// A bar on standard error, shown after a second and only where someone watches.
pub(crate) struct Progress {
    is_watched: bool,
    label: &'static str,
    counted: Counted,
    began: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Something begins.
    pub(crate) fn begin(terminal: &Terminal, label: &'static str, counted: Counted) -> Self {
        Self { is_watched: terminal.is_watched, label, counted, began: Instant::now(), bar: None }
    }

    /// So much of `total` is done; without a total a count is shown.
    pub(crate) fn at(&mut self, done: u64, total: Option<u64>) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            return;
        }
        if self.is_watched && self.began.elapsed() >= QUIET_TIME {
            let bar = match total {
                Some(total) => ProgressBar::new(total),
                None => ProgressBar::new_spinner(),
            };
            bar.set_style(self.style(total.is_some()));
            bar.set_message(self.label);
            bar.set_position(done);
            self.bar = Some(bar);
        }
    }

    /// It is over; the bar goes away.
    pub(crate) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    fn style(&self, has_total: bool) -> ProgressStyle {
        let template = match (self.counted, has_total) {
            (Counted::Bytes, true) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left",
            (Counted::Bytes, false) => "{msg} {bytes} {bytes_per_sec}",
            (Counted::Runs, true) => "{msg} {wide_bar} {pos}/{len} runs, {eta} left",
            (Counted::Runs, false) => "{msg} {pos} runs",
            (Counted::Series, true) => "{msg} {wide_bar} {pos}/{len} series, {eta} left",
            (Counted::Series, false) => "{msg} {pos} series",
        };
        // The templates above are whole; were one not, a plain bar would do.
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
    }
}
