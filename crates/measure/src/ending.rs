//! When a running command is told to end: a state machine that is told the time.

use std::time::Duration;

/// How long descendants may outlive the command before they count as left behind.
const LINGER: Duration = Duration::from_millis(250);
/// How often processes that appear while the tree is being killed are looked for.
const KILL_INTERVAL: Duration = Duration::from_millis(20);
/// How long killed processes may take to go away: those stuck in the kernel, or of another user, never do.
const KILL_PATIENCE: Duration = Duration::from_secs(2);

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Wait for something to happen, at most this long.
    Wait(Option<Duration>),
    /// Ask every process of the tree to end.
    Terminate,
    /// End every process of the tree.
    Kill,
    /// Stop waiting for those that cannot be ended.
    Abandon,
}

/// Where a command is on its way to its end. Times are counted from its start.
#[derive(Debug)]
pub(crate) struct Ending {
    timeout: Option<Duration>,
    grace: Duration,
    phase: Phase,
    timed_out: bool,
    interrupted: bool,
    left_behind: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The command runs.
    Running,
    /// It ended, or was told to end by someone else; the rest of the tree may end by itself until then.
    Lingering { until: Duration },
    /// Everything was asked to end.
    Terminating { until: Duration },
    /// Everything is being killed.
    Killing { next: Duration, until: Duration },
}

impl Ending {
    /// A command that starts now.
    pub(crate) fn new(timeout: Option<Duration>, grace: Duration) -> Self {
        Self {
            timeout,
            grace,
            phase: Phase::Running,
            timed_out: false,
            interrupted: false,
            left_behind: false,
        }
    }

    /// What is to be done at `now`. Ask again at once after anything but [`Step::Wait`].
    pub(crate) fn step(&mut self, now: Duration) -> Step {
        match self.phase {
            Phase::Running => match self.timeout {
                Some(timeout) if now >= timeout => {
                    self.timed_out = true;
                    self.terminate(now)
                }
                timeout => Step::Wait(timeout.map(|timeout| timeout - now)),
            },
            Phase::Lingering { until } if now >= until => {
                self.left_behind = !self.interrupted;
                self.terminate(now)
            }
            Phase::Terminating { until } if now >= until => self.kill(now),
            Phase::Killing { until, .. } if now >= until => Step::Abandon,
            Phase::Killing { next, until } if now >= next => {
                self.phase = Phase::Killing { next: now + KILL_INTERVAL, until };
                Step::Kill
            }
            Phase::Lingering { until }
            | Phase::Terminating { until }
            | Phase::Killing { next: until, .. } => Step::Wait(Some(until - now)),
        }
    }

    /// The command itself ended.
    pub(crate) fn command_ended(&mut self, now: Duration) {
        if self.phase == Phase::Running {
            self.phase = Phase::Lingering { until: now + LINGER.min(self.grace) };
        }
    }

    /// Someone wants everything to end. With `reached_tree` the tree got the same signal and may end in its own
    /// way first. Asked twice, nothing is waited for.
    pub(crate) fn interrupted(&mut self, now: Duration, reached_tree: bool) {
        self.phase = match self.phase {
            Phase::Killing { .. } => self.phase,
            _ if self.interrupted => Phase::Terminating { until: now },
            Phase::Running if reached_tree => Phase::Lingering { until: now + self.grace },
            Phase::Running | Phase::Lingering { .. } => Phase::Lingering { until: now },
            Phase::Terminating { .. } => self.phase,
        };
        self.interrupted = true;
    }

    /// Whether the time limit ended it.
    pub(crate) fn has_timed_out(&self) -> bool {
        self.timed_out
    }

    /// Whether descendants had to be ended after the command had ended by itself.
    pub(crate) fn left_processes_behind(&self) -> bool {
        self.left_behind
    }

    fn terminate(&mut self, now: Duration) -> Step {
        self.phase = Phase::Terminating { until: now + self.grace };
        Step::Terminate
    }

    fn kill(&mut self, now: Duration) -> Step {
        self.phase = Phase::Killing { next: now + KILL_INTERVAL, until: now + KILL_PATIENCE };
        Step::Kill
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn wait(milliseconds: u64) -> Step {
        Step::Wait(Some(ms(milliseconds)))
    }

    #[track_caller]
    fn check(ending: &mut Ending, steps: &[(u64, Step)]) {
        for (now, step) in steps {
            assert_eq!(ending.step(ms(*now)), *step, "at {now} ms");
        }
    }

    #[test]
    fn without_a_limit_nothing_ends_it() {
        check(&mut Ending::new(None, ms(2_000)), &[(0, Step::Wait(None)), (1 << 40, Step::Wait(None))]);
    }

    #[test]
    fn a_limit_terminates_then_kills_then_gives_up() {
        let mut ending = Ending::new(Some(ms(100)), ms(2_000));
        check(
            &mut ending,
            &[
                (40, wait(60)),
                (100, Step::Terminate),
                (100, wait(2_000)),
                (2_100, Step::Kill),
                (2_100, wait(20)),
                (2_120, Step::Kill),
                (4_100, Step::Abandon),
            ],
        );
        assert!(ending.has_timed_out() && !ending.left_processes_behind());
    }

    #[test]
    fn what_outlives_the_command_has_a_moment_to_end() {
        let mut ending = Ending::new(Some(ms(100)), ms(2_000));
        ending.command_ended(ms(90));
        check(&mut ending, &[(90, wait(250)), (200, wait(140)), (340, Step::Terminate), (2_340, Step::Kill)]);
        assert!(!ending.has_timed_out() && ending.left_processes_behind());
    }

    #[test]
    fn an_interrupt_terminates_at_once_and_the_second_kills() {
        let mut ending = Ending::new(None, ms(2_000));
        ending.interrupted(ms(10), false);
        check(&mut ending, &[(10, Step::Terminate), (11, wait(1_999))]);
        ending.interrupted(ms(20), false);
        check(&mut ending, &[(20, Step::Kill)]);
        assert!(!ending.left_processes_behind());
    }

    #[test]
    fn a_tree_that_got_the_interrupt_too_may_end_in_its_own_way() {
        let mut ending = Ending::new(Some(ms(50)), ms(2_000));
        ending.interrupted(ms(10), true);
        ending.command_ended(ms(300));
        check(&mut ending, &[(300, wait(1_710)), (2_010, Step::Terminate)]);
        assert!(!ending.has_timed_out() && !ending.left_processes_behind());
    }
}
