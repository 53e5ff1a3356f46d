// repositories.mjs DIRECTORY COUNT: makes that many repositories that differ: in their names, accounts,
// root modules, resources, backends and in what runs Terraform. The same each time.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [directory, count] = process.argv.slice(2);

// Marsaglia's xorshift, 32 bits: what is drawn is the same on every machine.
let state = 2463534242;
function below(bound) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % bound;
}
const one = (...values) => values[below(values.length)];
const some = (bound, make) => Array.from({ length: below(bound + 1) }, (_, index) => make(index));
const chance = (percent) => below(100) < percent;
const digits = (length) => Array.from({ length }, () => below(10)).join("");

const TEAMS = ["billing", "search", "ledger", "catalogue", "identity", "media", "fleet", "pricing", "ingest", "reports"];
const STACKS = ["network", "cluster", "database", "queue", "website", "events", "cache", "storage", "batch", "dns"];
const STAGES = ["dev", "test", "staging", "live", "tools", "sandbox"];
const REGIONS = ["us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2"];

function provider({ region, account, alias, role }) {
  const name = alias ? `  alias  = "${alias}"\n` : "";
  const own = account
    ? `\n  assume_role {\n    role_arn = "arn:aws:iam::${account}:role/${role}"\n  }\n`
    : "";
  return `provider "aws" {\n${name}  region = "${region}"\n${own}}\n`;
}

function resource(name) {
  return one(
    () => `resource "aws_db_instance" "${name}" {\n  name           = "${name}${digits(3)}"\n  instance_class = "db.t3.${one("micro", "small")}"\n}\n`,
    () => `resource "aws_s3_bucket" "${name}" {\n  bucket = "${name}-${digits(5)}"\n  acl    = "private"\n}\n`,
    () => `resource "aws_elasticache_replication_group" "${name}" {\n  replication_group_description = "${name} ${digits(2)}"\n  replication_group_id          = "${name}"\n}\n`,
    () => `module "${name}" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "~> ${one("2.77", "3.10", "3.19")}"\n\n  name = "${name}"\n  cidr = "10.${below(200)}.0.0/16"\n}\n`,
    () => `resource "aws_sqs_queue" "${name}" {\n  name = "${name}-${digits(4)}"\n}\n`,
  )();
}

function backend(own, shape) {
  const keys = shape.hasKeys ? `    access_key = "AKIA${digits(16)}"\n    secret_key = var.state_key\n` : "";
  return `  backend "s3" {\n    bucket = "${shape.bucket}"\n    key    = "${own}.tfstate"\n    region = "${shape.region}"\n${keys}  }\n`;
}

function root(own, account, shape) {
  const { region } = shape;
  const version = one("~> 3.76", "~> 4.67", ">= 4.0", "4.9.0");
  const settings = `terraform {\n  required_version = ">= 1.${below(7)}"\n\n  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n      version = "${version}"\n    }\n  }\n\n${backend(own, shape)}}\n`;
  const aliases = some(2, (index) =>
    provider({ region: one(...REGIONS), alias: `other${index}`, role: "dns", account: one(account, shape.shared) }));
  const main = [settings, provider({ region, account: chance(85) && account, role: shape.role }), ...aliases];
  const resources = some(5, (index) => resource(`${one("primary", "legacy", "jobs", "app")}${index}`));
  return { "main.tf": main.join("\n"), "resources.tf": resources.join("\n") };
}

function workflow(roots, shape) {
  const keys = `          aws-access-key-id: \${{ secrets.${shape.secret}_ID }}\n          aws-secret-access-key: \${{ secrets.${shape.secret} }}\n          aws-region: ${shape.region}\n`;
  const jobs = roots.map((own) =>
    `  ${own}:\n    runs-on: ubuntu-latest\n${chance(40) ? `    environment: ${own}\n` : ""}    steps:\n      - uses: actions/checkout@v${one(3, 4)}\n      - uses: aws-actions/configure-aws-credentials@v${one(1, 2, 4)}\n        with:\n${keys}${chance(15) ? "      - uses: someone/deploy@v1\n" : ""}      - run: terraform -chdir=${own} init\n      - run: terraform -chdir=${own} ${one("plan", "apply -auto-approve")}\n`);
  return `name: ${shape.name}\n\non:\n  push:\n    branches: [${one("main", "master", "release")}]\n\njobs:\n${jobs.join("\n")}`;
}

function repository(number) {
  const name = `${one(...TEAMS)}-${one(...STACKS)}-${number}`;
  const stages = STAGES.filter(() => chance(45));
  const roots = stages.length ? stages : [one(...STAGES)];
  const accounts = Object.fromEntries(roots.map((own) => [own, digits(12)]));
  const shape = {
    name,
    region: one(...REGIONS),
    shared: digits(12),
    bucket: `${name}-states`,
    role: one("terraform", "deploy", "admin"),
    secret: one("AWS_KEY", "DEPLOY_KEY", "CI_AWS"),
    hasKeys: chance(25),
  };
  const files = {};
  for (const own of roots) {
    for (const [file, text] of Object.entries(root(own, accounts[own], shape))) files[`${own}/${file}`] = text;
    if (shape.hasKeys) files[`${own}/variables.tf`] = 'variable "state_key" {}\n';
  }
  if (chance(80)) files[".github/workflows/terraform.yml"] = workflow(roots, shape);
  if (chance(10)) files.Jenkinsfile = `node {\n  sh 'terraform -chdir=${roots[0]} apply'\n}\n`;
  if (chance(10)) files[`${roots[0]}/broken.tf`] = `resource "aws_sqs_queue" "${name}" {\n`;
  if (chance(85)) {
    const labels = Object.entries({ ...accounts, shared: shape.shared });
    const blocks = labels.map(([label, id]) => `account "${label}" { id = "${id}" }\n`);
    files["tfkeyless.hcl"] = `${chance(80) ? 'state_profile = "shared"\n\n' : ""}${blocks.join("")}`;
  }
  return [name, files];
}

for (let number = 1; number <= Number(count); number += 1) {
  const [name, files] = repository(String(number).padStart(4, "0"));
  mkdirSync(join(directory, name, ".git"), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
