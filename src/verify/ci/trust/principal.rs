//! Whether a statement is about who asks.

use serde_json::Value;
use syntax::code::sentence;

use super::truth::Truth;
use super::{Principal, Request, texts};

/// Whether the principals of a statement are the request's.
pub fn principal(value: &Value, request: &Request) -> Truth {
    let kinds = match value {
        Value::String(all) if all == "*" => return anybody(request),
        Value::Object(kinds) => kinds,
        _ => return Truth::unknown("a principal is neither `*` nor an object"),
    };
    let found = kinds.iter().map(|(kind, value)| {
        let Some(names) = texts(value) else {
            return Truth::unknown("a principal is no text");
        };
        let is_it = |name: &str| match (kind.as_str(), &request.principal) {
            ("AWS", _) if name == "*" => anybody(request),
            ("Federated", Principal::Token(provider)) => Truth::of(name == provider),
            ("AWS", Principal::Role(arn)) => is_role(name, arn),
            ("AWS" | "Federated" | "Service", _) => Truth::False,
            (other, _) => Truth::unknown(sentence!("a principal is of the kind `{other}`")),
        };
        Truth::any(names.into_iter().map(is_it))
    });
    Truth::any(found)
}

/// `*`, which is everybody whom AWS knows. Whether that includes who comes with a token AWS's pages do not
/// say.
fn anybody(request: &Request) -> Truth {
    match request.principal {
        Principal::Role(_) => Truth::True,
        Principal::Token(_) => Truth::unknown("the principal is `*`"),
    }
}

/// Whether a principal of AWS's is a role: by its ARN, or by its account.
fn is_role(name: &str, arn: &str) -> Truth {
    let account = arn.split(':').nth(4).unwrap_or_default();
    if name == arn || name == account {
        return Truth::True;
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", id, "root"] => {
            Truth::of(*id == account && arn.split(':').nth(1) == Some(partition))
        }
        ["arn", _, "iam", ..] => Truth::False,
        // A session of the role, or what the ids of removed principals leave.
        _ if terraform::account::is_account_id(name) => Truth::False,
        _ => Truth::unknown(sentence!("the principal is `{name}`")),
    }
}
