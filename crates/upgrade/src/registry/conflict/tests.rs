use super::*;
use crate::module_changes::Arguments;
use crate::provider;

fn call(module: &str, version: Option<&str>) -> RegistryCall {
    let (module, submodule) = module.split_once("//").unwrap_or((module, ""));
    let namespace = if module.contains('/') {
        ""
    } else {
        table::SOURCES[0]
    };
    let suffix = if module.contains('/') { "" } else { "/aws" };
    RegistryCall {
        module: format!("{namespace}{module}{suffix}"),
        submodule: submodule.to_owned(),
        version: version.map(str::to_owned),
        name: String::new(),
        arguments: Arguments::default(),
        uses: Vec::new(),
        hold: None,
    }
}

fn summary(module: &str, version: Option<&str>, provider: &str) -> String {
    let provider = provider::bounds(provider).unwrap();
    match conflict(&call(module, version), &provider) {
        None => "lives".to_owned(),
        Some(found) => {
            let cause = match found.cause {
                Incompatibility::RequiresOlderMajor => "too old".to_owned(),
                Incompatibility::Fails(by) => format!("fails {}", by.unwrap_or_default()),
                Incompatibility::RequiresNewerMajor { bound: None } => "too new".to_owned(),
                Incompatibility::RequiresNewerMajor { bound: Some(bound) } => {
                    format!("bound {bound}")
                }
                Incompatibility::RequiresNewerRelease(floor) => format!("too low {floor}"),
            };
            format!("{}: {}", cause.trim(), found.compatible.unwrap_or_default())
        }
    }
}

#[test]
fn no_two_spans_overlap() {
    for source in table::sources() {
        for major in table::majors() {
            let spans = incompatible(table::rows(source).unwrap(), major, "");
            for (index, (span, _)) in spans.iter().enumerate() {
                let mut others = spans[..index].iter();
                assert!(!others.any(|(other, _)| other.intersects(span)), "{source}");
            }
        }
    }
}

#[test]
fn the_last_release_for_a_major_works_with_it() {
    for source in table::sources() {
        let rows = table::rows(source).unwrap();
        for row in rows {
            let ReleaseFact::Last(release) = &row.fact else {
                continue;
            };
            let spans = incompatible(rows, row.major, "");
            let too_new = spans.iter().find(|(span, _)| span.upper.is_none());
            let next = too_new.map(|(span, _)| span.lower.clone());
            let older = Bounds::new(Version::new(0, 0, 0), next).unwrap();
            assert!(older.contains(release), "{source}");
            assert_eq!(selected(&spans, &older), None, "{source}");
        }
    }
}

#[test]
fn what_terraform_selects_decides() {
    for (module, version, expected) in [
        ("acm", Some("2.8.0"), "too old: >= 2.12.0, < 6.0.0"),
        ("autoscaling", Some("3.9.0"), "lives"),
        ("notify-slack", Some("4.6.0"), "too old: >= 4.7.0, < 7.0.0"),
        ("acm", Some("~> 2.11.0"), "too old: >= 2.12.0, < 6.0.0"),
        ("acm", Some("~> 2.0"), "lives"),
        ("acm", Some("~> 5.0"), "lives"),
        ("acm", Some(">= 4.0"), "bound 6.0.0: >= 2.12.0, < 6.0.0"),
        (
            "acm",
            Some(">= 4.0, < 7"),
            "bound 6.0.0: >= 2.12.0, < 6.0.0",
        ),
        ("acm", Some("~> 6.0"), "too new: >= 2.12.0, < 6.0.0"),
        ("acm", None, "bound 6.0.0: >= 2.12.0, < 6.0.0"),
        (
            "eks",
            Some("~> 12.0"),
            "fails aws_autoscaling_group.tags: >= 18.6.1, < 21.0.0",
        ),
        ("eks", Some("~> 17.0"), "lives"),
        ("eks", Some("~> 18.0"), "lives"),
        (
            "eks",
            Some("18.2.0"),
            "fails aws_autoscaling_group.tags: >= 18.6.1, < 21.0.0",
        ),
        ("eks//modules/karpenter", Some("18.2.0"), "lives"),
        (
            "eks//modules/self-managed-node-group",
            Some("18.2.0"),
            "fails aws_autoscaling_group.tags: >= 18.6.1, < 21.0.0",
        ),
        (
            "rds//modules/db_instance",
            Some("~> 4.2"),
            "fails aws_db_instance.name: >= 5.0.2, < 7.0.0",
        ),
        ("rds//modules/db_option_group", Some("~> 4.2"), "lives"),
        ("eks", Some("~> 20"), "bound 21.0.0: >= 18.6.1, < 21.0.0"),
        (
            "iam//modules/iam-user",
            None,
            "bound 6.0.0: >= 2.23.0, < 6.0.0",
        ),
        (
            "unfunco/oidc-github/aws",
            Some("1.3.1"),
            "too old: >= 1.4.0, < 2.0.0",
        ),
        ("unfunco/oidc-github/aws", Some("1.8.0"), "lives"),
        (
            "unfunco/oidc-github/aws",
            Some("2.0.0"),
            "too new: >= 1.4.0, < 2.0.0",
        ),
        ("cloudwatch", None, "lives"),
        ("someone/else/aws", None, "lives"),
        ("acm", Some("latest"), "lives"),
    ] {
        assert_eq!(
            summary(module, version, "~> 5.0"),
            expected,
            "{module} {version:?}"
        );
    }
}

#[test]
fn the_provider_has_to_reach_what_the_release_takes() {
    let eks = |version, provider| summary("eks", Some(version), provider);
    let low = "too low 5.95.0: >= 18.6.1, < 21.0.0";
    assert_eq!(eks("~> 20.0", "~> 5.31.0"), low);
    assert_eq!(eks("~> 20.0", ">= 5.31, < 5.95"), low);
    assert_eq!(eks("~> 20.0", "~> 5.31"), "lives");
    assert_eq!(
        eks("20.8.0", "~> 5.31.0"),
        "too low 5.40.0: >= 18.6.1, < 21.0.0"
    );
    assert_eq!(eks("20.8.0", "~> 5.40.0"), "lives");
    assert_eq!(
        eks("2.8.0", ">= 4.0"),
        "lives",
        "the provider has no one major"
    );
}

#[test]
fn provider_6_has_ranges_of_its_own() {
    for (module, version, expected) in [
        ("eks", Some("~> 17.0"), "fails: >= 21.0.0"),
        ("eks", Some("~> 20.0"), "too old: >= 21.0.0"),
        ("eks", Some("20.37.0"), "fails: >= 21.0.0"),
        ("eks", Some("~> 21.0"), "lives"),
        ("autoscaling", Some("~> 8.0"), "too old: >= 9.0.0"),
        (
            "eks",
            Some("~> 12.0"),
            "fails aws_autoscaling_group.tags: >= 21.0.0",
        ),
        ("ec2-instance", Some("5.8.0"), "fails: >= 6.0.0"),
        ("ec2-instance", None, "lives"),
        ("acm", Some("2.8.0"), "too old: >= 2.12.0"),
        ("acm", Some("~> 6.0"), "lives"),
    ] {
        assert_eq!(
            summary(module, version, "~> 6.0"),
            expected,
            "{module} {version:?}"
        );
    }
}

#[test]
fn a_call_without_a_version_gets_the_newest_minor_release_below_the_bound() {
    let six = Version::new(6, 0, 0);
    let bounded = with_upper_bound(&call("acm", None), &six);
    assert_eq!(bounded.as_deref(), Some("~> 5.2"));
}
