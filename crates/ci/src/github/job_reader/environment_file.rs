//! The variables that steps write to the environment file for later steps.

use crate::github::workflow::model::Step;
use crate::scripts::shell;
use crate::variant::{Environment, is_literal};

/// What steps wrote.
#[derive(Debug, Default)]
pub(super) struct EnvironmentFile {
    /// The variables; `None` for a value that only the run determines.
    pub variables: Environment,
    /// Whether steps wrote more than that.
    pub has_others: bool,
}

impl EnvironmentFile {
    /// Adds what the script of a step writes, which may be left out where that is conditional.
    pub(super) fn add(&mut self, script: &str, is_conditional: bool) {
        if !script.contains("GITHUB_ENV") {
            return;
        }
        // The branches and loops that are open.
        let mut depth = 0_usize;
        for command in shell::commands(script) {
            let words = &command.words;
            match words.first().map_or("", String::as_str) {
                "if" | "case" | "for" | "while" | "until" => depth += 1,
                "fi" | "esac" | "done" => depth = depth.saturating_sub(1),
                _ => {}
            }
            let writes = words.windows(2).any(|pair| {
                pair[0] == ">" && (pair[1].contains("GITHUB_ENV") || pair[1].contains("github.env"))
            });
            if !writes {
                // `tee -a "$GITHUB_ENV"`, and programs that are told the file.
                self.has_others |= words.iter().any(|word| word.contains("GITHUB_ENV"));
                continue;
            }
            let begins = |word: &&String| matches!(word.as_str(), "then" | "else" | "do" | "{");
            let words = &words[words.iter().take_while(begins).count()..];
            let may_not = is_conditional || depth > 0 || command.is_chained;
            let said = words.get(1).filter(|_| words[0] == "echo");
            match said.and_then(|said| said.split_once('=')) {
                Some((name, value)) => {
                    let value = Some(value.to_owned()).filter(|it| is_literal(it) && !may_not);
                    self.variables.insert(name.to_owned(), value);
                }
                None => self.has_others = true,
            }
        }
    }
}

/// Whether `if:` may leave a step out of a job that goes well.
pub(super) fn may_be_left_out(step: &Step) -> bool {
    let condition = step.condition.as_ref().map(|it| it.value.trim());
    let bare = condition.map(|it| it.trim_start_matches("${{").trim_end_matches("}}").trim());
    bare.is_some_and(|it| !matches!(it, "" | "always()" | "success()" | "!cancelled()" | "true"))
}
