//! The four projects. What a benchmark does is a loop of fixed length, a few milliseconds long, so that its time
//! depends on the constant and on little else.

/// Where a project's files come from.
pub enum Origin {
    /// A clone of the last commit of this repository.
    ThisRepository,
    /// Written down here: paths and texts.
    Files(&'static [(&'static str, &'static str)]),
}

/// A change of one text in one file.
#[derive(Debug, PartialEq)]
pub struct Replacement {
    /// Relative to the project.
    pub file: &'static str,
    /// What stands there.
    pub from: &'static str,
    /// What will stand there.
    pub to: &'static str,
    /// The end of the name of the benchmark that it slows down; harnesses put a path before it.
    pub benchmark: &'static str,
}

impl Replacement {
    /// The same change backwards.
    pub fn undone(&self) -> Self {
        Self { file: self.file, from: self.to, to: self.from, benchmark: self.benchmark }
    }
}

/// A project with its part in the play.
pub struct Scenario {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Its files.
    pub origin: Origin,
    /// What the project would have anyway: an environment with its test runner.
    pub preparation: &'static [&'static str],
    /// What adopting Plimsoll takes, after installing it.
    pub adoption: &'static [&'static str],
    /// A run that prints its report as JSON.
    pub run: &'static str,
    /// What slows one benchmark down by half or more.
    pub slow: Replacement,
}

/// All of them.
pub const ALL: [Scenario; 4] = [THIS, PYTHON, GO, INSIDE];

const THIS: Scenario = Scenario {
    name: "this",
    origin: Origin::ThisRepository,
    preparation: &[],
    adoption: &[],
    run: "plimsoll run --json",
    slow: Replacement {
        file: "crates/bench/benches/fast.rs",
        from: "inputs::go_text(1_000, 10)",
        to: "inputs::go_text(1_500, 10)",
        benchmark: "parse_go_text",
    },
};

const PYTHON: Scenario = Scenario {
    name: "python",
    origin: Origin::Files(&[
        (
            "adding.py",
            "SUM_ROUNDS = 60_000\nPRODUCT_ROUNDS = 50_000\nJOIN_ROUNDS = 40_000\n\n\n\
             def add_up():\n    total = 0\n    for number in range(SUM_ROUNDS):\n        total += number\n    return total\n\n\n\
             def multiply():\n    product = 1\n    for number in range(PRODUCT_ROUNDS):\n        product = product * number % 1_000_003\n    return product\n\n\n\
             def join():\n    return len(\",\".join([str(number) for number in range(JOIN_ROUNDS)]))\n",
        ),
        (
            "test_adding.py",
            "import adding\n\n\n\
             def test_add_up(benchmark):\n    benchmark(adding.add_up)\n\n\n\
             def test_multiply(benchmark):\n    benchmark(adding.multiply)\n\n\n\
             def test_join(benchmark):\n    benchmark(adding.join)\n",
        ),
        (".gitignore", ".venv/\n__pycache__/\n.pytest_cache/\n"),
    ]),
    preparation: &[
        "python3 -m venv .venv",
        ".venv/bin/pip install --quiet --disable-pip-version-check pytest pytest-benchmark",
    ],
    adoption: &["printf '%s\\n' 'version = 1' '[suite.fast]' \
         'command = \".venv/bin/pytest -q --benchmark-only --benchmark-json={out}\"' > plimsoll.toml"],
    run: "plimsoll run fast --json",
    slow: Replacement {
        file: "adding.py",
        from: "SUM_ROUNDS = 60_000",
        to: "SUM_ROUNDS = 90_000",
        benchmark: "test_add_up",
    },
};

const GO: Scenario = Scenario {
    name: "go",
    origin: Origin::Files(&[
        ("go.mod", "module example.org/adding\n\ngo 1.19\n"),
        (
            "adding.go",
            "package adding\n\nconst sumRounds = 4_000_000\nconst mixRounds = 2_000_000\n\n\
             func addUp(seed uint64) uint64 {\n\ttotal := seed\n\tfor i := uint64(0); i < sumRounds; i++ {\n\
             \t\ttotal = total*6364136223846793005 + i\n\t}\n\treturn total\n}\n\n\
             func mix(seed uint64) uint64 {\n\ttotal := seed\n\tfor i := uint64(0); i < mixRounds; i++ {\n\
             \t\ttotal ^= total<<13 + i\n\t\ttotal ^= total >> 7\n\t}\n\treturn total\n}\n",
        ),
        (
            "adding_test.go",
            "package adding\n\nimport \"testing\"\n\nvar sink uint64\n\n\
             func BenchmarkAddUp(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tsink += addUp(uint64(i))\n\t}\n}\n\n\
             func BenchmarkMix(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tsink += mix(uint64(i))\n\t}\n}\n",
        ),
    ]),
    preparation: &[],
    adoption: &["printf '%s\\n' 'version = 1' '[suite.fast]' \
         'command = \"go test -run ^$ -bench . -benchmem -count 5 -benchtime 100ms\"' > plimsoll.toml"],
    run: "plimsoll run fast --json",
    slow: Replacement {
        file: "adding.go",
        from: "const sumRounds = 4_000_000",
        to: "const sumRounds = 6_000_000",
        benchmark: "AddUp",
    },
};

/// A program that measures its own phases.
const INSIDE: Scenario = Scenario {
    name: "inside",
    origin: Origin::ThisRepository,
    preparation: &[],
    adoption: &[],
    run: "cargo build --quiet --release --package rust-pipeline \
          && plimsoll run --json --repeat 5 -- \"$CARGO_TARGET_DIR/release/rust-pipeline\" 200000",
    slow: Replacement {
        file: "examples/rust-pipeline/src/main.rs",
        from: "    let totals = price(&trades);",
        to: "    std::thread::sleep(std::time::Duration::from_millis(100));\n    let totals = price(&trades);",
        benchmark: "pipeline/pricing",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_can_be_undone() {
        let replacement = &PYTHON.slow;
        let Origin::Files(files) = PYTHON.origin else {
            panic!("the project is written down here");
        };
        let (_, text) = files.iter().find(|(path, _)| *path == replacement.file).expect("its file");
        assert_eq!(text.matches(replacement.from).count(), 1);
        assert_eq!(replacement.undone().undone(), PYTHON.slow);
    }

    #[test]
    fn every_project_is_adopted_in_three_commands_at_most() {
        for scenario in ALL {
            assert!(scenario.adoption.len() <= super::super::MOST_ADOPTION_COMMANDS, "{}", scenario.name);
            assert!(scenario.run.contains("--json"), "{}", scenario.name);
        }
    }
}
