//! Workflows.

/// Where a job's credentials are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keys {
    /// In the action's `with:`.
    With,
    JobEnv,
    /// In `env:` of the steps that need them.
    StepEnv,
    /// In the workflow's `env:`.
    WorkflowEnv,
    /// In a profile that a script writes: the default one, or one that the job names.
    Profile(Option<&'static str>),
    /// In variables of Terraform, by the job's `env:`.
    TfVar,
    /// The same, and in its environment, too.
    TfVarBoth,
    /// In arguments of Terraform.
    TfArguments,
    /// In `with:`, beside a role in the account of that id.
    BesideRole(&'static str),
    /// No keys: it signs in by OIDC to an ARN or an expression.
    Oidc(&'static str),
    /// Those that a secret manager gives out.
    Vault,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Environment {
    None,
    Named(&'static str),
    /// As the matrix says.
    Matrix,
}

/// Which root modules a job runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    One(usize),
    /// Both, in one step each.
    Two(usize, usize),
    /// Both in one step.
    Joint(usize, usize),
    /// All, one in each job of a matrix.
    Matrix,
    /// That of a variable.
    Unknown,
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Condition {
    None,
    Main,
    Tag,
    Always,
    Failure,
}

/// A step beside those that run Terraform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extra {
    Aws,
    Ecr,
    Docker,
    /// A container that has the files of the home directory.
    Mount,
    /// An action that nobody knows.
    Action,
    /// A second sign-in with keys of its own.
    SecondPair,
}

#[derive(Clone, Debug)]
pub struct Job {
    pub keys: Keys,
    /// Which of two pairs of keys.
    pub pair: usize,
    pub environment: Environment,
    pub target: Target,
    pub is_hosted: bool,
    pub sign_in_if: Condition,
    pub run_if: Condition,
    pub is_lenient: bool,
    /// Whether it says what its token may do.
    pub has_permissions: bool,
    /// Before the runs of Terraform, and after them.
    pub extras: (Option<Extra>, Option<(Extra, Condition)>),
}

/// Whether jobs stand in the workflow that is triggered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Plain,
    /// The first job stands in a workflow that is called for each root module, with its directory.
    Called,
}

#[derive(Clone, Debug)]
pub struct Workflow {
    pub shape: Shape,
    pub jobs: Vec<Job>,
}

const PAIRS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "OTHER_AWS_ACCESS_KEY_ID"];

/// Two lines with a pair of keys.
fn pair(at: usize, indent: usize, names: [&str; 2]) -> String {
    let id = PAIRS[at];
    let secret = id.replace("ACCESS_KEY_ID", "SECRET_ACCESS_KEY");
    let indent = " ".repeat(indent);
    let [id_name, secret_name] = names;
    format!(
        "{indent}{id_name}: ${{{{ secrets.{id} }}}}\n{indent}{secret_name}: ${{{{ secrets.{secret} }}}}\n"
    )
}

const ENV: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
const VARIABLES: [&str; 2] = ["TF_VAR_key_id", "TF_VAR_key_secret"];
const INPUTS: [&str; 2] = ["aws-access-key-id", "aws-secret-access-key"];
const REGION: &str = "AWS_REGION: eu-west-1\n";

impl Workflow {
    /// The files by name.
    pub fn texts(&self, directories: &[&str]) -> Vec<(&'static str, String)> {
        let mut head = "on:\n  push:\n    branches: [main]\n".to_owned();
        let shared = self.jobs.iter().find(|job| job.keys == Keys::WorkflowEnv);
        if let Some(job) = shared {
            head.push_str(&format!("env:\n{}  {REGION}", pair(job.pair, 2, ENV)));
        }
        let mut files = Vec::new();
        let mut text = format!("{head}jobs:\n");
        for (at, job) in self.jobs.iter().enumerate() {
            if at > 0 || self.shape == Shape::Plain {
                text.push_str(&job.text(&format!("job{at}"), directories, false));
                continue;
            }
            let called = "on:\n  workflow_call:\n    inputs:\n      directory:\n        type: string\njobs:\n";
            let called = format!("{called}{}", job.text("run", directories, true));
            files.push(("called.yml", called));
            for directory in directories {
                text.push_str(&format!("  call-{directory}:\n    uses: ./.github/workflows/called.yml\n    with:\n      directory: {directory}\n    permissions:\n      contents: read\n    secrets: inherit\n"));
            }
        }
        files.push(("main.yml", text));
        files
    }
}

impl Condition {
    fn line(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Main => "        if: github.ref == 'refs/heads/main'\n",
            Self::Tag => "        if: github.ref_type == 'tag'\n",
            Self::Always => "        if: always()\n",
            Self::Failure => "        if: failure()\n",
        }
    }
}

impl Job {
    fn text(&self, id: &str, directories: &[&str], is_called: bool) -> String {
        let runner = if self.is_hosted {
            "ubuntu-latest"
        } else {
            "self-hosted"
        };
        let mut text = format!("  {id}:\n    runs-on: {runner}\n");
        let is_matrix = self.target == Target::Matrix || self.environment == Environment::Matrix;
        if is_matrix {
            let rows =
                directories
                    .iter()
                    .zip(["dev", "live", "net"])
                    .map(|(directory, environment)| {
                        format!("          - dir: {directory}\n            env: {environment}\n")
                    });
            text.push_str(&format!(
                "    strategy:\n      matrix:\n        include:\n{}",
                rows.collect::<String>()
            ));
        }
        match self.environment {
            Environment::None => {}
            Environment::Named(name) => text.push_str(&format!("    environment: {name}\n")),
            Environment::Matrix => text.push_str("    environment: ${{ matrix.env }}\n"),
        }
        let is_signed_in = matches!(self.keys, Keys::Oidc(_));
        if self.has_permissions || is_signed_in {
            text.push_str("    permissions:\n      contents: read\n");
        }
        if is_signed_in {
            text.push_str("      id-token: write\n");
        }
        if self.keys == Keys::JobEnv {
            text.push_str(&format!(
                "    env:\n{}      {REGION}",
                pair(self.pair, 6, ENV)
            ));
        }
        if let Keys::Profile(Some(profile)) = self.keys {
            text.push_str(&format!("    env:\n      AWS_PROFILE: {profile}\n"));
        }
        if matches!(self.keys, Keys::TfVar | Keys::TfVarBoth) {
            let own = match self.keys {
                Keys::TfVarBoth => pair(self.pair, 6, ENV),
                _ => String::new(),
            };
            let variables = pair(self.pair, 6, VARIABLES);
            text.push_str(&format!("    env:\n{variables}{own}      {REGION}"));
        }
        text.push_str("    steps:\n      - uses: actions/checkout@v4\n");
        self.sign_in(&mut text);
        let (first, last) = self.extras;
        if let Some(extra) = first {
            self.extra(&mut text, extra, Condition::None);
        }
        for run in self.runs(directories, is_called) {
            text.push_str(&format!("      - run: {run}\n{}", self.run_if.line()));
            if self.is_lenient {
                text.push_str("        continue-on-error: true\n");
            }
            self.step_env(&mut text);
        }
        if let Some((extra, condition)) = last {
            self.extra(&mut text, extra, condition);
        }
        text
    }

    fn sign_in(&self, text: &mut String) {
        let keys = match self.keys {
            Keys::With => pair(self.pair, 10, INPUTS),
            Keys::BesideRole(id) => {
                let role = format!("          role-to-assume: arn:aws:iam::{id}:role/ci\n");
                format!("{role}{}", pair(self.pair, 10, INPUTS))
            }
            Keys::Oidc(role) => format!("          role-to-assume: {role}\n"),
            Keys::Vault => return text.push_str("      - uses: hashicorp/vault-action@v3\n"),
            Keys::Profile(profile) => {
                let option = profile.map(|name| format!(" --profile {name}"));
                let option = option.unwrap_or_default();
                let condition = self.sign_in_if.line();
                let id = PAIRS[self.pair];
                let secret = id.replace("ACCESS_KEY_ID", "SECRET_ACCESS_KEY");
                text.push_str(&format!("      - run: |\n          aws configure set aws_access_key_id ${{{{ secrets.{id} }}}}{option}\n          aws configure set aws_secret_access_key ${{{{ secrets.{secret} }}}}{option}\n          aws configure set region eu-west-1{option}\n{condition}"));
                return;
            }
            Keys::JobEnv
            | Keys::StepEnv
            | Keys::WorkflowEnv
            | Keys::TfVar
            | Keys::TfVarBoth
            | Keys::TfArguments
            | Keys::None => return,
        };
        let condition = self.sign_in_if.line();
        text.push_str(&format!("      - uses: aws-actions/configure-aws-credentials@v4\n{condition}        with:\n{keys}          aws-region: eu-west-1\n"));
    }

    fn step_env(&self, text: &mut String) {
        if self.keys == Keys::StepEnv {
            text.push_str(&format!(
                "        env:\n{}          {REGION}",
                pair(self.pair, 10, ENV)
            ));
        }
    }

    fn extra(&self, text: &mut String, extra: Extra, condition: Condition) {
        let condition = condition.line();
        match extra {
            Extra::Aws => text.push_str(&format!(
                "      - run: aws s3 sync site s3://site\n{condition}"
            )),
            Extra::Ecr => text.push_str(&format!(
                "      - uses: aws-actions/amazon-ecr-login@v2\n{condition}"
            )),
            Extra::Docker => {
                return text.push_str(&format!("      - run: docker build .\n{condition}"));
            }
            Extra::Mount => {
                return text.push_str(&format!(
                    "      - run: docker run -v ~/.aws:/root/.aws image\n{condition}"
                ));
            }
            Extra::Action => {
                return text.push_str(&format!("      - uses: example/annotate@v1\n{condition}"));
            }
            Extra::SecondPair => {
                let keys = pair(1 - self.pair, 10, INPUTS);
                text.push_str(&format!("      - uses: aws-actions/configure-aws-credentials@v4\n{condition}        with:\n{keys}          aws-region: eu-west-1\n"));
                return;
            }
        }
        self.step_env(text);
    }

    fn runs(&self, directories: &[&str], is_called: bool) -> Vec<String> {
        let arguments = match self.keys {
            Keys::TfArguments => {
                let id = PAIRS[self.pair];
                let secret = id.replace("ACCESS_KEY_ID", "SECRET_ACCESS_KEY");
                format!(
                    " -var key_id=${{{{secrets.{id}}}}} -var key_secret=${{{{secrets.{secret}}}}}"
                )
            }
            _ => String::new(),
        };
        let run = |place: &str| {
            format!("terraform -chdir={place} init && terraform -chdir={place} apply{arguments}")
        };
        match self.target {
            _ if is_called => vec![run("${{ inputs.directory }}")],
            Target::One(at) => vec![run(directories[at % directories.len()])],
            Target::Two(one, other) => {
                let directory = |at: usize| directories[at % directories.len()];
                vec![run(directory(one)), run(directory(other))]
            }
            Target::Joint(one, other) => {
                let directory = |at: usize| directories[at % directories.len()];
                let (one, other) = (directory(one), directory(other));
                vec![format!("{} && {}", run(one), run(other))]
            }
            Target::Matrix => vec![run("${{ matrix.dir }}")],
            Target::Unknown => vec![run("${{ vars.DIRECTORY }}")],
            Target::Nothing => vec!["terraform fmt -check".to_owned()],
        }
    }
}
