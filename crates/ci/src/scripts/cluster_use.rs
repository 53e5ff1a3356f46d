//! Commands that talk to the Kubernetes cluster of their machine: settings of EKS sign by the credentials of the
//! environment.

use crate::scripts::aws_use::{KUBERNETES, quoted, subcommand};
use crate::scripts::invocation::Invocation;
use crate::scripts::local_commands::is_local_subcommand;
use crate::scripts::reader::Execution;

/// The first command of a script, as a message names it, that talks to a cluster by the settings of its machine.
/// `None` where the script names a cluster by other settings, or writes these itself, which [`super::aws_use::of`] knows.
pub fn of(script: &str) -> Option<String> {
    if ["KUBECONFIG=", "update-kubeconfig"]
        .iter()
        .any(|it| script.contains(it))
    {
        return None;
    }
    let commands = Execution::of(script).commands;
    let mut found = commands.iter().filter_map(|command| {
        let invocation = Invocation::of(&command.words)?;
        let (name, arguments) = (invocation.name(), invocation.arguments);
        let verb = subcommand(
            arguments,
            &["-n", "--namespace", "--context", "--kube-context"],
        )?;
        let is_own = |word: &String| {
            let own = ["--kubeconfig", "--token", "--server", "--dry-run=client"];
            own.iter().any(|it| word.starts_with(it))
        };
        // `argocd` signs in by itself.
        let is_client = KUBERNETES.contains(&name) && name != "argocd";
        let is_local = verb == "version" || is_local_subcommand(name, verb, arguments);
        let talks = is_client && !is_local && !arguments.iter().any(is_own);
        talks.then(|| quoted(&[name, verb]))
    });
    found.next()
}

#[cfg(test)]
mod tests {
    use syntax::code;

    use super::*;

    #[test]
    fn commands_that_talk_to_the_cluster_of_their_machine_are_named() {
        for (script, expected) in [
            ("kubectl apply -f x.yaml", Some("kubectl apply")),
            ("kubectl -n a delete pod x", Some("kubectl delete")),
            ("cd x && helm upgrade a b", Some("helm upgrade")),
            ("kubectl --kubeconfig x apply -f y", None),
            ("KUBECONFIG=x kubectl apply -f y", None),
            (
                "aws eks update-kubeconfig --profile x && kubectl get nodes",
                None,
            ),
            ("kubectl version --client", None),
            ("kubectl kustomize x", None),
            ("helm template x", None),
            ("argocd app sync x", None),
            ("echo kubectl apply", None),
        ] {
            let expected = expected.map(code::quoted);
            assert_eq!(of(script), expected, "{script}");
        }
    }
}
