//! Arguments that say where a run belongs, for those who know better than git and the machine.

use clap::Args;

/// Where a run belongs.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Where the run belongs")]
pub(crate) struct ContextArgs {
    /// The commit [default: HEAD]
    #[arg(long, value_name = "HASH")]
    pub commit: Option<String>,
    /// The branch [default: the one checked out, or what CI says]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// The class of machine [default: operating system, architecture, cores and processor]
    #[arg(long, value_name = "NAME")]
    pub testbed: Option<String>,
    /// A session of an application, when several runs belong together
    #[arg(long, value_name = "NAME")]
    pub session: Option<String>,
}
