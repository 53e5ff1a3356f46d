//! What git's filters and the marks of its index do.

use crate::support::checkout::Checkout;

use super::{AFTER, LAND, ROLE, branch, repository};

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
