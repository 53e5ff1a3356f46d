//! Steps that go on from the credentials of their job, before and after edits.

use std::path::PathBuf;

use crate::github::keys::pair::KeyForm;
use crate::github::permissions::DefaultToken;
use crate::github::sign_ins::{SignInMethod, StepSignIn};
use crate::github::workflow::{StepOwner, Workflows};

impl Workflows {
    /// The first job that assumed a role with its keys or the credentials of an earlier step, and would
    /// sign in as that role by its token once the workflows are as `after`. That the keys of its `env:`
    /// are replaced so is meant.
    pub fn unchained(&self, after: &Self, default: DefaultToken) -> Option<(PathBuf, String)> {
        let mut owners = self.owners().filter(|owner| owner.job.is_some());
        owners.find_map(|owner| {
            let gets_token = !self.may_fetch_id_token(owner, default)
                && after.may_fetch_id_token(owner, default);
            if !gets_token {
                return None;
            }
            let role = self.unchained_role(after, owner)?;
            let name = self.name(owner);
            let what = format!("{name} would sign in as {role} by itself instead of from its keys");
            Some((self.source(owner).path.clone(), what))
        })
    }

    fn unchained_role(&self, after: &Self, owner: StepOwner) -> Option<String> {
        let before = self.sign_ins(owner);
        let now = after.sign_ins(owner);
        let has_env_keys = self.key_pairs(owner).iter().any(|pair| {
            let is_env = matches!(pair.form, KeyForm::JobEnv | KeyForm::WorkflowEnv);
            is_env && pair.is_static() && pair.passed_as.is_none()
        });
        // A step that was given keys beside the role is no chain, and its keys go.
        let has_keys = has_env_keys || before.iter().any(|it| is_given_keys(&it.how));
        let chained: Vec<&str> = before.iter().filter_map(by_token).collect();
        let mut found = now.iter().filter(|it| {
            let was_chained = by_token(it).is_some_and(|role| chained.contains(&role));
            let is_first = after
                .reaching(owner, now.iter(), it.step)
                .sign_ins
                .is_empty();
            was_chained && !(is_first && has_keys)
        });
        found.next().and_then(by_token).map(str::to_owned)
    }
}

fn is_given_keys(how: &SignInMethod) -> bool {
    matches!(
        how,
        SignInMethod::Role {
            is_web_identity: false,
            ..
        }
    )
}

/// The role of a sign-in that needs no more than a token.
fn by_token(sign_in: &StepSignIn) -> Option<&str> {
    match &sign_in.how {
        SignInMethod::Role {
            role,
            is_web_identity: true,
        } => Some(role),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A workflow of a caller and of what it calls; `head` stands before the steps of the called job.
    fn workflows(caller: &str, head: &str, role: &str) -> Workflows {
        let mut workflows = Workflows::default();
        let call = format!(
            "on: push\npermissions: {{ {caller} }}\njobs:\n  c:\n    uses: ./.github/workflows/b.yml\n"
        );
        let deploy = format!(
            "on: workflow_call\njobs:\n  b:\n    runs-on: ubuntu-latest\n{head}    steps:\n      - uses: \
             aws-actions/configure-aws-credentials@v4\n        with: {{ role-to-assume: r{role} }}\n"
        );
        for (name, text) in [("a", call), ("b", deploy)] {
            let path = format!(".github/workflows/{name}.yml");
            workflows.add(Path::new(&path), text, None);
        }
        assert!(workflows.unread.is_empty(), "{:?}", workflows.unread);
        workflows
    }

    #[test]
    fn a_token_from_the_caller_turns_a_chain_into_a_sign_in_of_its_own() {
        const ENV: &str =
            "    env: { AWS_ACCESS_KEY_ID: '${{ secrets.A }}', AWS_SECRET_ACCESS_KEY: x }\n";
        const READ: &str = "contents: read";
        const WRITE: &str = "contents: read, id-token: write";
        const OWN: &str = "    permissions: { contents: read }\n";
        for ((before, after), (head, role), expected) in [
            ((READ, WRITE), ("", ""), true),
            // It has a block of its own, which does not name the token.
            ((READ, WRITE), (OWN, ""), false),
            ((WRITE, WRITE), ("", ""), false),
            ((READ, READ), ("", ""), false),
            ((READ, WRITE), ("", ", role-chaining: true"), false),
            // The role takes the place of the keys.
            ((READ, WRITE), (ENV, ""), false),
        ] {
            let (before, after) = (workflows(before, head, role), workflows(after, head, role));
            let found = before.unchained(&after, DefaultToken::Unknown);
            assert_eq!(found.is_some(), expected, "{head}{role}: {found:?}");
        }
    }
}
