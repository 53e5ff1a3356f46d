//! Files in other encodings than UTF-8: none is passed over in silence.

use std::fs;

use crate::support::ROLE_1;
use crate::support::checkout::Checkout;

const WORKFLOW: &str = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.A }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.B }}\n    steps:\n      - run: terraform apply\n";

/// A text in an encoding.
type Encoder = fn(&str) -> Vec<u8>;

/// Each with what is said of a file in it.
const ENCODINGS: [(Encoder, &str); 6] = [
    (|text| little(&format!("\u{feff}{text}")), "it is UTF-16"),
    (|text| big(&format!("\u{feff}{text}")), "it is UTF-16"),
    (little, "it is UTF-16"),
    (big, "it is UTF-16"),
    (
        |text| format!("\u{feff}\u{feff}{text}").into_bytes(),
        "it is UTF-8 with two byte order marks",
    ),
    (
        |text| {
            let code_points = format!("\u{feff}{text}")
                .chars()
                .map(u32::from)
                .collect::<Vec<_>>();
            code_points.into_iter().flat_map(u32::to_le_bytes).collect()
        },
        "it is UTF-32",
    ),
];

fn little(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn big(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[test]
fn a_file_in_another_encoding_is_named_with_it() {
    let files = [
        ("main.tf", ROLE_1),
        ("main.tofu", ROLE_1),
        ("main.tf.json", "{\"provider\": {}}"),
        ("a.tftest.hcl", ROLE_1),
        ("terragrunt.hcl", "inputs = {}\n"),
        ("x.s3.tfbackend", "bucket = \"b\"\n"),
        (".terraform.lock.hcl", "provider \"x\" {}\n"),
        (".github/workflows/ci.yml", WORKFLOW),
        (".gitlab-ci.yml", "job:\n  script: [terraform apply]\n"),
        ("Jenkinsfile", "sh 'terraform apply'\n"),
        ("Makefile", "all:\n\tterraform apply\n"),
    ];
    for (encode, encoding) in ENCODINGS {
        for (path, text) in files {
            let checkout = Checkout::bare(&[(path, "")]);
            fs::write(checkout.path().join(path), encode(text)).unwrap();
            let plan = checkout.run(&["plan"]).code(0);
            assert_eq!(plan.stdout, "", "{path}");
            let said = format!("{path}:1 is not read: {encoding} (convert it to UTF-8");
            assert!(plan.stderr.contains(&said), "{said}\n{}", plan.stderr);
        }
    }
    // With one mark, and with none, they are read.
    for mark in ["", "\u{feff}"] {
        let text = format!("{mark}{ROLE_1}");
        let plan = Checkout::bare(&[("main.tf", &text)]).run(&["plan"]).code(0);
        assert!(
            plan.stdout.contains("allowed_account_ids"),
            "{}",
            plan.stderr
        );
    }
}

#[test]
fn a_configuration_in_another_encoding_is_refused_with_it() {
    for (encode, encoding) in ENCODINGS {
        let checkout = Checkout::bare(&[("main.tf", ROLE_1)]);
        let text = encode("account \"dev\" { id = \"111111111111\" }\n");
        fs::write(checkout.path().join("tfkeyless.hcl"), text).unwrap();
        let encoding = encoding.replace("it is", "tfkeyless.hcl is");
        checkout.run(&["plan"]).code(2).says(&encoding);
    }
    let checkout = Checkout::bare(&[]);
    fs::write(checkout.path().join("tfkeyless.hcl"), b"# \xe9\n").unwrap();
    checkout
        .run(&["plan"])
        .code(2)
        .says("tfkeyless.hcl is not UTF-8");
}

#[test]
fn what_yaml_does_not_allow_is_written_as_an_escape() {
    let name = "a\\uFFFEb\\uFFFFc\\U0001FFFEd\\u202Ee";
    let text = format!(
        "on:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - name: \"{name}\"\n        uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.A }}}}\n          aws-secret-access-key: ${{{{ secrets.B }}}}\n          aws-region: \"{name}\"\n      - run: terraform apply\n"
    );
    let checkout = Checkout::committed(&[(".github/workflows/ci.yml", &text)]);
    checkout.run(&["apply", "--yes"]).code(0);
    let after = checkout.read(".github/workflows/ci.yml");
    assert!(after.contains("role-to-assume"), "{after}");
    assert!(
        !after.contains(['\u{fffe}', '\u{ffff}', '\u{202e}']),
        "{after}"
    );
    assert_eq!(checkout.run(&["plan"]).code(0).stdout, "");
}

/// A workflow that is not read may run any root module: its role waits.
#[test]
fn what_a_workflow_in_another_encoding_runs_is_not_known() {
    let workflow = |text: &str| text.replace("ls", "terraform apply").into_bytes();
    let latin = |text: &str| [&b"# d\xe9ploiement\n"[..], &workflow(text)].concat();
    let complex = |text: &str| text.replacen("jobs:", "? jobs\n:", 1).into_bytes();
    let text = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ls\n";
    for (bytes, waits) in [
        (text.as_bytes().to_vec(), false),
        ([&b"# d\xe9j\xe0 vu\n"[..], text.as_bytes()].concat(), false),
        (latin(text), true),
        (complex(&text.replace("ls", "terraform apply")), true),
    ] {
        let checkout = Checkout::bare(&[("main.tf", ROLE_1), (".github/workflows/ci.yml", "")]);
        fs::write(checkout.path().join(".github/workflows/ci.yml"), &bytes).unwrap();
        let plan = checkout.run(&["plan", "--verbose"]).code(0);
        let shown = String::from_utf8_lossy(&bytes);
        assert_eq!(plan.stdout.is_empty(), waits, "{shown}\n{}", plan.stderr);
        let is_named = plan
            .stderr
            .contains("GitHub Actions (.github/workflows/ci.yml:");
        assert_eq!(is_named, waits, "{shown}\n{}", plan.stderr);
    }
}
