use super::*;

fn call(version: Option<&str>, arguments: &[&str]) -> RegistryCall {
    let expression = "true".parse().unwrap();
    RegistryCall {
        module: VPC.to_owned(),
        submodule: String::new(),
        version: version.map(str::to_owned),
        name: "vpc".to_owned(),
        uses: Vec::new(),
        hold: None,
        arguments: Arguments::new(arguments.iter().map(|name| (*name, &expression))),
    }
}

fn decided(version: Option<&str>) -> String {
    match call(version, &["name"]).verdict(&ModuleTarget::vpc()) {
        Verdict::Keep => "keep".into(),
        Verdict::Leave(_) => "leave".into(),
        Verdict::Beyond(_) => "beyond".into(),
        Verdict::Change { to, safety, .. } => format!("{to} {safety:?}"),
    }
}

#[test]
fn every_measured_constraint_of_the_vpc_module() {
    for (written, expected) in [
        ("3.18.1", "5.16.0 Safe"),
        ("= 3.18.1", "= 5.16.0 Safe"),
        ("v3.18.1", "v5.16.0 Safe"),
        ("~> 3.18.1", "~> 5.16.0 Safe"),
        ("~> 3.18", "~> 5.16 Safe"),
        ("~> 3.0", "~> 5.0 Safe"),
        ("~> 3.14", "~> 5.16 Safe"),
        ("~> 3", "~> 5.16 Review"),
        (">= 3.14, < 4", ">= 5.16.0, < 6.0 Safe"),
        (">= 3.14, < 4.0.0", ">= 5.16.0, < 6.0.0 Safe"),
        (">= 3.0", "~> 5.16 Review"),
        ("~> 2.0", "~> 5.16 Review"),
        ("2.77.0", "5.16.0 Review"),
        ("~> 4.0", "~> 5.16 Safe"),
        ("4.0.2", "5.16.0 Safe"),
        ("~> 5.0", "keep"),
        ("5.1.2", "keep"),
        ("5.16.0", "keep"),
        (">= 5.0", "~> 5.16 Review"),
        ("~> 6.0", "beyond"),
        (">= 3.0, != 3.15.0, < 5", ">= 5.16.0, < 6 Review"),
    ] {
        assert_eq!(decided(Some(written)), expected, "{written}");
    }
    assert_eq!(decided(None), "~> 5.16 Review");
}

#[test]
fn spacing_and_precision_stay() {
    for (written, expected) in [
        ("~>3.18", "~>5.16 Safe"),
        (" 3.18.1 ", " 5.16.0  Safe"),
        ("=3.18.1", "=5.16.0 Safe"),
        (">=3.14,<4.0", ">=5.16.0,<6.0 Safe"),
        ("> v3.14, <= v3.19.0", ">= v5.16.0, < v6.0.0 Safe"),
        ("~> 3.18, != 3.18.2", "~> 5.16 Safe"),
        ("!= 3.15.0, 3.18.1", "5.16.0 Safe"),
        ("< 4", "~> 5.16 Review"),
        ("3.x", "leave"),
    ] {
        assert_eq!(decided(Some(written)), expected, "{written}");
    }
}

#[test]
fn a_2_x_call_that_uses_a_removed_argument_is_left() {
    let target = ModuleTarget::vpc();
    let uses = call(Some("~> 2.0"), &["name", "enable_s3_endpoint"]);
    assert!(
        matches!(uses.verdict(&target), Verdict::Leave(why) if why.contains("enable_s3_endpoint"))
    );
}

#[test]
fn within_a_major_a_call_moves_by_request_alone() {
    for (target, written, expected) in [
        ("3.19.0", "3.18.1", "3.19.0 Safe"),
        ("3.19.0", "v3.18.1", "v3.19.0 Safe"),
        ("3.19.0", "~> 3.18.0", "~> 3.19.0 Safe"),
        ("3.19.0", "~> 3.18", "keep"),
        ("3.19.0", ">= 3.0, < 3.19", ">= 3.19.0, < 3.20 Safe"),
        ("3.19.0", ">= 3.0, < 4.0", "keep"),
        ("3.18.0", "3.18.1", "beyond"),
        ("0.25.0", "0.24.1", "0.25.0 Safe"),
        ("0.25.0", "~> 0.24.0", "~> 0.25.0 Safe"),
        ("0.25.0", ">= 0.24.0, < 0.25.0", ">= 0.25.0, < 0.26.0 Safe"),
        ("5.16.0", "5.1.2", "5.16.0 Safe"),
        ("5.16.0", "5.21.0", "beyond"),
    ] {
        let release = Version::parse(target).unwrap();
        let default = ModuleTarget {
            release: release.clone(),
            is_requested: false,
        };
        let requested = ModuleTarget::requested(release);
        let module = match target {
            "0.25.0" => "cloudposse/label/null",
            _ => VPC,
        };
        let decide = |target| {
            let mut call = call(Some(written), &["name"]);
            call.module = module.to_owned();
            match call.verdict(target) {
                Verdict::Change { to, safety, .. } => format!("{to} {safety:?}"),
                Verdict::Beyond(_) => "beyond".to_owned(),
                _ => "keep".to_owned(),
            }
        };
        assert_eq!(decide(&requested), expected, "{written} to {target}");
        assert_eq!(decide(&default), "keep", "{written} to {target}");
    }
}
