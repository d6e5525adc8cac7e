//! A run is put into its place in one step, and what a stopped one left behind is cleared away.
//!
//! A workspace `.restock-*` stands beside the folder: in it, the folder as it will be. It trades places with the one that
//! is there, so that a full disk or a power cut leaves the old folder or the new one, never some of both.

use super::plan::{Plan, State};
use crate::manifest::{MANIFEST, Manifest, digest, slashed};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

const PREFIX: &str = ".restock-";

/// Names inside a workspace: who holds it, the folder as it will be, and the earlier one while it is moved.
const LOCK: &str = "lock";
const NEW: &str = "new";
const ASIDE: &str = "aside";

/// A folder as it will be, and the lock by which others see that somebody still works on it. Dropped, it removes itself.
#[derive(Debug)]
pub(super) struct Workspace {
    // Closed before the folder is removed: some systems do not remove open files.
    _lock: File,
    dir: tempfile::TempDir,
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // It may have taken over a mode that forbids to clear it.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let _ = fs::set_permissions(self.new_folder(), fs::Permissions::from_mode(0o755));
        }
    }
}

impl Workspace {
    /// Makes a workspace beside `target`.
    pub fn beside(target: &Path) -> io::Result<Self> {
        let parent = parent(target);
        let _held = hold(parent);
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        let mut lock = File::create_new(dir.path().join(LOCK))?;
        // The name is for whoever clears away after a stop in the middle of the move.
        lock.write_all(target.file_name().unwrap_or_default().to_string_lossy().as_bytes())?;
        // Where locks are not to be had the workspace is left alone by everybody.
        let _ = lock.try_lock();
        fs::create_dir(dir.path().join(NEW))?;
        Ok(Workspace { _lock: lock, dir })
    }

    /// The folder as it will be.
    pub fn new_folder(&self) -> PathBuf {
        self.dir.path().join(NEW)
    }

    /// Puts the folder in the place of `target`, as planned. The reader's files are in both until the old one is cleared.
    pub fn put(&self, target: &Path, plan: &Plan, found: &BTreeMap<PathBuf, State>) -> io::Result<()> {
        let new = self.new_folder();
        for path in &plan.withheld {
            fs::remove_file(new.join(path))?;
            for folder in path.ancestors().skip(1).filter(|a| !a.as_os_str().is_empty()) {
                // Fails where something is left in it.
                let _ = fs::remove_dir(new.join(folder));
            }
        }
        for path in plan.carried.iter().chain(&plan.kept) {
            if found[path] == State::EmptyFolder {
                fs::create_dir_all(new.join(path))?;
            } else {
                carry(&target.join(path), &new.join(path))?;
            }
        }
        if target.exists() {
            fs::set_permissions(&new, fs::metadata(target)?.permissions())?;
        }
        sync_folders(&new)?;
        swap(&new, target, &self.dir.path().join(ASIDE))?;
        // The run is in its place: what is left of the old one is ours, in both, or came a moment ago.
        if new.exists() {
            let gone: Vec<&PathBuf> = found.keys().filter(|p| !plan.kept.contains(p)).collect();
            clear(&new, target, &gone);
        }
        sync(parent(target))
    }
}

/// What is in a folder, by path, but for a manifest of ours.
pub(super) fn scan(target: &Path, earlier: Option<&Manifest>) -> io::Result<BTreeMap<PathBuf, State>> {
    let listed: BTreeMap<&str, _> =
        earlier.iter().flat_map(|m| &m.outputs).map(|o| (o.path.as_str(), (o.bytes, o.sha256.as_str()))).collect();
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let mut empty = true;
        for entry in fs::read_dir(target.join(&folder))? {
            let entry = entry?;
            empty = false;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
                continue;
            }
            if earlier.is_some() && path.as_os_str() == MANIFEST {
                continue;
            }
            let same = |(bytes, sha256): &(u64, &str)| -> io::Result<bool> {
                Ok(kind.is_file() && entry.metadata()?.len() == *bytes && digest(&entry.path())?.1 == *sha256)
            };
            let ours = listed.get(slashed(&path).as_str()).map(same).transpose()?.unwrap_or(false);
            found.insert(path, if ours { State::Ours } else { State::Readers });
        }
        if empty && !folder.as_os_str().is_empty() {
            found.insert(folder, State::EmptyFolder);
        }
    }
    Ok(found)
}

/// Clears away workspaces in `folder` whose owner is gone. Returns their names.
pub(super) fn sweep(folder: &Path) -> Vec<PathBuf> {
    let _held = hold(folder);
    let mut swept = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && left_behind(&path) && restored(&path, folder) {
            // A link is removed as a link.
            if fs::remove_dir_all(&path).is_ok() {
                swept.push(path);
            }
        }
    }
    swept
}

/// Whether a workspace is ours and nobody holds it. One without a lock is empty: the stop came before.
fn left_behind(workspace: &Path) -> bool {
    let known = |e: io::Result<fs::DirEntry>| e.is_ok_and(|e| [LOCK, NEW, ASIDE].iter().any(|n| e.file_name() == *n));
    let ours = fs::read_dir(workspace).is_ok_and(|mut entries| entries.all(known));
    ours && match File::open(workspace.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(_) => fs::read_dir(workspace).is_ok_and(|mut d| d.next().is_none()),
    }
}

/// Puts an earlier run back that a stop in the middle of the move left aside. False if that cannot be done.
fn restored(workspace: &Path, folder: &Path) -> bool {
    let aside = workspace.join(ASIDE);
    if !aside.exists() {
        return true;
    }
    let mut name = String::new();
    let read = File::open(workspace.join(LOCK)).and_then(|mut f| f.read_to_string(&mut name));
    let target = folder.join(&name);
    let plain = read.is_ok() && Path::new(&name).components().count() == 1 && Path::new(&name).file_name().is_some();
    plain && (target.exists() || fs::rename(aside, target).is_ok())
}

/// Holds `folder` against others who would move things in it; released when dropped. Where a folder cannot be locked,
/// nothing is held.
pub(super) fn hold(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// The folder above: `.` for a bare name.
pub(super) fn parent(target: &Path) -> &Path {
    target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a file stand in both folders: as a link to the same file or, where the file system has none, as a copy.
fn carry(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(parent(to))?;
    match fs::hard_link(from, to) {
        Err(e) if fs::symlink_metadata(from)?.is_file() && e.kind() != io::ErrorKind::AlreadyExists => {
            fs::copy(from, to)?;
            File::open(to)?.sync_all()
        }
        other => other,
    }
}

/// Trades places: afterwards `new` is what `target` was, if there was anything.
fn swap(new: &Path, target: &Path, aside: &Path) -> io::Result<()> {
    if !target.exists() {
        return fs::rename(new, target);
    }
    if exchanged(new, target)? {
        return Ok(());
    }
    fs::rename(target, aside)?;
    fs::rename(new, target).or_else(|e| fs::rename(aside, target).and(Err(e)))?;
    fs::rename(aside, new)
}

/// Trades places in one step. False where the system cannot do that.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchanged(a: &Path, b: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchanged(_a: &Path, _b: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Clears the `old` folder: what is `gone` is removed, all else goes to `target`, where nearly all of it stands already.
fn clear(old: &Path, target: &Path, gone: &[&PathBuf]) {
    for path in gone {
        let _ = fs::remove_file(old.join(path));
    }
    let _ = fs::remove_file(old.join(MANIFEST));
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(old.join(&folder)).into_iter().flatten().flatten() {
            let path = folder.join(entry.file_name());
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                folders.push(path);
                continue;
            }
            let _ = fs::create_dir_all(parent(&target.join(&path)));
            // A second link to the same file stays where it is, and goes with the workspace. A file that was saved anew in
            // between is the newer one.
            let _ = fs::rename(entry.path(), target.join(&path));
        }
    }
}

/// Makes the names in all folders below as lasting as the files, which were synced when they were written.
fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync(folder)
}

#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere folders cannot be opened: the system orders such writes itself.
#[cfg(not(unix))]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}
