//! The two forms of the role: by a module of the registry, or as plain resources.

use anyhow::bail;
use ci::settings::ISSUER;
use engine::inventory::KnownIdentityProvider;
use syntax::code::sentence;
use syntax::hcl_string::quoted;
use syntax::visible;
use terraform::partition;

use super::Trust;
use crate::generate::RepositoryFacts;
use crate::generate::hcl::list;
use crate::generate::statement::document;

/// The role by `unfunco/oidc-github/aws` 1.8.0.
///
/// # Errors
/// A subject that the module does not take, which knows `*` at the end only, or another audience
/// than the usual.
pub fn module(facts: &RepositoryFacts, trust: &Trust<'_>) -> anyhow::Result<String> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_.:/-".contains(it);
    let refused = trust.subjects.iter().find(|subject| {
        let start = subject.strip_suffix('*').unwrap_or(subject);
        !start.chars().all(is_plain)
    });
    if let Some(refused) = refused {
        bail!(sentence!(
            "unfunco/oidc-github/aws 1.8.0 does not take the subject `{refused}`: use --plain"
        ));
    }
    let audiences = trust.audiences(facts);
    let usual = partition::audience(partition::AWS);
    if let Some(other) = audiences.iter().find(|it| *it != usual) {
        let other = visible::line(other);
        bail!("unfunco/oidc-github/aws 1.8.0 does not take the audience {other}: use --plain");
    }
    let subjects = trust.subjects.iter();
    let subjects: Vec<String> = subjects
        .map(|subject| format!("{}:{subject}", trust.repository))
        .collect();
    if facts.settings.ci.issuer != ISSUER {
        bail!(
            "ci.issuer is not that of github.com, the only one of unfunco/oidc-github/aws 1.8.0\n\
             help: use --plain"
        );
    }
    let label = trust.label(facts);
    let module = label.replacen("github", "oidc_github", 1);
    let statements = trust.statements(facts)?;
    let (inline, policy) = match statements.is_empty() {
        true => (String::new(), String::new()),
        false => (
            format!(
                "\n  iam_role_inline_policies = {{\n    terraform = \
                 data.aws_iam_policy_document.{label}_terraform.json\n  }}\n"
            ),
            format!("\n{}", document(&format!("{label}_terraform"), &statements)),
        ),
    };
    let (known, provider) = match (trust.known_provider(facts), trust.is_second) {
        (Some(known), false) => (whose(known), "\n  create_oidc_provider = false\n"),
        (_, true) => (String::new(), "\n  create_oidc_provider = false\n"),
        (None, false) => (String::new(), ""),
    };
    let path = trust.role_path(facts);
    let path = path.map(|path| ("iam_role_path", quoted(&path)));
    // The module's own default, said for the role that only plans.
    let reads = trust.account.is_plan.then_some("attach_read_only_policy");
    let settings = [
        Some(("iam_role_name", quoted(trust.role_name(facts)))),
        path,
        Some(("attach_admin_policy", "false".to_owned())),
        reads.map(|name| (name, "true".to_owned())),
    ];
    let settings: Vec<(&str, String)> = settings.into_iter().flatten().collect();
    let width = settings.iter().map(|(name, _)| name.len()).max();
    let settings: String = settings
        .iter()
        .map(|(name, value)| format!("  {name:0$} = {value}\n", width.unwrap_or_default()))
        .collect();
    Ok(format!(
        r#"# {place} {rights}
{more}{known}module "{module}" {{
  source  = "unfunco/oidc-github/aws"
  version = "1.8.0"

{settings}{provider}
  github_repositories = {}
{inline}}}
{policy}"#,
        list(&subjects, 2),
        place = trust.place(),
        more = trust.rights_to_add(facts),
        rights = match trust.account.is_plan {
            true => "Its jobs only plan: ReadOnlyAccess, the state and its lock.",
            false =>
                "What they may do there is yours to say: give the policies'\n# ARNs in \
                 iam_role_policy_arns. The module itself attaches ReadOnlyAccess unless\n# \
                 attach_read_only_policy = false.",
        },
    ))
}

/// Whose the OIDC provider is that is there, as a comment.
pub(super) fn whose(known: &KnownIdentityProvider) -> String {
    format!(
        "# The account's OIDC provider is {}\n# ({}:{}): it stays there, a second one of its URL would fail.\n",
        visible::line(&known.block.reference),
        visible::path(&known.path),
        known.block.line
    )
}

/// The role by resources of the AWS provider.
///
/// # Errors
/// The role that reaches the state is not known, and jobs go on to it.
pub fn plain(facts: &RepositoryFacts, trust: &Trust<'_>) -> anyhow::Result<String> {
    let label = trust.label(facts);
    let statements = trust.statements(facts)?;
    let policy = match statements.is_empty() {
        true => String::new(),
        false => format!(
            r#"
{}
resource "aws_iam_role_policy" "{label}_terraform" {{
  name   = "terraform"
  role   = aws_iam_role.{label}.id
  policy = data.aws_iam_policy_document.{label}_terraform.json
}}
"#,
            document(&format!("{label}_terraform"), &statements)
        ),
    };
    let reads = match trust.account.is_plan {
        false => String::new(),
        true => format!(
            r#"
resource "aws_iam_role_policy_attachment" "{label}_read_only" {{
  role       = aws_iam_role.{label}.name
  policy_arn = "arn:{}:iam::aws:policy/ReadOnlyAccess"
}}
"#,
            facts.partition()
        ),
    };
    let known = trust.known_provider(facts);
    let trusted = trust.web_identity(facts, &label);
    let rights = match (known.is_some() || trust.is_second, trust.account.is_plan) {
        (false, false) => {
            "An account has one provider for GitHub: where it is there\n# already, import it. What \
             jobs may do there is yours to say: attach policies to the role."
        }
        (true, false) => "What jobs may do there is yours to say: attach policies to the role.",
        (_, true) => "Its jobs only plan: ReadOnlyAccess, the state and its lock.",
    };
    Ok(format!(
        r#"# {place} {rights}
{more}{trusted}
resource "aws_iam_role" "{label}" {{
  name               = {}
{path}  assume_role_policy = data.aws_iam_policy_document.{label}_trust.json
}}
{reads}{policy}"#,
        quoted(trust.role_name(facts)),
        path = path_line(trust.role_path(facts).as_deref()),
        place = trust.place(),
        more = trust.rights_to_add(facts),
    ))
}

/// The line of a role's path in `aws_iam_role`.
pub fn path_line(path: Option<&str>) -> String {
    path.map(|path| format!("  path               = {}\n", quoted(path)))
        .unwrap_or_default()
}
