//! What `assume_role` set of the role's session, which goes with the role.

use syntax::code;
use terraform::assume_role::Role;

/// What each argument was for, as what is no longer true. Sources: the page "AssumeRole" of the STS API,
/// and "Pass session tags in AWS STS" of the IAM user guide.
const MEANINGS: [(&[&str], &str); 5] = [
    (
        &["policy", "policy_arns"],
        "no longer narrows what the provider may do: it gets all permissions of the signed-in role",
    ),
    (
        &["external_id"],
        "is no longer sent: only the trust policy of the removed role asks for it",
    ),
    (
        &["duration", "duration_seconds"],
        "no longer sets how long a session lasts: the profile's permission set and the job's \
         `role-duration-seconds` do",
    ),
    (
        &["tags", "transitive_tag_keys"],
        "no longer tags the session: policies with `aws:PrincipalTag` see only the tags of the signed-in role",
    ),
    (
        &["source_identity"],
        "is no longer set: policies with `aws:SourceIdentity` and CloudTrail miss it",
    ),
];

/// What the session of these roles loses, a clause each.
pub(super) fn removed(roles: &[Role<'_>]) -> Vec<String> {
    let set: Vec<&str> = roles
        .iter()
        .flat_map(|role| role.session().map(|it| it.name))
        .collect();
    let lost = MEANINGS.iter().filter_map(|(names, meaning)| {
        let own = names.iter().filter(|name| set.contains(name));
        let own: Vec<String> = own.map(|name| code::quoted(name)).collect();
        (!own.is_empty()).then(|| format!("{} {meaning}", own.join(" with ")))
    });
    lost.collect()
}
