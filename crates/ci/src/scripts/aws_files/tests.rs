use super::*;

fn found(script: &str) -> String {
    let paths = AwsPaths {
        homes: &["/home/runner"],
        credentials: None,
    };
    let found = parts(script, &paths)
        .into_iter()
        .map(|part| match part.does {
            PartEffect::Nothing => "-".to_owned(),
            PartEffect::Variable(name, value) => format!("{name}:{value}"),
            PartEffect::Place => "p".to_owned(),
            PartEffect::Other => format!("? {}", part.text),
            PartEffect::Settings(all) => {
                let all = all.iter().map(|it| {
                    let profile = it.profile.as_deref().unwrap_or("$");
                    format!("{profile}.{}={}", it.name, it.value)
                });
                all.collect::<Vec<_>>().join(",")
            }
        });
    found.collect::<Vec<_>>().join(" | ")
}

#[test]
fn every_way_to_write_a_setting_is_known() {
    for (script, expected) in [
        (
            "aws configure set aws_access_key_id $K",
            "default.aws_access_key_id=$K",
        ),
        ("aws configure set region r --profile p", "p.region=r"),
        (
            "aws --profile=p configure set Region r > /dev/null 2>&1",
            "p.region=r",
        ),
        ("aws configure set profile.p.q.region r", "p.q.region=r"),
        ("aws configure set default.region r", "default.region=r"),
        ("echo \"A=$B\" >> $GITHUB_ENV", "$.a=$B"),
        ("echo A=b | tee -a \"$GITHUB_ENV\" >/dev/null", "$.a=b"),
        (
            "echo \"[p]\" > ~/.aws/credentials\necho \"a = b\" >> ~/.aws/credentials",
            " | p.a=b",
        ),
        (
            "echo -e \"[p]\\na=b\\nc=d\" > $HOME/.aws/credentials",
            "p.a=b,p.c=d",
        ),
        (
            "printf '[p]\\na=%s\\nc=%s\\n' \"$A\" ${B} > \"${HOME}/.aws/credentials\"",
            "p.a=$A,p.c=${B}",
        ),
        ("printf '%s\\n' '[p]' a=b > ~/.aws/config", "p.a=b"),
        (
            "printf \"[profile p]\\na=b\\n\" > /home/runner/.aws/config",
            "p.a=b",
        ),
        (
            "cat <<EOF > ~/.aws/credentials\n[p]\na=b\n\n[q]\nc=d\nEOF\n",
            "p.a=b,q.c=d",
        ),
        (
            "cat > ~/.aws/config <<-'EOF'\n  [profile p]\n  a=b\n  EOF\n",
            "p.a=b",
        ),
        (
            "tee ~/.aws/credentials <<EOF >/dev/null\n[p]\na=b\nEOF\n",
            "p.a=b",
        ),
        (
            "cat <<EOF | tee ~/.aws/credentials\n[p]\na=b\nEOF\n",
            "p.a=b",
        ),
        ("{ echo '[p]'; echo a=b; } > ~/.aws/credentials", "p.a=b"),
        (
            "{\n  echo '[p]'\n  echo a=b\n} >> ~/.aws/credentials",
            "p.a=b",
        ),
        ("mkdir -p ~/.aws && chmod 600 ~/.aws/credentials", "p | p"),
        ("set -e; echo hello; export K=v; L=w", "- | - | K:v | L:w"),
    ] {
        assert_eq!(found(script), expected, "{script}");
    }
}

#[test]
fn what_does_more_is_something_else() {
    for script in [
        "mkdir -p ~/.aws out",
        "echo \"a=b\" >> ~/.aws/credentials",
        "echo \"[p]\" > credentials",
        "cat ~/.aws/credentials",
        "echo a=b | sudo tee /root/.aws/credentials",
        "printf '%d=%s' 1 2 > ~/.aws/config",
        "aws configure set a b --region c",
        "aws configure list",
        "aws s3 ls",
        "export A=b C=d",
        "(aws configure set a b)",
        "{ terraform init; } > ~/.aws/config",
        "cat x | tee ~/.aws/config",
    ] {
        assert!(
            found(script).starts_with('?'),
            "{script}: {}",
            found(script)
        );
    }
    assert_eq!(
        found("aws configure set a \"$(cat k)\""),
        "? cat k | ? aws configure set a $()"
    );
}

#[test]
fn what_stands_in_a_branch_is_told() {
    let paths = AwsPaths {
        homes: &[],
        credentials: None,
    };
    let inside = |script: &str| {
        let parts = parts(script, &paths).into_iter();
        let parts = parts.filter(|it| matches!(it.does, PartEffect::Settings(_)));
        parts.map(|it| it.is_inside).collect::<Vec<_>>()
    };
    let set = "aws configure set a b";
    for (script, expected) in [
        (format!("if x\nthen\n{set}\nfi\n{set}\n"), vec![true, false]),
        (format!("f() {{\n{set}\n}}\n{set}\n"), vec![true, false]),
        (
            format!("case a in\nb) {set} ;;\nesac\n{set}"),
            vec![true, false],
        ),
    ] {
        assert_eq!(inside(&script), expected, "{script}");
    }
}
