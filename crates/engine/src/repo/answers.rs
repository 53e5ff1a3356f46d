//! The answers of the configuration beside what they are about: some are about nothing, some
//! contradict each other.

mod buckets;
mod contradicted;

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use ci::github::expression::{expressions, references};
use ci::github::workflow::model::SecretsPassed;
use ci::settings::{JobBlock, is_directory};
use diagnostics::finding::Finding;
use diagnostics::suggestion::closest;
use syntax::code::sentence;
use syntax::glob;
use syntax::location::Region;

use super::Repo;
use crate::error::PlanError;
use crate::settings::{AccountAnswer, SettingsError, SettingsErrors, warning};

/// A block of the configuration beside what it is about.
struct Answer<'r> {
    /// The kind of the block.
    kind: &'static str,
    pattern: &'r str,
    at: &'r Region,
    /// What it says, so that two can be compared.
    says: String,
    /// The names that it covers, and how precisely it names each.
    covered: Vec<(String, (bool, usize))>,
    /// What it covers none of; `None` where not all names are known.
    of: Option<&'static str>,
    /// The known names, as a block would write them.
    known: Rc<BTreeSet<String>>,
}

impl Repo {
    /// Refuses answers that contradict each other about something in the repository.
    ///
    /// # Errors
    /// Two blocks that name something equally precisely, and say different things of it.
    pub fn check_answers(&self) -> Result<(), PlanError> {
        let mut errors = Vec::new();
        for answers in self.answers() {
            for (index, later) in answers.iter().enumerate() {
                let earlier = answers[..index].iter().filter(|it| it.says != later.says);
                let mut tied = earlier.filter_map(|it| Some((it, it.tied_with(later, &answers)?)));
                let tied = tied.next();
                errors.extend(tied.map(|(earlier, name)| contradiction(earlier, later, name)));
            }
        }
        errors.sort_by_key(|error| error.at.range.start);
        match errors.is_empty() {
            true => Ok(()),
            false => Err(PlanError::Configuration(SettingsErrors(errors))),
        }
    }

    /// What is doubtful in the configuration: answers that are about nothing in the repository, and
    /// what its reader warned of.
    pub fn doubtful_settings(&self) -> Vec<Finding> {
        let answers = self.answers().into_iter().flatten();
        let unmatched = answers.filter(|answer| answer.covered.is_empty());
        let unmatched = unmatched.filter_map(|answer| {
            let (kind, pattern) = (answer.kind, answer.pattern);
            let subject = format!("{kind} \"{pattern}\"");
            let found = warning(answer.at, subject, format!("matches no {}", answer.of?));
            Some(match meant(pattern, &answer.known) {
                Some(meant) => found.help(sentence!("did you mean `{meant}`?")),
                None => found,
            })
        });
        let warnings = self.settings().warnings.iter().cloned();
        let all = unmatched
            .chain(self.unmatched_roots())
            .chain(self.contradicted_roots())
            .chain(warnings);
        let mut all: Vec<Finding> = all.collect();
        all.sort_by_key(|warning| warning.range.start);
        // A `job` block is asked of in more than one way.
        all.dedup();
        all
    }

    /// The `roots` of `job` blocks that are no directories of the repository.
    fn unmatched_roots(&self) -> Vec<Finding> {
        let mut warnings = Vec::new();
        for block in &self.settings().ci.jobs {
            let roots = block.roots.iter().flatten();
            let unmatched = roots.filter(|root| {
                let mut known = self.index.modules.all();
                !known.any(|(number, _)| is_directory(root, self.index.modules.path(number)))
            });
            warnings.extend(unmatched.map(|root| {
                let subject = sentence!("`{root}` in the roots of job \"{}\"", block.pattern);
                let message = "matches no directory with Terraform code";
                warning(&block.at, subject, message)
            }));
        }
        warnings
    }

    /// The answers, those of a kind together.
    fn answers(&self) -> [Vec<Answer<'_>>; 9] {
        let settings = self.settings();
        let environments = || self.environments();
        let directories = || Some(self.directory_names());
        let expressions = || Some(self.expressions());
        [
            self.runner_answers(),
            self.job_answers(JobBlock::is_about_sign_in, |it| {
                format!("{:?} {:?}", it.roots, it.account)
            }),
            self.job_answers(
                |it| it.permissions.is_some(),
                |it| format!("{:?}", it.permissions),
            ),
            account_answers(
                ("keys", "secret that a workflow reads"),
                &settings.keys,
                || self.secrets(),
                AccountAnswer::covers,
            ),
            account_answers(
                ("environment", "environment of a job"),
                &settings.environments,
                environments,
                AccountAnswer::covers,
            ),
            account_answers(
                ("root", "directory with Terraform code"),
                &settings.roots,
                directories,
                |it, name| it.covers_directory(Path::new(name)),
            ),
            account_answers(
                ("role", "expression of a workflow"),
                &settings.roles,
                expressions,
                AccountAnswer::covers_expression,
            ),
            self.state_buckets(),
            self.module_sources(),
        ]
    }

    fn runner_answers(&self) -> Vec<Answer<'_>> {
        let blocks = self.settings().runners.iter();
        let files = || {
            let shared = self.index.shared_environments.iter();
            let shared = shared.map(|shared| &shared.at.path);
            let runners = self.index.runners.iter().map(|runner| &runner.at.path);
            runners.chain(shared)
        };
        let known = files().map(|path| path.display().to_string()).collect();
        let known = Rc::new(known);
        let answers = blocks.map(|block| {
            let covered = files().filter(|path| block.covers(path));
            let precision = glob::precision(&block.pattern);
            Answer {
                kind: "runner",
                pattern: &block.pattern,
                at: &block.at,
                says: format!("{:?}", block.answer),
                covered: covered
                    .map(|path| (path.display().to_string(), precision))
                    .collect(),
                of: Some("file that runs Terraform"),
                known: Rc::clone(&known),
            }
        });
        answers.collect()
    }

    fn job_answers(
        &self,
        has_answer: impl Fn(&JobBlock) -> bool,
        says: impl Fn(&JobBlock) -> String,
    ) -> Vec<Answer<'_>> {
        let workflows = &self.index.workflows;
        let blocks = self.settings().ci.jobs.iter().filter(|it| has_answer(it));
        let known = workflows.owners().filter_map(|owner| {
            let file = workflows.source(owner).path.file_name()?.to_string_lossy();
            Some(format!("{file}:{}", workflows.job(owner)?.id))
        });
        // Those above the root.
        let above = || {
            let runners = self.index.runners.iter();
            runners.filter_map(|it| Some((&it.at.path, it.job.as_ref()?)))
        };
        let of_above = above().map(|(path, job)| format!("{}:{job}", path.display()));
        let known = Rc::new(known.chain(of_above).collect::<BTreeSet<String>>());
        let answers = blocks.map(|block| {
            let covered = workflows.owners().filter_map(|owner| {
                let (path, job) = (&workflows.source(owner).path, &workflows.job(owner)?.id);
                let precision = block.precision(path, job)?;
                Some((format!("{}:{job}", path.display()), precision))
            });
            let of_above = above().filter_map(|(path, job)| {
                let precision = block.precision(path, job)?;
                Some((format!("{}:{job}", path.display()), precision))
            });
            let covered = covered.chain(of_above);
            Answer {
                kind: "job",
                pattern: &block.pattern,
                at: &block.at,
                says: says(block),
                covered: covered.collect(),
                // A workflow without AWS and Terraform is not read, nor one that is no YAML.
                of: workflows
                    .unread
                    .is_empty()
                    .then_some("job of a workflow with AWS or Terraform"),
                known: Rc::clone(&known),
            }
        });
        answers.collect()
    }

    /// The secrets that workflows read; `None` where one computes a name, or passes all on to a
    /// workflow of another repository.
    fn secrets(&self) -> Option<BTreeSet<String>> {
        let workflows = &self.index.workflows;
        let mut passed_on = workflows.owners().filter(|owner| {
            let job = workflows.job(*owner);
            job.is_some_and(|it| matches!(it.secrets, SecretsPassed::Inherit))
                && workflows.callee(*owner).is_none()
        });
        if passed_on.next().is_some() {
            return None;
        }
        let texts = workflows.sources.iter().map(|source| source.yaml.text());
        let found = texts.flat_map(references);
        let secrets = found.filter(|it| it.context == "secrets");
        let above = self.index.secrets_above.iter().cloned().map(Some);
        secrets.map(|it| it.name).chain(above).collect()
    }

    /// The environments of jobs; `None` where an expression names one.
    fn environments(&self) -> Option<BTreeSet<String>> {
        let workflows = &self.index.workflows;
        let jobs = workflows.owners().filter_map(|owner| workflows.job(owner));
        let named = jobs.filter_map(|job| job.environment.clone());
        named
            .map(|name| (!name.contains("${{")).then_some(name))
            .collect()
    }

    fn directory_names(&self) -> BTreeSet<String> {
        let modules = &self.index.modules;
        let paths = modules.all().map(|(number, _)| modules.path(number));
        paths.map(|path| path.display().to_string()).collect()
    }

    /// The expressions of workflows, and the single references in them.
    fn expressions(&self) -> BTreeSet<String> {
        let texts = self.index.workflows.sources.iter();
        let texts = texts.map(|source| source.yaml.text());
        let found = texts.flat_map(|text| {
            let whole = references(text).into_iter().map(|it| it.whole);
            let ranges = expressions(text).into_iter().chain(whole);
            ranges.map(|range| text[range].trim().to_owned())
        });
        found.collect()
    }
}

impl Answer<'_> {
    /// A name that both cover equally precisely, and no other answer more precisely.
    fn tied_with<'a>(&'a self, other: &Self, all: &[Self]) -> Option<&'a str> {
        let tied = self.covered.iter().find(|(name, precision)| {
            let is_more = |it: &Self| it.precision_of(name).is_some_and(|own| own > *precision);
            other.precision_of(name) == Some(*precision) && !all.iter().any(is_more)
        });
        tied.map(|(name, _)| name.as_str())
    }

    fn precision_of(&self, name: &str) -> Option<(bool, usize)> {
        let mut covered = self.covered.iter();
        covered.find(|(own, _)| own == name).map(|(_, it)| *it)
    }
}

/// The answers `KIND "PATTERN" { account = "LABEL" }` beside the names of the repository.
fn account_answers<'r>(
    (kind, of): (&'static str, &'static str),
    answers: &'r [AccountAnswer],
    names: impl FnOnce() -> Option<BTreeSet<String>>,
    covers: impl Fn(&AccountAnswer, &str) -> bool,
) -> Vec<Answer<'r>> {
    // Without a block nothing has to be read.
    if answers.is_empty() {
        return Vec::new();
    }
    let names = names();
    let known = Rc::new(names.clone().unwrap_or_default());
    let found = answers.iter().map(|answer| {
        let covered = names.iter().flatten().filter(|name| covers(answer, name));
        let precision = glob::precision(&answer.pattern);
        Answer {
            kind,
            pattern: &answer.pattern,
            at: &answer.at,
            says: answer.account.clone(),
            covered: covered.map(|name| (name.clone(), precision)).collect(),
            of: names.is_some().then_some(of),
            known: Rc::clone(&known),
        }
    });
    found.collect()
}

/// The known name that a pattern without a match is most like. What two names of one place have in common, such as
/// the file of two jobs, makes them no more alike.
fn meant(pattern: &str, known: &BTreeSet<String>) -> Option<String> {
    fn split(name: &str) -> (&str, &str) {
        let own = name.rfind([':', '/', '.']).map_or(0, |at| at + 1);
        name.split_at(own)
    }
    let (place, own) = split(pattern);
    let names = known.iter().map(String::as_str);
    let (near, far): (Vec<&str>, Vec<&str>) = names.partition(|name| split(name).0 == place);
    let near = closest(own, near.iter().map(|name| split(name).1));
    let near = near.map(|own| format!("{place}{own}"));
    near.or_else(|| closest(pattern, far).map(str::to_owned))
}

fn contradiction(earlier: &Answer<'_>, later: &Answer<'_>, name: &str) -> SettingsError {
    let Answer { kind, pattern, .. } = later;
    let other = earlier.pattern;
    let name = if name.is_empty() { "." } else { name };
    let advice = match pattern.contains('*') || other.contains('*') {
        true => sentence!("write `{kind} \"{name}\"`"),
        false => "remove one".to_owned(),
    };
    SettingsError {
        at: later.at.clone(),
        message: sentence!(
            "`{kind} \"{pattern}\"` and `{kind} \"{other}\"` match `{name}` equally and contradict each \
             other: {advice}"
        ),
        first: Some(earlier.at.clone()),
    }
}
