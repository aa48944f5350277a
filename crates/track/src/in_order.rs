//! Work on all cores whose results come in the order of the jobs.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// Jobs on their way weigh no more than this together, unless a single one does.
const MOST_WEIGHT: usize = 16 << 20;

/// Something to do, and what it weighs in bytes.
pub(crate) struct Job<J> {
    pub(crate) job: J,
    pub(crate) weight: usize,
}

/// Takes jobs from `source` on this thread, does them on `workers` others, and hands the results to `sink` on one more, in the
/// order of the jobs. However long the source is, what is on its way at a time is bounded. It ends with the source, with its
/// error, or when the sink breaks off.
pub(crate) fn in_order<J: Send, R: Send, E>(
    workers: usize,
    mut source: impl FnMut() -> Result<Option<Job<J>>, E>,
    work: impl Fn(J) -> R + Sync,
    mut sink: impl FnMut(R) -> ControlFlow<()> + Send,
) -> Result<(), E> {
    let room = Room::default();
    let (to_workers, jobs) = channel::<(J, SyncSender<R>)>();
    let (to_sink, results) = channel::<(Receiver<R>, usize)>();
    let jobs = Mutex::new(jobs);
    thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            scope.spawn(|| {
                while let Ok((job, answer)) = next(&jobs) {
                    // Nobody waits for it where the sink broke off.
                    let _ = answer.send(work(job));
                }
            });
        }
        scope.spawn(|| {
            for (result, weight) in results {
                if result.recv().map_or(ControlFlow::Break(()), &mut sink).is_break() {
                    break;
                }
                room.give_back(weight);
            }
            room.close();
        });
        let mut fetch = || -> Result<(), E> {
            while let Some(Job { job, weight }) = source()? {
                let (answer, result) = sync_channel(1);
                if !room.take(weight)
                    || to_sink.send((result, weight)).is_err()
                    || to_workers.send((job, answer)).is_err()
                {
                    break;
                }
            }
            Ok(())
        };
        let ended = fetch();
        // Workers and sink end when nothing more can come.
        drop(to_workers);
        drop(to_sink);
        ended
    })
}

fn next<T>(jobs: &Mutex<Receiver<T>>) -> Result<T, std::sync::mpsc::RecvError> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv()
}

/// How much is on its way.
#[derive(Default)]
struct Room {
    state: Mutex<RoomState>,
    changed: Condvar,
}

#[derive(Default)]
struct RoomState {
    taken: usize,
    is_closed: bool,
}

impl Room {
    /// Waits until there is room; `false` when nothing more is wanted.
    fn take(&self, weight: usize) -> bool {
        let lacks_room = |state: &mut RoomState| {
            !state.is_closed && state.taken > 0 && state.taken.saturating_add(weight) > MOST_WEIGHT
        };
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_while(state, lacks_room);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.taken = state.taken.saturating_add(weight);
        !state.is_closed
    }

    fn give_back(&self, weight: usize) {
        self.change(|state| state.taken = state.taken.saturating_sub(weight));
    }

    fn close(&self) {
        self.change(|state| state.is_closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut RoomState)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Squares of the numbers below `count`, each of a weight; takes no more than `most` of them.
    fn squares(count: u64, weight: usize, most: usize) -> Vec<u64> {
        let mut numbers = 0..count;
        let mut taken = Vec::new();
        let source = || Ok::<_, ()>(numbers.next().map(|job| Job { job, weight }));
        let sink = |square| {
            taken.push(square);
            if taken.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        in_order(3, source, |number| number * number, sink).unwrap();
        taken
    }

    #[test]
    fn results_come_in_order_whatever_the_jobs_weigh() {
        let expected: Vec<u64> = (0..500).map(|number| number * number).collect();
        assert_eq!(squares(500, 1, usize::MAX), expected);
        assert_eq!(squares(500, MOST_WEIGHT * 2, usize::MAX), expected);
        assert_eq!(squares(0, 1, usize::MAX), [0; 0]);
    }

    #[test]
    fn it_ends_when_nothing_more_is_wanted() {
        assert_eq!(squares(u64::MAX, MOST_WEIGHT / 4, 3), [0, 1, 4]);
    }

    #[test]
    fn an_error_of_the_source_comes_after_what_was_done() {
        let mut numbers = 0..3;
        let mut taken = Vec::new();
        let source = || numbers.next().map(|job| Some(Job { job, weight: 1 })).ok_or("ended");
        let sink = |number| {
            taken.push(number);
            ControlFlow::Continue(())
        };
        assert_eq!(in_order(2, source, |number: u64| number, sink), Err("ended"));
        assert_eq!(taken, [0, 1, 2]);
    }
}
