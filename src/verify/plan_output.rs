//! What `plan -json` prints, as far as it is kept: addresses and actions, and where an error is. Values
//! are neither shown nor kept.

use serde_json::Value;

/// One change of a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedChange {
    /// The address of a resource, or `output.NAME`.
    pub address: String,
    /// `create`, `update`, `replace`, `delete`, `import`, `move`, `forget`.
    pub action: String,
}

/// The lines of a plan.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PlanOutput {
    /// The changes, in order.
    pub changes: Vec<PlannedChange>,
    /// Whether it says that it is a whole plan.
    pub is_complete: bool,
    /// Where the first error is: the address, or file and line.
    pub error_at: Option<String>,
}

impl PlanOutput {
    /// Reads the lines ("Machine-Readable UI" of Terraform's documentation); what is none is passed
    /// over.
    pub fn read(text: &str) -> Self {
        let mut output = Self::default();
        for line in text.lines() {
            // Terragrunt puts a prefix before each line, unless it is told not to.
            let Some(at) = line.find('{') else { continue };
            let Ok(message) = serde_json::from_str::<Value>(&line[at..]) else {
                continue;
            };
            output.add(&message);
        }
        output.changes.sort();
        output.changes.dedup();
        output
    }

    fn add(&mut self, message: &Value) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match message["type"].as_str() {
            Some("planned_change") => {
                let change = &message["change"];
                let address = text(&change["resource"]["addr"]);
                let action = text(&change["action"]);
                if let Some((address, action)) = address.zip(action)
                    && is_change(&action)
                {
                    self.changes.push(PlannedChange { address, action });
                }
            }
            Some("outputs") => {
                let outputs = message["outputs"].as_object().into_iter().flatten();
                for (name, output) in outputs {
                    let action = text(&output["action"]).filter(|action| is_change(action));
                    self.changes.extend(action.map(|action| PlannedChange {
                        address: format!("output.{name}"),
                        action,
                    }));
                }
            }
            Some("change_summary") => self.is_complete = true,
            Some("diagnostic") if message["diagnostic"]["severity"] == "error" => {
                let found = &message["diagnostic"];
                let address = text(&found["address"]);
                let at = address.or_else(|| {
                    let file = text(&found["range"]["filename"])?;
                    Some(format!("{file}:{}", found["range"]["start"]["line"]))
                });
                self.error_at = self.error_at.take().or(at);
            }
            _ => {}
        }
    }
}

/// Whether an action changes anything: a data source that is read at apply does not.
fn is_change(action: &str) -> bool {
    !matches!(action, "noop" | "no-op" | "read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_actions_are_read_and_values_are_not() {
        let text = concat!(
            "noise\n",
            "{\"type\":\"version\",\"terraform\":\"1.11.4\"}\n",
            "{\"type\":\"resource_drift\",\"change\":{\"resource\":{\"addr\":\"a.drift\"},\"action\":\"update\"}}\n",
            "12:00 STDOUT terraform: {\"type\":\"planned_change\",\"change\":{\"resource\":{\"addr\":\"a.b[\\\"x y\\\"]\"},\"action\":\"update\"}}\n",
            "{\"type\":\"planned_change\",\"change\":{\"resource\":{\"addr\":\"data.a.b\"},\"action\":\"read\"}}\n",
            "{\"type\":\"change_summary\",\"changes\":{\"add\":0,\"change\":1,\"remove\":0,\"operation\":\"plan\"}}\n",
            "{\"type\":\"outputs\",\"outputs\":{\"o\":{\"sensitive\":false,\"action\":\"create\",\"value\":\"s3cr3t\"},\"p\":{\"action\":\"noop\"}}}\n",
            "{\"type\":\"planned_change\"}\n{\"broken\n",
        );
        let output = PlanOutput::read(text);
        let changes = output.changes.iter();
        let changes: Vec<_> = changes
            .map(|change| format!("{} {}", change.action, change.address))
            .collect();
        assert_eq!(changes, ["update a.b[\"x y\"]", "create output.o"]);
        assert!(output.is_complete);
        assert!(!format!("{output:?}").contains("s3cr3t"));
    }

    #[test]
    fn an_error_tells_where_it_is_and_not_what_it_quotes() {
        let text = concat!(
            "{\"type\":\"diagnostic\",\"diagnostic\":{\"severity\":\"warning\",\"address\":\"a.w\"}}\n",
            "{\"type\":\"diagnostic\",\"diagnostic\":{\"severity\":\"error\",\"summary\":\"got s3cr3t\",\"range\":{\"filename\":\"main.tf\",\"start\":{\"line\":7}}}}\n",
        );
        let output = PlanOutput::read(text);
        assert_eq!(output.error_at.as_deref(), Some("main.tf:7"));
        assert!(!output.is_complete && !format!("{output:?}").contains("s3cr3t"));
    }
}
