//! What memory the system leaves us: of the machine, of our control groups, and of our address space.

use super::{Outcome, exit, print};
use crate::diag::Code;
use std::path::{Path, PathBuf};

const MIB: u64 = 1 << 20;
/// Tables while they are written, beyond what the study itself holds.
const WRITING: u64 = 40 * MIB;
/// Charts and documents, which are made when the study has let go of most of what it held.
const DRAWING: u64 = 150 * MIB;
/// Address space that a thread reserves: its stack and an arena of the allocator of the C library.
const THREAD: u64 = (64 + 2) * MIB;
/// An arena reserves twice its size for a moment, to cut off what is not aligned.
const ALIGNING: u64 = 64 * MIB;
/// Threads besides those of the study: the first one, and those of the tables' library.
const FURTHER: u64 = 3;

/// What a run asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Bytes of the study.
    pub study: u64,
    pub threads: u64,
    /// Whether a run folder is written, and whether there are charts in it.
    pub writes: bool,
    pub draws: bool,
}

impl Wanted {
    fn memory(self) -> u64 {
        self.study.max(if self.writes && self.draws { DRAWING } else { 0 }) + if self.writes { WRITING } else { 0 }
    }

    /// What an arena reserves counts against a limit on the address space, used or not.
    fn address_space(self, arenas: Option<u64>) -> u64 {
        let threads = self.threads + if self.writes { FURTHER } else { 1 };
        let (arenas, aligning) = match arenas {
            Some(most) => (most.saturating_sub(1).min(threads), if most > 1 { ALIGNING } else { 0 }),
            None => (threads, ALIGNING),
        };
        self.memory() + arenas * THREAD + threads * 2 * MIB + aligning
    }
}

/// Refuses a run that would not fit.
pub(super) fn fits(wanted: Wanted) -> Outcome {
    let override_of = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    match problem(wanted, Path::new("/"), override_of("RESTOCK_MEMORY"), override_of("MALLOC_ARENA_MAX")) {
        None => Ok(()),
        Some(problem) => Err(print::failed(exit::INVALID, &format!("[{}] {problem}", Code::TooLarge.name()))),
    }
}

/// Why so many bytes are not to be had, if they are not: what a panel of that size would need.
pub(super) fn room(bytes: u64) -> Result<(), String> {
    let told = std::env::var("RESTOCK_MEMORY").ok().and_then(|v| v.parse::<u64>().ok());
    match told.map_or_else(|| free(Path::new("/")), |free| Some((free, "free".to_owned()))) {
        Some((free, of)) if bytes > free => {
            Err(format!("about {} would be needed, and {} are {of}", size(bytes), size(free)))
        }
        _ => Ok(()),
    }
}

/// What stands in the way, by the files of the system below `root`. `memory` stands for what is free.
fn problem(wanted: Wanted, root: &Path, memory: Option<u64>, arenas: Option<u64>) -> Option<String> {
    let (free, of) = memory.map_or_else(|| free(root), |free| Some((free, "free".to_owned())))?;
    if wanted.memory() > free {
        return Some(format!(
            "the run would need about {}, and {} are {of}; use fewer replications, or split the products over several scenarios",
            size(wanted.memory()),
            size(free)
        ));
    }
    let left = address_space(root)?;
    let needed = wanted.address_space(arenas);
    (needed > left).then(|| {
        format!(
            "the run would need about {} of address space, and {} are left of the limit (`ulimit -v`); raise the limit, or set the environment variable MALLOC_ARENA_MAX=1, with which it needs {}",
            size(needed),
            size(left),
            size(wanted.address_space(Some(1)))
        )
    })
}

/// `417 MiB`, `1.5 GiB`.
pub(super) fn size(bytes: u64) -> String {
    if bytes >= 1024 * MIB {
        format!("{:.1} GiB", bytes as f64 / (1024 * MIB) as f64)
    } else {
        format!("{} MiB", bytes.div_ceil(MIB))
    }
}

/// The least that the machine and each control group on our way up leave, and whose that is. Absent where nothing is said.
fn free(root: &Path) -> Option<(u64, String)> {
    let machine = field(&root.join("proc/meminfo"), "MemAvailable:").map(|kib| (kib * 1024, "free".to_owned()));
    machine.into_iter().chain(groups(root)).min_by_key(|(bytes, _)| *bytes)
}

/// What every control group with a limit leaves: version 2 (`memory.max`) and version 1 (`memory.limit_in_bytes`).
fn groups(root: &Path) -> Vec<(u64, String)> {
    let Ok(text) = std::fs::read_to_string(root.join("proc/self/cgroup")) else { return Vec::new() };
    let mut out = Vec::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let first = controllers.split(',').any(|c| c == "memory");
        if !first && !controllers.is_empty() {
            continue;
        }
        let mounts: &[&str] =
            if first { &["sys/fs/cgroup/memory"] } else { &["sys/fs/cgroup", "sys/fs/cgroup/unified"] };
        for mount in mounts {
            let mount = root.join(mount);
            // In a container the path may be that of the host, and only its end, or nothing of it, is there.
            let mut path = PathBuf::from(path.trim_start_matches('/'));
            loop {
                out.extend(group(&mount.join(&path), first).map(|free| {
                    (free, format!("left of the limit of our control group `/{}`", crate::names::path(&path)))
                }));
                if !path.pop() {
                    break;
                }
            }
        }
    }
    out
}

/// What a control group leaves; pages of files count as free, for they give way.
fn group(folder: &Path, first: bool) -> Option<u64> {
    let (limit, usage, pages) = if first {
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    } else {
        ("memory.max", "memory.current", "inactive_file")
    };
    let number = |name: &str| std::fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    let used = number(usage).unwrap_or(0).saturating_sub(field(&folder.join("memory.stat"), pages).unwrap_or(0));
    Some(number(limit)?.saturating_sub(used))
}

/// What is left of a limit on the address space; absent if there is none.
fn address_space(root: &Path) -> Option<u64> {
    let limits = std::fs::read_to_string(root.join("proc/self/limits")).ok()?;
    let line = limits.lines().find_map(|l| l.strip_prefix("Max address space"))?;
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    let used = field(&root.join("proc/self/status"), "VmSize:").unwrap_or(0) * 1024;
    Some(limit.saturating_sub(used))
}

/// The number behind a name at the beginning of a line.
fn field(file: &Path, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().find_map(|l| l.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file system of its own with these files.
    fn system(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("restock-memory-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    const MACHINE: (&str, &str) = ("proc/meminfo", "MemTotal:  8000000 kB\nMemAvailable:  4194304 kB\n");

    fn wanted(study: u64) -> Wanted {
        Wanted { study: study * MIB, threads: 2, writes: false, draws: false }
    }

    #[test]
    fn the_tightest_group_on_the_way_up_counts() {
        let second = system(
            "v2",
            &[
                MACHINE,
                ("proc/self/cgroup", "0::/pod/task\n"),
                ("sys/fs/cgroup/pod/task/memory.max", "max\n"),
                ("sys/fs/cgroup/pod/memory.max", "536870912\n"),
                ("sys/fs/cgroup/pod/memory.current", "300000000\n"),
                ("sys/fs/cgroup/pod/memory.stat", "anon 5\ninactive_file 200000000\n"),
            ],
        );
        assert_eq!(free(&second), Some((436_870_912, "left of the limit of our control group `/pod`".into())));
        let said = problem(wanted(1_000), &second, None, None).unwrap();
        assert!(
            said.contains("about 1000 MiB, and 417 MiB are left of the limit of our control group `/pod`"),
            "{said}"
        );
        assert_eq!(problem(wanted(400), &second, None, None), None);

        // Version 1 in a container: the path is that of the host.
        let first = system(
            "v1",
            &[
                MACHINE,
                ("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n"),
                ("sys/fs/cgroup/memory/memory.limit_in_bytes", "104857600\n"),
                ("sys/fs/cgroup/memory/memory.usage_in_bytes", "4857600\n"),
            ],
        );
        assert_eq!(free(&first).map(|f| f.0), Some(100_000_000));
        let none = system("none", &[MACHINE, ("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/memory.max", "max\n")]);
        assert_eq!(free(&none), Some((4 << 30, "free".into())));
        for root in [second, first, none] {
            std::fs::remove_dir_all(root).unwrap();
        }
    }

    #[test]
    fn a_limit_on_the_address_space_counts_stacks_and_arenas() {
        let limits = "\
             Limit  Soft Limit  Hard Limit  Units\n\
             Max cpu time  unlimited  unlimited  seconds\n\
             Max address space         524288000            524288000            bytes\n";
        let root = system(
            "as",
            &[MACHINE, ("proc/self/limits", limits), ("proc/self/status", "Name: x\nVmSize:  102400 kB\n")],
        );
        assert_eq!(address_space(&root), Some(400 * MIB));
        assert_eq!(problem(wanted(100), &root, None, None), None);
        let said = problem(wanted(150), &root, None, None).unwrap();
        assert!(
            said.contains("about 418 MiB of address space, and 400 MiB are left") && said.contains("needs 156 MiB"),
            "{said}"
        );
        assert_eq!(problem(wanted(150), &root, None, Some(1)), None, "one arena is enough");
        let root_without =
            system("unlimited", &[MACHINE, ("proc/self/limits", "Max address space  unlimited  unlimited  bytes\n")]);
        assert_eq!(address_space(&root_without), None);
        for root in [root, root_without] {
            std::fs::remove_dir_all(root).unwrap();
        }
    }
}
