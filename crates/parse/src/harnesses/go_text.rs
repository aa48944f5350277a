//! `go test -bench` text. What lines mean as benchmarks and metrics is said in [`super::go_results`].
//!
//! Results, configuration (`pkg:`, `goos:`, `goarch:`, `cpu:`) and `Unit` lines are read, failed and skipped
//! benchmarks and failed packages are complaints, everything else is what a program under test printed. A benchmark
//! that prints while it runs puts its output between its name and its numbers: they are joined again.

use memchr::memchr2;
use smallvec::SmallVec;

use super::go_results::{GoResults, PackageId};
use crate::decimal::{Words, decimal};
use crate::lines::{Line, Lines};
use crate::{Harness, Input, ParseError, Parsed};

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut results = GoResults::default();
    let mut complaints = Vec::new();
    for input in inputs {
        let name = input.name;
        let mut output = PackageOutput::new(&mut results, "");
        let mut lines = Lines::new(Harness::GoText, input);
        while let Some(line) = lines.next_line()? {
            output
                .read(line, &mut results)
                .map_err(|reason| ParseError::Truncated { name: name.to_owned(), reason })?;
        }
        output.end(&mut results);
        complaints.extend(lines.into_complaints());
        let own = std::mem::take(&mut results.complaints);
        complaints.extend(own.into_iter().map(|complaint| complaint.in_source(name)));
    }
    let mut parsed = results.finish(Harness::GoText);
    complaints.append(&mut parsed.complaints);
    parsed.complaints = complaints;
    Ok(parsed)
}

/// The output of one package's test binary, line by line.
pub(crate) struct PackageOutput {
    package: PackageId,
    /// A name whose numbers have not come yet, and its line.
    pending: Option<(String, u64)>,
}

/// What stands behind a benchmark's name.
struct Numbers<'a> {
    iterations: u64,
    values: SmallVec<[(f64, &'a str); 6]>,
}

/// Most values in a line: four of Go's own and sixty of one's own. It also bounds how far the search for numbers
/// behind a program's own output looks from each place, which must not be as far as the line is long.
const MAX_VALUES: usize = 64;

impl PackageOutput {
    /// The output of the package of that import path, which may be empty until a line names it.
    pub(crate) fn new(results: &mut GoResults, package: &str) -> Self {
        Self { package: results.package(package), pending: None }
    }

    /// Reads one line. Fails when it is a result that was cut off by the end of the input.
    pub(crate) fn read(&mut self, line: Line<'_>, results: &mut GoResults) -> Result<(), String> {
        match line.text.as_bytes().first() {
            Some(b'B') if is_benchmark(line.text) => return self.read_result(line, results),
            Some(b' ' | b'\t' | b'0'..=b'9') => {
                if let Some((name, _)) = &self.pending
                    && let Some(numbers) = trailing_numbers(line.text)
                {
                    numbers.add_to(results, self.package, name);
                    self.pending = None;
                }
            }
            Some(b'U') => {
                if let Some(text) = line.text.strip_prefix("Unit ")
                    && text.contains('=')
                    && let Err(fault) = results.note_unit(text)
                {
                    results.complain(line.number, format!("the Unit line is left out: {fault}"));
                }
            }
            Some(b'F') => {
                if let Some(package) = line.text.strip_prefix("FAIL\t") {
                    let package = package.replace('\t', " ");
                    results.complain(line.number, format!("package failed: {package}"));
                }
            }
            Some(b'a'..=b'z') => self.read_configuration(line.text, results),
            _ => {}
        }
        self.read_status(line, results);
        Ok(())
    }

    /// The output ended; a name that still waits for its numbers has none.
    pub(crate) fn end(&mut self, results: &mut GoResults) {
        if let Some((name, line)) = self.pending.take() {
            results.complain(line, format!("{name}: no result follows"));
        }
    }

    fn read_result(&mut self, line: Line<'_>, results: &mut GoResults) -> Result<(), String> {
        let name_end = memchr2(b' ', b'\t', line.text.as_bytes()).unwrap_or(line.text.len());
        let (name, rest) = line.text.split_at(name_end);
        if rest.is_empty() {
            // With -v the name stands alone before the result.
            return Ok(());
        }
        self.end(results);
        match numbers(rest) {
            Ok(Some(numbers)) => {
                if !line.whole && !results.knows_unit(numbers.last_unit()) {
                    return Err(format!("line {} stops within a result", line.number));
                }
                numbers.add_to(results, self.package, name);
            }
            Err(_) if !line.whole => return Err(format!("line {} stops within a result", line.number)),
            Err(fault) => results.complain(line.number, format!("{name}: left out, {fault}")),
            Ok(None) => match trailing_numbers(rest) {
                Some(numbers) => numbers.add_to(results, self.package, name),
                None if rest.contains('\t') => {
                    self.pending = Some((name.to_owned(), line.number));
                    let text = rest.trim_start();
                    self.read_status(Line { text, ..line }, results);
                }
                None if rest.contains("/op") => {
                    let message = format!("{name}: left out, a count of iterations does not follow the name");
                    results.complain(line.number, message);
                }
                None => {}
            },
        }
        Ok(())
    }

    /// `--- FAIL: BenchmarkName`, which is indented for sub-benchmarks.
    fn read_status(&mut self, line: Line<'_>, results: &mut GoResults) {
        let Some(status) = line.text.trim_start().strip_prefix("--- ") else {
            return;
        };
        for (mark, what) in [("FAIL: ", "failed"), ("SKIP: ", "was skipped")] {
            let Some(name) = status.strip_prefix(mark) else {
                continue;
            };
            let name = name.split_whitespace().next().unwrap_or(name);
            results.complain(line.number, format!("{name} {what}"));
            if what == "failed" {
                results.fail(self.package, name);
            }
            self.pending = None;
        }
    }

    fn read_configuration(&mut self, text: &str, results: &mut GoResults) {
        let Some((key, value)) = text.split_once(':') else {
            return;
        };
        let value = value.trim();
        match key {
            "pkg" if results.package_name(self.package) != value => {
                self.end(results);
                self.package = results.package(value);
            }
            "cpu" => results.facts.cpu = Some(value.to_owned()),
            "goos" | "goarch" => {
                results.facts.tools.insert(key.to_owned(), value.to_owned());
            }
            _ => {}
        }
    }
}

/// Whether a line starts with a benchmark's name: `Benchmark` and then anything but a small letter.
fn is_benchmark(text: &str) -> bool {
    text.strip_prefix("Benchmark").is_some_and(|rest| !rest.chars().next().is_some_and(char::is_lowercase))
}

/// Iterations and values, if `text` starts with a count of iterations. Fails when what follows is not values.
fn numbers(text: &str) -> Result<Option<Numbers<'_>>, String> {
    let mut words = Words(text);
    let Some(iterations) = words.next().and_then(|word| word.parse().ok()) else {
        return Ok(None);
    };
    let mut values = SmallVec::new();
    while let Some(word) = words.next() {
        let value = decimal(word).ok_or_else(|| format!("`{word}` is not a number"))?;
        let unit = words.next().ok_or_else(|| format!("{word} has no unit"))?;
        if values.len() == MAX_VALUES {
            return Err(format!("it has more than {MAX_VALUES} values"));
        }
        values.push((value, unit));
    }
    if values.is_empty() {
        return Err("it has no values".to_owned());
    }
    Ok(Some(Numbers { iterations, values }))
}

/// The numbers at the end of a line whose beginning is the benchmark's own output.
fn trailing_numbers(text: &str) -> Option<Numbers<'_>> {
    text.match_indices('\t').find_map(|(tab, _)| {
        let start = text[..tab].rfind([' ', '\t']).map_or(0, |place| place + 1);
        numbers(&text[start..]).ok().flatten()
    })
}

impl Numbers<'_> {
    fn add_to(&self, results: &mut GoResults, package: PackageId, name: &str) {
        results.add(package, name, self.iterations, &self.values);
    }

    fn last_unit(&self) -> &str {
        self.values.last().map_or("", |(_, unit)| unit)
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::listing::{listing, parse_one};

    fn list(text: &str) -> String {
        listing(Harness::GoText, text.as_bytes())
    }

    #[test]
    fn repeats_are_samples_and_units_are_metrics() {
        assert_snapshot!(list("goos: linux\npkg: a.b/c\nBenchmarkX/k=v-8 \t 100\t 30 ns/op\t 2.5 MB/s\t 64 B/op\t 1 allocs/op\nBenchmarkX/k=v-8 \t 200\t 10 ns/op\t 2.5 MB/s\t 64 B/op\t 1 allocs/op\nBenchmarkX/k=v-8 \t 100\t 20 ns/op\t 2.5 MB/s\t 64 B/op\t 2 allocs/op\nPASS\n"), @r"
        a.b/c.BenchmarkX{k=v}#time 20 ns, lower, median, 3 samples, 400 iterations
        a.b/c.BenchmarkX{k=v}#throughput 2500000 bytes/s, higher, median, 3 samples, 400 iterations
        a.b/c.BenchmarkX{k=v}#allocated_bytes 64 bytes, lower, median, 3 samples, 400 iterations
        a.b/c.BenchmarkX{k=v}#allocations 1 count, lower, median, 3 samples, 400 iterations
        ");
        assert_snapshot!(list("Unit hits/op better=higher\nUnit ns/op assume=exact\nUnit x y=z\nBenchmarkX 1 3 ns/op 2 hits/op 1 allocs/op\n"), @r"
        BenchmarkX#time 3 ns, lower, mean, exact, 1 iterations
        BenchmarkX#hits 2 hits, higher, mean, 1 iterations
        BenchmarkX#allocations 1 count, lower, mean, exact, 1 iterations
        ! 3: the Unit line is left out: `y=z` is not known
        ");
    }

    #[test]
    fn output_between_name_and_numbers_is_passed_over() {
        assert_snapshot!(list("BenchmarkA-2 \tloading\n12\tof 30\n     100\t  5.5 ns/op\nBenchmarkB-2 \tloaded 12...     200\t  7 ns/op\nBenchmarkC-2 \tnothing more\n"), @r"
        BenchmarkA#time 5.5 ns, lower, mean, 100 iterations
        BenchmarkB#time 7 ns, lower, mean, 200 iterations
        ! 5: BenchmarkC-2: no result follows
        ");
        assert_snapshot!(list("BenchmarkA\nBenchmarkA-2 \t 100\t 5 ns/op\nBenchmarking is fun\nBenchmark results follow\n"), @"BenchmarkA#time 5 ns, lower, mean, 100 iterations");
    }

    #[test]
    fn failures_and_broken_lines_are_named() {
        assert_snapshot!(list("pkg: p\nBenchmarkA-2 \t 100\t 5 ns/op\nBenchmarkA-2 \t--- FAIL: BenchmarkA-2\n    --- SKIP: BenchmarkB/sub\nBenchmarkC-2 many 3 ns/op\nBenchmarkD-2 10\nBenchmarkE-2 10 x ns/op\nBenchmarkF-2 10 3\nBenchmarkG-2 10 NaN ns/op 4 pages/op\nFAIL\tp\t0.1s\nFAIL\n"), @r"
        p.BenchmarkA#time 5 ns, lower, mean, Failed, 100 iterations
        p.BenchmarkG#pages 4 pages, neither, mean, 10 iterations
        ! 3: BenchmarkA-2 failed
        ! 4: BenchmarkB/sub was skipped
        ! 5: BenchmarkC-2: left out, a count of iterations does not follow the name
        ! 6: BenchmarkD-2: left out, it has no values
        ! 7: BenchmarkE-2: left out, `x` is not a number
        ! 8: BenchmarkF-2: left out, 3 has no unit
        ! 10: package failed: p 0.1s
        ! p.BenchmarkG: none of its values of ns/op is finite: left out
        ");
    }

    #[test]
    fn a_cut_result_is_no_result() {
        assert_snapshot!(list("BenchmarkA 100 5 ns/op\nBenchmarkB 100 5 ns/op\t 3 B/o"), @"in ends in the middle: line 2 stops within a result");
        assert_snapshot!(list("BenchmarkA 100 5 ns/op\nBenchmarkB 100 5"), @"in ends in the middle: line 2 stops within a result");
        assert_snapshot!(list("BenchmarkA 100 5 ns/op"), @"BenchmarkA#time 5 ns, lower, mean, 100 iterations");
        assert_snapshot!(list("PASS\n"), @"empty");
    }

    #[test]
    fn facts_are_read() {
        let text = "goos: linux\ngoarch: amd64\ncpu: Cpu 9\nBenchmarkA 1 1 ns/op\n";
        let facts = parse_one(Harness::GoText, text.as_bytes()).expect("result").facts;
        assert_eq!(facts.cpu.as_deref(), Some("Cpu 9"));
        assert_eq!(facts.tools["goos"], "linux");
    }

    proptest! {
        #[test]
        fn every_line_is_a_sample_wherever_it_stands(values in prop::collection::vec((0_usize..4, 1_u32..1000), 1..60)) {
            let line = |(place, value): &(usize, u32)| format!("BenchmarkN{place}-2 \t 10\t {value} ns/op\n");
            let text: String = values.iter().map(line).collect();
            let mut sorted = values.clone();
            sorted.sort_by_key(|(place, _)| *place);
            let grouped: String = sorted.iter().map(line).collect();
            let read = |text: &str| {
                let mut measurements = parse_one(Harness::GoText, text.as_bytes()).expect("result").measurements;
                measurements.sort_by(|left, right| left.benchmark.cmp(&right.benchmark));
                measurements
            };
            let measurements = read(&text);
            prop_assert_eq!(measurements.iter().map(|one| one.samples.len().max(1)).sum::<usize>(), values.len());
            prop_assert_eq!(measurements, read(&grouped));
        }

        #[test]
        fn no_bytes_make_it_panic(text in r"((Benchmark|Unit |--- FAIL: |FAIL|pkg:|[A-z0-9/=\-.]{1,8}|ns/op|MB/s|[ \t\n]){1,2}){0,40}") {
            let _ = list(&text);
        }
    }
}
