//! The things of which a repository may have many.

/// The text of a symbolic link: this before its target.
pub const LINK: &str = "link to ";

/// Paths and texts.
pub type Files = Vec<(String, String)>;

/// One thing of which a repository has many.
pub struct Kind {
    pub name: &'static str,
    /// How many the smallest tree has.
    pub size: usize,
    /// A tree with so many.
    pub files: fn(usize) -> Files,
}

const CONFIGURATION: &str = "\
state_profile = \"dev\"
account \"dev\" {
  id = \"111111111111\"
}
account \"live\" {
  id = \"222222222222\"
}
keys \"AWS_ACCESS_KEY_ID\" {
  account = \"dev\"
}
ci {
  role = \"arn:aws:iam::{id}:role/ci\"
}
upgrade {
  aws_provider = \"~> 5.0\"
}
";

const ROOT: &str = "\
terraform {
  required_providers {
    aws = {
      source  = \"hashicorp/aws\"
      version = \"~> 4.0\"
    }
  }
  backend \"s3\" {
    bucket = \"states\"
    key    = \"state\"
    region = \"eu-west-1\"
  }
}
provider \"aws\" {
  region = \"eu-west-1\"
  assume_role {
    role_arn = \"arn:aws:iam::222222222222:role/deploy\"
  }
}
";

const KEYS: &str = concat!(
    "    env:\n",
    "      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n",
    "      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n",
);

const APPLY: &str = "      - run: terraform apply\n";

/// So many times a text in which `#` is the number, from 0.
fn times(size: usize, text: &str) -> String {
    let mut all = String::new();
    for number in 0..size {
        all += &text.replace('#', &number.to_string());
    }
    all
}

fn files(all: impl IntoIterator<Item = (&'static str, String)>) -> Files {
    let own = all.into_iter().map(|(path, text)| (path.to_owned(), text));
    let configuration = ("tfkeyless.hcl".to_owned(), CONFIGURATION.to_owned());
    std::iter::once(configuration).chain(own).collect()
}

/// A root module with more in its only file.
fn root(more: String) -> Files {
    files([("main.tf", [ROOT.to_owned(), more].concat())])
}

/// A root module, and more files: so many, with `#` in their path and text.
fn many(size: usize, path: &str, text: &str) -> Files {
    let mut all = root(String::new());
    all.extend((0..size).map(|it| {
        let number = it.to_string();
        (path.replace('#', &number), text.replace('#', &number))
    }));
    all
}

/// A root module and a workflow.
fn workflow(text: String) -> Files {
    files([
        ("main.tf", ROOT.to_owned()),
        (".github/workflows/deploy.yml", text),
    ])
}

/// One job with these entries above its steps, and these steps.
fn job(entries: &str, steps: &str) -> Files {
    workflow(format!(
        "on: push\njobs:\n  apply:\n    runs-on: ubuntu-latest\n{entries}    steps:\n      - uses: actions/checkout@v4\n{steps}"
    ))
}

/// A job with keys whose `run:` has these lines.
fn script(lines: &str) -> Files {
    let lines = lines.lines().map(|line| format!("          {line}\n"));
    job(
        KEYS,
        &format!("      - run: |\n{}", lines.collect::<String>()),
    )
}

/// What a step calls, and the files of that.
fn called(command: &str, more: Vec<(&'static str, String)>) -> Files {
    let mut all = job(KEYS, &format!("      - run: {command}\n"));
    all.extend(more.into_iter().map(|(path, text)| (path.to_owned(), text)));
    all
}

fn keyed_job(name: &str, more: &str) -> String {
    format!(
        "  {name}:\n    runs-on: ubuntu-latest\n{more}{KEYS}    steps:\n      - uses: actions/checkout@v4\n{APPLY}"
    )
}

/// `configuration` with more blocks.
fn configured(more: String) -> Files {
    let mut all = job(KEYS, APPLY);
    let own = std::mem::take(&mut all[0].1);
    all[0].1 = [own, more].concat();
    all
}

const fn kind(name: &'static str, size: usize, files: fn(usize) -> Files) -> Kind {
    Kind { name, size, files }
}

/// All of them.
pub const ALL: &[Kind] = &[
    // Configuration of Terraform.
    kind("keys of an object", 10_000, |n| {
        root(format!(
            "locals {{\n  m = {{\n{}  }}\n}}\n",
            times(n, "    k# = \"v\"\n")
        ))
    }),
    kind(
        "keys of an object that a role is looked up in",
        4_000,
        |n| {
            files([(
                "main.tf",
                ROOT.replace("222222222222", "${local.m[\"k7\"]}")
                    + &format!(
                        "locals {{\n  m = {{\n{}  }}\n}}\n",
                        times(n, "    k# = \"222222222222\"\n")
                    ),
            )])
        },
    ),
    kind("keys of an object in JSON", 10_000, |n| {
        let mut all = root(String::new());
        all.push(("more.tf.json".to_owned(), format!("{{\"provider\": {{\"aws\": {{\"alias\": \"j\", \"assume_role\": {{\"role_arn\": \"arn:aws:iam::222222222222:role/x\"}}}}}}, \"locals\": {{\"m\": {{{}\"z\": 1}}}}}}\n", times(n, "\"k#\": \"v\",\n"))));
        all
    }),
    kind("elements of a list", 10_000, |n| {
        root(format!(
            "locals {{\n  m = [\n{}  ]\n}}\n",
            times(n, "    \"v#\",\n")
        ))
    }),
    kind("locals", 10_000, |n| {
        root(format!("locals {{\n{}}}\n", times(n, "  l# = \"v\"\n")))
    }),
    kind("locals that refer to the one before", 1_000, |n| {
        let chain: String = (1..=n)
            .map(|it| format!("  l{it} = local.l{}\n", it - 1))
            .collect();
        files([(
            "main.tf",
            ROOT.replace("222222222222", &format!("${{local.l{n}}}"))
                + &format!("locals {{\n  l0 = \"222222222222\"\n{chain}}}\n"),
        )])
    }),
    kind("locals blocks", 4_000, |n| {
        root(times(n, "locals {\n  l# = \"v\"\n}\n"))
    }),
    kind("variables", 4_000, |n| {
        root(times(n, "variable \"v#\" {\n  default = \"x\"\n}\n"))
    }),
    kind("variables of keys", 1_000, |n| {
        files([(
            "main.tf",
            ROOT.to_owned()
                + &times(
                    n,
                    "provider \"aws\" {\n  alias      = \"a#\"\n  access_key = var.k#\n  secret_key = var.s#\n}\nvariable \"k#\" {}\nvariable \"s#\" {}\n",
                ),
        )])
    }),
    kind("outputs", 4_000, |n| {
        root(times(n, "output \"o#\" {\n  value = \"x\"\n}\n"))
    }),
    kind("resources", 4_000, |n| {
        root(times(
            n,
            "resource \"aws_instance\" \"r#\" {\n  ami = \"x\"\n}\n",
        ))
    }),
    kind("resources that an upgrade changes", 1_000, |n| {
        root(times(n, "resource \"aws_eip\" \"r#\" {\n  vpc = true\n}\n"))
    }),
    kind("references to a resource", 4_000, |n| {
        root(format!(
            "resource \"aws_db_instance\" \"d\" {{\n  name = \"x\"\n}}\n{}",
            times(n, "output \"o#\" {\n  value = aws_db_instance.d.name\n}\n")
        ))
    }),
    kind("references in one block", 4_000, |n| {
        root(format!(
            "resource \"aws_db_instance\" \"d\" {{\n  name = \"x\"\n}}\nlocals {{\n{}}}\n",
            times(n, "  l# = aws_db_instance.d.name\n")
        ))
    }),
    kind("data sources", 4_000, |n| {
        root(times(
            n,
            "data \"aws_subnet_ids\" \"d#\" {\n  vpc_id = \"x\"\n}\n",
        ))
    }),
    kind("data sources that name a provider", 2_000, |n| {
        root(times(
            n,
            "data \"aws_caller_identity\" \"d#\" {\n  provider = aws.x\n}\n",
        ))
    }),
    kind("aliased providers", 1_000, |n| {
        root(times(
            n,
            "provider \"aws\" {\n  alias = \"a#\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n",
        ))
    }),
    kind("aliased providers of other accounts", 1_000, |n| {
        root((0..n).map(|it| format!("provider \"aws\" {{\n  alias = \"a{it}\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{:012}:role/x\"\n  }}\n}}\n", it + 300_000_000_000)).collect())
    }),
    kind("aliased providers with resources", 1_000, |n| {
        root(times(
            n,
            "provider \"aws\" {\n  alias = \"a#\"\n}\nresource \"aws_instance\" \"r#\" {\n  provider = aws.a#\n}\n",
        ))
    }),
    kind("aliased providers without roles", 1_000, |n| {
        root(times(n, "provider \"aws\" {\n  alias = \"a#\"\n}\n"))
    }),
    kind("providers passed to a module", 1_000, |n| {
        let mut all = root(
            times(n, "provider \"aws\" {\n  alias = \"a#\"\n}\n")
                + &format!(
                    "module \"m\" {{\n  source = \"./m\"\n  providers = {{\n{}  }}\n}}\n",
                    times(n, "    aws.a# = aws.a#\n")
                ),
        );
        all.push(("m/main.tf".to_owned(), format!("terraform {{\n  required_providers {{\n    aws = {{\n      source = \"hashicorp/aws\"\n      configuration_aliases = [{}aws.z]\n    }}\n  }}\n}}\n{}", times(n, "aws.a#, "), times(n, "data \"aws_caller_identity\" \"d#\" {\n  provider = aws.a#\n}\n"))));
        all
    }),
    kind("providers of another kind", 4_000, |n| {
        root(times(n, "provider \"null\" {\n  alias = \"a#\"\n}\n"))
    }),
    kind("required providers", 4_000, |n| {
        root(format!(
            "terraform {{\n  required_providers {{\n{}  }}\n}}\n",
            times(n, "    p# = {\n      source = \"o/p#\"\n    }\n")
        ))
    }),
    kind("remote states", 1_000, |n| {
        root(times(
            n,
            "data \"terraform_remote_state\" \"s#\" {\n  backend = \"s3\"\n  config = {\n    bucket = \"states\"\n    key = \"k#\"\n    region = \"eu-west-1\"\n  }\n}\n",
        ))
    }),
    kind("modules of a registry", 1_000, |n| {
        root(times(
            n,
            "module \"m#\" {\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"3.19.0\"\n}\n",
        ))
    }),
    kind("modules in a bucket", 1_000, |n| {
        root(times(
            n,
            "module \"m#\" {\n  source = \"s3::https://s3-eu-west-1.amazonaws.com/b/vpc/1.2.#.zip\"\n}\n",
        ))
    }),
    kind("modules from git", 1_000, |n| {
        root(times(
            n,
            "module \"m#\" {\n  source = \"git::https://example.com/m.git?ref=v#\"\n}\n",
        ))
    }),
    kind("calls of one local module", 1_000, |n| {
        let mut all = root(times(
            n,
            "module \"m#\" {\n  source = \"./m\"\n  role   = \"arn:aws:iam::222222222222:role/x\"\n}\n",
        ));
        all.push(("m/main.tf".to_owned(), "variable \"role\" {}\nprovider \"aws\" {\n  alias = \"x\"\n  assume_role {\n    role_arn = var.role\n  }\n}\n".to_owned()));
        all
    }),
    kind("local modules", 500, |n| {
        let mut all = many(
            n,
            "m#/main.tf",
            "provider \"aws\" {\n  alias = \"x\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n",
        );
        all[1].1 += &times(n, "module \"m#\" {\n  source = \"./m#\"\n}\n");
        all
    }),
    kind("modules that call the next", 250, |n| {
        let mut all = root("module \"m\" {\n  source = \"./m0\"\n}\n".to_owned());
        all.extend((0..n).map(|it| (format!("m{it}/main.tf"), format!("data \"aws_caller_identity\" \"me\" {{}}\nmodule \"m\" {{\n  source = \"../m{}\"\n}}\n", it + 1))));
        all.push((
            format!("m{n}/main.tf"),
            "output \"o\" {\n  value = 1\n}\n".to_owned(),
        ));
        all
    }),
    kind("modules that call the next twice", 200, |n| {
        let mut all = root(
            "module \"m\" {\n  source = \"./m0\"\n  r      = \"222222222222\"\n}\n".to_owned(),
        );
        all.extend((0..n).map(|it| (format!("m{it}/main.tf"), format!("variable \"r\" {{}}\nprovider \"aws\" {{\n  alias = \"x\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::${{var.r}}:role/x\"\n  }}\n}}\nmodule \"a\" {{\n  source = \"../m{0}\"\n  r = var.r\n}}\nmodule \"b\" {{\n  source = \"../m{0}\"\n  r = var.r\n}}\n", it + 1))));
        all.push((format!("m{n}/main.tf"), "variable \"r\" {}\n".to_owned()));
        all
    }),
    kind("root modules", 500, |n| {
        let mut all = files([]);
        all.extend((0..n).map(|it| (format!("live/{it}/main.tf"), ROOT.to_owned())));
        all
    }),
    kind("root modules that call one module", 500, |n| {
        let mut all = files([("m/main.tf", "provider \"aws\" {\n  alias = \"x\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n".to_owned())]);
        all.extend((0..n).map(|it| {
            (
                format!("live/{it}/main.tf"),
                format!("{ROOT}module \"m\" {{\n  source = \"../../m\"\n}}\n"),
            )
        }));
        all
    }),
    kind("directories in each other", 50, |n| {
        let mut all = files([]);
        all.push((format!("{}main.tf", "d/".repeat(n)), ROOT.to_owned()));
        all
    }),
    kind("files of a module", 1_000, |n| {
        many(
            n,
            "f#.tf",
            "provider \"aws\" {\n  alias = \"a#\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n",
        )
    }),
    kind("files without anything", 2_000, |n| {
        many(n, "d#/f.tf", "locals {\n  a = 1\n}\n")
    }),
    kind("linked files", 500, |n| {
        let mut all = many(n, "live#/main.tf", "link to ../shared.tf");
        all.push(("shared.tf".to_owned(), ROOT.to_owned()));
        all
    }),
    kind("linked directories", 500, |n| {
        let mut all = many(n, "live#", "link to shared");
        all.push(("shared/main.tf".to_owned(), ROOT.to_owned()));
        all
    }),
    kind("backend files", 1_000, |n| {
        many(
            n,
            "b#.tfbackend",
            "bucket = \"states\"\nkey = \"k#\"\nregion = \"eu-west-1\"\n",
        )
    }),
    kind("files of values", 500, |n| {
        let mut all = many(n, "v#.tfvars", "account = \"222222222222\"\n");
        all[1].1 = ROOT.replace("222222222222", "${var.account}") + "variable \"account\" {}\n";
        all
    }),
    kind("values in a file", 4_000, |n| {
        let mut all = root(times(n, "variable \"v#\" {}\n"));
        all.push(("terraform.tfvars".to_owned(), times(n, "v# = \"x\"\n")));
        all
    }),
    kind("locked providers", 2_000, |n| {
        let mut all = root(String::new());
        all.push((".terraform.lock.hcl".to_owned(), times(n, "provider \"registry.terraform.io/o/p#\" {\n  version = \"1.0.0\"\n  hashes = [\n    \"h1:x=\",\n  ]\n}\n")));
        all
    }),
    kind("ignore comments", 1_000, |n| {
        root(times(
            n,
            "// tfkeyless: ignore[remove_assume_role]\nprovider \"aws\" {\n  alias = \"a#\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n",
        ))
    }),
    kind("ignore comments beside each other", 4_000, |n| {
        root(times(n, "// tfkeyless: ignore[remove_assume_role]\n"))
    }),
    kind("comments", 20_000, |n| root(times(n, "# comment #\n"))),
    kind("bytes of a comment, in tens", 100_000, |n| {
        root(format!("# {}\n", "comment in ".repeat(n)))
    }),
    kind("blank lines", 50_000, |n| root("\n".repeat(n))),
    kind("elements on one line", 20_000, |n| {
        root(format!("locals {{\n  l = [{}1]\n}}\n", times(n, "#, ")))
    }),
    kind("interpolations on one line", 4_000, |n| {
        root(format!(
            "locals {{\n  l = \"{}\"\n}}\n",
            "${var.x}".repeat(n)
        ))
    }),
    kind("providers on one line", 1_000, |n| {
        files([(
            "main.tf.json",
            format!(
                "{{\"provider\": {{\"aws\": [{}{{\"alias\": \"z\"}}]}}}}",
                times(
                    n,
                    "{\"alias\": \"a#\", \"assume_role\": {\"role_arn\": \"arn:aws:iam::222222222222:role/x\"}},"
                )
            ),
        )])
    }),
    kind("lines of a heredoc", 20_000, |n| {
        root(format!(
            "locals {{\n  l = <<EOT\n{}EOT\n}}\n",
            times(n, "line # ${var.x}\n")
        ))
    }),
    kind("heredocs", 2_000, |n| {
        root(format!(
            "locals {{\n{}}}\n",
            times(n, "  l# = <<EOT\nx\nEOT\n")
        ))
    }),
    kind("operands of a sum", 2_000, |n| {
        root(format!("locals {{\n  l = {}1\n}}\n", "1 + ".repeat(n)))
    }),
    kind("operands of an or", 2_000, |n| {
        files([(
            "main.tf",
            ROOT.replace(
                "\"arn:aws:iam::222222222222:role/deploy\"",
                &format!(
                    "{}true ? \"arn:aws:iam::222222222222:role/deploy\" : \"\"",
                    "var.a || ".repeat(n)
                ),
            ),
        )])
    }),
    kind("steps of a reference", 2_000, |n| {
        files([(
            "main.tf",
            ROOT.replace(
                "\"arn:aws:iam::222222222222:role/deploy\"",
                &format!("var.a{}", ".b[0]".repeat(n)),
            ),
        )])
    }),
    kind("commands of a module", 500, |n| {
        root(times(
            n,
            "resource \"null_resource\" \"r#\" {\n  provisioner \"local-exec\" {\n    command = \"echo #\"\n  }\n}\n",
        ))
    }),
    kind("constraints", 2_000, |n| {
        files([(
            "main.tf",
            ROOT.replace("~> 4.0", times(n, ">= 4.#, ").trim_end_matches([',', ' '])),
        )])
    }),
    kind("blocks in each other", 20, |n| {
        root(format!(
            "resource \"aws_x\" \"x\" {{\n{}{}}}\n",
            "a {\n".repeat(n),
            "}\n".repeat(n)
        ))
    }),
    kind("lines with a default", 4_000, |n| {
        root(format!(
            "variable \"v\" {{\n  default = {{\n{}  }}\n}}\n",
            times(n, "    default# = \"AKIAIOSFODNN7EXAMPLE\"\n")
        ))
    }),
    kind("variables with a default", 4_000, |n| {
        root(times(
            n,
            "variable \"secret#\" {\n  default = \"AKIAIOSFODNN7EXAMPLE\"\n}\n",
        ))
    }),
    kind("tests", 500, |n| {
        many(
            n,
            "tests/t#.tftest.hcl",
            "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\nrun \"r\" {}\n",
        )
    }),
    // Terragrunt.
    kind("Terragrunt units", 300, |n| {
        let mut all = many(
            n,
            "live/#/terragrunt.hcl",
            "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"../../m\"\n}\n",
        );
        all.push(("live/root.hcl".to_owned(), "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"states\"\n    key = \"k\"\n    region = \"eu-west-1\"\n  }\n}\ngenerate \"provider\" {\n  path = \"p.tf\"\n  if_exists = \"overwrite\"\n  contents = <<EOF\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\nEOF\n}\n".to_owned()));
        all.push((
            "m/main.tf".to_owned(),
            "output \"o\" {\n  value = 1\n}\n".to_owned(),
        ));
        all
    }),
    kind("inputs of Terragrunt", 4_000, |n| {
        files([(
            "terragrunt.hcl",
            format!("inputs = {{\n{}}}\n", times(n, "  i# = \"v\"\n")),
        )])
    }),
    kind("generated files", 500, |n| {
        files([(
            "terragrunt.hcl",
            times(
                n,
                "generate \"g#\" {\n  path = \"p#.tf\"\n  if_exists = \"overwrite\"\n  contents = <<EOF\nprovider \"aws\" {\n  alias = \"a#\"\n}\nEOF\n}\n",
            ),
        )])
    }),
    // GitHub's workflows.
    kind("jobs of a workflow", 200, |n| {
        workflow(format!(
            "on: push\njobs:\n{}",
            times(n, &keyed_job("j#", ""))
        ))
    }),
    kind("jobs without keys", 1_000, |n| {
        workflow(format!(
            "on: push\njobs:\n{}{}",
            keyed_job("a", ""),
            times(
                n,
                "  j#:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
            )
        ))
    }),
    kind("workflows", 200, |n| {
        many(
            n,
            ".github/workflows/w#.yml",
            &format!("on: push\njobs:\n{}", keyed_job("a", "")),
        )
    }),
    kind("steps", 1_000, |n| {
        job(KEYS, &times(n, "      - run: echo #\n"))
    }),
    kind("steps that run Terraform", 500, |n| {
        job(KEYS, &times(n, APPLY))
    }),
    kind("steps with keys", 250, |n| {
        job(
            "",
            &times(
                n,
                "      - run: terraform apply\n        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n",
            ),
        )
    }),
    kind("steps that sign in", 250, |n| {
        job(
            "",
            &times(
                n,
                "      - uses: aws-actions/configure-aws-credentials@v4\n        if: github.ref == 'r#'\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: terraform apply\n        if: github.ref == 'r#'\n",
            ),
        )
    }),
    kind("steps with actions", 1_000, |n| {
        job(
            KEYS,
            &(times(
                n,
                "      - uses: actions/cache@v#\n        with:\n          path: x\n",
            ) + APPLY),
        )
    }),
    kind("values of a matrix", 64, |n| {
        job(
            &format!(
                "    strategy:\n      matrix:\n        dir: [{}z]\n{KEYS}",
                times(n, "d#, ")
            ),
            "      - run: terraform apply\n        working-directory: ${{ matrix.dir }}\n",
        )
    }),
    kind("values of a matrix beyond GitHub's", 2_000, |n| {
        job(
            &format!(
                "    strategy:\n      matrix:\n        dir: [{}z]\n{KEYS}",
                times(n, "d#, ")
            ),
            "      - run: terraform apply\n        working-directory: ${{ matrix.dir }}\n",
        )
    }),
    kind("dimensions of a matrix", 50, |n| {
        job(
            &format!(
                "    strategy:\n      matrix:\n{}{KEYS}",
                times(n, "        m#: [a, b]\n")
            ),
            APPLY,
        )
    }),
    kind("includes of a matrix", 250, |n| {
        job(
            &format!(
                "    strategy:\n      matrix:\n        a: [x, y]\n        include:\n{}{KEYS}",
                times(n, "          - { a: x, b#: y }\n")
            ),
            APPLY,
        )
    }),
    kind("env of a workflow", 2_000, |n| {
        workflow(format!(
            "on: push\nenv:\n{}jobs:\n{}",
            times(n, "  E#: x\n"),
            keyed_job("a", "")
        ))
    }),
    kind("env that refers to the one before", 1_000, |n| {
        workflow(format!(
            "on: push\nenv:\n  E0: x\n{}jobs:\n{}",
            (1..n)
                .map(|it| format!("  E{it}: ${{{{ env.E{} }}}}\n", it - 1))
                .collect::<String>(),
            keyed_job("a", "")
        ))
    }),
    kind("needs of the job before", 200, |n| {
        workflow(format!(
            "on: push\njobs:\n{}{}",
            keyed_job("j0", ""),
            (1..n)
                .map(|it| keyed_job(&format!("j{it}"), &format!("    needs: j{}\n", it - 1)))
                .collect::<String>()
        ))
    }),
    kind("callers of a workflow", 100, |n| {
        let mut all = workflow(format!(
            "on: push\njobs:\n{}",
            times(
                n,
                "  j#:\n    uses: ./.github/workflows/called.yml\n    with:\n      dir: d#\n    secrets: inherit\n"
            )
        ));
        all.push((
            ".github/workflows/called.yml".to_owned(),
            format!(
                "on:\n  workflow_call:\n    inputs:\n      dir:\n        type: string\njobs:\n{}",
                keyed_job(
                    "a",
                    "    defaults:\n      run:\n        working-directory: ${{ inputs.dir }}\n"
                )
            ),
        ));
        all
    }),
    kind("callers of a workflow that pass keys", 100, |n| {
        let mut all = workflow(format!(
            "on: push\njobs:\n{}",
            times(
                n,
                "  j#:\n    uses: ./.github/workflows/called.yml\n    secrets:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n"
            )
        ));
        all.push((".github/workflows/called.yml".to_owned(), format!("on:\n  workflow_call:\n    secrets:\n      AWS_ACCESS_KEY_ID:\n        required: true\n      AWS_SECRET_ACCESS_KEY:\n        required: true\njobs:\n{}", keyed_job("a", ""))));
        all
    }),
    kind("called workflows", 100, |n| {
        let mut all = workflow(format!(
            "on: push\njobs:\n{}",
            times(
                n,
                "  j#:\n    uses: ./.github/workflows/c#.yml\n    secrets: inherit\n"
            )
        ));
        all.extend((0..n).map(|it| {
            (
                format!(".github/workflows/c{it}.yml"),
                format!("on:\n  workflow_call:\njobs:\n{}", keyed_job("a", "")),
            )
        }));
        all
    }),
    kind("workflows that call the next three times", 2, |n| {
        let calls = |next: usize| {
            times(
                3,
                &format!(
                    "  c#:\n    uses: ./.github/workflows/r{next}.yml\n    with:\n      e: ${{{{ inputs.e }}}}#\n    secrets: inherit\n"
                ),
            )
        };
        let mut all = workflow(format!("on: push\njobs:\n{}", calls(0)));
        let head = "on:\n  workflow_call:\n    inputs:\n      e:\n        type: string\njobs:\n";
        all.extend((0..n).map(|it| {
            (
                format!(".github/workflows/r{it}.yml"),
                format!("{head}{}", calls(it + 1)),
            )
        }));
        all.push((
            format!(".github/workflows/r{n}.yml"),
            format!("{head}{}", keyed_job("a", "")),
        ));
        all
    }),
    kind("local actions", 200, |n| {
        let mut all = job(KEYS, &(times(n, "      - uses: ./a#\n") + APPLY));
        all.extend((0..n).map(|it| (format!("a{it}/action.yml"), "name: x\nruns:\n  using: composite\n  steps:\n    - run: terraform plan\n      shell: bash\n".to_owned())));
        all
    }),
    kind("uses of a local action", 200, |n| {
        let mut all = job(
            KEYS,
            &times(n, "      - uses: ./a\n        with:\n          dir: d#\n"),
        );
        all.push(("a/action.yml".to_owned(), "name: x\ninputs:\n  dir: {}\nruns:\n  using: composite\n  steps:\n    - run: terraform plan\n      shell: bash\n      working-directory: ${{ inputs.dir }}\n".to_owned()));
        all
    }),
    kind("actions that use the next twice", 3, |n| {
        let mut all = job(KEYS, "      - uses: ./a0\n");
        all.extend((0..n).map(|it| (format!("a{it}/action.yml"), format!("name: x\nruns:\n  using: composite\n  steps:\n    - uses: ./a{0}\n    - uses: ./a{0}\n", it + 1))));
        all.push((format!("a{n}/action.yml"), "name: x\nruns:\n  using: composite\n  steps:\n    - run: terraform plan\n      shell: bash\n".to_owned()));
        all
    }),
    kind("permissions", 500, |n| {
        job(
            &format!("    permissions:\n{}{KEYS}", times(n, "      p#: read\n")),
            APPLY,
        )
    }),
    kind("triggers", 1_000, |n| {
        workflow(format!(
            "on:\n  push:\n    branches: [{}main]\njobs:\n{}",
            times(n, "b#, "),
            keyed_job("a", "")
        ))
    }),
    kind("inputs of a workflow", 500, |n| {
        workflow(format!(
            "on:\n  workflow_dispatch:\n    inputs:\n{}jobs:\n{}",
            times(n, "      i#:\n        type: string\n"),
            keyed_job("a", "")
        ))
    }),
    kind("other entries of a workflow", 4_000, |n| {
        workflow(format!(
            "on: push\nx:\n{}jobs:\n{}",
            times(n, "  - a: #\n"),
            keyed_job("a", "")
        ))
    }),
    kind("operands of an if", 1_000, |n| {
        job(
            KEYS,
            &format!(
                "      - run: terraform apply\n        if: {}true\n",
                "github.ref == 'x' && ".repeat(n)
            ),
        )
    }),
    kind("expressions of a text", 2_000, |n| {
        job(
            KEYS,
            &format!(
                "      - run: terraform apply {}\n",
                "${{ env.X }}".repeat(n)
            ),
        )
    }),
    kind("block scalars of YAML", 1_000, |n| {
        job(
            KEYS,
            &times(
                n,
                "      - run: |\n          echo #\n          terraform plan\n",
            ),
        )
    }),
    kind("comments of YAML", 10_000, |n| {
        job(KEYS, &(APPLY.to_owned() + &times(n, "      # comment #\n")))
    }),
    kind("flow sequence of YAML", 10_000, |n| {
        workflow(format!(
            "on: push\nx: [{}z]\njobs:\n{}",
            times(n, "a#, "),
            keyed_job("a", "")
        ))
    }),
    // Scripts.
    kind("lines of a script", 4_000, |n| {
        script(&(times(n, "echo #\n") + "terraform apply\n"))
    }),
    kind("lines that run Terraform", 1_000, |n| {
        script(&times(n, "terraform -chdir=d# apply\n"))
    }),
    kind("variables of a script", 4_000, |n| {
        script(&(times(n, "V#=$V1$V2\n") + "terraform apply\n"))
    }),
    kind("directories of a script", 2_000, |n| {
        script(&times(n, "cd d#\nterraform apply\n"))
    }),
    kind("branches of a script", 1_000, |n| {
        script(&times(
            n,
            "if [ -n \"$X\" ]; then cd d#; fi\nterraform apply\n",
        ))
    }),
    kind("loops of a script", 1_000, |n| {
        script(&times(
            n,
            "for d in a b c; do terraform -chdir=$d apply; done\n",
        ))
    }),
    kind("substitutions of a script", 2_000, |n| {
        script(&times(n, "X=$(aws sts get-caller-identity $(echo #))\n"))
    }),
    kind("words of a command", 10_000, |n| {
        script(&format!("terraform apply {}\n", times(n, "-var=a#=b ")))
    }),
    kind("calls of a script", 500, |n| {
        called(
            "./x.sh",
            vec![
                ("x.sh", format!("#!/bin/bash\n{}", times(n, "./y.sh #\n"))),
                ("y.sh", "#!/bin/bash\nterraform apply\n".to_owned()),
            ],
        )
    }),
    kind("scripts", 200, |n| {
        let mut all = job(KEYS, &times(n, "      - run: ./s#.sh\n"));
        all.extend((0..n).map(|it| {
            (
                format!("s{it}.sh"),
                "#!/bin/bash\nterraform apply\n".to_owned(),
            )
        }));
        all
    }),
    kind("targets of a Makefile", 1_000, |n| {
        called(
            "make all",
            vec![(
                "Makefile",
                format!(
                    "all: {}\n{}",
                    times(n, "t# "),
                    times(n, "t#:\n\tterraform -chdir=d# apply\n")
                ),
            )],
        )
    }),
    kind("variables of a Makefile", 2_000, |n| {
        called(
            "make all",
            vec![(
                "Makefile",
                times(n, "V# = $(V1)\n") + "all:\n\tterraform apply $(V7)\n",
            )],
        )
    }),
    kind("lines of a recipe", 1_000, |n| {
        called(
            "make all",
            vec![(
                "Makefile",
                format!("all:\n{}", times(n, "\tterraform -chdir=d# apply\n")),
            )],
        )
    }),
    kind("patterns of a Makefile", 1_000, |n| {
        called(
            "make t7",
            vec![("Makefile", times(n, "t%: u#\n\tterraform apply\n"))],
        )
    }),
    kind("recipes of a justfile", 500, |n| {
        called(
            "just all",
            vec![(
                "justfile",
                format!(
                    "all: {}\n    true\n{}",
                    times(n, "t# "),
                    times(n, "t#:\n    terraform -chdir=d# apply\n")
                ),
            )],
        )
    }),
    kind("tasks of a Taskfile", 500, |n| {
        called(
            "task all",
            vec![(
                "Taskfile.yml",
                format!(
                    "version: '3'\ntasks:\n  all:\n    deps: [{}t0]\n{}",
                    times(n, "t#, "),
                    times(n, "  t#: terraform -chdir=d# apply\n")
                ),
            )],
        )
    }),
    kind("scripts of a package", 1_000, |n| {
        called(
            "npm run s7",
            vec![(
                "package.json",
                format!(
                    "{{\"scripts\": {{{}\"z\": \"true\"}}}}",
                    times(n, "\"s#\": \"terraform apply\",")
                ),
            )],
        )
    }),
    // Other systems.
    kind("jobs of GitLab", 500, |n| {
        let mut all = root(String::new());
        all.push((
            ".gitlab-ci.yml".to_owned(),
            times(n, "j#:\n  script:\n    - cd d#\n    - terraform apply\n"),
        ));
        all
    }),
    kind("lines of a Jenkinsfile", 1_000, |n| {
        let mut all = root(String::new());
        all.push((
            "Jenkinsfile".to_owned(),
            format!(
                "pipeline {{\n{}}}\n",
                times(n, "  dir('d#') {\n    sh 'terraform apply'\n  }\n")
            ),
        ));
        all
    }),
    kind("projects of Atlantis", 500, |n| {
        let mut all = root(String::new());
        all.push((
            "atlantis.yaml".to_owned(),
            format!("version: 3\nprojects:\n{}", times(n, "  - dir: d#\n")),
        ));
        all
    }),
    kind("scripts with keys", 500, |n| {
        many(
            n,
            "s#.sh",
            "#!/bin/bash\nexport AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nterraform apply\n",
        )
    }),
    // tfkeyless.hcl.
    kind("account blocks", 500, |n| {
        configured(
            (0..n)
                .map(|it| {
                    format!(
                        "account \"a{it}\" {{\n  id = \"{:012}\"\n}}\n",
                        it + 300_000_000_000
                    )
                })
                .collect(),
        )
    }),
    kind("keys blocks", 500, |n| {
        configured(times(n, "keys \"KEY_#\" {\n  account = \"dev\"\n}\n"))
    }),
    kind("job blocks", 300, |n| {
        configured(times(n, "job \"w#.yml:a\" {\n  account = \"dev\"\n}\n"))
    }),
    kind("root blocks", 300, |n| {
        configured(times(n, "root \"live/#/**\" {\n  account = \"dev\"\n}\n"))
    }),
    kind("runner blocks", 300, |n| {
        configured(times(n, "runner \"ci/#.yml\" {\n  terraform = false\n}\n"))
    }),
    kind("role blocks", 300, |n| {
        configured(times(n, "role \"vars.R#\" {\n  account = \"dev\"\n}\n"))
    }),
    kind("environment blocks", 300, |n| {
        configured(times(n, "environment \"e#\" {\n  account = \"dev\"\n}\n"))
    }),
    kind("state_bucket blocks", 300, |n| {
        configured(times(n, "state_bucket \"b#\" {\n  profile = \"dev\"\n}\n"))
    }),
    kind("module_source blocks", 300, |n| {
        configured(times(
            n,
            "module_source \"m#\" {\n  repository = \"github.com/o/m#\"\n}\n",
        ))
    }),
    kind("stars of a pattern", 20, |n| {
        configured(format!(
            "root \"{}b\" {{\n  account = \"dev\"\n}}\n",
            "*a".repeat(n)
        ))
    }),
];
