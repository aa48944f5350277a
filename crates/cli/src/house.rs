//! What a command finds when it starts: where it stands, what is configured, where history lives.

use std::path::PathBuf;

use jiff::Timestamp;
use plimsoll_context::{
    Config, ConfigError, ContextRequest, Env, Flags, Gathered, Git, GitError, Repository, default_store,
    gather, project_name, spool_folder,
};
use plimsoll_model::{Complaint, Policy, Run};
use plimsoll_report::Screen;
use plimsoll_store::{SqliteStore, StoreError};
use plimsoll_track::{Renames, Rules, misfits_of_run};

use crate::args::Globals;
use crate::codes;
use crate::context_args::ContextArgs;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// The branch others are merged into, when nobody says.
const DEFAULT_BRANCH: &str = "main";

/// What a command finds when it starts.
pub(crate) struct House {
    pub terminal: Terminal,
    pub globals: Globals,
    pub env: Env,
    pub directory: PathBuf,
    pub repository: Option<Repository>,
    pub config: Config,
}

impl House {
    /// Looks around: working directory, repository, configuration. Nothing is opened or written yet.
    pub(crate) fn enter(globals: &Globals, terminal: Terminal) -> Result<Self, Failure> {
        let directory = std::env::current_dir().map_err(|error| {
            Failure::from_error(codes::UNREADABLE, &error).because("the working directory is gone")
        })?;
        let repository = Repository::find(&directory);
        let env = Env::process();
        let flags =
            Flags { config: globals.config.as_deref().and_then(|path| path.to_str()), ..Flags::default() };
        let explicit = flags.config(&env).map(|chosen| PathBuf::from(chosen.value));
        let top = repository.as_ref().map(|repository| repository.root.as_path());
        let config =
            Config::load(&directory, top, explicit.as_deref()).map_err(|error| config_failure(&error))?;
        Ok(Self { terminal, globals: globals.clone(), env, directory, repository, config })
    }

    /// The flags that decide over environment and configuration.
    pub(crate) fn flags(&self) -> Flags<'_> {
        Flags {
            store: self.globals.store.as_deref(),
            project: self.globals.project.as_deref(),
            testbed: None,
            config: self.globals.config.as_deref().and_then(|path| path.to_str()),
        }
    }

    /// The present.
    pub(crate) fn now() -> Timestamp {
        Timestamp::now()
    }

    /// What the reader's terminal can show.
    pub(crate) fn screen(&self) -> Screen {
        Screen {
            width: self.terminal.columns,
            color: self.terminal.color,
            unicode: self.terminal.unicode,
            now: Self::now(),
        }
    }

    /// Writes a view: as JSON where that was asked for, else for the terminal.
    pub(crate) fn show(
        &self,
        json: impl FnOnce() -> String,
        terminal: impl FnOnce(&Screen) -> String,
    ) -> Result<(), Failure> {
        let text = match self.globals.json {
            true => json(),
            false => terminal(&self.screen()),
        };
        self.terminal.data(&text)
    }

    /// The format that was asked for: `--json` goes before the command's own choice.
    pub(crate) fn format<F>(&self, chosen: F, json: F) -> F {
        match self.globals.json {
            true => json,
            false => chosen,
        }
    }

    /// Where history lives.
    pub(crate) fn store_path(&self) -> Result<PathBuf, Failure> {
        let Some(chosen) = self.flags().store(&self.env) else {
            return Ok(default_store(self.repository.as_ref(), &self.directory));
        };
        let value = chosen.value;
        let path = value.strip_prefix("sqlite:").unwrap_or(&value);
        if path.contains("://") || path.starts_with("git+") {
            let scheme = path.split([':', '+']).next().unwrap_or_default();
            return Err(Failure::new(
                codes::STORE_KIND,
                format!("a store of kind `{scheme}` is not supported"),
            ));
        }
        let path = self.directory.join(path);
        if path.is_dir() {
            let file = path.join("history.db");
            return Err(Failure::new(
                codes::STORE_KIND,
                format!("{} is a folder, and history is a file", path.display()),
            )
            .hint(format!("name a file in it: {}", file.display())));
        }
        Ok(path)
    }

    /// Where programs that measure themselves leave their lines.
    pub(crate) fn spool_folder(&self) -> PathBuf {
        spool_folder(&self.env, self.repository.as_ref(), &self.directory)
    }

    /// The store, made if there is none yet.
    pub(crate) fn create_store(&self) -> Result<SqliteStore, Failure> {
        SqliteStore::open(&self.store_path()?).map_err(|error| store_failure(&error))
    }

    /// The store for writing; an error if there is none.
    pub(crate) fn existing_store(&self) -> Result<SqliteStore, Failure> {
        SqliteStore::open_existing(&self.store_path()?).map_err(|error| store_failure(&error))
    }

    /// The store for reading alone; an error if there is none.
    pub(crate) fn read_store(&self) -> Result<SqliteStore, Failure> {
        SqliteStore::open_read_only(&self.store_path()?).map_err(|error| store_failure(&error))
    }

    /// The project's name.
    pub(crate) fn project(&self) -> String {
        project_name(&self.flags(), &self.env, &self.config, self.repository.as_ref(), &self.directory)
    }

    /// The branch others are merged into.
    pub(crate) fn default_branch(&self) -> &str {
        self.config.project.default_branch.as_deref().unwrap_or(DEFAULT_BRANCH)
    }

    /// The names of the configured suites.
    pub(crate) fn configured_suites(&self) -> Vec<&str> {
        self.config.suites.keys().map(String::as_str).collect()
    }

    /// git, where there is a repository.
    pub(crate) fn git(&self) -> Option<Git> {
        self.repository.as_ref().map(|repository| Git::new(repository.root.clone()))
    }

    /// Whether git says that `commit` is built upon `ancestor`. What this clone has not, it cannot say.
    pub(crate) fn is_built_upon(&self, ancestor: &str, commit: &str) -> bool {
        let shared = self.git().and_then(|git| git.merge_base(ancestor, &[commit.to_owned()]).ok().flatten());
        shared.as_deref() == Some(ancestor)
    }

    /// What surrounds a run that started at `started_at`.
    pub(crate) fn gather(&self, args: &ContextArgs, started_at: Timestamp) -> Result<Gathered, Failure> {
        let flags = Flags { testbed: args.testbed.as_deref(), ..self.flags() };
        let commit = args.commit.clone().or_else(|| self.env.get("PLIMSOLL_COMMIT"));
        let branch = args.branch.clone().or_else(|| self.env.get("PLIMSOLL_BRANCH"));
        let request = ContextRequest {
            directory: &self.directory,
            repository: self.repository.as_ref(),
            config: &self.config,
            env: &self.env,
            flags,
            commit: commit.as_deref(),
            branch: branch.as_deref(),
            started_at,
        };
        gather(&request).map_err(|error| git_failure(&error))
    }

    /// The rules of judging: what is configured, with the targets kept in the store behind it (the configuration wins).
    pub(crate) fn rule_book(&self, store: Option<&SqliteStore>, project: &str) -> Result<RuleBook, Failure> {
        let mut policy = self.config.policy.clone();
        if let Some(store) = store {
            let kept = store.targets(project).map_err(|error| store_failure(&error))?;
            policy.targets.splice(0..0, kept.into_iter().map(|(_, target)| target));
        }
        let pairs = self.config.renames.iter().map(|rename| (rename.from.clone(), rename.to.clone()));
        Ok(RuleBook {
            policy,
            renames: Renames::new(pairs),
            default_branch: self.default_branch().to_owned(),
        })
    }
}

/// The rules of judging, owned.
pub(crate) struct RuleBook {
    pub policy: Policy,
    pub renames: Renames,
    pub default_branch: String,
}

impl RuleBook {
    /// The rules, as the judge takes them.
    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules { policy: &self.policy, renames: &self.renames, default_branch: &self.default_branch }
    }

    /// The targets and rules for the run's suite that nothing measured fits.
    pub(crate) fn misfits(
        &self,
        house: &House,
        store: Option<&SqliteStore>,
        run: &Run,
    ) -> Result<Vec<Complaint>, Failure> {
        let misfits = misfits_of_run(store, run, &self.policy, &house.configured_suites());
        misfits.map_err(|error| store_failure(&error))
    }
}

/// An error of the configuration as a user meets it.
pub(crate) fn config_failure(error: &ConfigError) -> Failure {
    let failure = Failure::from_error(codes::CONFIG, error);
    match (error, error.hint()) {
        (ConfigError::Unreadable { .. }, _) => failure
            .hint("check the path: --config or PLIMSOLL_CONFIG name it, else it is found by walking up"),
        (_, Some(hint)) => failure.hint(hint),
        _ => failure,
    }
}

/// An error of git as a user meets it.
pub(crate) fn git_failure(error: &GitError) -> Failure {
    let failure = Failure::from_error(codes::GIT, error);
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// An error of the store as a user meets it.
pub(crate) fn store_failure(error: &StoreError) -> Failure {
    let code = match error {
        StoreError::Missing { .. } => codes::STORE_MISSING,
        StoreError::NotOurs { .. } | StoreError::Damaged(_) => codes::STORE_CORRUPT,
        StoreError::Newer { .. } => codes::STORE_NEWER,
        StoreError::ReadOnly { .. }
        | StoreError::DiskFull { .. }
        | StoreError::Create { .. }
        | StoreError::CannotOpen { .. } => codes::STORE_WRITE,
        StoreError::Conflict { .. } => codes::STORE_CONFLICT,
        StoreError::NoSuchAlert(_) => codes::ALERT,
        StoreError::NoSuchRun(_) => codes::REVISION,
        _ => codes::STORE_FAILED,
    };
    Failure::from_error(code, error)
}
