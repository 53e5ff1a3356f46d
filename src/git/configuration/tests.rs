use super::*;

fn listed(own: &[(&str, &str)], users: &[(&str, &str)]) -> Configuration {
    let text = |scope: &str, settings: &[(&str, &str)]| {
        let records = settings.iter();
        let records = records.map(|(key, value)| format!("{scope}\0{key}\n{value}\0"));
        records.collect::<String>()
    };
    let text = text("global", users) + &text("local", own);
    Configuration::listed(text.as_bytes())
}

fn carried(own: &[(&str, &str)]) -> String {
    String::from_utf8(listed(own, &[]).carried()).unwrap()
}

#[test]
fn the_usual_file_is_read_without_git() {
    let text = "[core]\n\trepositoryformatversion = 0\n\tfilemode = false\n\tbare = false\n\
        # of mine\n[remote \"o.O\"]\n\turl = git@github.com:o/r.git\n[user]\n\tname = A B\n";
    let plain = Configuration::plain(text).unwrap();
    assert!(!plain.has_file_modes());
    assert_eq!(
        String::from_utf8(plain.carried()).unwrap(),
        "[core]\n\trepositoryformatversion = \"0\"\n[core]\n\tfilemode = \"false\"\n\
         [remote \"o.O\"]\n\turl = \"git@github.com:o/r.git\"\n[user]\n\tname = \"A B\"\n"
    );
}

#[test]
fn what_only_git_reads_is_left_to_git() {
    for text in [
        "[include]\npath = x\n",
        "[includeIf \"gitdir:/\"]\npath = x\n",
        "[FILTER \"x\"]\nclean = x\n",
        "[filter.x]\nclean = x\n",
        "[core]\nworktree = ..\n",
        "[core]\nbare = true\n",
        "[extensions]\nworktreeConfig = true\n",
        "[core]\nfilemode\n",
        "[core] filemode = true\n",
        "[core]\nx = a \\\n  b\n",
        "[core]\nx = \"a\"\n",
        "[core]\nx = a # b\n",
        "[a \"b\\\"c\"]\nx = y\n",
        "x = y\n",
        "\u{feff}[core]\n",
    ] {
        assert!(Configuration::plain(text).is_none(), "{text}");
    }
}

#[test]
fn settings_that_name_programs_are_not_carried() {
    for key in [
        "alias.commit",
        "commit.gpgsign",
        "core.editor",
        "core.fsmonitor",
        "core.hookspath",
        "core.sshcommand",
        "credential.helper",
        "diff.x.textconv",
        "filter.x.clean",
        "gpg.program",
        "gpg.ssh.defaultkeycommand",
        "include.path",
        "merge.x.driver",
        "remote.x.uploadpack",
        "remote.url.vcs",
        "extensions.worktreeconfig",
        "user.signingkey",
    ] {
        assert_eq!(carried(&[(key, "x")]), "", "{key}");
    }
    assert_eq!(
        carried(&[("commit.gpgsign", "no")]),
        "[commit]\n\tgpgsign = \"no\"\n"
    );
}

#[test]
fn a_value_is_quoted() {
    assert_eq!(
        carried(&[("remote.a\"b.c.url", "x\n\\\"y")]),
        "[remote \"a\\\"b.c\"]\n\turl = \"x\\n\\\\\\\"y\"\n"
    );
    let bare = Configuration::listed(b"local\0user.useconfigonly\0");
    assert_eq!(bare.carried(), b"[user]\n\tuseconfigonly\n");
}

#[test]
fn a_filter_that_the_user_defines_as_well_runs() {
    let lfs = [("filter.lfs.clean", "git-lfs clean -- %f")];
    assert!(listed(&lfs, &lfs).filters().is_empty());
    let names = |own: &[_], users: &[_]| {
        let filters = listed(own, users).filters().into_iter();
        filters
            .map(|name| String::from_utf8(name).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&lfs, &[]), ["lfs"]);
    assert_eq!(names(&lfs, &[("filter.lfs.clean", "other")]), ["lfs"]);
    assert_eq!(names(&[("filter.a=x.y.process", "p")], &lfs), ["a=x.y"]);
    assert_eq!(names(&[], &lfs), Vec::<String>::new());
}

#[test]
fn signing_of_the_repository_is_noticed() {
    for key in [
        "commit.gpgsign",
        "gpg.format",
        "gpg.ssh.program",
        "user.signingkey",
    ] {
        assert!(listed(&[(key, "true")], &[]).has_signing(), "{key}");
        assert!(!listed(&[], &[(key, "true")]).has_signing(), "{key}");
    }
    assert!(!listed(&[("commit.gpgsign", "false")], &[]).has_signing());
}
