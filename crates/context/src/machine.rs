//! The machine: operating system, processor, memory; and the name of the testbed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use plimsoll_model::Environment;

use crate::ci::Runner;
use crate::env::Env;

/// More of a system file than this is not read. The kernel makes `/proc/cpuinfo` page by page, which takes
/// milliseconds on machines with hundreds of processors; the first one says it all.
const SYSTEM_FILE_BYTES: u64 = 16 * 1024;

/// What is known of the machine. Read from system files, without starting a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Operating system and version for people: `Ubuntu 24.04.1 LTS`.
    pub os: String,
    /// Operating system and major version for the testbed: `ubuntu-24`.
    pub os_major: String,
    /// The processor's architecture: `x86_64`, `aarch64`, …
    pub arch: &'static str,
    /// The processor's model, where the system tells.
    pub cpu: Option<String>,
    /// Processors this process may use, by affinity and by the quota of its control group.
    pub cores: Option<u32>,
    /// Main memory, or the limit of the control group where that is smaller.
    pub memory_bytes: Option<u64>,
}

impl Machine {
    /// Looks at this machine. What cannot be found out is left open.
    pub fn detect(env: &Env) -> Self {
        let (os, os_major) = operating_system();
        let cores = std::thread::available_parallelism().ok();
        Self {
            os,
            os_major,
            arch: std::env::consts::ARCH,
            cpu: cpu_model(env),
            cores: cores.and_then(|cores| u32::try_from(cores.get()).ok()),
            memory_bytes: memory_bytes(),
        }
    }

    /// The name of the class of machines within which values compare. On hosted CI
    /// `ubuntu-24/x86_64/4/github-hosted`, where the processor varies from run to run and is left out;
    /// elsewhere it is part of the name: `debian-13/x86_64/8/amd-ryzen-9-5950x`, on someone's own CI runner
    /// after the runner's class. The host's name is never part of it.
    pub fn testbed(&self, runner: Option<&Runner>) -> String {
        let mut parts = vec![self.os_major.clone(), self.arch.to_owned()];
        parts.extend(self.cores.map(|cores| cores.to_string()));
        parts.extend(runner.map(|runner| slug(&runner.class)));
        if !runner.is_some_and(|runner| runner.hosted) {
            parts.extend(self.cpu.as_deref().map(cpu_slug));
        }
        parts.retain(|part| !part.is_empty());
        parts.join("/")
    }

    /// The machine as a run records it.
    pub fn environment(&self) -> Environment {
        Environment {
            os: Some(self.os.clone()),
            cpu: self.cpu.clone(),
            cores: self.cores,
            memory_bytes: self.memory_bytes,
            tools: std::collections::BTreeMap::new(),
        }
    }
}

/// The start of a small text file; `None` where it cannot be read.
fn read_system_file(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(Path::new(path)).ok()?.take(SYSTEM_FILE_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The operating system for people and for the testbed.
fn operating_system() -> (String, String) {
    if cfg!(target_os = "linux") {
        let release = read_system_file("/etc/os-release").or_else(|| read_system_file("/usr/lib/os-release"));
        return release
            .map_or_else(|| ("Linux".to_owned(), "linux".to_owned()), |text| parse_os_release(&text));
    }
    if cfg!(target_os = "macos")
        && let Some(version) = read_system_file("/System/Library/CoreServices/SystemVersion.plist")
            .as_deref()
            .and_then(macos_version)
    {
        let major = version.split('.').next().unwrap_or_default();
        return (format!("macOS {version}"), format!("macos-{major}"));
    }
    (std::env::consts::OS.to_owned(), std::env::consts::OS.to_owned())
}

/// Name and major version from the text of `os-release`.
/// Format: <https://www.freedesktop.org/software/systemd/man/latest/os-release.html>.
fn parse_os_release(text: &str) -> (String, String) {
    let value = |wanted: &str| {
        text.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| name.trim() == wanted)
            .map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned())
            .filter(|value| !value.is_empty())
    };
    let id = slug(&value("ID").unwrap_or_else(|| "linux".to_owned()));
    let major = value("VERSION_ID")
        .and_then(|version| version.split('.').next().map(slug))
        .filter(|major| !major.is_empty());
    let shown = value("PRETTY_NAME").unwrap_or_else(|| id.clone());
    (shown, major.map_or_else(|| id.clone(), |major| format!("{id}-{major}")))
}

/// The product version from macOS' property list.
fn macos_version(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<key>ProductVersion</key>")?;
    let (_, rest) = rest.split_once("<string>")?;
    let (version, _) = rest.split_once("</string>")?;
    Some(version.trim().to_owned())
}

fn cpu_model(env: &Env) -> Option<String> {
    if cfg!(windows) {
        return env.get("PROCESSOR_IDENTIFIER");
    }
    read_system_file("/proc/cpuinfo")
        .as_deref()
        .and_then(parse_cpuinfo)
        .or_else(|| read_system_file("/proc/device-tree/model"))
        .map(|model| model.trim_matches(['\0', ' ', '\n']).to_owned())
        .filter(|model| !model.is_empty())
}

/// The processor's model from the text of `/proc/cpuinfo`. ARM systems give numbers instead of a name.
fn parse_cpuinfo(text: &str) -> Option<String> {
    let value = |wanted: &str| {
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.trim() == wanted)
            .map(|(_, value)| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    };
    value("model name")
        .or_else(|| value("Model"))
        .or_else(|| {
            let (implementer, part) = (value("CPU implementer")?, value("CPU part")?);
            Some(format!("arm {implementer} {part}"))
        })
        .or_else(|| value("cpu model"))
}

fn memory_bytes() -> Option<u64> {
    let physical = read_system_file("/proc/meminfo").as_deref().and_then(parse_meminfo)?;
    let limit = read_system_file("/sys/fs/cgroup/memory.max")
        .or_else(|| read_system_file("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
        .and_then(|text| text.trim().parse::<u64>().ok());
    Some(limit.map_or(physical, |limit| limit.min(physical)))
}

/// Main memory in bytes from the text of `/proc/meminfo`.
fn parse_meminfo(text: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// A processor's model without trademarks, clock rate and filling words: `intel-xeon-platinum-8370c`.
fn cpu_slug(model: &str) -> String {
    let named = model.split('@').next().unwrap_or_default();
    let plain = named.replace("(R)", " ").replace("(TM)", " ").replace("(tm)", " ");
    let words: Vec<String> = plain
        .split_whitespace()
        .filter(|word| {
            !matches!(*word, "CPU" | "Processor" | "processor" | "with") && !word.ends_with("-Core")
        })
        .map(slug)
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-")
}

/// Lower-case letters, digits, dots and underscores; everything else becomes one hyphen.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '.' | '_') {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_os(text: &str, shown: &str, major: &str) {
        assert_eq!(parse_os_release(text), (shown.to_owned(), major.to_owned()));
    }

    #[test]
    fn the_operating_system_is_read() {
        check_os(
            "PRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nID=ubuntu\n",
            "Ubuntu 24.04.1 LTS",
            "ubuntu-24",
        );
        check_os("ID=arch\nPRETTY_NAME='Arch Linux'\n", "Arch Linux", "arch");
        check_os("ID=alpine\nVERSION_ID=3.20.1", "alpine", "alpine-3");
        check_os("", "linux", "linux");
        let plist = "<key>ProductVersion</key>\n\t<string>14.5</string>";
        assert_eq!(macos_version(plist), Some("14.5".to_owned()));
    }

    #[track_caller]
    fn check_cpu(cpuinfo: &str, slug: &str) {
        assert_eq!(parse_cpuinfo(cpuinfo).as_deref().map(cpu_slug).as_deref(), Some(slug));
    }

    #[test]
    fn processors_get_plain_names() {
        check_cpu(
            "processor\t: 0\nmodel\t\t: 106\nmodel name\t: Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz\n",
            "intel-xeon-platinum-8370c",
        );
        check_cpu("model name\t: AMD Ryzen 9 5950X 16-Core Processor\n", "amd-ryzen-9-5950x");
        check_cpu("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "arm-0x41-0xd0c");
        check_cpu("Model\t: Raspberry Pi 4 Model B Rev 1.4\n", "raspberry-pi-4-model-b-rev-1.4");
        assert_eq!(parse_cpuinfo("processor : 0\n"), None);
    }

    #[test]
    fn memory_is_read() {
        assert_eq!(parse_meminfo("MemTotal:       16384 kB\nMemFree: 1 kB"), Some(16_777_216));
        assert_eq!(parse_meminfo("MemTotal: many"), None);
    }

    #[track_caller]
    fn check_testbed(runner: Option<(&str, bool)>, expected: &str) {
        let machine = Machine {
            os: "Ubuntu 24.04.1 LTS".to_owned(),
            os_major: "ubuntu-24".to_owned(),
            arch: "x86_64",
            cpu: Some("AMD EPYC 7763 64-Core Processor".to_owned()),
            cores: Some(4),
            memory_bytes: None,
        };
        let runner = runner.map(|(class, hosted)| Runner { class: class.to_owned(), hosted });
        assert_eq!(machine.testbed(runner.as_ref()), expected);
    }

    #[test]
    fn testbeds_are_named() {
        check_testbed(Some(("github-hosted", true)), "ubuntu-24/x86_64/4/github-hosted");
        check_testbed(Some(("self-hosted", false)), "ubuntu-24/x86_64/4/self-hosted/amd-epyc-7763");
        check_testbed(None, "ubuntu-24/x86_64/4/amd-epyc-7763");
        check_testbed(Some(("big / fast", false)), "ubuntu-24/x86_64/4/big-fast/amd-epyc-7763");
    }

    #[test]
    fn this_machine_has_a_testbed_without_its_name() {
        let machine = Machine::detect(&Env::fixed([]));
        assert!(machine.cores.is_some_and(|cores| cores > 0));
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let testbed = machine.testbed(None);
        assert!(testbed.split('/').count() >= 3, "{testbed}");
        assert!(host.trim().is_empty() || !testbed.split('/').any(|part| part == host.trim()));
    }
}
