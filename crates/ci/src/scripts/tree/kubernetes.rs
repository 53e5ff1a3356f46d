//! Calls of Kubernetes' tools with settings of the tree, by which they may sign in with AWS credentials.

use super::TreeScripts;
use crate::flags;
use crate::scripts::aws_use::quoted;
use crate::scripts::reader::{AwsUse, Called, ScriptCall, ScriptReading};

/// Programs that sign a token for EKS.
const SIGNERS: [&str; 2] = ["command: aws", "command: \"aws"];

impl TreeScripts {
    /// `kubectl --kubeconfig FILE ...`
    pub(super) fn kubernetes(&self, call: &ScriptCall, name: &str, arguments: &[String]) -> Called {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let given = flags::values(&words, &["kubeconfig"]).next();
        let of_environment = || call.context.environment.get("KUBECONFIG")?.as_deref();
        let file = given.map(|(_, file)| file).or_else(of_environment);
        let Some(path) = file.and_then(|file| call.context.working.join(file)) else {
            return Called::Nothing;
        };
        let text = match self.first(call, &[path]) {
            Ok(Some((_, text))) => text,
            Ok(None) => return Called::Nothing,
            Err(()) => return Called::Unread,
        };
        if !SIGNERS.iter().any(|signer| text.contains(signer)) {
            return Called::Nothing;
        }
        let mut reading = ScriptReading::starting(call.context.clone());
        reading.aws_uses.push(AwsUse::of(quoted(&[name])));
        Called::Read(Box::new(reading))
    }
}
