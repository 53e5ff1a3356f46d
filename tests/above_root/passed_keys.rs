//! Keys that jobs and scripts above the root pass as variables of Terraform: no edit takes them away there.

use super::{CONFIG, WORKFLOW, plan, workflow};
use crate::support::checkout::Checkout;

/// A root module whose provider takes keys from variables.
const TAKES_KEYS: &str = "provider \"aws\" {\n  version    = \"~> 5.0\"\n  access_key = var.key_id\n  secret_key = var.key\n}\n\nvariable \"key_id\" {}\n\nvariable \"key\" {}\n";

#[test]
fn keys_that_are_passed_as_variables_above_are_kept_with_their_variables() {
    let passes = "-var key_id=${{ secrets.ID }} -var key=${{ secrets.KEY }}";
    let in_environment =
        "    env:\n      TF_VAR_key_id: ${{ secrets.ID }}\n      TF_VAR_key: ${{ secrets.KEY }}\n";
    let script = format!("#!/bin/sh\nterraform -chdir=infra/a apply {passes}\n");
    for (path, text, is_kept) in [
        (
            WORKFLOW,
            workflow(
                "",
                &format!("- run: terraform -chdir=infra/a apply {passes}"),
            ),
            true,
        ),
        (
            WORKFLOW,
            workflow(in_environment, "- run: terraform -chdir=infra/a apply"),
            true,
        ),
        ("deploy.sh", script, true),
        (
            WORKFLOW,
            workflow(
                "",
                &format!("- run: terraform -chdir=infra/b apply {passes}"),
            ),
            false,
        ),
        (
            WORKFLOW,
            workflow("", "- run: terraform -chdir=infra/a apply -var region=eu"),
            false,
        ),
    ] {
        let files = [
            ("infra/tfkeyless.hcl", CONFIG),
            ("infra/a/main.tf", TAKES_KEYS),
            ("infra/b/main.tf", "terraform {}\n"),
            (path, &text),
        ];
        let checkout = Checkout::committed(&files);
        let outcome = plan(&checkout, &["infra"]);
        let is_removed = outcome.stdout.contains("-  access_key = var.key_id");
        assert_eq!(is_removed, !is_kept, "{text}\n{}", outcome.stderr);
        let place = format!("provider \"aws\" is not changed: ../{path}:");
        let sets = "sets variable \"key";
        let is_said = outcome.stderr.contains(&place) && outcome.stderr.contains(sets);
        assert_eq!(is_said, is_kept, "{text}\n{}", outcome.stderr);
    }
}
