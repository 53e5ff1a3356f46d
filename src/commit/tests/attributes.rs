//! Extended attributes, access control lists among them.

use rustix::fs::{XattrFlags, getxattr, listxattr, setxattr};

use super::*;

const ACCESS: &str = "system.posix_acl_access";
const DEFAULT: &str = "system.posix_acl_default";

/// An access control list as the kernel has it (`linux/posix_acl_xattr.h`): a version, then tag,
/// rights and id of each entry.
fn list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
    let mut list = 2u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(rights.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

/// The rights of owner, a named user, group, mask and others.
fn rights(user: u32) -> Vec<u8> {
    const NOBODY: u32 = u32::MAX;
    list(&[
        (0x01, 6, NOBODY),
        (0x02, 4, user),
        (0x04, 0, NOBODY),
        (0x10, 4, NOBODY),
        (0x20, 0, NOBODY),
    ])
}

fn value(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 4096];
    let length = getxattr(path, name, &mut value[..]).ok()?;
    value.truncate(length);
    Some(value)
}

fn set(path: &Path, name: &str, value: &[u8]) {
    setxattr(path, name, value, XattrFlags::empty()).unwrap();
}

/// Whether the file system of temporary files has this attribute.
fn is_known(name: &str, value: &[u8]) -> bool {
    let file = tempfile::NamedTempFile::new().unwrap();
    let is_known = setxattr(file.path(), name, value, XattrFlags::empty()).is_ok();
    if !is_known {
        eprintln!("skipped: no {name} on this file system");
    }
    is_known
}

#[test]
fn attributes_are_those_of_the_original() {
    if !is_known("user.origin", b"x") {
        return;
    }
    let world = TestTree::new(2);
    let long = vec![b'x'; 2000];
    set(&world.file(0), "user.origin", b"https://example.com/");
    set(&world.file(0), "user.empty", b"");
    set(&world.file(0), "user.long", &long);
    commit(world.root(), &world.changes).unwrap().unwrap();
    world.assert_new();
    let origin = value(&world.file(0), "user.origin");
    assert_eq!(origin.as_deref(), Some(&b"https://example.com/"[..]));
    assert_eq!(value(&world.file(0), "user.empty"), Some(Vec::new()));
    assert_eq!(value(&world.file(0), "user.long"), Some(long));
    assert_eq!(value(&world.file(1), "user.origin"), None);
}

#[test]
fn rights_are_those_of_the_original_and_not_of_the_directory() {
    if !is_known(ACCESS, &rights(1234)) {
        return;
    }
    let world = TestTree::new(4);
    set(&world.file(0), ACCESS, &rights(1234));
    // What is made there has rights of its own, which the second file has never had.
    set(&world.root().join("sub"), DEFAULT, &rights(4321));
    set(&world.file(1), ACCESS, &rights(1234));
    let modes = |world: &TestTree| {
        let files = (0..4).map(|n| fs::metadata(world.file(n)).unwrap().mode());
        files.collect::<Vec<_>>()
    };
    let before = modes(&world);
    commit(world.root(), &world.changes).unwrap().unwrap();
    assert_eq!(value(&world.file(0), ACCESS), Some(rights(1234)));
    assert_eq!(value(&world.file(1), ACCESS), Some(rights(1234)));
    assert_eq!(value(&world.file(2), ACCESS), None);
    assert_eq!(value(&world.file(3), ACCESS), None);
    assert_eq!(listxattr(world.file(3), &mut [0; 64][..]).unwrap(), 0);
    assert_eq!(modes(&world), before);
}
