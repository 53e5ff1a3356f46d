//! New files that are like another one in everything but their content.

use std::ffi::{CStr, CString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use rustix::buffer::spare_capacity;
use rustix::fs::{OFlags, XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid, getgroups};

use super::slot::Slot;

/// Extended attributes that systems keep themselves: digests of the content, and where it came from.
const KEPT: [&CStr; 3] = [c"security.ima", c"security.evm", c"com.apple.provenance"];

/// Writes `content` to a new file with the mode, the owner and the extended attributes, access
/// control lists among them, that `like` has, down to the disk.
pub fn write(path: &Path, content: &[u8], like: &Path) -> anyhow::Result<()> {
    let like = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default())
        .open(like)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        // Nobody else may read it before it has the owner and the mode of the original.
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    let metadata = like.metadata()?;
    give(&file, &metadata)?;
    let attributes = attributes(&like)?;
    // A directory's default access control list came with the new file.
    for (name, _) in self::attributes(&file)? {
        if attributes.iter().all(|(other, _)| *other != name) {
            fremovexattr(&file, &name).with_context(|| attribute(&name))?;
        }
    }
    file.set_permissions(metadata.permissions())?;
    for (name, value) in &attributes {
        if attribute_of(&file, name)?.as_ref() != Some(value) {
            fsetxattr(&file, name, value, XattrFlags::empty()).with_context(|| attribute(name))?;
        }
    }
    if self::attributes(&file)? != attributes || file.metadata()?.mode() != metadata.mode() {
        bail!("a new file would have other extended attributes");
    }
    Ok(file.sync_all()?)
}

/// Keeps the target's old content: a second link to it, or a copy where the file system makes none.
pub fn back_up(slot: &Slot, before: &[u8]) -> anyhow::Result<()> {
    match fs::hard_link(&slot.target, &slot.backup) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            write(&slot.backup, before, &slot.target)
        }
        linked => Ok(linked?),
    }
}

/// Gives the file to the owner and the group that are in `like`.
fn give(file: &File, like: &Metadata) -> anyhow::Result<()> {
    let made = file.metadata()?;
    // Only root may give files away, so it is asked for only where it makes a difference; and
    // before the mode, since a new owner clears set-user-ID bits (chown(2)).
    if (made.uid(), made.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    fchown(file, Some(like.uid()), Some(like.gid())).map_err(|error| {
        if error.kind() != ErrorKind::PermissionDenied {
            return error.into();
        }
        if like.uid() != geteuid().as_raw() {
            let owner = named("/etc/passwd", like.uid());
            return anyhow!("it belongs to user {owner}, to whom you cannot give a new file");
        }
        let groups = getgroups().unwrap_or_default();
        let mut groups = groups.into_iter().chain([getegid()]);
        match groups.any(|group| group.as_raw() == like.gid()) {
            true => error.into(),
            false => {
                let group = named("/etc/group", like.gid());
                anyhow!("it belongs to group {group}, which you are not in")
            }
        }
    })
}

/// A user or group by its number, with the name that a table of the system has for it.
fn named(table: &str, number: u32) -> String {
    let table = fs::read_to_string(table).unwrap_or_default();
    let name = table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(number)).then_some(name)
    });
    name.map_or_else(|| number.to_string(), |name| format!("{name} ({number})"))
}

fn attribute(name: &CStr) -> String {
    let name = name.to_string_lossy();
    format!("the extended attribute {name} cannot be copied")
}

/// The extended attributes of a file in the order of their names; none where its file system has
/// none.
fn attributes(file: &File) -> anyhow::Result<Vec<(CString, Vec<u8>)>> {
    let mut names = Vec::new();
    match whole(&mut names, |names| flistxattr(file, spare_capacity(names))) {
        Err(Errno::NOTSUP) => return Ok(Vec::new()),
        listed => drop(listed.context("its extended attributes cannot be read")?),
    }
    let names = names.split_inclusive(|&byte| byte == 0);
    let names = names.filter_map(|name| CStr::from_bytes_with_nul(name).ok());
    let mut attributes = Vec::new();
    for name in names.filter(|name| !KEPT.contains(name)) {
        if let Some(value) = attribute_of(file, name)? {
            attributes.push((name.to_owned(), value));
        }
    }
    attributes.sort();
    Ok(attributes)
}

/// The value of an extended attribute; `None` where there is none.
fn attribute_of(file: &File, name: &CStr) -> anyhow::Result<Option<Vec<u8>>> {
    let mut value = Vec::new();
    match whole(&mut value, |value| {
        fgetxattr(file, name, spare_capacity(value))
    }) {
        Err(Errno::NODATA) => Ok(None),
        read => {
            read.with_context(|| attribute(name))?;
            Ok(Some(value))
        }
    }
}

/// Fills `buffer` by `read`, which fails with `RANGE` where the room in it is too little.
fn whole(
    buffer: &mut Vec<u8>,
    read: impl Fn(&mut Vec<u8>) -> rustix::io::Result<usize>,
) -> rustix::io::Result<usize> {
    // The kernel's limit for a list and for a value (`XATTR_LIST_MAX`, `XATTR_SIZE_MAX`).
    const MOST: usize = 64 * 1024;
    let mut room = 256;
    loop {
        buffer.clear();
        buffer.reserve(room);
        match read(buffer) {
            Err(Errno::RANGE) if room < MOST => room *= 4,
            read => return read,
        }
    }
}
