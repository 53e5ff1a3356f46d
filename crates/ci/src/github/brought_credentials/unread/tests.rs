use super::*;

#[test]
fn what_is_written_of_the_run_alone_is_told_from_variables_with_names() {
    for (script, expected) in [
        ("echo \"${{ secrets.ENV_FILE }}\" >> $GITHUB_ENV", true),
        ("echo \"$J\" | jq -r '.[]' >> \"$GITHUB_ENV\"", true),
        ("sops -d a.env | tee -a $GITHUB_ENV", true),
        ("cat creds.env >> $GITHUB_ENV", true),
        ("cat <<E >> $GITHUB_ENV\n${{ secrets.A }}\nE", true),
        ("python3 - <<P >> $GITHUB_ENV\nprint(1)\nP", true),
        (
            "while read l; do echo \"$l\"; done < f >> $GITHUB_ENV",
            true,
        ),
        ("{ cat a; } >> $GITHUB_ENV", true),
        ("eval \"$CREDS\"", true),
        ("eval $(curl $URL)", true),
        ("source <(echo \"$X\")", true),
        ("sops -d a > .env\nset -a\n. ./.env", true),
        ("export $(cat a | xargs)", true),
        ("cp creds ~/.aws/credentials", true),
        ("gpg -o $HOME/.aws/credentials -d a.gpg", true),
        ("tar xf a.tar -C ~/.aws", true),
        ("aws configure import --csv file://a", true),
        // Names that are known, values between delimiters, and what no credentials come from.
        ("echo \"A=$B\" >> $GITHUB_ENV", false),
        ("echo A=$(git describe) >> $GITHUB_ENV", false),
        ("printf 'A=%s\\n' \"$B\" >> $GITHUB_ENV", false),
        ("echo \"A=$B\" | tee -a $GITHUB_ENV", false),
        ("cat <<E >> $GITHUB_ENV\nA=1\nB=$C\nE", false),
        (
            "echo 'A<<X' >> $GITHUB_ENV\ncat log >> $GITHUB_ENV\necho X >> $GITHUB_ENV",
            false,
        ),
        (
            "{ echo 'A<<X'; terraform output; echo X; } >> $GITHUB_ENV",
            false,
        ),
        ("{ echo A=1; echo B=2; } >> \"$GITHUB_ENV\"", false),
        ("cat plan >> $GITHUB_STEP_SUMMARY", false),
        ("eval \"$(ssh-agent -s)\"", false),
        ("eval terraform plan", false),
        ("source venv/bin/activate", false),
        ("echo A=1 > .env\n. ./.env", false),
        ("mkdir -p ~/.aws", false),
        ("cat ~/.aws/config", false),
        ("export A=$(date)", false),
    ] {
        let found = UnreadFiles::default().of_script(script);
        assert_eq!(found.is_some(), expected, "{script}: {found:?}");
    }
}

#[test]
fn programs_that_spell_the_names_of_their_variables_are_read() {
    for (text, expected) in [
        ("for (const [k, v] of o) core.exportVariable(k, v)", true),
        ("core.exportVariable('TAG', t)", false),
        (
            "open(os.environ['GITHUB_ENV'], 'a').write(f'{k}={v}')",
            true,
        ),
        (
            "open(os.environ['GITHUB_ENV'], 'a').write(f'TAG={v}')",
            false,
        ),
        ("core.setOutput('a', b)", false),
    ] {
        assert_eq!(exports_unread(text), expected, "{text}");
    }
}
