//! The branch and the commit that changes land on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::checkout::Checkout;
use crate::support::environment;

const ROLE: &str = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AFTER: &str = "provider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n";
const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\n";
const LAND: [&str; 5] = ["apply", "--yes", "--branch", "tfkeyless", "--commit"];

/// Settings of the caller by which a commit fails, after the files are written.
pub const CANNOT_SIGN: [(&str, &str); 5] = [
    ("GIT_CONFIG_COUNT", "2"),
    ("GIT_CONFIG_KEY_0", "commit.gpgSign"),
    ("GIT_CONFIG_VALUE_0", "true"),
    ("GIT_CONFIG_KEY_1", "gpg.program"),
    ("GIT_CONFIG_VALUE_1", "/nonexistent"),
];

fn repository() -> Checkout {
    let checkout = Checkout::committed(&[
        ("main.tf", ROLE),
        ("tfkeyless.hcl", CONFIG),
        ("notes", "a\n"),
    ]);
    checkout.git(&["config", "user.name", "a"]);
    checkout.git(&["config", "user.email", "a@example.com"]);
    checkout
}

/// Name of the branch, and the commits of it.
fn branch(checkout: &Checkout) -> (String, usize) {
    let name = checkout.git(&["branch", "--show-current"]);
    let log = checkout.git(&["log", "--format=%H"]);
    (name.trim().to_owned(), log.lines().count())
}

#[test]
fn one_commit_on_a_new_branch_holds_the_changed_files_alone() {
    let checkout = repository();
    checkout.write("notes", "staged\n");
    checkout.git(&["add", "notes"]);
    checkout.write("other", "untracked\n");
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
    assert_eq!(
        checkout.git(&["show", "--format=", "--name-only"]),
        "main.tf\n"
    );
    assert_eq!(checkout.git(&["status", "--short"]), "M  notes\n?? other\n");
    assert_eq!(checkout.read("main.tf"), AFTER);
    assert_eq!(
        checkout.git(&["log", "-1", "--format=%B"]).trim_end(),
        "Move off static AWS keys\n\nremove_assume_role: 1 change"
    );
    assert_eq!(checkout.git(&["show", "main:main.tf"]), ROLE);
    // Nothing is left of it in git's directory, and a second run has nothing to do.
    assert!(!checkout.path().join(".git/tfkeyless-commit").exists());
    checkout
        .run(&LAND)
        .code(0)
        .says("Plan: no changes; 1 needs manual work.");
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
}

#[test]
fn nothing_to_change_makes_no_branch() {
    let checkout = Checkout::committed(&[("main.tf", AFTER)]);
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("main".to_owned(), 1));
    assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
}

#[test]
fn the_message_can_be_given() {
    let checkout = repository();
    checkout.write("message", "OPS-1: off keys\n\n# kept\n");
    let given = [&LAND[..], &["--message", "message"]].concat();
    checkout.run(&given).code(0);
    let message = checkout.git(&["log", "-1", "--format=%B"]);
    assert_eq!(message.trim_end(), "OPS-1: off keys\n\n# kept");
}

#[test]
fn a_commit_without_a_branch_stays_on_the_branch() {
    let checkout = repository();
    checkout.run(&["apply", "--yes", "--commit"]).code(0);
    assert_eq!(branch(&checkout), ("main".to_owned(), 2));
    let other = repository();
    other.run(&["apply", "--yes", "--branch", "b"]).code(0);
    assert_eq!(branch(&other), ("b".to_owned(), 1));
    assert_eq!(other.git(&["status", "--short"]), " M main.tf\n");
}

#[test]
fn no_hook_runs() {
    let checkout = repository();
    let hooks = checkout.path().join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for hook in [
        "pre-commit",
        "commit-msg",
        "post-commit",
        "post-checkout",
        "reference-transaction",
    ] {
        let path = hooks.join(hook);
        fs::write(
            &path,
            "#!/bin/sh\ntouch \"$(git rev-parse --show-toplevel)/ran\"\nexit 1\n",
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
    assert!(!checkout.path().join("ran").exists());
}

#[test]
fn what_cannot_land_is_not_written() {
    let taken = repository();
    taken.git(&["branch", "tfkeyless"]);
    taken
        .run(&LAND)
        .code(2)
        .says("there is a branch tfkeyless already");
    assert_eq!(taken.read("main.tf"), ROLE);
    assert_eq!(branch(&taken), ("main".to_owned(), 1));
    assert!(!taken.path().join(".git/tfkeyless-commit").exists());

    let dirty = repository();
    dirty.write("main.tf", &format!("# mine\n{ROLE}"));
    dirty.run(&LAND).code(2).says("uncommitted changes");
    assert_eq!(branch(&dirty), ("main".to_owned(), 1));

    let bare = Checkout::without_git(&[("main.tf", ROLE), ("tfkeyless.hcl", "")]);
    bare.run(&LAND).code(2).says("is no git repository");
    assert_eq!(bare.read("main.tf"), ROLE);

    let name = [&LAND[..3], &["no..name", "--commit"]].concat();
    let named = repository();
    named.run(&name).code(2).says("no..name");
    assert_eq!(named.read("main.tf"), ROLE);
}

#[test]
fn without_a_branch_to_come_from_the_commit_is_gone_back_to() {
    let checkout = repository();
    checkout.git(&["switch", "--quiet", "--detach"]);
    let refused = checkout.run_with(&LAND, &CANNOT_SIGN);
    refused.code(2).says("git does not commit");
    assert_eq!(branch(&checkout), (String::new(), 1));
    assert_eq!(
        checkout.git(&["for-each-ref", "--format=%(refname)"]),
        "refs/heads/main\n"
    );
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
}

#[test]
fn what_git_has_not_finished_is_left_alone() {
    for (name, says) in [
        ("MERGE_HEAD", "a merge is not finished"),
        ("CHERRY_PICK_HEAD", "git cherry-pick --abort"),
        ("REVERT_HEAD", "git revert --abort"),
        ("sequencer/todo", "git revert --abort"),
        ("BISECT_LOG", "git bisect reset"),
        ("rebase-merge/head-name", "git rebase --abort"),
        ("rebase-apply/rebasing", "git rebase --abort"),
        ("rebase-apply/applying", "git am --abort"),
    ] {
        let checkout = repository();
        let head = checkout.git(&["rev-parse", "HEAD"]);
        checkout.write(&format!(".git/{name}"), &head);
        checkout.run(&LAND).code(2).says(says);
        checkout.run(&LAND[..4]).code(2).says(says);
        assert_eq!(checkout.read("main.tf"), ROLE);
        assert_eq!(branch(&checkout), ("main".to_owned(), 1));
        checkout.run(&["apply", "--yes"]).code(0);
    }
}

#[test]
fn a_commit_that_git_refuses_takes_everything_back() {
    let checkout = repository();
    let refused = checkout.run_with(&LAND, &CANNOT_SIGN);
    refused.code(2).says("git does not commit");
    assert_eq!(checkout.read("main.tf"), ROLE);
    assert_eq!(branch(&checkout), ("main".to_owned(), 1));
    assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
    assert_eq!(checkout.git(&["status", "--short"]), "");
    assert!(!checkout.path().join(".git/tfkeyless-commit").exists());
}

#[test]
fn a_run_that_was_killed_before_it_committed_is_finished() {
    let whole = repository();
    whole.run(&LAND).code(0);
    // As a run leaves it that is killed between writing and committing.
    let killed = repository();
    let head = killed.git(&["rev-parse", "HEAD"]);
    let hash = "f3a0bd1e3ea9e2f6e55a90bd9a4ff2a5e8e4a4a0";
    let note = |hash: &str| {
        let note = serde_json::json!({
            "root": killed.identity(), "head": head.trim(), "from": "refs/heads/main", "branch": "tfkeyless",
            "message": "Move", "files": {"main.tf": [sha1(ROLE), hash]}
        });
        format!("{note}\n")
    };
    killed.git(&["switch", "--quiet", "--create", "tfkeyless"]);
    killed.write("main.tf", AFTER);
    // Somebody edited it since: nothing of ours.
    killed.write(".git/tfkeyless-commit", &note(hash));
    killed.run(&LAND).code(0);
    assert_eq!(branch(&killed), ("tfkeyless".to_owned(), 1));
    let hash = sha1(AFTER);
    killed.write(".git/tfkeyless-commit", &note(&hash));
    killed
        .run(&LAND)
        .code(0)
        .says("before it committed is finished");
    assert_eq!(branch(&killed), ("tfkeyless".to_owned(), 2));
    assert_eq!(killed.git(&["status", "--short"]), "");
    assert_eq!(killed.files(), whole.files());
    assert!(!killed.path().join(".git/tfkeyless-commit").exists());
}

fn sha1(text: &str) -> String {
    use sha1::{Digest as _, Sha1};
    let hash = Sha1::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn nobody_to_commit_as_takes_everything_back() {
    let checkout = repository();
    checkout.git(&["config", "user.name", ""]);
    checkout
        .run(&LAND)
        .code(2)
        .says("git user.name and user.email are not set");
    assert_eq!(checkout.read("main.tf"), ROLE);
    assert_eq!(branch(&checkout), ("main".to_owned(), 1));
    assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
    assert_eq!(checkout.git(&["status", "--short"]), "");
}

#[test]
fn a_packed_branch_and_a_linked_work_tree_are_left_as_well() {
    let checkout = repository();
    checkout.git(&["pack-refs", "--all"]);
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));

    let other = repository();
    other.git(&["worktree", "add", "--quiet", "-b", "topic", "linked"]);
    let apply = [&LAND[..3], &["b", "--commit", "linked"]].concat();
    other.run(&apply).code(0);
    assert_eq!(
        other.git(&["-C", "linked", "branch", "--show-current"]),
        "b\n"
    );
    assert_eq!(other.git(&["show", "b:main.tf"]), AFTER);
    assert_eq!(branch(&other), ("main".to_owned(), 1));
}

#[test]
fn who_commits_may_stand_in_the_environment() {
    let who = |name: &str| {
        let checkout = repository();
        checkout.git(&["config", "user.name", "of the repository"]);
        let author = [
            ("GIT_AUTHOR_NAME", name),
            ("GIT_COMMITTER_EMAIL", "bulk@example.com"),
        ];
        checkout.run_with(&LAND, &author).code(0);
        checkout.git(&["log", "-1", "--format=%an %ae %cn %ce"])
    };
    assert_eq!(
        who("bulk"),
        "bulk a@example.com of the repository bulk@example.com\n"
    );

    let checkout = repository();
    checkout.git(&["config", "--remove-section", "user"]);
    let settings = [
        ("GIT_CONFIG_COUNT", "2"),
        ("GIT_CONFIG_KEY_0", "user.name"),
        ("GIT_CONFIG_VALUE_0", "by count"),
        ("GIT_CONFIG_KEY_1", "user.email"),
        ("GIT_CONFIG_VALUE_1", "count@example.com"),
    ];
    checkout.run_with(&LAND, &settings).code(0);
    let committed = checkout.git(&["log", "-1", "--format=%an %ae"]);
    assert_eq!(committed, "by count count@example.com\n");

    let checkout = repository();
    checkout.git(&["config", "--remove-section", "user"]);
    let parameters = "'user.name'='by option' 'user.email'='option@example.com'";
    checkout
        .run_with(&LAND, &[("GIT_CONFIG_PARAMETERS", parameters)])
        .code(0);
    let committed = checkout.git(&["log", "-1", "--format=%an %ae"]);
    assert_eq!(committed, "by option option@example.com\n");
}

#[test]
fn an_identity_that_the_user_keeps_for_a_remote_is_found() {
    let checkout = repository();
    checkout.git(&["config", "--remove-section", "user"]);
    checkout.git(&[
        "config",
        "remote.origin.url",
        "git@github.com:work/stacks.git",
    ]);
    checkout.write(
        ".git/work",
        "[user]\n\tname = at work\n\temail = w@example.com\n",
    );
    let work = checkout.path().join(".git/work");
    let condition = "[includeIf \"hasconfig:remote.*.url:git@github.com:work/**\"]";
    checkout.write(
        ".git/global",
        &format!("{condition}\n\tpath = {}\n", work.display()),
    );
    let global = checkout.path().join(".git/global");
    let global = global.to_str().unwrap();
    checkout
        .run_with(&LAND, &[("GIT_CONFIG_GLOBAL", global)])
        .code(0);
    assert_eq!(checkout.git(&["log", "-1", "--format=%an"]), "at work\n");
}

/// A repository whose filter keeps a secret out of the commits, with its index settled.
fn filtered() -> Checkout {
    let checkout = repository();
    checkout.write(".gitattributes", "main.tf filter=crypt\n");
    checkout.git(&["config", "filter.crypt.clean", "tr a-z n-za-m"]);
    checkout.git(&["config", "filter.crypt.smudge", "tr a-z n-za-m"]);
    checkout.git(&["add", "--renormalize", "--all"]);
    checkout.commit();
    assert_eq!(checkout.git(&["status", "--short"]), "");
    assert!(!checkout.git(&["show", "HEAD:main.tf"]).contains("role"));
    checkout
}

#[test]
fn what_the_repository_filters_is_not_committed_unfiltered() {
    let checkout = filtered();
    let head = checkout.git(&["rev-parse", "HEAD"]);
    checkout
        .run(&LAND)
        .code(2)
        .says("main.tf passes through the git filter `crypt`")
        .says("\nhelp: write without a commit, on a branch of its own, with `tfkeyless apply --branch");
    checkout
        .run(&["apply", "--yes", "--commit"])
        .code(2)
        .says("filter `crypt`");
    // Whether it is committed as it is nobody knows.
    checkout
        .run(&["apply", "--yes"])
        .code(2)
        .says("filter `crypt`");
    assert_eq!(checkout.read("main.tf"), ROLE);
    assert_eq!(checkout.git(&["rev-parse", "--all"]), head);
    checkout.run(&LAND[..4]).code(0);
    assert_eq!(branch(&checkout).0, "tfkeyless");
    assert_eq!(checkout.read("main.tf"), AFTER);
    assert_eq!(checkout.git(&["rev-parse", "HEAD"]), head);
}

#[test]
fn what_the_repository_filters_elsewhere_is_of_no_matter() {
    let checkout = repository();
    checkout.write(
        ".gitattributes",
        "*.bin filter=crypt\n*.md filter\nmain.tf -filter\n",
    );
    checkout.git(&["config", "filter.crypt.clean", "false"]);
    checkout.git(&["config", "filter.crypt.required", "true"]);
    checkout.commit();
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 3));
}

#[test]
fn a_filter_of_the_user_runs() {
    let checkout = filtered();
    checkout.write(
        ".git/global",
        "[filter \"crypt\"]\n\tclean = tr a-z n-za-m\n\tsmudge = tr a-z n-za-m\n",
    );
    let global = checkout.path().join(".git/global");
    let global = [("GIT_CONFIG_GLOBAL", global.to_str().unwrap())];
    checkout.run_with(&LAND, &global).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 3));
    let committed = checkout.git(&["show", "HEAD:main.tf"]);
    assert!(committed.starts_with("cebivqre \"njf\""), "{committed}");
    assert_eq!(checkout.git(&["status", "--short"]), "");
}

#[test]
fn marks_of_the_index_hide_nothing_and_stay() {
    for (mark, tag) in [("--assume-unchanged", "h"), ("--skip-worktree", "S")] {
        let checkout = repository();
        checkout.git(&["update-index", mark, "main.tf"]);
        checkout.write("main.tf", &format!("# of mine\n{ROLE}"));
        checkout
            .run(&LAND)
            .code(2)
            .says(&format!("main.tf (marked {}", &mark[2..]));
        checkout.write("main.tf", ROLE);
        checkout.run(&LAND).code(0);
        assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
        assert_eq!(checkout.git(&["show", "HEAD:main.tf"]), AFTER);
        assert_eq!(
            checkout.git(&["ls-files", "-v", "main.tf"]),
            format!("{tag} main.tf\n")
        );
        assert_eq!(checkout.git(&["diff", "HEAD"]), "");
    }
}

#[test]
fn a_branch_that_could_not_be_gone_to_is_deleted() {
    let checkout = repository();
    // Git makes the branch, and then cannot write HEAD.
    checkout.write(".git/HEAD.lock", "");
    checkout.run(&LAND).code(2).says("HEAD.lock");
    assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
    assert!(!checkout.path().join(".git/tfkeyless-commit").exists());
    fs::remove_file(checkout.path().join(".git/HEAD.lock")).unwrap();
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
}

#[test]
fn a_signature_is_the_users_to_ask_for() {
    let checkout = repository();
    checkout.git(&["config", "commit.gpgSign", "true"]);
    checkout.git(&["config", "gpg.program", "/nonexistent"]);
    checkout
        .run(&LAND)
        .code(0)
        .says("git commit --amend --no-edit --gpg-sign");
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));

    // Not to sign, where the user signs otherwise.
    let checkout = repository();
    checkout.git(&["config", "commit.gpgSign", "false"]);
    checkout.write(
        ".git/global",
        "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = /nonexistent\n",
    );
    let global = checkout.path().join(".git/global");
    let global = [("GIT_CONFIG_GLOBAL", global.to_str().unwrap())];
    checkout.run_with(&LAND, &global).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
}

#[test]
fn every_layout_lands() {
    let sha256 = Checkout::without_git(&[("main.tf", ROLE), ("tfkeyless.hcl", CONFIG)]);
    sha256.git(&[
        "init",
        "--quiet",
        "--initial-branch=main",
        "--object-format=sha256",
    ]);
    let separate = Checkout::without_git(&[("main.tf", ROLE), ("tfkeyless.hcl", CONFIG)]);
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().join("git");
    let option = format!("--separate-git-dir={}", elsewhere.display());
    separate.git(&["init", "--quiet", "--initial-branch=main", &option]);
    let mut all = vec![sha256, separate];
    // Git before 2.45 has no reftable.
    let reftable = Checkout::without_git(&[("main.tf", ROLE), ("tfkeyless.hcl", CONFIG)]);
    let format = environment::command("git")
        .args([
            "init",
            "--quiet",
            "--initial-branch=main",
            "--ref-format=reftable",
        ])
        .current_dir(reftable.path())
        .status();
    if format.unwrap().success() {
        all.push(reftable);
    }
    for checkout in all {
        checkout.commit();
        checkout.git(&["config", "user.name", "a"]);
        checkout.git(&["config", "user.email", "a@example.com"]);
        let refused = checkout.run_with(&LAND, &CANNOT_SIGN).code(2);
        let said = refused.stderr;
        assert_eq!(branch(&checkout), ("main".to_owned(), 1), "{said}");
        assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
        checkout.run(&LAND).code(0);
        assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
        assert_eq!(checkout.git(&["status", "--short"]), "");
        assert_eq!(
            checkout.git(&["rev-parse", "--abbrev-ref", "@{-1}"]),
            "main\n"
        );
        checkout.git(&["fsck", "--strict"]);
    }
}

#[test]
fn a_submodule_lands_as_any_other() {
    let source = repository();
    let parent = repository();
    let source = source.path().display().to_string();
    parent.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &source,
        "sub",
    ]);
    parent.commit();
    parent.git(&["-C", "sub", "config", "user.name", "a"]);
    parent.git(&["-C", "sub", "config", "user.email", "a@example.com"]);
    parent.run(&[&LAND[..], &["sub"]].concat()).code(0);
    assert_eq!(
        parent.git(&["-C", "sub", "show", "tfkeyless:main.tf"]),
        AFTER
    );
    assert_eq!(branch(&parent), ("main".to_owned(), 2));
    // And the one around it, with the submodule changed.
    parent.run(&LAND).code(0);
    assert_eq!(
        parent.git(&["show", "--format=", "--name-only"]),
        "main.tf\n"
    );
}

#[test]
fn what_is_no_name_of_a_branch_is_refused_before_anything_is_shown() {
    for (name, expected) in [
        ("@", "git takes no branch with the name @\n"),
        ("a..b", "git takes no branch with the name a..b"),
        ("a b", "git takes no branch with the name 'a b'"),
        ("HEAD", "git takes no branch with the name HEAD"),
        ("@{-1}", "git takes no branch with the name '@{-1}'"),
        ("-x", "git takes no branch with the name"),
        ("", "git takes no branch with the name ''"),
        ("refs/heads/q", "no full ref: `--branch q`"),
        ("refs/tags/q", "no full ref: `--branch tags/q`"),
    ] {
        let checkout = repository();
        let branch = format!("--branch={name}");
        let refused = checkout.run(&["apply", "--yes", &branch]).code(2);
        assert_eq!(refused.stdout, "", "{name}");
        assert!(!refused.stderr.contains("hint"), "{}", refused.stderr);
        refused.says(expected);
        assert_eq!(checkout.read("main.tf"), ROLE, "{name}");
    }
    for name in ["off-static-keys", "feature/x", "refs", "a@b"] {
        let checkout = repository();
        checkout.run(&["apply", "--yes", "--branch", name]).code(0);
        assert_eq!(branch(&checkout).0, name);
    }
}

#[test]
fn a_message_that_is_no_text_is_refused() {
    let checkout = repository();
    fs::write(checkout.path().join("message"), b"Gr\xfc\xdfe\n").unwrap();
    checkout
        .run(&[&LAND[..], &["--message", "message"]].concat())
        .code(2)
        .says("message is not UTF-8");
    assert_eq!(checkout.read("main.tf"), ROLE);
}
