//! The processes below a process.

use std::collections::HashMap;
use std::fs;

use rustix::process::{Pid, Signal};

/// A process as the kernel lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Process {
    /// Its number.
    pub(crate) pid: i32,
    /// The first characters of its program's name.
    pub(crate) name: String,
    parent: i32,
    is_zombie: bool,
}

/// Every living process below `root`, which is not among them itself. Where the kernel lists no processes the
/// answer is empty.
pub(crate) fn descendants(root: i32) -> Vec<Process> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    for entry in entries.flatten() {
        let is_number = entry.file_name().to_str().is_some_and(|name| name.parse::<i32>().is_ok());
        // A process may go away between being listed and being read; then it is no descendant any more.
        if is_number
            && let Ok(line) = fs::read(entry.path().join("stat"))
            && let Some(process) = parse_stat(&String::from_utf8_lossy(&line))
        {
            children.entry(process.parent).or_default().push(process);
        }
    }
    let mut found = Vec::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for process in children.remove(&parent).unwrap_or_default() {
            parents.push(process.pid);
            if !process.is_zombie {
                found.push(process);
            }
        }
    }
    found
}

/// Sends `signal` to every process below `root`, and wakes those that are stopped so that they can act on it.
/// Where the kernel lists no processes, `group` is what can be reached.
pub(crate) fn signal_descendants(root: i32, signal: Signal, group: Option<i32>) {
    let processes = descendants(root);
    for process in &processes {
        send(process.pid, signal);
        send(process.pid, Signal::CONT);
    }
    if processes.is_empty()
        && !fs::exists("/proc/self/stat").unwrap_or(false)
        && let Some(group) = group.and_then(Pid::from_raw)
    {
        // A group that is gone, or another user's, cannot be told anything; it shows as not ended.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

fn send(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        // A process that is gone, or another user's, cannot be told anything; it shows as not ended.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Reads a line of `/proc/PID/stat`: the name stands in parentheses and may hold any character.
fn parse_stat(line: &str) -> Option<Process> {
    let (pid, rest) = line.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    Some(Process {
        pid: pid.parse().ok()?,
        name: name.to_owned(),
        parent: fields.next()?.parse().ok()?,
        is_zombie: matches!(state, "Z" | "X"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<(i32, &str, i32, bool)>) {
        let process = parse_stat(line);
        let actual = process
            .as_ref()
            .map(|process| (process.pid, process.name.as_str(), process.parent, process.is_zombie));
        assert_eq!(actual, expected);
    }

    #[test]
    fn names_may_hold_anything() {
        check("7 (sh) S 1 7 7 0 -1", Some((7, "sh", 1, false)));
        check("8 (a) R (b) c) Z 7 7 7", Some((8, "a) R (b) c", 7, true)));
        check("8 (sh", None);
        check("", None);
    }

    #[test]
    fn the_kernels_list_holds_this_process_below_its_parent() {
        let parent = std::os::unix::process::parent_id() as i32;
        assert!(descendants(parent).iter().any(|process| process.pid == std::process::id() as i32));
    }
}
