use std::fs;

use engine::planner;
use engine::request::Request;
use transforms::{CATALOGUE, SCANS};

use super::*;
use crate::run_directory::RunDirectory;

#[test]
fn every_directory_that_is_not_entered_has_a_reason_but_gits_own() {
    let root = tempfile::tempdir().unwrap();
    let files = [
        "main.tf",
        "a/b.tofu",
        "a/override.tf",
        "a/x.tftest.hcl",
        "a/dev.s3.tfbackend",
        "a/.terraform.lock.hcl",
        "a/README.md",
        ".github/workflows/ci.yml",
        "a/.terraform/x.tf",
        ".git/x.tf",
        ".hidden/x.tf",
        "node_modules/x.tf",
        "nested/.git/HEAD",
        "nested/x.tf",
        "a/.hidden.tf",
        "a/.#x.tftest.hcl",
        "a/main.tf~",
        "a/#main.tf#",
        "configured/tfkeyless.hcl",
        "configured/x.tf",
        "b/x.md",
    ];
    for file in files {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "provider \"aws\" {\n  version = \"~> 4.0\"\n}\n").unwrap();
    }
    let killed = RunDirectory::new(&root.path().join("b")).unwrap();
    drop(killed.create_file("journal").unwrap());
    std::os::unix::fs::symlink("main.tf", root.path().join("link.tf")).unwrap();
    std::os::unix::fs::symlink("a", root.path().join("linked")).unwrap();
    std::os::unix::fs::symlink("gone.tf", root.path().join("gone.tf")).unwrap();
    // An editor's lock.
    std::os::unix::fs::symlink("me@host.1", root.path().join(".#main.tf")).unwrap();
    let request = Request::usual(CATALOGUE);
    let disk = Disk::new(root.path());
    let walked = walk(&disk, &Surveyor::new(&disk, &request)).unwrap();
    let mut skipped: Vec<_> = walked.skipped.into_iter().map(|skip| skip.path).collect();
    skipped.sort();
    let expected = [
        ".#main.tf",
        ".hidden",
        "a/#main.tf#",
        "a/.#x.tftest.hcl",
        "a/.hidden.tf",
        "a/.terraform",
        "a/main.tf~",
        "b/.tfkeyless",
        "configured",
        "gone.tf",
        "nested",
        "node_modules",
    ];
    assert_eq!(skipped, expected.map(PathBuf::from));
    assert_eq!(walked.interrupted, [root.path().join("b")]);
    let plan = planner::plan(&disk, walked.surveys, request, SCANS).unwrap();
    let read: Vec<_> = plan.changes.into_iter().map(|it| it.path).collect();
    let expected = ["a/b.tofu", "a/override.tf", "main.tf"];
    assert_eq!(read, expected.map(PathBuf::from));
}
