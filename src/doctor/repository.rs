//! What in the repository itself stops init, or a job.

use syntax::shell;

use super::problem::Problem;
use super::setup::Setup;

/// What is wrong with lock files and workflows.
pub fn problems(setup: &Setup) -> Vec<Problem> {
    let inventory = &setup.inventory;
    let locks = inventory.locks.iter().map(|lock| {
        let at = match lock
            .path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            Some(directory) => format!(" -chdir={}", shell::path(directory)),
            None => String::new(),
        };
        let message = format!(
            "the lock file selects AWS provider {}, outside the constraint \"{}\": init fails",
            lock.version, lock.constraint
        );
        let cure = format!("terraform{at} init -upgrade");
        Problem::new("lock_file", message, cure).at(&lock.path, 1)
    });
    let tokens = inventory.without_id_token.iter().map(|job| {
        let message = format!(
            "job {} signs in by OIDC without `id-token: write` in its permissions: `Credentials could \
             not be loaded`",
            job.job
        );
        let cure = "permissions: { id-token: write, contents: read }";
        Problem::new("id_token", message, cure).at(&job.at.path, job.at.line)
    });
    let keyed = inventory.keyed_jobs.iter().map(|job| {
        let message = format!("job {} signs in with static keys from secrets", job.job);
        let cure = "tfkeyless apply --only workflow_oidc";
        Problem::new("keyed_job", message, cure).at(&job.at.path, job.at.line)
    });
    locks.chain(tokens).chain(keyed).collect()
}
