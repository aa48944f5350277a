//! Views of what was measured and decided, as text for people and for programs.
//!
//! A view is a borrowed struct that its caller fills; each of its renderings is a function from the view to a
//! `String`. Nothing here reads a file, a clock or the environment: the terminal's width, whether colours and
//! characters beyond ASCII can be shown, and the present time come in a [`Screen`].

mod accepted;
mod alert_explained;
mod alerts;
mod baseline;
mod compare;
mod document;
mod explained;
mod facts;
mod import;
mod json;
mod log;
mod markdown;
mod measurements;
mod name;
mod number;
mod replay;
mod run;
mod runs;
mod screen;
mod series_explained;
mod settings;
mod sheet;
mod sparkline;
mod status;
mod stored;
mod style;
mod summary;
mod table;
mod targets;
mod text;
mod wire;
mod withdrawn;
mod wording;

pub use accepted::AcceptedView;
pub use alert_explained::{AlertExplanation, AlertStep};
pub use alerts::{AlertView, AlertsView, ListedAlert};
pub use baseline::{BaselineRun, BaselineView};
pub use compare::{CompareView, ComparedSeries, Side};
pub use document::{DocumentSeries, DocumentView};
pub use explained::{CodeExplanation, CodeList};
pub use facts::RunFacts;
pub use import::ImportView;
pub use log::{LogPoint, LogRun, LogView, SeriesLogView, Trend};
pub use measurements::{measurement_headings, measurement_rows};
pub use replay::{ReplayChangeRow, ReplayLine, ReplayRow, ReplayRun, ReplayView};
pub use run::{RunReports, RunView, SecondLook};
pub use runs::{ListedRun, RunDetailView, RunsView};
pub use screen::Screen;
pub use series_explained::SeriesExplanation;
pub use settings::{ListedSetting, SettingsView};
pub use status::StatusView;
pub use stored::{StoreCheckView, StoreProblem, StoreStatsView};
pub use summary::SummaryView;
pub use targets::{ListedTarget, TargetsView};
pub use text::is_hidden;
pub use withdrawn::{WithdrawnNormal, WithdrawnView};
