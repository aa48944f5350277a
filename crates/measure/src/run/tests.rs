//! Real processes, run by `sh`, each ended within a moment.

use super::*;
use crate::captured::Exit;
use std::time::Duration;

/// A group of its own, so that no script can end the tests, whether they run in a terminal or not.
const IN_TESTS: Surroundings = Surroundings { own_group: true, capture_limit_bytes: CAPTURE_LIMIT_BYTES };

/// The complaints but the one on memory: tests that run beside this one lift the floor under what can be measured.
fn complaints_of(captured: &Captured) -> Vec<&Complaint> {
    captured.complaints.iter().filter(|complaint| !complaint.message.contains("peak RSS")).collect()
}

fn shell(text: &str) -> CommandPlan {
    let mut plan = CommandPlan::new(CommandLine::Shell(text.to_owned()), "/".into(), std::env::temp_dir());
    plan.grace = Duration::from_millis(100);
    plan
}

fn words(words: &[&str]) -> CommandPlan {
    CommandPlan { command: CommandLine::Words(words.iter().map(Into::into).collect()), ..shell("") }
}

fn run_plan(plan: &CommandPlan, interrupts: &Interrupts) -> Result<Captured, MeasureError> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut tee = Tee { stdout: &mut stdout, stderr: &mut stderr };
    let captured = run_in(IN_TESTS, plan, &mut tee, interrupts, &|| Timestamp::UNIX_EPOCH)?;
    assert_eq!((captured.stdout.omitted_bytes, captured.stderr.omitted_bytes), (0, 0));
    assert_eq!((stdout, stderr), (captured.stdout.bytes.clone(), captured.stderr.bytes.clone()));
    Ok(captured)
}

#[track_caller]
fn check(plan: &CommandPlan, exit: Exit, stdout: &str, complaints: usize) -> Captured {
    let captured = run_plan(plan, &Interrupts::none()).unwrap();
    assert_eq!(
        (
            captured.exit,
            String::from_utf8_lossy(&captured.stdout.bytes).as_ref(),
            complaints_of(&captured).len()
        ),
        (exit, stdout, complaints),
        "{captured:?}"
    );
    captured
}

#[track_caller]
fn check_error(plan: &CommandPlan, expected: &str) {
    let error = run_plan(plan, &Interrupts::none()).unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert_eq!(std::error::Error::source(&error).is_some(), !matches!(error, MeasureError::EmptyCommand));
}

/// Whether a process of this number, written by a script, is still there.
fn is_alive(captured: &Captured) -> bool {
    let pid = String::from_utf8(captured.stdout.bytes.clone()).unwrap();
    std::fs::exists(format!("/proc/{}", pid.trim())).unwrap()
}

#[test]
fn commands_end_with_a_code_or_a_signal() {
    check(&shell("exit 0"), Exit::Code(0), "", 0);
    check(&shell("exit 42"), Exit::Code(42), "", 0);
    check(&shell("no-such-command-at-all"), Exit::Code(127), "", 0);
    check(&shell("kill -SEGV $$"), Exit::Signal(libc::SIGSEGV), "", 0);
    check(&words(&["sh", "-c", "kill -9 $$"]), Exit::Signal(libc::SIGKILL), "", 0);
}

#[test]
fn output_is_passed_on_and_captured_whatever_its_bytes() {
    check(&words(&["echo", "a  b", "$HOME"]), Exit::Code(0), "a  b $HOME\n", 0);
    let captured =
        run_plan(&shell("printf '\\377\\000x'; printf 'e\\377' >&2"), &Interrupts::none()).unwrap();
    assert_eq!(captured.stdout.bytes, b"\xff\0x");
    assert_eq!(captured.stderr.bytes, b"e\xff");
    check(&shell("exec >&- 2>&-; exit 3"), Exit::Code(3), "", 0);
    check(&shell("yes | head -n 3"), Exit::Code(0), "y\ny\ny\n", 0);
}

#[test]
fn directory_environment_and_standard_input_are_handed_over() {
    let mut plan = shell("pwd; echo $PLIMSOLL_TEST; readlink /proc/self/fd/0");
    plan.environment.push(("PLIMSOLL_TEST".into(), "x y".into()));
    plan.working_dir = "/usr".into();
    let stdin = std::fs::read_link("/proc/self/fd/0").unwrap();
    check(&plan, Exit::Code(0), &format!("/usr\nx y\n{}\n", stdin.display()), 0);
}

#[test]
fn what_cannot_be_run_has_a_name() {
    check_error(&shell(" \n"), "the command is empty");
    check_error(&words(&[]), "the command is empty");
    check_error(&words(&["no-such-command-at-all", "x"]), "command not found: no-such-command-at-all");
    check_error(&words(&["/etc/passwd"]), "command is not executable: /etc/passwd");
    check_error(&words(&["/"]), "command is not executable: /");
    check_error(&words(&["a\0b"]), "cannot start a\0b");
    let nowhere = CommandPlan { working_dir: "/no/such/place".into(), ..shell("true") };
    check_error(&nowhere, "cannot run in directory /no/such/place");
    let file = CommandPlan { working_dir: "/etc/passwd".into(), ..shell("true") };
    check_error(&file, "cannot run in directory /etc/passwd");
}

#[test]
fn the_time_limit_ends_daemons_too() {
    let daemon = "trap '' TERM; echo $$; exec sleep 600";
    let mut plan = shell(&format!("(setsid sh -c \"{}\" &) & sleep 600", daemon.replace('$', "\\$")));
    plan.timeout = Some(Duration::from_millis(300));
    let captured = run_plan(&plan, &Interrupts::none()).unwrap();
    assert_eq!((captured.exit, complaints_of(&captured).len()), (Exit::TimedOut, 0));
    assert!(!captured.stdout.bytes.is_empty());
    assert!(!is_alive(&captured));
}

#[test]
fn a_stopped_process_does_not_outlive_the_limit() {
    let mut plan = shell("echo $$; kill -STOP $$; sleep 600");
    plan.timeout = Some(Duration::from_millis(50));
    let captured = run_plan(&plan, &Interrupts::none()).unwrap();
    assert_eq!(captured.exit, Exit::TimedOut);
    assert!(!is_alive(&captured));
}

#[test]
fn what_is_left_behind_is_ended_and_named() {
    let captured = run_plan(&shell("sleep 600 & echo $!"), &Interrupts::none()).unwrap();
    assert_eq!(captured.exit, Exit::Code(0));
    assert!(!is_alive(&captured));
    let message = &complaints_of(&captured)[0].message;
    assert!(message.contains("still running") && message.contains("sleep ("), "{message}");
}

#[test]
fn what_ends_by_itself_a_little_later_is_no_matter() {
    check(&shell("(sleep 0.02; echo late) & echo early"), Exit::Code(0), "early\nlate\n", 0);
}

#[test]
fn a_script_that_ends_its_group_ends_itself_alone() {
    check(&shell("echo x; kill 0"), Exit::Signal(libc::SIGTERM), "x\n", 0);
}

#[test]
fn huge_output_takes_bounded_memory() {
    let surroundings = Surroundings { capture_limit_bytes: 1_000, ..IN_TESTS };
    let (mut sink, mut other) = (io::sink(), io::sink());
    let mut tee = Tee { stdout: &mut sink, stderr: &mut other };
    let plan = shell("head -c 50000000 /dev/zero");
    let now = || Timestamp::UNIX_EPOCH;
    let captured = run_in(surroundings, &plan, &mut tee, &Interrupts::none(), &now).unwrap();
    assert_eq!((captured.stdout.bytes.len(), captured.stdout.omitted_bytes), (1_001, 49_999_000));
    let complaint = complaints_of(&captured)[0];
    assert_eq!(complaint.source.as_deref(), Some("stdout"));
    assert_eq!(complaint.message, "49999000 bytes in the middle of the output were left out; 1000 are kept");
}

#[test]
fn a_terminal_that_is_gone_does_not_stop_the_capture() {
    let mut full: &mut [u8] = &mut [0; 2];
    let mut tee = Tee { stdout: &mut full, stderr: &mut Vec::new() };
    let captured =
        run_in(IN_TESTS, &shell("echo long"), &mut tee, &Interrupts::none(), &|| Timestamp::UNIX_EPOCH)
            .unwrap();
    assert_eq!(captured.stdout.bytes, b"long\n");
    assert!(complaints_of(&captured)[0].message.contains("passed on"), "{captured:?}");
}

/// Sends SIGTERM to this process as soon as anything is written to it.
struct Interrupter;

impl Write for Interrupter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_interrupt_ends_the_tree_and_gives_no_result() {
    let interrupts = Interrupts::take().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let note = dir.path().join("pid");
    let plan = shell(&format!("echo $$ > {}; echo ready; exec sleep 600", note.display()));
    let mut tee = Tee { stdout: &mut Interrupter, stderr: &mut Vec::new() };
    let error = run_in(IN_TESTS, &plan, &mut tee, &interrupts, &|| Timestamp::UNIX_EPOCH).unwrap_err();
    assert_eq!(error.to_string(), "interrupted by SIGTERM");
    let pid = std::fs::read_to_string(note).unwrap();
    assert!(!std::fs::exists(format!("/proc/{}", pid.trim())).unwrap());
}

/// Reads a process's number and pretends that this process sent SIGTERM. A real signal could come when the test
/// is over, and end all of them.
struct Pretender;

impl Write for Pretender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(pid) = text.trim().parse() {
            Interrupts::pretend(libc::SIGTERM, pid);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_signal_from_the_command_is_no_interrupt() {
    let interrupts = Interrupts::take().unwrap();
    for script in ["echo $$; exec sleep 600", "sleep 600 & echo $!; wait"] {
        let mut tee = Tee { stdout: &mut Pretender, stderr: &mut Vec::new() };
        let plan = CommandPlan { timeout: Some(Duration::from_millis(100)), ..shell(script) };
        let captured = run_in(IN_TESTS, &plan, &mut tee, &interrupts, &|| Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(captured.exit, Exit::TimedOut);
    }
}

#[test]
fn the_largest_process_of_the_tree_is_measured() {
    let captured = check(
        &shell("head -c 50000000 /dev/zero | tail -c 50000000 | wc -c"),
        Exit::Code(0),
        "50000000\n",
        0,
    );
    let peak = captured.peak_rss_bytes.unwrap();
    assert!((50_000_000..90_000_000).contains(&peak), "{peak}");
    assert!(captured.user_cpu + captured.system_cpu > Duration::ZERO);
    assert!(captured.wall > Duration::ZERO);
}

#[test]
fn what_a_process_used_becomes_measurements() {
    let mut captured = check(&words(&["sh", "-c", "exit 3"]), Exit::Code(3), "", 0);
    captured.peak_rss_bytes = Some(4_096);
    let measurements = crate::usage_measurements(&captured, "build");
    let named: Vec<_> = measurements
        .iter()
        .map(|measurement| (measurement.metric.name.as_str(), measurement.metric.unit.symbol()))
        .collect();
    assert_eq!(named, [("time", "ns"), ("cpu_time", "ns"), ("peak_rss", "bytes")]);
    for measurement in &measurements {
        let known = plimsoll_model::known_metric(&measurement.metric.name).unwrap();
        assert_eq!(known, (measurement.metric.unit.clone(), measurement.metric.direction));
        assert_eq!(measurement.outcome, plimsoll_model::Outcome::Failed);
        assert_eq!((measurement.benchmark.as_str(), measurement.harness.as_str()), ("build", "process"));
    }
    assert_eq!(measurements[0].value, captured.wall.as_nanos() as f64);
    assert_eq!(measurements[2].value, 4_096.0);
    captured.peak_rss_bytes = None;
    assert_eq!(crate::usage_measurements(&captured, "build").len(), 2);
}

#[test]
fn files_are_made_room_for() {
    let captured = check(&shell("echo 1 > {out}; cat {out}"), Exit::Code(0), "1\n", 0);
    let path = captured.out_files.path().unwrap();
    assert_eq!(captured.out_files.existing().unwrap(), std::slice::from_ref(&path));
    drop(captured);
    assert!(!path.exists());
    let captured = check(&words(&["test", "!", "-e", "{out}"]), Exit::Code(0), "", 0);
    assert!(captured.out_files.is_missing().unwrap());
}
