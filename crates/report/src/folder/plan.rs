//! What becomes of the files in a folder when a run is put there: decided before anything is touched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What is known of something in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The earlier run lists it, and it is as that run wrote it.
    Ours,
    /// The reader's: not listed by the earlier run, or changed since. Links count as such.
    Readers,
    /// A folder with nothing in it.
    EmptyFolder,
}

/// What becomes of everything in the folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Files of the same run that were not made anew: they stay, and stay listed.
    pub carried: Vec<PathBuf>,
    /// Files of another run: they go.
    pub removed: Vec<PathBuf>,
    /// The reader's, which stay; empty folders among them.
    pub kept: Vec<PathBuf>,
    /// The reader's, which go because the reader said so.
    pub overwritten: Vec<PathBuf>,
    /// Files of the new run whose place is the reader's: they are not written.
    pub withheld: Vec<PathBuf>,
}

/// Decides by what is `found` in the folder, whether the run in it is the `same`, and the files of the `new` one. With
/// `force`, the reader's files give way to new ones of the same name.
pub(super) fn plan(found: &BTreeMap<PathBuf, State>, same: bool, new: &BTreeSet<PathBuf>, force: bool) -> Plan {
    let mut plan = Plan::default();
    for (path, state) in found {
        let in_the_way = !rivals(path, new).is_empty();
        let list = match state {
            State::Ours if in_the_way && same => continue,
            State::Ours if same => &mut plan.carried,
            State::Ours => &mut plan.removed,
            State::EmptyFolder if in_the_way => continue,
            State::Readers if in_the_way && force => &mut plan.overwritten,
            State::Readers | State::EmptyFolder => &mut plan.kept,
        };
        list.push(path.clone());
    }
    let withheld = plan.kept.iter().filter(|p| found[*p] == State::Readers).flat_map(|p| rivals(p, new));
    plan.withheld = withheld.collect::<BTreeSet<_>>().into_iter().cloned().collect();
    plan
}

/// The new files that cannot stand beside `path`: the same one, one above it, and those below it.
fn rivals<'a>(path: &Path, new: &'a BTreeSet<PathBuf>) -> Vec<&'a PathBuf> {
    let above = path.ancestors().filter(|a| !a.as_os_str().is_empty()).filter_map(|a| new.get(a));
    let below = new.iter().filter(|n| n.as_path() != path && n.starts_with(path));
    above.chain(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<PathBuf> {
        text.split_whitespace().map(PathBuf::from).collect()
    }

    /// Found, by state; the new run's files; what is carried, removed, kept, overwritten, withheld.
    fn holds(ours: &str, readers: &str, same: bool, new: &str, force: bool, expected: [&str; 5]) {
        let all = paths(ours).into_iter().map(|p| (p, State::Ours));
        let found = all.chain(paths(readers).into_iter().map(|p| (p, State::Readers))).collect();
        let [carried, removed, kept, overwritten, withheld] = expected.map(paths);
        let expected = Plan { carried, removed, kept, overwritten, withheld };
        assert_eq!(
            plan(&found, same, &paths(new).into_iter().collect(), force),
            expected,
            "{ours} | {readers} | {new}"
        );
    }

    #[test]
    fn the_same_run_adds_and_replaces_and_removes_nothing() {
        holds("a charts/b", "", true, "a charts/b c", false, ["", "", "", "", ""]);
        holds("a charts/b", "notes", true, "a", false, ["charts/b", "", "notes", "", ""]);
        holds("a", "charts/b", true, "a charts/b", false, ["", "", "charts/b", "", "charts/b"]);
        holds("a", "charts/b notes", true, "a charts/b", true, ["", "", "notes", "charts/b", ""]);
    }

    #[test]
    fn of_another_run_all_goes_that_is_ours() {
        holds("a charts/b", "notes", false, "a", false, ["", "a charts/b", "notes", "", ""]);
        holds("a", "charts/b", false, "a charts/b", false, ["", "a", "charts/b", "", "charts/b"]);
        holds("a", "charts/b notes", false, "a charts/b", true, ["", "a", "notes", "charts/b", ""]);
    }

    #[test]
    fn a_file_and_a_folder_of_one_name_cannot_both_be() {
        holds("", "charts", true, "charts/b charts/c", false, ["", "", "charts", "", "charts/b charts/c"]);
        holds("", "a/x/y", true, "a", false, ["", "", "a/x/y", "", "a"]);
        holds("", "a/x/y", true, "a", true, ["", "", "", "a/x/y", ""]);
        holds("", "charts-old", true, "charts/b", false, ["", "", "charts-old", "", ""]);
    }

    #[test]
    fn empty_folders_stay_where_nothing_comes() {
        let found = BTreeMap::from([("charts".into(), State::EmptyFolder), ("mine".into(), State::EmptyFolder)]);
        let plan = plan(&found, false, &paths("charts/b").into_iter().collect(), false);
        assert_eq!(plan, Plan { kept: paths("mine"), ..Plan::default() });
    }
}
