//! The disk beside what a walk has listed.

use engine::index::survey::Surveyor;
use engine::request::Request;
use transforms::CATALOGUE;

use super::*;
use crate::walk::walk;

#[test]
fn what_a_walk_has_listed_is_what_the_disk_holds() {
    let root = tempfile::tempdir().unwrap();
    let files = [
        "main.tf",
        "a/b.tf",
        "a/b.tf~",
        "a/deploy.sh",
        "a/.terraform/x.sh",
        ".git/x.sh",
        ".ci/deploy/plan.sh",
        ".github/workflows/ci.yml",
        "node_modules/x.sh",
        "nested/.git",
        "nested/c/d.sh",
        "configured/tfkeyless.hcl",
        "configured/e.sh",
    ];
    for file in files {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let (fresh, walked) = (Disk::new(root.path()), Disk::new(root.path()));
    walk(&walked, &Surveyor::new(&walked, &Request::usual(CATALOGUE))).unwrap();
    let tree = |disk: &Disk<'_>| {
        let mut files = disk.tree().unwrap();
        files.sort();
        files
    };
    let expected = [
        ".ci/deploy/plan.sh",
        ".github/workflows/ci.yml",
        "a/b.tf",
        "a/b.tf~",
        "a/deploy.sh",
        "configured/e.sh",
        "configured/tfkeyless.hcl",
        "main.tf",
        "nested/c/d.sh",
    ];
    assert_eq!(tree(&walked), expected.map(PathBuf::from));
    assert_eq!(tree(&fresh), tree(&walked));
    for directory in ["", "a", ".ci/deploy", "nested", "nested/c", "none"] {
        let directory = Path::new(directory);
        let listed = walked.files(directory).unwrap();
        assert_eq!(fresh.files(directory).unwrap(), listed, "{directory:?}");
    }
    let expected = ["a/b.tf", "a/deploy.sh"].map(PathBuf::from);
    assert_eq!(walked.files(Path::new("a")).unwrap(), expected);
}

#[test]
fn a_link_is_a_file_of_its_directory_once_a_walk_has_followed_it() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("a")).unwrap();
    fs::write(root.path().join("main.tf"), "x").unwrap();
    for (link, target) in [("a/main.tf", "../main.tf"), ("a/gone.tf", "gone")] {
        std::os::unix::fs::symlink(target, root.path().join(link)).unwrap();
    }
    let (fresh, walked) = (Disk::new(root.path()), Disk::new(root.path()));
    walk(&walked, &Surveyor::new(&walked, &Request::usual(CATALOGUE))).unwrap();
    let link = Path::new("a/main.tf");
    assert_eq!(walked.files(Path::new("a")).unwrap(), [link]);
    assert_eq!(walked.tree().unwrap(), [PathBuf::from("main.tf")]);
    let mut buffer = Vec::new();
    walked.read(link, &mut buffer).unwrap();
    assert_eq!(buffer, b"x");
    assert_eq!(walked.obstacle(link).unwrap(), None);
    // Where no walk has been, nothing is known of what it leads to.
    assert_eq!(
        fresh.files(Path::new("a")).unwrap(),
        [""; 0].map(PathBuf::from)
    );
    let obstacle = fresh.obstacle(link).unwrap();
    assert_eq!(obstacle.as_deref(), Some("is a symbolic link"));
}

#[test]
fn what_a_link_leads_to_out_of_the_root_is_not_read() {
    let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(outside.path().join("run.sh"), "x").unwrap();
    fs::create_dir(root.path().join("scripts")).unwrap();
    fs::create_dir(root.path().join(".hidden")).unwrap();
    let out = outside.path();
    for (link, target) in [
        ("scripts/run.sh", out.join("run.sh")),
        (".hidden/run.sh", out.join("run.sh")),
        ("out", out.to_path_buf()),
    ] {
        std::os::unix::fs::symlink(target, root.path().join(link)).unwrap();
    }
    let disk = Disk::new(root.path());
    walk(&disk, &Surveyor::new(&disk, &Request::usual(CATALOGUE))).unwrap();
    for path in [
        "scripts/run.sh",
        ".hidden/run.sh",
        "out/run.sh",
        "../run.sh",
    ] {
        disk.read(Path::new(path), &mut Vec::new()).unwrap_err();
    }
    assert_eq!(
        disk.files(Path::new("out")).unwrap(),
        [""; 0].map(PathBuf::from)
    );
    assert_eq!(
        disk.files(Path::new("scripts")).unwrap(),
        [""; 0].map(PathBuf::from)
    );
}

#[test]
fn nothing_is_listed_twice() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("a")).unwrap();
    fs::write(root.path().join("a/b.tf"), "").unwrap();
    let disk = Disk::new(root.path());
    walk(&disk, &Surveyor::new(&disk, &Request::usual(CATALOGUE))).unwrap();
    fs::remove_dir_all(root.path().join("a")).unwrap();
    let expected = [PathBuf::from("a/b.tf")];
    assert_eq!(disk.files(Path::new("a")).unwrap(), expected);
    assert_eq!(disk.tree().unwrap(), expected);
}

#[test]
fn a_buffer_is_read_into_again_and_again() {
    let root = tempfile::tempdir().unwrap();
    let disk = Disk::new(root.path());
    let mut buffer = Vec::new();
    for length in [200_000, 3, 0, 65_535, 65_536, 65_537] {
        let content = vec![b'x'; length];
        fs::write(root.path().join("a"), &content).unwrap();
        disk.read(Path::new("a"), &mut buffer).unwrap();
        assert_eq!(buffer, content);
    }
}
