use super::*;

fn found(text: &str) -> Vec<String> {
    let document = Document::new("main.tf".into(), text.to_owned()).expect(text);
    let found = references(&[&document], |name| name != "kept");
    let found = found.iter();
    found
        .map(|it| format!("{} {} {}", it.at.line, it.written, it.of))
        .collect()
}

#[test]
fn the_session_is_found_wherever_it_is_used() {
    for (text, expected) in [
        (
            "output \"x\" {\n  value = data.aws_caller_identity.current.arn\n}\n",
            "2 data.aws_caller_identity.current.arn output.x",
        ),
        (
            "locals {\n  x = split(\"/\", data.aws_caller_identity.me[0].user_id)\n}\noutput \"x\" {\n  value = local.x\n}\n",
            "2 data.aws_caller_identity.me.user_id local.x",
        ),
        (
            "resource \"a\" \"b\" {\n  tags = { by = \"x-${data.aws_caller_identity.me.arn}\" }\n}\n",
            "2 data.aws_caller_identity.me.arn a.b",
        ),
        (
            "resource \"a\" \"b\" {\n  policy = <<-EOT\n    ${data.aws_caller_identity.me.arn}\n  EOT\n}\n",
            "3 data.aws_caller_identity.me.arn a.b",
        ),
        (
            "data \"aws_iam_policy_document\" \"x\" {\n  statement {\n    principals {\n      identifiers = data.aws_caller_identity.me[*].arn\n    }\n  }\n}\n",
            "4 data.aws_caller_identity.me.arn data.aws_iam_policy_document.x",
        ),
        (
            "output \"x\" {\n  value = data.aws_caller_identity.current\n}\n",
            "2 data.aws_caller_identity.current output.x",
        ),
        (
            "module \"x\" {\n  who = one(data.aws_caller_identity.me[*]).arn\n}\n",
            "2 data.aws_caller_identity.me module.x",
        ),
        (
            "locals {\n  me = data.aws_caller_identity.current\n  who = local.me.arn\n}\nmodule \"x\" {\n  who = local.who\n}\n",
            "3 local.me.arn local.who",
        ),
        (
            "locals {\n  me = data.aws_caller_identity.current\n}\noutput \"x\" {\n  value = local.me\n}\n",
            "5 local.me output.x",
        ),
    ] {
        assert_eq!(found(text), [expected], "{text}");
    }
}

/// What uses the references of a text, and for what.
fn purposes(text: &str) -> Vec<(String, CallerPurpose)> {
    let document = Document::new("main.tf".into(), text.to_owned()).expect(text);
    let found = references(&[&document], |_| true);
    let found = found.iter().map(|it| (it.of.clone(), it.purpose));
    found.collect()
}

#[test]
fn what_a_session_is_used_for_tells_whether_a_plan_shows_it() {
    let arn = "data.aws_caller_identity.me.arn";
    let local = |uses: &str| format!("locals {{\n  x = {arn}\n}}\n{uses}");
    let provider = |role: &str| {
        format!("provider \"aws\" {{\n  assume_role {{\n    role_arn = {role}\n  }}\n}}\n")
    };
    for (text, of, purpose) in [
        (
            provider(&format!("replace({arn}, \"a\", \"b\")")),
            "provider \"aws\"",
            CallerPurpose::Provider,
        ),
        (
            provider(&format!("can(regex(\"x\", {arn})) ? \"a\" : null")),
            "provider \"aws\"",
            CallerPurpose::Test,
        ),
        (
            format!(
                "resource \"a\" \"b\" {{\n  count = length(regexall(\"x\", {arn})) > 0 ? 1 : 0\n}}\n"
            ),
            "a.b",
            CallerPurpose::Test,
        ),
        (
            format!("resource \"a\" \"b\" {{\n  x = {arn} == \"y\" ? 1 : 0\n}}\n"),
            "a.b",
            CallerPurpose::Test,
        ),
        (
            format!("resource \"a\" \"b\" {{\n  x = var.y ? {arn} : 0\n}}\n"),
            "a.b",
            CallerPurpose::Value,
        ),
        (
            local(&provider("local.x")),
            "local.x",
            CallerPurpose::Provider,
        ),
        (
            local(&provider("strcontains(local.x, \"y\") ? var.a : var.b")),
            "local.x",
            CallerPurpose::Test,
        ),
        (
            local("locals {\n  y = \"${local.x}!\"\n}\nmodule \"m\" {\n  z = local.y\n}\n"),
            "local.x",
            CallerPurpose::Value,
        ),
        (
            local(&format!(
                "{}output \"o\" {{\n  value = local.x\n}}\n",
                provider("local.x")
            )),
            "local.x",
            CallerPurpose::Value,
        ),
    ] {
        assert_eq!(purposes(&text), [(of.to_owned(), purpose)], "{text}");
    }
}

#[test]
fn the_role_of_a_session_decides_a_provider_and_is_a_value_elsewhere() {
    const ROLE: &str = "data.aws_iam_session_context.x.issuer_arn";
    for (body, purpose) in [
        ("role_arn = var.roles[X]", CallerPurpose::Provider),
        (
            "role_arn = X == var.ci ? null : var.role",
            CallerPurpose::Test,
        ),
    ] {
        let body = body.replace('X', ROLE);
        let text = format!("provider \"aws\" {{\n  assume_role {{\n    {body}\n  }}\n}}\n");
        assert_eq!(
            found(&text),
            [format!("3 {ROLE} provider \"aws\"")],
            "{text}"
        );
        assert_eq!(
            purposes(&text),
            [("provider \"aws\"".to_owned(), purpose)],
            "{text}"
        );
    }
}

#[test]
fn the_account_and_the_cure_are_no_session() {
    for text in [
        "data \"aws_caller_identity\" \"current\" {}\n",
        "output \"x\" {\n  value = data.aws_caller_identity.current.account_id\n}\n",
        "output \"x\" {\n  value = data.aws_caller_identity.current[0].id\n}\n",
        "output \"x\" {\n  value = one(data.aws_caller_identity.current[*]).account_id\n}\n",
        "output \"x\" {\n  value = try(data.aws_caller_identity.current[0], null).account_id\n}\n",
        "output \"x\" {\n  value = one(data.aws_caller_identity.current[*].account_id)\n}\n",
        "output \"x\" {\n  value = length(data.aws_caller_identity.current)\n}\n",
        "output \"x\" {\n  value = 1\n  depends_on = [data.aws_caller_identity.current]\n}\n",
        "data \"aws_iam_session_context\" \"x\" {\n  arn = data.aws_caller_identity.current.arn\n}\n",
        "output \"x\" {\n  value = data.aws_caller_identity.kept.arn\n}\n",
        "# data.aws_caller_identity.current.arn\n",
        "locals {\n  me = data.aws_caller_identity.current\n  id = local.me.account_id\n}\n",
        "output \"x\" {\n  value = data.aws_iam_session_context.x.issuer_arn\n}\n",
        "output \"x\" {\n  value = split(\":\", data.aws_caller_identity.me.arn)[1]\n}\n",
        "output \"x\" {\n  value = element(split(\":\", data.aws_caller_identity.me.arn), 4)\n}\n",
        // What is the data source in a branch alone, of which the account is taken.
        "locals {\n  me = var.x ? data.aws_caller_identity.current : var.y\n  id = local.me.id\n}\n",
        "locals {\n  me = try(one(data.aws_caller_identity.current[*]), null)\n  you = local.me\n}\noutput \"x\" {\n  value = local.you.account_id\n}\n",
        // A local that nothing uses.
        "locals {\n  who = data.aws_caller_identity.current.arn\n}\n",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}
