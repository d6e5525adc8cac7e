//! Single files that commands write.

use super::{exit, print};
use crate::diag::words;
use crate::names;
use std::fs::File;
use std::io::Write;
use std::path::Path;

fn failed(path: &Path, e: &std::io::Error) -> u8 {
    print::failed(exit::IO, &format!("cannot write `{}`: {}", names::path(path), words::io(e)))
}

/// Writes a file beside its place and renames it, so that a stop leaves the old one or the new one; through a link, if the
/// place is one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<File, u8> {
    let place = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let lasting = |file: &mut File| file.write_all(bytes).and_then(|()| file.sync_all());
    let written = if place.exists() && !place.is_file() {
        // A device or a pipe has no file beside it.
        File::options().write(true).open(&place).and_then(|mut file| file.write_all(bytes).map(|()| file))
    } else {
        let folder = place.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        beside().tempfile_in(folder).and_then(|mut file| {
            lasting(file.as_file_mut())?;
            Ok(file.persist(&place)?)
        })
    };
    written.map_err(|e| failed(path, &e))
}

/// Files that others may read as far as the user lets them: a temporary file is the user's alone if nobody says otherwise.
fn beside() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".restock-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
}
