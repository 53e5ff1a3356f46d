//! `ci.session_name`: what CloudTrail calls the sessions of jobs.

/// Placeholder for the id of the job.
const JOB: &str = "{job}";

/// Placeholder for the number of the run, of up to 20 digits.
const RUN: &str = "{run}";

/// The longest name of a session, and the shortest (STS API reference, `RoleSessionName`).
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=64;

/// The name of the sessions of jobs, in which `{job}` and `{run}` may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionName(String);

impl SessionName {
    /// Reads a name.
    ///
    /// # Errors
    /// What STS refuses: other letters than `[A-Za-z0-9_+=,.@-]`, fewer than 2 of them or more than 64.
    pub fn new(text: &str) -> Result<Self, String> {
        let fixed = text.replace(JOB, "").replace(RUN, "");
        if let Some(letter) = fixed.chars().find(|letter| !is_allowed(*letter)) {
            return Err(format!(
                "a session's name has letters, digits and +=,.@_-, and no {letter:?}; {JOB} and {RUN} may \
                 stand in it"
            ));
        }
        let longest = fixed.len() + 20 * text.matches(RUN).count();
        match text.contains(JOB) || LENGTHS.contains(&longest) {
            true => Ok(Self(text.to_owned())),
            false => {
                Err("a session's name has 2 to 64 letters, of which {run} takes 20".to_owned())
            }
        }
    }

    /// The name for a job, as GitHub evaluates it; `None` of an action, which takes that of its job.
    pub fn of(&self, job: Option<&str>) -> String {
        let run = "${{ github.run_id }}";
        let fixed = self.0.replace(JOB, "").replace(RUN, "").len();
        let room =
            LENGTHS.end() - fixed.min(*LENGTHS.end()) - 20 * self.0.matches(RUN).count().min(3);
        let job = match job {
            // A job's id has letters that a session's name may have ("Workflow syntax", `jobs.<job_id>`).
            Some(id) => id
                .chars()
                .filter(|letter| is_allowed(*letter))
                .take(room)
                .collect(),
            None => "${{ github.job }}".to_owned(),
        };
        self.0.replace(JOB, &job).replace(RUN, run)
    }
}

fn is_allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_sts_takes() {
        for (text, job, expected) in [
            ("github", Some("apply"), Ok("github")),
            (
                "gha-{job}-{run}",
                Some("apply"),
                Ok("gha-apply-${{ github.run_id }}"),
            ),
            ("gha-{job}", None, Ok("gha-${{ github.job }}")),
            ("{job}", Some("a-job_1"), Ok("a-job_1")),
            ("a b", None, Err("no ' '")),
            ("${{ github.run_id }}", None, Err("no '$'")),
            ("a", None, Err("2 to 64")),
        ] {
            let found = SessionName::new(text).map(|name| name.of(job));
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
        let long = "x".repeat(40);
        let name = SessionName::new(&format!("{long}{{job}}")).unwrap();
        assert_eq!(name.of(Some(&long)).len(), 64);
        assert!(SessionName::new(&"x".repeat(65)).is_err());
        assert!(SessionName::new(&format!("{long}x{{run}}{{run}}")).is_err());
    }
}
