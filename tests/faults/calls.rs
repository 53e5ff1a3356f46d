//! The system calls that are made to fail, or at which a run is killed, by `strace`.

use std::process::Command;

use crate::support::environment;

/// The system calls that are made to fail, and how. Not `close`: it is not made then, and whoever waits
/// for the end of a pipe waits for ever, where the kernel closes whatever it answers (`man 2 close`).
pub const ERRORS: [(&[&str], &[&str]); 16] = [
    (
        &["openat"],
        &["EACCES", "EMFILE", "ENFILE", "ENOMEM", "ENOSPC", "EIO"],
    ),
    (&["read", "pread64", "getdents64"], &["EIO", "ENOMEM"]),
    (&["write", "pwrite64"], &["ENOSPC", "EDQUOT", "EIO"]),
    (&["fsync", "fdatasync"], &["EIO", "ENOSPC"]),
    (
        &["rename", "renameat", "renameat2"],
        &["EPERM", "EBUSY", "EROFS", "ENOSPC", "EXDEV", "EIO"],
    ),
    (
        &["link", "linkat"],
        &["EPERM", "EXDEV", "EMLINK", "EOPNOTSUPP", "EIO"],
    ),
    (
        &["unlink", "unlinkat", "rmdir"],
        &["EPERM", "EBUSY", "EROFS", "EIO"],
    ),
    (&["mkdir", "mkdirat"], &["ENOSPC", "EACCES", "EROFS", "EIO"]),
    (&["fchmod", "fchown"], &["EPERM", "EIO"]),
    (&["flock"], &["EAGAIN", "ENOLCK"]),
    (
        &["flistxattr", "fgetxattr", "fsetxattr", "fremovexattr"],
        &["EOPNOTSUPP", "ENOSPC", "EIO"],
    ),
    (
        &["statx", "newfstatat", "fstat"],
        &["EACCES", "ENOMEM", "EIO"],
    ),
    (&["readlink", "getcwd", "lseek"], &["EACCES", "EIO"]),
    (&["clone", "clone3", "vfork"], &["EAGAIN", "ENOMEM"]),
    (&["pipe2", "execve", "dup3", "fcntl"], &["EMFILE", "ENOMEM"]),
    (&["mmap"], &["ENOMEM"]),
];

/// The calls by which a run changes what is on the disk.
pub const CHANGES: [&str; 15] = [
    "openat",
    "write",
    "fsync",
    "rename",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "fchmod",
    "fchown",
    "flock",
    "fsetxattr",
];

/// Whether system calls can be made to fail here; says so where they cannot.
pub fn can_inject() -> bool {
    let mut probe = strace(&["-o", "/dev/null"]);
    let can = probe.arg("true").output();
    let can = can.is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: system calls cannot be made to fail without strace");
    }
    can
}

pub fn strace(arguments: &[&str]) -> Command {
    let mut strace = environment::command("strace");
    strace.args(["-f", "-qq"]).args(arguments);
    strace
}
